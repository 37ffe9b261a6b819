// Every action of the payment connectors against their stand-ins, through the real program: what it gives, what it
// does to the books, and what becomes of each error of the sheets.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Cybersource, demoAccount, demoCustomer, demoIdentifier, openCybersource, seedCybersource,
} from "../systems/cybersource/cybersource.ts";
import { type JsonObject, Numeral, isObject, readJson, scalar, writeJson } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, type PayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { actionFlow, cybersourceConnection, paySecret, paytraceConnection } from "./pay.ts";
import { eventually, type Server, World } from "./world.ts";

const manifests = join(import.meta.dirname, "../../nodes/connectors");
const env = { WEFT_DEMO_PAY_SECRET: paySecret, WEFT_DEMO_CYBERSOURCE_SECRET: demoAccount.secret };

function num(text: string): Numeral {
  return new Numeral(text);
}

/** A world with a flow for each action of a connector. */
class Bench {
  readonly world = new World(env);
  readonly called = new Set<string>();
  readonly actions: string[];
  readonly connector: string;
  server!: Server;

  constructor(connector: string, connection: object) {
    this.connector = connector;
    const manifest = JSON.parse(readFileSync(join(manifests, connector, "manifest.json"), "utf8")) as
      { actions: Record<string, object> };
    this.actions = Object.keys(manifest.actions);
    const more = { "connections.json": { weft: 1, connections: { pay: connection } } };
    for (const action of this.actions)
      this.world.flow(action.replaceAll("_", "-"), actionFlow({ connector, action, path: `pay/${action}`,
        retry: { attempts: 2, backoff: "fixed", initial: "50ms" } }), more);
  }

  async start(): Promise<void> {
    this.server = await this.world.serve();
  }

  async post(action: string, input: JsonObject): Promise<{ status: number; json: JsonObject }> {
    this.called.add(action);
    const answer = await fetch(this.server.hook(`pay/${action}`), { method: "POST", body: writeJson(input),
      headers: { "content-type": "application/json" } });
    const json = readJson(await answer.text());
    return { status: answer.status, json: isObject(json) ? json : { list: json } };
  }

  /** The action's output; an error fails the test with its text. */
  async ok(action: string, input: JsonObject = {}): Promise<JsonObject> {
    const { status, json } = await this.post(action, input);
    assert.equal(status, 200, `${action}: ${writeJson(json)}`);
    return json;
  }

  /** The kind and text of its failure. */
  async fails(action: string, input: JsonObject): Promise<string> {
    const { status, json } = await this.post(action, input);
    assert.notEqual(status, 200, `${action}: ${writeJson(json)}`);
    const [run] = await this.world.runs("");
    const shown = await this.world.show(run?.run ?? "");
    return `${shown.error?.kind ?? ""}: ${shown.error?.text ?? ""}`;
  }

  isWhole(): void {
    assert.deepEqual(this.actions.filter((action) => !this.called.has(action)), []);
  }
}

function textOf(json: JsonObject, ...path: string[]): string {
  let at: JsonObject = json;
  for (const name of path.slice(0, -1)) {
    const next = at[name];
    assert.ok(isObject(next), `${path.join(".")} is not in ${writeJson(json)}`);
    at = next;
  }
  return scalar(at[path.at(-1) ?? ""]);
}

function today(shift = 0): string {
  const day = new Date(Date.now() + shift * 86_400_000).toISOString();
  return `${day.slice(5, 7)}/${day.slice(8, 10)}/${day.slice(0, 4)}`;
}

function sale(amount: string, change: JsonObject = {}): JsonObject {
  return { customer_id: "CUST-1001", amount: num(amount), invoice_id: "INV-5001", search_from: today(-1),
    search_to: today(1), ...change };
}

const days = { start_date: today(-1), end_date: today(1) };
const recurrence = { customer_id: "CUST-1001", amount: num("24.95"), frequency: "3", start_date: "12/01/2030",
  total_count: num("12") };

