import { expect, test } from "vitest";
import { score } from "./match.ts";

test("letters in their order, beginnings first", () => {
  expect(score("xyz", "Go to runs")).toBe(0);
  expect(score("runs", "Go to runs")).toBeGreaterThan(0);
  expect(score("gr", "Go to runs")).toBeGreaterThan(score("gr", "Categories"));
  expect(score("run", "Runs")).toBeGreaterThan(score("run", "Return unknown"));
});
