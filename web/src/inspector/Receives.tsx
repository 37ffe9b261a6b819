/* Where a webhook listens, and a line that sends it the flow's sample. */
import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useState } from "react";
import { useSession } from "../api/session.ts";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import type { Step } from "../model/flow.ts";
import { objectOf, textOf } from "../model/json.ts";
import { useEnvironments } from "../releases/queries.ts";
import { Button } from "../ui/Button.tsx";
import { Select } from "../ui/Field.tsx";
import { curlOf, hookAddress } from "./hook.ts";
import { keptAsked, loadSample } from "./turnSample.ts";
import { useContextOf } from "./useSeen.ts";

/** The event that is looked at; without one the first that is kept under a name. */
function useEvent(step: Step) {
  const flow = useEdited((state) => state.flow);
  const { context } = useContextOf(step.id);
  const seen = objectOf(context.trigger).body;
  const names = useQuery({ ...keptAsked(flow), enabled: seen === undefined });
  const [first] = names.data ?? [];
  const kept = useQuery({
    queryKey: ["sample", flow, first ?? ""],
    queryFn: () => loadSample(flow, first ?? ""),
    enabled: seen === undefined && first !== undefined,
  });
  return seen ?? objectOf(kept.data?.context.trigger).body ?? {};
}

export function Receives({ step }: { step: Step }) {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  const environments = useEnvironments().data ?? [];
  const [chosen, setChosen] = useState<string>();
  const [copied, setCopied] = useState("");
  const event = useEvent(step);
  const config = objectOf(step.node.config);
  const verify = objectOf(config.verify);
  const environment = chosen ?? environments[0]?.environment;
  const path = textOf(config.path) ?? "";
  if (path === "" || environment === undefined) {
    return null;
  }
  const address = hookAddress(location.origin, workspace, environment, path);
  const line = config.verify === undefined ? undefined : curlOf(address, config, event);
  const copy = (what: string, text: string): void => {
    setCopied("");
    void navigator.clipboard?.writeText(text).then(
      () => setCopied(t("inspector.hook.copied", { what })),
      () => setCopied(t("inspector.hook.select")),
    );
  };
  return (
    <section className="receives" aria-label={t("inspector.hook")}>
      <div className="receives-head">
        <h2>{t("inspector.hook")}</h2>
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
      {line !== undefined && (
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
      )}
      <p className="visually-hidden" role="status">
        {copied}
      </p>
    </section>
  );
}
