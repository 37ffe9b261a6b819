// What the screens know of the audit: what is asked of it, and its records taken along as a file.
import { client } from "../api/client.ts";
import { problemOf } from "../api/problems.ts";
import type { components } from "../api/schema.d.ts";
import { periodStart } from "../runs/runs.ts";

export type AuditRecord = components["schemas"]["AuditRecord"];
export type Format = "csv" | "ndjson";

export const PERIODS = ["h", "d", "w", "m", "between"] as const;

/** The filters as they stand in the address. */
export interface Filters {
  by: string;
  what: string;
  object: string;
  flow: string;
  period: string;
  /** Days of the reader's zone, of the period "between". */
  from: string;
  to: string;
}

export interface Asked {
  by?: string;
  what?: string;
  object?: string;
  flow?: string;
  from?: string;
  to?: string;
}

/** The beginning of the day in the reader's zone, `days` later; undefined: it is no day. */
export function dayStart(day: string, days = 0): string | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (date === undefined) return undefined;
  return new Date(Number(year), Number(month) - 1, Number(date) + days).toISOString();
}

/** The filters as the program takes them; the day named last belongs to the time. */
export function askedOf(filters: Filters, now: Date): Asked {
  const asked: Asked = {};
  for (const name of ["by", "what", "object", "flow"] as const) {
    if (filters[name] !== "") asked[name] = filters[name];
  }
  const between = filters.period === "between";
  const from = between ? dayStart(filters.from) : periodStart(filters.period, now);
  const to = between ? dayStart(filters.to, 1) : undefined;
  if (from !== undefined) asked.from = from;
  if (to !== undefined) asked.to = to;
  return asked;
}

interface Part {
  text: string;
  /** What the next part comes behind; undefined: this is the last one. */
  next: number | undefined;
}

async function exportPart(
  query: Asked & { format: Format; after: number },
  signal: AbortSignal,
): Promise<Part> {
  const answer = await client.GET("/audit/export", { params: { query }, parseAs: "text", signal });
  if (!answer.response.ok) throw problemOf(answer.response.status, answer.error);
  const next = answer.response.headers.get("Weft-Next");
  return { text: String(answer.data ?? ""), next: next === null ? undefined : Number(next) };
}

/** All records that are asked for, part by part, in the order of their writing. */
export async function exported(
  asked: Asked,
  format: Format,
  signal: AbortSignal,
  onRecords: (records: number) => void,
): Promise<Blob> {
  const parts: string[] = [];
  let records = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { text, next } = await exportPart({ ...asked, format, after }, signal);
    // Each part of a table has the heads of its columns; the file has them once.
    const lines = format === "csv" && parts.length > 0 ? text.slice(text.indexOf("\n") + 1) : text;
    parts.push(lines);
    records += lines.split("\n").length - (format === "csv" && parts.length === 1 ? 2 : 1);
    onRecords(records);
    after = next;
  }
  return new Blob(parts, { type: format === "csv" ? "text/csv" : "application/x-ndjson" });
}
