import { describe, expect, it } from "vitest";
import { catalogOf, type NodeType } from "./catalog.ts";
import { fieldsOf, mapBefore } from "./commands/mapBefore.ts";
import { isRefusal } from "./commands/outcome.ts";
import { draftOf } from "./flow.ts";
import { fromPlain, type JsonObject, objectOf, toPlain } from "./json.ts";
import { type Known, Outputs, pathIn, schemaMeant, takenBy } from "./outputs.ts";
import { SAMPLE_CATALOG } from "./samples.ts";
import { type Shape, shapeAt, shapeOf } from "./shape.ts";

const plain = (value: unknown): JsonObject => objectOf(fromPlain(value));
const object = (properties: object) => ({ type: "object", properties });
const action = (name: string, input: object, output?: object): NodeType => ({
  ...(SAMPLE_CATALOG.types[0] as NodeType),
  ...{ name, kind: "connector", connector: name.split(".")[1] ?? "", title: name },
  action: { input: plain(input), ...(output === undefined ? {} : { output: plain(output) }) },
});
const catalog = catalogOf([
  ...SAMPLE_CATALOG.types,
  action(
    "connector.erp.post",
    object({ number: { type: "string" }, header: object({ day: {} }) }),
    object({ entry: { type: "string", description: "Its number." } }),
  ),
]);

interface Node {
  id: string;
  type: string;
  config?: object;
}

function known(nodes: Node[], edges: [string, string][], more: object = {}): Known {
  const flow = { weft: 1, nodes, edges: edges.map(([from, to]) => ({ from, to })) };
  const called = new Map([
    [
      "sub",
      plain({
        input: object({ amount: { type: "number" } }),
        output: object({ journal: { type: "string" } }),
      }),
    ],
  ]);
  return { draft: draftOf(plain({ flow, ...more })), catalog, called };
}

const line = object({ sku: { type: "string" }, qty: { type: "integer" } });
const nodes: Node[] = [
  { id: "hook", type: "trigger.webhook" },
  {
    id: "checked",
    type: "transform.validate",
    config: {
      value: "=trigger.body",
      schema: {
        ...object({
          id: { type: "string" },
          lines: { type: "array", items: { $ref: "#/$defs/line" } },
        }),
        $defs: { line },
      },
    },
  },
  {
    id: "entry",
    type: "transform.map",
    config: {
      fields: [
        { to: "header.day", from: "2026-11-20" },
        { to: "number", from: "=trigger.body.id" },
        { to: "sum", from: "=trigger.body.amount * 2", convert: "number" },
        { to: "rows", each: "=trigger.body.lines", fields: [{ to: "sku", from: "=item.sku" }] },
      ],
    },
  },
  { id: "gate", type: "branch.filter", config: { when: "=true" } },
  { id: "post", type: "connector.erp.post", config: { input: "=steps.entry" } },
  { id: "call", type: "branch.call", config: { flow: "sub", input: "=steps.entry" } },
  {
    id: "loop",
    type: "branch.foreach",
    config: {
      items: "=trigger.body.lines",
      body: { nodes: [{ id: "in", type: "connector.erp.post", config: {} }], edges: [] },
    },
  },
];
const edges: [string, string][] = [
  ["hook", "checked"],
  ["checked", "entry"],
  ["entry", "gate"],
  ["gate", "post"],
  ["post", "call"],
  ["call", "loop"],
];

const typeAt = (shape: Shape | undefined, path: string): string | undefined =>
  shapeAt(shape, path.split("."))?.type;