describe("PayTrace v1", () => {
  let system: PayTrace;
  let standIn: StandIn;
  let bench: Bench;
  before(async () => {
    ({ system, standIn } = await openPayTrace({ password: paySecret }));
    seedPayTrace(system);
    bench = new Bench("paytrace", paytraceConnection(standIn.url, "v1"));
    await bench.start();
  });
  after(async () => {
    await bench.world.end();
    await standIn.close();
  });

  it("sells, authorizes, captures, voids, settles, refunds, and the books balance", async () => {
    const sold = await bench.ok("sale", sale("100.10"));
    assert.equal(textOf(sold, "approval_code"), "TAS610");
    const kept = system.books.transactions.get(Number(textOf(sold, "transaction_id")));
    assert.ok(kept);
    assert.deepEqual([kept.amount, kept.texts.external_transaction_id], [10010n, sold.reference]);
    const reserved = await bench.ok("authorize", sale("50.00"));
    await bench.ok("capture", { transaction_id: reserved.transaction_id ?? null, amount: num("40.50") });
    const wrong = await bench.ok("sale", sale("7.00"));
    await bench.ok("void", { transaction_id: wrong.transaction_id ?? null });
    await bench.ok("settle");
    await bench.ok("refund", { transaction_id: sold.transaction_id ?? null, amount: num("20.00"),
      search_from: today(-1), search_to: today(1) });
    await bench.ok("refund_customer", { customer_id: "CUST-1001", amount: num("0.60") });
    assert.equal(system.books.balance(), 10010n + 4050n - 2000n - 60n);
  });

  it("exports transactions and batches", async () => {
    const listed = await bench.ok("list_transactions", { ...days, transaction_type: "SETTLED" });
    assert.ok(Array.isArray(listed.transactions) && listed.transactions.length === 2);
    const [first] = listed.transactions;
    assert.ok(isObject(first));
    const found = await bench.ok("find_transaction", { transaction_id: first.transaction_id ?? null });
    assert.equal(textOf(found, "transaction", "amount"), "100.10");
    assert.deepEqual(await bench.ok("find_transaction", { transaction_id: num("5") }), {});
    const { batches } = await bench.ok("list_batches", days);
    assert.ok(Array.isArray(batches) && isObject(batches[0]) && scalar(batches[0].net_amount) === "140.60");
    const rows = (await bench.ok("list_batch_transactions", { batch_number: num("1") })).transactions;
    assert.ok(Array.isArray(rows) && rows.length === 2);
  });

  it("keeps customer profiles; one that is there with the same name counts as done", async () => {
    const profile = { customer_id: "NEW-1", encrypted_number: "A".repeat(344), expiration_month: "12",
      expiration_year: "2031", billing_address: { name: "Contoso" } };
    assert.equal(textOf(await bench.ok("create_customer", profile), "masked_card_number"), "xxxxxxxxxxxx1111");
    assert.equal(textOf(await bench.ok("create_customer", profile), "customer_id"), "NEW-1");
    assert.equal(standIn.ledger.of("customers").length, 1);
    await bench.ok("update_customer", { customer_id: "NEW-1", email: "ap@contoso.example" });
    const found = await bench.ok("find_customer", { customer_id: "NEW-1" });
    assert.equal(textOf(found, "customer", "email"), "ap@contoso.example");
    const all = (await bench.ok("list_customers")).customers;
    assert.ok(Array.isArray(all) && all.length === 3);
    await bench.ok("delete_customer", { customer_id: "NEW-1" });
    assert.deepEqual(await bench.ok("find_customer", { customer_id: "NEW-1" }), {});
  });

  it("schedules recurring payments, and takes bank payments", async () => {
    const made = await bench.ok("create_recurrence", recurrence);
    const id = { recurrence_id: made.recurrence_id ?? null };
    await bench.ok("update_recurrence", { ...id, amount: num("29.95") });
    const { recurrences } = await bench.ok("list_recurrences", { customer_id: "CUST-1001" });
    assert.ok(Array.isArray(recurrences) && isObject(recurrences[0]) && scalar(recurrences[0].amount) === "29.95");
    await bench.ok("last_recurring_payment", { customer_id: "CUST-1001" });
    await bench.ok("delete_recurrence", id);
    const check = await bench.ok("check_sale", { customer_id: "CUST-1001", amount: num("10.00") });
    const other = await bench.ok("check_sale", { customer_id: "CUST-1001", amount: num("11.00") });
    await bench.ok("check_refund", { check_transaction_id: check.check_transaction_id ?? null });
    await bench.ok("check_void", { check_transaction_id: other.check_transaction_id ?? null });
  });

  it("tells what is refused, by code and text, and tries none of it again", async () => {
    const before = standIn.requests.length;
    const cases: [string, JsonObject, RegExp][] = [
      ["sale", sale("0.29"), /^invalid: .*102: +EXPIRED CARD - Expired card/],
      ["sale", sale("0.31"), /^invalid: .*103: .*voided/],
      ["sale", sale("1.00", { customer_id: "NOBODY" }), /^invalid: .*30: The customer ID provided was not found/],
      ["void", { transaction_id: num("5") }, /^invalid: .*58: Please provide a valid Transaction ID/],
      ["refund", { transaction_id: (await bench.ok("sale", sale("5.00"))).transaction_id ?? null },
        /^invalid: .*817: .*has not settled/],
      ["check_void", { check_transaction_id: num("1") }, /^invalid: .*80: /],
      ["delete_customer", { customer_id: "NOBODY" }, /^invalid: .*30: /],
    ];
    for (const [action, input, text] of cases) assert.match(await bench.fails(action, input), text);
    assert.equal(standIn.requests.length - before, cases.length + 1);
  });

  it("finds a sale whose answer got lost, and takes it for its own", async () => {
    const balance = system.books.balance();
    standIn.fault({ kind: "reset_after", path: "sale/by_customer" });
    const sold = await bench.ok("sale", sale("33.00"));
    assert.equal(system.books.transactions.get(Number(textOf(sold, "transaction_id")))?.amount, 3300n);
    assert.equal(system.books.balance() - balance, 3300n);
  });

  it("signs in again when its token is no longer accepted", async () => {
    const issued = system.tokens.issued;
    standIn.fault({ kind: "expire_tokens" });
    await bench.ok("list_customers");
    assert.equal(system.tokens.issued, issued + 1);
  });

  it("waits when it is throttled", async () => {
    standIn.fault({ kind: "throttle", path: "/v1/customer/export", seconds: 1 });
    assert.ok(Array.isArray((await bench.ok("list_customers")).customers));
  });

  it("has been asked for every action", () => { bench.isWhole(); });
});

