/*
 * What the text of an expression names, without running it. The program reads it the same way
 * (runtime/flow/flow_scan.c): words, strings and comments apart; what it cannot see through (a
 * computed name, a local called `steps`) is left alone.
 */
export type WordKind = "name" | "string" | "sign";

export interface Word {
  readonly kind: WordKind;
  readonly text: string /* of a string: between its quotes */;
  readonly from: number;
  readonly to: number;
}

const BLANK = /[ \t\r\n\f\v]+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const DIGITS = /[0-9][A-Za-z0-9_.]*/y;
const LONG = /\[(=*)\[/y;
const DOTS = /\.{1,3}/y;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Behind a long bracket that opens at `at`; undefined when none does. */
function longEnd(
  text: string,
  at: number,
): { inner: number; close: number; end: number } | undefined {
  const open = matchAt(LONG, text, at);
  if (open === undefined) {
    return undefined;
  }
  const ending = `]${"=".repeat(open.length - 2)}]`;
  const close = text.indexOf(ending, at + open.length);
  const stop = close < 0 ? text.length : close;
  return {
    inner: at + open.length,
    close: stop,
    end: close < 0 ? text.length : close + ending.length,
  };
}

function skipBlank(text: string, start: number): number {
  let at = start;
  for (;;) {
    at += matchAt(BLANK, text, at)?.length ?? 0;
    if (!text.startsWith("--", at)) {
      return at;
    }
    const long = longEnd(text, at + 2);
    const line = text.indexOf("\n", at);
    at = long?.end ?? (line < 0 ? text.length : line);
  }
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start] && text[at] !== "\n") {
    at += text[at] === "\\" ? 2 : 1;
  }
  return Math.min(at, text.length);
}

function wordAt(text: string, at: number): Word {
  const name = matchAt(NAME, text, at);
  if (name !== undefined) {
    return { kind: "name", text: name, from: at, to: at + name.length };
  }
  if (text[at] === '"' || text[at] === "'") {
    const end = stringEnd(text, at);
    return {
      kind: "string",
      text: text.slice(at + 1, end),
      from: at,
      to: Math.min(end + 1, text.length),
    };
  }
  const long = longEnd(text, at);
  if (long !== undefined) {
    return { kind: "string", text: text.slice(long.inner, long.close), from: at, to: long.end };
  }
  const sign = matchAt(DIGITS, text, at) ?? matchAt(DOTS, text, at) ?? text.slice(at, at + 1);
  return { kind: "sign", text: sign, from: at, to: at + sign.length };
}

export function wordsOf(text: string): Word[] {
  const out: Word[] = [];
  for (let at = skipBlank(text, 0); at < text.length; ) {
    const word = wordAt(text, at);
    out.push(word);
    at = skipBlank(text, Math.max(word.to, at + 1));
  }
  return out;
}

function is(word: Word | undefined, sign: string): boolean {
  return word !== undefined && word.kind !== "string" && word.text === sign;
}

/** Whether the text makes a name of its own: a local, a parameter, the variable of a for. */
export function declares(words: readonly Word[], name: string): boolean {
  let naming = false;
  for (const word of words) {
    if (naming && is(word, name)) {
      return true;
    }
    if (is(word, "local") || is(word, "for") || is(word, "function")) {
      naming = true;
    } else if (word.kind !== "name" || is(word, "in")) {
      naming = naming && [",", "(", ".", ":"].some((sign) => is(word, sign));
    }
  }
  return false;
}

/** Where `steps.ID` or `steps['ID']` names a step: the place of the name itself. */
export interface StepName {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly bracket: boolean;
}

export function stepNames(text: string): StepName[] {
  const words = wordsOf(text);
  const out: StepName[] = [];
  if (declares(words, "steps")) {
    return out;
  }
  words.forEach((word, i) => {
    const before = words[i - 1];
    if (word.kind !== "name" || word.text !== "steps" || is(before, ".") || is(before, ":")) {
      return;
    }
    const [sign, name, close] = [words[i + 1], words[i + 2], words[i + 3]];
    if (is(sign, ".") && name?.kind === "name") {
      out.push({ id: name.text, from: name.from, to: name.to, bracket: false });
    } else if (
      is(sign, "[") &&
      name?.kind === "string" &&
      is(close, "]") &&
      !name.text.includes("\\")
    ) {
      out.push({ id: name.text, from: name.from, to: name.to, bracket: true });
    }
  });
  return out;
}

/** Where a variable is read, and the members named behind it: `steps.entry.amount`. */
export interface Read {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly path: readonly string[];
  readonly ends: readonly number[] /* behind each of these members */;
  readonly assigned: boolean /* it is written, not read */;
}

/** Where the text reads one of these variables: not members of that name, nor names in a table. */
export function readsOf(text: string, names: ReadonlySet<string>): Read[] {
  const words = wordsOf(text);
  const out: Read[] = [];
  words.forEach((word, i) => {
    const before = words[i - 1];
    if (word.kind !== "name" || !names.has(word.text) || is(before, ".") || is(before, ":")) {
      return;
    }
    const written = is(words[i + 1], "=") && !is(words[i + 2], "=");
    if (written && ["{", ",", ";"].some((sign) => is(before, sign))) {
      return;
    }
    const path: string[] = [];
    const ends: number[] = [];
    for (let at = i + 1; ; ) {
      const [sign, name, close] = [words[at], words[at + 1], words[at + 2]];
      if (is(sign, ".") && name?.kind === "name") {
        path.push(name.text);
        ends.push(name.to);
        at += 2;
      } else if (is(sign, "[") && name?.kind === "string" && is(close, "]")) {
        path.push(name.text);
        ends.push(close?.to ?? 0);
        at += 3;
      } else {
        break;
      }
    }
    out.push({ name: word.text, from: word.from, to: word.to, path, ends, assigned: written });
  });
  return out;
}

const LUA_WORDS = new Set(
  (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true " +
    "until while"
  ).split(" "),
);

export function isLuaWord(name: string): boolean {
  return LUA_WORDS.has(name);
}

/** The text with every name of a step replaced; the same text when there is none. */
export function renameSteps(text: string, names: ReadonlyMap<string, string>): string {
  let out = text;
  for (const found of stepNames(text).reverse()) {
    const next = names.get(found.id);
    if (next === undefined || next === found.id) {
      continue;
    }
    if (found.bracket) {
      out = `${out.slice(0, found.from)}'${next}'${out.slice(found.to)}`;
    } else if (isLuaWord(next)) {
      const dot = out.lastIndexOf(".", found.from); /* steps.end is no Lua */
      out = `${out.slice(0, dot)}['${next}']${out.slice(found.to)}`;
    } else {
      out = out.slice(0, found.from) + next + out.slice(found.to);
    }
  }
  return out;
}
