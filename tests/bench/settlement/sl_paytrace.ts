// Batches of PayTrace against the payments of Dynamics SL: found by the poll, compared, entered in the general ledger
// and released.
import assert from "node:assert/strict";
import { periodOf } from "../../systems/dynamics_sl/books.ts";
import { demo, openDynamicsSL } from "../../systems/dynamics_sl/dynamics_sl.ts";
import { openPayTrace, seedPayTrace } from "../../systems/paytrace/paytrace.ts";
import { takeTemplate } from "../../program/pairing.ts";
import { paySecret } from "../../program/pay.ts";
import { moved } from "../../program/sl_pairing.ts";
import { World } from "../../program/world.ts";
import type { Day } from "./day.ts";

const clearing = "1030", bank = "1010"; // of lookups/sl_accounts

export async function slPaytrace(lines: number, each: number): Promise<Day> {
  const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
  const { system: erp, standIn: sl } = await openDynamicsSL();
  const world = new World({ WEFT_DEMO_PAYTRACE_URL: paytrace.url, WEFT_DEMO_PAYTRACE_PASSWORD: paySecret,
    WEFT_DEMO_SL_URL: sl.url, WEFT_DEMO_SL_PASSWORD: demo.password, WEFT_DEMO_SL_LICENSE: demo.license,
    WEFT_DEMO_SL_SITE_KEY: demo.siteKey });
  seedPayTrace(gateway);
  erp.books.customers.set("C300", { CustId: "C300", Name: "C300" });
  const today = new Date().toISOString().slice(0, 10);
  for (let n = 1; n <= lines; n += 1) {
    const amount = BigInt(1000 + n % 90_000);
    const paid = gateway.books.pay("SALE", { customer: "CUST-1001", amount, texts: { invoice_id: `S${n}` } });
    const number = String(n).padStart(6, "0"); // put there at once: what enters one looks through all that there are
    erp.books.documents.push({ docType: "PA", refNbr: number, batNbr: number, custId: "C300", amount, balance: amount,
      user1: String(paid.id), user2: "", perPost: periodOf(), date: today, order: `S${n}`, released: true });
    if (n % each === 0 || n === lines) gateway.books.settle();
  }
  takeTemplate(world, "paytrace-batch-to-dynamics-sl", [['"every": "30m"', '"every": "1s"']]);
  takeTemplate(world, "dynamics-sl-journal");
  const batches = gateway.books.batches.length;
  return {
    world,
    what: `reconciled, entered and released in ${batches} batches`,
    begin: () => Promise.resolve(),
    over: async () => erp.books.journals.length === batches && erp.books.journals.every((one) => one.released)
      && (await world.page("status=succeeded&limit=200")).items.length >= batches,
    prove: () => {
      assert.equal(moved(erp, bank), gateway.books.balance());
      assert.equal(moved(erp, clearing), -gateway.books.balance());
    },
    close: async () => {
      await sl.close();
      await paytrace.close();
    },
  };
}
