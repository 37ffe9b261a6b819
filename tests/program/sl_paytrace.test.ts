// The templates of Dynamics SL and PayTrace at work, while the gateway, the shop and the books fail by lot (WEFT_SEED):
// what was taken is entered and pays its invoice, what was given back is a credit memo, what was paid out stands in the
// general ledger: each once and to the cent. What does not join, or does not agree, waits for a person, and what the
// person adjusts is entered.
//
// WEFT_OPERATIONS: how many payments fit (default 8).
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { periodOf } from "../systems/dynamics_sl/books.ts";
import { money } from "../systems/lib/money.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { eventText, type PaymentEvent, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { openPayTrace, type PayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { openShopify, type Shopify } from "../systems/shopify/shopify.ts";
import { paySecret, spoil } from "./pay.ts";
import { dashboardSays, decide, mend, reviews, settle, takeTemplate, type Truth, under } from "./pairing.ts";
import { assertOnce, documentOf, documents, journalOf, moved, openSLWorld, type SLWorld, total } from "./sl_pairing.ts";
import { paytraceSecret, type Server } from "./world.ts";

const seed = Number(process.env.WEFT_SEED ?? 1);
const operations = Number(process.env.WEFT_OPERATIONS ?? 8);
const chance = 0.005; // of each of nine kinds of fault, for each request
const shopSecret = "canary-shop-secret-51b7";

interface Setting extends SLWorld {
  gateway: PayTrace;
  shop: Shopify;
  all: StandIn[];
}

async function open(t: TestContext): Promise<Setting> {
  const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
  const { system: shop, standIn: store } = await openShopify({ clientId: "5f0e6f2a8f534a7e",
    clientSecret: shopSecret });
  seedPayTrace(gateway);
  const sl = await openSLWorld(t, [paytrace, store], { WEFT_DEMO_PAYTRACE_URL: paytrace.url,
    WEFT_DEMO_PAYTRACE_PASSWORD: paySecret, WEFT_DEMO_SHOPIFY_URL: store.url, WEFT_DEMO_SHOPIFY_SECRET: shopSecret });
  const often = (every: string): [string, string][] => [[`"every": "${every}"`, '"every": "1s"']];
  takeTemplate(sl.world, "shopify-paytrace-to-dynamics-sl", often("5m"));
  takeTemplate(sl.world, "paytrace-reversal-to-dynamics-sl", often("15m"));
  takeTemplate(sl.world, "paytrace-batch-to-dynamics-sl", often("30m"));
  takeTemplate(sl.world, "dynamics-sl-receivable");
  takeTemplate(sl.world, "dynamics-sl-journal");
  return { ...sl, gateway, shop, all: [sl.sl, paytrace, store] };
}

const amountOf = (n: number): bigint => BigInt(1000 + n * 137);

/** Orders with invoices, and their payments; one of each that does not fit. */
function sell({ gateway, shop, erp }: Setting): void {
  for (const id of ["C300", "CARDSALES"]) erp.books.customers.set(id, { CustId: id, Name: id });
  const order = (name: string, amount: bigint, paid: bigint, invoice = true): void => {
    shop.seed({ name: `#${name}`, total_price: money(amount), financial_status: "paid" });
    if (invoice) erp.books.invoice("C300", name.padStart(6, "0"), amount, `#${name}`);
    gateway.books.pay("SALE", { customer: "CUST-1001", amount: paid, texts: { invoice_id: name } });
  };
  for (let n = 1; n <= operations; n += 1) order(String(1000 + n), amountOf(n), amountOf(n));
  order("2001", 10000n, 2500n); // a part of it
  order("2002", 5000n, 6000n); // more than the order
  order("2003", 700n, 700n, false); // without an invoice
  gateway.books.pay("SALE", { customer: "CUST-1001", amount: 999n, texts: { invoice_id: "7777" } }); // without an order
  assert.throws(() => gateway.books.pay("SALE", { customer: "CUST-1001", amount: 29n, texts: { invoice_id: "1001" } }));
}

