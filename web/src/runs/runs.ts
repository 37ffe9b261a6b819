// What the screens know of runs and their steps.
import type { components } from "../api/schema.d.ts";
import type { Tone } from "../ui/Badge.tsx";

export type Run = components["schemas"]["Run"];
export type RunStatus = Run["status"];

/** What a step can come to (docs/OPERATIONS.md). */
export type StepStatus =
  | "active"
  | "sent"
  | "retrying"
  | "waiting"
  | "in_doubt"
  | "succeeded"
  | "failed"
  | "stopped"
  | "abandoned";

export interface StepSpan {
  kind: string;
  from_ms: number;
  to_ms: number | undefined;
}

/** A step as the screens use it: what the contract leaves open is read here, once. */
export interface RunStep {
  step: string;
  position: number;
  node: string;
  status: string;
  title: string;
  type: string;
  begun_ms: number;
  ended_ms: number | undefined;
  took_ms: number;
  attempts: number;
  port: string;
  handled: boolean;
  iterations: { begun: number; done: number; failed: number } | undefined;
  spans: StepSpan[];
}

type Open = Record<string, unknown>;
const openOf = (value: unknown): Open =>
  typeof value === "object" && value !== null ? (value as Open) : {};
const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;
const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

export function readStep(step: components["schemas"]["Step"]): RunStep {
  const open = step as Open;
  const iterations = open.iterations === undefined ? undefined : openOf(open.iterations);
  return {
    step: step.step,
    position: step.position,
    node: step.node,
    status: step.status,
    title: textIn(open.title),
    type: textIn(open.type),
    begun_ms: numberOf(open.begun_ms) ?? 0,
    ended_ms: numberOf(open.ended_ms),
    took_ms: numberOf(open.took_ms) ?? 0,
    attempts: numberOf(open.attempts) ?? 1,
    port: textIn(open.port),
    handled: open.handled === true,
    iterations: iterations && {
      begun: numberOf(iterations.begun) ?? 0,
      done: numberOf(iterations.done) ?? 0,
      failed: numberOf(iterations.failed) ?? 0,
    },
    spans: step.spans.map((one) => {
      const span = openOf(one);
      return {
        kind: textIn(span.kind),
        from_ms: numberOf(span.from_ms) ?? 0,
        to_ms: numberOf(span.to_ms),
      };
    }),
  };
}

/** How many steps there are, and which failed first. */
/** The step at which a run failed; of a loop that failed, the step within it. */
function failedIn(list: readonly unknown[]): { step: string; position: number } | undefined {
  let found: { step: string; position: number } | undefined;
  for (const one of list.map(openOf)) {
    const step = textIn(one.step);
    const position = numberOf(one.position);
    const inner = found === undefined || step.startsWith(`${found.step}[`);
    if (inner && position !== undefined) found = { step, position };
  }
  return found;
}

export function progressOf(run: Run): {
  steps: number;
  failed: { step: string; position: number } | undefined;
} {
  const progress = openOf(run.progress);
  return {
    steps: numberOf(progress.steps) ?? 0,
    failed: failedIn(Array.isArray(progress.failed) ? progress.failed : []),
  };
}

export function settledOf(run: Run): { by: string; reason: string } | undefined {
  if (run.settled === undefined) return undefined;
  const settled = openOf(run.settled);
  return { by: textIn(settled.by), reason: textIn(settled.reason) };
}

export const runTones: Record<RunStatus, Tone> = {
  active: "busy",
  waiting: "wait",
  in_doubt: "doubt",
  succeeded: "ok",
  failed: "err",
  cancelled: "off",
};

const stepTones: Record<StepStatus, Tone> = {
  active: "busy",
  sent: "busy",
  retrying: "warn",
  waiting: "wait",
  in_doubt: "doubt",
  succeeded: "ok",
  failed: "err",
  stopped: "off",
  abandoned: "off",
};

export function stepTone(status: string): Tone {
  return Object.hasOwn(stepTones, status) ? stepTones[status as StepStatus] : "neutral";
}

export function isOver(status: RunStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

/** Of a week, where people are: 1 is Monday, 7 Sunday. */
function firstDay(): number {
  const here = new Intl.Locale(navigator.language) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number };
  };
  return here.getWeekInfo?.().firstDay ?? 1;
}

/** From when on, for a choice of the period filter; undefined: from the beginning. Days, weeks and months begin at
 * midnight of the clock on the wall. */
export function periodStart(
  period: string,
  now: Date,
  weekBegins: () => number = firstDay,
): string | undefined {
  const day = (date: number) => new Date(now.getFullYear(), now.getMonth(), date).toISOString();
  const today = now.getDate();
  if (period === "today") return day(today);
  if (period === "month") return day(1);
  if (period === "week") return day(today - ((now.getDay() - weekBegins() + 7) % 7));
  const hours: Record<string, number> = { h: 1, d: 24, w: 168, m: 720 };
  const span = hours[period];
  return span === undefined ? undefined : new Date(now.getTime() - span * 3_600_000).toISOString();
}

/** How deep a step lies in loops: "lines[3]/post" is inside one. */
export function depthOf(path: string): number {
  return path.split("/").length - 1;
}

/** The last part of a path, with the iteration it belongs to: "[3] post". */
export function stepName(step: RunStep): { iteration: string | undefined; name: string } {
  const before = step.step.split("/").at(-2);
  const iteration = before === undefined ? undefined : /\[(\d+)\]$/.exec(before)?.[1];
  return { iteration, name: step.title || step.node };
}
