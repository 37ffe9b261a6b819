// The flows' health of the last day, summed.
import { type Flow, failedShare, failingPolls } from "../flows/flows.ts";

export interface Sums {
  runs: number;
  failed: number;
  unfinished: number;
  working: number;
  paused: number;
}

export function sumsOf(flows: readonly Flow[]): Sums {
  const sums: Sums = { runs: 0, failed: 0, unfinished: 0, working: 0, paused: 0 };
  for (const flow of flows) {
    sums.runs += flow.health?.runs ?? 0;
    sums.failed += flow.health?.failed ?? 0;
    sums.unfinished += flow.health?.unfinished ?? 0;
    if (flow.deployments.some((one) => one.state === "paused")) sums.paused++;
    if (flow.deployments.some((one) => one.state !== "paused")) sums.working++;
  }
  return sums;
}

/** Flows with failures, the worst first: nothing comes in, then the share that has failed. */
export function troubled(flows: readonly Flow[]): Flow[] {
  return flows
    .filter((flow) => (flow.health?.failed ?? 0) > 0 || failingPolls(flow).length > 0)
    .sort(
      (a, b) =>
        failingPolls(b).length - failingPolls(a).length ||
        (failedShare(b) ?? 0) - (failedShare(a) ?? 0),
    )
    .slice(0, 12);
}
