// An index over a JSON text: one small record per value, no objects, so that a text of 50 MB is
// opened in a fraction of a second and a number is shown with the very digits that it has.
//
// (1) A value's text is text.slice(start, end); nothing of it is ever converted.
// (2) Records are in the order of the text: children follow their parent, and `next` of a record is
//     the first one after all that it contains.
// (3) The index of a text's beginning has the records that the whole text has first: what is known
//     of a record by its number stays true when the rest has come.

/** Word: true, false, null. */
export const Kind = { Object: 0, Array: 1, String: 2, Number: 3, Word: 4 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface JsonIndex {
  text: string;
  /** It is the beginning of a text: what is open at its end has no end. */
  cut: boolean;
  count: number;
  kind: Uint8Array;
  depth: Uint16Array;
  /** Of the name that a member has, with its quotes; of an item of an array: both 0. */
  nameStart: Uint32Array;
  nameEnd: Uint32Array;
  start: Uint32Array;
  end: Uint32Array;
  next: Uint32Array;
  /** How many children; of an item of an array its place stands in `place`. */
  children: Uint32Array;
  place: Uint32Array;
}

export class IndexError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(`${message} at character ${at}`);
    this.at = at;
  }
}

const MAX_DEPTH = 1000;
const WORD = /true|false|null/y;
const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;

function grown(old: JsonIndex): JsonIndex {
  const size = old.kind.length * 2;
  const wide = (array: Uint32Array) => {
    const next = new Uint32Array(size);
    next.set(array);
    return next;
  };
  const kind = new Uint8Array(size);
  kind.set(old.kind);
  const depth = new Uint16Array(size);
  depth.set(old.depth);
  return {
    ...old,
    kind,
    depth,
    nameStart: wide(old.nameStart),
    nameEnd: wide(old.nameEnd),
    start: wide(old.start),
    end: wide(old.end),
    next: wide(old.next),
    children: wide(old.children),
    place: wide(old.place),
  };
}

function emptyIndex(text: string): JsonIndex {
  const size = 1024;
  const wide = () => new Uint32Array(size);
  return {
    text,
    cut: false,
    count: 0,
    kind: new Uint8Array(size),
    depth: new Uint16Array(size),
    nameStart: wide(),
    nameEnd: wide(),
    start: wide(),
    end: wide(),
    next: wide(),
    children: wide(),
    place: wide(),
  };
}

/** Makes an index in pieces, so that who waits for something else need not wait for it all. */
export class Indexer {
  private at = 0;
  private begun = false;
  private index: JsonIndex;
  private readonly text: string;
  private readonly open: number[] = [];

  constructor(text: string) {
    this.text = text;
    this.index = emptyIndex(text);
  }

  private blank(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  private string(): number {
    const { text } = this;
    let to = this.at + 1;
    for (;;) {
      to = text.indexOf('"', to);
      if (to < 0) throw new IndexError("a string without an end", this.at);
      let slashes = 0;
      while (text.charCodeAt(to - 1 - slashes) === 92) slashes++;
      if (slashes % 2 === 0) return to + 1;
      to++;
    }
  }

  private match(pattern: RegExp): number {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) throw new IndexError("not JSON", this.at);
    return pattern.lastIndex;
  }

  private add(kind: Kind, nameStart: number, nameEnd: number): number {
    if (this.index.count === this.index.kind.length) this.index = grown(this.index);
    const { index, open } = this;
    const own = index.count++;
    const parent = open.at(-1);
    index.kind[own] = kind;
    index.depth[own] = open.length;
    index.nameStart[own] = nameStart;
    index.nameEnd[own] = nameEnd;
    index.start[own] = this.at;
    if (parent !== undefined) {
      index.place[own] = index.children[parent] ?? 0;
      index.children[parent] = (index.children[parent] ?? 0) + 1;
    }
    return own;
  }