describe("PayTrace v3", () => {
  let system: PayTrace;
  let standIn: StandIn;
  let bench: Bench;
  before(async () => {
    ({ system, standIn } = await openPayTrace({ password: paySecret }));
    seedPayTrace(system);
    bench = new Bench("paytrace_v3", paytraceConnection(standIn.url, "v3"));
    await bench.start();
  });
  after(async () => {
    await bench.world.end();
    await standIn.close();
  });
  const id = (json: JsonObject): JsonObject => ({ transaction_id: scalar(json.transaction_id) });

  it("sells, authorizes, captures, adjusts, voids, refunds, and the books balance", async () => {
    const sold = await bench.ok("sale", sale("100.10"));
    const reserved = await bench.ok("authorize", sale("50.00"));
    await bench.ok("capture", { ...id(reserved), amount: num("40.50") });
    await bench.ok("adjust", { ...id(reserved), amount: num("45.00") });
    const wrong = await bench.ok("sale", sale("7.00"));
    await bench.ok("void", id(wrong));
    system.books.settle();
    await bench.ok("refund", { ...id(sold), amount: num("20.00") });
    assert.equal(system.books.balance(), 10010n + 4500n - 2000n);
    assert.equal(textOf(await bench.ok("find_transaction", id(sold)), "transaction", "amount"), "100.10");
  });

  it("exports, keeps customers and recurring payments", async () => {
    const { transactions } = await bench.ok("list_transactions", days);
    assert.ok(Array.isArray(transactions) && transactions.length === 4);
    await bench.ok("list_batches", days);
    assert.equal(textOf(await bench.ok("find_batch", { batch_number: num("1") }), "data", "net_amount"), "145.10");
    await bench.ok("list_batch_transactions", { batch_number: num("1") });
    const [first] = transactions;
    assert.ok(isObject(first));
    await bench.ok("create_customer_from_transaction", { ...id(first), customer_id: "NEW-3" });
    assert.equal(textOf(await bench.ok("find_customer", { customer_id: "NEW-3" }), "customer", "customer_id"), "NEW-3");
    await bench.ok("list_customers");
    await bench.ok("delete_customer", { customer_id: "NEW-3" });
    const made = await bench.ok("create_recurrence", recurrence);
    await bench.ok("delete_recurrence", { recurrence_id: made.recurrence_id ?? null });
    assert.equal(textOf(await bench.ok("find_user"), "user", "user_name"), "weft-api");
  });

  it("tells what is refused", async () => {
    assert.match(await bench.fails("sale", sale("0.29")), /^invalid: .*102: EXPIRED CARD - Expired card/);
    assert.match(await bench.fails("void", { transaction_id: "5" }), /^invalid: .*58: /);
  });

  it("finds a sale whose answer got lost", async () => {
    const balance = system.books.balance();
    standIn.fault({ kind: "half_body", path: "card/sale" });
    await bench.ok("sale", sale("33.00"));
    assert.equal(system.books.balance() - balance, 3300n);
  });

  it("has been asked for every action", () => { bench.isWhole(); });
});

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
      assert.deepEqual((await bench.ok("skip_subscription_payments", { ...which, cycles: [num("3")] })).skipped?.toString(),
        "3");
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
      const sold = await bench.ok("sale", payment("3.00", { payment_instrument_id: made.payment_instrument_id ?? null }));
      const kept = system.books.movements.get(scalar(sold.id));
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
