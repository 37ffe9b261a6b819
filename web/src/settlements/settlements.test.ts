import { describe, expect, it } from "vitest";
import { amountIn, grouped, moneyOf } from "../i18n/amounts.ts";
import { parseJson } from "../model/json.ts";
import { adjusted } from "./propose.ts";
import {
  apartOf,
  calledOf,
  digitsOf,
  isZero,
  lineIn,
  nameOf,
  readEntry,
  readRow,
  readSettlement,
  sumOf,
} from "./settlements.ts";

describe("amounts", () => {
  it("keep their digits and get their groups", () => {
    expect(grouped("-1234567.80")).toBe("-1,234,567.80");
    expect(grouped("90071992547409.93")).toBe("90,071,992,547,409.93");
    expect(grouped("999")).toBe("999");
    expect(grouped("1e3")).toBe("1e3");
    expect(digitsOf(parseJson("10.50"))).toBe("10.50");
    expect(digitsOf(null)).toBe("");
  });

  it("are written with the digits of their currency, and lose none that says something", () => {
    expect(amountIn("50000.00", "JPY")).toBe("50,000");
    expect(amountIn("0.5", "JPY")).toBe("0.5");
    expect(amountIn("-1.0050", "KWD")).toBe("-1.005");
    expect(amountIn("2", "KWD")).toBe("2.000");
    expect(amountIn("19.9900", "USD")).toBe("19.99");
    expect(amountIn("19.985", "USD")).toBe("19.985");
    expect(amountIn("10.5", "points")).toBe("10.5");
    expect(amountIn("", "USD")).toBe("");
    expect(moneyOf("10", "USD")).toBe("10.00 USD");
    expect(moneyOf("10", "")).toBe("10");
  });

  it("are zero with any number of digits", () => {
    expect(["0", "-0.00", "0.000", "0.01", "10"].map(isZero)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

const text = `{"run":"R","step":"compare","status":"waiting","name":"Day 1","dedupe":"7","sides":{"left":"A"},
  "passes":[{"name":"alike","score":{}},{"name":"id","keys":[{"left":"t.id","right":"ref"},{"left":"day"}],"days":2,
    "tolerance":{"absolute":"0.00"}}],
  "sums":{"open":2,"counts":{"only_left":{"left":2}},"totals":[{"currency":"USD","left":{"count":2,"sum":30.50},
    "rest":0.00,"closes":true,"classes":{"only_left":{"left":20.00,"right":0.00,"difference":20.00}}}]},
  "adjustments":[{"amount":"20.00","state":"agreed","by":"ann","approved_by":"bob"},{"amount":"x","state":"proposed",
    "counted":false}],
  "statements":[{"step":"paid","net":-1.00,"rest":0.00,"closes":true,"parts":[{"name":"fees","amount":-1.00}]}]}`;

describe("a settlement", () => {
  const one = readSettlement(parseJson(text));

  it("is read with all its digits", () => {
    expect(one.sums.totals[0]?.left).toEqual({ count: 2, sum: "30.50" });
    expect(one.sums.totals[0]?.classes?.only_left.difference).toBe("20.00");
    expect(one.sums.counts.matched).toEqual({ left: 0, right: 0 });
    expect(one.statements[0]?.parts).toEqual([{ name: "fees", amount: "-1.00" }]);
    expect([one.statements[0]?.rest, one.statements[0]?.closes]).toEqual(["0.00", true]);
    expect([one.left, one.right]).toEqual(["A", ""]);
    expect(calledOf(one)).toBe("Day 1");
    expect(calledOf({ name: "", key: "", flow: "f" })).toBe("f");
  });

  it("of which something is not zero in the end says what", () => {
    expect(apartOf(one)).toEqual([]);
    const unpaid = readRow(
      parseJson('{"sums":{"totals":[]},"statements":[{"rest":30.50,"closes":false},{"net":1}]}'),
    );
    expect(apartOf(unpaid).map((sum) => sum.rest)).toEqual(["30.50"]);
  });

  it("knows what was agreed on, and what is in no sum", () => {
    expect(one.adjustments.map((each) => [each.agreed, each.counted, each.approvedBy])).toEqual([
      [true, true, "bob"],
      [false, false, ""],
    ]);
  });

  it("names an entry by its keys, on the side that has it", () => {
    const left = readEntry(
      parseJson(
        '{"class":"only_left","left":[{"at":3,"line":{"t":{"id":"7"},"day":"d"}}],"right":[]}',
      ),
    );
    const right = readEntry(
      parseJson('{"class":"only_right","left":[],"right":[{"at":9,"line":{"ref":8}}]}'),
    );
    expect(nameOf(left, one.passes)).toBe("7 · d");
    expect(nameOf(right, one.passes)).toBe("8");
    expect(nameOf(right, [])).toBe("right 9");
    const sides = { left: "PayTrace", right: "SL" };
    expect(["right 9", "left behind"].map((place) => lineIn(place, sides))).toEqual([
      "SL 9",
      "left behind",
    ]);
    const pages = {
      name: "pages",
      keys: [{ left: "page", right: "page" }],
      days: -1,
      proposes: false,
    };
    const [byPage, ...others] = [{ ...pages, tolerance: undefined }, ...one.passes];
    expect(nameOf(right, [byPage, ...others])).toBe("8"); // it stands on no page
    expect(left.id).toBe("only_left 3/");
  });
});

const apart = readEntry(
  parseJson(
    `{"class":"differing","left_sum":99.00,"left_currency":"EUR","right_sum":99.00,"right_currency":"USD",
      "left":[{"at":6,"line":{}}],"right":[{"at":6,"line":{}}]}`,
  ),
);

describe("an entry in two currencies", () => {
  it("says each side with its own", () => {
    expect([sumOf(apart, "left"), sumOf(apart, "right")]).toEqual(["99.00 EUR", "99.00 USD"]);
  });

  it("is closed by an adjustment in each", () => {
    const made = adjusted({}, apart);
    expect(made).toEqual({
      adjustments: [
        { line: "left 6", amount: "99.00", currency: "EUR" },
        { line: "left 6", amount: "-99.00", currency: "USD" },
      ],
    });
    expect(adjusted(made, apart)).toEqual(made);
  });
});

describe("a proposed adjustment", () => {
  const entry = readEntry(
    parseJson(
      '{"class":"only_left","currency":"USD","difference":20.00,"left":[{"at":3,"line":{}}],"right":[]}',
    ),
  );

  it("closes the difference exactly, once for each line", () => {
    const first = adjusted({ explanation: "why" }, entry);
    expect(first).toEqual({
      explanation: "why",
      adjustments: [{ line: "left 3", amount: "20.00", currency: "USD" }],
    });
    expect(adjusted(first, entry)).toEqual(first);
  });
});
