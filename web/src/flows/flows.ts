// What the screens know of flows.
import type { components } from "../api/schema.d.ts";

export type Flow = components["schemas"]["Flow"];
export type FlowFacets = NonNullable<components["schemas"]["FlowPage"]["facets"]>;
export type FlowDeployment = components["schemas"]["FlowDeployment"];

/** Of a hundred runs, how many failed; undefined without runs. */
export function failedShare(flow: Flow): number | undefined {
  const runs = flow.health?.runs ?? 0;
  return runs === 0 ? undefined : (flow.health?.failed ?? 0) / runs;
}

/** What its triggers cannot ask for now: nothing comes in by them. */
export function failingPolls(flow: Flow) {
  return flow.deployments.flatMap((one) => one.polls ?? []);
}
