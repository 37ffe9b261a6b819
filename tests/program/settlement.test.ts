// The template "PayTrace settlement against Dynamics 365" with the gateway's and the ERP's stand-ins behind it, which
// fail in between: what agrees is marked in the ledger, what does not waits for a person, and the sums come out.
import assert from "node:assert/strict";
import { it } from "node:test";
import { Numeral, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import { openPairing, takeTemplate } from "./pairing.ts";

const today = new Date().toISOString().slice(0, 10);

it("closes a day that agrees, and asks a person about one that does not", async (t) => {
  const { world, gateway, paytrace, erp, dataverse } = await openPairing(t);
  const folder = takeTemplate(world, "paytrace-settlement-to-dynamics365");
  const close = async (): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    world.commandAsync(["run", folder, "--input", "-"], { input: JSON.stringify({ day: today }) });

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
});
