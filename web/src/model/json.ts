/*
 * JSON as the program reads it: every number keeps its digits. A number whose text is not what
 * JavaScript would write for it (1.10, 12345678901234567890) is a Num; all others are plain numbers.
 * Values are never changed in place.
 */
type Raw = (text: string) => unknown;

/** Where the browser can write a number by its digits, it writes whole documents much faster. */
const rawNumber = (JSON as { rawJSON?: Raw }).rawJSON;

export class Num {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): unknown {
    return rawNumber === undefined ? Number(this.text) : rawNumber(this.text);
  }
}

export type Json = null | boolean | number | string | Num | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}

/** What is wrong with a text that is no JSON, and where (an offset in UTF-16 units). */
export class JsonError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "JsonError";
    this.offset = offset;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Num)
  );
}

export function isArray(value: Json | undefined): value is JsonArray {
  return Array.isArray(value);
}

export function isNumber(value: Json | undefined): value is number | Num {
  return typeof value === "number" || value instanceof Num;
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function arrayOf(value: Json | undefined): JsonArray {
  return isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A number from its text: plain where that loses nothing. */
export function numberFrom(text: string): number | Num {
  const plain = Number(text);
  return String(plain) === text ? plain : new Num(text);
}

const MAX_DEPTH = 200;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const PLAIN = /[^"\\]*/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Reader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): Json {
    const value = this.value();
    this.blank();
    if (this.at < this.text.length) {
      this.fail("nothing may follow the value");
    }
    return value;
  }

  private fail(message: string, at = this.at): never {
    throw new JsonError(message, at);
  }

  private blank(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) {
        return;
      }
      this.at++;
    }
  }

  private value(): Json {
    this.blank();
    switch (this.text[this.at]) {
      case "{":
        return this.nested(() => this.object());
      case "[":
        return this.nested(() => this.array());
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  private nested(read: () => Json): Json {
    if (++this.depth > MAX_DEPTH) {
      this.fail(`nested deeper than ${MAX_DEPTH}`);
    }
    const value = read();
    this.depth--;
    return value;
  }

  private word(word: string, value: Json): Json {
    if (!this.text.startsWith(word, this.at)) {
      this.fail("a value is expected");
    }
    this.at += word.length;
    return value;
  }

  private number(): Json {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) {
      this.fail(this.at < this.text.length ? "a value is expected" : "the text ends too early");
    }
    this.at += found[0].length;
    return numberFrom(found[0]);
  }

  private string(): string {
    let out = "";
    this.at++;
    for (;;) {
      PLAIN.lastIndex = this.at;
      const plain = PLAIN.exec(this.text)?.[0] ?? "";
      for (let i = 0; i < plain.length; i++) {
        if (plain.charCodeAt(i) < 32) {
          this.fail("a control character stands in a text", this.at + i);
        }
      }
      out += plain;
      this.at += plain.length;
      const c = this.text[this.at];
      if (c === '"') {
        this.at++;
        return out;
      }
      if (c !== "\\") {
        this.fail("a text is not closed");
      }
      out += this.escape();
    }
  }

  private escape(): string {
    const c = this.text[this.at + 1] ?? "";
    if (c === "u") {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
        this.fail("\\u needs four digits");
      }
      this.at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = ESCAPES[c];
    if (plain === undefined) {
      this.fail("there is no such escape");
    }
    this.at += 2;
    return plain;
  }

  private array(): Json {
    const out: Json[] = [];
    this.at++;
    this.blank();
    if (this.text[this.at] === "]") {
      this.at++;
      return out;
    }
    for (;;) {
      out.push(this.value());
      if (this.separator("]")) {
        return out;
      }
    }
  }

  private object(): Json {
    const out: Record<string, Json> = {};
    this.at++;
    this.blank();
    if (this.text[this.at] === "}") {
      this.at++;
      return out;
    }
    for (;;) {
      this.blank();
      const start = this.at;
      if (this.text[this.at] !== '"') {
        this.fail("the name of a member is expected");
      }
      const name = this.string();
      if (Object.hasOwn(out, name)) {
        this.fail(`the member "${name}" stands twice`, start);
      }
      this.blank();
      if (this.text[this.at] !== ":") {
        this.fail('a ":" is expected');
      }
      this.at++;
      define(out, name, this.value());
      if (this.separator("}")) {
        return out;
      }
    }
  }

  private separator(end: string): boolean {
    this.blank();
    const c = this.text[this.at];
    if (c !== "," && c !== end) {
      this.fail(`a "," or "${end}" is expected`);
    }
    this.at++;
    return c === end;
  }
}

