// JSON Schema, as far as forms need it: which field a schema asks for, what it starts with, and which
// variant a value is of. No number is ever converted: values are model/json's.
import {
  arrayOf,
  isArray,
  isNumber,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  sameJson,
  textOf,
  writeJson,
} from "../model/json.ts";

export type Schema = JsonObject;
export type FieldKind =
  | "text"
  | "longText"
  | "number"
  | "flag"
  | "choice"
  | "object"
  | "table"
  | "list"
  | "variants"
  | "json";

const LONG = 300;

/** Follows local references; a schema that refers to itself ends after some steps. */
export function resolved(schema: Schema, root: Schema): Schema {
  let now = schema;
  for (let steps = 0; steps < 8; steps++) {
    const ref = textOf(now.$ref);
    if (ref === undefined || !ref.startsWith("#/")) return now;
    let target: Json | undefined = root;
    for (const part of ref.slice(2).split("/")) {
      target = objectOf(target)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
    }
    now = objectOf(target);
  }
  return now;
}

function typeOf(schema: Schema): string | undefined {
  if (isArray(schema.type)) return schema.type.filter((type) => type !== "null").map(String)[0];
  return textOf(schema.type);
}

export function variantsOf(schema: Schema, root: Schema): Schema[] {
  const list = arrayOf(schema.oneOf ?? schema.anyOf);
  return list.map((one) => resolved(objectOf(one), root));
}

export function fieldKind(schema: Schema): FieldKind {
  if (isArray(schema.enum)) return "choice";
  if (isArray(schema.oneOf) || isArray(schema.anyOf)) return "variants";
  switch (typeOf(schema)) {
    case "string": {
      const long = isNumber(schema.maxLength) && Number(String(schema.maxLength)) > LONG;
      return long || schema["x-weft-code"] !== undefined ? "longText" : "text";
    }
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "flag";
    case "array":
      return "list";
    case "object":
      if (isObject(schema.properties)) return "object";
      return isObject(schema.additionalProperties) ? "table" : "json";
    default:
      return "json";
  }
}

export interface Property {
  name: string;
  schema: Schema;
  required: boolean;
}

export function propertiesOf(schema: Schema, root: Schema): Property[] {
  const required = new Set(arrayOf(schema.required).map(String));
  return Object.entries(objectOf(schema.properties)).map(([name, property]) => ({
    name,
    schema: resolved(objectOf(property), root),
    required: required.has(name),
  }));
}

/** "timestamp_header" becomes "Timestamp header"; a title wins. */
export function labelOf(name: string, schema: Schema): string {
  const title = textOf(schema.title);
  if (title) return title;
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll(/[_-]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a required member begins with. */
export function startOf(schema: Schema, root: Schema): Json {
  const own = resolved(schema, root);
  if (own.default !== undefined) return own.default;
  if (own.const !== undefined) return own.const;
  switch (fieldKind(own)) {
    case "choice":
      return arrayOf(own.enum)[0] ?? "";
    case "variants":
      return startOf(variantsOf(own, root)[0] ?? {}, root);
    case "flag":
      return false;
    case "list":
      return [];
    case "object": {
      const needed = propertiesOf(own, root).filter((property) => property.required);
      return Object.fromEntries(needed.map((one) => [one.name, startOf(one.schema, root)]));
    }
    case "table":
      return {};
    case "text":
    case "longText":
      return "";
    default:
      return null;
  }
}

function hasType(type: string, value: Json): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return isArray(value);
    case "object":
      return isObject(value);
    case "number":
      return isNumber(value);
    case "integer":
      return isNumber(value) && !/[.eE]/.test(String(value));
    default:
      return typeof value === type;
  }
}

/** Whether a value has the shape of a variant, as far as that tells variants from each other. */
function suits(schema: Schema, value: Json): boolean {
  const types = isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
  if (types.length > 0 && !types.some((type) => hasType(String(type), value))) return false;
  if (schema.const !== undefined && !sameJson(schema.const, value)) return false;
  if (isArray(schema.enum) && !schema.enum.some((one) => sameJson(one, value))) return false;
  if (isArray(value)) return value.every((item) => suits(objectOf(schema.items), item));
  if (!isObject(value)) return true;
  const properties = objectOf(schema.properties);
  return (
    arrayOf(schema.required).every((name) => value[String(name)] !== undefined) &&
    Object.entries(value).every(([name, member]) =>
      properties[name] === undefined
        ? schema.additionalProperties !== false
        : member === undefined || suits(objectOf(properties[name]), member),
    )
  );
}

/** The variant that a value is of: by its constant members, else the first that fits. */
export function variantFor(variants: readonly Schema[], value: Json | undefined): number {
  const byConst = variants.findIndex((variant) => {
    const fixed = Object.entries(objectOf(variant.properties)).filter(
      ([, property]) => objectOf(property).const !== undefined,
    );
    return (
      fixed.length > 0 &&
      fixed.every(([name, property]) => objectOf(value)[name] === objectOf(property).const)
    );
  });
  if (byConst >= 0) return byConst;
  const fitting = variants.findIndex((variant) => suits(variant, value ?? null));
  return Math.max(0, fitting);
}

/** A value in one line, for what a form cannot edit field by field. */
export function asText(value: Json | undefined): string {
  return value === undefined ? "" : writeJson(value, 2);
}

/** The schema of values that are like this one: a form for what nobody has described. */
export function likeness(value: Json): Schema {
  if (isArray(value)) {
    const items = value.map(likeness);
    const members = items.map((item) => objectOf(item.properties));
    const [first = {}] = items;
    const alike = items.every((item) => item.type === first.type);
    if (!alike) return { type: "array" };
    if (first.type !== "object") return { type: "array", items: first };
    return { type: "array", items: { type: "object", properties: Object.assign({}, ...members) } };
  }
  if (isObject(value)) {
    const properties = Object.entries(value).map(([name, own]) => [name, likeness(own ?? null)]);
    return { type: "object", properties: Object.fromEntries(properties) };
  }
  if (isNumber(value)) return { type: "number" };
  return value === null ? {} : { type: typeof value };
}
