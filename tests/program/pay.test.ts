// Every action of PayTrace's connectors against its stand-in, through the real program: what it gives, what it does to
// the books, and what becomes of each error of the sheet.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type JsonObject, isObject, scalar, writeJson } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, type PayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { paySecret, paytraceConnection } from "./pay.ts";
import { Bench, num, textOf } from "./pay_bench.ts";
import { eventually } from "./world.ts";

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
    await bench.ok("check_refund", { check_transaction_id: check.check_transaction_id ?? null, amount: num("4.00") });
    await bench.ok("check_void", { check_transaction_id: other.check_transaction_id ?? null });
    assert.equal(system.books.checkBalance(), 600n);
    const held = await bench.ok("check_hold", { customer_id: "CUST-1001", amount: num("12.00") });
    assert.equal(system.books.checkBalance(), 600n);
    const fund = { check_transaction_id: held.check_transaction_id ?? null, amount: num("9.50") };
    await bench.ok("check_fund", fund);
    assert.match(await bench.fails("check_fund", fund), /^invalid: .*80: /);
    assert.equal(system.books.checkBalance(), 600n + 950n);
  });

  it("sells by an earlier transaction, and adds level 3 data with exact amounts", async () => {
    const first = await bench.ok("sale", sale("92.00"));
    const again = { transaction_id: first.transaction_id ?? null, amount: num("46.00"), invoice_id: "INV-5001" };
    const sold = await bench.ok("sale_by_transaction", again);
    const kept = system.books.transactions.get(Number(textOf(sold, "transaction_id")));
    assert.deepEqual([kept?.amount, kept?.customer], [4600n, "CUST-1001"]);
    const line = { description: "Pump", quantity: num("2"), unit_of_measure: "EA", unit_cost: num("23.00"),
      amount: num("46.00") };
    const which = { transaction_id: sold.transaction_id ?? null, tax_amount: num("3.10"), source_zip: "99201" };
    for (const brand of ["visa", "mastercard"])
      assert.equal(scalar((await bench.ok(`level3_${brand}`, { ...which, lines: [line] })).response_code), "170");
    const added = system.books.levels.get(Number(textOf(sold, "transaction_id")));
    assert.equal(writeJson(added ?? {}), '{"tax_amount":"3.10","source_address":{"zip":"99201"},"line_items":[{'
      + '"description":"Pump","quantity":2,"unit_of_measure":"EA","unit_cost":23.00,"amount":46.00}]}');
    await bench.ok("void", { transaction_id: sold.transaction_id ?? null });
    assert.match(await bench.fails("level3_visa", { ...which, lines: [line] }), /^invalid: .*58: /);
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

  it("takes neither a declined sale whose answer got lost for one, nor another's", async () => {
    const balance = system.books.balance();
    const seen = new Set<string>();
    system.books.listsAll = true; // an export of sales has what was declined
    for (const [amount, said] of [["0.29", /not that it was done/], ["0.31", /VOID\W+not\W+SALE/]] as const) {
      standIn.fault({ kind: "reset_after", path: "sale/by_customer" });
      void bench.tell("sale", sale(amount));
      const doubt = await eventually("it waits for a person", async () =>
        (await bench.world.runs("&status=in_doubt")).find((one) => !seen.has(one.run)));
      seen.add(doubt.run);
      assert.match(JSON.stringify(await bench.world.show(doubt.run)), said);
    }
    system.books.listsAll = false;
    assert.equal(system.books.balance(), balance);
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
