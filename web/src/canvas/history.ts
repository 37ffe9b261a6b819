/* Between the history in hand and what the journal keeps of it: each entry as the way back. */
import type { Draft } from "../model/flow.ts";
import { draftOf } from "../model/flow.ts";
import type { Entry, History, Label } from "../model/history.ts";
import { type Json, parseJson, writeJson } from "../model/json.ts";
import { applyPatch, type PatchOp, patchBetween } from "../model/patch.ts";
import type { JournalEntry } from "./journal.ts";

const KEPT = 50;
const backs = new WeakMap<Entry, string>();

function backOf(entry: Entry): string {
  const known =
    backs.get(entry) ?? writeJson(patchBetween(entry.after, entry.before) as unknown as Json);
  backs.set(entry, known);
  return known;
}

export function toJournal(history: History): JournalEntry[] {
  return history.past.slice(-KEPT).map((entry) => ({
    name: entry.name,
    label: JSON.stringify(entry.label),
    at: entry.at,
    back: backOf(entry),
  }));
}

/** Goes back from the newest state; what cannot be read ends the way. */
export function fromJournal(entries: readonly JournalEntry[], draft: Draft): History {
  const past: Entry[] = [];
  let after = draft;
  for (const entry of entries.toReversed()) {
    let before: Draft;
    try {
      before = draftOf(applyPatch(after, parseJson(entry.back) as unknown as PatchOp[]));
    } catch {
      break;
    }
    past.unshift({
      name: entry.name,
      label: JSON.parse(entry.label) as Label,
      at: entry.at,
      before,
      after,
    });
    after = before;
  }
  return { past, future: [] };
}
