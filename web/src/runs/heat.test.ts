import { expect, test } from "vitest";
import { cellTo, iterationIn, loopOf } from "./heat.ts";

test("the loop of a step, and its iteration there", () => {
  expect(loopOf("each[7]/price", false)).toBe("each");
  expect(loopOf("a[2]/b[30]/c", false)).toBe("a[2]/b");
  expect(loopOf("a[2]/b", true)).toBe("a[2]/b");
  expect(loopOf("price", false)).toBe("");
  expect(iterationIn("a[2]/b[30]/c", "a[2]/b")).toBe(30);
  expect(iterationIn("a[2]/b[30]/c", "a")).toBe(2);
  expect(iterationIn("a[2]/b", "a[2]/b")).toBe(0);
  expect(iterationIn("ab[2]/c", "a")).toBe(0);
});

test("arrows go from cell to cell, with Shift to what failed", () => {
  const cells = [0, 2, 0, 0, 1].map((failed) => ({ failed }));
  expect(cellTo(cells, 0, "ArrowLeft", false)).toBe(0);
  expect(cellTo(cells, 0, "ArrowRight", false)).toBe(1);
  expect(cellTo(cells, 1, "ArrowRight", true)).toBe(4);
  expect(cellTo(cells, 4, "ArrowRight", true)).toBe(4);
  expect(cellTo(cells, 4, "ArrowLeft", true)).toBe(1);
  expect(cellTo(cells, 1, "ArrowLeft", true)).toBe(1);
  expect(cellTo(cells, 1, "End", false)).toBe(4);
  expect(cellTo(cells, 1, "Home", false)).toBe(0);
  expect(cellTo(cells, 1, "a", false)).toBeUndefined();
});
