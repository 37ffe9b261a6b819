// A difference becomes a proposed adjustment of the review's form: exactly what closes it.
import { arrayOf, type JsonObject, objectOf } from "../model/json.ts";
import { type Entry, placeOf } from "./settlements.ts";

export function adjusted(data: JsonObject, entry: Entry): JsonObject {
  const line = placeOf(entry);
  const others = arrayOf(data.adjustments).filter((one) => objectOf(one).line !== line);
  const own = {
    line,
    amount: entry.difference,
    ...(entry.currency === "" ? {} : { currency: entry.currency }),
  };
  return { ...data, adjustments: [...others, own] };
}
