/* A decision table as a grid of texts: conditions, then outcomes, a row each; the default is last. */
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
import { conditionText, conditionValue, type InputType, plainText, plainValue } from "./cells.ts";

export type Hit = "first" | "unique" | "all";

export interface InputOf {
  readonly name: string;
  readonly type: InputType;
  readonly json: JsonObject;
}

export interface Decision {
  readonly json: JsonObject;
  readonly inputs: readonly InputOf[];
  readonly outputs: readonly string[];
  readonly rows: JsonArray;
  readonly hit: Hit;
  readonly otherwise: JsonArray | undefined;
}

const TYPES: readonly string[] = ["text", "number", "boolean", "date"];

function inputOf(value: Json): InputOf {
  const json = isObject(value) ? value : { name: textOf(value) ?? "" };
  const type = textOf(json.type) ?? "text";
  return {
    name: textOf(json.name) ?? "",
    type: TYPES.includes(type) ? (type as InputType) : "text",
    json,
  };
}

const THEN = "then"; /* computed: no object of ours is to look like a promise */

export function ruleRow(when: JsonArray, then: JsonArray, rest: JsonObject = {}): JsonObject {
  return { ...rest, when, [THEN]: then };
}

export function decisionOf(value: Json | undefined): Decision {
  const json = objectOf(value);
  const hit = textOf(json.hit) ?? "first";
  return {
    json,
    inputs: arrayOf(json.inputs).map(inputOf),
    outputs: arrayOf(json.outputs).map((name) => textOf(name) ?? ""),
    rows: arrayOf(json.rows),
    hit: hit === "unique" || hit === "all" ? hit : "first",
    otherwise: isArray(json.default) ? json.default : undefined,
  };
}

function whenOf(row: Json | undefined): JsonArray {
  return arrayOf(objectOf(row).when);
}

function thenOf(row: Json | undefined): JsonArray {
  return arrayOf(objectOf(row).then);
}

export function widthOf(table: Decision): number {
  return table.inputs.length + table.outputs.length;
}

/** row `rows.length` is the default. */
export function textAt(table: Decision, row: number, column: number): string {
  const input = table.inputs[column];
  const output = column - table.inputs.length;
  if (row === table.rows.length) {
    return input !== undefined ? "" : plainText(table.otherwise?.[output]);
  }
  if (input !== undefined) {
    return conditionText(whenOf(table.rows[row])[column], input.type);
  }
  return plainText(thenOf(table.rows[row])[output]);
}

function put(list: JsonArray, at: number, value: Json, width: number): JsonArray {
  const next = [...list];
  while (next.length < width) {
    next.push(value === "-" ? "-" : null);
  }
  next[at] = value;
  return next;
}

function withRow(table: Decision, at: number, row: Json): JsonObject {
  const rows = [...table.rows];
  rows[at] = row;
  return withMember(table.json, "rows", rows);
}

function filled(list: JsonArray, width: number, blank: Json): JsonArray {
  return Array.from({ length: width }, (_, i) => list[i] ?? blank);
}

export function setCell(table: Decision, row: number, column: number, text: string): JsonObject {
  const output = column - table.inputs.length;
  if (row === table.rows.length) {
    const width = table.outputs.length;
    return output < 0
      ? table.json
      : withMember(
          table.json,
          "default",
          put(filled(table.otherwise ?? [], width, null), output, plainValue(text), width),
        );
  }
  const old = objectOf(table.rows[row]);
  const input = table.inputs[column];
  if (input !== undefined) {
    const when = filled(whenOf(old), table.inputs.length, "-");
    return withRow(table, row, {
      ...old,
      when: put(when, column, conditionValue(text, input.type), when.length),
    });
  }
  const then = filled(thenOf(old), table.outputs.length, null);
  const outcomes = put(then, output, plainValue(text), then.length);
  return withRow(table, row, ruleRow(filled(whenOf(old), table.inputs.length, "-"), outcomes, old));
}

/** A block of texts from a cell on; rows that are missing are added. */
export function pasteCells(
  table: Decision,
  row: number,
  column: number,
  cells: readonly (readonly string[])[],
): JsonObject {
  let now = table;
  cells.forEach((line, i) => {
    if (row + i >= now.rows.length) {
      now = decisionOf(addRow(now, now.rows.length));
    }
    line.forEach((text, j) => {
      if (column + j < widthOf(now)) {
        now = decisionOf(setCell(now, row + i, column + j, text));
      }
    });
  });
  return now.json;
}

function blankRow(table: Decision): JsonObject {
  return ruleRow(
    table.inputs.map(() => "-"),
    table.outputs.map(() => null),
  );
}

export function addRow(table: Decision, at: number, like?: number): JsonObject {
  const row: Json =
    like !== undefined && table.rows[like] !== undefined ? table.rows[like] : blankRow(table);
  const rows = [...table.rows.slice(0, at), row, ...table.rows.slice(at)];
  return withMember(table.json, "rows", rows);
}

/** Texts of conditions by the inputs' names: the row that a gap asks for. */
export function addCase(table: Decision, values: ReadonlyMap<string, Json>): JsonObject {
  const when = table.inputs.map((input) => values.get(input.name) ?? "-");
  const row = ruleRow(
    when,
    table.outputs.map(() => null),
  );
  return withMember(table.json, "rows", [...table.rows, row]);
}

export function removeRow(table: Decision, at: number): JsonObject {
  return withMember(
    table.json,
    "rows",
    table.rows.filter((_, i) => i !== at),
  );
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [item] = next.splice(from, 1);
  if (item !== undefined) {
    next.splice(Math.max(0, Math.min(to, next.length)), 0, item);
  }
  return next;
}

