import { describe, expect, test } from "vitest";
import { IndexError, Indexer, indexHead, indexJson, nameOf, pathOf } from "./json_index.ts";
import { JsonView } from "./json_view.ts";

const order = `{
  "id": 12345678901234567890, "amount": 149.90,
  "lines": [ { "sku": "A-1", "price": 1.10 }, { "sku": "B\\"2", "price": 1e-7 } ],
  "note": null, "__proto__": {"x": true}
}`;

describe("an index over JSON", () => {
  test("keeps every digit as it was written", () => {
    const view = new JsonView(indexJson(order));
    const texts = view.rows(0, 100).map((row) => row.text);
    expect(texts).toContain("12345678901234567890");
    expect(texts).toContain("149.90");
  });

  test("knows names, places, paths and children", () => {
    const index = indexJson(order);
    const names = Array.from({ length: index.count }, (_, at) => nameOf(index, at));
    const price = names.lastIndexOf("price");
    expect(pathOf(index, price)).toEqual(["lines", 1, "price"]);
    expect(index.text.slice(index.start[price], index.end[price])).toBe("1e-7");
    expect(index.children[0]).toBe(5);
    expect(names).toContain("__proto__");
  });

  test("closes, opens, and counts the rows", () => {
    const view = new JsonView(indexJson(order));
    view.toggleAll(true);
    const all = view.count;
    view.toggle(0, false);
    expect(view.count).toBe(1);
    view.toggleAll(false);
    expect(view.count).toBe(6);
    expect(all).toBe(13);
  });

  test("finds names and values and opens the way to them", () => {
    const view = new JsonView(indexJson(order));
    view.toggleAll(false);
    const hits = view.search("PRICE");
    expect(hits).toHaveLength(2);
    const row = view.show(hits[1] as number);
    expect(view.rows(row, row + 1)[0]?.text).toBe("1e-7");
    expect(view.search("nowhere")).toEqual([]);
    expect(view.search(".*")).toEqual([]);
  });

  test.each([
    ["", "not JSON at character 0"],
    ['{"a":1,}', "a name is missing at character 7"],
    ['{"a" 1}', "a colon is missing at character 5"],
    ["[1 2]", "a comma is missing at character 3"],
    ['["x]', "a string without an end at character 1"],
    ["1 2", "text after the value at character 2"],
    ["[".repeat(2000), "too deep at character 1000"],
  ])("refuses %j", (text, message) => {
    expect(() => indexJson(text)).toThrow(
      new IndexError(message.replace(/ at character.*/, ""), Number(message.split(" ").at(-1))),
    );
  });

  test("the beginning of a text has the records that the whole has first", () => {
    const whole = indexJson(order);
    for (let size = 0; size <= order.length; size++) {
      const head = indexHead(order.slice(0, size));
      expect(head.count).toBeLessThanOrEqual(whole.count);
      for (let at = 0; at < head.count; at++) {
        expect(pathOf(head, at)).toEqual(pathOf(whole, at));
        expect(head.start[at]).toBe(whole.start[at]);
        expect(head.end[at]).toBe(Math.min(whole.end[at] ?? 0, size));
        expect(head.children[at]).toBeLessThanOrEqual(whole.children[at] ?? 0);
      }
    }
  });

  test("what was opened in the beginning is open in the whole", () => {
    const head = new JsonView(indexHead(order.slice(0, order.indexOf("1e-7"))));
    head.toggle(0, true);
    head.toggle(3, true);
    head.toggle(4, false);
    expect(head.rows(3, 4)[0]).toMatchObject({ name: "lines", cut: true, children: 2 });
    const view = new JsonView(indexJson(order), head);
    const rows = view.rows(0, 100);
    expect(rows.slice(0, 5).map((row) => row.open)).toEqual([
      true,
      undefined,
      undefined,
      true,
      false,
    ]);
    expect(rows[3]).toMatchObject({ name: "lines", cut: false, children: 2 });
  });

  test("is made in pieces", () => {
    const indexer = new Indexer(order);
    let pieces = 1;
    let index = indexer.run(2);
    for (; !index; pieces++) index = indexer.run(2);
    expect(pieces).toBeGreaterThan(3);
    expect(index).toEqual(indexJson(order));
  });

  test("opens a million values quickly enough to look at", () => {
    const text = JSON.stringify(Array.from({ length: 200_000 }, (_, at) => ({ at, sum: "1.10" })));
    const view = new JsonView(indexJson(text));
    expect(view.count).toBe(200_001);
    expect(view.rows(200_000, 200_001)[0]?.place).toBe(199_999);
  });
});
