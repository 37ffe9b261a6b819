// Column types: what a column takes from JSON. As strict as the products are: a decimal is a JSON number, a date is
// ISO 8601, a text has a length. What is stored is what came, with its digits.
import { type Json, Numeral } from "../lib/json.ts";
import { badProperty } from "./errors.ts";

export type Column =
  | { type: "text"; max: number }
  | { type: "decimal"; min?: number; max?: number }
  | { type: "integer" }
  | { type: "boolean" }
  | { type: "guid" }
  | { type: "date" } // Edm.Date: 2026-11-21
  | { type: "moment" } // Edm.DateTimeOffset: 2026-11-21T12:00:00Z
  | { type: "choice"; values: readonly number[] }
  | { type: "enum"; values: readonly string[] } // Finance & Operations: by name
  | { type: "lookup"; to: string; binds: readonly string[] }; // set it points to; names for NAME@odata.bind

export const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const momentPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)$/;

const edm: Record<Column["type"], string> = {
  text: "Edm.String", decimal: "Edm.Decimal", integer: "Edm.Int32", boolean: "Edm.Boolean", guid: "Edm.Guid",
  date: "Edm.Date", moment: "Edm.DateTimeOffset", choice: "Edm.Int32", enum: "Edm.String", lookup: "Edm.Guid",
};

/** The value as it is kept; throws ODataError when the column does not take it. */
export function readColumn(name: string, column: Column, json: Json): Json {
  if (json === null) return null;
  if (!takes(column, json))
    throw badProperty(`Microsoft.OData.ODataException: Cannot convert the literal '${shown(json)}' to the expected `
      + `type '${edm[column.type]}' (property '${name}').`);
  checkRange(name, column, json);
  return json;
}

function takes(column: Column, json: Json): boolean {
  switch (column.type) {
    case "text": case "enum":
      return typeof json === "string";
    case "decimal":
      return json instanceof Numeral;
    case "integer": case "choice":
      return json instanceof Numeral && /^-?\d+$/.test(json.text);
    case "boolean":
      return typeof json === "boolean";
    case "guid":
      return typeof json === "string" && guidPattern.test(json);
    case "date":
      return typeof json === "string" && isDate(json);
    case "moment":
      return typeof json === "string" && momentPattern.test(json) && isDate(json.slice(0, 10));
    case "lookup":
      return false; // set by @odata.bind only
  }
}

function isDate(text: string): boolean {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (found === null) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function checkRange(name: string, column: Column, json: Json): void {
  if (column.type === "text" && typeof json === "string" && json.length > column.max)
    throw badProperty(`A validation error occurred. The length of the '${name}' attribute exceeded the maximum allowed `
      + `length of '${column.max}'.`);
  if (column.type === "decimal" && json instanceof Numeral) {
    const { min = -1e11, max = 1e11 } = column;
    if (json.value < min || json.value > max)
      throw badProperty(`A validation error occurred. The value of '${name}' is outside the valid range `
        + `(${min} to ${max}).`);
  }
  if (column.type === "choice" && json instanceof Numeral && !column.values.includes(json.value))
    throw badProperty(`A validation error occurred. The value ${json.text} of '${name}' is outside the valid range.`);
  if (column.type === "enum" && typeof json === "string" && !column.values.includes(json))
    throw badProperty(`The value '${json}' is not a member of the enumeration of '${name}'.`);
}

function shown(json: Json): string {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
