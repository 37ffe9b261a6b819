// Events of the payment systems: notifications of Cybersource with good, bad, repeated and late signatures, and polls
// that find each transaction once.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { demoAccount, demoCustomer, openCybersource, seedCybersource } from "../systems/cybersource/cybersource.ts";
import { eventText, type Signed, signature } from "../systems/cybersource/event.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, type PayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { cybersourceConnection, paySecret, paytraceConnection } from "./pay.ts";
import { eventually, type Server, World } from "./world.ts";

const key = { keyId: demoAccount.keyId, key: Buffer.from("the key of the subscription").toString("base64") };

function eventFlow(trigger: object, dedupe?: string): object {
  return {
    weft: 1, name: "Event", ...(dedupe === undefined ? {} : { settings: { dedupe } }),
    nodes: [trigger, { id: "note", type: "transform.map", config: { fields: [
      { to: "id", from: "=trigger.body.transaction_id or trigger.body.id or trigger.body.payload[1].data.id" }] } }],
    edges: [{ from: "event", to: "note" }],
  };
}

describe("notifications of Cybersource", () => {
  let world: World;
  let server: Server;
  before(async () => {
    world = new World({ WEFT_DEMO_WEBHOOK_KEY: key.key });
    world.flow("notified", eventFlow({ id: "event", type: "trigger.cybersource.notification",
      config: { path: "cybersource/events", secret: "webhook_key" } },
    "=trigger.body.eventType .. ' ' .. trigger.body.payload[1].data.id"),
    { "connections.json": { weft: 1, connections: {}, secrets: { webhook_key: { env: "WEFT_DEMO_WEBHOOK_KEY" } } } });
    server = await world.serve();
  });
  after(() => world.end());

  async function post(text: string, sig: string): Promise<number> {
    const answer = await fetch(server.hook("cybersource/events"), { method: "POST", body: text,
      headers: { "content-type": "application/json", "v-c-signature": sig } });
    await answer.text();
    return answer.status;
  }
  const text = (id: string): string => eventText("payments.payments.updated", [{ id, status: "AUTHORIZED" }]);

  for (const signed of ["payload", "body"] as Signed[])
    it(`takes a signature over the ${signed}, once for each event`, async () => {
      const first = text(`7${signed}`);
      assert.equal(await post(first, signature(first, key, signed, Date.now())), 202);
      assert.equal(await post(first, signature(first, key, signed, Date.now() - 86_400_000)), 200);
      const again = text(`7${signed}`); // another attempt: the same payload, another trace id
      assert.notEqual(again, first);
      assert.equal(await post(again, signature(again, key, signed, Date.now())), 200);
      const other = text(`7${signed}`).replace("AUTHORIZED", "DECLINED"); // the same key, another payload
      assert.equal(await post(other, signature(other, key, signed, Date.now())), 409);
      assert.equal(await post(other, signature(other, key, signed, Date.now())), 409);
      assert.equal((await world.runs()).filter((run) => run.dedupe?.endsWith(`7${signed}`)).length, 1);
      // It is not lost: a person finds it, once, and has it executed.
      const kept = (await world.runs("&status=failed")).filter((run) => run.error?.text.includes(` 7${signed}"`));
      assert.deepEqual(kept.map((run) => run.error?.kind), ["conflict"]);
      const replay = world.command(["replay", kept[0]?.run ?? "", "--reason", "an event of its own",
        "--data", world.data]);
      assert.equal(replay.code, 0, replay.stderr);
      await eventually("it is executed", async () =>
        (await world.runs("&status=succeeded")).filter((run) => run.dedupe === `replay/${kept[0]?.run}`).length === 1);
    });

  it("refuses what is not signed with the key, and what was changed", async () => {
    const before = (await world.runs()).length;
    const good = text("8001");
    const sig = signature(good, key, "payload", 1_795_249_800_000);
    const wrong: [string, string][] = [
      [good, ""], [good, signature(good, { ...key, key: "d3Jvbmc=" }, "payload", Date.now())],
      [good.replace("AUTHORIZED", "DECLINED"), sig], [good, sig.replace("t=1795249800000", "t=1795249800001")],
      [good, sig.replace(/sig=.*/, "sig=")], [good, sig.replace(/;sig=.*/, "")],
      [good, sig.slice(0, -5)],
    ];
    for (const [body, value] of wrong) assert.equal(await post(body, value), 401, value);
    assert.equal((await world.runs()).length, before);
  });

  it("takes them in any order", async () => {
    const texts = ["9003", "9001", "9002"].map(text);
    for (const each of texts) assert.equal(await post(each, signature(each, key, "payload", Date.now())), 202);
    await eventually("three runs", async () => (await world.runs("&status=succeeded")).filter((run) =>
      run.dedupe?.includes("900")).length === 3);
  });

  it("answers the health check, an empty body, and begins no run", async () => {
    const before = (await world.runs()).length;
    const answer = await fetch(server.hook("cybersource/events"), { method: "POST" });
    assert.equal(answer.status, 200);
    assert.equal((await world.runs()).length, before);
  });
});

