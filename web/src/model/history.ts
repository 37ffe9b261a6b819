/*
 * What was done, to be undone. A command is a named change of the draft; states share what has not
 * changed, so an entry costs little. Commands of one kind that follow each other within a moment
 * (a nudge with the arrow keys, typing in a field) are one entry.
 */
import type { Draft } from "./flow.ts";

/** What a command did, for people: a message of the i18n catalogue with its values. */
export interface Label {
  readonly id: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

export interface Command {
  readonly name: string;
  readonly label: Label;
  readonly part?: "rules" /* what may be changed without changing the flow */;
  readonly coalesce?: string /* entries of the same mark become one */;
  readonly select?: readonly string[] /* what is selected afterwards */;
  readonly draft: Draft /* the state it makes */;
}

export interface Entry {
  readonly name: string;
  readonly label: Label;
  readonly coalesce?: string | undefined;
  readonly at: number;
  readonly before: Draft;
  readonly after: Draft;
}

export interface History {
  readonly past: readonly Entry[];
  readonly future: readonly Entry[] /* the next one to redo first */;
}

export const EMPTY_HISTORY: History = { past: [], future: [] };
export const COALESCE_MS = 600;
const KEPT = 200;

export function record(history: History, before: Draft, command: Command, now: number): History {
  const { name, label, coalesce, draft: after } = command;
  const last = history.past.at(-1);
  const joins =
    coalesce !== undefined &&
    last?.coalesce === coalesce &&
    now - last.at <= COALESCE_MS &&
    history.future.length === 0;
  if (joins && last !== undefined) {
    const entry = { name, label, coalesce, at: now, before: last.before, after };
    return { past: [...history.past.slice(0, -1), entry], future: [] };
  }
  const entry: Entry = { name, label, coalesce, at: now, before, after };
  return { past: [...history.past, entry].slice(-KEPT), future: [] };
}

/** The next command begins an entry of its own: a key came up, a field was left. */
export function settle(history: History): History {
  const last = history.past.at(-1);
  if (last?.coalesce === undefined) {
    return history;
  }
  return { ...history, past: [...history.past.slice(0, -1), { ...last, coalesce: undefined }] };
}

export interface Step {
  readonly history: History;
  readonly entry: Entry;
  readonly draft: Draft;
}

export function undo(history: History): Step | undefined {
  const entry = history.past.at(-1);
  if (entry === undefined) {
    return undefined;
  }
  const next = { past: history.past.slice(0, -1), future: [entry, ...history.future] };
  return { history: next, entry, draft: entry.before };
}

export function redo(history: History): Step | undefined {
  const [entry, ...rest] = history.future;
  if (entry === undefined) {
    return undefined;
  }
  return { history: { past: [...history.past, entry], future: rest }, entry, draft: entry.after };
}
