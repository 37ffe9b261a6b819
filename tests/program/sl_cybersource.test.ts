// The templates of Dynamics SL and Cybersource at work, while gateway, shop and books fail by lot (WEFT_SEED): an order
// is authorized, decided on, captured as it is shipped and paid in the books; what is given back is a credit memo; a
// day is settled once, and what does not agree waits for a person.
//
// WEFT_OPERATIONS: how many orders go through (default 6).
import assert from "node:assert/strict";
import { it } from "node:test";
import { demoCustomer } from "../systems/cybersource/cybersource.ts";
import { eventText as notification, signature } from "../systems/cybersource/event.ts";
import { money } from "../systems/lib/money.ts";
import { Desk } from "./desk.ts";
import { spoil } from "./pay.ts";
import { dashboardSays, decide, mend, reviews, settle, takeTemplate, under } from "./pairing.ts";
import { amountOf, asked, chance, hooks, ofCode, open, operations, say, seed, type Setting, truthOf }
  from "./sl_cybersource.ts";
import { assertOnce, documents, moved, total } from "./sl_pairing.ts";
import type { Server } from "./world.ts";

const today = new Date().toISOString().slice(0, 10);

async function decision(server: Server, verdict: "accept" | "reject", payment: string): Promise<void> {
  const text = notification(`risk.casemanagement.decision.${verdict}`, [{ id: payment }]);
  const answer = await fetch(server.hook("cybersource/decisions"), { method: "POST", body: text,
    headers: { "content-type": "application/json", "v-c-signature": signature(text, hooks, "payload", Date.now()) } });
  assert.ok(answer.ok, await answer.text());
}

async function order(setting: Setting, server: Server): Promise<void> {
  const { world, shop, erp } = setting;
  const sent: Promise<void>[] = [];
  const add = (name: string, amount: string, more: object = {}): void => {
    erp.books.invoice("C300", `9${name.replace(/\D/g, "")}`, BigInt(amount.replace(".", "")), name);
    sent.push(say(server, "shop/orders",
      { order: name, customer: "C300", token: demoCustomer, amount, currency: "USD", ...more }));
  };
  for (let n = 1; n <= operations; n += 1) add(`ORD-${n}`, money(amountOf(n)));
  add("HELD-9001", "2480.00");
  add("HELD-9002", "2480.00");
  add("RISK-9003", "2481.00");
  add("FUNDS-9004", "2402.00");
  add("NOBODY-9005", "10.00", { customer: "C999" });
  add("EURO-9006", "10.00", { currency: "EUR" });
  add("CENTS-9007", "10.005");
  await Promise.all(sent);
  await say(server, "shop/orders", { order: "ORD-1", customer: "C300", token: demoCustomer,
    amount: money(amountOf(1)), currency: "USD" }); // once more
  const decided = new Set<string>();
  await under(world, truthOf(setting), "each order is decided on", () => {
    for (const task of reviews(world).filter(asked)) // what was found by a search has no status: a person says
      if (task.title.includes(": is it shipped?")) decide(world, task.review, "accept");
    for (const [name, verdict] of [["HELD-9001", "accept"], ["HELD-9002", "reject"]] as const) {
      const held = ofCode(setting, "payments", name);
      if (shop.status(`/orders/${name}/payment`) !== "review" || held === undefined || decided.has(name)) continue;
      decided.add(name);
      void decision(server, verdict, held.id);
    }
    return shop.told.size >= operations + 4 && reviews(world).filter(asked).length >= 3
      && decided.size === 2 && [...decided].every((name) => shop.status(`/orders/${name}/payment`) !== "review");
  });
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  const status = (name: string): string => shop.status(`/orders/${name}/payment`);
  for (let n = 1; n <= operations; n += 1) assert.equal(status(`ORD-${n}`), "authorized");
  assert.deepEqual(["HELD-9001", "HELD-9002", "RISK-9003", "FUNDS-9004"].map(status),
    ["authorized", "rejected", "declined", "declined"]);
  assert.deepEqual(reviews(world).map((each) => each.title).sort(), [
    "Order CENTS-9007 is not charged: the amount 10.005 has more digits than USD has",
    "Order EURO-9006 is not charged: the currency is EUR, but the merchant account takes USD",
    "Order NOBODY-9005: customer C999 is not found in Dynamics SL"]);
  for (const { review, title } of reviews(world)) decide(world, review, title.includes("C999") ? "refuse" : "seen");
  await settle(world, truthOf(setting), asked);
  assert.equal(setting.gateway.books.balance(), 0n, "taken before it is shipped");
}

