import { describe, expect, test } from "vitest";
import { ago, size, span } from "./format.ts";

describe("times and sizes in words", () => {
  test.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1234, "1.23 s"],
    [61_000, "1 min 1 s"],
    [7_500_000, "2 h 5 min"],
    [273_600_000, "3 d 4 h"],
  ])("a span of %i ms is %s", (ms, text) => expect(span(ms)).toBe(text));

  test("what was and what will be", () => {
    const now = new Date("2026-11-21T12:00:00Z");
    expect(ago(new Date("2026-11-21T11:59:50Z"), now)).toBe("now");
    expect(ago(new Date("2026-11-21T11:57:00Z"), now)).toBe("3m ago");
    expect(ago(new Date("2026-11-23T12:00:00Z"), now)).toBe("in 2d");
  });

  test("bytes", () => {
    expect(size(512)).toBe("512 B");
    expect(size(10 * 1024 * 1024)).toBe("10.0 MiB");
  });
});
