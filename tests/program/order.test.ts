// Runs that wait for one another: by their order, by the number that may go at once. They wait durably.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { scalar } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { openBox } from "./box.ts";
import { effectFlow, quickRetry, secrets } from "./flows.ts";
import { eventually, paytraceSecret, type Server, World } from "./world.ts";

let world: World;
let box: StandIn;
let server: Server;

beforeEach(async () => {
  world = new World();
  box = await openBox();
  const retry = { ...quickRetry, attempts: 100, max: "200ms" };
  world.flow("ordered", effectFlow({ path: "ordered", method: "PUT", url: box.url, retry,
    order_by: "=trigger.body.customerId" }), { "connections.json": secrets });
  world.flow("narrow", effectFlow({ path: "narrow", method: "PUT", url: box.url, retry, concurrency: 2 }),
    { "connections.json": secrets });
  server = await world.serve();
});
afterEach(async () => {
  await world.end();
  await box.close();
});

async function send(path: string, id: string, customerId = "CUST-1"): Promise<string> {
  const body = eventText(paymentEvent(id, { customerId }));
  const answer = await fetch(server.hook(path), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
  assert.equal(answer.status, 202);
  return (await answer.json() as { run: string }).run;
}

function done(): string[] {
  return box.ledger.entries.filter((entry) => entry.did === "create").map((entry) => scalar(entry.row.id));
}

describe("order_by", () => {
  it("does what came first first, also when that has to be tried again", async () => {
    box.fault({ kind: "status", status: 503, done: false, times: 3 });
    const runs: string[] = [];
    for (let n = 1; n <= 8; n += 1) runs.push(await send("ordered", `PT-${n}`));
    const other = await send("ordered", "PT-OTHER", "CUST-2");
    for (const run of [...runs, other]) assert.equal((await world.settled(run)).status, "succeeded");
    assert.deepEqual(done().filter((id) => id !== "PT-OTHER"), runs.map((_, n) => `PT-${n + 1}`));
  });

  it("keeps its order over a kill, and every run that waited goes on", async () => {
    await box.down();
    const runs: string[] = [];
    for (let n = 1; n <= 8; n += 1) runs.push(await send("ordered", `PT-${n}`));
    await server.kill();
    server = await world.serve();
    await box.up();
    for (const run of runs) assert.equal((await world.settled(run)).status, "succeeded");
    assert.deepEqual(done(), runs.map((_, n) => `PT-${n + 1}`));
  });

  it("a run that waited, then began, then was killed goes on", async () => {
    box.fault({ kind: "delay", ms: 150 });
    const first = await send("ordered", "PT-1");
    const second = await send("ordered", "PT-2"); // waits for the first
    box.fault({ kind: "silent_before" });
    await world.settled(first);
    await eventually("the second began", () => box.requests.length === 2);
    await server.kill();
    server = await world.serve();
    assert.equal((await world.settled(second)).status, "succeeded");
    assert.deepEqual(done(), ["PT-1", "PT-2"]);
    assert.doesNotMatch(server.log, /stays unfinished/);
  });

  it("a failed run does not hold up those behind it", async () => {
    box.fault({ kind: "status", status: 422, done: false, body: '{"error":"no"}' });
    const [first, second] = [await send("ordered", "PT-1"), await send("ordered", "PT-2")];
    assert.equal((await world.settled(first)).status, "failed");
    assert.equal((await world.settled(second)).status, "succeeded");
  });
});

describe("concurrency", () => {
  it("lets so many go at once, and all of them in the end, also over a kill", async () => {
    for (let n = 0; n < 6; n += 1) box.fault({ kind: "delay", ms: 500 });
    const runs: string[] = [];
    for (let n = 1; n <= 6; n += 1) runs.push(await send("narrow", `PT-${n}`));
    await world.settled(runs[2] ?? "");
    assert.equal(box.most, 2);
    await server.kill();
    server = await world.serve();
    for (const run of runs) assert.equal((await world.settled(run)).status, "succeeded");
    assert.equal(new Set(done()).size, 6);
    assert.equal(done().length, 6);
  });
});
