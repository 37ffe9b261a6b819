// The dry run in words: where it begins, what is kept, what is done again, what would be doubled.
import { TriangleAlert } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { Badge, Chip } from "../ui/Badge.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import type { Plan } from "./replayPlan.ts";
import { useTitles } from "./titles.tsx";

const SHOWN = 8;

function Steps({ steps }: { steps: readonly string[] }) {
  const t = useText();
  const titles = useTitles();
  return (
    <>
      {steps.slice(0, SHOWN).map((step) => (
        <span key={step} title={step}>
          <Chip>{titles(step)}</Chip>
        </span>
      ))}
      {steps.length > SHOWN && (
        <span className="muted">{t("replay.others", { count: steps.length - SHOWN })}</span>
      )}
    </>
  );
}

export function ReplayPlan(props: { plan: Plan | undefined; error: unknown; looking: boolean }) {
  const t = useText();
  const titles = useTitles();
  const { plan, error } = props;
  if (error) return <ErrorBox small error={error} />;
  if (!plan) {
    return props.looking ? <Skeleton label={t("state.loading")} lines={3} /> : null;
  }
  return (
    <section className="replay-plan" aria-label={t("replay.plan")} aria-busy={props.looking}>
      <h3>{t("replay.plan")}</h3>
      <dl className="facts">
        <dt>{t("replay.begins")}</dt>
        <dd className="row">
          <Steps steps={plan.from} />
        </dd>
        <dt>{t("replay.kept")}</dt>
        <dd>{t("replay.keptTold", { count: plan.taken })}</dd>
        <dt>{t("replay.again")}</dt>
        <dd className="row">
          {plan.again.length === 0 ? t("replay.againNone") : <Steps steps={plan.again} />}
        </dd>
        <dt>{t("replay.effects")}</dt>
        <dd>
          {plan.repeats.length === 0 ? (
            <Badge tone="ok">{t("replay.effectsNone")}</Badge>
          ) : (
            <ul className="plain-list">
              {plan.repeats.slice(0, SHOWN).map((repeat) => (
                <li key={`${repeat.step} ${repeat.what}`}>
                  <Badge tone="warn">{t("replay.doubled")}</Badge>{" "}
                  <span className="foreign" title={repeat.step}>
                    {titles(repeat.step)}
                  </span>{" "}
                  <span className="foreign">{repeat.what}</span>
                </li>
              ))}
            </ul>
          )}
        </dd>
        <dt>{t("run.replayVersion")}</dt>
        <dd className="mono foreign">{plan.version.slice(0, 12)}</dd>
      </dl>
      {plan.refused && (
        <p className="replay-refused" role="alert">
          <TriangleAlert size={15} aria-hidden="true" />
          <span className="foreign">{plan.refused}</span>
        </p>
      )}
    </section>
  );
}
