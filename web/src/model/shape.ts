/*
 * What a JSON Schema says of a value's members, references followed: for trees and completion. Made
 * as far as somebody looks: a schema may contain itself.
 */
import {
  arrayOf,
  isArray,
  isNumber,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
} from "./json.ts";
import { pathOf, valueAt } from "./pointer.ts";

export interface Shape {
  readonly type: string /* as JSON Schema calls it; "" is not known */;
  readonly help: string | undefined;
  readonly members: ReadonlyMap<string, Shape>;
  readonly item: Shape | undefined /* of a list */;
}

const DEEPEST = 12;
const NO_MEMBERS: ReadonlyMap<string, Shape> = new Map();

/** What $ref, allOf and the like come to, as far as members are concerned. */
export function resolved(schema: JsonObject, root: JsonObject, depth = 0): JsonObject {
  const ref = textOf(schema.$ref);
  const parts = [...arrayOf(schema.allOf), ...arrayOf(schema.anyOf), ...arrayOf(schema.oneOf)];
  if (depth > DEEPEST || (ref === undefined && parts.length === 0)) {
    return schema;
  }
  const target = ref?.startsWith("#/") ? objectOf(valueAt(root, pathOf(ref.slice(1)))) : {};
  const all = [target, ...parts.map(objectOf)].map((part) => resolved(part, root, depth + 1));
  const certain = [target, ...arrayOf(schema.allOf).map(objectOf)];
  const { $ref: _ref, allOf: _all, anyOf: _any, oneOf: _one, ...own } = schema;
  return {
    ...Object.assign({}, ...all),
    ...own,
    properties: Object.assign({}, ...all.map((part) => part.properties), own.properties),
    required: [...certain, own].flatMap((part) =>
      arrayOf(resolved(part, root, depth + 1).required),
    ),
  };
}

export function schemaType(schema: JsonObject): string {
  const types = isArray(schema.type) ? schema.type : [schema.type ?? null];
  const named = types.find((type) => typeof type === "string" && type !== "null");
  if (named !== undefined) {
    return String(named);
  }
  const properties = objectOf(schema.properties);
  return Object.keys(properties).length > 0 ? "object" : schema.items !== undefined ? "array" : "";
}

export function typeOf(value: Json): string {
  if (value === null) {
    return "";
  }
  if (isArray(value)) {
    return "array";
  }
  if (isNumber(value)) {
    return /^-?\d+$/.test(String(value)) ? "integer" : "number";
  }
  return isObject(value) ? "object" : typeof value === "boolean" ? "boolean" : "string";
}

class OfSchema implements Shape {
  readonly type: string;
  readonly help: string | undefined;
  private readonly whole: JsonObject;
  private readonly root: JsonObject;
  private made: ReadonlyMap<string, Shape> | undefined;

  constructor(schema: JsonObject, root: JsonObject) {
    this.whole = resolved(schema, root);
    this.root = root;
    this.type = schemaType(this.whole);
    this.help = textOf(this.whole.description) ?? textOf(this.whole.title);
  }

  get members(): ReadonlyMap<string, Shape> {
    this.made ??= new Map(
      Object.entries(objectOf(this.whole.properties)).map(([name, member]) => [
        name,
        new OfSchema(objectOf(member), this.root),
      ]),
    );
    return this.made;
  }

  get item(): Shape | undefined {
    return isObject(this.whole.items) ? new OfSchema(this.whole.items, this.root) : undefined;
  }
}

export function shapeOf(schema: JsonObject): Shape {
  return new OfSchema(schema, schema);
}

export function leaf(type: string, help?: string): Shape {
  return { type, help, members: NO_MEMBERS, item: undefined };
}

export function listOf(item: Shape | undefined): Shape {
  return { type: "array", help: undefined, members: NO_MEMBERS, item };
}

export function objectWith(members: Readonly<Record<string, Shape | undefined>>): Shape {
  const known = Object.entries(members).flatMap(([name, shape]) =>
    shape === undefined ? [] : ([[name, shape]] as const),
  );
  return { type: "object", help: undefined, members: new Map(known), item: undefined };
}

/** What either of them says; the first has the word. */
export function either(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  const members = new Map(b.members);
  for (const [name, shape] of a.members) {
    members.set(name, either(shape, b.members.get(name)) ?? shape);
  }
  return {
    type: a.type || b.type,
    help: a.help ?? b.help,
    members,
    item: either(a.item, b.item),
  };
}

/** By members' names, and "[]" for the elements of a list. */
export function shapeAt(shape: Shape | undefined, path: readonly string[]): Shape | undefined {
  return path.reduce<Shape | undefined>(
    (at, name) => (name === "[]" ? at?.item : at?.members.get(name)),
    shape,
  );
}

const HOLLOW_DEPTH = 6;

/** A value of the shape with nothing in it: what has names and no values yet. */
export function hollow(shape: Shape, depth = 0): Json {
  if (depth > HOLLOW_DEPTH) {
    return null;
  }
  if (shape.item !== undefined) {
    return [hollow(shape.item, depth + 1)];
  }
  const members = [...shape.members].map(([name, one]) => [name, hollow(one, depth + 1)] as const);
  return members.length === 0 ? null : Object.fromEntries(members);
}
