// The templates of Dynamics 365 and PayTrace at work, while both stand-ins fail by lot (WEFT_SEED): what was charged is
// entered, stands in the payment journal and pays its invoice; what was given back is entered as a credit, and a
// chargeback opens a case: each once and to the cent. What cannot be done is told. What nobody can know waits for a
// person, who looks into the systems' books here.
//
// WEFT_OPERATIONS: how many invoices there are (default 12).
import assert from "node:assert/strict";
import { it } from "node:test";
import { type Json, type JsonObject, isObject, number, Numeral, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { mendBoth, openPairing, type Pairing, reviews, rows, settle, spoilBoth, sum, takeTemplate } from "./pairing.ts";
import { eventually, paytraceSecret, type RunShown, type Server } from "./world.ts";

const seed = Number(process.env.WEFT_SEED ?? 1);
const chance = 0.005; // of each of nine kinds of fault, for each request
const invoices = Number(process.env.WEFT_OPERATIONS ?? 12);

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

async function charge(pairing: Pairing): Promise<void> {
  const { world, gateway, erp } = pairing;
  await eventually("each invoice is taken up", () => rows(erp, "invoices")
    .filter((row) => scalar(row.new_paymentstatus ?? "") !== "").length >= invoices, 60_000);
  gateway.expireTokens();
  mendBoth(pairing);
  await settle(world, truthOf(pairing));
  const sales = [...gateway.books.transactions.values()].filter((each) => each.state === "pending");
  assert.equal(sales.length, invoices);
  assert.equal(new Set(sales.map((each) => scalar(each.texts.invoice_id))).size, invoices, "charged twice");
  assert.equal(sum(rows(erp, "new_payments"), "new_amount"), gateway.books.balance());
  assert.equal(sum(rows(erp, "CustomerPaymentJournalLines"), "CreditAmount"), gateway.books.balance());
  for (let n = 1; n <= invoices; n += 1) assert.equal(columnOf(pairing, `INV-${n}`, "new_paymentstatus"), "paid");
  assert.deepEqual(["DECLINED", "EURO", "HALF-CENT", "NO-CARD", "NEW"]
    .map((name) => columnOf(pairing, name, "new_paymentstatus")), ["expired", "review", "review", "no_card", ""]);
  assert.equal(rows(erp, "tasks").length, 4);
}

async function tell(server: Server, event: object, transactionId: string): Promise<void> {
  const body = eventText({ ...paymentEvent(transactionId, { transactionType: "Chargeback" }), ...event });
  const answer = await fetch(server.hook("paytrace/reversals"), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
  assert.ok(answer.ok, await answer.text());
}

async function giveBack(pairing: Pairing, server: Server): Promise<void> {
  const { world, gateway, erp } = pairing;
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
  mendBoth(pairing);
  await settle(world, truthOf(pairing), (each) => each.kind === "review");
  const refunds = [...gateway.books.transactions.values()].filter((each) => each.kind === "REFUND");
  assert.equal(refunds.length, 2);
  const debits = rows(erp, "new_payments").filter((row) => row.new_direction === "debit");
  const back = refunds.reduce((total, each) => total + each.amount, 0n) + sum([disputed.values], "new_amount");
  assert.equal(debits.length, 3);
  assert.equal(sum(debits, "new_amount"), back);
  assert.equal(sum(rows(erp, "CustomerPaymentJournalLines"), "DebitAmount"), back);
  assert.deepEqual([whole, part, over].map((row) => row.values.new_refundrequest), ["refunded", "refunded", "review"]);
  assert.equal(rows(erp, "incidents").length, 1);
  assert.equal(rows(erp, "tasks").length, 5);
  assert.equal(rows(erp, "accounts").filter((row) => row.creditonhold === true).length, 1);
  assert.deepEqual(reviews(world).map((each) => each.title),
    ["A chargeback of payment 1, which the ERP does not have"]);
}

it(`charges and gives back, each once and to the cent, whatever fails (seed ${seed})`, async (t) => {
  const pairing = await openPairing(t);
  seedInvoices(pairing);
  const often: [string, string][] = [['"every": "1m"', '"every": "1s"']];
  takeTemplate(pairing.world, "dynamics365-invoice-to-paytrace", often);
  takeTemplate(pairing.world, "paytrace-reversal-to-dynamics365", often);
  takeTemplate(pairing.world, "dynamics365-payment-journal");
  takeTemplate(pairing.world, "dynamics365-claim");
  spoilBoth(pairing, chance, { seed });
  const server = await pairing.world.serve();
  await charge(pairing);
  spoilBoth(pairing, chance, { seed: seed + 1 });
  await giveBack(pairing, server);
});