export function moveRow(table: Decision, from: number, to: number): JsonObject {
  return withMember(table.json, "rows", moved(table.rows, from, to));
}

export function setHit(table: Decision, hit: Hit): JsonObject {
  return withMember(table.json, "hit", hit);
}

export function setDefault(table: Decision, on: boolean): JsonObject {
  return withMember(table.json, "default", on ? table.outputs.map(() => null) : undefined);
}

/* ---- Columns */

function mapRows(
  table: Decision,
  member: "when" | "then",
  change: (list: JsonArray) => JsonArray,
): JsonArray {
  return table.rows.map((row) => {
    const old = objectOf(row);
    return { ...old, [member]: change(arrayOf(old[member])) };
  });
}

function inputJson(input: JsonObject): Json {
  const { name, ...rest } = input;
  return Object.values(rest).some((value) => value !== undefined) ? input : (name ?? "");
}

export function setInput(table: Decision, at: number, input: JsonObject): JsonObject {
  const type = inputOf(input).type;
  const old = table.inputs[at]?.type ?? "text";
  const inputs = arrayOf(table.json.inputs).map((json, i) => (i === at ? inputJson(input) : json));
  const next = withMember(table.json, "inputs", inputs);
  if (type === old) {
    return next;
  }
  const rows = mapRows(table, "when", (when) =>
    when.map((cell, i) => (i === at ? conditionValue(conditionText(cell, old), type) : cell)),
  );
  return withMember(next, "rows", rows);
}

export function addInput(table: Decision, name: string): JsonObject {
  const next = withMember(table.json, "inputs", [...arrayOf(table.json.inputs), name]);
  return withMember(
    next,
    "rows",
    mapRows(table, "when", (when) => [...filled(when, table.inputs.length, "-"), "-"]),
  );
}

export function removeInput(table: Decision, at: number): JsonObject {
  const without = (list: JsonArray): JsonArray => list.filter((_, i) => i !== at);
  const next = withMember(table.json, "inputs", without(arrayOf(table.json.inputs)));
  return withMember(next, "rows", mapRows(table, "when", without));
}

export function moveInput(table: Decision, from: number, to: number): JsonObject {
  const next = withMember(table.json, "inputs", moved(arrayOf(table.json.inputs), from, to));
  return withMember(
    next,
    "rows",
    mapRows(table, "when", (when) => moved(filled(when, table.inputs.length, "-"), from, to)),
  );
}

function withOutputs(table: Decision, change: (list: JsonArray) => JsonArray, names: JsonArray) {
  const width = table.outputs.length;
  const next = withMember(table.json, "outputs", names);
  const rows = mapRows(table, "then", (then) => change(filled(then, width, null)));
  const done = withMember(next, "rows", rows);
  return table.otherwise === undefined
    ? done
    : withMember(done, "default", change(filled(table.otherwise, width, null)));
}

export function addOutput(table: Decision, name: string): JsonObject {
  return withOutputs(table, (list) => [...list, null], [...table.outputs, name]);
}

export function removeOutput(table: Decision, at: number): JsonObject {
  const without = (list: JsonArray): JsonArray => list.filter((_, i) => i !== at);
  return withOutputs(table, without, without(table.outputs));
}

export function moveOutput(table: Decision, from: number, to: number): JsonObject {
  return withOutputs(table, (list) => moved(list, from, to), moved(table.outputs, from, to));
}

export function setOutput(table: Decision, at: number, name: string): JsonObject {
  const outputs = arrayOf(table.json.outputs).map((old, i) => (i === at ? name : old));
  return withMember(table.json, "outputs", outputs);
}

/* ---- What the program says of it */

export interface Place {
  readonly rows: readonly number[] /* from 0 */;
  readonly column?: string /* an input's or output's name */;
  /** Of a gap: the values that no row takes. */
  readonly gap?: ReadonlyMap<string, Json>;
}

/** Which rows and column a fault is about: its words name them, counted from 1. */
export function placeOf(message: string, read: (text: string) => Json | undefined): Place {
  const two = /\brows (\d+) and (\d+)\b/.exec(message);
  if (two !== null) {
    return { rows: [Number(two[1]) - 1, Number(two[2]) - 1] };
  }
  const one = /\brow (\d+)(?:, ([^:]{1,64}):)?/.exec(message);
  if (one !== null) {
    if (one[2] !== undefined) {
      return { rows: [Number(one[1]) - 1], column: one[2] };
    }
    return { rows: [...message.matchAll(/\brow (\d+)/g)].map(([, row]) => Number(row) - 1) };
  }
  const gap = /no row takes (.*?); add a row/.exec(message);
  if (gap?.[1] === undefined) {
    return { rows: [] };
  }
  const values = new Map<string, Json>();
  for (const [, name, text] of gap[1].matchAll(
    /([^=,\s][^=,]*?) = ("(?:[^"\\]|\\.)*"|[^,]+)(?:, |$)/g,
  )) {
    const value = read(text ?? "");
    if (name !== undefined && value !== undefined) {
      values.set(name, value);
    }
  }
  return { rows: [], gap: values };
}

/** The table that answers with the numbers of all rows that take the values. */
export function hitting(json: JsonObject): JsonObject {
  const { default: _none, ...rest } = json;
  return {
    ...rest,
    hit: "all",
    outputs: ["row"],
    rows: arrayOf(json.rows).map((row, i) => ruleRow(whenOf(row), [i])),
  };
}
