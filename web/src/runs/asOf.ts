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

/** When something begins or ends, in order, from the run's beginning to its end. */
export function stopsOf(steps: readonly RunStep[], end: number): number[] {
  const times = steps.flatMap((step) => [step.begun_ms, step.ended_ms ?? end]);
  return [...new Set([0, ...times, end])].filter((one) => one <= end).sort((a, b) => a - b);
}

/** The next stop behind a moment, or the one before it; the last stop is the end. */
export function stopFrom(stops: readonly number[], at: number, by: 1 | -1): number {
  const next = by > 0 ? stops.find((one) => one > at) : stops.findLast((one) => one < at);
  return next ?? (by > 0 ? (stops.at(-1) ?? 0) : 0);
}

const FRAMES = 60;

/** Where playing is a moment later: at the next stop that can be told apart on the line. */
export function playedFrom(
  stops: readonly number[],
  segments: readonly Segment[],
  at: number,
): number {
  const here = placeOf(segments, at);
  const seen = stops.find((one) => one > at && placeOf(segments, one) - here >= 1 / FRAMES);
  return seen ?? stops.at(-1) ?? at;
}

/** The moment at a place of the line, from 0 to 1. */
export function timeAt(segments: readonly Segment[], place: number): number {
  const segment = segments.find((one) => place <= one.right) ?? segments.at(-1);
  if (segment === undefined) return 0;
  const share = (place - segment.left) / Math.max(1e-9, segment.right - segment.left);
  return segment.from + Math.min(1, Math.max(0, share)) * (segment.to - segment.from);
}

/** How the nodes stood then, as far as their steps are here. */
export function statesAsOf(
  trigger: string | undefined,
  steps: readonly RunStep[],
  at: number,
): Map<string, StepState> {
  const out = new Map<string, StepState>();
  if (trigger) out.set(trigger, { state: "ok", exits: { out: 1 } });
  for (const step of steps) {
    const then = asOf(step, at);
    if (then === undefined) continue;
    const before = out.get(step.node);
    const exits: Record<string, number> = { ...before?.exits };
    if (then.ended_ms !== undefined && step.port !== "") {
      exits[step.port] = (exits[step.port] ?? 0) + 1;
    }
    out.set(step.node, {
      state: worseOf(before?.state, stateOfStatus(then.status)),
      ms: (before?.ms ?? 0) + then.took_ms,
      count: (before?.count ?? 0) + 1,
      tries: Math.max(before?.tries ?? 0, then.attempts),
      exits,
    });
  }
  return out;
}