/** A member named __proto__ is a member like any other. */
function define(out: Record<string, Json>, name: string, value: Json): void {
  if (name === "__proto__") {
    Object.defineProperty(out, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    out[name] = value;
  }
}

export function parseJson(text: string): Json {
  return new Reader(text).whole();
}

/** A value that came by JSON.parse or from a form, as ours. */
export function fromPlain(value: unknown): Json {
  return parseJson(JSON.stringify(value ?? null));
}

/** For code that wants ordinary objects: numbers of many digits become the nearest double. */
export function toPlain(value: Json | undefined): unknown {
  if (value instanceof Num) {
    return Number(value.text);
  }
  if (isArray(value)) {
    return value.map(toPlain);
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, toPlain(member)]),
    );
  }
  return value;
}

/** indent 0: on one line. Members that are undefined are left out. */
export function writeJson(value: Json, indent = 0, width = 96): string {
  if (indent === 0 && rawNumber !== undefined) {
    return JSON.stringify(value);
  }
  return write(value, indent, indent > 0 ? width : Number.POSITIVE_INFINITY, 0);
}

function write(value: Json, indent: number, width: number, column: number): string {
  if (value === null || typeof value === "boolean") {
    return String(value);
  }
  if (value instanceof Num) {
    return value.text;
  }
  if (typeof value === "number" || typeof value === "string") {
    return JSON.stringify(value);
  }
  const items = isArray(value) ? value.map((item) => ["", item] as const) : membersOf(value);
  const [open, close] = isArray(value) ? ["[", "]"] : ["{", "}"];
  if (items.length === 0) {
    return open + close;
  }
  if (indent === 0) {
    return open + items.map(([name, item]) => name + write(item, 0, width, 0)).join(",") + close;
  }
  return writeWide(items, open, close, { indent, width, column });
}

interface Place {
  indent: number;
  width: number;
  column: number;
}

/** On one line when it is short enough and holds nothing nested twice, else a line for each item. */
function writeWide(
  items: (readonly [string, Json])[],
  open: string,
  close: string,
  place: Place,
): string {
  const pad = open === "{" ? " " : "";
  if (items.every(([, item]) => isFlat(item))) {
    const line = items.map(([name, item]) => spaced(name) + flat(item)).join(", ");
    if (place.column + line.length + 4 <= place.width) {
      return open + pad + line + pad + close;
    }
  }
  const inner = place.column + place.indent;
  const lines = items.map(
    ([name, item]) =>
      " ".repeat(inner) + spaced(name) + write(item, place.indent, place.width, inner),
  );
  return `${open}\n${lines.join(",\n")}\n${" ".repeat(place.column)}${close}`;
}

function spaced(name: string): string {
  return name === "" ? "" : `${name} `;
}

function isFlat(value: Json): boolean {
  if (isArray(value)) {
    return value.every((item) => !isArray(item) && !isObject(item));
  }
  return !isObject(value) || Object.keys(value).length === 0;
}

function flat(value: Json): string {
  return isArray(value)
    ? `[${value.map((item) => write(item, 0, 0, 0)).join(", ")}]`
    : write(value, 0, 0, 0);
}

function membersOf(value: JsonObject): (readonly [string, Json])[] {
  const out: (readonly [string, Json])[] = [];
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) {
      out.push([`${JSON.stringify(name)}:`, item]);
    }
  }
  return out;
}

/** The same value: members in any order, numbers by their digits. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) {
    return true;
  }
  if (isNumber(a) && isNumber(b)) {
    return String(a) === String(b);
  }
  if (isArray(a) && isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) {
    return false;
  }
  const names = Object.keys(a).filter((name) => a[name] !== undefined);
  const others = Object.keys(b).filter((name) => b[name] !== undefined);
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  );
}

/** The object with one member set, or without it; the same object if nothing changes. */
export function withMember(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (object[name] === value && (value !== undefined || !Object.hasOwn(object, name))) {
    return object;
  }
  if (value !== undefined) {
    return { ...object, [name]: value };
  }
  const { [name]: _gone, ...rest } = object;
  return rest;
}
