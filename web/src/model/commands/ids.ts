/* Ids of new steps: what expressions will say, so a word of what the step does. */
import { type Draft, takenIds } from "../flow.ts";
import { isLuaWord } from "../lua.ts";

export const ID_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** The wanted id, or the same with the first number that is free. */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.slice(0, 60);
  if (!taken.has(base) && !isLuaWord(base)) {
    return base;
  }
  for (let i = 2; ; i++) {
    const id = `${base}_${i}`;
    if (!taken.has(id)) {
      return id;
    }
  }
}

export function idForType(draft: Draft, type: string): string {
  const word = (type.split(".").at(-1) ?? "").toLowerCase().replace(/[^a-z0-9_]/g, "_");
  return freeId(ID_PATTERN.test(word) ? word : "step", takenIds(draft));
}

/** What an id would be that says the same as a title; undefined when nothing is left of it. */
export function idForTitle(title: string, taken: ReadonlySet<string>): string | undefined {
  const plain = title
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  const word = plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "");
  return word === "" ? undefined : freeId(word, taken);
}