/** What the systems did, where their answers got lost. */
function truthOf(setting: Setting): Truth {
  return async (flow, step, run) => {
    if (flow === "dynamics-sl-receivable") return documentOf(setting, run, step);
    assert.match(`${flow} ${step}`, /^dynamics-sl-journal .*\/gl_add$/);
    return journalOf(setting, run);
  };
}

const asked = (task: { kind: string }): boolean => task.kind === "review";

async function charge(setting: Setting): Promise<void> {
  const { world, erp, gateway } = setting;
  const sales = [...gateway.books.transactions.values()].filter((each) => each.state === "pending");
  await under(world, truthOf(setting), "each payment is entered or asked about", () =>
    documents(erp, "PA").length >= operations + 1 && reviews(world).filter(asked).length >= 3);
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  const tasks = reviews(world);
  assert.deepEqual(tasks.map((each) => each.title.replace(/^Payment \d+ of /, "")).sort(),
    ["60.00 USD: order #2002 has a total of 50.00", "7.00 USD: SL has no invoice for #2003",
      "9.99 USD: the shop has no order #7777"]);
  for (const { review, title } of tasks)
    if (title.includes("#2002")) decide(world, review, "apply", { invoice: "002002" });
    else decide(world, review, "account", { customer: "CARDSALES" });
  await settle(world, truthOf(setting), asked);
  const payments = documents(erp, "PA");
  assertOnce(payments);
  assert.deepEqual(payments.map((each) => each.user1).sort(), sales.map((each) => String(each.id)).sort());
  assert.equal(total(payments), gateway.books.balance());
  for (let n = 1; n <= operations; n += 1) assert.equal(erp.books.find("IN", `00${1000 + n}`)?.balance, 0n);
  assert.equal(erp.books.find("IN", "002001")?.balance, 7500n);
  assert.equal(erp.books.find("IN", "002002")?.balance, 5000n, "a payment that is too large is left on account");
}

