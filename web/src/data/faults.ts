// What of a value does not fit its JSON Schema.
import { type Schema as CfSchema, Validator } from "@cfworker/json-schema";
import { type Json, toPlain } from "../model/json.ts";
import type { Schema } from "./schema.ts";

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
