/*
 * A lookup table as a sheet: rows of cells below columns that have a role. The short form, an object
 * of keys and values, is shown as two columns and stays an object as long as it can.
 */
import {
  arrayOf,
  isArray,
  isObject,
  type Json,
  type JsonArray,
  type JsonObject,
  objectOf,
  textOf,
  withMember,
} from "../model/json.ts";
import { allTexts, type ColumnType, cellText, cellValue, typeOf } from "./cells.ts";

export const ROLES = ["value", "key", "from", "to", "validFrom", "validTo"] as const;
export type Role = (typeof ROLES)[number];

export interface SheetColumn {
  readonly name: string;
  readonly role: Role;
  readonly type: ColumnType;
}

export interface Sheet {
  readonly json: JsonObject;
  readonly short: boolean;
  readonly columns: readonly SheetColumn[];
  readonly rows: readonly JsonArray[];
}

const SHORT = ["key", "value"];
const TYPED: readonly string[] = ["text", "number", "boolean"];
const known = new WeakMap<JsonObject, Sheet>();

function roleOf(name: string, json: JsonObject): Role {
  for (const key of arrayOf(json.keys)) {
    if (key === name) {
      return "key";
    }
    if (isObject(key) && key.from === name) {
      return "from";
    }
    if (isObject(key) && key.to === name) {
      return "to";
    }
  }
  const valid = objectOf(json.valid);
  return valid.from === name ? "validFrom" : valid.to === name ? "validTo" : "value";
}

function* cellsOf(rows: readonly JsonArray[], column: number): Generator<Json | undefined> {
  for (const row of rows) {
    yield row[column];
  }
}

export function sheetOf(value: Json | undefined): Sheet {
  const json = objectOf(value);
  const before = known.get(json);
  if (before !== undefined) {
    return before;
  }
  const made = isArray(json.rows) ? longSheet(json, json.rows) : shortSheet(json);
  known.set(json, made);
  return made;
}

function longSheet(json: JsonObject, list: JsonArray): Sheet {
  const rows = list.map((row) => (isArray(row) ? row : [row]));
  const types = objectOf(json.types);
  const columns = allTexts(arrayOf(json.columns)).map((name, i) => {
    const told = textOf(types[name]);
    const type =
      told !== undefined && TYPED.includes(told) ? (told as ColumnType) : typeOf(cellsOf(rows, i));
    return { name, role: roleOf(name, json), type };
  });
  return { json, short: false, columns, rows };
}

function shortSheet(json: JsonObject): Sheet {
  const entries = Object.entries(objectOf(json.rows));
  const rows = entries.map(([key, value]) => [key, value ?? null]);
  return {
    json,
    short: true,
    rows,
    columns: [
      { name: SHORT[0] ?? "", role: "key", type: "text" },
      { name: SHORT[1] ?? "", role: "value", type: typeOf(cellsOf(rows, 1)) },
    ],
  };
}

/** The short form, when its keys are texts that stand once; else the long one. */
function withRows(sheet: Sheet, rows: readonly JsonArray[]): JsonObject {
  if (!sheet.short) {
    return withMember(sheet.json, "rows", rows);
  }
  const keys = new Set(rows.map((row) => row[0]));
  const fits =
    keys.size === rows.length && rows.every((row) => typeof row[0] === "string" && row[0] !== "");
  /* an object would sort keys like 10 before others: a list keeps the order as it was typed */
  if (fits && ![...keys].some((key) => /^(0|[1-9][0-9]*)$/.test(String(key)))) {
    return withMember(
      sheet.json,
      "rows",
      Object.fromEntries(rows.map((row) => [String(row[0]), row[1] ?? null])),
    );
  }
  return { ...sheet.json, columns: SHORT, keys: [SHORT[0] ?? ""], rows };
}

export function sheetText(sheet: Sheet, row: number, column: number): string {
  return cellText(sheet.rows[row]?.[column], sheet.columns[column]?.type ?? "any");
}

function rowWith(sheet: Sheet, row: JsonArray, cells: ReadonlyMap<number, Json>): JsonArray {
  return sheet.columns
    .map((_, i) => cells.get(i) ?? row[i] ?? null)
    .map((cell, i) => (cells.has(i) ? (cells.get(i) ?? null) : cell));
}

