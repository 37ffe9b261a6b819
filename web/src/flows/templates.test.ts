import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { draftOf } from "../model/flow.ts";
import { parseJson } from "../model/json.ts";
import { firstOf, trialsOf } from "./sampleRun.ts";
import { callsOf, searched, systemsOf, systemsOfAll, type Template } from "./templates.ts";

const templates: Template[] = [
  { template: "a-to-b", name: "Payments to B", systems: ["paytrace", "b365", "paytrace"] },
  { template: "import", name: "Customers", description: "Every night.", systems: ["sage500"] },
  { template: "by-file", name: "Receipts to Sage by file", systems: ["paytrace"] },
  { template: "notice", name: "A notice", systems: [] },
];
const titles: Record<string, string> = { paytrace: "PayTrace", b365: "Books 365", sage500: "Sage" };
const titleOf = (system: string) => titles[system] ?? system;
const names = (words: string, system = "") =>
  searched(templates, words, system, titleOf).map((one) => one.template);

test("a system counts once for a template, and is called by its title", () => {
  expect(systemsOf(templates[0] as Template)).toEqual(["paytrace", "b365"]);
  expect(systemsOfAll(templates, titleOf)).toEqual([
    { name: "b365", title: "Books 365", count: 1 },
    { name: "paytrace", title: "PayTrace", count: 2 },
    { name: "sage500", title: "Sage", count: 2 },
  ]);
});

test("every word has to be somewhere: in name, text, system or its title", () => {
  expect(names("")).toEqual(["a-to-b", "import", "by-file", "notice"]);
  expect(names(" BOOKS  payments ")).toEqual(["a-to-b"]);
  expect(names("night sage")).toEqual(["import"]);
  expect(names("books night")).toEqual([]);
});

test("a system takes out what is not about it; what names it is, by whatever way it gets there", () => {
  expect(names("", "paytrace")).toEqual(["a-to-b", "by-file"]);
  expect(names("", "sage500")).toEqual(["import", "by-file"]);
  expect(names("customers", "paytrace")).toEqual([]);
});

test("calls are found within loops, once, and never an expression", () => {
  const call = (id: string, flow: string) => ({ id, type: "branch.call", config: { flow } });
  const body = { nodes: [call("in", "notice"), call("again", "journal")], edges: [] };
  const draft = draftOf({
    flow: {
      weft: 1,
      nodes: [
        call("first", "journal"),
        { id: "each", type: "branch.foreach", config: { items: "=trigger", body } },
        call("any", "=vars.flow"),
        { id: "other", type: "connector.http", config: { flow: "none" } },
      ],
      edges: [],
    },
  });
  expect(callsOf(draft)).toEqual(["journal", "notice"]);
});

test("what a template of ours calls is a template of ours", () => {
  const flows = new URL("../../../flows/", import.meta.url);
  const all = new Set(readdirSync(flows));
  const calls = [...all].flatMap((name) => {
    if (name === "common" || name === "README.md") return [];
    const flow = parseJson(readFileSync(new URL(`${name}/flow.json`, flows), "utf8"));
    return callsOf(draftOf({ flow }));
  });
  expect(calls.length).toBeGreaterThan(10);
  expect(calls.filter((name) => !all.has(name))).toEqual([]);
});

test("every template of ours is tried with its usual case first", () => {
  const flows = new URL("../../../flows/", import.meta.url);
  const named = readdirSync(flows).filter((name) => name !== "common" && name !== "README.md");
  for (const name of named) {
    const folder = new URL(`${name}/tests/`, flows);
    const files = readdirSync(folder).map((file) => file.replace(".json", ""));
    const samples = Object.fromEntries(files.map((id) => [id, { name: id, status: "failed" }]));
    expect(firstOf(trialsOf(samples))?.id, name).toMatch(/^1-/);
  }
});

test("without a usual case an event that goes well is tried first", () => {
  const trials = trialsOf({ b: { status: "succeeded" }, a: { status: "failed" } });
  expect(firstOf(trials)?.id).toBe("b");
  expect(firstOf(trialsOf({ a: { status: "failed" } }))?.id).toBe("a");
});
