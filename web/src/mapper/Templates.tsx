/* Mappings that are kept for other flows: this one is kept, or one is taken over as far as it fits. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { withMember } from "../model/json.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Checkbox, TextField } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { applied, type Fit, fitsOf } from "./fits.ts";
import { useMapping } from "./mapping.tsx";
import { saveTemplate, type TemplateOf, templateConfig, templates } from "./server.ts";

const LIST = ["mapping-templates"];

function idOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
}

function Keep({ known }: { known: readonly TemplateOf[] }) {
  const t = useText();
  const { config, step, lines } = useMapping();
  const may = useSession((session) => session.permissions.has("rules.write"));
  const client = useQueryClient();
  const [title, setTitle] = useState(step.title);
  const [error, setError] = useState<unknown>();
  const [kept, setKept] = useState("");
  const id = idOf(title);
  const old = known.find((one) => one.template === id);
  const keep = async (): Promise<void> => {
    try {
      setError(undefined);
      await saveTemplate(id, title, withMember(config, "base", config.base), old?.revision);
      setKept(title);
      await client.invalidateQueries({ queryKey: LIST });
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <div className="map-keep">
      <TextField
        label={t("mapper.template.name")}
        value={title}
        maxLength={200}
        onChange={setTitle}
      />
      <Button
        look="primary"
        disabled={id === "" || lines.length === 0}
        reason={may ? undefined : t("mapper.template.forbidden")}
        onPress={() => void keep()}
      >
        {t(old === undefined ? "mapper.template.keep" : "mapper.template.again")}
      </Button>
      <p role="status">{kept !== "" && t("mapper.template.kept", { title: kept })}</p>
      {error !== undefined && <ErrorBox error={error} small />}
    </div>
  );
}

function words(
  fit: Fit,
  t: ReturnType<typeof useText>,
): [tone: "ok" | "warn" | "info", text: string] {
  if (fit.same) {
    return ["ok", t("mapper.fit.same")];
  }
  if (fit.missing.length > 0) {
    return ["warn", t("mapper.fit.missing", { sources: fit.missing.join(", ") })];
  }
  if (!fit.there) {
    return ["warn", t("mapper.fit.noTarget")];
  }
  return fit.mapped ? ["info", t("mapper.fit.mapped")] : ["ok", t("mapper.fit.fits")];
}

function Report({ template, onDone }: { template: TemplateOf; onDone: () => void }) {
  const t = useText();
  const { config, nodes, sources, aim, change, readOnly } = useMapping();
  const query = useQuery({
    queryKey: [...LIST, template.template, template.revision],
    queryFn: () => templateConfig(template.template),
  });
  const fits = useMemo(
    () => (query.data === undefined ? [] : fitsOf(query.data, config, nodes, sources)),
    [query.data, config, nodes, sources],
  );
  const [own, setOwn] = useState<ReadonlyMap<number, boolean>>(new Map());
  const standard = (fit: Fit): boolean =>
    !fit.mapped && fit.missing.length === 0 && (fit.there || aim.schema === undefined);
  const chosen = fits.filter((fit, i) => own.get(i) ?? standard(fit));
  if (query.isError && !query.data) {
    return <ErrorBox error={query.error} onAgain={() => void query.refetch()} />;
  }
  if (query.data === undefined) {
    return <Skeleton label={t("state.loading")} lines={5} />;
  }
  return (
    <>
      <ul className="map-fits">
        {fits.map((fit, i) => {
          const [tone, text] = words(fit, t);
          return (
            <li key={`${fit.line.target} ${fit.line.path[1]}`}>
              <Checkbox
                checked={own.get(i) ?? standard(fit)}
                disabled={fit.same}
                onChange={(on) => setOwn(new Map(own).set(i, on))}
              >
                <code className="foreign">{fit.line.target}</code>
              </Checkbox>
              <Badge tone={tone} plain>
                {text}
              </Badge>
            </li>
          );
        })}
      </ul>
      <Button
        look="primary"
        disabled={readOnly || chosen.length === 0}
        onPress={() => {
          const values = { count: chosen.length, title: template.title };
          if (change("template", values, applied(config, chosen))) {
            onDone();
          }
        }}
      >
        {t("mapper.template.apply", { count: chosen.length })}
      </Button>
    </>
  );
}

export function TemplatesDialog({ onClose }: { onClose: () => void }) {
  const t = useText();
  const query = useQuery({ queryKey: LIST, queryFn: templates });
  const [chosen, setChosen] = useState<TemplateOf>();
  return (
    <Dialog
      title={t("mapper.templates")}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      size="l"
    >
      {query.isError && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && <Keep known={query.data} />}
      {query.data?.length === 0 && (
        <Empty title={t("mapper.template.none")}>{t("mapper.template.noneText")}</Empty>
      )}
      <ul className="map-templates">
        {query.data?.map((one) => (
          <li key={one.template}>
            <button
              type="button"
              className="map-template"
              aria-expanded={chosen?.template === one.template}
              onClick={() => setChosen(chosen?.template === one.template ? undefined : one)}
            >
              <strong className="foreign">{one.title}</strong>
              <span className="muted foreign">
                {t("mapper.template.of", { revision: one.revision, by: one.by })}
              </span>
            </button>
            {chosen?.template === one.template && <Report template={one} onDone={onClose} />}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
