// The template "PayTrace settlement against Dynamics 365" with the gateway's and the ERP's stand-ins behind it, which
// fail in between: what agrees is marked in the ledger, what does not waits for a person, the sums come out, and what
// the person adjusts stands in a journal once.
import assert from "node:assert/strict";
import { it } from "node:test";
import { Numeral, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import { Desk } from "./desk.ts";
import { spoil } from "./pay.ts";
import { decide, mendBoth, openPairing, reviews, rows, settle, sum, takeTemplate, type Task, type Truth,
  under } from "./pairing.ts";

const today = new Date().toISOString().slice(0, 10);

it("closes a day that agrees, and asks a person about one that does not", async (t) => {
  const { world, gateway, paytrace, erp, dataverse } = await openPairing(t);
  world.env.WEFT_FILES_ROOT = world.folder;
  const folder = takeTemplate(world, "paytrace-settlement-to-dynamics365");
  const close = async (...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    world.commandAsync(["run", folder, "--input", "-", ...words], { input: JSON.stringify({ day: today }) });

  for (let n = 1; n <= 1200; n += 1) {
    const amount = BigInt(10_000 + n * 101);
    const paid = gateway.books.pay("SALE", { customer: "CUST-1001", amount, texts: { invoice_id: `ORD-${n}` } });
    erp.seed("new_payments", { new_paytracetransactionid: String(paid.id), new_amount: new Numeral(money(amount)),
      new_direction: "credit", new_currency: "USD", new_paymentdate: today, new_orderid: `ORD-${n}` });
  }
  gateway.books.settle();
  paytrace.fault({ kind: "status", status: 500, times: 2 });
  dataverse.fault({ kind: "reset_after", times: 1, skip: 2 });

  const first = await close();
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /"open": ?0/);
  const marked = (): number => [...(erp.dataverse.tables.get("new_payments")?.rows.values() ?? [])]
    .filter((row) => scalar(row.values.new_settlementdate) === today).length;
  assert.equal(marked(), 1200);
  const again = await close();
  assert.equal(again.code, 0, again.stderr);

  // One more that was never posted, and one whose amount was changed in the ledger.
  gateway.books.pay("SALE", { customer: "CUST-1002", amount: 1999n, texts: {} });
  const other = gateway.books.pay("SALE", { customer: "CUST-1002", amount: 5000n, texts: {} });
  erp.seed("new_payments", { new_paytracetransactionid: String(other.id), new_amount: new Numeral("5.00"),
    new_direction: "credit", new_currency: "USD", new_paymentdate: today });
  gateway.books.settle();
  const second = await close();
  assert.equal(second.code, 3, `it waits for a person, not ${second.code ?? ""}: ${second.stdout}${second.stderr}`);
  assert.equal(marked(), 1200);
  takeTemplate(world, "paytrace-settlement-to-dynamics365", [['"most": 5000', '"most": 1']]);
  const apart = await close("--data", world.data);
  assert.equal(apart.code, 3, apart.stderr);
  assert.deepEqual(reviews(world).map((task) => task.title),
    [`Settlement of ${today}: more than 1 lines do not agree`]);
});

const seed = Number(process.env.WEFT_SEED ?? 1);
const asked = (task: Task): boolean => task.kind === "review";

it(`enters what was adjusted in the ledger, once and to the cent, while systems fail (seed ${seed})`, async (t) => {
  const pairing = await openPairing(t);
  const { world, gateway, erp, paytrace, dataverse } = pairing;
  world.env.WEFT_FILES_ROOT = world.folder;
  takeTemplate(world, "paytrace-settlement-to-dynamics365");
  takeTemplate(world, "dynamics365-ledger-journal");
  const missing = gateway.books.pay("SALE", { customer: "CUST-1001", amount: 1999n, texts: {} });
  const other = gateway.books.pay("SALE", { customer: "CUST-1002", amount: 5000n, texts: {} });
  erp.seed("new_payments", { new_paytracetransactionid: String(other.id), new_amount: new Numeral("62.50"),
    new_direction: "credit", new_currency: "USD", new_paymentdate: today });
  gateway.books.settle();
  const truth: Truth = (flow, step) => {
    assert.equal(flow, "dynamics365-ledger-journal");
    const at = /^added\[(\d+)\]\/line$/.exec(step)?.[1];
    if (at !== undefined) {
      const line = rows(erp, "LedgerJournalLines").find((row) => scalar(row.Document).endsWith(`-${at}`));
      return Promise.resolve(line && { JournalBatchNumber: scalar(line.JournalBatchNumber),
        LineNumber: line.LineNumber ?? null, line });
    }
    assert.equal(step, "made");
    const [head] = rows(erp, "LedgerJournalHeaders");
    return Promise.resolve(head === undefined ? undefined
      : { dataAreaId: "usmf", JournalBatchNumber: scalar(head.JournalBatchNumber), journal: head });
  };
  await world.serve();
  const desk = new Desk(world);
  const lines = (): ReturnType<typeof rows> => rows(erp, "LedgerJournalLines");
  const close = async (): Promise<void> => {
    const heard = await desk.post("/flows/paytrace-settlement-to-dynamics365/start",
      { trigger: "by_hand", body: { day: today } });
    assert.equal(heard.status, 202, heard.text);
    await under(world, truth, "the day is asked about", () => reviews(world).some(asked));
    assert.deepEqual(reviews(world).map((each) => each.title),
      [`Settlement of ${today}: 2 lines do not agree, 82.49 USD`]);
    for (const standIn of [paytrace, dataverse]) spoil(standIn, 0.02, { seed });
    dataverse.fault({ kind: "reset_after", times: 1, skip: 3 });
    const adjustment = (line: string, amount: string, account: string): Record<string, string> =>
      ({ line, amount, account, reason: "As the bank says" });
    decide(world, reviews(world)[0]?.review ?? "", "explained", { explanation: "One was never posted, one too high",
      adjustments: [adjustment("left 1", "19.99", "401100"), adjustment("left 2", "-12.50", "618160")] });
    await under(world, truth, "both adjustments stand in the journal", () => lines().length >= 2);
    mendBoth(pairing);
    await settle(world, truth, asked);
  };
  for (let times = 0; times < 2; times += 1) await close(); // the same adjustments are the same entry
  assert.equal(rows(erp, "LedgerJournalHeaders").length, 1);
  assert.equal(lines().length, 2);
  assert.equal(sum(lines(), "CreditAmount") - sum(lines(), "DebitAmount"), missing.amount + other.amount - 6250n);
  assert.deepEqual(lines().map((line) => scalar(line.OffsetAccountDisplayValue)), ["USMF PAYT", "USMF PAYT"]);
  const runs = (await world.page("status=succeeded&limit=100")).items;
  assert.deepEqual(runs.filter((run) => run.flow === "paytrace-settlement-to-dynamics365").length, 2);
  assert.deepEqual((await world.runs("&status=failed")).map((each) => each.flow), []);
});
