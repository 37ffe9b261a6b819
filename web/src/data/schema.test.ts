import { describe, expect, test } from "vitest";
import { arrayOf, objectOf, parseJson } from "../model/json.ts";
import { faultsOf } from "./faults.ts";
import { fieldKind, labelOf, propertiesOf, startOf, variantFor } from "./schema.ts";

const schema = objectOf(
  parseJson(`{
  "type": "object",
  "required": ["account", "amount", "method"],
  "additionalProperties": false,
  "properties": {
    "account": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$" },
    "amount": { "type": "number", "minimum": 0 },
    "method": { "enum": ["card", "cheque"] },
    "note_for_erp": { "type": "string", "maxLength": 2000 },
    "tags": { "type": "array", "items": { "type": "string" } },
    "headers": { "type": "object", "additionalProperties": { "type": "string" } },
    "other": {},
    "verify": { "oneOf": [
      { "type": "object", "properties": { "type": { "const": "none" } }, "required": ["type"] },
      { "type": "object", "properties": { "type": { "const": "hmac" }, "key": { "$ref": "#/$defs/key" } },
        "required": ["type", "key"] } ] }
  },
  "$defs": { "key": { "type": "string", "title": "Signing key" } }
}`),
);
const property = (name: string) =>
  propertiesOf(schema, schema).find((one) => one.name === name)?.schema ?? {};

describe("a form from a schema", () => {
  test.each([
    ["account", "text"],
    ["amount", "number"],
    ["method", "choice"],
    ["note_for_erp", "longText"],
    ["tags", "list"],
    ["headers", "table"],
    ["other", "json"],
    ["verify", "variants"],
  ])("asks for %s by a field of kind %s", (name, kind) => {
    expect(fieldKind(property(name))).toBe(kind);
  });

  test("names fields, follows references, begins with what is required", () => {
    expect(labelOf("note_for_erp", {})).toBe("Note for erp");
    expect(labelOf("customerId", {})).toBe("Customer Id");
    expect(startOf(schema, schema)).toEqual({ account: "", amount: null, method: "card" });
    const hmac = objectOf((property("verify").oneOf as readonly unknown[])[1] as never);
    expect(propertiesOf(hmac, schema)[1]?.schema.title).toBe("Signing key");
  });

  test("finds the variant of a value", () => {
    const variants = (property("verify").oneOf as readonly unknown[]).map((one) =>
      objectOf(one as never),
    );
    expect(variantFor(variants, parseJson('{"type":"hmac"}'))).toBe(1);
    expect(variantFor(variants, parseJson('{"type":"none"}'))).toBe(0);
  });

  test.each([
    ['"=run.id"', 0],
    ["12", 1],
    ["[1, 2]", 2],
    ['{"a": 1}', 3],
    ['{"b": "x"}', 4],
    ["null", 5],
    ['{"c": 1}', 0],
  ])("without a constant %s is of the first variant that it has the shape of", (text, at) => {
    const shapes = parseJson(`[
      {"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "number"}},
      {"type": "object", "required": ["a"]},
      {"type": "object", "additionalProperties": false, "properties": {"b": {"type": "string"}}},
      {"type": ["null", "boolean"]}]`);
    expect(variantFor(arrayOf(shapes).map(objectOf), parseJson(text))).toBe(at);
  });

  test("says what does not fit, and where", () => {
    const value = parseJson('{"account":"40","amount":-1.10,"method":"cash"}');
    expect(Object.fromEntries(faultsOf(schema, value))).toEqual({
      "/account": "has not the form that is asked for",
      "/amount": "is too small",
      "/method": "is none of the choices",
    });
    expect(faultsOf(schema, parseJson("{}")).get("/amount")).toBe("is required");
    const good = parseJson('{"account":"4000-01","amount":149.90,"method":"card"}');
    expect(faultsOf(schema, good).size).toBe(0);
  });
});
