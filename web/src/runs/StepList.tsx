// The steps of a run as a list with their time line: what ran when, what was tried again, what
// waited. Steps of loops stand under their loop.
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { count as number, span } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Tree } from "../ui/Tree.tsx";
import { useRowHeight } from "../ui/Virtual.ts";
import { asOf } from "./asOf.ts";
import { depthOf, type RunStep, stepName } from "./runs.ts";
import { Scrub } from "./Scrub.tsx";
import { StepBadge } from "./StepBadge.tsx";
import { placeOf, type Segment, segmentsOf, workOf } from "./scale.ts";
import type { Steps } from "./useSteps.ts";

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

function barClass(step: RunStep, at: number): string {
  const kind = step.spans[at]?.kind ?? "work";
  if (kind !== "work") return `bar bar-${kind}`;
  const lastWork = step.spans.findLastIndex((one) => one.kind === "work") === at;
  if (step.status === "failed") return "bar bar-err";
  if (step.attempts > 1 && !lastWork) return "bar bar-err";
  return step.ended_ms === undefined ? "bar bar-busy" : "bar";
}

function Lane(props: { step: RunStep; segments: Segment[]; end: number; at: number | undefined }) {
  const { step, segments, end, at } = props;
  return (
    <span className="lane" aria-hidden="true">
      {segments
        .filter((segment) => segment.idle)
        .map((segment) => (
          <span
            key={segment.from}
            className="lane-cut"
            style={{ left: percent(segment.left), width: percent(segment.right - segment.left) }}
          />
        ))}
      {step.spans.map((one, at) => {
        const left = placeOf(segments, one.from_ms);
        const right = placeOf(segments, one.to_ms ?? end);
        return (
          <span
            key={`${one.kind} ${one.from_ms}`}
            className={barClass(step, at)}
            style={{ left: percent(Math.min(left, 0.995)), width: percent(right - left) }}
          />
        );
      })}
      {at !== undefined && <Now segments={segments} at={at} />}
    </span>
  );
}

/** The moment that is looked at, across all rows. */
function Now({ segments, at }: { segments: Segment[]; at: number }) {
  return <span className="lane-now" style={{ left: percent(placeOf(segments, at)) }} />;
}

function Row(props: { listed: RunStep; segments: Segment[]; end: number; at: number | undefined }) {
  const t = useText();
  const { listed, segments, end, at } = props;
  const then = at === undefined ? listed : asOf(listed, at);
  const step = then ?? listed;
  const { iteration, name } = stepName(step);
  const { iterations } = step;
  return (
    <span className={cx("step-row", then === undefined && "step-row-later")}>
      <span
        className="step-name"
        style={{ paddingInlineStart: `${Math.min(8, depthOf(step.step))}rem` }}
      >
        {iteration !== undefined && <span className="muted num">[{iteration}]</span>}
        <span className="truncate foreign">{name}</span>
        {iterations && (
          <span className="step-type num">
            {t("step.iterations", { done: iterations.done, begun: iterations.begun })}
          </span>
        )}
        {step.attempts > 1 && (
          <span className="step-type">{t("step.tries", { count: step.attempts })}</span>
        )}
      </span>
      <span>
        {then === undefined ? (
          <span className="muted">{t("step.later")}</span>
        ) : (
          <StepBadge status={step.status} />
        )}
      </span>
      <span className="num align-end muted">{then && span(step.took_ms)}</span>
      <Lane step={listed} segments={segments} end={end} at={at} />
    </span>
  );
}

const MORE = 1000;

/** The next steps that are not here yet. */
function askMore(steps: Steps, count: number): void {
  let first = 0;
  while (first < count && steps.at(first) !== undefined) first++;
  steps.onView(first, Math.min(count, first + MORE));
}

/** Another step that is chosen, on the board or by a link, comes into view. */
function useReveal(chosen: string, at: number | undefined) {
  const [shown, setShown] = useState({ chosen, at: -1, stamp: 0 });
  if (at !== undefined && shown.chosen !== chosen) {
    setShown({ chosen, at, stamp: shown.stamp + 1 });
  }
  return shown;
}

export interface StepListProps {
  steps: Steps;
  count: number;
  /** Milliseconds from the run's beginning to its end, or to now. */
  end: number;
  chosen: string;
  /** The position of the chosen one, when it is known: it comes into view. */
  chosenAt: number | undefined;
  onChoose: (path: string) => void;
  /** The position that is shown first. */
  start: number;
  /** What stands over the list. */
  above: ReactNode;
  /** The moment that is looked at, in milliseconds of the run; undefined: now. */
  at: number | undefined;
  onAt: (at: number | undefined) => void;
}

export function StepList(props: StepListProps) {
  const { steps, count, end, chosen, onChoose, start, at } = props;
  const t = useText();
  const rowHeight = useRowHeight();
  const box = useRef<HTMLDivElement>(null);
  const segments = useMemo(
    () => segmentsOf(workOf(steps.blocks, count, end), end),
    [steps.blocks, count, end],
  );

  // Opens where it failed.
  useEffect(() => {
    const tree = box.current?.querySelector("[role=tree]");
    if (tree && start * rowHeight > tree.clientHeight) tree.scrollTop = (start - 3) * rowHeight;
  }, [start, rowHeight]);

  const reveal = useReveal(chosen, props.chosenAt);

  if (steps.error !== undefined && steps.known.length === 0) {
    return (
      <div className="list-note">
        <ErrorBox error={steps.error} onAgain={steps.again} />
      </div>
    );
  }
  return (
    <>
      <div className="steps-head">
        <span aria-hidden="true">{t("step.step")}</span>
        <span aria-hidden="true">{t("run.status")}</span>
        <span aria-hidden="true" className="align-end">
          {t("run.took")}
        </span>
        {end < 1 ? (
          <span>{t("step.timeline", { span: span(end) })}</span>
        ) : (
          <Scrub steps={steps.known} segments={segments} end={end} at={at} onAt={props.onAt} />
        )}
      </div>
      {at !== undefined && steps.known.length < count && (
        <p className="steps-part" role="status">
          {t("step.scrubPart", { known: number(steps.known.length), count: number(count) })}
          <Button size="s" onPress={() => askMore(steps, count)}>
            {t("step.scrubMore")}
          </Button>
        </p>
      )}
      {props.above}
      <div ref={box} className="steps-box">
        <Tree
          flat
          label={t("step.steps")}
          count={count}
          rowHeight={rowHeight}
          chosen={chosen}
          reveal={reveal}
          onView={steps.onView}
          onChoose={(path) => onChoose(path)}
          rowAt={(row) => {
            const step = steps.at(row);
            return (
              step && {
                key: step.step,
                depth: depthOf(step.step),
                content: <Row listed={step} segments={segments} end={end} at={at} />,
              }
            );
          }}
        />
      </div>
    </>
  );
}
