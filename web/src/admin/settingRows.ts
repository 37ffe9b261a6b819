// Settings as the form has them: what is typed as text, and what of it is a change.
import type { components } from "../api/schema.d.ts";

export type Setting = components["schemas"]["Setting"];
export type Settings = components["schemas"]["Settings"];
/** By name what was typed or chosen; null takes back what people have set. */
export type Typed = Readonly<Record<string, string | null>>;

export const SCOPES = ["workspace", "program", "configuration"] as const;

/** What stands in the field. */
export function shownOf(one: Setting, typed: Typed): string {
  const now = typed[one.name];
  if (now === null) return String(one.default ?? "");
  return now ?? String(one.value);
}

export function isNumberWrong(one: Setting, text: string): boolean {
  if (one.kind !== "number") return false;
  if (!/^\d{1,12}$/.test(text)) return true;
  return Number(text) < (one.min ?? 0) || Number(text) > (one.max ?? Number.MAX_SAFE_INTEGER);
}

/** The changes as the program takes them; undefined: something typed is wrong. */
export function changesOf(
  items: readonly Setting[],
  typed: Typed,
): Record<string, string | number | null> | undefined {
  const changes: Record<string, string | number | null> = {};
  for (const one of items) {
    const now = typed[one.name];
    if (now === undefined || one.fixed) continue;
    if (now === null) {
      if (one.source === "set") changes[one.name] = null;
    } else if (isNumberWrong(one, now.trim())) {
      return undefined;
    } else if (now.trim() !== String(one.value)) {
      changes[one.name] = one.kind === "number" ? Number(now) : now;
    }
  }
  return changes;
}
