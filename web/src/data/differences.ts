// The differences between two JSON values, by path.
import { isArray, isNumber, isObject, type Json, type JsonObject } from "../model/json.ts";

export interface Difference {
  path: string;
  kind: "added" | "removed" | "changed";
  before: Json | undefined;
  after: Json | undefined;
}

/** Sign, digits without leading and trailing zeros, exponent: equal for equal numbers. */
function canonical(text: string): string {
  const [, sign = "", whole = "0", fraction = "", power = "0"] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  return `${sign}${kept}e${Number(power) - fraction.length + (digits.length - kept.length)}`;
}

export function sameNumber(a: string, b: string): boolean {
  return canonical(a) === canonical(b);
}

function sameLeaf(a: Json, b: Json): boolean {
  if (isNumber(a) && isNumber(b)) return sameNumber(String(a), String(b));
  return a === b;
}

const wordLike = /^[A-Za-z_][A-Za-z0-9_]*$/;

function join(path: string, name: string): string {
  if (!wordLike.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

function compareObjects(path: string, a: JsonObject, b: JsonObject, list: Difference[]): void {
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const own = (object: JsonObject) => (Object.hasOwn(object, name) ? object[name] : undefined);
    compare(join(path, name), own(a), own(b), list);
  }
}

function compare(path: string, a: Json | undefined, b: Json | undefined, list: Difference[]): void {
  if (a === undefined && b === undefined) return;
  if (a === undefined) list.push({ path, kind: "added", before: a, after: b });
  else if (b === undefined) list.push({ path, kind: "removed", before: a, after: b });
  else if (isObject(a) && isObject(b)) compareObjects(path, a, b, list);
  else if (isArray(a) && isArray(b)) {
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      compare(`${path}[${at}]`, a[at], b[at], list);
    }
  } else if (!sameLeaf(a, b)) list.push({ path, kind: "changed", before: a, after: b });
}

export function differences(a: Json | undefined, b: Json | undefined): Difference[] {
  const list: Difference[] = [];
  compare("", a, b, list);
  return list;
}
