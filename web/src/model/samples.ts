/* Node types and flows for tests: the shapes of the program's own, as few as the tests need. */
import { type Catalog, catalogOf, type NodeType } from "./catalog.ts";
import { type Draft, draftOf } from "./flow.ts";
import { type JsonObject, parseJson } from "./json.ts";

const expression = { "x-weft-expression": true };

function type(name: string, schema: JsonObject, more: Partial<NodeType> = {}): NodeType {
  return {
    name,
    kind: name.split(".")[0] as NodeType["kind"],
    title: more.title ?? name,
    help: "",
    ports: ["out"],
    ports_from_config: false,
    effect: "none",
    needs_connection: false,
    example: {},
    schema: { type: "object", properties: schema, additionalProperties: false },
    ...more,
  };
}

const body = { $ref: "urn:weft:schema:flow:1#/$defs/body", "x-weft-body": true };

export const SAMPLE_CATALOG: Catalog = catalogOf([
  type(
    "trigger.webhook",
    { path: { type: "string" } },
    { title: "Webhook", example: { path: "in" } },
  ),
  type(
    "transform.map",
    {
      fields: {
        type: "array",
        items: {
          type: "object",
          properties: { to: { type: "string" }, from: expression, fields: {} },
        },
      },
    },
    { title: "Map fields" },
  ),
  type("transform.script", { source: { type: "string", "x-weft-script": true } }),
  type(
    "branch.switch",
    {
      cases: {
        type: "array",
        items: {
          type: "object",
          properties: { port: { type: "string", "x-weft-port": true }, when: expression },
        },
      },
      else: { type: "string", "x-weft-port": true },
    },
    { title: "Switch", ports: [], ports_from_config: true },
  ),
  type("branch.filter", { when: expression }, { title: "Filter", ports: ["out", "rejected"] }),
  type(
    "branch.foreach",
    { items: expression, body, collect: { ...expression, "x-weft-inside": true } },
    {
      title: "For each",
      schema: {
        type: "object",
        properties: { items: expression, body, collect: expression },
        required: ["items", "body"],
        additionalProperties: false,
      },
      example: { items: "=trigger.body.lines", body: { nodes: [{ id: "x", type: "y" }] } },
    },
  ),
  type("branch.stop", { message: expression }, { title: "Stop", ports: [] }),
  type(
    "connector.shop.order",
    { input: expression },
    { title: "Shop: Get order", needs_connection: true, connector: "shop", effect: "once" },
  ),
  type("connector.http", { path: expression, body: expression }, { title: "HTTP request" }),
]);

export function draftFrom(flow: string | JsonObject): Draft {
  return draftOf({ flow: typeof flow === "string" ? parseJson(flow) : flow });
}

/** paid -> route =payment=> entry -> post; =other=> note; both -> done; a loop `lines` with two steps. */
export function sampleDraft(): Draft {
  return draftFrom(`{
    "weft": 1, "name": "Sample",
    "settings": { "totals": [ { "name": "all", "left": "=steps.entry.amount", "right": "=1.10" } ] },
    "nodes": [
      { "id": "paid", "type": "trigger.webhook", "config": { "path": "in" } },
      { "id": "route", "type": "branch.switch", "config": {
          "cases": [ { "port": "payment", "when": "=trigger.body.ok" } ], "else": "other" } },
      { "id": "entry", "title": "Ledger entry", "type": "transform.map", "config": { "fields": [
          { "to": "amount", "from": "=decimal(trigger.body.amount)" }, { "to": "fee", "from": 1.10 } ] } },
      { "id": "post", "type": "connector.shop.order", "connection": "shop",
        "config": { "input": { "a": "=steps.entry.amount", "b": ["=steps['entry'].fee", "steps.entry"] } } },
      { "id": "note", "type": "transform.map", "config": { "fields": [] } },
      { "id": "done", "type": "branch.stop" },
      { "id": "lines", "type": "branch.foreach", "config": { "items": "=steps.entry.lines",
          "collect": "=steps.one.id",
          "body": { "nodes": [
            { "id": "one", "type": "connector.http", "config": { "path": "='/' .. steps.entry.id" } },
            { "id": "two", "type": "transform.script", "config": {
                "source": "local x = steps.one -- steps.one\\nreturn x" } } ],
            "edges": [ { "from": "one", "to": "two" } ] } } }
    ],
    "edges": [
      { "from": "paid", "to": "route" },
      { "from": "route", "port": "payment", "to": "entry" },
      { "from": "entry", "to": "post" },
      { "from": "route", "port": "other", "to": "note" },
      { "from": "post", "to": "done" },
      { "from": "note", "to": "done" },
      { "from": "post", "to": "lines" }
    ]
  }`);
}
