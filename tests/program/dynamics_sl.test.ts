// The connector "dynamics_sl" against ctAPI's REST side: customers and rows of views.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import { demo, type DynamicsSL, openDynamicsSL, seedSL } from "../systems/dynamics_sl/dynamics_sl.ts";
import { type JsonObject, Numeral } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { reviews, takeTemplate } from "./pairing.ts";
import { openSLWorld, type SLWorld } from "./sl_pairing.ts";
import { eventually, type RunShown, type Server, World } from "./world.ts";

let world: World;
let server: Server;
let system: DynamicsSL;
let sl: StandIn;

const retry = { attempts: 4, initial: "50ms", max: "200ms" };

async function begin(action: string, input: object, password = demo.password): Promise<string> {
  world.flow("sl", { weft: 1, name: "SL", nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "sl", verify: { type: "none" } } },
    { id: "do", type: `connector.dynamics_sl.${action}`, connection: "sl", retry, config: { input } },
  ], edges: [{ from: "hook", to: "do" }] }, { "connections.json": { weft: 1, connections: { sl: {
    connector: "dynamics_sl", settings: { server: sl.url, user: demo.user, company: demo.company },
    secrets: { password: { env: "SL_PASSWORD" } } } } } });
  server = await world.serve({ env: { SL_PASSWORD: password } });
  const answer = await fetch(server.hook("sl"), { method: "POST", body: "{}",
    headers: { "content-type": "application/json" } });
  assert.equal(answer.status, 202);
  return ((await answer.json()) as { run: string }).run;
}

async function play(action: string, input: object, password = demo.password): Promise<RunShown> {
  return world.settled(await begin(action, input, password));
}

/** A run that waits for a person. */
async function inDoubt(action: string, input: object): Promise<RunShown> {
  const run = await begin(action, input);
  await eventually("it waits for a person", async () =>
    (await world.runs("&status=in_doubt")).find((one) => one.run === run));
  return world.show(run);
}

function output(shown: RunShown): JsonObject {
  assert.equal(shown.status, "succeeded", JSON.stringify(shown));
  return shown.steps.find((one) => one.step === "do")?.output as JsonObject;
}

beforeEach(async () => {
  world = new World();
  ({ system, standIn: sl } = await openDynamicsSL());
  seedSL(system);
});
afterEach(async () => {
  await world.end();
  await sl.close();
});

const created = (): number => sl.ledger.of("customer").filter((one) => one.did === "create").length;
const fresh = { CustId: "N1", Name: "Müller & Söhne", City: "Köln" };

describe("Dynamics SL by REST", () => {
  it("adds a customer", async () => {
    assert.deepEqual(output(await play("create_customer", fresh)), { CustId: "N1", Name: "Müller & Söhne" });
    assert.equal(system.books.customers.get("N1")?.City, "Köln");
  });
  it("finds a customer that is there already", async () => {
    assert.equal(output(await play("create_customer", { CustId: "C300", Name: "Fabrikam & Co" })).CustId, "C300");
    assert.equal(created(), 0);
  });
  it("asks a person where the id is another customer's, and says so", async () => {
    const shown = await inDoubt("create_customer", { CustId: "C300", Name: "Contoso" });
    assert.match(JSON.stringify(shown), /Fabrikam & Co\W+not\W+Contoso/);
    assert.equal(created(), 0);
  });
  it("says what SL says in one word", async () => {
    const body = '{"errorMessage":"Failed","myCustomer":{"CustId":"N1"}}';
    sl.fault({ kind: "status", status: 200, body, done: false });
    const shown = await play("create_customer", fresh);
    assert.deepEqual([shown.error?.kind, created()], ["invalid", 0]);
  });
  for (const kind of ["reset_after", "half_body", "reset_before"] as const)
    it(`adds a customer once when the answer is lost (${kind})`, async () => {
      sl.fault({ kind, method: "POST" });
      assert.equal(output(await play("create_customer", fresh)).CustId, "N1");
      assert.equal(created(), 1);
    });
  it("changes a customer, and asks a view", async () => {
    output(await play("update_customer", { CustId: "C300", fields: { Terms: "10" } }));
    assert.equal(system.books.customers.get("C300")?.Terms, "10");
  });
  it("gives the rows of a view", async () => {
    const rows = output(await play("quick_query", { view: "ARDocs", filters: [
      { name: "CustId", value: "C301", comparisonType: "='='" }] })).rows as JsonObject[];
    assert.deepEqual(rows.map((row) => row.RefNbr), ["000457".padEnd(15)]);
  });
  it("says what SL says of a view that is not there", async () => {
    const shown = await play("quick_query", { view: "Nothing", filters: [] });
    assert.equal(shown.error?.kind, "invalid");
    assert.match(shown.error.text, /There is no view Nothing/);
  });
});

describe("the journal of Dynamics SL", () => {
  /** A flow that calls it, with one entry of 5.00. */
  async function enter(t: TestContext, kind: "reset_after" | "reset_before"): Promise<[SLWorld, string]> {
    const setting = await openSLWorld(t, [], {});
    takeTemplate(setting.world, "dynamics-sl-journal");
    setting.world.flow("caller", { weft: 1, name: "Caller", nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "sl", verify: { type: "none" } } },
      { id: "do", type: "branch.call", config: { flow: "dynamics-sl-journal", input: { reference: "PT-71200",
        day: "2026-11-20", description: "PayTrace 71200",
        lines: [{ account: "1010", debit: 5 }, { account: "1030", credit: 5 }] } } },
    ], edges: [{ from: "hook", to: "do" }] });
    setting.sl.fault({ kind, method: "POST", path: "journalTransactions", skip: 2 }); // the third saves it
    const started = await setting.world.serve();
    const answer = await fetch(started.hook("sl"), { method: "POST", body: "{}",
      headers: { "content-type": "application/json" } });
    return [setting, ((await answer.json()) as { run: string }).run];
  }

  it("asks the view where the answer to its save got lost, and nobody else", async (t) => {
    const [{ world, erp }, run] = await enter(t, "reset_after");
    const shown = await eventually("it is in the ledger", async () => {
      const now = await world.show(run);
      return now.status === "succeeded" ? now : undefined;
    });
    assert.deepEqual(output(shown), { journal: "000001", debits: new Numeral("5.00"), again: false });
    assert.deepEqual(erp.books.journals.map((one) => [one.batNbr, one.released]), [["000001", true]]);
    assert.deepEqual(reviews(world), []);
  });
  it("asks a person where the view does not have it", async (t) => {
    const [{ world, erp }] = await enter(t, "reset_before");
    const task = await eventually("a person is asked", () => reviews(world)[0]);
    assert.deepEqual([task.kind, task.flow], ["doubt", "dynamics-sl-journal"]);
    const called = await world.show(task.review.split("/")[0] ?? "");
    assert.match(JSON.stringify(called), /its probe did not find it/);
    assert.equal(erp.books.journals.length, 0);
  });
});
