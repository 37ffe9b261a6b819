import { expect, test } from "vitest";
import { answeredOf, askedOf, leftOf } from "./parameters.ts";

const template = {
  parameters: [
    { name: "currency", value: "USD" },
    { name: "ready_status", value: 4 },
    { name: "wait_for_score", value: false },
    { name: "columns", value: ["amount"] },
  ] as never,
};
const asked = askedOf(template);

test("texts, numbers and flags are asked for; lists are left to the editor", () => {
  expect(asked.map((one) => [one.name, one.kind, one.value])).toEqual([
    ["currency", "text", "USD"],
    ["ready_status", "number", "4"],
    ["wait_for_score", "flag", false],
  ]);
  expect(leftOf(template)).toEqual(["columns"]);
});

test("answers have the kind of what they stand for", () => {
  expect(answeredOf(asked, { ready_status: " 100001 ", wait_for_score: true })).toEqual({
    currency: "USD",
    ready_status: 100001,
    wait_for_score: true,
  });
});

test.each(["", "four", "4,5", "1e3"])("%j is no number", (typed) => {
  expect(answeredOf(asked, { ready_status: typed })).toBeUndefined();
});
