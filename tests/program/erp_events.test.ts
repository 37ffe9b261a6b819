// The events of Dynamics 365 and Shopify, and a load with faults and kills after which the books are equal
// (WEFT_ERP_OPERATIONS: how many operations).
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type FaultKind } from "../systems/lib/faults.ts";
import { type JsonObject, Numeral, scalar } from "../systems/lib/json.ts";
import { delivery, eventDelivery } from "../systems/shopify/webhook.ts";
import { close, erp, eventFlow, inner, open, retry, rowKey, serve, server, setUp, shop, shopSecret,
  world } from "./erp.ts";
import { eventually } from "./world.ts";

const operations = Number(process.env.WEFT_ERP_OPERATIONS ?? 200);

async function send(path: string, given: { body: string; headers: Record<string, string> }): Promise<number> {
  const answer = await fetch(server.hook(path), { method: "POST", ...given });
  await answer.arrayBuffer();
  return answer.status;
}

async function bodies(flow: string): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (const { run } of await world.runs(`&flow=${flow}`))
    found.unshift(inner(inner((await world.show(run)).input).body));
  return found;
}

describe("events", () => {
  before(async () => {
    await open();
    const invoices = { table: "invoices", select: ["invoicenumber", "description"] };
    setUp("rows", eventFlow("trigger.dynamics365.row_changed", { every: "1s", input: invoices }));
    setUp("row", eventFlow("trigger.dynamics365.row_event", { path: "rows", secret: "row_hooks" },
      { settings: { dedupe: "=trigger.body.OperationId" } }));
    setUp("business", eventFlow("trigger.dynamics365.business_event", { path: "events-9f3c" }));
    setUp("order", eventFlow("trigger.shopify.order", { path: "orders", secret: "shop_hooks" },
      { settings: { dedupe: '=trigger.headers["x-shopify-webhook-id"]' } }));
    setUp("newer", eventFlow("trigger.shopify.event", { path: "newer", secret: "shop_hooks" },
      { settings: { dedupe: '=trigger.headers["shopify-webhook-id"]' } }));
    for (const event of ["order_transaction", "refund", "dispute", "customer"])
      setUp(event, eventFlow(`trigger.shopify.${event}`, { path: event, secret: "shop_hooks" }));
    setUp("orders", eventFlow("trigger.shopify.order_changed", { every: "1s", input: {
      since: "2020-01-01T00:00:00Z" } }));
    await serve();
  });
  after(close);

  it("of change tracking: all rows first, then each change, over a kill, nothing twice", async () => {
    const count = (n: number) => async (): Promise<boolean> => (await bodies("rows")).length >= n;
    await eventually("the rows that are there", count(3));
    const row = [...erp.system.dataverse.table("invoices").rows.values()][0];
    assert.ok(row !== undefined);
    await server.kill();
    const client = { description: "changed while nobody looked" };
    erp.system.dataverse.table("invoices").update(row, client);
    erp.system.dataverse.tracking.note("invoices", row.id, false);
    await serve();
    await eventually("the change", count(4));
    const seen = await bodies("rows");
    assert.equal(seen.length, 4);
    assert.equal(seen.at(-1)?.description, client.description);
    erp.system.dataverse.table("invoices").remove(row);
    erp.system.dataverse.tracking.note("invoices", row.id, true);
    await eventually("the deletion", count(5));
    assert.equal((await bodies("rows")).at(-1)?.reason, "deleted");
  });

  it("of Shopify: signed over the raw bytes, each delivery once, both kinds of headers", async () => {
    const payload = { id: new Numeral("5678901234567890123"), total_price: "100.10" };
    const first = delivery(shopSecret, "orders/paid", payload);
    assert.equal(await send("orders", first), 202);
    assert.ok([200, 202].includes(await send("orders", first)));
    assert.equal(await send("orders", { ...first, body: `${first.body} ` }), 401);
    assert.equal(await send("orders", delivery("another secret", "orders/paid", payload)), 401);
    assert.equal(await send("newer", eventDelivery(shopSecret, "orders/paid", payload)), 202);
    const seen = await eventually("one run", async () => {
      const all = await bodies("order");
      return all.length > 0 ? all : undefined;
    });
    assert.equal(seen.length, 1);
    assert.equal(scalar(seen[0]?.id), "5678901234567890123");
  });

  it("of Shopify's other topics: transactions, refunds, disputes, customers, each with its signature", async () => {
    for (const [event, topic] of [["order_transaction", "order_transactions/create"], ["refund", "refunds/create"],
      ["dispute", "disputes/create"], ["customer", "customers/update"]] as const) {
      const payload = { id: new Numeral("5678901234567890124") };
      assert.equal(await send(event, delivery("another secret", topic, payload)), 401, event);
      assert.equal(await send(event, delivery(shopSecret, topic, payload)), 202, event);
      await eventually(`the run of ${event}`, async () => (await bodies(event)).length === 1);
      assert.equal(scalar((await bodies(event))[0]?.id), "5678901234567890124");
    }
  });

  it("of Shopify's orders that are asked for: each one once, a change again", async () => {
    const id = shop.system.seed({ name: "#1", total_price: "1.00", updated_at: "2026-11-20T12:00:00.000Z" });
    await eventually("the order", async () => (await bodies("orders")).length === 1);
    const order = shop.system.orders.get(id);
    assert.ok(order !== undefined);
    order.updated_at = "2026-11-20T13:00:00.000Z";
    await eventually("its change", async () => (await bodies("orders")).length === 2);
  });

  it("of Dataverse's webhooks and business events: known by key, once, the test is no event", async () => {
    const body = JSON.stringify({ MessageName: "Update", OperationId: "5ed1c2a0", InputParameters: [] });
    const headers = { "content-type": "application/json", "x-weft-key": rowKey };
    assert.equal(await send("rows", { body, headers }), 202);
    assert.ok([200, 202].includes(await send("rows", { body, headers })));
    assert.equal(await send("rows", { body, headers: { ...headers, "x-weft-key": "wrong" } }), 401);
    const json = { "content-type": "application/json" };
    const test = JSON.stringify({ BusinessEventId: "BusinessEventsTestEndpointContract" });
    assert.equal(await send("events-9f3c", { body: test, headers: json }), 200);
    const event = JSON.stringify({ BusinessEventId: "CustPaymentPostedBusinessEvent", ControlNumber: 1 });
    assert.equal(await send("events-9f3c", { body: event, headers: json }), 202);
    await eventually("the runs", async () => (await bodies("row")).length === 1
      && (await bodies("business")).length === 1);
  });
});

