/*
 * An expression as a value with functions around it: decimal(trigger.body.amount):round(2) is
 * trigger.body.amount, decimal, :round. What is not of that form is the value as a whole, and is
 * given back as it was.
 */
import { type Word, wordsOf } from "../model/lua.ts";

export interface Call {
  readonly name: string /* "round" of x:round(2), "text.trim" */;
  readonly method: boolean;
  readonly args: readonly string[] /* without the value */;
  readonly at: number /* where the value stands among the arguments */;
}

export interface Chain {
  readonly base: string;
  readonly calls: readonly Call[] /* the innermost first */;
}

const VALUES = new Set(["trigger", "steps", "input", "vars", "env", "run", "item", "previous"]);

function is(word: Word | undefined, sign: string): boolean {
  return word?.kind === "sign" && word.text === sign;
}

/** Behind the bracket that opens at `at`; -1: it stays open. */
function closing(words: readonly Word[], at: number): number {
  let depth = 0;
  for (let i = at; i < words.length; i++) {
    const { kind, text } = words[i] as Word;
    if (kind === "sign" && "([{".includes(text)) {
      depth++;
    } else if (kind === "sign" && ")]}".includes(text)) {
      depth--;
      if (depth === 0) {
        return i + 1;
      }
    }
  }
  return -1;
}

interface Suffix {
  readonly from: number /* the word it begins with */;
  readonly kind: "member" | "call" | "method";
  readonly open: number /* of its arguments */;
}

/** The suffixes of a text that is one value with suffixes; undefined: it is more than that. */
function suffixesOf(words: readonly Word[]): Suffix[] | undefined {
  const [head] = words;
  let at = 1;
  if (is(head, "(")) {
    at = closing(words, 0);
  } else if (head === undefined || (head.kind === "sign" && !/^[0-9]/.test(head.text))) {
    return undefined;
  }
  const out: Suffix[] = [];
  while (at > 0 && at < words.length) {
    const from = at;
    const named = words[at + 1]?.kind === "name";
    if (is(words[at], ".") && named) {
      at += 2;
      out.push({ from, kind: "member", open: -1 });
    } else if (is(words[at], "[")) {
      at = closing(words, at);
      out.push({ from, kind: "member", open: -1 });
    } else if (is(words[at], ":") && named && is(words[at + 2], "(")) {
      at = closing(words, at + 2);
      out.push({ from, kind: "method", open: from + 2 });
    } else if (is(words[at], "(")) {
      at = closing(words, at);
      out.push({ from, kind: "call", open: from });
    } else {
      return undefined;
    }
  }
  return at < 0 ? undefined : out;
}

/** The texts between the commas of the arguments that open at word `open`. */
function argsAt(text: string, words: readonly Word[], open: number): string[] {
  const end = closing(words, open) - 1;
  const out: string[] = [];
  let depth = 0;
  let from = words[open]?.to ?? 0;
  for (let i = open + 1; i < end; i++) {
    const word = words[i] as Word;
    if (word.kind === "sign" && "([{".includes(word.text)) {
      depth++;
    } else if (word.kind === "sign" && ")]}".includes(word.text)) {
      depth--;
    } else if (depth === 0 && is(word, ",")) {
      out.push(text.slice(from, word.from).trim());
      from = word.to;
    }
  }
  const last = text.slice(from, words[end]?.from ?? text.length).trim();
  return last === "" && out.length === 0 ? [] : [...out, last];
}

function isLiteral(text: string): boolean {
  return /^(['"0-9{-]|true$|false$|nil$|null$)/.test(text);
}

export function chainOf(text: string): Chain {
  const words = wordsOf(text);
  const suffixes = suffixesOf(words);
  const last = suffixes?.at(-1);
  const start = words[last?.from ?? 0];
  if (
    suffixes === undefined ||
    last === undefined ||
    start === undefined ||
    last.kind === "member"
  ) {
    return { base: text.trim(), calls: [] };
  }
  const args = argsAt(text, words, last.open);
  if (last.kind === "method") {
    const inner = chainOf(text.slice(0, start.from).trim());
    const call: Call = { name: words[last.from + 1]?.text ?? "", method: true, args, at: 0 };
    return { base: inner.base, calls: [...inner.calls, call] };
  }
  const plain = suffixes.slice(0, -1).every((one) => one.kind === "member");
  const name = text.slice(0, start.from).trim();
  if (
    !plain ||
    args.length === 0 ||
    !/^[A-Za-z_][\w.]*$/.test(name) ||
    VALUES.has(words[0]?.text ?? "")
  ) {
    return { base: text.trim(), calls: [] };
  }
  const at = Math.max(
    0,
    args.findIndex((arg) => !isLiteral(arg)),
  );
  const inner = chainOf(args[at] ?? "");
  const call: Call = { name, method: false, args: args.toSpliced(at, 1), at };
  return { base: inner.base, calls: [...inner.calls, call] };
}

export function chainText({ base, calls }: Chain): string {
  return calls.reduce((inner, { name, method, args, at }) => {
    if (!method) {
      return `${name}(${args.toSpliced(at, 0, inner).join(", ")})`;
    }
    const single = suffixesOf(wordsOf(inner)) !== undefined && !isLiteral(inner);
    return `${single ? inner : `(${inner})`}:${name}(${args.join(", ")})`;
  }, base);
}

/* ---- What the documentation says of a function's arguments */

export interface Parameter {
  readonly name: string;
  readonly standard: string | undefined;
  readonly needed: boolean;
}

/** Of text.pad_left(s, n, fill = " ") all three; of x:round(scale = 0) only scale. */
export function parametersOf(call: string): Parameter[] {
  const words = wordsOf(call);
  const open = words.findIndex((word) => is(word, "("));
  if (open < 0) {
    return [];
  }
  return argsAt(call, words, open)
    .filter((arg) => !arg.includes("..."))
    .map((arg) => {
      const [name = "", standard] = arg.split(/\s*=\s*/);
      const needed = standard === undefined && !name.endsWith("?");
      return { name: name.replace("?", ""), standard, needed };
    });
}