describe("polls", () => {
  it("find each transaction of PayTrace once, also over a kill and behind faults", async () => {
    const { system, standIn } = await openPayTrace({ password: paySecret });
    seedPayTrace(system);
    const world = new World({ WEFT_DEMO_PAY_SECRET: paySecret });
    world.flow("polled", eventFlow({ id: "event", type: "trigger.paytrace.transaction", connection: "pay",
      config: { every: "1s" } }),
    { "connections.json": { weft: 1, connections: { pay: paytraceConnection(standIn.url, "v1") } } });
    let server = await world.serve();
    sell(system, 5);
    await found(world, 5);
    standIn.fault({ kind: "half_body", path: "export" });
    standIn.fault({ kind: "expire_tokens" });
    sell(system, 3);
    await found(world, 8);
    await server.kill();
    sell(system, 2);
    server = await world.serve();
    await found(world, 10);
    await sleep(1500);
    assert.equal((await world.runs()).length, 10);
    assert.equal(await server.stop(), 0);
    await world.end();
    await standIn.close();
  });

  it("find those of PayTrace by its newer API, too", async () => {
    const { system, standIn } = await openPayTrace({ password: paySecret });
    seedPayTrace(system);
    const world = new World({ WEFT_DEMO_PAY_SECRET: paySecret });
    world.flow("polled", eventFlow({ id: "event", type: "trigger.paytrace_v3.transaction", connection: "pay",
      config: { every: "1s" } }),
    { "connections.json": { weft: 1, connections: { pay: paytraceConnection(standIn.url, "v3") } } });
    const server = await world.serve();
    sell(system, 3);
    await found(world, 3);
    assert.equal(await server.stop(), 0);
    await end(world, standIn);
  });

  it("find those of Cybersource by a search", async () => {
    const { system, standIn } = await openCybersource();
    seedCybersource(system);
    const world = new World({ WEFT_DEMO_CYBERSOURCE_SECRET: demoAccount.secret });
    world.flow("polled", eventFlow({ id: "event", type: "trigger.cybersource.transaction", connection: "pay",
      config: { every: "1s" } }),
    { "connections.json": { weft: 1, connections: { pay: cybersourceConnection(standIn.url) } } });
    const server = await world.serve();
    for (let n = 0; n < 4; n += 1)
      system.books.pay(true, { code: `P-${n}`, reference: `r${n}`, user: "", amount: 100n, currency: "USD",
        customer: demoCustomer });
    await found(world, 4);
    assert.equal(await server.stop(), 0);
    await end(world, standIn);
  });
});

function sell(system: PayTrace, times: number): void {
  for (let n = 0; n < times; n += 1)
    system.books.pay("SALE", { customer: "CUST-1001", amount: 500n, texts: { invoice_id: `I-${n}` } });
}

async function found(world: World, count: number): Promise<void> {
  await eventually(`${count} runs`, async () => (await world.runs("&status=succeeded")).length === count, 30_000);
}

async function end(world: World, standIn: StandIn): Promise<void> {
  await world.end();
  await standIn.close();
}
