// Flows that go on to the next environment with what they call, environments that are renamed and removed, and what the
// audit keeps of a changed draft.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Desk, type Heard } from "./desk.ts";
import { World } from "./world.ts";

const world = new World();
const desk = new Desk(world);

function is(heard: Heard, status: number): Heard {
  assert.equal(heard.status, status, heard.text);
  return heard;
}

interface Row { flow: string; state: string; asked: boolean; needed_by: string[]; rules?: string[];
  here?: { number: number }; there?: { number: number }; faults?: { message: string; warning: boolean }[] }

/** Calls "part", which works with a rule. */
const orders = (path: string): object => ({ weft: 1, name: path,
  nodes: [{ id: "hook", type: "trigger.webhook", config: { path, verify: { type: "none" } } },
    { id: "part", type: "branch.call", config: { flow: "part", input: { n: 2 } } }],
  edges: [{ from: "hook", to: "part" }] });
const part = { weft: 1, name: "Part", nodes: [{ id: "begin", type: "trigger.call" },
  { id: "twice", type: "transform.map",
    config: { fields: [{ to: "n", from: "=require('rules.twice').of(trigger.n)" }] } }],
  edges: [{ from: "begin", to: "twice" }] };
const rule = (by: number): string =>
  `local twice = {}\nfunction twice.of(n) return n * ${String(by)} end\nreturn twice\n`;

async function publish(flow: string, etag: string | undefined, environment: string): Promise<void> {
  const { body } = is(await desk.post(`/flows/${flow}/versions`, {}, etag), 201);
  is(await desk.post(`/flows/${flow}/deployments`, { version: body.version, environment }), 201);
}

async function promotion(flows: string): Promise<Row[]> {
  const { body } = is(await desk.get(`/environments/production/promotion?from=sandbox&flows=${flows}`), 200);
  return (body as unknown as { flows: Row[] }).flows;
}

const states = (rows: readonly Row[]): string[] => rows.map((one) => `${one.flow} ${one.state}`);

before(async () => { await world.serve(); });
after(async () => { await world.end(); });

describe("flows that go on to the next environment", () => {
  it("take along what they call, before them, and say with which rules", async () => {
    const made = is(await desk.post("/flows", { flow: "part",
      bundle: { flow: part, rules: { twice: rule(2) } } }), 201);
    await publish("part", made.etag, "sandbox");
    for (const flow of ["orders", "returns"]) {
      const own = is(await desk.post("/flows", { flow, bundle: { flow: orders(flow) } }), 201);
      await publish(flow, own.etag, "sandbox");
    }
    const rows = await promotion("orders");
    assert.deepEqual(states(rows), ["part goes", "orders goes"]);
    assert.deepEqual(rows.map((one) => [one.asked, one.needed_by]), [[false, ["orders"]], [true, []]]);
    assert.deepEqual(rows[0]?.rules, ["twice"]);
    assert.deepEqual(rows[0].faults?.filter((one) => !one.warning), []);
    assert.deepEqual((await promotion("orders,returns")).map((one) => [one.flow, one.needed_by]),
      [["part", ["orders", "returns"]], ["orders", []], ["returns", []]]);
    is(await desk.get("/environments/production/promotion?from=sandbox&flows=nothing"), 404);
    is(await desk.get("/environments/nowhere/promotion?from=sandbox&flows=orders"), 404);
    for (const row of rows)
      is(await desk.post(`/flows/${row.flow}/deployments`, { version: "1", environment: "production" }), 201);
    assert.deepEqual(states(await promotion("orders,returns")), ["part same", "orders same", "returns goes"]);
  });

  it("take along another version of what they call, and tell what is missing", async () => {
    const draft = is(await desk.get("/flows/part/draft"), 200);
    const changed = is(await desk.ask("PATCH", "/flows/part/draft",
      { patch: [{ op: "replace", path: "/rules/twice", value: rule(3) }] }, draft.etag), 200);
    await publish("part", changed.etag, "sandbox");
    const [row, next] = await promotion("returns");
    assert.deepEqual([row?.state, row?.here?.number, row?.there?.number, row?.rules], ["goes", 2, 1, ["twice"]]);
    assert.equal(next?.state, "goes");
    is(await desk.ask("DELETE", "/flows/part/deployments/sandbox"), 204);
    assert.deepEqual(states(await promotion("returns")), ["part there", "returns goes"]);
    is(await desk.ask("DELETE", "/flows/part/deployments/production"), 204);
    assert.deepEqual(states(await promotion("returns")), ["part missing", "returns goes"]);
  });
});

describe("the audit of a draft that is changed", () => {
  it("has what stood there before, and what stands there since", async () => {
    const { items } = is(await desk.get("/audit?what=draft.change&flow=part"), 200).body as unknown as
      { items: { before: object; after: object; detail: { places: string[] } }[] };
    assert.deepEqual([items[0]?.before, items[0]?.after, items[0]?.detail.places],
      [{ "/rules/twice": rule(2) }, { "/rules/twice": rule(3) }, ["/rules/twice"]]);
  });
});

describe("an environment", () => {
  it("gets another title, and is removed when nothing is in it", async () => {
    is(await desk.ask("PUT", "/environments/stage", { title: "Stage" }), 200);
    is(await desk.ask("PUT", "/environments/stage", { title: "The stage" }), 200);
    is(await desk.post("/flows/orders/deployments", { version: "1", environment: "stage" }), 201);
    assert.match(is(await desk.ask("DELETE", "/environments/stage"), 409).text, /flow orders works there/);
    is(await desk.ask("DELETE", "/flows/orders/deployments/stage"), 204);
    is(await desk.ask("PUT", "/environments/stage", { approval: true }), 200);
    is(await desk.post("/flows/orders/deployments", { version: "1", environment: "stage" }), 202);
    assert.match(is(await desk.ask("DELETE", "/environments/stage"), 409).text, /orders waits for approval there/);
    is(await desk.ask("PUT", "/environments/other", {}), 200);
    is(await desk.ask("DELETE", "/environments/other"), 204);
    is(await desk.ask("DELETE", "/environments/other"), 404);
    for (const always of ["sandbox", "production"])
      assert.match(is(await desk.ask("DELETE", `/environments/${always}`), 409).text, /always there/);
    const { items } = is(await desk.get("/audit?what=environment.remove"), 200).body as unknown as
      { items: { object: string; before: object }[] };
    assert.deepEqual(items.map((one) => one.object), ["environment/main/other"]);
    assert.ok(items[0]?.before);
  });
});
