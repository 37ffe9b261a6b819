import { expect, test } from "vitest";
import { type Draft, draftOf, indexOf } from "../model/flow.ts";
import { differing, drawingOf, filesOf } from "./drawing.ts";

function flowOf(ids: string[], edges: [string, string][]): Draft {
  return draftOf({
    flow: {
      nodes: ids.map((id) => ({ id, type: "transform.map", config: {} })),
      edges: edges.map(([from, to]) => ({ from, to })),
    },
    rules: { tax: "return 1" },
  });
}

test("what has gone stands beside what has come", () => {
  const before = flowOf(["a", "b"], [["a", "b"]]);
  const after = flowOf(["a", "c"], [["a", "c"]]);
  const { draft, marks } = drawingOf(before, after, []);
  expect([...indexOf(draft).steps.keys()]).toEqual(["a", "c", "b"]);
  expect([...indexOf(draft).edges.keys()]).toEqual(["a:out>c", "a:out>b"]);
  expect(marks.get("b")).toBe("removed");
  expect(marks.get("a:out>c")).toBe("added");
  expect(marks.has("a")).toBe(false);
});

test("a line of a mapping changes its step, and so does a setting that is added", () => {
  const draft = flowOf(["a"], []);
  const { marks } = drawingOf(draft, draft, [
    { kind: "added", what: "mapping", id: "sum", node: "a", pointer: "/flow/nodes/0/config/x" },
  ]);
  expect(marks.get("a")).toBe("changed");
  const added = [{ kind: "added", what: "node", id: "a", pointer: "/flow/nodes/0/retry" }] as const;
  expect(drawingOf(draft, draft, added).marks.get("a")).toBe("changed");
});

test("files that differ, in their order", () => {
  const before = filesOf(flowOf(["a"], []), JSON.stringify);
  const after = filesOf({ ...flowOf(["a"], []), rules: { tax: "return 2" } }, JSON.stringify);
  expect(differing(before, after)).toEqual(["rules/tax.lua"]);
});
