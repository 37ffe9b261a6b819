// A day of Cybersource against the documents of Dynamics SL, all of which are also judged by the reports of their days;
// what was paid out is entered in the general ledger and released.
import assert from "node:assert/strict";
import { periodOf } from "../../systems/dynamics_sl/books.ts";
import { demo, openDynamicsSL } from "../../systems/dynamics_sl/dynamics_sl.ts";
import { demoAccount, demoCustomer, openCybersource, seedCybersource } from "../../systems/cybersource/cybersource.ts";
import type { Desk } from "../../program/desk.ts";
import { takeTemplate } from "../../program/pairing.ts";
import { moved } from "../../program/sl_pairing.ts";
import { World } from "../../program/world.ts";
import type { Day } from "./day.ts";

const flow = "cybersource-settlement-to-dynamics-sl";
const today = new Date().toISOString().slice(0, 10);
const judged = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10); // vars.grace days ago

export async function slCybersource(lines: number): Promise<Day> {
  const { system: gateway, standIn: cybersource } = await openCybersource();
  const { system: erp, standIn: sl } = await openDynamicsSL();
  const world = new World({ WEFT_DEMO_CYBERSOURCE_URL: cybersource.url,
    WEFT_DEMO_CYBERSOURCE_SECRET: demoAccount.secret, WEFT_DEMO_SL_URL: sl.url, WEFT_DEMO_SL_PASSWORD: demo.password,
    WEFT_DEMO_SL_LICENSE: demo.license, WEFT_DEMO_SL_SITE_KEY: demo.siteKey });
  seedCybersource(gateway);
  gateway.reports.standing.add("Weft-Settlement");
  erp.books.customers.set("C300", { CustId: "C300", Name: "C300" });
  let sum = 0n;
  for (let n = 1; n <= lines; n += 1) {
    const amount = BigInt(1000 + n % 90_000), code = `S${n}`;
    const { made } = gateway.books.pay(true, { code, reference: "", user: "", amount, currency: "USD",
      customer: demoCustomer });
    if (made.reason !== "") continue; // an amount that the stand-in declines
    sum += amount;
    const number = String(n).padStart(6, "0");
    erp.books.documents.push({ docType: "PA", refNbr: number, batNbr: number, custId: "C300", amount, balance: amount,
      user1: made.id, user2: "", perPost: periodOf(judged), date: judged, order: code, released: true });
  }
  takeTemplate(world, flow, [['"timeout": "1s"', '"timeout": "1m"']]); // the stand-ins share their core
  takeTemplate(world, "dynamics-sl-journal");
  return {
    world,
    what: "reconciled, entered and released, and as many documents judged",
    begin: async (desk: Desk) => {
      const heard = await desk.post(`/flows/${flow}/start`, { trigger: "by_hand", body: { day: today } });
      assert.equal(heard.status, 202, heard.text);
    },
    over: async () => (await world.page("status=succeeded&limit=9")).items.some((run) => run.flow === flow),
    prove: () => {
      assert.equal(moved(erp, "1030"), -sum);
      assert.equal(moved(erp, "1010"), sum - moved(erp, "6110"));
      assert.ok(erp.books.journals.length === 1 && erp.books.journals.every((one) => one.released));
    },
    close: async () => {
      await sl.close();
      await cybersource.close();
    },
  };
}