export function setSheetCell(sheet: Sheet, row: number, column: number, text: string): JsonObject {
  return pasteSheet(sheet, row, column, [[text]]);
}

/** A block of texts from a cell on; rows that are missing are added, columns are not. */
export function pasteSheet(
  sheet: Sheet,
  row: number,
  column: number,
  cells: readonly (readonly string[])[],
): JsonObject {
  const rows = [...sheet.rows];
  cells.forEach((line, i) => {
    const changed = new Map<number, Json>();
    line.forEach((text, j) => {
      const type = sheet.columns[column + j]?.type;
      if (type !== undefined) {
        changed.set(column + j, cellValue(text, type));
      }
    });
    rows[row + i] = rowWith(sheet, rows[row + i] ?? [], changed);
  });
  return withRows(sheet, rows);
}

export function addSheetRow(sheet: Sheet, at: number): JsonObject {
  const blank = sheet.columns.map(() => null);
  return withRows(sheet, [...sheet.rows.slice(0, at), blank, ...sheet.rows.slice(at)]);
}

export function removeSheetRows(sheet: Sheet, from: number, to: number): JsonObject {
  return withRows(
    sheet,
    sheet.rows.filter((_, i) => i < from || i > to),
  );
}

/* ---- Columns: each change makes the long form */

function long(sheet: Sheet): JsonObject {
  return sheet.short
    ? { ...sheet.json, columns: SHORT, keys: [SHORT[0] ?? ""], rows: sheet.rows }
    : sheet.json;
}

export function addColumn(sheet: Sheet, name: string): JsonObject {
  const json = long(sheet);
  const width = sheet.columns.length;
  return {
    ...json,
    columns: [...sheet.columns.map((column) => column.name), name],
    rows: sheet.rows.map((row) =>
      [...sheet.columns.map((_, i) => row[i] ?? null), null].slice(0, width + 1),
    ),
  };
}

function named(value: Json | undefined, name: string, to: string): Json {
  return value === name ? to : (value ?? null);
}

/** Keys, ranges and days of validity from the columns' roles. */
function withRoles(json: JsonObject, columns: readonly SheetColumn[]): JsonObject {
  const find = (role: Role): string | undefined =>
    columns.find((column) => column.role === role)?.name;
  const old = arrayOf(json.keys).find((key) => isObject(key));
  const [from, to] = [find("from"), find("to")];
  const keys: Json[] = columns.filter((column) => column.role === "key").map(({ name }) => name);
  if (from !== undefined || to !== undefined) {
    const name = textOf(objectOf(old).name) ?? from ?? "range";
    keys.push({ ...objectOf(old), name, from: from ?? "", to: to ?? "" });
  }
  const [since, until] = [find("validFrom"), find("validTo")];
  const valid =
    since === undefined && until === undefined
      ? undefined
      : { ...objectOf(json.valid), from: since ?? "", to: until ?? "" };
  return withMember({ ...json, keys }, "valid", valid);
}

export function setColumn(sheet: Sheet, at: number, next: SheetColumn): JsonObject {
  const old = sheet.columns[at];
  if (old === undefined) {
    return sheet.json;
  }
  const columns = sheet.columns.map((column, i) => (i === at ? next : column));
  let json: JsonObject = { ...long(sheet), columns: columns.map(({ name }) => name) };
  if (next.name !== old.name) {
    json = renamedColumn(json, old.name, next.name);
  }
  if (next.role !== old.role) {
    const one = columns.map((column, i) =>
      i !== at && next.role !== "key" && next.role !== "value" && column.role === next.role
        ? { ...column, role: "value" as const }
        : column,
    );
    json = withRoles(json, one);
  }
  return next.type === old.type ? json : retyped(json, sheet, at, next);
}

function renamedColumn(json: JsonObject, name: string, to: string): JsonObject {
  const keys = arrayOf(json.keys).map((key) =>
    isObject(key)
      ? { ...key, from: named(key.from, name, to), to: named(key.to, name, to) }
      : named(key, name, to),
  );
  const types = Object.entries(objectOf(json.types));
  const next: JsonObject = { ...json, keys };
  const valid = json.valid;
  return {
    ...next,
    ...(isObject(valid)
      ? { valid: { ...valid, from: named(valid.from, name, to), to: named(valid.to, name, to) } }
      : {}),
    ...(types.length === 0
      ? {}
      : { types: Object.fromEntries(types.map(([key, type]) => [key === name ? to : key, type])) }),
  };
}

