/* Where an edit of a rule shows: of all its calls in the flow, those that give something else now. */
import { useMemo } from "react";
import { type Json, objectOf } from "../model/json.ts";
import type { Outcome } from "./tests.ts";
import { sameOutcome, type Tried, useTries } from "./useTry.ts";

const MOST = 50; /* calls: all are made in one, for each sample */

/** One call that makes them all, whatever becomes of each. */
export function together(calls: readonly string[]): string {
  const each = calls.map((call) => `of(function() return ${call} end)`);
  const of =
    "local function of(f) local ok, value = pcall(f) return { ok = ok, value = value } end";
  return `(function() ${of} return { ${each.join(", ")} } end)()`;
}

/** What came of one of them. */
export function apart(all: Outcome | undefined, at: number): Outcome | undefined {
  if (all === undefined || all.error !== undefined) {
    return all;
  }
  const one = Array.isArray(all.value) ? objectOf(all.value[at] as Json) : {};
  return one.ok === true ? { value: one.value } : { error: String(one.value ?? "") };
}

/** Of how many samples each call gives something else; undefined: it is not known yet. */
export function useSurvey(
  calls: readonly string[],
  tried: readonly Tried[],
): ReadonlyMap<string, number> | undefined {
  const known = useMemo(() => calls.slice(0, MOST), [calls]);
  const { live, before, after } = useTries(known.length > 1 ? together(known) : "", tried);
  return useMemo(() => {
    const [old, now] = [before.now, after.now];
    if (!live || old === undefined || now === undefined) {
      return undefined;
    }
    const changed = (at: number): number =>
      now.filter((one, i) => !sameOutcome(apart(old[i], at), apart(one, at))).length;
    return new Map(known.map((call, at) => [call, changed(at)]));
  }, [known, live, before.now, after.now]);
}