/** One in two parts, one cancelled, all others whole: each shipment is captured, and a payment of its invoice. */
async function ship(setting: Setting, server: Server): Promise<void> {
  const { world, shop, erp, gateway } = setting;
  const shipped = (name: string, shipment: string, more: object = {}): Promise<void> =>
    say(server, "shop/order-changes", { event: "shipped", order: name, shipment,
      invoice: `9${name.replace(/\D/g, "")}`, ...more });
  await shipped("ORD-1", "S1", { amount: "10.00", currency: "USD" });
  await shipped("ORD-1", "S2");
  await say(server, "shop/order-changes", { event: "cancelled", order: "ORD-2" });
  for (let n = 3; n <= operations; n += 1) await shipped(`ORD-${n}`, "S1");
  await shipped("HELD-9001", "S1");
  await shipped("HELD-9001", "S1"); // once more
  await shipped("STRAY-9008", "S1");
  await under(world, truthOf(setting), "each shipment is booked", () =>
    documents(erp, "PA").length >= operations + 1 && shop.status("/orders/ORD-2/payment") === "cancelled");
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  const payments = documents(erp, "PA");
  assertOnce(payments);
  assert.equal(payments.length, operations + 1);
  assert.equal(total(payments), gateway.books.balance());
  assert.equal(gateway.books.balance(), Array.from({ length: operations }, (_, n) => amountOf(n + 1))
    .reduce((sum, each) => sum + each, 248000n) - amountOf(2));
  for (let n = 1; n <= operations; n += 1) if (n !== 2) assert.equal(erp.books.find("IN", `9${n}`)?.balance, 0n);
  assert.equal(ofCode(setting, "payments", "ORD-2"), undefined, "the cancelled order is still authorized");
  assert.deepEqual(reviews(world).map((each) => each.title),
    ["Order STRAY-9008 was shipped or cancelled, but it was never authorized"]);
  decide(world, reviews(world)[0]?.review ?? "", "dismiss");
}

async function giveBack(setting: Setting, server: Server): Promise<void> {
  const { world, shop, erp, gateway } = setting;
  const captures = ["ORD-3-S1", "ORD-4-S1", "ORD-5-S1"].map((code) => ofCode(setting, "captures", code));
  const [whole, part, disputed] = captures;
  assert.ok(whole !== undefined && part !== undefined && disputed !== undefined);
  const refund = (name: string, payment: string, more: object = {}): Promise<void> =>
    say(server, "shop/refunds", { refund: name, payment, currency: "USD", ...more });
  for (let times = 0; times < 2; times += 1) await refund("1", whole.id);
  await refund("2", part.id, { amount: "1.01" });
  await refund("3", part.id, { amount: "9999.00" });
  gateway.reports.chargebacks.push(
    { code: disputed.code, request: disputed.id, amount: disputed.amount, reason: "10.4" },
    { code: "GHOST", request: "7777777777777777777777", amount: 500n, reason: "10.4" });
  await under(world, truthOf(setting), "what was given back is booked", () => documents(erp, "CM").length >= 3
    && reviews(world).filter(asked).length >= 3);
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  const memos = documents(erp, "CM");
  assertOnce(memos);
  assert.deepEqual(memos.map((each) => each.amount).sort(), [101n, whole.amount, disputed.amount].sort());
  assert.equal(total(documents(erp, "PA")) - gateway.books.balance(), whole.amount + 101n);
  assert.deepEqual(["1", "2"].map((name) => shop.status(`/refunds/${name}`)), ["refunded", "refunded"]);
  const titles = reviews(world).map((each) => each.title).sort();
  assert.equal(titles.length, 3);
  assert.match(titles[0] ?? "", /^Chargeback of .* USD, reason 10\.4, of payment \d+ of C300/);
  assert.match(titles[1] ?? "", /^The refund of payment \d+ is not made: more than is left of it: 9999\.00 of/);
  assert.equal(titles[2], "a chargeback of payment 7777777777777777777777, which Dynamics SL does not have");
  for (const { review, title } of reviews(world))
    decide(world, review, title.startsWith("Charge") ? "answered" : title.startsWith("The") ? "seen" : "dismiss");
  // The shipment of an order that nobody knows has no currency.
  await dashboardSays(world, { posted: money(total(documents(erp, "PA")) - total(memos)) }, undefined, 1);
}