describe(`a load of ${operations} operations with faults and kills`, () => {
  before(open);
  after(close);

  const faults: FaultKind[] = ["reset_before", "reset_after", "silent_after", "silent_before", "half_body", "throttle",
    "status", "wrong_body", "delay"];

  function loadFlow(path: string, action: string, input: object): object {
    return {
      weft: 1, name: path, settings: { dedupe: "=trigger.body.id" },
      nodes: [
        { id: "hook", type: "trigger.webhook", config: { path, verify: { type: "none" } } },
        { id: "it", type: `connector.dynamics365.${action}`, connection: "dynamics365", retry, timeout: "2s",
          config: { input } },
      ],
      edges: [{ from: "hook", to: "it" }],
    };
  }

  it("leaves the books equal: each event is one row, with its amount, and none waits for a person", async (t) => {
    const amount = "=trigger.body.amount";
    setUp("create", loadFlow("create", "create_row", { table: "annotations", row: { subject: "=trigger.body.id" } }));
    setUp("upsert", loadFlow("upsert", "create_payment",
      { transaction_id: "=trigger.body.id", amount, currency: "USD" }));
    setUp("batch", loadFlow("batch", "upsert_rows", { changes: [
      { do: "upsert", table: "new_payments", key: { new_paytracetransactionid: "=trigger.body.id .. '/1'" },
        row: { new_amount: amount } },
      { do: "upsert", table: "new_payments", key: { new_paytracetransactionid: "=trigger.body.id .. '/2'" },
        row: { new_amount: amount } }] }));
    for (let n = 0; n < operations; n += 1) { // one after the other, two good requests between them
      const kind = faults[n % faults.length] ?? "delay";
      erp.standIn.fault({ kind, path: "^/api/data", skip: 2, times: 1,
        ...(kind === "throttle" ? { seconds: 1 } : {}), ...(kind === "delay" ? { ms: 200 } : {}),
        ...(kind === "status" ? { status: 500, done: n % 2 === 0 } : {}),
        ...(kind === "wrong_body" ? { body: "{" } : {}) });
    }
    await serve();
    const paths = ["create", "upsert", "batch"] as const;
    const cents = (n: number): string => `${n}.${String(n % 100).padStart(2, "0")}`;
    for (let n = 0; n < operations; n += 1) {
      if (n > 0 && n % Math.ceil(operations / 4) === 0) {
        await server.kill();
        await serve();
      }
      const path = paths[n % 3] ?? "create";
      const body = `{"id":"E${n}","amount":${cents(n)}}`;
      assert.equal(await send(path, { body, headers: { "content-type": "application/json" } }), 202);
    }
    const ends = new Map<string, number>();
    for (const { status } of await world.atRest(60_000 + operations * 100))
      ends.set(status, (ends.get(status) ?? 0) + 1);
    assert.deepEqual([...ends], [["succeeded", operations]]);
    const payments = new Map([...erp.system.dataverse.table("new_payments").rows.values()]
      .map((row) => [scalar(row.values.new_paytracetransactionid), scalar(row.values.new_amount)]));
    const notes = [...erp.system.dataverse.table("annotations").rows.values()].map((row) => scalar(row.values.subject));
    assert.equal(new Set(notes).size, notes.length, "a row was made twice");
    for (let n = 0; n < operations; n += 1) {
      if (n % 3 === 0) assert.ok(notes.includes(`E${n}`));
      if (n % 3 === 1) assert.equal(payments.get(`E${n}`), cents(n));
      if (n % 3 === 2) assert.deepEqual([payments.get(`E${n}/1`), payments.get(`E${n}/2`)], [cents(n), cents(n)]);
    }
    assert.equal(notes.length + payments.size,
      Math.ceil(operations / 3) + Math.ceil((operations - 1) / 3) + 2 * Math.floor(operations / 3));
    const hits = erp.standIn.faults.list.filter((fault) => fault.hits > 0).length;
    assert.ok(hits >= operations / 3, `${hits} faults acted`);
    t.diagnostic(`took ${notes.length + payments.size} rows; ${hits} faults acted`);
  });
});
