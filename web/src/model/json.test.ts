import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { JsonError, Num, parseJson, sameJson, toPlain, writeJson } from "./json.ts";

describe("json", () => {
  it("keeps every digit of a number", () => {
    const text = '{"a":1.10,"b":12345678901234567890.10,"c":1e2,"d":-0,"e":7}';
    const value = parseJson(text) as Record<string, unknown>;
    expect(value.a).toBeInstanceOf(Num);
    expect(value.e).toBe(7);
    expect(writeJson(value as never)).toBe(text);
  });

  it("reads what the program ships, and writes the same value", () => {
    const text = readFileSync(
      new URL("../../../flows/paytrace-payment-to-dynamics365/flow.json", import.meta.url),
      "utf8",
    );
    const value = parseJson(text);
    expect(toPlain(value)).toEqual(JSON.parse(text));
    expect(sameJson(parseJson(writeJson(value, 2)), value)).toBe(true);
    expect(
      Math.max(
        ...writeJson(value, 2)
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThan(170);
  });

  it("says where a text is no JSON", () => {
    const offset = (text: string): number => {
      try {
        parseJson(text);
      } catch (error) {
        return error instanceof JsonError ? error.offset : -2;
      }
      return -1;
    };
    expect(offset('{"a":1,}')).toBe(7);
    expect(offset('{"a":1,"a":2}')).toBe(7);
    expect(offset("[1 2]")).toBe(3);
    expect(offset('"a\nb"')).toBe(2);
    expect(offset("01")).toBe(1);
    expect(offset("")).toBe(0);
    expect(offset("[".repeat(300))).toBeGreaterThan(100);
  });

  it("keeps a member named __proto__ and reads escapes", () => {
    const value = parseJson('{"__proto__":{"x":1},"t":"\\u00e4\\n\\/"}');
    expect(writeJson(value)).toBe('{"__proto__":{"x":1},"t":"ä\\n/"}');
  });
});