describe("what is known before anything has run", () => {
  const all = known(nodes, edges);
  const outputs = new Outputs(all);
  it("is what actions, checks, mappings, called flows and loops say", () => {
    const seen = outputs.context("loop");
    expect(typeAt(seen, "trigger.body.id")).toBe("string");
    expect(typeAt(seen, "trigger.received_at")).toBe("string");
    expect(typeAt(seen, "trigger.body.lines.[].qty")).toBe("integer");
    expect(typeAt(seen, "steps.entry.header.day")).toBe("string");
    expect(typeAt(seen, "steps.entry.number")).toBe("string");
    expect(typeAt(seen, "steps.entry.sum")).toBe("number");
    expect(typeAt(seen, "steps.entry.rows.[].sku")).toBe("");
    expect(typeAt(seen, "steps.gate.number")).toBe("string");
    expect(shapeAt(seen, ["steps", "post", "entry"])?.help).toBe("Its number.");
    expect(typeAt(seen, "steps.call.journal")).toBe("string");
    expect(typeAt(seen, "input.journal")).toBe("string");
    expect(typeAt(outputs.context("in"), "item.sku")).toBe("string");
    expect(typeAt(outputs.gives("loop"), "[].entry")).toBe("string");
    expect(typeAt(outputs.context("entry"), "steps.post")).toBeUndefined();
  });

  it("ends where a schema contains itself, and where a mapping reads itself", () => {
    const tree = shapeOf(
      plain({ $ref: "#/$defs/n", $defs: { n: object({ next: { $ref: "#/$defs/n" } }) } }),
    );
    expect(shapeAt(tree, ["next", "next", "next"])?.type).toBe("object");
    const ring = known(
      [{ id: "a", type: "transform.map", config: { fields: [{ to: "x", from: "=steps.a.x" }] } }],
      [["a", "a"]],
    );
    expect(new Outputs(ring).context("a").type).toBe("object");
  });

  it("tells what steps take, and what a schema by its name is", () => {
    const step = (id: string) => ({ ...all, id, node: plain(nodes.find((one) => one.id === id)) });
    const taken = (id: string) =>
      takenBy(all, { ...step(id), type: String(step(id).node.type) } as never)?.properties;
    expect(Object.keys(objectOf(taken("post")))).toEqual(["number", "header"]);
    expect(Object.keys(objectOf(taken("call")))).toEqual(["amount"]);
    const named = known([], [], { schemas: { order: object({ no: {} }) } });
    expect(schemaMeant(named, "order")).toHaveProperty("properties.no");
    expect(schemaMeant(named, "connector.erp.post")).toHaveProperty("properties.number");
    expect(schemaMeant(named, "connector.erp.gone")).toBeUndefined();
  });

  it("reads paths and nothing else", () => {
    expect(pathIn("=trigger.body['a b'].lines[1].sku")).toEqual([
      "trigger",
      "body",
      "a b",
      "lines",
      "[]",
      "sku",
    ]);
    expect([pathIn("=a + b"), pathIn("=f(x)"), pathIn("a.b"), pathIn(1)]).toEqual([
      ...[undefined, undefined, undefined, undefined],
    ]);
  });
});

describe("a mapping before a step", () => {
  it("makes what the input said, and leaves nothing behind", () => {
    const input = plain({
      number: "=input.id",
      header: { day: "=trigger.day" },
      "a.b": [1],
      e: {},
    });
    expect(toPlain(fieldsOf(input))).toEqual([
      { to: "number", from: "=input.id" },
      { to: "header.day", from: "=trigger.day" },
      { to: "a\\.b", from: [1] },
      { to: "e", from: {} },
    ]);
    const { draft } = known(
      [
        { id: "hook", type: "trigger.webhook" },
        { id: "gate", type: "branch.filter" },
        { id: "post", type: "connector.erp.post", config: { input: { number: "=input.id" } } },
      ],
      [
        ["hook", "post"],
        ["gate", "post"],
      ],
    );
    const made = mapBefore(draft, catalog, "post", "Input of post");
    expect(isRefusal(made)).toBe(false);
    const flow = isRefusal(made)
      ? {}
      : (toPlain(made.draft.flow) as { nodes: Node[]; edges: object[] });
    expect(flow).toMatchObject({
      nodes: [
        { id: "hook" },
        { id: "gate" },
        { id: "post", config: { input: "=steps.map" } },
        {
          id: "map",
          title: "Input of post",
          config: { fields: [{ to: "number", from: "=input.id" }] },
        },
      ],
      edges: [
        { from: "hook", to: "map" },
        { from: "gate", to: "map" },
        { from: "map", to: "post" },
      ],
    });
  });
});
