import { describe, expect, test } from "vitest";
import { plus, sumOf } from "./backtest.ts";

describe("sums of a backtest", () => {
  test("keep every digit, whatever their sign and scale", () => {
    expect(plus("0.1", "0.20")).toBe("0.30");
    expect(plus("90071992547409931.05", "0.95")).toBe("90071992547409932.00");
    expect(plus("-0.05", "0.01")).toBe("-0.04");
    expect(plus("5", "-5")).toBe("0");
    expect(plus("-1.5", "-2")).toBe("-3.5");
    expect(plus("-0.5", "0.5")).toBe("0.0");
  });

  test("are one for each currency", () => {
    const sums = sumOf([{ USD: "1.10" }, { USD: "2.20", KWD: "0.005" }, {}]);
    expect([...sums]).toEqual([
      ["USD", "3.30"],
      ["KWD", "0.005"],
    ]);
  });
});
