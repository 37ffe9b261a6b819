import { describe, expect, test } from "vitest";
import { fromPlain, type JsonObject, objectOf, parseJson, writeJson } from "../model/json.ts";
import { unusedOf } from "./CheckPanel.tsx";
import { chainOf, chainText, parametersOf } from "./chain.ts";
import * as edit from "./edits.ts";
import { linesOf } from "./lines.ts";
import { targetParent } from "./paths.ts";
import { readsOf, saidIn } from "./reads.ts";
import { readPart } from "./target.ts";
import { leavesOf, nodesOf, rowsOf, sourceTree, targetTree } from "./trees.ts";
import { drawn, linksOf, placed, strokesOf } from "./wires.ts";

const config = (fields: unknown, more: object = {}): JsonObject =>
  objectOf(fromPlain({ fields, ...more }));

function done(result: edit.Edit): unknown {
  expect(result).toHaveProperty("config");
  return "config" in result ? JSON.parse(writeJson(result.config)) : undefined;
}

const context = objectOf(
  parseJson(`{"trigger": {"body": {"id": "A-1", "amount": 149.90, "customer": {"id": 7, "name": "Ann"},
    "items": [{"sku": "x", "qty": 2, "taxes": [{"rate": 1.10}]}]}}}`),
);
const schema = objectOf(
  fromPlain({
    type: "object",
    required: ["RefNbr"],
    properties: {
      RefNbr: { type: "string", maxLength: 10 },
      Customer: { $ref: "#/$defs/party" },
      Lines: {
        type: "array",
        items: {
          type: "object",
          properties: {
            Sku: { type: "string" },
            Qty: { type: "number" },
            Order: { type: "string" },
            Taxes: {
              type: "array",
              items: { type: "object", properties: { Rate: { type: "number" }, Sku: {} } },
            },
          },
        },
      },
    },
    $defs: { party: { type: "object", properties: { ID: { type: "integer" }, Name: {} } } },
  }),
);
const node = (key: string) => nodesOf(sourceTree([context])).get(key) as never;
const target = (key: string) => nodesOf(targetTree(schema, [])).get(key) as never;

describe("expressions", () => {
  test("functions around a value are taken apart and put together", () => {
    for (const text of [
      "decimal(trigger.body.amount):round(2)",
      'lookup("status", trigger.body.status, { column = "x, y" })',
      "(a + b):round(2)",
      "coalesce(item.a, item['b c'], 0)",
      "trigger.body.id",
      "1 + decimal(2)",
      "f(x)(y)",
      "steps.a.b:round(2).c",
    ]) {
      expect(chainText(chainOf(text))).toBe(text);
    }
    const chain = chainOf('lookup("status", text.trim(trigger.body.s))');
    expect(chain.base).toBe("trigger.body.s");
    expect(chain.calls.map((call) => call.name)).toEqual(["text.trim", "lookup"]);
    expect(
      chainText({ base: "a + b", calls: [{ name: "round", method: true, args: ["2"], at: 0 }] }),
    ).toBe("(a + b):round(2)");
  });

  test("what the documentation says of arguments", () => {
    expect(parametersOf('text.pad_left(s, n, fill = " ")')).toEqual([
      { name: "s", standard: undefined, needed: true },
      { name: "n", standard: undefined, needed: true },
      { name: "fill", standard: '" "', needed: false },
    ]);
    expect(parametersOf("x:floor()")).toEqual([]);
  });

  test("sources are found through the names of items", () => {
    const scopes = [{ name: "item", root: "trigger.body.items[]", grouped: false, inner: true }];
    expect(
      readsOf("decimal(item.sku) + trigger.body['a b'].c[1] .. steps.x.y(1) -- input.z", scopes),
    ).toEqual(["trigger.body.items[].sku", "trigger.body['a b'].c[]", "steps.x.y"]);
    expect(saidIn("trigger.body.items[].taxes[].rate", scopes)).toBe("item.taxes[1].rate");
    expect(saidIn("trigger.body.items[].sku", [])).toBe("trigger.body.items[1].sku");
  });
});

