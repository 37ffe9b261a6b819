// What a replay would do, and what it may be sent with.
import { faultsOf } from "../data/faults.ts";
import type { Schema } from "../data/schema.ts";
import { arrayOf, type Json, JsonError, objectOf, parseJson, textOf } from "../model/json.ts";
import { MASKED } from "./masked.ts";

export interface Repeat {
  step: string;
  what: string;
  class: string;
}

export interface Plan {
  /** Where it begins: several where branches stood side by side. */
  from: string[];
  /** How many entries of the journal are taken over. */
  taken: number;
  /** Steps that had ended and are done once more. */
  again: string[];
  /** Effects outside that would be done once more. */
  repeats: Repeat[];
  version: string;
  /** Why the program would not do it. */
  refused: string | undefined;
}

const texts = (value: Json | undefined) =>
  arrayOf(value).flatMap((one) => (typeof one === "string" ? [one] : []));

export function readPlan(value: Json): Plan {
  const plan = objectOf(value);
  return {
    from: texts(plan.from),
    taken: Number(String(plan.taken ?? 0)),
    again: texts(plan.again),
    repeats: arrayOf(plan.repeats)
      .map(objectOf)
      .map((one) => ({
        step: textOf(one.step) ?? "",
        what: textOf(one.what) ?? "",
        class: textOf(one.class) ?? "",
      })),
    version: textOf(plan.version) ?? "",
    refused: textOf(plan.refused),
  };
}

export interface TextFault {
  from: number;
  to: number;
  /** The parser's word, or undefined for a value that is still masked. */
  message: string | undefined;
}

/** Why an edited body cannot be sent: it is no JSON, a mask would go out in a value's place, or the flow
 * does not take it. */
export function bodyFaults(text: string, wanted?: Schema): TextFault[] {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    const from = error instanceof JsonError ? Math.min(error.offset, text.length) : 0;
    const message = error instanceof Error ? error.message : String(error);
    return [{ from, to: Math.min(from + 1, text.length), message }];
  }
  const faults: TextFault[] = [];
  const mask = `"${MASKED}"`;
  for (let at = text.indexOf(mask); at >= 0; at = text.indexOf(mask, at + 1)) {
    faults.push({ from: at, to: at + mask.length, message: undefined });
  }
  if (wanted === undefined || faults.length > 0) return faults;
  return [...faultsOf(wanted, value)].map(([place, why]) => ({
    from: 0,
    to: text.length,
    message: `${place} ${why}`.trim(),
  }));
}