/** The same texts, read as the new type: digits are kept. */
function retyped(json: JsonObject, sheet: Sheet, at: number, next: SheetColumn): JsonObject {
  const type = sheet.columns[at]?.type ?? "any";
  const rows = sheet.rows.map((row) =>
    row.map((cell, i) => (i === at ? cellValue(cellText(cell, type), next.type) : cell)),
  );
  const types = objectOf(json.types);
  const own = next.type === "any" ? undefined : next.type;
  /* said in so many words: a column with nothing in it has its type, too */
  const told = withMember(types, next.name, own);
  return withMember({ ...json, rows }, "types", Object.keys(told).length === 0 ? undefined : told);
}

export function removeColumn(sheet: Sheet, at: number): JsonObject {
  const columns = sheet.columns.filter((_, i) => i !== at);
  const json = long(sheet);
  const rows = sheet.rows.map((row) => row.filter((_, i) => i !== at));
  const next = { ...json, columns: columns.map(({ name }) => name), rows };
  return sheet.columns[at]?.role === "value" ? next : withRoles(next, columns);
}

export function moveColumn(sheet: Sheet, from: number, to: number): JsonObject {
  const shift = <T>(list: readonly T[]): T[] => {
    const next = [...list];
    const [item] = next.splice(from, 1);
    next.splice(to, 0, item as T);
    return next;
  };
  return {
    ...long(sheet),
    columns: shift(sheet.columns).map(({ name }) => name),
    rows: sheet.rows.map((row) => shift(sheet.columns.map((_, i) => row[i] ?? null))),
  };
}

/* ---- Import */

/** The type that all texts could have; numbers with leading zeros are texts. */
export function guessType(texts: Iterable<string>): ColumnType {
  const number = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;
  let type: ColumnType | undefined;
  for (const text of texts) {
    if (text === "") {
      continue;
    }
    const own = number.test(text) ? "number" : /^(true|false)$/i.test(text) ? "boolean" : "text";
    if (own === "text" || (type !== undefined && own !== type)) {
      return "text";
    }
    type = own;
  }
  return type ?? "text";
}

export interface Imported {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly types: readonly ColumnType[];
  readonly key?: string | undefined /* the column that becomes the key; else the keys stay */;
}

/** The rows of the file instead of the table's, or behind them; keys stay where columns do. */
export function imported(sheet: Sheet, given: Imported, append: boolean): JsonObject {
  const json = long(sheet);
  const fresh = given.rows.map((row) =>
    given.header.map((_, i) => cellValue(row[i] ?? "", given.types[i] ?? "text")),
  );
  if (append) {
    const places = sheet.columns.map((column) => given.header.indexOf(column.name));
    const more = fresh.map((row) => places.map((place) => row[place] ?? null));
    return { ...json, rows: [...sheet.rows, ...more] };
  }
  const { types: _types, valid, ...rest } = json;
  const has = (name: Json | undefined): boolean => given.header.includes(textOf(name) ?? "");
  const keys = arrayOf(json.keys).filter((key) =>
    isObject(key) ? has(key.from) && has(key.to) : has(key),
  );
  const still = isObject(valid) && has(valid.from) && has(valid.to);
  return {
    ...rest,
    columns: given.header,
    keys: given.key !== undefined ? [given.key] : keys.length > 0 ? keys : given.header.slice(0, 1),
    rows: fresh,
    ...(still ? { valid } : {}),
  };
}

/** The next cell that has the words, from a place on and around. */
export function findNext(
  sheet: Sheet,
  words: string,
  after: { row: number; column: number },
): { row: number; column: number } | undefined {
  const wanted = words.toLowerCase();
  const width = sheet.columns.length;
  const count = sheet.rows.length * width;
  if (wanted === "" || count === 0) {
    return undefined;
  }
  const start = after.row * width + after.column + 1;
  for (let i = 0; i < count; i++) {
    const at = (start + i) % count;
    const [row, column] = [Math.floor(at / width), at % width];
    if (sheetText(sheet, row, column).toLowerCase().includes(wanted)) {
      return { row, column };
    }
  }
  return undefined;
}
