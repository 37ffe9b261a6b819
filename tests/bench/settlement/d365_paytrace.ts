// A day of PayTrace against the payments in Dataverse, which are marked as paid out; as many again are on their way.
import assert from "node:assert/strict";
import { openDynamics365 } from "../../systems/dynamics365/dynamics365.ts";
import { Numeral, scalar } from "../../systems/lib/json.ts";
import { money } from "../../systems/lib/money.ts";
import { openPayTrace, seedPayTrace } from "../../systems/paytrace/paytrace.ts";
import type { Desk } from "../../program/desk.ts";
import { takeTemplate } from "../../program/pairing.ts";
import { paySecret } from "../../program/pay.ts";
import { erpSecret, World } from "../../program/world.ts";
import type { Day } from "./day.ts";

const flow = "paytrace-settlement-to-dynamics365";
const today = new Date().toISOString().slice(0, 10);

export async function d365Paytrace(lines: number): Promise<Day> {
  const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
  const { system: erp, standIn: dataverse } = await openDynamics365({ clientSecret: erpSecret });
  const world = new World({ WEFT_DEMO_PAYTRACE_URL: paytrace.url, WEFT_DEMO_PAYTRACE_PASSWORD: paySecret,
    WEFT_DEMO_ERP_URL: dataverse.url });
  seedPayTrace(gateway);
  const pay = (n: number): void => {
    const amount = BigInt(1000 + n % 90_000);
    const paid = gateway.books.pay("SALE", { customer: "CUST-1001", amount, texts: { invoice_id: `S${n}` } });
    erp.seed("new_payments", { new_paytracetransactionid: String(paid.id), new_amount: new Numeral(money(amount)),
      new_direction: "credit", new_currency: "USD", new_paymentdate: today, new_orderid: `S${n}` });
  };
  for (let n = 1; n <= lines; n += 1) pay(n);
  gateway.books.settle();
  for (let n = 1; n <= lines; n += 1) pay(n);
  takeTemplate(world, flow, [['"timeout": "1s"', '"timeout": "1m"']]); // the stand-in shares its core
  takeTemplate(world, "dynamics365-ledger-journal");
  return {
    world,
    what: "reconciled and marked, and as many looked at that are on their way",
    begin: async (desk: Desk) => {
      const heard = await desk.post(`/flows/${flow}/start`, { trigger: "by_hand", body: { day: today } });
      assert.equal(heard.status, 202, heard.text);
    },
    over: async () => (await world.page("status=succeeded&limit=1")).items.length > 0, // nothing waits for a person
    prove: () => {
      const marked = [...(erp.dataverse.tables.get("new_payments")?.rows.values() ?? [])]
        .filter((row) => scalar(row.values.new_settlementdate) === today).length;
      assert.equal(marked, lines);
    },
    close: async () => {
      await dataverse.close();
      await paytrace.close();
    },
  };
}
