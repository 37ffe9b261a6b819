// A difference becomes a proposed adjustment of the review's form: exactly what closes it. Sides in
// two currencies have one in each: what the left has comes to the right, and what that has goes.
import { arrayOf, type JsonObject, objectOf } from "../model/json.ts";
import { type Entry, placeOf } from "./settlements.ts";

const negated = (digits: string) => (digits.startsWith("-") ? digits.slice(1) : `-${digits}`);

export function adjusted(data: JsonObject, entry: Entry): JsonObject {
  const line = placeOf(entry);
  const others = arrayOf(data.adjustments).filter((one) => objectOf(one).line !== line);
  const one = (amount: string, currency: string) => ({
    line,
    amount,
    ...(currency === "" ? {} : { currency }),
  });
  const own =
    entry.leftCurrency !== "" && entry.rightCurrency !== ""
      ? [one(entry.leftSum, entry.leftCurrency), one(negated(entry.rightSum), entry.rightCurrency)]
      : [one(entry.difference, entry.currency)];
  return { ...data, adjustments: [...others, ...own] };
}
