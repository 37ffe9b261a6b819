// Lookups and rules are changed while the program runs: a run keeps what it began with, and what breaks its own tests
// is not put live.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { eventually, type Server, World } from "./world.ts";

const flow = {
  weft: 1, name: "Tables",
  nodes: [
    { id: "in", type: "trigger.webhook", config: { path: "tables", respond: "result", verify: { type: "none" } } },
    { id: "pause", type: "branch.filter", config: { when: "=true" } },
    { id: "answer", type: "connector.respond", config: { body: {
      account: "=lookup('gl', trigger.body.method)", kind: "=decide('kinds', { amount = trigger.body.amount })" } } },
  ],
  edges: [{ from: "in", to: "pause" }, { from: "pause", to: "answer" }],
};
/** Asks only after a while. */
const waiting = {
  weft: 1, name: "Waits",
  nodes: [
    { id: "in", type: "trigger.webhook", config: { path: "waits", respond: "result", verify: { type: "none" } } },
    { id: "wait", type: "branch.wait", config: { for: "2s" } },
    { id: "answer", type: "connector.respond", config: { body: "=lookup('gl', 'ACH')" } },
  ],
  edges: [{ from: "in", to: "wait" }, { from: "wait", to: "answer" }],
};
const kinds = {
  inputs: [{ name: "amount", type: "number" }], outputs: ["kind"],
  rows: [{ when: ["< 100"], then: ["small"] }, { when: [">= 100"], then: ["large"] }],
};
const csv = (ach: string): string => `method,account\nACH,${ach}\n"Credit, card",1200\n`;
const tests = (ach: string): unknown => [{ name: "ACH has its account", key: "ACH", expected: ach }];

function put(world: World, ach: string, tested: string): void {
  const more = { "lookups/gl.csv": csv(ach), "lookups/gl.test.json": tests(tested), "rules/kinds.table.json": kinds };
  world.flow("tables", flow, more);
  world.flow("waits", waiting, { "lookups/gl.csv": csv(ach) });
}

async function ask(server: Server, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(server.hook(path), { method: "POST", body: JSON.stringify(body),
    headers: { "content-type": "application/json" } });
  return await answer.json();
}

describe("lookups and tables of a running program", () => {
  let world: World;
  beforeEach(() => { world = new World(); });
  afterEach(() => world.end());

  it("change at SIGHUP, for runs that begin then", async () => {
    put(world, "1300", "1300");
    const server = await world.serve();
    assert.deepEqual(await ask(server, "tables", { method: "Credit, card", amount: 99.99 }),
      { account: "1200", kind: "small" });
    assert.deepEqual(await ask(server, "tables", { method: "ACH", amount: 100 }), { account: "1300", kind: "large" });
    const before = ask(server, "waits", {});
    await eventually("it waits", () => world.command(["runs", "--data", world.data]).stdout.includes("waits"));
    put(world, "1400", "1400");
    server.signal("SIGHUP");
    const changed = '{"account":"1400","kind":"small"}';
    await eventually("the new account counts", async () =>
      JSON.stringify(await ask(server, "tables", { method: "ACH", amount: 1 })) === changed);
    assert.equal(await before, "1300");
    assert.equal(await server.stop(), 0);
  });

  it("leave as CSV, and come back as they were", () => {
    const rows = { "a,b": 1.5, c: null, d: "", e: true };
    world.flow("one", flow, { "lookups/t.json": { rows } });
    const csv = world.command(["lookup", "export", "flows/one", "t"]).stdout;
    assert.equal(csv, 'key,value\n"a,b",1.5\nc,\nd,""\ne,true\n');
    world.flow("two", flow, { "lookups/t.csv": csv });
    assert.equal(world.command(["lookup", "export", "flows/two", "t"]).stdout, csv);
    assert.equal(world.command(["lookup", "export", "flows/two", "u"]).code, 2);
  });

  it("are refused when they break their own tests; the former version goes on", async () => {
    put(world, "1300", "1300");
    const server = await world.serve();
    put(world, "1400", "1300");
    server.signal("SIGHUP");
    await eventually("the test is named", () => server.log.includes(
      'tables/lookups/gl.test.json:1:1: /0: the test "ACH has its account" fails: expected "1300", got "1400"'));
    await eventually("the refusal is logged", () => server.log.includes("tests of flow tables fail"));
    assert.deepEqual(await ask(server, "tables", { method: "ACH", amount: 1 }), { account: "1300", kind: "small" });
    assert.equal(await server.stop(), 0);
  });
});
