// What stands in a value's place where somebody has to say why before they see it.
import { type Json, writeJson } from "../model/json.ts";

export const MASKED = "[masked]";

/** Whether something of the value stands there masked. */
export function hasMasked(value: Json | undefined): boolean {
  return value !== undefined && writeJson(value).includes(`"${MASKED}"`);
}
