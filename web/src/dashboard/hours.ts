// Flows by the hour: who failed when, those first that failed most.
import type { components } from "../api/schema.d.ts";

type Series = components["schemas"]["Series"];

export interface Hour {
  runs: number;
  failed: number;
}
export interface FlowHours {
  flow: string;
  hours: Hour[];
  runs: number;
  failed: number;
}

/** A row for each flow that ran. */
export function flowHoursOf({ times, series }: Series): FlowHours[] {
  const rows = new Map<string, FlowHours>();
  for (const { metric, flow = "", values } of series) {
    const row = rows.get(flow) ?? {
      ...{ flow, runs: 0, failed: 0 },
      hours: times.map(() => ({ runs: 0, failed: 0 })),
    };
    rows.set(flow, row);
    row.hours.forEach((hour, at) => {
      const n = values[at] ?? 0;
      hour.runs += n;
      row.runs += n;
      if (metric !== "runs.failed") return;
      hour.failed += n;
      row.failed += n;
    });
  }
  return [...rows.values()]
    .filter((row) => row.runs > 0)
    .sort((a, b) => b.failed - a.failed || b.runs - a.runs || (a.flow < b.flow ? -1 : 1));
}

/** How strong a cell is drawn, from 0 to 1: of failures their share, of what went well how much it was. */
export function strengthOf({ runs, failed }: Hour, most: number): number {
  if (runs === 0) return 0;
  if (failed > 0) return 0.35 + 0.65 * (failed / runs);
  return 0.15 + 0.6 * Math.sqrt(runs / Math.max(1, most));
}
