/* What an expression reads, and how a source is said where a line stands. Words, not meaning. */
import { type Word, wordsOf } from "../model/lua.ts";
import { isWithin, sourceMember } from "./paths.ts";

/** What the expressions of a list's elements see; the innermost first. */
export interface Scope {
  readonly name: string /* "item", or the list's own name for it */;
  readonly root: string | undefined /* the key of one element; undefined: it is computed */;
  readonly grouped: boolean /* item is {key, items} */;
  readonly inner: boolean /* of the innermost list, where it is also called "item" */;
}

const HEADS = new Set(["trigger", "steps", "input", "vars", "env", "run", "previous", "item"]);

function is(word: Word | undefined, sign: string): boolean {
  return word?.kind === "sign" && word.text === sign;
}

/** The names behind a head, up to a call or an operator; a computed index is [], as any number is. */
function chainFrom(words: readonly Word[], start: number): { parts: string[]; end: number } {
  const parts: string[] = [];
  let at = start;
  for (;;) {
    const [sign, name, close] = [words[at], words[at + 1], words[at + 2]];
    if (is(sign, ".") && name?.kind === "name") {
      parts.push(name.text);
      at += 2;
    } else if (is(sign, "[") && name?.kind === "string" && is(close, "]")) {
      parts.push(name.text);
      at += 3;
    } else if (is(sign, "[")) {
      let depth = 0;
      let to = at;
      do {
        depth += is(words[to], "[") ? 1 : is(words[to], "]") ? -1 : 0;
        to++;
      } while (depth > 0 && to < words.length);
      parts.push("[]");
      at = to;
    } else {
      return { parts, end: at };
    }
  }
}

function keyOf(root: string, parts: readonly string[]): string {
  return parts.reduce((key, part) => (part === "[]" ? `${key}[]` : sourceMember(key, part)), root);
}

/** The keys of all sources that the text names, each once, in their order. */
export function readsOf(text: string, scopes: readonly Scope[]): string[] {
  const words = wordsOf(text);
  const out = new Set<string>();
  words.forEach((word, i) => {
    const before = words[i - 1];
    if (word.kind !== "name" || is(before, ".") || is(before, ":")) {
      return;
    }
    const { parts } = chainFrom(words, i + 1);
    const scope = scopes.find(
      (one) => one.name === word.text || (one.inner && word.text === "item"),
    );
    if (scope === undefined) {
      if (HEADS.has(word.text) && !is(words[i + 1], "=")) {
        out.add(keyOf(word.text, parts));
      }
    } else if (scope.root !== undefined) {
      const own = scope.grouped && parts[0] === "items" ? parts.slice(1) : parts;
      const list = scope.root.slice(0, -2);
      if (!scope.grouped) {
        out.add(keyOf(scope.root, parts));
      } else if (own !== parts) {
        out.add(keyOf(list, own));
      } else {
        out.add(list);
      }
    }
  });
  return [...out];
}

/** The one source that the text is, without anything done to it. */
export function pathOnly(text: string, scopes: readonly Scope[]): string | undefined {
  const words = wordsOf(text);
  const [head] = words;
  if (head?.kind !== "name" || chainFrom(words, 1).end !== words.length) {
    return undefined;
  }
  return readsOf(text, scopes)[0];
}

/** How a source is said within these scopes; of a list that is not gone through, the first item. */
export function saidIn(key: string, scopes: readonly Scope[]): string {
  const near = scopes
    .filter((scope) => scope.root !== undefined)
    .sort((a, b) => (b.root ?? "").length - (a.root ?? "").length);
  for (const scope of near) {
    const root = scope.root ?? "";
    const name = scope.inner ? "item" : scope.name;
    const usable = scope.inner || scope.name !== "item";
    if (usable && scope.grouped && isWithin(key, root.slice(0, -2))) {
      return `${name}.items${key.slice(root.length - 2)}`.replaceAll("[]", "[1]");
    }
    if (usable && isWithin(key, root)) {
      return (name + key.slice(root.length)).replaceAll("[]", "[1]");
    }
  }
  return key.replaceAll("[]", "[1]");
}
