/*
 * What stands in a cell, as text and as JSON. A text that could be read as something else is written
 * in quotes; numbers keep their digits; what has no short form is written as JSON.
 */
import {
  isArray,
  isNumber,
  isObject,
  type Json,
  type JsonArray,
  JsonError,
  numberFrom,
  objectOf,
  parseJson,
  textOf,
  writeJson,
} from "../model/json.ts";

export const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

function asJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) {
      return undefined;
    }
    throw error;
  }
}

/* ---- Outcomes and cells whose column has no type: texts bare, all else as JSON */

export function plainText(value: Json | undefined): string {
  if (value === undefined) {
    return "";
  }
  if (typeof value !== "string") {
    return writeJson(value);
  }
  const bare = value !== "" && value.trim() === value && asJson(value) === undefined;
  return bare && !value.startsWith('"') ? value : JSON.stringify(value);
}

export function plainValue(text: string): Json {
  const trimmed = text.trim();
  return trimmed === "" ? null : (asJson(trimmed) ?? trimmed);
}

/* ---- Conditions */

export type InputType = "text" | "number" | "boolean" | "date";

const SPECIAL = /^(?:-|null|not\s.*|[[{"].*)$|,|^\s|\s$|^$/;

/** How the input's type writes a value alone. */
function oneText(value: Json, type: InputType): string | undefined {
  if (value === null || typeof value === "boolean" || isNumber(value)) {
    return type === "text" && value !== null ? undefined : String(value);
  }
  if (typeof value !== "string") {
    return undefined;
  }
  if (type === "text") {
    return SPECIAL.test(value) ? JSON.stringify(value) : value;
  }
  return value.includes(",") || NUMBER.test(value) ? JSON.stringify(value) : value;
}

export function conditionText(value: Json | undefined, type: InputType): string {
  if (value === undefined || value === "-") {
    return "-";
  }
  if (isArray(value)) {
    const parts = value.map((item) => oneText(item, type));
    const whole = parts.length > 1 && parts.every((part) => part !== undefined);
    return whole ? parts.join(", ") : writeJson(value);
  }
  if (isObject(value)) {
    const { not, ...rest } = objectOf(value);
    if (not !== undefined && Object.keys(rest).length === 0) {
      const inner = isArray(not) && not.length < 2 ? undefined : conditionText(not, type);
      return inner === undefined || isObject(not) ? writeJson(value) : `not ${inner}`;
    }
    return writeJson(value);
  }
  return oneText(value, type) ?? writeJson(value);
}

/** Splits at commas outside of quotes and brackets. */
function split(text: string): string[] {
  const out: string[] = [];
  let start = 0;
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "\\" && quoted) {
      i++;
    } else if (c === '"') {
      quoted = !quoted;
    } else if (!quoted && (c === "[" || c === "{" || c === "(")) {
      depth++;
    } else if (!quoted && (c === "]" || c === "}" || c === ")")) {
      depth--;
    } else if (c === "," && !quoted && depth <= 0) {
      out.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...out, text.slice(start)].map((part) => part.trim());
}

function oneValue(text: string, type: InputType): Json {
  if (text === "null") {
    return null;
  }
  if (/^["{[]/.test(text)) {
    const value = asJson(text);
    if (value !== undefined) {
      return value;
    }
  }
  if (type === "number" && NUMBER.test(text)) {
    return numberFrom(text);
  }
  return type === "boolean" && /^(true|false)$/.test(text) ? text === "true" : text;
}

export function conditionValue(text: string, type: InputType): Json {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "-") {
    return "-";
  }
  const not = /^not\s+(.+)$/s.exec(trimmed)?.[1];
  if (not !== undefined) {
    return { not: conditionValue(not, type) };
  }
  const parts = split(trimmed).filter((part) => part !== "");
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    const value = oneValue(only, type);
    return value === "-" ? ["-"] : value;
  }
  return parts.map((part) => oneValue(part, type));
}

/* ---- Cells of a lookup table */

export type ColumnType = "text" | "number" | "boolean" | "any";

/** The type that all values of a column have; nothing is of every type. */
export function typeOf(values: Iterable<Json | undefined>): ColumnType {
  let type: ColumnType | undefined;
  for (const value of values) {
    if (value === null || value === undefined) {
      continue;
    }
    const own =
      typeof value === "string"
        ? "text"
        : isNumber(value)
          ? "number"
          : typeof value === "boolean"
            ? "boolean"
            : "any";
    if (own === "any" || (type !== undefined && own !== type)) {
      return "any";
    }
    type = own;
  }
  return type ?? "text";
}

export function cellText(value: Json | undefined, type: ColumnType): string {
  if (value === null || value === undefined) {
    return "";
  }
  if (type === "any") {
    return plainText(value);
  }
  return typeof value === "string" ? value : writeJson(value);
}

/** What was typed or pasted; what is not of the column's type stays a text. */
export function cellValue(text: string, type: ColumnType): Json {
  if (text === "") {
    return null;
  }
  const trimmed = text.trim();
  switch (type) {
    case "number":
      return NUMBER.test(trimmed) ? numberFrom(trimmed) : text;
    case "boolean":
      return /^(true|false)$/i.test(trimmed) ? trimmed.toLowerCase() === "true" : text;
    case "any":
      return plainValue(text);
    default:
      return text;
  }
}

/** Whether the cell breaks the type of its column. */
export function isOdd(value: Json | undefined, type: ColumnType): boolean {
  if (value === null || value === undefined || type === "any") {
    return false;
  }
  return type === "number"
    ? !isNumber(value)
    : type === "boolean"
      ? typeof value !== "boolean"
      : textOf(value) === undefined;
}

export function allTexts(list: JsonArray): string[] {
  return list.flatMap((item) => textOf(item) ?? []);
}
