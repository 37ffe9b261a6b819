// The template of renewals at work, while gateway and books of Dynamics SL fail by lot (WEFT_SEED): due invoices are
// charged to tokens and paid in the books, once; who has no money is told, asked again, and suspended.
//
// WEFT_OPERATIONS: how many invoices can be charged (default 6).
import assert from "node:assert/strict";
import { it } from "node:test";
import { demoCustomer } from "../systems/cybersource/cybersource.ts";
import { scalar } from "../systems/lib/json.ts";
import { Desk } from "./desk.ts";
import { spoil } from "./pay.ts";
import { mend, reviews, settle, takeTemplate, under } from "./pairing.ts";
import { amountOf, asked, chance, open, operations, seed, type Setting, truthOf } from "./sl_cybersource.ts";
import { assertOnce, documents, total } from "./sl_pairing.ts";

/** Days, the first started twice: what is due is charged once, and who has no money is suspended. */
async function renew(setting: Setting): Promise<void> {
  const { world, erp, gateway } = setting;
  const desk = new Desk(world);
  const dayAfter = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const bill = async (days: number): Promise<void> => {
    const heard = await desk.post("/flows/cybersource-renewals-to-dynamics-sl/start",
      { trigger: "by_hand", body: { day: dayAfter(days) } });
    assert.equal(heard.status, 202, heard.text);
  };
  for (const [turn, days] of [0, 3, 8, 15].entries()) {
    const asks = (): number => setting.all.reduce((sum, each) => sum + each.requests.length, 0);
    const enough = asks() + (turn === 0 ? 3 * operations : 1);
    for (const each of setting.all) spoil(each, chance, { seed: seed + turn });
    await bill(days);
    if (turn === 0) await bill(days); // once more, at the same time
    await under(world, truthOf(setting), "it is under way", () => asks() >= enough);
    mend(world, setting.all);
    await settle(world, truthOf(setting), asked);
  }
  const payments = documents(erp, "PA");
  assertOnce(payments);
  assert.equal(payments.length, operations, "an invoice was charged twice");
  assert.equal(total(payments), gateway.books.balance());
  for (let n = 1; n <= operations; n += 1) assert.equal(erp.books.find("IN", `00500${n}`)?.balance, 0n);
  assert.equal(erp.books.find("IN", "006001")?.balance, 240200n);
  assert.equal(scalar(erp.books.customers.get("POOR")?.Status), "H");
  assert.equal((await world.runs("&flow=notice")).length, 4, "one letter for each refusal");
  for (const { title } of reviews(world)) assert.match(title, /^Renewals of .*: \d invoices are left, /);
  assert.equal(reviews(world).length, 5, "an invoice without a token is told each time");
}

it(`charges what is due once, with dunning, whatever fails (seed ${seed})`, async (t) => {
  const setting = await open(t);
  const { world, erp } = setting;
  const token = { User1: demoCustomer.slice(0, 30), User5: demoCustomer.slice(30) };
  for (const [id, more] of [["RICH", token], ["POOR", token], ["BARE", {}]] as const)
    erp.books.customers.set(id, { CustId: id, Name: id, EMailAddr: `${id}@fabrikam.example`, ...more });
  for (let n = 1; n <= operations; n += 1) erp.books.invoice("RICH", `00500${n}`, amountOf(n));
  erp.books.invoice("POOR", "006001", 240200n);
  erp.books.invoice("BARE", "006002", 700n);
  takeTemplate(world, "cybersource-renewals-to-dynamics-sl");
  world.flow("notice", { weft: 1, name: "Notice", nodes: [{ id: "called", type: "trigger.call", config: {} },
    { id: "letter", type: "transform.map", config: { fields: [{ to: "letter", from: "=trigger.body.letter" }] } }],
  edges: [{ from: "called", to: "letter" }] });
  await world.serve();
  await renew(setting);
});
