/* The address of a webhook, and lines for a shell that send it an event, signed. */
import { Copy } from "lucide-react";
import { useState } from "react";
import { publicOrigin, useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { useEnvironments } from "../releases/queries.ts";
import { Button } from "../ui/Button.tsx";
import { Select } from "../ui/Field.tsx";
import { curlOf, hookAddress } from "./hook.ts";
import "./inspector.css";

export function Hook(props: {
  title?: string;
  config: JsonObject;
  event: Json;
  /** Where it listens, until somebody chooses another. */
  environment?: string;
  /** The lines for a shell are there for who asks for them. */
  folded?: boolean;
}) {
  const t = useText();
  const { config, event, title = t("inspector.hook") } = props;
  const workspace = useSession((session) => session.workspace);
  const environments = useEnvironments().data ?? [];
  const [chosen, setChosen] = useState<string>();
  const [copied, setCopied] = useState("");
  const verify = objectOf(config.verify);
  const environment = chosen ?? props.environment ?? environments.at(-1)?.environment;
  const path = textOf(config.path) ?? "";
  if (path === "" || environment === undefined) {
    return null;
  }
  const address = hookAddress(publicOrigin(), workspace, environment, path);
  const line = config.verify === undefined ? undefined : curlOf(address, config, event);
  const copy = (what: string, text: string): void => {
    setCopied("");
    void navigator.clipboard?.writeText(text).then(
      () => setCopied(t("inspector.hook.copied", { what })),
      () => setCopied(t("inspector.hook.select")),
    );
  };
  const lines = line !== undefined && (
    <>
      <div className="receives-part">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <pre className="about-code foreign" tabIndex={0}>
          {line}
        </pre>
        <Button
          size="s"
          look="quiet"
          icon={<Copy size={13} />}
          label={t("inspector.hook.copyLine")}
          onPress={() => copy(t("inspector.hook.line"), line)}
        />
      </div>
      <p className="field-help">
        {t("inspector.hook.help", { environment })}
        {verify.type !== undefined && verify.type !== "none" && (
          <> {t("inspector.hook.secret", { name: textOf(verify.secret) ?? "" })}</>
        )}
      </p>
    </>
  );
  return (
    <section className="receives" aria-label={title}>
      <div className="receives-head">
        {props.title === undefined ? <h2>{title}</h2> : <h4 className="foreign">{title}</h4>}
        {environments.length > 1 && (
          <Select
            label={t("inspector.hook.where")}
            hideLabel
            value={environment}
            choices={environments.map(({ environment: name, title }) => ({
              value: name,
              label: title ?? name,
            }))}
            onChange={setChosen}
          />
        )}
      </div>
      <div className="receives-part">
        <code className="foreign">{address}</code>
        <Button
          size="s"
          look="quiet"
          icon={<Copy size={13} />}
          label={t("inspector.hook.copyAddress")}
          onPress={() => copy(t("inspector.hook.address"), address)}
        />
      </div>
      {lines &&
        (props.folded ? (
          <details>
            <summary>{t("inspector.hook.line")}</summary>
            {lines}
          </details>
        ) : (
          lines
        ))}
      <p className="visually-hidden" role="status">
        {copied}
      </p>
    </section>
  );
}
