// What the tests of the templates of Dynamics SL share: its stand-in beside others, and what its books say where an
// answer got lost.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Document } from "../systems/dynamics_sl/books.ts";
import { demo, type DynamicsSL, openDynamicsSL } from "../systems/dynamics_sl/dynamics_sl.ts";
import { isObject, type JsonObject, Numeral, scalar } from "../systems/lib/json.ts";
import { money } from "../systems/lib/money.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { World } from "./world.ts";

export interface SLWorld {
  world: World;
  erp: DynamicsSL;
  sl: StandIn;
}

/** Dynamics SL, and a world that knows it; `env` tells it of the others, which are closed with it. */
export async function openSLWorld(t: TestContext, others: readonly StandIn[], env: Record<string, string>):
Promise<SLWorld> {
  const { system: erp, standIn: sl } = await openDynamicsSL();
  const world = new World({ WEFT_DEMO_SL_URL: sl.url, WEFT_DEMO_SL_PASSWORD: demo.password,
    WEFT_DEMO_SL_LICENSE: demo.license, WEFT_DEMO_SL_SITE_KEY: demo.siteKey, ...env });
  t.after(async () => {
    await world.end();
    for (const each of [sl, ...others]) await each.close();
  });
  return { world, erp, sl };
}

export function documents(erp: DynamicsSL, docType: string): Document[] {
  return erp.books.documents.filter((one) => one.docType === docType);
}

export function total(list: readonly { amount: bigint }[]): bigint {
  return list.reduce((sum, one) => sum + one.amount, 0n);
}

/** One document for each reference, released. */
export function assertOnce(list: readonly Document[]): void {
  assert.equal(new Set(list.map((one) => one.user1)).size, list.length, "a reference stands in two documents");
  assert.deepEqual(list.filter((one) => !one.released).map((one) => one.refNbr), [], "not released");
}

/** What was moved on an account of the general ledger, debit less credit. */
export function moved(erp: DynamicsSL, account: string): bigint {
  return erp.books.journals.flatMap((journal) => journal.lines).filter((line) => line.acct === account)
    .reduce((sum, line) => sum + line.debit - line.credit, 0n);
}

function answered(result: JsonObject): JsonObject {
  return { status: new Numeral("200"), headers: {}, body: { editScreenResult: { errorMessage: "", ...result } } };
}

/** What SL would have answered to a document that it has; undefined: it has none. */
export async function documentOf({ world, erp }: SLWorld, run: string, step: string): Promise<JsonObject | undefined> {
  const { input } = await world.show(run);
  const body = isObject(input) && isObject(input.body) ? input.body : {};
  const docType = step.endsWith("/memo") ? "CM" : "PA";
  const found = documents(erp, docType).find((one) => one.user1 === scalar(body.reference));
  return found === undefined ? undefined : answered({ myBatch: { BatNbr: found.batNbr }, myARDoc: {
    BatNbr: found.batNbr, RefNbr: found.refNbr, DocType: docType, CuryOrigDocAmt: new Numeral(money(found.amount)) } });
}

/** The same of a batch of the general ledger, which the flow dynamics-sl-journal enters. */
export async function journalOf({ world, erp }: SLWorld, run: string): Promise<JsonObject | undefined> {
  const { input } = await world.show(run);
  const body = isObject(input) && isObject(input.body) ? input.body : {};
  const found = erp.books.journals.find((one) =>
    one.lines.some((line) => line.extRefNbr === scalar(body.reference)));
  return found === undefined ? undefined : answered({ myBatch: { BatNbr: found.batNbr }, myGLTran: {
    GLTran: found.lines.map((line) => ({ CuryDrAmt: new Numeral(money(line.debit)) })) } });
}