describe("lines", () => {
  test("lists within lists, groups and members through a list", () => {
    const lines = linesOf(
      config([
        { to: "a\\.b.c", from: "=trigger.body.id" },
        {
          to: "Lines",
          each: "=trigger.body.items",
          as: "line",
          fields: [
            { to: "Sku", from: "=item.sku" },
            {
              to: "Taxes",
              each: "=item.taxes",
              fields: [
                { to: "Rate", from: "=item.rate" },
                { to: "Sku", from: "=line.sku" },
              ],
            },
          ],
        },
        { to: "Lines[].Qty", from: "=item.qty" },
        {
          to: "Sums",
          each: "=trigger.body.items",
          group: "=item.sku",
          fields: [{ to: "n", from: "=#item.items" }],
        },
      ]),
    );
    expect(lines.map((line) => [line.target, line.reads.join()])).toEqual([
      ["a\\.b.c", "trigger.body.id"],
      ["Lines", "trigger.body.items"],
      ["Lines[].Sku", "trigger.body.items[].sku"],
      ["Lines[].Taxes", "trigger.body.items[].taxes"],
      ["Lines[].Taxes[].Rate", "trigger.body.items[].taxes[].rate"],
      ["Lines[].Taxes[].Sku", "trigger.body.items[].sku"],
      ["Lines[].Qty", "trigger.body.items[].qty"],
      ["Sums", "trigger.body.items"],
      ["Sums[].n", "trigger.body.items"],
    ]);
    expect(targetParent("Lines[].Taxes[].Rate")).toBe("Lines[].Taxes");
    expect(targetParent("a\\.b.c")).toBe("a\\.b");
  });
});

describe("edits", () => {
  test("a line, and another source for it: its function and its default stay", () => {
    const one = config(
      [{ to: "RefNbr", from: "=text.cut(trigger.body.x, 10)", default: "-", note: 1 }],
      { other: true },
    );
    expect(done(edit.connect(one, "trigger.body.id", "RefNbr"))).toEqual({
      fields: [{ to: "RefNbr", from: "=text.cut(trigger.body.id, 10)", default: "-", note: 1 }],
      other: true,
    });
    const made = config([{ to: "RefNbr", from: "=a .. b" }]);
    expect(edit.connect(made, "trigger.body.id", "RefNbr")).toEqual({ why: "madeOtherwise" });
  });

  test("a member of a list makes the lists on its way", () => {
    const empty = config([]);
    const made = edit.connect(empty, "trigger.body.items[].taxes[].rate", "Lines[].Taxes[].Rate");
    expect(done(made)).toEqual({
      fields: [
        {
          to: "Lines",
          each: "=trigger.body.items",
          fields: [
            { to: "Taxes", each: "=item.taxes", fields: [{ to: "Rate", from: "=item.rate" }] },
          ],
        },
      ],
    });
    const more = edit.connect(
      "config" in made ? made.config : empty,
      "trigger.body.items[].sku",
      "Lines[].Taxes[].Sku",
    );
    expect(done(more)).toMatchObject({
      fields: [
        { as: "Line_item", fields: [{ fields: [{}, { to: "Sku", from: "=Line_item.sku" }] }] },
      ],
    });
    expect(edit.connect(empty, "trigger.body.id", "Lines[].Sku")).toEqual({ why: "noList" });
  });

  test("dropping a list on a list, an object on an object: members by name", () => {
    expect(done(edit.drop(config([]), node("trigger.body.items"), target("Lines")))).toEqual({
      fields: [
        {
          to: "Lines",
          each: "=trigger.body.items",
          fields: [
            { to: "Sku", from: "=item.sku" },
            { to: "Qty", from: "=item.qty" },
            { to: "Taxes", each: "=item.taxes", fields: [{ to: "Rate", from: "=item.rate" }] },
          ],
        },
      ],
    });
    expect(done(edit.drop(config([]), node("trigger.body.customer"), target("Customer")))).toEqual({
      fields: [
        { to: "Customer.ID", from: "=trigger.body.customer.id" },
        { to: "Customer.Name", from: "=trigger.body.customer.name" },
      ],
    });
  });

  test("cases, their order, and taking lines out", () => {
    const one = config([
      { to: "a", from: "=x" },
      { to: "b", from: 1.5 },
    ]);
    const line = linesOf(one)[0];
    const two = line === undefined ? { why: "full" as const } : edit.addCase(one, line);
    expect(done(two)).toEqual({
      fields: [
        { to: "a", from: "=x", when: "=" },
        { to: "a", from: "=x" },
        { to: "b", from: 1.5 },
      ],
    });
    const cases = "config" in two ? two.config : one;
    expect(done({ config: edit.moveLine(cases, ["fields", 1], -1) })).toMatchObject({
      fields: [{ to: "a", from: "=x" }, { when: "=" }, {}],
    });
    expect(
      done({
        config: edit.removeLines(cases, [
          ["fields", 0],
          ["fields", 2],
        ]),
      }),
    ).toEqual({ fields: [{ to: "a", from: "=x" }] });
    expect(linesOf(edit.onlyLine(cases, ["fields", 2])).map((l) => l.target)).toEqual(["b"]);
  });
});

