// What is masked in a payload, shown to who may see it and says why. Each level that is opened is
// one look, and stands in the audit with the reason.
import { Eye } from "lucide-react";
import { Fragment, useState } from "react";
import { client, gotExact, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type JsonObject, objectOf, textOf, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";

const LEVEL_MOST = 1000;

async function revealed(payload: string, path: string, reason: string): Promise<JsonObject> {
  const asked = client.POST("/payloads/{payload}/reveal", {
    params: { path: { payload }, header: onceKey() },
    body: { reason, path, limit: LEVEL_MOST },
    parseAs: "text",
  });
  return objectOf(await gotExact(asked));
}

function nameOf(item: JsonObject): string {
  return textOf(item.name) ?? String(item.index ?? "");
}

/** The way from the whole payload down to a value, each part to be gone back to. */
function Way({ pointer, onOpen }: { pointer: string; onOpen: (pointer: string) => void }) {
  const t = useText();
  const parts = pointer.split("/").slice(1);
  return (
    <nav className="crumbs" aria-label={t("step.path")}>
      <button type="button" className="link" onClick={() => onOpen("")}>
        {t("reveal.whole")}
      </button>
      {parts.map((part, at) => {
        const to = `/${parts.slice(0, at + 1).join("/")}`;
        return (
          <Fragment key={to}>
            {" / "}
            <button type="button" className="link mono foreign" onClick={() => onOpen(to)}>
              {part.replaceAll("~1", "/").replaceAll("~0", "~")}
            </button>
          </Fragment>
        );
      })}
    </nav>
  );
}

function Level({ level, onOpen }: { level: JsonObject; onOpen: (pointer: string) => void }) {
  const t = useText();
  const items = arrayOf(level.items).map(objectOf);
  const pointer = textOf(level.pointer) ?? "";
  return (
    <div className="stack">
      <Way pointer={pointer} onOpen={onOpen} />
      {level.value !== undefined && <p className="mono foreign">{writeJson(level.value)}</p>}
      <table className="diff">
        <thead>
          <tr>
            <th scope="col">{t("diff.field")}</th>
            <th scope="col">{t("reveal.value")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={textOf(item.pointer)}>
              <th scope="row" className="mono foreign">
                {nameOf(item)}
              </th>
              <td className="mono foreign">
                {item.value === undefined ? (
                  <button
                    type="button"
                    className="link"
                    onClick={() => onOpen(textOf(item.pointer) ?? "")}
                  >
                    {textOf(item.preview) ??
                      t("reveal.members", { count: Number(String(item.count ?? 0)) })}
                  </button>
                ) : (
                  writeJson(item.value)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {level.next_offset !== undefined && <p className="muted">{t("reveal.more")}</p>}
    </div>
  );
}

function RevealDialog({ payload, onClose }: { payload: string; onClose: () => void }) {
  const t = useText();
  const [reason, setReason] = useState("");
  const [level, setLevel] = useState<JsonObject>();
  const [asking, error, ask] = useAsking();
  const open = (pointer: string) =>
    ask(async () => setLevel(await revealed(payload, pointer, reason.trim())));
  return (
    <Dialog
      title={t("reveal.title")}
      open
      size={level ? "l" : "m"}
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") open("");
        }}
      >
        {level ? (
          <Level level={level} onOpen={open} />
        ) : (
          <>
            <p>{t("reveal.lead")}</p>
            <TextField
              label={t("act.reason")}
              help={t("act.reasonHelp")}
              required
              autoFocus
              multiline
              rows={2}
              value={reason}
              onChange={setReason}
            />
          </>
        )}
        {error !== undefined && <ErrorBox small error={error} />}
        <div className="row dialog-acts">
          <Button onPress={onClose}>{level ? t("act.close") : t("act.cancel")}</Button>
          {!level && (
            <Button look="primary" type="submit" pending={asking} disabled={reason.trim() === ""}>
              {t("reveal.show")}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/** The way to what is masked; `payload` is its id. */
export function Reveal({ payload }: { payload: string }) {
  const t = useText();
  const may = useCan("payloads.reveal");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        size="s"
        icon={<Eye size={14} />}
        reason={may ? undefined : t("may.not", { permission: "payloads.reveal" })}
        onPress={() => setOpen(true)}
      >
        {t("reveal.reveal")}
      </Button>
      {open && <RevealDialog payload={payload} onClose={() => setOpen(false)} />}
    </>
  );
}
