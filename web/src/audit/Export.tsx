// The records that the filters find, with their codes, as a file to be kept and verified elsewhere.
import { useEffect, useRef, useState } from "react";
import { useSession } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { count, fullMoment } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { saveFile } from "../ui/saveFile.ts";
import { type Asked, exported, type Format } from "./audit.ts";
import { actChoices } from "./Filters.tsx";

const FORMATS: Format[] = ["ndjson", "csv"];

/** By what they are found: what the file is of. */
function Covered({ asked }: { asked: Asked }) {
  const t = useText();
  const rows: [label: string, value: string | undefined][] = [
    [t("audit.by"), asked.by],
    [t("flow.flow"), asked.flow],
    [
      t("audit.what"),
      asked.what && actChoices(t, asked.what).find((one) => one.value === asked.what)?.label,
    ],
    [t("audit.object"), asked.object],
    [t("audit.from"), asked.from && fullMoment(new Date(asked.from))],
    [t("audit.to"), asked.to && fullMoment(new Date(asked.to))],
  ];
  const told = rows.filter(([, value]) => value);
  if (told.length === 0) return null;
  return (
    <dl className="facts">
      {told.map(([label, value]) => (
        <div key={label} className="facts-row">
          <dt>{label}</dt>
          <dd className="foreign">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Export({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const t = useText();
  const [format, setFormat] = useState<Format>("ndjson");
  const [records, setRecords] = useState(0);
  const [asking, error, ask] = useAsking();
  const ends = useRef(new AbortController());
  useEffect(() => {
    const now = new AbortController();
    ends.current = now;
    return () => now.abort();
  }, []);
  const run = async () => {
    setRecords(0);
    let all = 0;
    const blob = await exported(asked, format, ends.current.signal, (now) => {
      all = now;
      setRecords(now);
    });
    const name = `audit-${workspace}-${new Date().toISOString().slice(0, 10)}.${format}`;
    saveFile(name, blob);
    tell(t("audit.exported", { count: all, name }));
    onClose();
  };
  const workspace = useSession((session) => session.workspace);
  const filtered = Object.keys(asked).length > 0;
  return (
    <Dialog title={t("audit.export")} open onClose={onClose} closeLabel={t("act.close")}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          ask(run);
        }}
      >
        <p>{t(filtered ? "audit.exportFound" : "audit.exportAll", { workspace })}</p>
        <Covered asked={asked} />
        {workspace === "main" && !asked.flow && <p className="muted">{t("audit.exportMain")}</p>}
        <Select
          label={t("audit.format")}
          value={format}
          onChange={(one) => setFormat(one as Format)}
          choices={FORMATS.map((one) => ({ value: one, label: t(`audit.format.${one}`) }))}
        />
        <p className="muted">
          {t("audit.exportHelp")} <code>weft audit verify --file</code>. {t("audit.seenToo")}
        </p>
        {asking && (
          <p role="status" className="num">
            {t("audit.exporting", { count: count(records) })}
          </p>
        )}
        {error !== undefined && <ErrorBox small error={error} />}
        <div className="row dialog-acts">
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" pending={asking}>
            {t("audit.export")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
