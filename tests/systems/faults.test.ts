// A stand-in misbehaves exactly as it is told, and its ledger holds only what was done.
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { Client, errorOf, object } from "./client.ts";
import { openDynamics365 } from "./dynamics365/dynamics365.ts";
import { scalar } from "./lib/json.ts";
import type { StandIn } from "./lib/stand_in.ts";

const api = "/api/data/v9.2";
let standIn: StandIn;
let client: Client;
let last = 0;

/** An upsert under a new key: what came back (undefined: nothing), and whether it was done. */
async function attempt(ms = 2000): Promise<{ status: number | undefined; done: boolean; text: string }> {
  const id = `F-${++last}`;
  let status: number | undefined;
  let text = "";
  try {
    const answer = await fetch(`${standIn.url}${api}/new_payments(new_paytracetransactionid='${id}')`, {
      method: "PATCH", body: '{"new_amount":1.50}', signal: AbortSignal.timeout(ms), headers: {
        authorization: `Bearer ${client.token}`, accept: "application/json", "odata-version": "4.0",
        "odata-maxversion": "4.0", "content-type": "application/json", prefer: "return=representation",
      },
    });
    text = await answer.text();
    status = answer.status;
  } catch {
    status = undefined;
  }
  const done = standIn.ledger.of("new_payments").some((entry) => entry.row.new_paytracetransactionid === id);
  return { status, done, text };
}

async function statuses(count: number): Promise<(number | undefined)[]> {
  const seen: (number | undefined)[] = [];
  while (seen.length < count) seen.push((await attempt()).status);
  return seen;
}

before(async () => {
  ({ standIn } = await openDynamics365({ control: true }));
  client = new Client(standIn.url);
  await client.signIn();
});
after(() => standIn.close());
beforeEach(() => { standIn.faults.clear(); });

describe("faults", () => {
  it("resets before or after doing it", async () => {
    standIn.fault({ kind: "reset_before" });
    assert.deepEqual(await attempt(), { status: undefined, done: false, text: "" });
    standIn.fault({ kind: "reset_after" });
    assert.deepEqual(await attempt(), { status: undefined, done: true, text: "" });
    assert.equal((await attempt()).status, 201);
  });

  it("stays silent before or after doing it", async () => {
    standIn.fault({ kind: "silent_before" });
    assert.deepEqual(await attempt(200), { status: undefined, done: false, text: "" });
    standIn.fault({ kind: "silent_after" });
    assert.deepEqual(await attempt(200), { status: undefined, done: true, text: "" });
  });

  it("answers late", async () => {
    standIn.fault({ kind: "delay", ms: 150 });
    const started = performance.now();
    assert.equal((await attempt()).status, 201);
    assert.ok(performance.now() - started >= 149);
  });

  it("answers another status after doing it, or without", async () => {
    standIn.fault({ kind: "status", status: 500 });
    const did = await attempt();
    assert.deepEqual([did.status, did.done], [500, true]);
    standIn.fault({ kind: "status", status: 503, done: false });
    const not = await attempt();
    assert.deepEqual([not.status, not.done], [503, false]);
  });

  it("sends half a body, or a wrong one", async () => {
    standIn.fault({ kind: "half_body" });
    assert.deepEqual(await attempt(), { status: undefined, done: true, text: "" });
    standIn.fault({ kind: "wrong_body", body: "<html>maintenance</html>" });
    assert.deepEqual(await attempt(), { status: 201, done: true, text: "<html>maintenance</html>" });
  });

  it("answers with what another request was answered", async () => {
    const before = await attempt();
    standIn.fault({ kind: "other_answer" });
    assert.deepEqual(await attempt(), { ...before, done: true });
  });

  it("lets a kept connection die under the next request, which is done", async (t) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => { agent.destroy(); });
    const headers = { authorization: `Bearer ${client.token}`, accept: "application/json", "odata-version": "4.0",
      "odata-maxversion": "4.0" };
    const whoAmI = (): Promise<number> => new Promise((resolve, reject) => {
      request(`${standIn.url}${api}/WhoAmI`, { agent, headers }, (answer) => {
        answer.resume().on("end", () => { resolve(answer.statusCode ?? 0); });
      }).on("error", reject).end();
    });
    standIn.fault({ kind: "reuse_death" });
    assert.equal(await whoAmI(), 200);
    await assert.rejects(whoAmI());
    assert.equal(standIn.requests.at(-1)?.fault, "reuse_death");
    assert.equal(await whoAmI(), 200);
  });

  it("throttles n requests after skipping some, only those that match", async () => {
    standIn.fault({ kind: "throttle", seconds: 7, times: 2, skip: 1, method: "PATCH", path: "^/api/data" });
    assert.equal((await client.ask("GET", `${api}/WhoAmI`)).status, 200);
    assert.deepEqual(await statuses(4), [201, 429, 429, 201]);
  });

  it("refuses connections for a time", async () => {
    standIn.fault({ kind: "refuse", ms: 150 });
    assert.deepEqual(await attempt(), { status: undefined, done: false, text: "" });
    for (let tries = 0; (await attempt()).status !== 201; tries += 1) {
      assert.ok(tries < 200, "it does not come back");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it("is told by its control end point, which explains what it does not take", async () => {
    const rules = [{ kind: "throttle", seconds: 3 }, { kind: "status", status: 500 }];
    assert.equal((await client.ask("POST", "/_fault", rules)).status, 200);
    assert.deepEqual(await statuses(3), [429, 500, 201]);
    const hits = await client.ask("GET", "/_fault");
    assert.deepEqual((hits.json as { hits: unknown }[]).map((fault) => String(fault.hits)), ["1", "1"]);
    assert.equal((await client.ask("DELETE", "/_fault")).status, 204);
    for (const [body, text] of [
      ['{"kind":"explode"}', /must be one of/], ['{"kind":"delay"}', /needs "ms"/],
      ['{"kind":"status","status":500,"tims":2}', /has no "tims"/], ["{", /JSON/],
    ] as const) {
      const got = await client.ask("POST", "/_fault", body);
      assert.equal(got.status, 400);
      assert.match(scalar(object(got.json).error), text);
    }
  });

  it("records what was asked, without the token", async () => {
    await attempt();
    const records = standIn.requests;
    const record = records.at(-1);
    assert.equal(record?.method, "PATCH");
    assert.equal(record.status, 201);
    assert.equal(record.headers.authorization, "Bearer …");
    assert.equal(JSON.stringify(records).includes(client.token), false);
  });
});

describe("without control", () => {
  it("has no fault page, but shows its ledger", async (t) => {
    const plain = await openDynamics365();
    t.after(() => plain.standIn.close());
    const other = new Client(plain.standIn.url);
    assert.equal((await other.ask("POST", "/_fault", { kind: "reset_before" })).status, 404);
    assert.deepEqual((await other.ask("GET", "/_ledger")).json, []);
    const foreign = await other.ask("GET", "/elsewhere");
    assert.equal(foreign.status, 404);
    assert.match(errorOf(foreign).message, /no such service/);
  });
});
