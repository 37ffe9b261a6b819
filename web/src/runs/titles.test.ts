import { expect, test } from "vitest";
import { titleOf } from "./titles.tsx";

test("a step is called by the titles of what it stands in, an iteration by its number", () => {
  const steps = new Map([
    ["lines", { title: "Each line" }],
    ["post", { title: "Post it" }],
  ]);
  expect(titleOf(steps, "lines[3]/post")).toBe("Each line [3] / Post it");
  expect(titleOf(steps, "lines")).toBe("Each line");
  expect(titleOf(steps, "lines[12]/gone[1]/post")).toBe("Each line [12] / gone [1] / Post it");
});
