// Every action of Cybersource against its stand-in, through the real program, by both signatures: what it gives, what
// it does to the books, and what becomes of each error of the sheet.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Cybersource, demoCustomer, demoIdentifier, openCybersource, seedCybersource,
} from "../systems/cybersource/cybersource.ts";
import { type JsonObject, isObject, scalar, writeJson } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { actionFlow, cybersourceConnection } from "./pay.ts";
import { Bench, env, num, textOf } from "./pay_bench.ts";
import { eventually, World } from "./world.ts";

let order = 0;
function payment(amount: string, change: JsonObject = {}): JsonObject {
  order += 1;
  return { code: `ORD-${order}`, customer_id: demoCustomer, amount: num(amount), currency: "USD", ...change };
}

const signatures: [string, object | undefined][] = [
  ["a JSON Web Token", undefined],
  ["an HTTP Signature", { type: "cybersource_http_signature", user: "acme_test",
    key_id: "11111111-2222-3333-4444-555555555555", secret: "shared_secret" }],
];
for (const [name, auth] of signatures)
  describe(`Cybersource with ${name}`, () => {
    let system: Cybersource;
    let standIn: StandIn;
    let bench: Bench;
    before(async () => {
      ({ system, standIn } = await openCybersource({ unknownReference: 404 }));
      seedCybersource(system);
      bench = new Bench("cybersource", cybersourceConnection(standIn.url, auth));
      await bench.start();
    });
    after(async () => {
      await bench.world.end();
      await standIn.close();
    });

    it("sells, authorizes, captures, refunds, voids, reverses, and the books balance", async () => {
      const sold = await bench.ok("sale", payment("102.21"));
      assert.deepEqual([sold.status, sold.amount], ["AUTHORIZED", "102.21"]);
      const follow = { code: "F-1", currency: "USD" };
      const reserved = await bench.ok("authorize", payment("50.00"));
      await bench.ok("increase", { ...follow, payment_id: reserved.id ?? null, amount: num("5.00") });
      const over = { ...follow, payment_id: reserved.id ?? null, amount: num("55.01") };
      assert.match(await bench.fails("capture", over), /^invalid: .*EXCEEDS_AUTH_AMOUNT/);
      assert.equal((await bench.ok("refresh_status", { payment_id: sold.id ?? null })).status, "AUTHORIZED");
      const part = await bench.ok("capture", { ...follow, payment_id: reserved.id ?? null, amount: num("30.00") });
      await bench.ok("refund_capture", { ...follow, capture_id: part.id ?? null, amount: num("5.00") });
      await bench.ok("refund_payment", { ...follow, payment_id: sold.id ?? null, amount: num("2.21") });
      const credit = await bench.ok("credit", payment("9.00"));
      await bench.ok("void", { kind: "credits", id: credit.id ?? null, code: "F-1" });
      const free = await bench.ok("authorize", payment("8.00"));
      const reverse = { ...follow, payment_id: free.id ?? null, amount: num("8.00") };
      assert.equal((await bench.ok("reverse", reverse)).status, "REVERSED");
      await bench.post("reverse", reverse);
      const lost = await bench.ok("sale", payment("6.00"));
      assert.equal((await bench.ok("void_by_reference", { reference: lost.reference ?? null })).status, "VOIDED");
      const open = await bench.ok("authorize", payment("6.00"));
      await bench.ok("reverse_by_reference", { reference: open.reference ?? null, amount: num("6.00"),
        currency: "USD" });
      assert.equal(system.books.balance(), 10221n + 3000n - 500n - 221n);
      const found = await bench.ok("find_transaction", { id: sold.id ?? null });
      assert.equal(textOf(found, "transaction", "orderInformation", "amountDetails", "totalAmount"), "102.21");
      const { items } = await bench.ok("search_transactions", { query: `clientReferenceInformation.code:${
        scalar(sold.code)} AND submitTimeUtc:[NOW/DAY-7DAYS TO NOW/DAY+1DAY}` });
      assert.ok(Array.isArray(items) && items.length === 1);
    });

    it("keeps tokens, plans and subscriptions", async () => {
      const made = await bench.ok("create_customer", { merchant_customer_id: "CUST-7" });
      const token = { customer_id: made.customer_id ?? null };
      await bench.ok("update_customer", { ...token, merchant_customer_id: "CUST-8" });
      const found = await bench.ok("find_customer", token);
      assert.equal(textOf(found, "customer", "buyerInformation", "merchantCustomerID"), "CUST-8");
      const plan = await bench.ok("create_plan", { name: "Gold", period_length: num("1"), period_unit: "M",
        cycles: num("12"), amount: num("24.95"), currency: "USD" });
      const planned = { plan_id: plan.plan_id ?? null };
      await bench.ok("update_plan", { ...planned, amount: num("29.90"), currency: "USD" });
      assert.equal((await bench.ok("deactivate_plan", planned)).status, "INACTIVE");
      assert.equal(textOf(await bench.ok("find_plan", planned), "plan", "planInformation", "status"), "INACTIVE");
      assert.match(await bench.fails("deactivate_plan", planned), /^invalid: .*is INACTIVE already/);
      assert.equal((await bench.ok("activate_plan", planned)).status, "ACTIVE");
      const kept = textOf(await bench.ok("find_plan", planned), "plan", "orderInformation", "amountDetails",
        "billingAmount");
      assert.equal(kept, "29.90");
      assert.equal(textOf(await bench.ok("find_plan", planned), "plan", "planInformation", "name"), "Gold");
      await bench.ok("list_plans");
      await bench.ok("next_plan_code");
      const subscription = { code: "SUB-1", name: "Gold", plan_id: plan.plan_id ?? null, ...token,
        start_date: "2030-12-01T00:00:00Z" };
      const opened = await bench.ok("create_subscription", subscription);
      const which = { subscription_id: opened.subscription_id ?? null };
      await bench.ok("update_subscription", { ...which, amount: num("19.90"), cycles: num("6") });
      const changed = await bench.ok("find_subscription", which);
      assert.equal(textOf(changed, "subscription", "orderInformation", "amountDetails", "billingAmount"), "19.90");
      assert.equal(textOf(changed, "subscription", "subscriptionInformation", "name"), "Gold");
      const { skipped } = await bench.ok("skip_subscription_payments", { ...which, cycles: [num("3")] });
      assert.ok(Array.isArray(skipped) && scalar(skipped[0]) === "3");
      const { payments } = await bench.ok("list_subscription_payments", { ...which, planned: num("2") });
      assert.ok(Array.isArray(payments) && payments.length === 2);
      await bench.ok("suspend_subscription", which);
      await bench.ok("activate_subscription", { ...which, missed_payments: false });
      const activated = standIn.ledger.of("subscriptions").filter((entry) => entry.did === "activate");
      assert.deepEqual(activated.map((entry) => entry.row.missed), ["false"]);
      await bench.ok("cancel_subscription", which);
      assert.match(await bench.fails("activate_subscription", which), /^invalid: .*is CANCELLED already/);
      assert.equal(textOf(await bench.ok("find_subscription", which), "subscription", "subscriptionInformation",
        "status"), "CANCELLED");
      const { items } = await bench.ok("list_subscriptions", { status: "CANCELLED" });
      assert.ok(Array.isArray(items) && items.length === 1);
      await bench.ok("delete_customer", token);
      await bench.post("delete_customer", token);
      const spare = await bench.ok("create_plan", { name: "Spare", period_length: num("1"), period_unit: "M",
        cycles: num("1"), amount: num("1.00"), currency: "USD", status: "DRAFT" });
      for (let n = 0; n < 2; n += 1) await bench.post("delete_plan", { plan_id: spare.plan_id ?? null });
      assert.equal(system.tokens.plans.size, 1);
      const paid = await bench.ok("sale", payment("24.95"));
      const followed = await bench.ok("create_follow_on_subscription", { request_id: paid.id ?? null, code: "SUB-2",
        name: "Gold", plan_id: plan.plan_id ?? null, start_date: "2030-12-01T00:00:00Z" });
      assert.equal(textOf(await bench.ok("find_subscription", { subscription_id: followed.subscription_id ?? null }),
        "subscription", "paymentInformation", "customer", "id"), demoCustomer);
    });

    it("keeps cards and addresses beside a token, and charges the one that is named", async () => {
      const token = { customer_id: demoCustomer };
      const card = { instrument_identifier_id: demoIdentifier, expiration_month: "11", expiration_year: "2032",
        card_type: "001" };
      const made = await bench.ok("create_payment_instrument", { ...token, ...card, default: true });
      const second = { ...token, payment_instrument_id: made.payment_instrument_id ?? null };
      await bench.ok("update_payment_instrument", { ...second, expiration_year: "2034" });
      const found = await bench.ok("find_payment_instrument", second);
      assert.deepEqual(["expirationMonth", "expirationYear"].map((name) =>
        textOf(found, "payment_instrument", "card", name)), ["11", "2034"]); // the month stays
      assert.equal(textOf(found, "payment_instrument", "instrumentIdentifier", "id"), demoIdentifier);
      const { items } = await bench.ok("list_payment_instruments", token);
      assert.ok(Array.isArray(items) && items.filter(isObject).filter((item) => item.default === true).length === 1);
      const named = { payment_instrument_id: made.payment_instrument_id ?? null };
      const kept = system.books.movements.get(scalar((await bench.ok("sale", payment("3.00", named))).id));
      assert.deepEqual([kept?.customer, kept?.instrument], [demoCustomer, made.payment_instrument_id]);
      for (let n = 0; n < 2; n += 1) await bench.post("delete_payment_instrument", second);
      assert.match(await bench.fails("find_payment_instrument", second), /^invalid: .*410: notAvailable: /);

      const address = await bench.ok("create_shipping_address", { ...token, ship_to: { address1: "1 Market St",
        locality: "San Francisco", country: "US" } });
      const place = { ...token, shipping_address_id: address.shipping_address_id ?? null };
      await bench.ok("update_shipping_address", { ...place, ship_to: { address1: "2 Market St" } });
      const moved = await bench.ok("find_shipping_address", place);
      assert.equal(textOf(moved, "shipping_address", "shipTo", "address1"), "2 Market St");
      assert.equal(textOf(moved, "shipping_address", "shipTo", "locality"), "San Francisco");
      const addresses = (await bench.ok("list_shipping_addresses", token)).items;
      assert.ok(Array.isArray(addresses) && addresses.length === 1);
      await bench.ok("delete_shipping_address", place);

      const loose = await bench.ok("create_standalone_instrument", card);
      const alone = { payment_instrument_id: loose.payment_instrument_id ?? null };
      await bench.ok("update_standalone_instrument", { ...alone, expiration_month: "10" });
      await bench.ok("find_standalone_instrument", alone);
      const loosePayment = { code: "LOOSE-1", amount: num("4.00"), currency: "USD", ...alone };
      assert.equal((await bench.ok("sale", loosePayment)).status, "AUTHORIZED");
      assert.match(await bench.fails("sale", { code: "NONE", amount: num("1.00"), currency: "USD" }), /customer token/);
      const identifier = { instrument_identifier_id: demoIdentifier };
      assert.match(await bench.fails("delete_instrument_identifier", identifier),
        /409: instrumentIdentifierDeletionError/);
      await bench.ok("update_instrument_identifier", { ...identifier, previous_transaction_id: "016150703802094" });
      const number = await bench.ok("find_instrument_identifier", identifier);
      assert.deepEqual([textOf(number, "instrument_identifier", "id"),
        textOf(number, "instrument_identifier", "card", "number")], [demoIdentifier, "411111XXXXXX1111"]);
      await bench.ok("delete_standalone_instrument", alone);
    });

    it("reads reports, which add up, and subscribes to events", async () => {
      const span = { start_time: "2020-01-01T00:00:00.000Z", end_time: "2100-01-01T00:00:00.000Z" };
      const { report } = await bench.ok("net_fundings", span);
      assert.ok(isObject(report) && Array.isArray(report.totalPurchases) && isObject(report.totalPurchases[0]));
      assert.equal(scalar(report.totalPurchases[0].value), "164.16");
      for (const action of ["payment_batch_summaries", "chargeback_details", "chargeback_summaries",
        "list_transaction_batches", "list_reports", "retrieval_details", "retrieval_summaries",
        "purchase_refund_details"]) await bench.ok(action, span);
      await bench.post("find_transaction_batch", { batch_id: "123456" });
      assert.match(scalar((await bench.ok("transaction_batch_details", { batch_id: "123456" })).report),
        /^TransactionId,Status\n\d{22},/);
      await bench.ok("create_report", { report_name: "Daily", fields: ["Request.RequestID"], ...span });
      const text = await bench.ok("download_report", { report_name: "Daily", report_date: "2026-11-20" });
      assert.match(scalar(text.report), /^RequestID,MerchantReferenceNumber,.*\n\d{22},ORD-/);
      const webhook = await bench.ok("create_webhook", { name: "Rejects", organization_id: "acme_test",
        product_id: "decisionManager", event_types: ["risk.profile.decision.reject"],
        url: "https://weft.example/hooks/x", health_check_url: "https://weft.example/hooks/x" });
      const events = { webhook_id: webhook.webhook_id ?? null };
      await bench.ok("set_webhook_status", { ...events, status: "ACTIVE" });
      assert.equal((await bench.ok("find_webhook", events)).status, "ACTIVE");
      const { products } = await bench.ok("list_webhook_products", { organization_id: "acme_test" });
      assert.ok(Array.isArray(products) && products.length === 1);
      await bench.ok("delete_webhook", { webhook_id: webhook.webhook_id ?? null });
      assert.equal(system.webhooks.size, 0);
    });

    it("tells what is declined or refused, by reason and text; what is held for review succeeds", async () => {
      const balance = system.books.balance();
      const cases: [string, JsonObject, RegExp][] = [
        ["sale", payment("2402.00"), /^invalid: .*201: INSUFFICIENT_FUND: Decline - Insufficient funds/],
        ["sale", payment("2401.00"), /^invalid: .*EXPIRED_CARD/],
        ["sale", payment("2481.00"), /^invalid: .*DECISION_PROFILE_REJECT/],
        ["authorize", payment("2482.00"), /^invalid: .*CONSUMER_AUTHENTICATION_REQUIRED/],
        ["sale", payment("1.00", { customer_id: "ABC" }), /^invalid: .*400: INVALID_DATA/],
        ["capture", { payment_id: "1", code: "F", amount: num("1.00"), currency: "USD" },
          /^invalid: .*404: INVALID_PAYMENT_ID/],
      ];
      for (const [action, input, text] of cases) assert.match(await bench.fails(action, input), text);
      assert.equal(system.books.balance(), balance);
      assert.equal((await bench.ok("sale", payment("2480.00"))).status, "AUTHORIZED_PENDING_REVIEW");
      assert.equal((await bench.ok("sale", payment("2490.00"))).status, "AUTHORIZED"); // the bank is there again
    });

    it("has been asked for every action", () => { bench.isWhole(); });
  });

