// In the set-up: the draft goes live behind its parts, and what begins it then.
import { Rocket } from "lucide-react";
import { useState } from "react";
import { useCan } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Hook } from "../inspector/Hook.tsx";
import { type Draft, indexOf, type Step } from "../model/flow.ts";
import { objectOf, textOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { LaunchDialog, type Launched } from "./LaunchDialog.tsx";
import { StartNow } from "./StartNow.tsx";
import { firstOf, trialsOf } from "./sampleRun.ts";
import type { Drafts } from "./useDraft.ts";
import { useTemplate } from "./useTemplate.ts";

const WHERE = "production";

/** Others than somebody's system or the clock begin them. */
const APART = new Set(["trigger.call", "trigger.event"]);

function beginningsOf(draft: Draft | undefined): Step[] {
  const steps = draft ? [...indexOf(draft).steps.values()] : [];
  return steps.filter(
    ({ type, node }) => node.disabled !== true && type.startsWith("trigger.") && !APART.has(type),
  );
}

function Beginning(props: {
  flow: string;
  template: string | undefined;
  step: Step;
  isLive: boolean;
}) {
  const t = useText();
  const { step } = props;
  const template = useTemplate(props.template).data;
  const title = step.title || step.id;
  const config = objectOf(step.node.config);
  const byHand = step.type === "trigger.manual";
  if (!byHand && textOf(config.path) === undefined)
    return <p>{t("setup.byItself", { step: title })}</p>;
  if (props.template !== undefined && !template) return null; // its event comes with it
  const trials = template ? trialsOf(template.samples) : [];
  const fit = trials.filter(({ ask }) => (textOf(ask.trigger) ?? step.id) === step.id);
  const event = firstOf(fit)?.ask.input ?? {};
  if (byHand)
    return (
      <StartNow
        flow={props.flow}
        environment={WHERE}
        step={step}
        event={event}
        isLive={props.isLive}
      />
    );
  return <Hook title={title} config={config} event={event} environment={WHERE} folded />;
}

export function Launch(props: {
  flow: string;
  /** What has to work, in the order in which it goes live. */
  flows: readonly Launched[];
  drafts: Drafts;
  /** What has to be settled before. */
  before: number;
  isLive: boolean;
  /** What they are together, where they are the flows of a pairing. */
  name?: string;
}) {
  const t = useText();
  const { flow, flows, before, isLive } = props;
  const own = props.drafts.get(flow);
  const may = useCan("flows.deploy");
  const [isOpen, setOpen] = useState(false);
  let reason: string | undefined;
  if (!may) reason = t("may.not", { permission: "flows.deploy" });
  else if (flows.some((one) => one.state !== "live" && !props.drafts.has(one.flow)))
    reason = t("state.loading");
  else if (before > 0) reason = t("setup.launchAfter", { count: before });
  const beginnings = beginningsOf(own?.draft);
  const isWhole = flows.every((one) => one.state === "live");
  if (isWhole && beginnings.length === 0 && !isOpen) return null;
  return (
    <div className="stack setup-inside">
      {!isWhole && (
        <div className="row">
          <Button
            look="primary"
            icon={<Rocket size={15} />}
            reason={reason}
            onPress={() => setOpen(true)}
          >
            {t(isLive ? "setup.again" : "setup.launch")}
          </Button>
        </div>
      )}
      {beginnings.length > 0 && (
        <>
          <h3>{t(isLive ? "setup.begins" : "setup.willBegin")}</h3>
          {beginnings.map((step) => (
            <Beginning
              key={step.id}
              flow={flow}
              template={own?.template}
              step={step}
              isLive={isLive}
            />
          ))}
        </>
      )}
      {isOpen && (
        <LaunchDialog
          flow={flow}
          flows={flows}
          drafts={props.drafts}
          where={WHERE}
          name={props.name}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
