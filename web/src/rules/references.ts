/*
 * Which rules a text of Lua names: require 'rules.NAME', decide('NAME', ...), lookup('NAME', ...).
 * A name that is computed is not seen; nothing is run.
 */
import { type Word, wordsOf } from "../model/lua.ts";

export type Kind = "module" | "table" | "lookup";

export interface Reference {
  readonly kind: Kind;
  readonly name: string;
  readonly from: number /* of the text with the name, its quotes too */;
  readonly to: number;
  /** The call as it stands, from the function's name to its bracket. */
  readonly call?: string;
  readonly func?: string /* of a module */;
  readonly args?: string /* what it is called with; of tables without the name */;
}

function sign(word: Word | undefined, text: string): boolean {
  return word?.kind === "sign" && word.text === text;
}

const OPEN = new Set(["(", "[", "{"]);
const CLOSE = new Set([")", "]", "}"]);

/** The word that closes the bracket at `at`; undefined while it is still being written. */
function closing(words: readonly Word[], at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < words.length; i++) {
    const word = words[i] as Word;
    if (word.kind !== "sign") {
      continue;
    }
    depth += OPEN.has(word.text) ? 1 : CLOSE.has(word.text) ? -1 : 0;
    if (depth === 0) {
      return i;
    }
  }
  return undefined;
}

/** `require("rules.fees")` at `at`, and what is called of it. */
function moduleAt(text: string, words: readonly Word[], at: number): Reference | undefined {
  const open = sign(words[at + 1], "(") ? at + 1 : at;
  const name = words[open + 1];
  if (name?.kind !== "string" || !name.text.startsWith("rules.")) {
    return undefined;
  }
  const found = { kind: "module" as const, name: name.text.slice(6), from: name.from, to: name.to };
  const end = open === at ? open + 1 : open + 2;
  const func = words[end + 2];
  const close = closing(words, end + 3);
  if (
    !sign(words[end + 1], ".") ||
    func?.kind !== "name" ||
    !sign(words[end + 3], "(") ||
    close === undefined
  ) {
    return found;
  }
  return {
    ...found,
    func: func.text,
    call: text.slice(words[at]?.from, words[close]?.to),
    args: text.slice(words[end + 3]?.to, words[close]?.from).trim(),
  };
}

/** `decide("fees", ...)`, `lookup("terms", ...)`, `lookup.row("terms", ...)`. */
function tableAt(text: string, words: readonly Word[], at: number): Reference | undefined {
  const kind = words[at]?.text === "decide" ? "table" : "lookup";
  const open = sign(words[at + 1], ".") ? at + 3 : at + 1;
  const name = words[open + 1];
  if (!sign(words[open], "(") || name?.kind !== "string") {
    return undefined;
  }
  const found = { kind, name: name.text, from: name.from, to: name.to } as const;
  const close = closing(words, open);
  if (close === undefined) {
    return found;
  }
  const rest = text.slice(name.to, words[close]?.from).trim();
  return {
    ...found,
    call: text.slice(words[at]?.from, words[close]?.to),
    args: rest.replace(/^,\s*/, ""),
  };
}

export function referencesIn(text: string): Reference[] {
  const words = wordsOf(text);
  const out: Reference[] = [];
  words.forEach((word, i) => {
    const before = words[i - 1];
    if (word.kind !== "name" || sign(before, ".") || sign(before, ":")) {
      return;
    }
    const found =
      word.text === "require"
        ? moduleAt(text, words, i)
        : word.text === "decide" || word.text === "lookup"
          ? tableAt(text, words, i)
          : undefined;
    if (found !== undefined) {
      out.push(found);
    }
  });
  return out;
}

/** The text with another name for a rule; the same text when it does not name it. */
export function renamedIn(text: string, kind: Kind, name: string, to: string): string {
  let out = text;
  for (const found of referencesIn(text).reverse()) {
    if (found.kind !== kind || found.name !== name) {
      continue;
    }
    const old = out.slice(found.from, found.to);
    const inside = kind === "module" ? `rules.${name}` : name;
    out =
      out.slice(0, found.from) +
      old.replace(inside, () => (kind === "module" ? `rules.${to}` : to)) +
      out.slice(found.to);
  }
  return out;
}

export interface LuaFunction {
  readonly name: string;
  readonly params: readonly string[];
  readonly line: number /* from 1 */;
}

/** The functions of the table that a module returns: `function M.name(a, b)`, `M.name = function(a)`. */
export function functionsOf(text: string): LuaFunction[] {
  const words = wordsOf(text);
  const own = returned(words);
  const out: LuaFunction[] = [];
  words.forEach((word, i) => {
    if (word.text !== own || word.kind !== "name" || !sign(words[i + 1], ".")) {
      return;
    }
    const name = words[i + 2];
    const declared = words[i - 1]?.text === "function" && words[i - 1]?.kind === "name";
    const assigned = sign(words[i + 3], "=") && words[i + 4]?.text === "function";
    const open = declared ? i + 3 : i + 5;
    if (name?.kind !== "name" || (!declared && !assigned) || !sign(words[open], "(")) {
      return;
    }
    const params: string[] = [];
    for (let at = open + 1; at < words.length && !sign(words[at], ")"); at++) {
      if (words[at]?.kind === "name") {
        params.push(words[at]?.text ?? "");
      }
    }
    out.push({ name: name.text, params, line: text.slice(0, word.from).split("\n").length });
  });
  return out;
}

/** The name behind the last `return`, if it is one. */
function returned(words: readonly Word[]): string | undefined {
  for (let i = words.length - 1; i >= 0; i--) {
    if (words[i]?.kind === "name" && words[i]?.text === "return") {
      return words[i + 1]?.kind === "name" && i + 2 === words.length
        ? words[i + 1]?.text
        : undefined;
    }
  }
  return undefined;
}
