import { describe, expect, test } from "vitest";
import { laneOf } from "./lane.ts";
import { depthOf, periodStart, progressOf, type Run, type RunStep, stepName } from "./runs.ts";
import { placeOf, segmentsOf, workOf } from "./scale.ts";

describe("the time line", () => {
  test("without a pause is even", () => {
    const segments = segmentsOf([{ from: 0, to: 400 }], 400);
    expect(segments).toHaveLength(1);
    expect(placeOf(segments, 100)).toBeCloseTo(0.25);
    expect(placeOf(segments, 900)).toBe(1);
  });

  test("cuts a long wait, keeps order and ends", () => {
    const work = [
      { from: 0, to: 50 },
      { from: 20, to: 90 },
      { from: 86_400_000, to: 86_400_100 },
    ];
    const segments = segmentsOf(work, 86_400_100);
    expect(segments.map((one) => one.idle)).toEqual([false, true, false]);
    expect(placeOf(segments, 90)).toBeGreaterThan(0.4);
    expect(placeOf(segments, 86_400_000)).toBeLessThan(0.6);
    expect(segments.at(-1)?.right).toBeCloseTo(1);
    const places = [0, 50, 90, 1000, 86_399_000, 86_400_100].map((time) => placeOf(segments, time));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test("cuts what steps have waited, and nothing of steps that are not here", () => {
    const step = (from_ms: number, to_ms: number, kind = "work") => ({ kind, from_ms, to_ms });
    const known = [
      { iterations: { begun: 9 }, spans: [step(0, 1000)] },
      { spans: [step(0, 10), step(10, 500, "retry"), step(500, 510)] },
    ] as unknown as RunStep[];
    const idle = (count: number) =>
      segmentsOf(workOf([known], count, 1000), 1000)
        .filter((one) => one.idle)
        .map((one) => [one.from, one.to]);
    expect(idle(2)).toEqual([
      [10, 500],
      [510, 1000],
    ]);
    expect(idle(10)).toEqual([[10, 500]]);
  });

  test("of a run that only waits is even, too", () => {
    expect(segmentsOf([], 1000)).toEqual([{ from: 0, to: 1000, left: 0, right: 1, idle: false }]);
    expect(segmentsOf([], 0)[0]?.right).toBe(1);
  });
});

describe("steps and periods", () => {
  test("paths in loops", () => {
    expect(depthOf("post")).toBe(0);
    expect(depthOf("orders[2]/lines[7321]/post")).toBe(2);
    const step = { step: "lines[3]/post", node: "post", title: "Post line" } as RunStep;
    expect(stepName(step)).toEqual({ iteration: "3", name: "Post line" });
  });

  test("a run failed where the loop that failed did", () => {
    const failed = [
      { step: "each", position: 0 },
      { step: "each[7]/price", position: 19 },
      { step: "told", position: 21 },
    ];
    const run = { progress: { steps: 22, failed } } as unknown as Run;
    expect(progressOf(run).failed).toEqual({ step: "each[7]/price", position: 19 });
    expect(progressOf({ progress: {} } as unknown as Run).failed).toBeUndefined();
  });

  test("a day ago", () => {
    const now = new Date("2026-11-21T12:00:00.000Z");
    expect(periodStart("d", now)).toBe("2026-11-20T12:00:00.000Z");
    expect(periodStart("", now)).toBeUndefined();
  });

  test("days, weeks and months of the calendar begin at midnight where people are", () => {
    const at = (...date: [number, number, number]) => new Date(...date).toISOString();
    const monday = () => 1;
    const sunday = () => 7;
    const wednesday = new Date(2026, 10, 25, 15, 30);
    expect(periodStart("today", wednesday, monday)).toBe(at(2026, 10, 25));
    expect(periodStart("week", wednesday, monday)).toBe(at(2026, 10, 23));
    expect(periodStart("week", wednesday, sunday)).toBe(at(2026, 10, 22));
    expect(periodStart("month", wednesday, monday)).toBe(at(2026, 10, 1));
    expect(periodStart("week", new Date(2026, 10, 29, 1), monday)).toBe(at(2026, 10, 23));
    expect(periodStart("week", new Date(2026, 10, 29, 1), sunday)).toBe(at(2026, 10, 29));
    expect(periodStart("week", new Date(2026, 0, 1), monday)).toBe(at(2025, 11, 29));
  });
});

describe("the order of a key", () => {
  const lane = (...ids: string[]): Run[] =>
    ids.map((id) => ({ run: id, order_key: id.startsWith("x") ? "C-10" : "C-1" })) as Run[];
  const own = { run: "b", order_key: "C-1" };

  test("the oldest goes first; another key that begins alike is none of it", () => {
    const seen = laneOf(own, lane("d", "x2", "c", "b", "x1", "a2", "a1"), false);
    expect(seen).toMatchObject({ before: 2, behind: 2, first: { run: "a1" } });
    expect(laneOf(own, lane("b"), false)).toMatchObject({ before: 0, behind: 0 });
  });

  test("nobody is said to be the first where not all were looked at", () => {
    expect(laneOf(own, lane("c", "b", "a"), true)).toMatchObject({ before: 1, first: undefined });
    expect(laneOf(own, lane("e", "d", "c"), true)).toMatchObject({ behind: 3, before: 0 });
  });
});