  /** One value; of an object or array only its opening. */
  private value(nameStart: number, nameEnd: number): void {
    const code = this.text.charCodeAt(this.at);
    if (code === 123 || code === 91) {
      const own = this.add(code === 123 ? Kind.Object : Kind.Array, nameStart, nameEnd);
      if (this.open.length >= MAX_DEPTH) throw new IndexError("too deep", this.at);
      this.open.push(own);
      this.at++;
      return;
    }
    const kind =
      code === 34
        ? Kind.String
        : code === 45 || (code >= 48 && code <= 57)
          ? Kind.Number
          : Kind.Word;
    const own = this.add(kind, nameStart, nameEnd);
    this.at =
      kind === Kind.String ? this.string() : this.match(kind === Kind.Number ? NUMBER : WORD);
    this.index.end[own] = this.at;
    this.index.next[own] = this.index.count;
  }

  private close(): void {
    const own = this.open.pop();
    if (own === undefined) throw new IndexError("nothing is open", this.at);
    this.at++;
    this.index.end[own] = this.at;
    this.index.next[own] = this.index.count;
  }

  private member(inObject: boolean): void {
    let nameStart = 0;
    let nameEnd = 0;
    if (inObject) {
      if (this.text.charCodeAt(this.at) !== 34) throw new IndexError("a name is missing", this.at);
      nameStart = this.at;
      nameEnd = this.string();
      this.at = nameEnd;
      this.blank();
      if (this.text.charCodeAt(this.at) !== 58) throw new IndexError("a colon is missing", this.at);
      this.at++;
      this.blank();
    }
    this.value(nameStart, nameEnd);
  }

  /** At most so many steps; the index when there is no more to do. Throws IndexError. */
  run(steps: number): JsonIndex | undefined {
    if (!this.begun) {
      this.begun = true;
      this.blank();
      this.value(0, 0);
    }
    for (let step = 0; this.open.length > 0; step++) {
      if (step >= steps) return undefined;
      const parent = this.open.at(-1) as number;
      const inObject = this.index.kind[parent] === Kind.Object;
      this.blank();
      const code = this.text.charCodeAt(this.at);
      if (code === (inObject ? 125 : 93)) {
        this.close();
      } else if ((this.index.children[parent] ?? 0) === 0) {
        this.member(inObject);
      } else if (code === 44) {
        this.at++;
        this.blank();
        this.member(inObject);
      } else throw new IndexError("a comma is missing", this.at);
    }
    this.blank();
    if (this.at < this.text.length) throw new IndexError("text after the value", this.at);
    return this.index;
  }

  /** Of a text that has no end yet: what can be said of it. */
  cut(): JsonIndex {
    try {
      this.run(Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!(error instanceof IndexError)) throw error;
    }
    const { index, open, text } = this;
    index.cut = true;
    const last = index.count - 1;
    const end = index.end[last] ?? 0;
    if (last >= 0 && !isBranch(index, last) && (end === 0 || end === this.at)) {
      index.count--; // perhaps it goes on
      const parent = open.at(-1);
      if (parent !== undefined) index.children[parent] = (index.children[parent] ?? 1) - 1;
    }
    for (const own of open) {
      index.end[own] = text.length;
      index.next[own] = index.count;
    }
    return index;
  }
}

/** Throws IndexError for what is no JSON. */
export function indexJson(text: string): JsonIndex {
  return new Indexer(text).run(Number.POSITIVE_INFINITY) as JsonIndex;
}

/** What is known by the beginning of a text; nothing is refused. */
export function indexHead(text: string): JsonIndex {
  return new Indexer(text).cut();
}

export function isBranch(index: JsonIndex, at: number): boolean {
  return (index.kind[at] ?? 4) <= Kind.Array;
}

/** The text of a string without its quotes and escapes; of a hostile one as it stands. */
export function plainText(written: string): string {
  try {
    return JSON.parse(written) as string;
  } catch {
    return written;
  }
}

export function nameOf(index: JsonIndex, at: number): string | undefined {
  const end = index.nameEnd[at] ?? 0;
  return end === 0 ? undefined : plainText(index.text.slice(index.nameStart[at], end));
}

/** The path to a record as names and places. */
export function pathOf(index: JsonIndex, at: number): (string | number)[] {
  const path: (string | number)[] = [];
  let depth = index.depth[at] ?? 0;
  for (let own = at; depth > 0; own--) {
    if ((index.depth[own] ?? 0) !== depth) continue;
    path.unshift(nameOf(index, own) ?? index.place[own] ?? 0);
    depth--;
    if (depth === 0) break;
  }
  return path;
}
