/*
 * JSON Patch (RFC 6902) between two states of a document. States share what has not changed, so
 * comparing is quick; steps and edges are recognised wherever they stand in their lists.
 */
import { isArray, isObject, type Json, type JsonArray, type JsonObject, sameJson } from "./json.ts";
import { pathOf, pointerOf, valueAt, withValueAt } from "./pointer.ts";

export type PatchOp =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string };

const MOST_STEPS = 2000; /* of one list: the program takes 10,000 in one patch */
const MOST_PAIRS = 4_000_000;

export class PatchError extends Error {}

export function patchBetween(before: Json, after: Json): PatchOp[] {
  const out: PatchOp[] = [];
  compare(before, after, "", out);
  return out;
}

function compare(before: Json, after: Json, at: string, out: PatchOp[]): void {
  if (before === after) {
    return;
  }
  if (isObject(before) && isObject(after)) {
    compareObjects(before, after, at, out);
  } else if (isArray(before) && isArray(after)) {
    compareArrays(before, after, at, out);
  } else if (!sameJson(before, after)) {
    out.push({ op: "replace", path: at, value: after });
  }
}

function compareObjects(before: JsonObject, after: JsonObject, at: string, out: PatchOp[]): void {
  for (const [name, value] of Object.entries(before)) {
    const next = Object.hasOwn(after, name) ? after[name] : undefined;
    const path = at + pointerOf([name]);
    if (value !== undefined && next === undefined) {
      out.push({ op: "remove", path });
    } else if (value !== undefined && next !== undefined) {
      compare(value, next, path, out);
    }
  }
  for (const [name, value] of Object.entries(after)) {
    if (value !== undefined && (!Object.hasOwn(before, name) || before[name] === undefined)) {
      out.push({ op: "add", path: at + pointerOf([name]), value });
    }
  }
}

/** What tells an item of a list from the others: a step's id, an edge's ends, else itself. */
function markOf(item: Json): string | undefined {
  if (!isObject(item)) {
    return undefined;
  }
  if (typeof item.id === "string") {
    return `i${item.id}`;
  }
  if (typeof item.from === "string" && typeof item.to === "string") {
    return `e${item.from}\u0000${typeof item.port === "string" ? item.port : "out"}\u0000${item.to}`;
  }
  return undefined;
}

function alike(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) {
    return true;
  }
  if (a === undefined || b === undefined) {
    return false;
  }
  const mark = markOf(a);
  return mark === undefined ? sameJson(a, b) : mark === markOf(b);
}

function compareArrays(before: JsonArray, after: JsonArray, at: string, out: PatchOp[]): void {
  let start = 0;
  while (start < before.length && start < after.length && alike(before[start], after[start])) {
    compare(before[start] as Json, after[start] as Json, `${at}/${start}`, out);
    start++;
  }
  let tail = 0;
  const most = Math.min(before.length, after.length) - start;
  while (tail < most && alike(before[before.length - 1 - tail], after[after.length - 1 - tail])) {
    tail++;
  }
  const [old, fresh] = [
    before.slice(start, before.length - tail),
    after.slice(start, after.length - tail),
  ];
  const known = out.length;
  if (old.length * fresh.length <= MOST_PAIRS && fresh.length <= MOST_STEPS) {
    compareMiddle(old, fresh, start, at, out);
  } else if (old.length === fresh.length && old.every((item) => !isObject(item))) {
    compareEach(old, fresh, start, at, out);
  } else {
    out.push({ op: "replace", path: at, value: after });
    return;
  }
  if (out.length - known > MOST_STEPS) {
    out.length = known; /* an imported table, a column read anew: the list as a whole */
    out.push({ op: "replace", path: at, value: after });
    return;
  }
  for (let i = tail; i > 0; i--) {
    const index = after.length - i;
    compare(before[before.length - i] as Json, after[index] as Json, `${at}/${index}`, out);
  }
}

function compareEach(
  before: JsonArray,
  after: JsonArray,
  start: number,
  at: string,
  out: PatchOp[],
): void {
  before.forEach((item, i) => {
    compare(item, after[i] as Json, `${at}/${start + i}`, out);
  });
}

/** Takes out what is gone, then puts in what is new, at the places of the list as it is then. */
function compareMiddle(
  before: JsonArray,
  after: JsonArray,
  start: number,
  at: string,
  out: PatchOp[],
): void {
  if (before.length === after.length && before.every((item) => !isObject(item))) {
    compareEach(before, after, start, at, out);
    return;
  }
  const list = [...before];
  for (let i = list.length - 1; i >= 0; i--) {
    if (!after.some((item) => alike(list[i], item))) {
      list.splice(i, 1);
      out.push({ op: "remove", path: `${at}/${start + i}` });
    }
  }
  after.forEach((item, i) => {
    const path = `${at}/${start + i}`;
    const old = list[i];
    if (old !== undefined && alike(old, item)) {
      compare(old, item, path, out);
      return;
    }
    const from = list.findIndex((other, j) => j > i && alike(other, item));
    if (from > i) {
      list.splice(from, 1);
      out.push({ op: "remove", path: `${at}/${start + from}` });
    }
    list.splice(i, 0, item);
    out.push({ op: "add", path, value: item });
  });
  for (let i = list.length - 1; i >= after.length; i--) {
    out.push({ op: "remove", path: `${at}/${start + i}` });
  }
}

export function applyPatch(value: Json, ops: readonly PatchOp[]): Json {
  return ops.reduce<Json>(applyOp, value);
}

function applyOp(value: Json, op: PatchOp): Json {
  const path = pathOf(op.path);
  const last = path.at(-1);
  if (last === undefined) {
    if (op.op === "remove") {
      throw new PatchError("the whole document cannot be removed");
    }
    return op.value;
  }
  const holder = valueAt(value, path.slice(0, -1));
  if (!isArray(holder) && !isObject(holder)) {
    throw new PatchError(`${op.path}: there is no such place`);
  }
  if (op.op !== "add" && valueAt(holder, [last]) === undefined) {
    throw new PatchError(`${op.path}: there is nothing`);
  }
  if (isArray(holder) && op.op === "add") {
    const index = last === "-" ? holder.length : Number(last);
    const next = [...holder.slice(0, index), op.value, ...holder.slice(index)];
    return withValueAt(value, path.slice(0, -1), next) as Json;
  }
  return withValueAt(value, path, op.op === "remove" ? undefined : op.value) as Json;
}
