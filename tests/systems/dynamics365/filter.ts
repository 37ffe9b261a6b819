// $filter: eq ne gt ge lt le, and, or, not, contains, startswith, endswith, parentheses.
// Texts compare without case, as both products' databases do.
import { type Json, type JsonObject, Numeral } from "../lib/json.ts";
import { ODataError } from "./errors.ts";

type Test = (row: JsonObject) => boolean;
type Operand = (row: JsonObject) => Json;

export interface Filter {
  test: Test;
  among?: Among | undefined; // what no row outside of it can be
}
/** Rows whose column has one of these texts, so that a table that keeps them by it looks at no others. */
export interface Among {
  column: string;
  texts: string[];
}

const tokenPattern = new RegExp([
  "'(?:[^']|'')*'", "[(),]", "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  "\\d{4}-\\d\\d-\\d\\d(?:T[\\d:.]+(?:Z|[+-]\\d\\d:\\d\\d))?", "-?\\d+(?:\\.\\d+)?", "[A-Za-z_][\\w.]*",
].join("|"), "giy");

export function readFilter(text: string, columns: (name: string) => boolean): Filter {
  const tokens: string[] = [];
  const spaces = /\s*/y;
  for (let at = 0; ;) {
    spaces.lastIndex = at;
    spaces.exec(text);
    at = spaces.lastIndex;
    if (at >= text.length) break;
    tokenPattern.lastIndex = at;
    const found = tokenPattern.exec(text);
    if (found === null) throw bad(`unexpected '${text.slice(at, at + 10)}' at position ${at}`);
    tokens.push(found[0]);
    at = tokenPattern.lastIndex;
  }
  const parser = new Parser(tokens, columns);
  const filter = parser.or();
  parser.end();
  return filter;
}

function bad(text: string): ODataError {
  return new ODataError(400, "0x80060888", `Syntax error in the query option '$filter': ${text}`);
}

class Parser {
  readonly #tokens: string[];
  readonly #columns: (name: string) => boolean;
  #at = 0;

  constructor(tokens: string[], columns: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#columns = columns;
  }

  or(): Filter {
    const parts = [this.#and()];
    while (this.#accept("or")) parts.push(this.#and());
    return parts.length === 1 && parts[0] !== undefined ? parts[0]
      : { test: (row) => parts.some((part) => part.test(row)), among: union(parts) };
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw bad(`unexpected '${this.#tokens[this.#at] ?? ""}'`);
  }

  #and(): Filter {
    const parts = [this.#not()];
    while (this.#accept("and")) parts.push(this.#not());
    return parts.length === 1 && parts[0] !== undefined ? parts[0]
      : { test: (row) => parts.every((part) => part.test(row)), among: parts.find((part) => part.among)?.among };
  }

  #not(): Filter {
    if (this.#accept("not")) {
      const { test } = this.#not();
      return { test: (row) => !test(row) };
    }
    if (this.#accept("(")) {
      const filter = this.or();
      this.#expect(")");
      return filter;
    }
    return this.#comparison();
  }

  #comparison(): Filter {
    const word = this.#next();
    const call = calls[word];
    if (call !== undefined) {
      this.#expect("(");
      const a = this.#operand(this.#next());
      this.#expect(",");
      const b = this.#operand(this.#next());
      this.#expect(")");
      return { test: (row) => call(folded(a(row)), folded(b(row))) };
    }
    const left = this.#operand(word), name = this.#next();
    const operator = comparisons[name];
    if (operator === undefined) throw bad(`an operator (eq, ne, gt, ge, lt, le) is missing behind '${word}'`);
    const token = this.#next();
    const right = this.#operand(token);
    const among = name === "eq" && this.#columns(word) && token.startsWith("'")
      ? { column: word, texts: [textOf(token)] } : undefined;
    return { test: (row) => operator(left(row), right(row)), among };
  }

  #operand(token: string): Operand {
    if (token.startsWith("'")) return constant(textOf(token));
    if (token === "null") return constant(null);
    if (token === "true" || token === "false") return constant(token === "true");
    if (/^-?\d+(\.\d+)?$/.test(token)) return constant(new Numeral(token));
    if (/^[A-Za-z_][\w]*$/.test(token)) {
      if (!this.#columns(token)) throw bad(`Could not find a property named '${token}'.`);
      return (row) => row[token] ?? null;
    }
    return constant(token); // a guid or a date
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw bad("it ends too early");
    this.#at += 1;
    return token;
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw bad(`'${token}' is missing`);
  }
}

/** The text that a quoted token stands for. */
function textOf(token: string): string {
  return token.slice(1, -1).replaceAll("''", "'");
}

/** Of alternatives, all of which are about texts of one column, their texts together. */
function union(parts: Filter[]): Among | undefined {
  const column = parts[0]?.among?.column;
  if (column === undefined || parts.some((part) => part.among?.column !== column)) return undefined;
  return { column, texts: parts.flatMap((part) => part.among?.texts ?? []) };
}

function constant(value: Json): Operand {
  return () => value;
}

function folded(value: Json): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** Negative, 0 or positive; undefined when the two do not compare (null, other types). */
function order(a: Json, b: Json): number | undefined {
  if (a instanceof Numeral && b instanceof Numeral) return a.value - b.value;
  if (typeof a === "string" && typeof b === "string")
    return folded(a) < folded(b) ? -1 : folded(a) > folded(b) ? 1 : 0;
  return undefined;
}

function same(a: Json, b: Json): boolean {
  return a === b || order(a, b) === 0;
}

const comparisons: Record<string, (a: Json, b: Json) => boolean> = {
  eq: same,
  ne: (a, b) => !same(a, b),
  gt: (a, b) => (order(a, b) ?? 0) > 0,
  ge: (a, b) => (order(a, b) ?? -1) >= 0,
  lt: (a, b) => (order(a, b) ?? 0) < 0,
  le: (a, b) => (order(a, b) ?? 1) <= 0,
};

const calls: Record<string, (a: string, b: string) => boolean> = {
  contains: (a, b) => a.includes(b),
  startswith: (a, b) => a.startsWith(b),
  endswith: (a, b) => a.endsWith(b),
};
