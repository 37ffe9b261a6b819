import { expect, test } from "vitest";
import { draftOf } from "../model/flow.ts";
import { jumpOf, stepAt } from "./setup.ts";

const body = { nodes: [{ id: "inner", type: "transform.map", config: {} }], edges: [] };
const draft = draftOf({
  connections: { connections: { erp: { connector: "dynamics365" } } },
  flow: {
    nodes: [{ id: "loop", title: "Each line", type: "branch.foreach", config: { body } }],
    edges: [],
  },
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
  expect(to("flow")).toBe("/flows");
  expect(to("something new")).toBeUndefined();
});

test("a connection of the flow is bound in the list, one that only a step names in the editor", () => {
  const point = (connection: string) => ({
    item: "connection",
    done: false,
    text: "",
    connection,
  });
  expect(jumpOf("f", point("erp"), draft)).toBeUndefined();
  expect(jumpOf("f", point("bank"), draft)?.to).toBe("/flows/f");
});

test("a fault of a step is told by the step's title", () => {
  const point = { item: "fault", done: false, text: "", pointer: "/nodes/0/config" };
  expect(jumpOf("f", point, draft)?.at).toBe("Each line");
});
