// What the screens know of runs and their steps.
import type { components } from "../api/schema.d.ts";
import type { Tone } from "../ui/Badge.tsx";

export type Run = components["schemas"]["Run"];
export type RunStep = components["schemas"]["RunStep"];
export type RunStatus = Run["status"];
export type StepStatus = RunStep["status"];

export const runTones: Record<RunStatus, Tone> = {
  active: "busy",
  waiting: "wait",
  in_doubt: "doubt",
  succeeded: "ok",
  failed: "err",
  cancelled: "off",
};

export const stepTones: Record<StepStatus, Tone> = {
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

export function isOver(status: RunStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

/** From when on, for a choice of the period filter; undefined: from the beginning. */
export function periodStart(period: string, now: Date): string | undefined {
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
