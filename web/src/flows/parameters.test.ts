import { expect, test } from "vitest";
import { draftOf } from "../model/flow.ts";
import { Num } from "../model/json.ts";
import { answeredOf, askedIn, askedOf, leftOf } from "./parameters.ts";

const template = {
  parameters: [
    {
      name: "closed_period",
      title: "Payments of a closed period",
      description: "What then?",
      value: "next",
      choices: [
        { value: "ask", title: "Ask somebody" },
        { value: "next", title: "The next open one" },
      ],
    },
    { name: "order_prefix", value: "#" },
    { name: "ready_status", value: 4 },
    { name: "wait_for_score", value: false },
    { name: "columns", value: ["amount"] },
  ] as never,
};
const asked = askedOf(template);

test("texts, numbers, flags and choices are asked for; lists are left to the editor", () => {
  expect(asked.map((one) => [one.title, one.kind, one.value, one.isNamed])).toEqual([
    ["Payments of a closed period", "choice", "1", true],
    ["Order prefix", "text", "#", false],
    ["Ready status", "number", "4", false],
    ["Wait for score", "flag", false, false],
  ]);
  expect(leftOf(template)).toEqual(["Columns"]);
});

test("answers have the kind of what they stand for, numbers their digits", () => {
  expect(
    answeredOf(asked, { closed_period: "0", ready_status: " 1.10 ", wait_for_score: true }),
  ).toEqual({
    closed_period: "ask",
    order_prefix: "#",
    ready_status: new Num("1.10"),
    wait_for_score: true,
  });
});

test.each(["", "four", "4,5", "1e3", "007"])("%j is no number", (typed) => {
  expect(answeredOf(asked, { ready_status: typed })).toBeUndefined();
});

test("a draft asks its parameters in their order, then its other constants", () => {
  const draft = draftOf({
    flow: {
      vars: { late: "next", rate: 2, zone: "UTC", gone: [] },
      parameters: [
        { name: "zone", title: "Time zone" },
        { name: "rate", title: "Rate" },
        { name: "nobody", title: "Not there" },
      ],
    },
  });
  expect(askedIn(draft).map((one) => [one.name, one.title, one.value])).toEqual([
    ["zone", "Time zone", "UTC"],
    ["rate", "Rate", "2"],
    ["late", "Late", "next"],
  ]);
});
