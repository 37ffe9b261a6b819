import { expect, test } from "vitest";
import { playedFrom, statesAsOf, stopFrom } from "./asOf.ts";
import type { RunStep } from "./runs.ts";
import { segmentsOf, workOf } from "./scale.ts";

const step = (node: string, from: number, to?: number): RunStep => ({
  ...{ step: node, node, position: 0, title: "", type: "", attempts: 1, port: "", handled: false },
  ...{ status: to === undefined ? "active" : "succeeded", iterations: undefined },
  ...{ begun_ms: from, ended_ms: to, took_ms: (to ?? from) - from },
  spans: [{ kind: "work", from_ms: from, to_ms: to }],
});
const steps = [step("a", 0, 10), step("b", 10, 400), step("b", 395, 500), step("c", 600)];

test("from one begin or end to the next, and to the ends", () => {
  const stops = [0, 10, 395, 400, 500, 600];
  expect(stops.map((at) => stopFrom(steps, 1000, at, 1))).toEqual([10, 395, 400, 500, 600, 1000]);
  expect(stops.map((at) => stopFrom(steps, 1000, at, -1))).toEqual([0, 0, 10, 395, 400, 500]);
});

test("plays over what cannot be told apart on the line, and ends", () => {
  const segments = segmentsOf(workOf([steps], 4, 1000), 1000);
  const played = [0];
  while ((played.at(-1) ?? 1000) < 1000)
    played.push(playedFrom(steps, segments, 1000, played.at(-1) ?? 0));
  expect(played).toEqual([0, 395, 500, 600, 1000]);
});

test("what nodes had come to at a moment", () => {
  const then = statesAsOf("hook", steps, 398);
  expect(then.get("hook")).toEqual({ state: "ok", exits: { out: 1 } });
  expect(then.get("a")).toMatchObject({ state: "ok", ms: 10, count: 1 });
  expect(then.get("b")).toMatchObject({ state: "running", ms: 391, count: 2 });
  expect(then.has("c")).toBe(false);
});

test("what a block says is found once: another block beside it does not read it again", () => {
  let reads = 0;
  const counted = steps.map((one) => ({
    ...one,
    get spans() {
      reads++;
      return one.spans;
    },
  }));
  const others = [step("d", 700, 800)];
  workOf([counted], 5, 1000);
  const once = reads;
  expect(workOf([counted, others], 5, 900)).toEqual([
    { from: 0, to: 500 },
    { from: 600, to: 900 },
    { from: 700, to: 800 },
  ]);
  expect(reads).toBe(once);
});
