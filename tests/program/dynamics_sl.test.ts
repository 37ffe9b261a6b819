// The connector "dynamics_sl" against ctAPI's REST side: customers and rows of views.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { demo, type DynamicsSL, openDynamicsSL, seedSL } from "../systems/dynamics_sl/dynamics_sl.ts";
import type { JsonObject } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { type RunShown, type Server, World } from "./world.ts";

let world: World;
let server: Server;
let system: DynamicsSL;
let sl: StandIn;

const retry = { attempts: 4, initial: "50ms", max: "200ms" };

async function play(action: string, input: object, password = demo.password): Promise<RunShown> {
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
  return world.settled(((await answer.json()) as { run: string }).run);
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
