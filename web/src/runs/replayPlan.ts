// What a replay would do, and what it may be sent with.
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

/** Why an edited body cannot be sent: it is no JSON, or a mask would go out in a value's place. */
export function bodyFaults(text: string): TextFault[] {
  try {
    parseJson(text);
  } catch (error) {
    const from = error instanceof JsonError ? Math.min(error.offset, text.length) : 0;
    const message = error instanceof Error ? error.message : String(error);
    return [{ from, to: Math.min(from + 1, text.length), message }];
  }
  const faults: TextFault[] = [];
  const wanted = `"${MASKED}"`;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    faults.push({ from: at, to: at + wanted.length, message: undefined });
  }
  return faults;
}
