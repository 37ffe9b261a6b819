// JSON whose numbers keep their digits. An amount of 100.10 that became 100.1 on its way is a fault this project
// looks for, so a stand-in must not make it itself: numbers are read as Numeral (their text) and written from it.

declare global {
  interface JSON {
    // In node 22 (V8's "JSON.parse source text access"), not in the library types yet.
    rawJSON(text: string): unknown;
  }
}

export class Numeral {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get value(): number {
    return Number(this.text);
  }
  toJSON(): unknown {
    return JSON.rawJSON(this.text);
  }
  toString(): string {
    return this.text;
  }
}

export type Json = null | boolean | string | Numeral | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

type SourceReviver = (this: unknown, key: string, value: unknown, context: { source: string }) => unknown;

/** Throws SyntaxError. Numbers become Numeral. */
export function readJson(text: string): Json {
  const revive: SourceReviver = (_key, value, context) =>
    typeof value === "number" ? new Numeral(context.source) : value;
  return JSON.parse(text, revive as (this: unknown, key: string, value: unknown) => unknown) as Json;
}

export function writeJson(value: Json): string {
  return JSON.stringify(value);
}

export function number(value: number): Numeral {
  return new Numeral(String(value));
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Numeral);
}

/** A text or number as text; "" for everything else. */
export function scalar(value: Json | undefined): string {
  return typeof value === "string" ? value : value instanceof Numeral ? value.text : "";
}
