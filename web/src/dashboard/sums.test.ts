import { expect, test } from "vitest";
import type { Flow } from "../flows/flows.ts";
import { sumsOf, troubled } from "./sums.ts";

const flow = (name: string, runs: number, failed: number, states: string[]): Flow =>
  ({
    flow: name,
    name,
    deployments: states.map((state) => ({ environment: "production", state })),
    health: { runs, failed, unfinished: 1 },
  }) as unknown as Flow;

test("the day's sums, and who needs somebody first", () => {
  const flows = [
    flow("a", 100, 1, ["live"]),
    flow("b", 10, 2, ["paused"]),
    flow("c", 5, 0, ["live", "paused"]),
  ];
  expect(sumsOf(flows)).toEqual({
    runs: 115,
    failed: 3,
    unfinished: 3,
    working: 2,
    paused: 2,
  });
  expect(troubled(flows).map((one) => one.flow)).toEqual(["b", "a"]);
  expect(sumsOf([]).runs).toBe(0);
});

test("a flow by which nothing comes in stands first, whatever has failed", () => {
  const poll = {
    trigger: "new",
    since: "2026-01-01T00:00:00Z",
    times: 3,
    kind: "auth",
    text: "no",
  };
  const flow = (name: string, failed: number, polls: object[]): Flow =>
    ({
      flow: name,
      name,
      health: { runs: 4, failed },
      deployments: [{ environment: "production", version: "x", state: "live", polls }],
    }) as unknown as Flow;
  const flows = [flow("bad", 4, []), flow("deaf", 0, [poll]), flow("fine", 0, [])];
  expect(troubled(flows).map((one) => one.flow)).toEqual(["deaf", "bad"]);
});
