// A day of more lines than fit in one answer of the gateway, in one rule or in one step's output: the template
// "PayTrace batch against Dynamics SL" takes it page by page, over a kill in between; what comes out is one settlement.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { it } from "node:test";
import { periodOf } from "../systems/dynamics_sl/books.ts";
import { openPayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { Desk } from "./desk.ts";
import { decide, reviews, settle, takeTemplate, type Truth, under } from "./pairing.ts";
import { paySecret } from "./pay.ts";
import { journalOf, moved, openSLWorld } from "./sl_pairing.ts";

const lines = 12_000;
const today = new Date().toISOString().slice(0, 10);
const half = 7500n; // one line has 75.00 in the books instead of its amount

it(`reconciles ${lines} lines of one day, line by line, and enters them once`, async (t) => {
  const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
  const setting = await openSLWorld(t, [paytrace], { WEFT_DEMO_PAYTRACE_URL: paytrace.url,
    WEFT_DEMO_PAYTRACE_PASSWORD: paySecret });
  const { world, erp } = setting;
  world.env.WEFT_FILES_ROOT = world.folder;
  seedPayTrace(gateway);
  erp.books.customers.set("C300", { CustId: "C300", Name: "C300" });
  let booked = 0n, other = 0n;
  for (let n = 1; n <= lines; n += 1) {
    const paid = gateway.books.pay("SALE", { customer: "CUST-1001", amount: BigInt(1000 + n),
      texts: { invoice_id: `S${n}` } });
    const amount = n === 9000 ? half : paid.amount, number = String(n).padStart(6, "0");
    if (n === 9000) other = paid.amount - half;
    if (n === 100) continue; // it was never posted
    booked += amount;
    erp.books.documents.push({ docType: "PA", refNbr: number, batNbr: number, custId: "C300", amount, balance: amount,
      user1: String(paid.id), user2: "", perPost: periodOf(), date: today, order: `S${n}`, released: true });
  }
  gateway.books.settle();
  takeTemplate(world, "paytrace-batch-to-dynamics-sl", [['"every": "30m"', '"every": "1s"']]);
  takeTemplate(world, "dynamics-sl-journal");
  takeTemplate(world, "dynamics-sl-journal");
  const truth: Truth = (_flow, _step, run) => journalOf(setting, run);
  const first = await world.serve();
  await under(world, truth, "some pages are compared", () => setting.sl.requests.length >= 30);
  await first.kill();
  await world.serve();
  await under(world, truth, "the batch is asked about", () => reviews(world).length > 0);
  const [task] = reviews(world);
  assert.match(task?.title ?? "", /^Batch PT\d+: 2 lines do not agree, 111\.00 USD$/);
  const { items } = (await new Desk(world).get("/settlements")).body;
  assert.equal(items?.length, 1, "the pages are no settlements of their own");
  decide(world, task?.review ?? "", "enter", { explanation: "As the bank says", adjustments: [
    { line: "left 13", amount: "11.00", account: "4010", reason: "Never posted" },
    { line: "left 14", amount: String(Number(other) / 100), account: "4010", reason: "Posted too low" }] });
  await settle(world, truth);
  assert.equal(moved(erp, "1010"), gateway.books.balance());
  assert.equal(moved(erp, "1030"), -booked, "the clearing account closes to zero");
  assert.deepEqual(readdirSync(world.folder).filter((name) => name.endsWith(".json")), [], "a file was left");
});
