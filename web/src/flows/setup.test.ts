import { expect, test } from "vitest";
import { draftOf } from "../model/flow.ts";
import { isDone, jumpOf, openBefore, placeOf, stepAt } from "./setup.ts";

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
  const called = { item: "flow", done: false, text: "" };
  expect(jumpOf("f", { ...called, template: "part" }, draft)).toBeUndefined();
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

test("who decides is said in the groups of the workspace", () => {
  const point = { item: "group", done: false, text: "", group: "finance" };
  expect(jumpOf("f", point, draft)?.to).toBe("/users?tab=groups&group=finance");
  const second = { item: "second", done: false, text: "" };
  expect(jumpOf("f", { ...second, group: "vault" }, draft)?.to).toContain("group=vault");
  expect(jumpOf("f", second, draft)?.to).toBe("/users");
});

test("a fault of a step is told by the step's title", () => {
  const point = { item: "fault", done: false, text: "", pointer: "/nodes/0/config" };
  expect(placeOf(point, draft)).toBe("Each line");
});

test("events to try it with, and people in a group, are no condition of going live; all else is", () => {
  const item = (name: string, done: boolean, key?: "noGroup" | "nobodyDecides") => ({
    item: name,
    done,
    text: "",
    ...(key ? { says: { key, values: {} } } : {}),
  });
  const phase = (
    name: "Discovery" | "Configure & map" | "Validate" | "Launch",
    ...items: ReturnType<typeof item>[]
  ) => ({
    phase: name,
    done: items.every((one) => one.done),
    items,
  });
  const phases = [
    phase("Discovery", item("connection", true), item("secret", false)),
    phase("Validate", item("tests", false), item("samples", false), item("second", false)),
    phase(
      "Configure & map",
      item("group", false, "noGroup"),
      item("group", false, "nobodyDecides"),
    ),
    phase("Launch", item("publish", false), item("deploy", true)),
  ];
  expect(openBefore(phases)).toBe(3);
  expect([isDone(phases, "publish"), isDone(phases, "deploy")]).toEqual([false, true]);
});
