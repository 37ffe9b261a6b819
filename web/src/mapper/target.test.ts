import { describe, expect, it } from "vitest";
import { placesOf } from "../inspector/sample.ts";
import { catalogOf, type NodeType } from "../model/catalog.ts";
import { draftOf, stepOf } from "../model/flow.ts";
import { fromPlain, type JsonObject, objectOf } from "../model/json.ts";
import { SAMPLE_CATALOG } from "../model/samples.ts";
import { shapeOf } from "../model/shape.ts";
import { aimOf } from "./target.ts";
import { nodesOf, sourceTree, targetTree } from "./trees.ts";

const plain = (value: unknown): JsonObject => objectOf(fromPlain(value));
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const input = object(
  { number: { type: "string" }, etag: { default: "*" }, row: object({ day: {} }), free: {} },
  { required: ["number", "etag"] },
);
const post: NodeType = {
  ...(SAMPLE_CATALOG.types[0] as NodeType),
  ...{ name: "connector.erp.post", kind: "connector", connector: "erp", title: "ERP: Post" },
  action: { input: plain(input) },
};
const catalog = catalogOf([...SAMPLE_CATALOG.types, post]);

function aim(postInput: unknown, schema?: unknown, more: object = {}) {
  const nodes = [
    { id: "hook", type: "trigger.webhook" },
    { id: "map", type: "transform.map", config: { fields: [], ...(schema ? { schema } : {}) } },
    { id: "gate", type: "branch.filter" },
    { id: "post", type: "connector.erp.post", title: "Post", config: { input: postInput } },
  ];
  const edges = nodes.slice(1).map((node, i) => ({ from: nodes[i]?.id, to: node.id }));
  const draft = draftOf(plain({ flow: { weft: 1, nodes, edges }, ...more }));
  const step = stepOf(draft, "map");
  if (step === undefined) {
    throw new Error("the step is there");
  }
  return aimOf({ draft, catalog, called: new Map() }, step);
}

describe("what a mapping is made for", () => {
  it("is the input of a later step that takes it, whole or in a member", () => {
    expect(aim("=steps.map")).toMatchObject({
      ...{ from: "next", name: "Post", action: "connector.erp.post" },
    });
    expect(aim({ number: "=trigger.id", row: "=steps.map" })).toMatchObject({
      ...{ from: "next", action: undefined, schema: { properties: { day: {} } } },
    });
    expect(aim({ free: "=steps.map" }).from).toBe("none");
    expect(aim({ number: "=steps.map.number" }).from).toBe("none");
    expect(aim("=input").from).toBe("none"); /* the filter stands between them */
  });

  it("is what the settings name: an action, or the flow's file", () => {
    expect(aim({}, "connector.erp.post")).toMatchObject({
      ...{ from: "action", name: "ERP: Post", action: "connector.erp.post" },
    });
    const files = { schemas: { order: object({ no: {} }) } };
    expect(aim({}, "order", files)).toMatchObject({ from: "file", name: "order" });
    expect(aim({}, "gone")).toMatchObject({ from: "file", schema: undefined });
  });

  it("does not ask for what the action fills in itself", () => {
    const required = (defaults: boolean): string[] =>
      [...nodesOf(targetTree(plain(input), [], defaults)).values()]
        .filter((node) => node.required)
        .map((node) => node.key);
    expect(required(true)).toEqual(["number"]);
    expect(required(false)).toEqual(["number", "etag"]);
  });
});

describe("sources", () => {
  const shape = shapeOf(
    plain(
      object({
        trigger: object({
          body: object({
            id: { type: "string", description: "Of the order." },
            lines: { type: "array", items: object({ sku: { type: "string" } }) },
          }),
        }),
      }),
    ),
  );

  it("are those of the schemas with the values of the samples", () => {
    const tree = nodesOf(sourceTree([plain({ trigger: { body: { id: "A-1", more: 2 } } })], shape));
    expect(tree.get("trigger.body.id")).toMatchObject({ sample: "A-1", help: "Of the order." });
    expect(tree.get("trigger.body.more")).toMatchObject({ sample: 2, type: "integer" });
    expect(tree.get("trigger.body.lines[].sku")).toMatchObject({ type: "string" });
    expect(tree.get("trigger.body.lines[].sku")?.sample).toBeUndefined();
    expect(tree.get("trigger.body.lines")?.kind).toBe("list");
  });

  it("are completed before there is a sample, with what they are", () => {
    const places = placesOf({}, shape);
    expect(places).toContainEqual({ path: "trigger.body.lines[1].sku", text: "string" });
    expect(placesOf(plain({ trigger: { body: { id: "A" } } }), shape)).toContainEqual({
      ...{ path: "trigger.body.id", text: '"A"' },
    });
  });

  it("of one step hide none of another's", () => {
    const wide = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`f${i}`, i]));
    const paths = placesOf(plain({ trigger: wide, steps: { a: wide, b: { last: 1 } } })).map(
      (place) => place.path,
    );
    expect(paths).toContain("steps.b.last");
    expect(paths.length).toBeLessThan(900);
  });
});
