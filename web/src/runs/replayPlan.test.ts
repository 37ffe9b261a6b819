import { expect, test } from "vitest";
import { likeness } from "../data/schema.ts";
import { sharedPorts } from "../exceptions/BulkExceptions.tsx";
import type { Exception } from "../exceptions/exceptions.ts";
import { type JsonObject, parseJson } from "../model/json.ts";
import { bodyFaults, readPlan } from "./replayPlan.ts";
import { statesOfRun } from "./runStates.ts";
import type { Run, RunStep } from "./runs.ts";

test("what would be done is read, whatever is left out", () => {
  const plan = readPlan({ from: ["post"], taken: 3, repeats: [{ step: "post", what: "POST" }] });
  expect(plan.from).toEqual(["post"]);
  expect(plan.repeats).toEqual([{ step: "post", what: "POST", class: "" }]);
  expect(plan.refused).toBeUndefined();
  expect(readPlan(null).taken).toBe(0);
});

test("a mask is no value to be sent, and what is no JSON is none", () => {
  expect(bodyFaults('{"a": 1.10}')).toEqual([]);
  expect(bodyFaults('{"a": "[masked]", "b": "[masked]"}').map((one) => one.from)).toEqual([6, 23]);
  expect(bodyFaults('{"a": }')[0]?.message).toBeDefined();
});

test("of many iterations the worst counts, and each exit how often it was taken", () => {
  const nodes = [
    {
      node: "post",
      steps: 8,
      statuses: { succeeded: 7, failed: 1 },
      took_ms: 9,
      exits: { out: 7 },
    },
  ];
  const run = { trigger: "hook", progress: { nodes } } as unknown as Run;
  const states = statesOfRun(run, [{ node: "post", attempts: 3 } as RunStep]);
  expect(states.get("hook")?.state).toBe("ok");
  expect(states.get("post")).toEqual({
    state: "failed",
    ms: 9,
    count: 8,
    tries: 3,
    exits: { out: 7 },
  });
});

test("many are decided alike only by ways out that all of them have", () => {
  const one = (ports: string[], form?: object) => ({ ports, form }) as unknown as Exception;
  expect(sharedPorts([one(["replay", "settle"]), one(["settle"])])).toEqual(["settle"]);
  expect(sharedPorts([one(["post"], { type: "object" })])).toEqual([]);
  expect(sharedPorts([])).toEqual([]);
});

test("what a flow does not take is not sent, and is told by its place", () => {
  const wanted = parseJson(
    '{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}',
  ) as JsonObject;
  expect(bodyFaults('{"id": "SO-1"}', wanted)).toEqual([]);
  const said = (text: string) => bodyFaults(text, wanted).map((fault) => fault.message);
  expect(said('{"id": 1}')).toEqual(['/id has another type; expected "string".']);
  expect(said("{}")).toEqual(["/id is required"]);
});

test("a value that nobody has described has the form of what it is like", () => {
  const value = parseJson(
    '{"id": "SO-2", "lines": [{"price": 1.10}, {"count": 1}], "mixed": [1, "a"], "gone": null}',
  );
  const line = {
    type: "object",
    properties: { price: { type: "number" }, count: { type: "number" } },
  };
  expect(likeness(value)).toEqual({
    type: "object",
    properties: {
      id: { type: "string" },
      lines: { type: "array", items: line },
      mixed: { type: "array" },
      gone: {},
    },
  });
});
