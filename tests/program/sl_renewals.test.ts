// The templates of tokens and of renewals at work, while gateway and books of Dynamics SL fail by lot (WEFT_SEED): a
// saved card stands at its customer on both sides, also when the program is killed meanwhile; due invoices are charged
// to it and paid in the books, once; who has no money is told, asked again, and suspended.
//
// WEFT_OPERATIONS: how many invoices can be charged (default 6).
import assert from "node:assert/strict";
import { it } from "node:test";
import { demoCustomer, demoIdentifier } from "../systems/cybersource/cybersource.ts";
import { isObject, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import { Desk } from "./desk.ts";
import { spoil } from "./pay.ts";
import { dashboardSays, decide, mend, reviews, settle, takeTemplate, under } from "./pairing.ts";
import { amountOf, asked, chance, open, operations, say, seed, type Setting, truthOf } from "./sl_cybersource.ts";
import { assertOnce, documents, total } from "./sl_pairing.ts";
import type { Server } from "./world.ts";

const token = (n: number): string => `C0FFEE${String(n).padStart(26, "0")}`;

/** The token in the two fields that have room for it, and the customer whom the token names. */
function held({ erp, gateway }: Setting, customer: string, of: string): [string, string] {
  const row = erp.books.customers.get(customer) ?? {};
  const buyer = gateway.tokens.customers.get(of)?.buyerInformation;
  return [scalar(row.User1) + scalar(row.User5), isObject(buyer) ? scalar(buyer.merchantCustomerID) : ""];
}

/** Cards are saved, removed, and told twice; what belongs to somebody else, or to nobody, waits for a person. */
async function saveCards(setting: Setting, server: Server): Promise<void> {
  const { world, gateway } = setting;
  for (let n = 1; n <= 3; n += 1) {
    gateway.tokens.addCustomer(token(n), {});
    gateway.tokens.instruments.seed(token(n), demoIdentifier);
  }
  let at = server;
  const saved = (id: string, customer: string, of: string, event = "saved"): Promise<void> =>
    say(at, "shop/tokens", { id, event, customer, token: of });
  for (const each of setting.all) spoil(each, chance, { seed: seed + 9 });
  const before = setting.all.reduce((sum, each) => sum + each.requests.length, 0);
  for (const [n, customer] of ["RICH", "POOR", "GONE"].entries()) await saved(`E-${n + 1}`, customer, token(n + 1));
  await saved("E-4", "NOBODY", token(1));
  await saved("E-5", "BARE", demoCustomer); // of CUST-1001
  await saved("E-6", "POOR", "F".repeat(32)); // unknown to the gateway
  await under(world, truthOf(setting), "the first requests have left", () =>
    setting.all.reduce((sum, each) => sum + each.requests.length, 0) >= before + 4);
  await server.kill();
  at = await world.serve();
  await saved("E-1", "RICH", token(1)); // once more
  await under(world, truthOf(setting), "each card is at its customer, or asked about", () =>
    held(setting, "GONE", token(3))[0] === token(3) && reviews(world).filter(asked).length >= 3);
  await saved("E-7", "GONE", token(3), "removed");
  await saved("E-8", "RICH", token(2), "removed"); // not the card that it has
  await under(world, truthOf(setting), "a removed card is gone", () => held(setting, "GONE", token(3))[0] === "");
  mend(world, setting.all);
  await settle(world, truthOf(setting), asked);
  assert.deepEqual([["RICH", 1], ["POOR", 2], ["BARE", 1]].map(([customer, n]) =>
    held(setting, String(customer), token(Number(n)))),
  [[token(1), "RICH"], [token(2), "POOR"], ["", "RICH"]]);
  assert.equal(held(setting, "BARE", demoCustomer)[1], "CUST-1001", "a card was taken from somebody");
  const tasks = reviews(world);
  assert.deepEqual(tasks.map((each) => each.title.replace(/ is not found: .*/, " is not found")).sort(), [
    "A card was saved, but the customer NOBODY is not found",
    "A card was saved, but the token of customer POOR is not found",
    "A token that customer BARE has saved belongs to CUST-1001"]);
  for (const { review, title } of tasks) decide(world, review, title.startsWith("A token") ? "leave" : "dismiss");
  await settle(world, truthOf(setting), asked);
  assert.deepEqual((await world.runs("&status=failed")).map((each) => each.flow), []);
}

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
  assert.ok([...gateway.books.movements.values()].every((each) => [token(1), token(2)].includes(each.customer)),
    "a card was charged that is not the customer's");
  for (let n = 1; n <= operations; n += 1) assert.equal(erp.books.find("IN", `00500${n}`)?.balance, 0n);
  assert.equal(erp.books.find("IN", "006001")?.balance, 240200n);
  assert.equal(scalar(erp.books.customers.get("POOR")?.Status), "H");
  assert.equal((await world.runs("&flow=notice")).length, 4, "one letter for each refusal");
  const tasks = reviews(world);
  for (const { title } of tasks) assert.match(title, /^Renewals of .*: \d invoices are left, /);
  assert.equal(tasks.length, 5, "an invoice without a token is told each time");
  for (const { review } of tasks) decide(world, review, "seen");
  await dashboardSays(world, { posted: money(gateway.books.balance()), not_posted: "0", failed: "0" });
}

it(`knows whose card it is and charges what is due, each once, whatever fails (seed ${seed})`, async (t) => {
  const setting = await open(t);
  const { world, erp } = setting;
  for (const id of ["RICH", "POOR", "GONE", "BARE"])
    erp.books.customers.set(id, { CustId: id, Name: id, EMailAddr: `${id}@fabrikam.example` });
  for (let n = 1; n <= operations; n += 1) erp.books.invoice("RICH", `00500${n}`, amountOf(n));
  erp.books.invoice("POOR", "006001", 240200n);
  erp.books.invoice("BARE", "006002", 700n);
  takeTemplate(world, "cybersource-renewals-to-dynamics-sl");
  takeTemplate(world, "cybersource-tokens-to-dynamics-sl");
  world.flow("notice", { weft: 1, name: "Notice", nodes: [{ id: "called", type: "trigger.call", config: {} },
    { id: "letter", type: "transform.map", config: { fields: [{ to: "letter", from: "=trigger.body.letter" }] } }],
  edges: [{ from: "called", to: "letter" }] });
  await saveCards(setting, await world.serve());
  await renew(setting);
});
