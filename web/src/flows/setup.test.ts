import { expect, test } from "vitest";
import { draftOf } from "../model/flow.ts";
import { jumpOf, stepAt } from "./setup.ts";

const body = { nodes: [{ id: "inner", type: "transform.map", config: {} }], edges: [] };
const draft = draftOf({
  flow: { nodes: [{ id: "loop", type: "branch.foreach", config: { body } }], edges: [] },
});

test("a pointer leads to the innermost step around it", () => {
  expect(stepAt(draft, "/nodes/0/config/items")).toBe("loop");
  expect(stepAt(draft, "/nodes/0/config/body/nodes/0/config")).toBe("inner");
  expect(stepAt(draft, "/nodes/01")).toBeUndefined();
  expect(stepAt(undefined, "/nodes/0")).toBeUndefined();
});

test("each point leads to where it is settled", () => {
  const to = (item: string, pointer?: string) =>
    jumpOf("f", { item, done: false, text: "", ...(pointer ? { pointer } : {}) }, draft)?.to;
  expect(to("fault", "/nodes/0/config")).toBe("/flows/f?step=loop");
  expect(to("fault", "/settings")).toBe("/flows/f?panel=problems");
  expect(to("deploy")).toBe("/flows/f/versions");
  expect(to("something new")).toBeUndefined();
});
