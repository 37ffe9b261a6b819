/*
 * Where expressions stand: in settings that the schema marks, any text that begins with "=", also
 * within objects and lists; "'=" is a text that begins with "=". A script is Lua as a whole.
 */
import type { Catalog } from "./catalog.ts";
import { type Draft, indexOf, type Step } from "./flow.ts";
import { isArray, isObject, type Json, type JsonObject, objectOf } from "./json.ts";
import { renameSteps, stepNames } from "./lua.ts";
import type { Path } from "./pointer.ts";

export interface Expression {
  readonly path: Path /* within the node or the settings */;
  readonly text: string /* Lua, without the "=" */;
  readonly script: boolean;
}

export function isExpression(value: Json | undefined): value is string {
  return typeof value === "string" && value.startsWith("=");
}

/** A literal text as it must be written in a setting that takes expressions. */
export function literalText(text: string): string {
  return text.startsWith("=") || text.startsWith("'=") ? `'${text}` : text;
}

/** The text that a setting means, when it is no expression. */
export function meantText(written: string): string {
  return written.startsWith("'=") ? written.slice(1) : written;
}

type Visit = (path: Path, text: string, script: boolean) => Json | undefined;

/** Rebuilds a value, giving every expression in it to `visit`; what it returns is put in its place. */
function visitValue(value: Json, path: Path, visit: Visit): Json {
  if (isExpression(value)) {
    return visit(path, value.slice(1), false) ?? value;
  }
  if (isArray(value)) {
    return sameItems(
      value,
      value.map((item, i) => visitValue(item, [...path, i], visit)),
    );
  }
  return isObject(value)
    ? visitMembers(value, (item, name) => visitValue(item, [...path, name], visit))
    : value;
}

function sameItems(before: readonly Json[], after: readonly Json[]): readonly Json[] {
  return before.every((item, i) => item === after[i]) ? before : after;
}

function visitMembers(object: JsonObject, change: (item: Json, name: string) => Json): JsonObject {
  let changed = false;
  const out: Record<string, Json> = {};
  for (const [name, item] of Object.entries(object)) {
    if (item !== undefined) {
      const next = change(item, name);
      out[name] = next;
      changed ||= next !== item;
    }
  }
  return changed ? out : object;
}

/** By the schema of the setting; without one (a type that is not known) any "=" counts. */
function visitSetting(value: Json, schema: JsonObject | undefined, path: Path, visit: Visit): Json {
  if (schema?.["x-weft-body"] === true) {
    return value; /* its steps are visited as steps */
  }
  if (schema === undefined || schema["x-weft-expression"] === true) {
    return visitValue(value, path, visit);
  }
  if (schema["x-weft-script"] === true) {
    return typeof value === "string" ? (visit(path, value, true) ?? value) : value;
  }
  if (isArray(value)) {
    const items = isObject(schema.items) ? schema.items : undefined;
    const own = items ?? (path.at(-1) === "fields" ? undefined : {});
    return sameItems(
      value,
      value.map((item, i) => visitSetting(item, own, [...path, i], visit)),
    );
  }
  if (isObject(value) && isObject(schema.properties)) {
    const properties = schema.properties;
    return visitMembers(value, (item, name) =>
      visitSetting(item, objectOf(properties[name]), [...path, name], visit),
    );
  }
  return value;
}

function visitNode(step: Step, catalog: Catalog, visit: Visit): JsonObject {
  const config = step.node.config;
  if (!isObject(config)) {
    return step.node;
  }
  const schema = catalog.byName.get(step.type)?.schema;
  let next: Json;
  if (schema !== undefined) {
    next = visitSetting(config, schema, ["config"], visit);
  } else {
    next = visitMembers(config, (item, name) =>
      name === "body" && step.body ? item : visitValue(item, ["config", name], visit),
    );
  }
  return next === config ? step.node : { ...step.node, config: next };
}

export function expressionsOf(step: Step, catalog: Catalog): Expression[] {
  const out: Expression[] = [];
  visitNode(step, catalog, (path, text, script) => {
    out.push({ path, text, script });
    return undefined;
  });
  return out;
}

/** The node with each of its expressions as `change` makes it. */
export function rewriteNode(
  step: Step,
  catalog: Catalog,
  change: (path: Path, text: string) => string,
): JsonObject {
  return visitNode(step, catalog, (path, text, script) => {
    const next = change(path, text);
    return script ? next : `=${next}`;
  });
}

/** The node with the names of steps in its expressions replaced. */
export function renameInNode(
  step: Step,
  catalog: Catalog,
  names: ReadonlyMap<string, string>,
): JsonObject {
  return rewriteNode(step, catalog, (_path, text) => renameSteps(text, names));
}

/** The same in the flow's settings: only totals see steps, but no name is left behind. */
export function rewriteSettings(
  settings: JsonObject,
  change: (path: Path, text: string) => string,
): JsonObject {
  return objectOf(visitValue(settings, [], (path, text) => `=${change(path, text)}`));
}

/** Who names the step in an expression: ids of steps; '' stands for the flow's settings. */
export function usersOf(draft: Draft, catalog: Catalog, id: string): string[] {
  const out: string[] = [];
  const names = (text: string): boolean => stepNames(text).some((name) => name.id === id);
  for (const step of indexOf(draft).steps.values()) {
    if (expressionsOf(step, catalog).some((expression) => names(expression.text))) {
      out.push(step.id);
    }
  }
  let settings = false;
  visitValue(objectOf(draft.flow.settings), [], (_path, text) => {
    settings ||= names(text);
    return undefined;
  });
  return settings ? [...out, ""] : out;
}
