// A run as it was at a moment: which steps had begun, which were at work, which were done.
import type { StepState } from "../canvas/store.ts";
import { stateOfStatus, worseOf } from "./runStates.ts";
import type { RunStep } from "./runs.ts";
import { placeOf, type Segment } from "./scale.ts";

/** The step at a moment, in milliseconds of the run; undefined: it had not begun. */
export function asOf(step: RunStep, at: number): RunStep | undefined {
  if (step.begun_ms > at) return undefined;
  if (step.ended_ms !== undefined && step.ended_ms <= at) return step;
  const spans = step.spans
    .filter((one) => one.from_ms <= at)
    .map((one) => (one.to_ms === undefined || one.to_ms > at ? { ...one, to_ms: at } : one));
  const now = spans.at(-1)?.kind ?? "work";
  const status = now === "work" || now === "called" ? "active" : "waiting";
  return {
    ...step,
    status: now === "retry" ? "retrying" : status,
    ended_ms: undefined,
    took_ms: at - step.begun_ms,
    attempts: Math.max(1, spans.filter((one) => one.kind === "work").length),
    spans,
  };
}

/** Calls with every moment at which something begins or ends, in no order. */
function eachStop(steps: readonly RunStep[], end: number, visit: (time: number) => void): void {
  for (const step of steps) {
    visit(step.begun_ms);
    visit(step.ended_ms ?? end);
  }
}

/** The next moment behind this one at which something begins or ends, or the one before it. */
export function stopFrom(steps: readonly RunStep[], end: number, at: number, by: 1 | -1): number {
  let found = by > 0 ? end : 0;
  eachStop(steps, end, (time) => {
    if (by > 0 ? time > at && time < found : time < at && time > found) found = time;
  });
  return found;
}

const FRAMES = 60;

/** Where playing is a moment later: at the next stop that can be told apart on the line. */
export function playedFrom(
  steps: readonly RunStep[],
  segments: readonly Segment[],
  end: number,
  at: number,
): number {
  const here = placeOf(segments, at);
  let found = end;
  eachStop(steps, end, (time) => {
    if (time > at && time < found && placeOf(segments, time) - here >= 1 / FRAMES) found = time;
  });
  return found;
}

/** The moment at a place of the line, from 0 to 1. */
export function timeAt(segments: readonly Segment[], place: number): number {
  const segment = segments.find((one) => place <= one.right) ?? segments.at(-1);
  if (segment === undefined) return 0;
  const share = (place - segment.left) / Math.max(1e-9, segment.right - segment.left);
  return segment.from + Math.min(1, Math.max(0, share)) * (segment.to - segment.from);
}

interface Told {
  state: StepState["state"];
  ms: number;
  count: number;
  tries: number;
  exits: Record<string, number>;
}

/** How the nodes stood then, as far as their steps are here. */
export function statesAsOf(
  trigger: string | undefined,
  steps: readonly RunStep[],
  at: number,
): Map<string, StepState> {
  const out = new Map<string, StepState>();
  const nodes = new Map<string, Told>();
  if (trigger) out.set(trigger, { state: "ok", exits: { out: 1 } });
  for (const step of steps) {
    const then = asOf(step, at);
    if (then === undefined) continue;
    const state = stateOfStatus(then.status);
    const told = nodes.get(step.node) ?? { state, ms: 0, count: 0, tries: 0, exits: {} };
    if (told.count === 0) {
      nodes.set(step.node, told);
      out.set(step.node, told);
    }
    told.state = worseOf(told.state, state);
    told.ms += then.took_ms;
    told.count += 1;
    told.tries = Math.max(told.tries, then.attempts);
    if (then.ended_ms !== undefined && step.port !== "") {
      told.exits[step.port] = (told.exits[step.port] ?? 0) + 1;
    }
  }
  return out;
}