/** The day once, however often it is started; a sale that the books do not have is adjusted, once. */
async function payOut(setting: Setting): Promise<void> {
  const { world, erp, gateway } = setting;
  const desk = new Desk(world);
  gateway.books.pay(true, { code: "UNKNOWN-1", reference: "", user: "", amount: 1234n, currency: "USD",
    customer: demoCustomer });
  const close = async (): Promise<void> => {
    const heard = await desk.post("/flows/cybersource-settlement-to-dynamics-sl/start",
      { trigger: "by_hand", body: { day: today } });
    assert.equal(heard.status, 202, heard.text);
    await under(world, truthOf(setting), "the day is in the ledger, and asked about", () =>
      erp.books.journals.length >= 1 && reviews(world).some((each) => asked(each) > 0));
    assert.deepEqual(reviews(world).filter((each) => asked(each) > 0).map((each) => each.title),
      [`Settlement of ${today}: 1 lines do not agree, 12.34 USD`]);
    decide(world, reviews(world).find((each) => asked(each) > 0)?.review ?? "", "explained", { explanation: "By phone",
      adjustments: [{ line: "left 1", amount: "12.34", account: "4010", reason: "It was sold by phone" }] });
    await under(world, truthOf(setting), "the adjustment is in the ledger", () => moved(erp, "4010") !== 0n);
    mend(world, setting.all);
    await settle(world, truthOf(setting), asked);
  };
  setting.sl.fault({ kind: "reset_after", times: 1, skip: 6 });
  for (let times = 0; times < 2; times += 1) await close();
  assert.equal(erp.books.journals.length, 2, "the same day, or its adjustment, stands twice in the ledger");
  assert.ok(erp.books.journals.every((one) => one.released));
  assert.deepEqual(reviews(world).map((each) => each.title), []);
  const fees = moved(erp, "6110");
  const back = gateway.reports.chargebacks.reduce((sum, each) => sum + each.amount, 0n);
  assert.equal(moved(erp, "1010"), gateway.books.balance() - fees - back);
  assert.equal(moved(erp, "4010"), -1234n);
  assert.equal(-moved(erp, "1030"), total(documents(erp, "PA")), "the clearing account closes to zero");
}

it(`orders, ships, gives back and settles, each once and to the cent, whatever fails (seed ${seed})`, async (t) => {
  const setting = await open(t);
  setting.world.env.WEFT_FILES_ROOT = setting.world.folder;
  setting.erp.books.customers.set("C300", { CustId: "C300", Name: "Fabrikam" });
  takeTemplate(setting.world, "cybersource-order-to-dynamics-sl", [['"for": "10m"', '"for": "1s"']]);
  takeTemplate(setting.world, "cybersource-shipment-to-dynamics-sl");
  takeTemplate(setting.world, "cybersource-refund-to-dynamics-sl", [['"every": "1h"', '"every": "1s"']]);
  takeTemplate(setting.world, "cybersource-settlement-to-dynamics-sl");
  takeTemplate(setting.world, "dynamics-sl-journal");
  const spoilAll = (lot: number): void => {
    for (const each of setting.all) spoil(each, chance, { seed: seed + lot });
  };
  spoilAll(0);
  const server = await setting.world.serve();
  await order(setting, server);
  spoilAll(1);
  await ship(setting, server);
  spoilAll(2);
  await giveBack(setting, server);
  spoilAll(3);
  await payOut(setting);
});
