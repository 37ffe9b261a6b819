// Days of several pages in the pairings whose settlement begins with a day (large_batch.test.ts has the one that begins
// with a batch): the server is killed between two pages while systems fail. Then each line is there once, each that
// differs waits for a person, and the sums are exact.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { it } from "node:test";
import { demoCustomer } from "../systems/cybersource/cybersource.ts";
import { periodOf } from "../systems/dynamics_sl/books.ts";
import { isObject, type JsonObject, Numeral, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { Desk } from "./desk.ts";
import { paySecret, spoil } from "./pay.ts";
import { mend, openPairing, reviews, takeTemplate, type Truth, under } from "./pairing.ts";
import { open, truthOf } from "./sl_cybersource.ts";
import { moved, openSLWorld } from "./sl_pairing.ts";
import { memo, openSageDay, receive } from "./sage_day.ts";
import type { World } from "./world.ts";

const lines = 2500;
const seed = Number(process.env.WEFT_SEED ?? 1);
const day = (before: number): string => new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10);
const today = day(0), old = day(3); // vars.grace days before

/** Begins the day, kills the server when `far` says that it is under way, and starts it again. What came out of it. */
async function settled(world: World, flow: string, standIns: readonly StandIn[], truth: Truth, far: () => boolean):
Promise<JsonObject> {
  const first = await world.serve();
  const heard = await new Desk(world).post(`/flows/${flow}/start`, { trigger: "by_hand", body: { day: today } });
  assert.equal(heard.status, 202, heard.text);
  standIns.forEach((each, lot) => { spoil(each, 0.003, { seed: seed + lot }); });
  await under(world, truth, "a page is compared", far);
  await first.kill();
  await world.serve();
  mend(world, standIns);
  await under(world, truth, "the day is asked about", () => reviews(world).some((task) => task.kind === "review"));
  const [run] = (await world.page("status=waiting&limit=9")).items.filter((each) => each.flow === flow);
  const result = (await world.show(run?.run ?? "")).steps.find((step) => step.step === "result")?.output;
  assert.ok(isObject(result), JSON.stringify(run));
  const left = readdirSync(world.folder).filter((name) => /\.(json|csv)$/.test(name));
  assert.deepEqual(left, [], "a file was left");
  return result;
}

/** The systems were asked so often. */
function asked(standIns: readonly StandIn[], times: number): () => boolean {
  return () => standIns.reduce((sum, each) => sum + each.requests.length, 0) >= times;
}

const totals = (count: number, sum: bigint): JsonObject => ({ count: new Numeral(String(count)),
  sum: new Numeral(money(sum)) });

it("settles a day of several pages against Dynamics 365", async (t) => {
  const { world, gateway, paytrace, erp, dataverse } = await openPairing(t);
  world.env.WEFT_FILES_ROOT = world.folder;
  takeTemplate(world, "paytrace-settlement-to-dynamics365");
  takeTemplate(world, "dynamics365-ledger-journal");
  let agree = 0n;
  const book = (id: number, amount: bigint, paid: string): void => {
    erp.seed("new_payments", { new_paytracetransactionid: String(id), new_amount: new Numeral(money(amount)),
      new_direction: "credit", new_currency: "USD", new_paymentdate: paid });
  };
  for (let n = 1; n <= lines; n += 1) {
    const { id, amount } = gateway.books.pay("SALE", { customer: "CUST-1001", amount: BigInt(1000 + n), texts: {} });
    if (n === 1100) continue; // it was never posted
    book(id, n === 2400 ? amount - 1n : amount, today);
    if (n !== 2400) agree += amount;
  }
  gateway.books.settle();
  for (let n = 0; n < 1500; n += 1) book(n + 1, 500n, n === 7 ? old : today); // one is too old to be on its way
  const result = await settled(world, "paytrace-settlement-to-dynamics365", [paytrace, dataverse],
    () => Promise.resolve(undefined), asked([paytrace, dataverse], 15));
  assert.deepEqual(reviews(world).map((task) => task.title),
    [`Settlement of ${today}: 3 lines do not agree, 60.00 USD`]);
  assert.deepEqual(result.matched, totals(lines - 2, agree));
  assert.deepEqual(result.waiting, totals(1499, 1499n * 500n));
  const marked = [...(erp.dataverse.tables.get("new_payments")?.rows.values() ?? [])]
    .filter((row) => scalar(row.values.new_settlementdate) === today).length;
  assert.equal(marked, lines - 2);
});

it("settles a day of several pages of Cybersource against Dynamics SL", async (t) => {
  const setting = await open(t);
  const { world, gateway, erp } = setting;
  world.env.WEFT_FILES_ROOT = world.folder;
  takeTemplate(world, "cybersource-settlement-to-dynamics-sl");
  takeTemplate(world, "dynamics-sl-journal");
  let sum = 0n, agree = 0n;
  const book = (n: number, id: string, amount: bigint): void => {
    const number = String(n).padStart(6, "0");
    erp.books.documents.push({ docType: "PA", refNbr: number, batNbr: number, custId: "C300", amount, balance: amount,
      user1: id, user2: "", perPost: periodOf(old), date: old, order: `S${n}`, released: true });
  };
  for (let n = 1; n <= lines; n += 1) {
    const amount = BigInt(1000 + n);
    const { made } = gateway.books.pay(true, { code: `S${n}`, reference: "", user: "", amount, currency: "USD",
      customer: demoCustomer });
    sum += amount;
    if (n === 1100) continue; // it was never posted
    book(n, made.id, n === 2400 ? amount - 1n : amount);
    if (n !== 2400) agree += amount;
  }
  book(lines + 1, "7111111111111111111111", 500n); // it was never settled
  const result = await settled(world, "cybersource-settlement-to-dynamics-sl", setting.all, truthOf(setting),
    asked(setting.all, 15));
  await under(world, truthOf(setting), "the payout is entered", () => moved(erp, "1030") === -sum);
  assert.deepEqual(reviews(world).filter((task) => task.kind === "review").map((task) => task.title),
    [`Settlement of ${today}: 3 lines do not agree, 60.00 USD`]);
  assert.deepEqual(result.matched, totals(lines - 2, agree));
  assert.equal(erp.books.journals.length, 1);
});

