// The templates of Dynamics 365 and PayTrace at work, while the stand-ins fail by lot (WEFT_SEED) and the program is
// killed once: each invoice is scored, and what the rules hold waits for a person; what was charged is entered, stands
// in the payment journal and pays its invoice; what was given back is entered as a credit, and a chargeback opens a
// case: each once and to the cent. What cannot be done is told. What nobody can know waits for a person, who looks into
// the systems' books here.
//
// WEFT_OPERATIONS: how many invoices there are (default 12).
import assert from "node:assert/strict";
import { it } from "node:test";
import { type Json, type JsonObject, isObject, number, Numeral, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { type AzureMl, keys, openAzureMl } from "../systems/azure_ml/azure_ml.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { spoil } from "./pay.ts";
import { dashboardSays, decide, mend, openPairing, type Pairing, reviews, rows, settle, sum, takeTemplate, type Task,
  under } from "./pairing.ts";
import { eventually, paytraceSecret, type RunShown, type Server } from "./world.ts";

const seed = Number(process.env.WEFT_SEED ?? 1);
const chance = 0.005; // of each of nine kinds of fault, for each request
const invoices = Number(process.env.WEFT_OPERATIONS ?? 12);

interface Setting extends Pairing {
  model: AzureMl;
  all: StandIn[];
}

const asked = (task: Task): boolean => task.kind === "review";

function seedInvoices({ erp }: Pairing): void {
  const accounts = ["CUST-1001", "CUST-1002", "CUST-9999"].map((accountnumber) => erp.seed("accounts", { accountnumber,
    name: accountnumber, creditonhold: false }));
  const [usd = "", eur = ""] = ["USD", "EUR"].map((isocurrencycode) =>
    erp.seed("transactioncurrencies", { isocurrencycode }));
  const add = (name: string, amount: string, more: JsonObject = {}): void => {
    erp.seed("invoices", { invoicenumber: name, totalamount: new Numeral(amount), statecode: number(0),
      statuscode: number(4), _customerid_value: accounts[0] ?? "", _transactioncurrencyid_value: usd, ...more });
  };
  for (let n = 1; n <= invoices; n += 1)
    add(`INV-${n}`, money(BigInt(1000 + n * 137)), { _customerid_value: accounts[n % 2] ?? "" });
  add("DECLINED", "0.29");
  add("EURO", "50.00", { _transactioncurrencyid_value: eur });
  add("HALF-CENT", "10.005");
  add("NO-CARD", "10.00", { _customerid_value: accounts[2] ?? "" });
  add("NEW", "10.00", { statuscode: number(1) });
  for (const [name, amount] of [["HIGH", "900.00"], ["KEPT", "950.00"]] as const) add(name, amount);
}

function output(shown: RunShown, step: string): JsonObject {
  const found = shown.steps.find((each) => each.step === step)?.output;
  return isObject(found) ? found : {};
}

/** What the systems did, where their answers got lost; undefined: nothing. */
function truthOf(pairing: Pairing): Parameters<typeof settle>[1] {
  return async (_flow, step, run) => {
    const shown = await pairing.world.show(run);
    const books = [...pairing.gateway.books.transactions.values()];
    const found = (transaction: { id: number } | undefined, more: JsonObject = {}): JsonObject | undefined =>
      transaction === undefined ? undefined : { transaction_id: number(transaction.id), ...more };
    if (step === "sale")
      return found(books.find((each) => each.kind === "SALE" && each.state === "pending"
        && each.texts.invoice_id === output(shown, "charge").invoice), { approved: true });
    if (step === "refund")
      return found(books.find((each) => each.kind === "REFUND" && each.of === Number(output(shown, "plan").original)));
    assert.equal(step, "line");
    const body = isObject(shown.input) && isObject(shown.input.body) ? shown.input.body : {};
    const line = rows(pairing.erp, "CustomerPaymentJournalLines")
      .find((each) => each.PaymentReference === body.reference);
    return line === undefined ? undefined : { JournalBatchNumber: line.JournalBatchNumber ?? "", line };
  };
}

function columnOf({ erp }: Pairing, invoice: string, column: string): Json {
  return rows(erp, "invoices").find((row) => row.invoicenumber === invoice)?.[column] ?? "";
}

function sold(gateway: Pairing["gateway"]): string[] {
  return [...gateway.books.transactions.values()].filter((each) => each.state === "pending")
    .map((each) => scalar(each.texts.invoice_id));
}

async function charge(setting: Setting, first: Server): Promise<Server> {
  const { world, gateway, erp, all } = setting;
  const taken = (): number => rows(erp, "invoices")
    .filter((row) => scalar(row.new_paymentstatus ?? "") !== "").length;
  await eventually("some invoices are taken up", () => taken() >= 2, 60_000);
  await first.kill();
  const server = await world.serve();
  await under(world, truthOf(setting), "each invoice is taken up", () => taken() >= invoices + 4
    && reviews(world).filter(asked).length >= 2);
  gateway.expireTokens();
  mend(world, all);
  await settle(world, truthOf(setting), asked);
  assert.deepEqual(sold(gateway).sort(), Array.from({ length: invoices }, (_, n) => `INV-${n + 1}`).sort(),
    "charged twice, or though it is held");
  assert.equal(sum(rows(erp, "new_payments"), "new_amount"), gateway.books.balance());
  assert.equal(sum(rows(erp, "CustomerPaymentJournalLines"), "CreditAmount"), gateway.books.balance());
  for (let n = 1; n <= invoices; n += 1) assert.equal(columnOf(setting, `INV-${n}`, "new_paymentstatus"), "paid");
  assert.deepEqual(["DECLINED", "EURO", "HALF-CENT", "NO-CARD", "NEW", "HIGH", "KEPT"]
    .map((name) => columnOf(setting, name, "new_paymentstatus")),
  ["expired", "review", "review", "no_card", "", "", ""]);
  assert.equal(rows(erp, "tasks").length, 4);
  return server;
}

/** A score holds what the rules say, until somebody has looked; without one a small amount is charged all the same. */
async function release(setting: Setting): Promise<void> {
  const { world, gateway, erp, model, all } = setting;
  assert.deepEqual(["INV-1", "HIGH"].map((name) => Number(scalar(columnOf(setting, name, "new_riskscore")))),
    [0.0114, 0.9], "the score is not what the model says");
  model.mode = "model_broken";
  const [like] = rows(erp, "invoices");
  for (const [invoicenumber, amount] of [["BLIND-1", "400.00"], ["BLIND-2", "600.00"]] as const) {
    const id = erp.seed("invoices", { invoicenumber, totalamount: new Numeral(amount), statecode: number(0),
      statuscode: number(4), _customerid_value: like?._customerid_value ?? "",
      _transactioncurrencyid_value: like?._transactioncurrencyid_value ?? "" });
    const row = erp.dataverse.table("invoices").find(id);
    if (row !== undefined) erp.change("invoices", row, {});
  }
  await under(world, truthOf(setting), "what has no score is charged or held", () =>
    columnOf(setting, "BLIND-1", "new_paymentstatus") === "paid" && reviews(world).filter(asked).length >= 3);
  const tasks = reviews(world).filter(asked);
  assert.deepEqual(tasks.map((each) => each.title.replace(/ \(.*\)$/, "")).sort(), [
    "Invoice BLIND-2 of 600.00 is held: no score",
    "Invoice HIGH of 900.00 is held: the score is 0.8 or more",
    "Invoice KEPT of 950.00 is held: the score is 0.8 or more"]);
  for (const { review, title } of tasks) decide(world, review, title.includes("KEPT") ? "keep" : "release");
  await under(world, truthOf(setting), "what is released is charged", () => rows(erp, "incidents").length >= 1
    && ["HIGH", "BLIND-2"].every((name) => columnOf(setting, name, "new_paymentstatus") === "paid"));
  mend(world, all);
  await settle(world, truthOf(setting));
  assert.deepEqual(sold(gateway).slice(invoices).sort(), ["BLIND-1", "BLIND-2", "HIGH"]);
  assert.equal(columnOf(setting, "KEPT", "new_paymenthold"), true);
  assert.deepEqual(rows(erp, "incidents").map((row) => row.title), ["Invoice KEPT is held"]);
  assert.equal(sum(rows(erp, "new_payments"), "new_amount"), gateway.books.balance());
  assert.equal(sum(rows(erp, "CustomerPaymentJournalLines"), "CreditAmount"), gateway.books.balance());
}

async function tell(server: Server, event: object, transactionId: string): Promise<void> {
  const body = eventText({ ...paymentEvent(transactionId, { transactionType: "Chargeback" }), ...event });
  const answer = await fetch(server.hook("paytrace/reversals"), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
  assert.ok(answer.ok, await answer.text());
}

async function giveBack(setting: Setting, server: Server): Promise<void> {
  const { world, gateway, erp, all } = setting;
  gateway.books.settle();
  const table = erp.dataverse.table("new_payments");
  const payments = [...table.rows.values()];
  const [whole, part, over, disputed] = payments;
  assert.ok(whole !== undefined && part !== undefined && over !== undefined && disputed !== undefined);
  for (const [row, amount] of [[whole, undefined], [part, "1.01"], [over, "9999.00"]] as const) {
    const wanted: JsonObject = { new_refundrequest: "refund" };
    if (amount !== undefined) wanted.new_refundamount = new Numeral(amount);
    erp.change("new_payments", row, wanted);
  }
  const original = scalar(disputed.values.new_paytracetransactionid);
  const amount = scalar(disputed.values.new_amount);
  for (let times = 0; times < 2; times += 1)
    await tell(server, { originalTransactionId: original, amount }, "900001");
  await tell(server, { originalTransactionId: "1", amount: "5.00" }, "900002");
  await eventually("each request is taken up", () => [whole, part, over]
    .every((row) => row.values.new_refundrequest !== "refund"), 60_000);
  mend(world, all);
  await settle(world, truthOf(setting), asked);
  const refunds = [...gateway.books.transactions.values()].filter((each) => each.kind === "REFUND");
  assert.equal(refunds.length, 2);
  const debits = rows(erp, "new_payments").filter((row) => row.new_direction === "debit");
  const back = refunds.reduce((total, each) => total + each.amount, 0n) + sum([disputed.values], "new_amount");
  assert.equal(debits.length, 3);
  assert.equal(sum(debits, "new_amount"), back);
  assert.equal(sum(rows(erp, "CustomerPaymentJournalLines"), "DebitAmount"), back);
  assert.deepEqual([whole, part, over].map((row) => row.values.new_refundrequest), ["refunded", "refunded", "review"]);
  assert.equal(rows(erp, "incidents").length, 2);
  assert.equal(rows(erp, "tasks").length, 5);
  assert.equal(rows(erp, "accounts").filter((row) => row.creditonhold === true).length, 1);
  assert.deepEqual(reviews(world).map((each) => each.title),
    ["A chargeback of payment 1, which the ERP does not have"]);
  const credits = rows(erp, "new_payments").filter((row) => row.new_direction === "credit");
  await dashboardSays(world, { posted: money(sum(credits, "new_amount") - back), not_posted: "0", failed: "0" });
}

it(`scores, charges and gives back, each once and to the cent, whatever fails (seed ${seed})`, async (t) => {
  const pairing = await openPairing(t);
  const { system: model, standIn: endpoint } = await openAzureMl();
  t.after(() => endpoint.close());
  const setting = { ...pairing, model, all: [pairing.paytrace, pairing.dataverse, endpoint] };
  Object.assign(pairing.world.env, { WEFT_DEMO_ML_URL: endpoint.url, WEFT_DEMO_ML_KEY: keys[0] });
  seedInvoices(pairing);
  const often: [string, string] = ['"every": "1m"', '"every": "1s"'];
  takeTemplate(pairing.world, "dynamics365-invoice-to-paytrace",
    [often, ['"wait_for_score": false', '"wait_for_score": true']]);
  takeTemplate(pairing.world, "azure-ml-score-to-dynamics365",
    [often, ['"initial": "2s", "max": "1m"', '"initial": "20ms", "max": "200ms"'],
      ['"timeout": "30s"', '"timeout": "1s"']]);
  takeTemplate(pairing.world, "paytrace-reversal-to-dynamics365", [often]);
  takeTemplate(pairing.world, "dynamics365-payment-journal");
  takeTemplate(pairing.world, "dynamics365-claim");
  const spoilAll = (lot: number): void => {
    for (const each of setting.all) spoil(each, chance, { seed: seed + lot });
  };
  spoilAll(0);
  const server = await charge(setting, await pairing.world.serve());
  spoilAll(1);
  await release(setting);
  spoilAll(2);
  await giveBack(setting, server);
});
