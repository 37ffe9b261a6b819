// One step: what it came to, how often it was tried, what went in and what came out.
import { Milestone, MousePointerClick } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { Link } from "wouter";
import { useCan } from "../api/session.ts";
import { span } from "../i18n/format.ts";
import { isTextKey, useText } from "../i18n/text.tsx";
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { type Path, pointerOf } from "../model/pointer.ts";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ValuePane } from "../ui/DataPane.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Decisions } from "./Decisions.tsx";
import { Iterations } from "./Iterations.tsx";
import { hasMasked } from "./masked.ts";
import { PayloadPane } from "./PayloadPane.tsx";
import { Reveal } from "./Reveal.tsx";
import type { RunStep } from "./runs.ts";
import { StepBadge } from "./StepBadge.tsx";
import { useRunStep } from "./useSteps.ts";

function Section(props: { title: string; tools?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <div className="section-head">
        <h3>{props.title}</h3>
        {props.tools}
      </div>
      {props.children}
    </section>
  );
}

/** What happened, and what usually helps against it: where no diagnosis beside it knows that better,
 * and nothing is tried again by itself. */
export function ErrorStory({ error, helps }: { error: JsonObject; helps: boolean }) {
  const t = useText();
  const kind = textOf(error.kind) ?? "";
  const word = `error.${kind}`;
  const remedy = `error.remedy.${kind}`;
  return (
    <div className="stack">
      <p>
        <Badge tone="err">{isTextKey(word) ? t(word) : kind}</Badge>
      </p>
      <p className="foreign">{textOf(error.text)}</p>
      {helps && isTextKey(remedy) && <p className="muted">{t(remedy)}</p>}
      {error.details !== undefined && (
        <div className="framed">
          <ValuePane label={t("step.details")} value={error.details} maxRows={10} />
        </div>
      )}
    </div>
  );
}

function Value(props: {
  title: string;
  label: string;
  step: JsonObject;
  name: "input" | "output";
  onWhere: (field: string) => void;
}) {
  const t = useText();
  const may = useCan("payloads.read");
  const value = props.step[props.name];
  const payload = textOf(props.step[`${props.name}_payload`]);
  const where = (path: Path) => props.onWhere(props.name + pointerOf(path));
  let shown: ReactNode;
  if (!may) shown = <p className="muted">{t("may.not", { permission: "payloads.read" })}</p>;
  else if (value !== undefined)
    shown = <Framed label={props.label} value={value} onWhere={where} />;
  else if (payload !== undefined)
    shown = <PayloadPane label={props.label} payload={payload} onWhere={where} />;
  else return null;
  const masked = value === undefined || hasMasked(value);
  return (
    <Section
      title={props.title}
      tools={may && masked && payload !== undefined && <Reveal payload={payload} />}
    >
      {shown}
    </Section>
  );
}

function Framed(props: { label: string; value: Json; onWhere: (path: Path) => void }) {
  return (
    <div className="framed">
      <ValuePane {...props} />
    </div>
  );
}

function Facts({ step }: { step: RunStep }) {
  const t = useText();
  return (
    <dl className="facts">
      <dt>{t("run.status")}</dt>
      <dd>
        <StepBadge status={step.status} />
        {step.handled && <span className="muted"> {t("step.handled")}</span>}
      </dd>
      {step.type && (
        <>
          <dt>{t("step.type")}</dt>
          <dd>
            <Chip mono>{step.type}</Chip>
          </dd>
        </>
      )}
      <dt>{t("step.path")}</dt>
      <dd className="mono foreign">{step.step}</dd>
      <dt>{t("step.began")}</dt>
      <dd className="num">
        {t("step.beganAt", { after: span(step.begun_ms), took: span(step.took_ms) })}
      </dd>
      <dt>{t("step.attempts")}</dt>
      <dd className="num">{step.attempts}</dd>
      {step.port && (
        <>
          <dt>{t("step.port")}</dt>
          <dd>
            <Chip>{step.port}</Chip>
          </dd>
        </>
      )}
    </dl>
  );
}

/** The tries that failed, and when the next one came. */
function Attempts({ step }: { step: JsonObject }) {
  const t = useText();
  const attempts = arrayOf(step.attempts).map(objectOf);
  // The only one is what went wrong, and stands above.
  if (attempts.length === 0 || (attempts.length === 1 && attempts[0]?.next_at === undefined)) {
    return null;
  }
  return (
    <Section title={t("step.attempts")}>
      <ol className="plain-list">
        {attempts.map((attempt) => {
          const error = objectOf(attempt.error);
          const next = textOf(attempt.next_at);
          return (
            <li key={`${String(attempt.attempt)} ${next}`}>
              <strong>{t("step.tryNumber", { number: String(attempt.attempt) })}</strong>{" "}
              <span className="foreign">{textOf(error.text)}</span>
              {next && (
                <span className="muted">
                  {" "}
                  {t("step.tryNext")} <Moment at={next} />
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

/** No step is chosen: what came in. */
function Came({ run, onWhere }: { run: string; onWhere: (field: string) => void }) {
  const t = useText();
  const may = useCan("payloads.read");
  const payload = `${run}-input`;
  return (
    <div className="details">
      <Empty icon={<MousePointerClick size={22} />} title={t("step.none")}>
        {t("step.noneText")}
      </Empty>
      {may && (
        <Section title={t("run.input")} tools={<Reveal payload={payload} />}>
          <PayloadPane
            label={t("run.input")}
            payload={payload}
            onWhere={(path) => onWhere(`>input${pointerOf(path)}`)}
          />
        </Section>
      )}
    </div>
  );
}

export function StepPane(props: {
  run: string;
  /** The step of which the run's diagnosis tells. */
  diagnosed: string | undefined;
  step: RunStep | undefined;
  onChoose: (path: string) => void;
  onWhere: (field: string) => void;
}) {
  const { run, step, onChoose, onWhere } = props;
  const t = useText();
  const path = step?.step ?? "";
  const query = useRunStep(run, path);
  const whole = useMemo(() => objectOf(query.data), [query.data]);
  if (!step) return <Came run={run} onWhere={onWhere} />;
  const error = isObject(whole.error) ? whole.error : undefined;
  return (
    <div className="details">
      <Facts step={step} />
      {step.type === "transform.reconcile" && step.status === "succeeded" && (
        <Link href={`/settlements/${run}?step=${encodeURIComponent(path)}`}>
          {t("settlement.see")}
        </Link>
      )}
      {step.type && !step.type.startsWith("trigger.") && (
        <Button size="s" icon={<Milestone size={14} />} onPress={() => onWhere("settings")}>
          {t("lineage.askSettings")}
        </Button>
      )}
      {query.isPending && <Skeleton label={t("state.loading")} lines={5} />}
      {query.error && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
      {error && (
        <Section title={t("run.error")}>
          <ErrorStory
            error={error}
            helps={props.diagnosed !== path && step.status !== "retrying"}
          />
        </Section>
      )}
      <Decisions step={whole} />
      <Attempts step={whole} />
      {step.iterations && <Iterations run={run} step={step} onChoose={onChoose} />}
      {query.data !== undefined &&
        (["input", "output"] as const).map((name) => (
          <Value
            key={name}
            title={t(`step.${name}`)}
            label={t(`step.${name}`)}
            step={whole}
            name={name}
            onWhere={onWhere}
          />
        ))}
    </div>
  );
}