describe("trees and wires", () => {
  test("targets of the schema, and those that only lines have", () => {
    const tree = targetTree(schema, linesOf(config([{ to: "Own.deep", from: 1 }])));
    expect(tree.map((one) => one.key)).toEqual(["RefNbr", "Customer", "Lines", "Own"]);
    expect(nodesOf(tree).get("RefNbr")).toMatchObject({ required: true, limit: "≤ 10" });
    expect(leavesOf(tree[1] as never).map((one) => one.key)).toEqual([
      "Customer.ID",
      "Customer.Name",
    ]);
    expect(nodesOf(tree).get("Own.deep")?.strange).toBe(true);
  });

  test("what is folded is drawn to what holds it; what is scrolled away is counted at the edge", () => {
    const lines = linesOf(
      config([
        { to: "RefNbr", from: "=trigger.body.id" },
        { to: "Customer.ID", from: "=trigger.body.customer.id" },
        { to: "Customer.Name", from: "=trigger.body.customer.name" },
      ]),
    );
    const source = rowsOf(sourceTree([context]), () => true);
    const targets = rowsOf(targetTree(schema, lines), () => false);
    const links = placed(linksOf(lines), source, targets);
    const all = drawn(links, { top: 0, height: 500 }, { top: 0, height: 500 }, 20);
    expect(all.wires.map((wire) => [wire.target, wire.folded, wire.count])).toEqual([
      ["RefNbr", false, 1],
      ["Customer", true, 1],
      ["Customer", true, 1],
    ]);
    const scrolled = drawn(links, { top: 0, height: 500 }, { top: 15, height: 500 }, 20);
    expect(scrolled.stubs).toEqual([{ side: "target", edge: "above", count: 1, next: "RefNbr" }]);
    expect(scrolled.wires.map((wire) => wire.target)).toContain("RefNbr");
    const whole = drawn(links, { top: 0, height: 500 }, { top: 15, height: 500 }, 20, true);
    expect(whole.wires.map((wire) => wire.target)).toEqual(["Customer", "Customer"]);
    expect(whole.stubs).toEqual([]);
  });

  test("lines that run alike are painted once; what is chosen lies above", () => {
    const wire = (from: number, list: boolean, target: string) => ({
      ...{ key: target, from, to: 500, source: "s", target, count: 1, list, folded: false },
    });
    const away = Array.from({ length: 300 }, (_, i) => wire(13 + 26 * (i % 30), false, `t${i}`));
    const isLit = ({ target }: { target: string }) => target === "t7";
    const strokes = strokesOf([...away, wire(400, true, "list")], 100, isLit);
    const some = strokes.filter(({ paths }) => paths.length > 0);
    expect(some.map(({ look, paths }) => [look, paths.length])).toEqual([
      ["map-wire map-wire-list", 1],
      ["map-wire map-wire-inner", 1],
      ["map-wire", 30],
      ["map-wire map-wire-chosen", 1],
    ]);
  });

  test("a question carries what is read of a large sample, whole where the whole is read", () => {
    const part = (reads: string[]) => JSON.parse(writeJson(readPart(context, reads)));
    expect(part(["trigger.body.customer.name", "trigger.body.items[].sku"])).toEqual({
      trigger: {
        body: {
          customer: { name: "Ann" },
          items: [{ sku: "x", qty: 2, taxes: [{ rate: 1.1 }] }],
        },
      },
    });
    expect(part(["trigger.body.customer.name", "trigger.body.customer"])).toEqual({
      trigger: { body: { customer: { id: 7, name: "Ann" } } },
    });
  });

  test("sources that nothing reads", () => {
    const unused = unusedOf(sourceTree([context]), ["trigger.body.items", "trigger.body.id"]);
    expect(unused.map((leaf) => leaf.key)).toEqual([
      "trigger.body.amount",
      "trigger.body.customer.id",
      "trigger.body.customer.name",
    ]);
  });

  test("ten thousand fields", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`field_${i}`, { type: "string" }]),
    );
    const tree = targetTree(objectOf(fromPlain({ type: "object", properties: wide })), []);
    expect(rowsOf(tree, () => true).rows.length).toBe(10_000);
  });
});
