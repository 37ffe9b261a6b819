// Amounts as whole cents: books add up to the last digit.
import { type Json, Numeral } from "./json.ts";

/** Of a text or number with at most two decimals; undefined: it is no such amount. */
export function cents(json: Json | undefined): bigint | undefined {
  const text = typeof json === "string" ? json : json instanceof Numeral ? json.text : "";
  const found = /^(-?)(\d{1,12})(?:\.(\d{1,2})0*)?$/.exec(text);
  if (found === null) return undefined;
  const value = BigInt(found[2] ?? "0") * 100n + BigInt((found[3] ?? "").padEnd(2, "0"));
  return found[1] === "-" ? -value : value;
}

/** "12.50" */
export function money(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export function moneyNumber(value: bigint): Numeral {
  return new Numeral(money(value));
}