async function tell(server: Server, transactionId: string, change: Partial<PaymentEvent>,
  originalTransactionId: string): Promise<void> {
  const event = { ...paymentEvent(transactionId, change), originalTransactionId };
  const body = eventText(event);
  const answer = await fetch(server.hook("paytrace/reversals-sl"), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
  assert.ok(answer.ok, await answer.text());
}

async function giveBack(setting: Setting, server: Server): Promise<void> {
  const { world, erp, gateway } = setting;
  const sales = [...gateway.books.transactions.values()].filter((each) => each.state === "settled");
  gateway.expireTokens();
  const [whole, part] = sales;
  assert.ok(whole !== undefined && part !== undefined);
  gateway.books.refund(whole.id, undefined, { invoice_id: whole.texts.invoice_id ?? "" });
  gateway.books.refund(part.id, 101n, { invoice_id: part.texts.invoice_id ?? "" });
  for (let times = 0; times < 2; times += 1)
    await tell(server, "900002", { transactionType: "Chargeback", amount: "5.00" }, "1");
  await under(world, truthOf(setting), "what was given back is entered", () => documents(erp, "CM").length >= 2
    && reviews(world).some((each) => each.title.startsWith("Chargeback")));
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  const memos = documents(erp, "CM");
  assertOnce(memos);
  assert.equal(total(memos), whole.amount + 101n);
  assert.deepEqual(reviews(world).map((each) => each.title),
    ["Chargeback 900002 of 5.00 USD: SL has no payment for it"]);
  await dashboardSays(world, { posted: money(received(erp) - total(memos)) });
}

const received = (erp: SLWorld["erp"]): bigint => total(documents(erp, "PA")) - total(documents(erp, "RP"));

/** A sale that is voided before it is settled: told and polled, it is one task; a person takes it back in SL. */
async function takeBack(setting: Setting, server: Server): Promise<void> {
  const { world, erp, gateway } = setting;
  const sale = [...gateway.books.transactions.values()].find((each) => each.texts.invoice_id === "2001");
  const payment = documents(erp, "PA").find((each) => each.user1 === String(sale?.id));
  assert.ok(sale !== undefined && payment !== undefined);
  gateway.books.void(sale.id);
  await tell(server, String(sale.id), { transactionType: "Sale", status: "Voided", amount: money(sale.amount),
    orderId: "2001" }, "");
  await under(world, truthOf(setting), "the void is asked about", () => reviews(world).some(asked));
  await settle(world, truthOf(setting), asked);
  const tasks = reviews(world);
  assert.deepEqual(tasks.map((each) => each.title), [`Void ${sale.id} of 25.00 USD, order #2001`]);
  erp.books.reverse(payment.refNbr);
  for (const { review } of tasks) decide(world, review, "done", { explanation: "Taken back in SL" });
  await settle(world, truthOf(setting), asked);
  assert.deepEqual(reviews(world), [], "asked twice about one void");
  assert.equal(received(erp), gateway.books.balance());
  await dashboardSays(world, { posted: money(received(erp)) });
}

/** Each batch is in the ledger once, as the money moved. One whose lines SL has otherwise is asked about first. */
async function payOut(setting: Setting): Promise<void> {
  const { world, erp, gateway } = setting;
  gateway.books.settle();
  await under(world, truthOf(setting), "the batch is in the ledger", () => erp.books.journals.length >= 2);
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  assert.equal(erp.books.journals.length, gateway.books.batches.length);
  assert.ok(erp.books.journals.every((one) => one.released));
  assert.equal(moved(erp, "1010"), gateway.books.balance());
  assert.equal(moved(erp, "1030"), -received(erp));
  assert.equal(moved(erp, "2390"), total(documents(erp, "CM")));
  const paid = gateway.books.pay("SALE", { customer: "CUST-1001", amount: 4321n, texts: { invoice_id: "3001" } });
  erp.books.invoice("C300", "003001", 4321n, "#3001");
  erp.books.pay({ custId: "C300", amount: 4320n, bankAcct: "1030", perPost: periodOf(), user1: String(paid.id),
    order: "#3001", invoices: [{ refNbr: "003001", amount: 4320n }] });
  gateway.books.settle();
  await under(world, truthOf(setting), "the batch is asked about", () => reviews(world).length >= 2);
  await settle(world, truthOf(setting), asked);
  const [task] = reviews(world).filter((each) => each.title.startsWith("Batch"));
  assert.ok(task !== undefined && /^Batch PT\d+: 1 lines do not agree/.test(task.title), task?.title);
  assert.equal(erp.books.journals.length, 2, "entered before somebody has explained it");
  spoil(setting.sl, chance, { seed: seed + 3 });
  setting.sl.fault({ kind: "reset_after", times: 1, skip: 4 });
  decide(world, task.review, "enter", { explanation: "One cent was left open", adjustments: [
    { line: "left 1", amount: "0.01", account: "4010-0000", reason: "The cent that was left open" }] });
  await under(world, truthOf(setting), "the batch and its adjustment are in the ledger", () =>
    erp.books.journals.filter((one) => one.released).length >= 4);
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  assert.equal(erp.books.journals.length, 4, "a journal too many");
  assert.equal(moved(erp, "1010"), gateway.books.balance());
  assert.equal(moved(erp, "4010"), -1n);
  assert.equal(moved(erp, "1030"), -received(erp), "the clearing account closes to zero");
}

it(`sells, gives back and pays out, each once and to the cent, whatever fails (seed ${seed})`, async (t) => {
  const setting = await open(t);
  sell(setting);
  const spoilAll = (lot: number): void => {
    for (const each of setting.all) spoil(each, chance, { seed: seed + lot });
  };
  spoilAll(0);
  const server = await setting.world.serve({ env: { WEFT_FILES_ROOT: setting.world.folder } });
  await charge(setting);
  await takeBack(setting, server);
  spoilAll(1);
  setting.gateway.books.settle();
  await giveBack(setting, server);
  spoilAll(2);
  await payOut(setting);
});
