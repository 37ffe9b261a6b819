import { describe, expect, test } from "vitest";
import { parseJson } from "../model/json.ts";
import { differences, sameNumber } from "./differences.ts";

describe("numbers are the same by value", () => {
  test.each([
    ["1.10", "1.1", true],
    ["1e2", "100", true],
    ["-0", "0", true],
    ["149.90", "149.9", true],
    ["0.1", "0.10000000000000001", false],
    ["-1", "1", false],
    ["10", "1", false],
    ["12345678901234567890", "12345678901234567891", false],
  ])("%s and %s: %s", (a, b, same) => expect(sameNumber(a, b)).toBe(same));
});

describe("differences", () => {
  test("by path, order of members left alone", () => {
    const a = parseJson('{"sum":1.10,"status":"Open","lines":[{"n":1},{"n":2}],"odd key":1}');
    const b = parseJson('{"status":"Paid","sum":1.1,"lines":[{"n":1}],"by":"x","odd key":2}');
    const list = differences(a, b).map((one) => `${one.kind} ${one.path}`);
    expect(list).toEqual(["changed status", "removed lines[1]", 'changed ["odd key"]', "added by"]);
  });

  test("of other kinds and of nothing", () => {
    expect(differences(parseJson("[]"), parseJson("{}"))).toHaveLength(1);
    expect(differences(undefined, undefined)).toEqual([]);
    expect(differences(null, undefined)[0]?.kind).toBe("removed");
    expect(differences(parseJson('{"__proto__":1}'), parseJson("{}"))[0]?.path).toBe("__proto__");
  });
});
