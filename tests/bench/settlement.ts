// The settlement of a large day: a batch of PayTrace against the payments of Dynamics SL, line by line, entered in
// the general ledger in aggregate and released. The real program with the real template, on one core; stand-ins of both
// systems beside it.
//
//     tests/node tests/bench/settlement.ts [LINES [LINES OF A BATCH]]     by default 100000 in one batch
//
// WEFT names the program (default build/weft). The clock runs from the moment at which the program is up, and finds the
// batches by its poll, until the last batch is released and every run has ended; then the books are compared. It prints
// the seconds, and those in which the program itself computed. Anything but equal books is an error.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { demo, openDynamicsSL } from "../systems/dynamics_sl/dynamics_sl.ts";
import { openPayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { takeTemplate } from "../program/pairing.ts";
import { paySecret } from "../program/pay.ts";
import { moved } from "../program/sl_pairing.ts";
import { World } from "../program/world.ts";

const lines = Number(process.argv[2] ?? 100_000);
const each = Number(process.argv[3] ?? lines);
const clearing = "1030", bank = "1010"; // of lookups/sl_accounts

const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
const { system: erp, standIn: sl } = await openDynamicsSL();
const world = new World({ WEFT_DEMO_PAYTRACE_URL: paytrace.url, WEFT_DEMO_PAYTRACE_PASSWORD: paySecret,
  WEFT_DEMO_SL_URL: sl.url, WEFT_DEMO_SL_PASSWORD: demo.password, WEFT_DEMO_SL_LICENSE: demo.license,
  WEFT_DEMO_SL_SITE_KEY: demo.siteKey });

seedPayTrace(gateway);
erp.books.customers.set("C300", { CustId: "C300", Name: "C300" });
for (let n = 1; n <= lines; n += 1) {
  const amount = BigInt(1000 + n % 90_000);
  const paid = gateway.books.pay("SALE", { customer: "CUST-1001", amount, texts: { invoice_id: `S${n}` } });
  const number = String(n).padStart(6, "0"); // put there at once: what enters one looks through all that there are
  erp.books.documents.push({ docType: "PA", refNbr: number, batNbr: number, custId: "C300", amount, balance: amount,
    user1: String(paid.id), user2: "", perPost: "202611", date: "2026-11-20", order: `S${n}`, released: true });
  if (n % each === 0 || n === lines) gateway.books.settle();
}
takeTemplate(world, "paytrace-batch-to-dynamics-sl", [['"every": "30m"', '"every": "1s"']]);
takeTemplate(world, "dynamics-sl-journal");

const server = await world.serve({ wrapper: ["taskset", "-c", "0"], env: { WEFT_FILES_ROOT: world.folder } });
const began = performance.now();
const batches = gateway.books.batches.length;
const over = async (): Promise<boolean> => erp.books.journals.length === batches
  && erp.books.journals.every((one) => one.released)
  && (await world.page("status=succeeded&limit=200")).items.length >= batches;
while (!await over()) {
  const failed = (await world.page("status=failed&limit=1")).items[0];
  assert.equal(failed, undefined, JSON.stringify(failed));
  assert.ok(performance.now() - began < 600_000, `${erp.books.journals.length} of ${batches} batches in 600 s`);
  await sleep(100);
}
const seconds = (performance.now() - began) / 1000;
const stat = readFileSync(`/proc/${server.child.pid ?? 0}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
const computed = (Number(stat[11]) + Number(stat[12])) / 100;

assert.equal(moved(erp, bank), gateway.books.balance());
assert.equal(moved(erp, clearing), -gateway.books.balance());
process.stdout.write(`${lines} lines in ${batches} batches reconciled, entered and released in `
  + `${seconds.toFixed(1)} s; the program computed for ${computed.toFixed(1)} s of them, on one core\n`);
await world.end();
await sl.close();
await paytrace.close();
