import { expect, test } from "vitest";
import { flowHoursOf, strengthOf } from "./hours.ts";

const one = (metric: string, flow: string, values: (number | null)[]) => ({
  ...{ metric, flow, values, unit: "runs" },
});
const series = {
  ...{ from_at: "", to_at: "", step: "1h", times: [0, 3600] },
  series: [
    one("runs.succeeded", "calm", [5, null]),
    one("runs.failed", "calm", [0, null]),
    one("runs.succeeded", "bad", [1, 2]),
    one("runs.failed", "bad", [0, 3]),
    one("runs.succeeded", "idle", [null, null]),
  ],
};

test("flows that failed most stand first, those that did not run nowhere", () => {
  expect(flowHoursOf(series)).toEqual([
    {
      flow: "bad",
      runs: 6,
      failed: 3,
      hours: [
        { runs: 1, failed: 0 },
        { runs: 5, failed: 3 },
      ],
    },
    {
      flow: "calm",
      runs: 5,
      failed: 0,
      hours: [
        { runs: 5, failed: 0 },
        { runs: 0, failed: 0 },
      ],
    },
  ]);
});

test("a cell is as strong as what it tells", () => {
  expect(strengthOf({ runs: 0, failed: 0 }, 9)).toBe(0);
  expect(strengthOf({ runs: 4, failed: 4 }, 9)).toBe(1);
  expect(strengthOf({ runs: 9, failed: 0 }, 9)).toBeCloseTo(0.75);
  expect(strengthOf({ runs: 1, failed: 0 }, 9)).toBeLessThan(strengthOf({ runs: 5, failed: 0 }, 9));
});
