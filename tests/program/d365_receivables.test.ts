// Subscriptions and received payments of Dynamics 365 at work, while both stand-ins fail by lot (WEFT_SEED): a period
// is charged once and its payment entered; who cannot pay is told, asked again and suspended. What the gateway took is
// entered and pays its invoice once; what fits no invoice waits for a person.
//
// WEFT_OPERATIONS: how many subscriptions and payments there are (default 6).
import assert from "node:assert/strict";
import { it } from "node:test";
import { isObject, type JsonObject, number, Numeral, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import type { Transaction } from "../systems/paytrace/books.ts";
import type { PayTrace } from "../systems/paytrace/paytrace.ts";
import { Desk } from "./desk.ts";
import { dashboardSays, decide, mendBoth, openPairing, type Pairing, reviews, rows, settle, spoilBoth, sum,
  takeTemplate, type Task, type Truth, under } from "./pairing.ts";
import { letters } from "./sage_day.ts";
import { eventually, paytraceSecret } from "./world.ts";

const seed = Number(process.env.WEFT_SEED ?? 1);
const operations = Number(process.env.WEFT_OPERATIONS ?? 6);
const chance = 0.005; // of each of nine kinds of fault, for each request
const asked = (task: Task): boolean => task.kind === "review";
const amountOf = (n: number): bigint => BigInt(1500 + n * 113);
const dayAfter = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

const taken = (gateway: PayTrace): Transaction[] => [...gateway.books.transactions.values()]
  .filter((each) => each.kind === "SALE" && each.state === "pending");

/** What the systems did, where their answers got lost; undefined: nothing. */
function truthOf({ world, gateway, erp }: Pairing): Truth {
  return async (_flow, step, run) => {
    const shown = await world.show(run);
    if (step.endsWith("/sale")) {
      const charge = shown.steps.find((each) => each.step === step.replace(/sale$/, "charge"))?.output;
      const invoice = isObject(charge) ? charge.invoice : "";
      const sale = taken(gateway).find((each) => each.texts.invoice_id === invoice);
      return sale === undefined ? undefined : { transaction_id: number(sale.id), approved: true };
    }
    assert.equal(step, "line");
    const body = isObject(shown.input) && isObject(shown.input.body) ? shown.input.body : {};
    const line = rows(erp, "CustomerPaymentJournalLines").find((each) => each.PaymentReference === body.reference);
    return line === undefined ? undefined : { JournalBatchNumber: line.JournalBatchNumber ?? "", line };
  };
}

/** Payments, journal and gateway have the same, and each transaction stands once. */
function booksAgree({ gateway, erp }: Pairing): void {
  assert.deepEqual(rows(erp, "new_payments").map((row) => row.new_paytracetransactionid).sort(),
    taken(gateway).map((each) => String(each.id)).sort());
  assert.equal(sum(rows(erp, "new_payments"), "new_amount"), gateway.books.balance());
  assert.equal(sum(rows(erp, "CustomerPaymentJournalLines"), "CreditAmount"), gateway.books.balance());
}

it(`bills each period of a subscription once, with dunning, whatever fails (seed ${seed})`, async (t) => {
  const pairing = await openPairing(t);
  const { world, gateway, erp, paytrace, dataverse } = pairing;
  const add = (name: string, amount: string, more: JsonObject = {}): void => {
    erp.seed("new_subscriptions", { new_number: name, new_name: name, new_customerid: "CUST-1001",
      new_email: "ann@example.com", new_amount: new Numeral(amount), new_currency: "USD", new_months: number(1),
      new_period: dayAfter(0), new_nextdate: dayAfter(0), new_state: "active", new_attempt: number(0), ...more });
  };
  for (let n = 1; n <= operations; n += 1) add(`SUB-${n}`, money(amountOf(n)));
  add("POOR", "0.29");
  add("NO-CARD", "10.00", { new_customerid: "CUST-9999" });
  add("EURO", "10.00", { new_currency: "EUR" });
  add("ENDED", "10.00", { new_state: "ended" });
  for (const name of ["paytrace-recurring-billing", "dynamics365-payment-journal", "dynamics365-claim"])
    takeTemplate(world, name);
  letters(world);
  await world.serve();
  const desk = new Desk(world);
  const all = [paytrace, dataverse];
  const asks = (): number => all.reduce((total, each) => total + each.requests.length, 0);
  for (const [turn, days] of [0, 7, 14].entries()) {
    spoilBoth(pairing, chance, { seed: seed + turn });
    const enough = asks() + (turn === 0 ? 4 * operations : 3);
    for (let times = 0; times < (turn === 0 ? 2 : 1); times += 1) {
      const heard = await desk.post("/flows/paytrace-recurring-billing/start",
        { trigger: "by_hand", body: { day: dayAfter(days) } });
      assert.equal(heard.status, 202, heard.text);
    }
    await under(world, truthOf(pairing), "it is under way", () => asks() >= enough);
    if (turn === 0) gateway.expireTokens();
    mendBoth(pairing);
    await settle(world, truthOf(pairing), asked);
  }
  booksAgree(pairing);
  assert.equal(rows(erp, "new_payments").length, operations, "a period was charged twice");
  const column = (name: string, of: string): string =>
    scalar(rows(erp, "new_subscriptions").find((row) => row.new_number === name)?.[of] ?? "");
  for (let n = 1; n <= operations; n += 1) {
    assert.equal(column(`SUB-${n}`, "new_state"), "active");
    assert.ok(column(`SUB-${n}`, "new_nextdate").slice(0, 10) > dayAfter(27), "its next period has not begun");
  }
  assert.deepEqual(["POOR", "NO-CARD", "EURO", "ENDED"].map((name) => column(name, "new_state")),
    ["suspended", "suspended", "review", "ended"]);
  assert.equal((await world.runs("&flow=notice")).length, 6, "one letter for each refusal");
  const tasks = reviews(world);
  for (const { title } of tasks) assert.match(title, /^Billing of .*: \d+ subscriptions are to be looked at$/);
  assert.ok(tasks.length > 0, "nobody is told of the subscription in another currency");
  for (const { review } of tasks) decide(world, review, "seen");
  await settle(world, truthOf(pairing));
  await dashboardSays(world, { posted: money(gateway.books.balance()), not_posted: "0", failed: "0" });
});

it("counts a period that was paid, though its next one cannot be written down, and tells a person", async (t) => {
  const pairing = await openPairing(t);
  const { world, gateway, erp, dataverse } = pairing;
  for (const name of ["SUB-1", "SUB-2"])
    erp.seed("new_subscriptions", { new_number: name, new_name: name, new_customerid: "CUST-1001",
      new_amount: new Numeral("19.90"), new_currency: "USD", new_months: number(1), new_period: dayAfter(0),
      new_nextdate: dayAfter(0), new_state: "active", new_attempt: number(0) });
  for (const name of ["paytrace-recurring-billing", "dynamics365-payment-journal", "dynamics365-claim"])
    takeTemplate(world, name, name === "paytrace-recurring-billing" ? [['"parallel": 8', '"parallel": 1']] : []);
  letters(world);
  await world.serve();
  dataverse.fault({ kind: "status", method: "PATCH", path: "new_subscriptions", skip: 1, times: 1, status: 404,
    done: false }); // the first is the claim
  const { status } = await new Desk(world).post("/flows/paytrace-recurring-billing/start",
    { trigger: "by_hand", body: { day: dayAfter(0) } });
  assert.equal(status, 202);
  await settle(world, truthOf(pairing), asked);
  booksAgree(pairing);
  assert.deepEqual(rows(erp, "new_subscriptions").map((row) => row.new_state).sort(), ["active", "billing"]);
  const [task] = reviews(world);
  assert.match(task?.title ?? "", /: 1 subscriptions are to be looked at$/);
  decide(world, task?.review ?? "", "seen");
  await settle(world, truthOf(pairing));
  await dashboardSays(world, { posted: money(gateway.books.balance()), not_posted: "0", failed: "0" });
});

it("counts a sale once that a flow has charged and another one has found meanwhile", async (t) => {
  const pairing = await openPairing(t);
  const { world, gateway, erp, dataverse } = pairing;
  takeTemplate(world, "dynamics365-invoice-to-paytrace", [['"every": "1m"', '"every": "1s"'],
    ['"timeout": "1s"', '"timeout": "5s"']]);
  takeTemplate(world, "paytrace-payment-matched-to-dynamics365", [['"every": "5m"', '"every": "1s"']]);
  for (const name of ["dynamics365-payment-journal", "dynamics365-claim"]) takeTemplate(world, name);
  const [_customerid_value, _transactioncurrencyid_value] = [
    erp.seed("accounts", { accountnumber: "CUST-1001", name: "Fabrikam", creditonhold: false }),
    erp.seed("transactioncurrencies", { isocurrencycode: "USD" })];
  erp.seed("invoices", { invoicenumber: "INV-1", totalamount: new Numeral("43.21"), statecode: number(0),
    statuscode: number(4), _customerid_value, _transactioncurrencyid_value });
  // The entry of the flow that has charged it comes after five seconds, when the other one has made it.
  dataverse.fault({ kind: "silent_before", method: "PATCH", path: "new_payments" });
  await world.serve();
  await under(world, truthOf(pairing), "both have entered it", () => rows(erp, "new_payments").length > 0);
  await settle(world, truthOf(pairing));
  booksAgree(pairing);
  await dashboardSays(world, { posted: money(gateway.books.balance()), not_posted: "0", failed: "0" });
});

it(`enters what the gateway took and pays its invoices, each once, whatever fails (seed ${seed})`, async (t) => {
  const pairing = await openPairing(t);
  const { world, gateway, erp } = pairing;
  const usd = erp.seed("transactioncurrencies", { isocurrencycode: "USD" });
  const sell = (order: string, open: bigint | undefined, paid: bigint): number => {
    if (open !== undefined)
      erp.seed("invoices", { invoicenumber: order, totalamount: new Numeral(money(open)), statecode: number(0),
        statuscode: number(4), _transactioncurrencyid_value: usd });
    return gateway.books.pay("SALE", { customer: "CUST-1001", amount: paid, texts: { invoice_id: order } }).id;
  };
  for (let n = 1; n <= operations; n += 1) sell(`INV-${n}`, amountOf(n), amountOf(n));
  sell("PART", 5000n, 2000n);
  sell("MORE", 3000n, 3001n);
  sell("STRAY", undefined, 777n);
  const told = sell("TOLD", 1234n, 1234n);
  assert.throws(() => sell("POOR", undefined, 29n)); // declined
  takeTemplate(world, "paytrace-payment-matched-to-dynamics365", [['"every": "5m"', '"every": "1s"']]);
  takeTemplate(world, "dynamics365-payment-journal");
  const server = await world.serve();
  spoilBoth(pairing, chance, { seed });
  for (const id of [told, told, 900_001]) { // twice, and one that was made up
    const body = eventText({ ...paymentEvent(String(id), { orderId: "TOLD" }), amount: "12.34" });
    const answer = await fetch(server.hook("paytrace/received"), { method: "POST", body,
      headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
    assert.ok(answer.ok, await answer.text());
  }
  await under(world, truthOf(pairing), "each payment is entered or asked about", () =>
    rows(erp, "new_payments").length >= operations + 2 && reviews(world).filter(asked).length >= 2);
  mendBoth(pairing);
  await settle(world, truthOf(pairing), asked);
  const tasks = reviews(world);
  assert.deepEqual(tasks.map((each) => each.title.replace(/^Payment \d+ of /, "").slice(0, 9)).sort(),
    ["30.01 USD", "7.77 USD:"]);
  for (const { review } of tasks) decide(world, review, "account", {});
  await settle(world, truthOf(pairing), asked);
  booksAgree(pairing);
  const stands = (name: string): string => {
    const row = rows(erp, "invoices").find((each) => each.invoicenumber === name) ?? {};
    return `${scalar(row.statecode)} ${scalar(row.statuscode)}`;
  };
  for (let n = 1; n <= operations; n += 1) assert.equal(stands(`INV-${n}`), "2 100001");
  assert.deepEqual(["TOLD", "PART", "MORE"].map(stands), ["2 100001", "2 100002", "0 4"]);
  // What was told and polled, what was made up, and what was declined.
  const nothing = money(1234n + 1234n + 29n), matched = "paytrace-payment-matched-to-dynamics365";
  await dashboardSays(world, { posted: money(gateway.books.balance()), not_posted: nothing, failed: "0" }, matched);
  const before = gateway.books.balance();
  pairing.dataverse.faults.take = (method, target) => method === "PATCH" && target.includes("new_payments")
    ? { kind: "status", status: 400, done: false, hits: 1, seen: 1 } : undefined;
  sell("LATE", 4321n, 4321n);
  const failed = await eventually("the ERP refuses it", async () => (await world.runs("&status=failed"))[0]);
  await dashboardSays(world, { posted: money(before), not_posted: nothing, failed: "43.21" }, matched);
  mendBoth(pairing);
  const replay = world.command(["replay", failed.run, "--reason", "the ERP takes it now", "--data", world.data]);
  assert.equal(replay.code, 0, replay.stderr);
  await settle(world, truthOf(pairing));
  booksAgree(pairing);
  await dashboardSays(world, { posted: money(gateway.books.balance()), not_posted: nothing, failed: "0.00" }, matched);
});