it("settles a day of several pages against Sage 500, and finds each kind of line that does not agree", async (t) => {
  const { world, gateway, paytrace, sage, close } = await openSageDay();
  t.after(close);
  const count = 5000, first = gateway.books.pay("SALE", { customer: "CUST-1001", amount: 1001n, texts: {} }).id;
  for (let n = 2; n <= count; n += 1)
    gateway.books.pay("SALE", { customer: "CUST-1001", amount: BigInt(1000 + n), texts: {} });
  gateway.books.settle();
  const last = first + count - 1, at = (n: number): number => first + n - 1;
  const back = gateway.books.refund(first, 101n, {});
  gateway.books.settle();
  const waiting = gateway.books.pay("SALE", { customer: "CUST-1001", amount: 500n, texts: {} }).id;
  for (let n = 1; n < 1500; n += 1)
    gateway.books.pay("SALE", { customer: "CUST-1001", amount: 500n, texts: {} });
  for (const voided of [waiting + 10, waiting + 11]) gateway.books.void(voided);
  receive(sage, first, last, today, `n - ${first} + 1001`);
  receive(sage, waiting, waiting + 1499, today, "500");
  memo(sage, String(back.id), today, 101n);
  memo(sage, `${waiting + 10}-V`, today, 500n); // this void is in the books
  receive(sage, 1, 1, today, "300"); // PayTrace knows none such
  receive(sage, at(3000), at(3000), today, "4000"); // it was entered twice
  sage.ask(`DELETE FROM tarCustPmt WHERE TranCmnt = 'PayTrace ${at(1100)}';
    UPDATE tarCustPmt SET TranAmt = TranAmt - 0.001 WHERE TranCmnt = 'PayTrace ${at(2400)}';
    UPDATE tarCustPmt SET TranDate = '${old}' WHERE TranCmnt = 'PayTrace ${waiting + 7}'`);
  const result = await settled(world, "paytrace-settlement-to-sage500", [paytrace], () => Promise.resolve(undefined),
    () => readdirSync(world.folder).some((name) => name.startsWith("sage500-")));
  const sum = BigInt(count) * 1000n + BigInt(count) * BigInt(count + 1) / 2n;
  const differing = 2100n + 3400n + 4000n; // never posted, a tenth of a cent less, twice
  assert.deepEqual(result.matched, totals(count + 1 - 3, sum - 101n - differing));
  assert.deepEqual(result.waiting, totals(1500 - 3, 1497n * 500n)); // but for an old one and two that were voided
  assert.deepEqual(reviews(world).map((task) => task.title),
    [`Settlement of ${today}: 6 lines do not agree, ${money(2100n + 3400n + 8000n + 300n + 500n + 500n)} USD`]);
});

it("asks why both sides are apart where more lines of Sage 500 differ than a person explains", async (t) => {
  const { world, gateway, sage, close } = await openSageDay([['"most": 5000', '"most": 20']]);
  t.after(close);
  const { id } = gateway.books.pay("SALE", { customer: "CUST-1001", amount: 100n, texts: {} });
  gateway.books.settle();
  receive(sage, id + 1, id + 5000, today, "100"); // the gateway knows none of them
  await world.serve();
  const heard = await new Desk(world).post("/flows/paytrace-settlement-to-sage500/start",
    { trigger: "by_hand", body: { day: today } });
  assert.equal(heard.status, 202, heard.text);
  await under(world, () => Promise.resolve(undefined), "somebody is asked", () => reviews(world).length > 0);
  assert.deepEqual(reviews(world).map((task) => task.title),
    [`Settlement of ${today}: more than 20 lines do not agree`]);
});

it("asks about the payment of a large day in Dynamics SL that PayTrace has not paid out", async (t) => {
  const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
  const { world, erp } = await openSLWorld(t, [paytrace], { WEFT_DEMO_PAYTRACE_URL: paytrace.url,
    WEFT_DEMO_PAYTRACE_PASSWORD: paySecret });
  world.env.WEFT_FILES_ROOT = world.folder;
  seedPayTrace(gateway);
  const due = day(5);
  for (let n = 1; n <= 4100; n += 1) {
    const { id, amount } = gateway.books.pay("SALE", { customer: "CUST-1001", amount: 1234n, texts: {} });
    const number = String(n).padStart(6, "0");
    erp.books.documents.push({ docType: "PA", refNbr: number, batNbr: number, custId: "C300", amount, balance: amount,
      user1: String(id), user2: "", perPost: periodOf(due), date: due, order: "", released: true });
    if (n === 4099) gateway.books.settle();
  }
  const folder = takeTemplate(world, "paytrace-batch-to-dynamics-sl");
  takeTemplate(world, "dynamics-sl-journal");
  const done = await world.commandAsync(["run", folder, "--trigger", "nightly", "--data", world.data]);
  assert.equal(done.code, 3, done.stderr);
  assert.deepEqual(reviews(world).map((task) => task.title), [`Payments of ${due}: 1 were never paid out, 12.34 USD`]);
});
