// The table of budgets: what was measured, what of it the page's main thread computed, how slow the
// machine was then, and what is held against the budget. That is the clock while the machine is at
// rest; while other programs have it, the main thread's own time, marked with a star.
import type { Pace } from "./measure.ts";

export type Unit = "ms" | "fps" | "kB" | "MB" | "elements" | "requests";

export interface Limit {
  unit: Unit;
  /** What may be at most; for frames a second, at least. */
  is: number;
}

export interface Row {
  what: string;
  limit: Limit;
  value: number;
  /** How many times longer things took then than on the machine of the budgets, if that counts. */
  pace?: Pace;
  /** Milliseconds of the processor in the page's main thread; of frames, for each of them. */
  cpu?: number;
}

/** A machine that is slower than this is not at rest: then the clock tells of other programs. */
const AT_REST = 1.5;

/** Whether the processor's time is what is held against the budget. */
export function byProcessor({ pace, cpu }: Row): boolean {
  return pace !== undefined && pace.clock > AT_REST && cpu !== undefined;
}

/** What is held against the budget. */
export function judged(row: Row): number {
  const { limit, value, pace, cpu = 0 } = row;
  if (pace === undefined) return value;
  if (!byProcessor(row)) return value;
  const own = cpu / pace.cpu; // with what came behind the frame that was waited for: the clock may be less
  return limit.unit === "fps" ? Math.max(value, Math.min(60, 1000 / own)) : Math.min(value, own);
}

export function isOver(row: Row): boolean {
  const value = judged(row);
  return row.limit.unit === "fps" ? value < row.limit.is : value > row.limit.is;
}

/** A screen that computes so many times longer than it may has changed, whatever the machine. */
const FAR = 8;

/** What is not of the machine may be over by so much before it is more than a little grown. */
const GROWN = 1.5;

/** Whether it is over by so much that no machine explains it. */
export function isFarOver({ limit, value, pace, cpu }: Row): boolean {
  if (pace === undefined) return value > GROWN * limit.is;
  if (cpu === undefined) return false;
  return cpu / pace.cpu > FAR * (limit.unit === "fps" ? 1000 / limit.is : limit.is);
}

const shown = (value: number, unit: Unit): string =>
  `${value.toFixed(unit === "elements" || unit === "requests" || unit === "ms" ? 0 : 1)} ${unit}`;

export function tableOf(rows: readonly Row[]): string {
  const head = ["what", "budget", "measured", "main thread", "pace", "held", ""];
  const cells = rows.map((row) => [
    row.what,
    `${row.limit.unit === "fps" ? "≥" : "≤"} ${shown(row.limit.is, row.limit.unit)}`,
    shown(row.value, row.limit.unit),
    row.cpu === undefined ? "" : `${row.cpu.toFixed(row.limit.unit === "fps" ? 1 : 0)} ms`,
    row.pace?.clock.toFixed(1) ?? "",
    `${shown(judged(row), row.limit.unit)}${byProcessor(row) ? " *" : "  "}`,
    isOver(row) ? "OVER" : "ok",
  ]);
  const widths = head.map((title, i) =>
    Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  const line = (parts: readonly string[]): string =>
    parts
      .map((part, i) => (i === 0 ? part.padEnd(widths[i] ?? 0) : part.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(head), ...cells.map(line)].join("\n");
}
