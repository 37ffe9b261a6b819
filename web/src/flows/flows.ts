// What the screens know of flows.
import type { components } from "../api/schema.d.ts";

export type Flow = components["schemas"]["Flow"];
export type FlowDeployment = components["schemas"]["FlowDeployment"];

/** A name as the program wants it: small letters, digits, "-" and "_". */
export function flowIdOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+|-+$/g, "")
    .slice(0, 64);
}

export const FLOW_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Of a hundred runs, how many failed; undefined without runs. */
export function failedShare(flow: Flow): number | undefined {
  const runs = flow.health?.runs ?? 0;
  return runs === 0 ? undefined : (flow.health?.failed ?? 0) / runs;
}
