import { expect, test } from "vitest";
import { isRefused } from "./ConnectionState.tsx";

const halted = { connection: "main/production/pay/erp", state: "halted", kind: "auth" };

test("a refused sign-in is told apart from a system that is down and from a person's halt", () => {
  expect(isRefused(halted)).toBe(true);
  expect(isRefused({ ...halted, by_hand: true })).toBe(false);
  expect(isRefused({ ...halted, kind: "unavailable" })).toBe(false);
  expect(isRefused({ ...halted, state: "broken" })).toBe(false);
});
