/*
 * The lines of a mapping: every field of transform.map's settings with the place it fills, what it
 * reads, and what its expressions see. Made from the settings, which stay what is stored.
 */
import { isExpression } from "../model/expressions.ts";
import { arrayOf, isObject, type Json, type JsonObject, textOf } from "../model/json.ts";
import type { Path } from "../model/pointer.ts";
import { targetNames } from "../model/targets.ts";
import { targetText } from "./paths.ts";
import { pathOnly, readsOf, type Scope } from "./reads.ts";

export type LineKind = "path" | "expression" | "literal" | "list" | "nothing";

export interface Line {
  readonly path: Path /* in the settings: fields, 0, fields, 2 */;
  readonly field: JsonObject;
  readonly to: string /* as it is written */;
  readonly target: string /* from the output's top */;
  readonly kind: LineKind;
  readonly reads: readonly string[];
  readonly scopes: readonly Scope[] /* what `from` sees */;
  readonly outer: readonly Scope[] /* what `each` and `when` see */;
  readonly makes: string | undefined /* the list that its `each` makes */;
}

function sourceOf(value: Json | undefined): string | undefined {
  return isExpression(value) ? value.slice(1) : undefined;
}

function kindOf(field: JsonObject, nested: boolean): LineKind {
  if (nested) {
    return "list";
  }
  const text = sourceOf(field.from);
  if (field.from === undefined || text?.trim() === "") {
    return "nothing";
  }
  return text === undefined ? "literal" : pathOnly(text, []) === undefined ? "expression" : "path";
}

/** What the elements see that the list of this field is made of. */
function within(field: JsonObject, outer: readonly Scope[]): Scope[] {
  const text = sourceOf(field.each);
  const list = text === undefined ? undefined : pathOnly(text, outer);
  const name = textOf(field.as) ?? "item";
  const own: Scope = {
    name,
    root: list === undefined ? undefined : `${list}[]`,
    grouped: field.group !== undefined,
    inner: true,
  };
  return [own, ...outer.map((scope) => ({ ...scope, inner: false }))].filter(
    (scope, i) => i === 0 || scope.name !== "item",
  );
}

/** All expressions of a field but those of its own fields, each with what it sees. */
function allReads(field: JsonObject, scopes: readonly Scope[], outer: readonly Scope[]): string[] {
  const out: string[] = [];
  const add = (value: Json | undefined, seen: readonly Scope[]): void => {
    if (isExpression(value)) {
      out.push(...readsOf(value.slice(1), seen));
    } else if (Array.isArray(value)) {
      for (const item of value) {
        add(item, seen);
      }
    } else if (isObject(value)) {
      for (const item of Object.values(value)) {
        add(item, seen);
      }
    }
  };
  add(field.each, outer);
  add(field.from, scopes);
  add(field.default, scopes);
  add(field.when, field.each === undefined ? scopes : outer);
  return [...new Set(out)];
}

class Reader {
  readonly lines: Line[] = [];
  private readonly lists = new Map<string, readonly Scope[]>();

  fields(list: Json | undefined, path: Path, holder: string, scopes: readonly Scope[]): void {
    arrayOf(list).forEach((field, i) => {
      if (isObject(field) && typeof field.to === "string" && field.to !== "") {
        this.field(field, field.to, [...path, i], holder, scopes);
      }
    });
  }

  private field(field: JsonObject, to: string, path: Path, holder: string, seen: readonly Scope[]) {
    const names = targetNames(to);
    const whole = holder === "" ? "" : `${holder}[].`;
    const at = names.findLastIndex((name, i) => name.list && i < names.length - 1);
    const last = names[at];
    const through =
      last === undefined
        ? undefined
        : whole + targetText([...names.slice(0, at), { ...last, list: false }]);
    const outer = (through === undefined ? undefined : this.lists.get(through)) ?? seen;
    const isList = field.each !== undefined;
    const scopes = isList ? within(field, outer) : outer;
    const target = whole + targetText(names).replace(/\[\]$/, "");
    const makes = isList ? (through ?? target) : undefined;
    const nested = isList && through === undefined;
    if (makes !== undefined) {
      this.lists.set(makes, scopes);
    }
    const reads = allReads(field, scopes, outer);
    const kind = kindOf(field, nested);
    this.lines.push({ path, field, to, target, kind, reads, scopes, outer, makes });
    if (nested) {
      this.fields(field.fields, [...path, "fields"], target, scopes);
    }
  }
}

const known = new WeakMap<JsonObject, readonly Line[]>();

export function linesOf(config: JsonObject): readonly Line[] {
  const found = known.get(config);
  if (found !== undefined) {
    return found;
  }
  const reader = new Reader();
  reader.fields(config.fields, ["fields"], "", []);
  known.set(config, reader.lines);
  return reader.lines;
}

/** Several lines may fill one target: the first whose condition holds. */
export function byTarget(lines: readonly Line[]): ReadonlyMap<string, readonly Line[]> {
  const out = new Map<string, Line[]>();
  for (const line of lines) {
    const list = out.get(line.target);
    if (list === undefined) {
      out.set(line.target, [line]);
    } else {
      list.push(line);
    }
  }
  return out;
}

/** The line that makes a list, whose elements others then fill. */
export function makerOf(lines: readonly Line[], list: string): Line | undefined {
  return lines.find((line) => line.makes === list);
}
