// JSON Schema, as far as forms need it: which field a schema asks for, what it starts with, and
// whether a value fits. No number is ever converted: values are model/json's.
import { type Schema as CfSchema, Validator } from "@cfworker/json-schema";
import {
  arrayOf,
  isArray,
  isNumber,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
  toPlain,
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
  const fitting = variants.findIndex((variant) => faultsOf(variant, value ?? null).size === 0);
  return Math.max(0, fitting);
}

const SENTENCES: Record<string, (message: string) => string> = {
  required: () => "is required",
  pattern: () => "has not the form that is asked for",
  enum: () => "is none of the choices",
  minLength: () => "is too short",
  maxLength: () => "is too long",
  minimum: () => "is too small",
  maximum: () => "is too large",
  exclusiveMinimum: () => "is too small",
  exclusiveMaximum: () => "is too large",
  minItems: () => "has too few entries",
  maxItems: () => "has too many entries",
  uniqueItems: () => "has an entry twice",
  format: () => "has not the form that is asked for",
  type: (message) => message.replace(/^.*Expected/, "has another type; expected"),
};

/** What does not fit: JSON pointer (as "/lines/0/sku") and why. */
export function faultsOf(schema: Schema, value: Json): Map<string, string> {
  const faults = new Map<string, string>();
  const validator = new Validator(toPlain(schema) as CfSchema, "2020-12", false);
  for (const unit of validator.validate(toPlain(value)).errors) {
    const sentence = SENTENCES[unit.keyword];
    if (!sentence) continue;
    let pointer = unit.instanceLocation.replace(/^#/, "");
    if (unit.keyword === "required") {
      const name = /"([^"]+)"/.exec(unit.error)?.[1];
      if (name !== undefined) pointer += `/${name}`;
    }
    if (!faults.has(pointer)) faults.set(pointer, sentence(unit.error));
  }
  return faults;
}

/** A value in one line, for what a form cannot edit field by field. */
export function asText(value: Json | undefined): string {
  return value === undefined ? "" : writeJson(value, 2);
}
