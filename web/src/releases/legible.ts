// A change in pieces that people can read: of a table its rows, of a rule its lines, of tests each one.
import { type Difference, differences } from "../data/differences.ts";
import {
  arrayOf,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
  writeJson,
} from "../model/json.ts";
import type { Change } from "./drawing.ts";

const text = (value: Json) => textOf(value) ?? writeJson(value);

/** A list by what its elements are called, so that one more moves no other; undefined: it has no such names. */
function named(
  list: readonly Json[],
  nameOf: (one: Json) => Json | undefined,
): JsonObject | undefined {
  const names = list.map((one) => nameOf(one));
  if (names.some((name) => name === undefined) || new Set(names).size < names.length) return;
  return Object.fromEntries(list.map((one, i) => [String(names[i]), one]));
}

/** A lookup's rows by their keys, with their columns. */
function tableOf(value: JsonObject): Json {
  const columns = arrayOf(value.columns).map((one) => text(one));
  const keys = arrayOf(value.keys).map((key) => columns.indexOf(text(key)));
  const rows = named(arrayOf(value.rows), (row) =>
    keys.map((at) => text(arrayOf(row)[at] ?? null)).join(" / "),
  );
  if (columns.length === 0 || keys.length === 0 || !rows) return value;
  const cells = (row: Json | undefined) =>
    Object.fromEntries(columns.map((column, i) => [column, arrayOf(row)[i] ?? null]));
  return {
    ...value,
    rows: Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, cells(row)])),
  };
}

function keyed(value: Json | undefined): Json | undefined {
  if (isObject(value)) return tableOf(value);
  if (!isArray(value)) return value;
  return named(value, (one) => objectOf(one).name) ?? value;
}

/** Of two texts the lines between what both begin and end with. */
function lines(before: string, after: string): Difference {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let from = 0;
  while (from < Math.min(a.length, b.length) && a[from] === b[from]) from++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - from && a.at(-1 - end) === b.at(-1 - end)) end++;
  const cut = (list: string[]) => list.slice(from, list.length - end).join("\n");
  return { path: `:${from + 1}`, kind: "changed", before: cut(a), after: cut(b) };
}

export function piecesOf({ kind, ...change }: Change): Difference[] {
  const [before, after] = [change.before, change.after] as (Json | undefined)[];
  if (kind !== "changed") return [{ path: "", kind, before, after }];
  if (typeof before === "string" && typeof after === "string" && before.includes("\n")) {
    return [lines(before, after)];
  }
  const [a, b] = [keyed(before), keyed(after)];
  // Names count where both have them.
  return a === before || b === after ? differences(before, after) : differences(a, b);
}