describe("a payment of Cybersource that the search does not find", () => {
  it("is voided by its reference, and made again once the void is confirmed", { timeout: 120_000 }, async () => {
    const { system, standIn } = await openCybersource({ searchLag: 3_600_000 });
    seedCybersource(system);
    const world = new World(env);
    world.flow("sale", actionFlow({ connector: "cybersource", action: "sale", path: "sale",
      config: { reverse: true } }),
    { "connections.json": { weft: 1, connections: { pay: cybersourceConnection(standIn.url) } } });
    const server = await world.serve();
    standIn.fault({ kind: "reset_after", path: "/pts/v2/payments" });
    void fetch(server.hook("sale"), { method: "POST", body: writeJson(payment("45.00")),
      headers: { "content-type": "application/json" } }).catch(() => undefined);
    await eventually("the run succeeded", async () => (await world.runs("&status=succeeded")).length === 1, 100_000);
    assert.deepEqual(standIn.ledger.entries.map((entry) => entry.did), ["sale", "void", "sale"]);
    assert.equal(system.books.balance(), 4500n);
    const references = [...system.books.movements.values()].map((each) => each.reference);
    assert.equal(new Set(references).size, 2);
    await world.end();
    await standIn.close();
  });
});

describe("what undoes or switches, whose answer got lost", () => {
  it("is looked for, and not sent again", { timeout: 180_000 }, async (t) => {
    const { system, standIn } = await openCybersource();
    seedCybersource(system);
    const bench = new Bench("cybersource", cybersourceConnection(standIn.url));
    t.after(async () => {
      await bench.world.end();
      await standIn.close();
    });
    await bench.start();
    const [sold, reserved] = [await bench.ok("sale", payment("7.00")), await bench.ok("authorize", payment("8.00"))];
    const plan = await bench.ok("create_plan", { name: "Gold", period_length: num("1"), period_unit: "M",
      cycles: num("12"), amount: num("24.95"), currency: "USD" });
    const opened = await bench.ok("create_subscription", { code: "SUB-1", name: "Gold", plan_id: plan.plan_id ?? null,
      customer_id: demoCustomer, start_date: "2030-12-01T00:00:00Z" });
    const which = { subscription_id: opened.subscription_id ?? null };
    const [bought, held] = [await bench.ok("sale", payment("9.00")), await bench.ok("authorize", payment("6.00"))];
    for (const path of ["/voids", "/reversals", "/deactivate", "/suspend", "/captures", `${scalar(bought.id)}/refunds`,
      "/credits"]) standIn.fault({ kind: "reset_after", path });
    // Who asked may be told that it waits; what the step gives in the end stands in the run.
    const found = async (action: string, input: JsonObject): Promise<JsonObject> => {
      const { status, json } = await bench.post(action, input);
      if (status === 200) return json;
      const run = scalar(json.run);
      const shown = await eventually(`${action} ends`, async () => {
        const now = await bench.world.show(run);
        return now.status === "succeeded" ? now : undefined;
      }, 120_000);
      const output = shown.steps.find((step) => step.step === "act")?.output;
      return isObject(output) ? output : {};
    };
    const [voided, reversed, plans, suspended, ...moved] = await Promise.all([
      found("void", { kind: "payments", id: sold.id ?? null, code: "V-1" }),
      found("reverse", { payment_id: reserved.id ?? null, code: "R-1", amount: num("8.00"), currency: "USD" }),
      found("deactivate_plan", { plan_id: plan.plan_id ?? null }),
      found("suspend_subscription", which),
      ...[found("capture", { payment_id: held.id ?? null, code: held.code ?? null, amount: num("6.00"),
        currency: "USD" }),
        found("refund_payment", { payment_id: bought.id ?? null, code: "B-1", amount: num("4.00"), currency: "USD" }),
        found("credit", { code: "B-2", customer_id: demoCustomer, amount: num("1.00"), currency: "USD" })],
    ]);
    assert.deepEqual([voided.status, voided.amount, reversed.status, reversed.amount].map(String),
      ["VOIDED", "7.00", "REVERSED", "8.00"]);
    assert.deepEqual([plans.status, suspended.status], ["INACTIVE", "SUSPENDED"]);
    assert.deepEqual(moved.map((each) => system.books.movements.get(scalar(each.id))?.reference),
      moved.map((each) => each.reference));
    assert.equal(system.books.balance(), 900n + 600n - 400n - 100n);
    const did = standIn.ledger.entries.map((entry) => entry.did);
    assert.deepEqual(["void", "reverse", "deactivate", "suspend", "capture", "refund", "credit"].map((what) =>
      did.filter((each) => each === what).length), [1, 1, 1, 1, 1, 1, 1]);
    standIn.fault({ kind: "reset_before", path: "/cancel" }); // another state proves nothing
    await bench.ok("activate_subscription", which);
    void bench.post("cancel_subscription", which).catch(() => undefined);
    const doubt = await eventually("it waits for a person", async () =>
      (await bench.world.runs("&status=in_doubt"))[0], 60_000);
    assert.match(JSON.stringify(await bench.world.show(doubt.run)), /ACTIVE\W+not\W+CANCELLED/);
  });
});

describe("credentials", () => {
  it("a wrong secret halts the connection and is told apart from a system that is down", async () => {
    const { standIn } = await openCybersource();
    const world = new World({ ...env, WEFT_DEMO_CYBERSOURCE_SECRET: "d3Jvbmc=" });
    world.flow("find", { ...actionFlow({ connector: "cybersource", action: "find_transaction", path: "find" }) },
      { "connections.json": { weft: 1, connections: { pay: cybersourceConnection(standIn.url) } } });
    const server = await world.serve();
    void fetch(server.hook("find"), { method: "POST", body: '{"id":"1"}',
      headers: { "content-type": "application/json" } }).catch(() => undefined);
    const state = await eventually("the connection is halted", async () => {
      const page = await world.local("/api/v1/connections") as unknown as { items: { state: string }[] };
      return page.items.find((each) => each.state === "halted");
    });
    assert.match(JSON.stringify(state), /401/);
    await world.end();
    await standIn.close();
  });
});
