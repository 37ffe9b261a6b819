/* What the program finds wrong in a definition, in its own words. */
import { arrayOf, type Json, objectOf, textOf } from "./json.ts";

export interface Fault {
  readonly file: string;
  readonly pointer: string /* within the file; "" where none is named */;
  readonly step: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
  /** The member that is not there in what the pointer names. */
  readonly missing: string | undefined;
  readonly warning: boolean;
}

function placeOf(value: Json | undefined): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}

/** The faults that an answer tells. */
export function faultsOf(answer: Json): Fault[] {
  return arrayOf(objectOf(answer).faults).map((value) => {
    const fault = objectOf(value);
    return {
      file: textOf(fault.file) ?? "",
      pointer: textOf(fault.pointer) ?? "",
      step: textOf(fault.node),
      line: placeOf(fault.line),
      column: placeOf(fault.column),
      message: textOf(fault.message) ?? "",
      missing: textOf(fault.missing),
      warning: fault.warning === true,
    };
  });
}
