// A world with PayTrace and the database that stands for Sage 500's; and one in which the settlement of the two runs by
// itself: the template with its sub-flows, and receipts that are put into the books many at a time.
import { openPayTrace, type PayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { Sage500 } from "../systems/sage500/sage500.ts";
import { takeTemplate } from "./pairing.ts";
import { paySecret } from "./pay.ts";
import { World } from "./world.ts";

export interface SageDay {
  world: World;
  gateway: PayTrace;
  paytrace: StandIn;
  sage: Sage500;
  close: () => Promise<void>;
}

const password = "canary-sage-42-pg";

/** Nothing runs in it yet; files may be written below its folder. */
export async function openSageWorld(): Promise<SageDay> {
  const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
  const sage = await Sage500.open(password);
  const world = new World({ WEFT_DEMO_PAYTRACE_URL: paytrace.url, WEFT_DEMO_PAYTRACE_PASSWORD: paySecret,
    WEFT_DEMO_SAGE_PORT: String(sage.door.port), WEFT_DEMO_SAGE_PASSWORD: password });
  world.env.WEFT_FILES_ROOT = world.folder;
  seedPayTrace(gateway);
  letters(world);
  return { world, gateway, paytrace, sage, close: async () => {
    await world.end();
    await sage.close();
    await paytrace.close();
  } };
}

export async function openSageDay(edits: readonly [string, string][] = []): Promise<SageDay> {
  const day = await openSageWorld();
  takeTemplate(day.world, "paytrace-settlement-to-sage500", edits);
  takeTemplate(day.world, "sage500-journal");
  day.sage.ask(`INSERT INTO tciBatchLog VALUES (1, 'ARCR-0000001', 503, 4, 0, 'SOA', 2, 0); CREATE SEQUENCE receipts`);
  return day;
}

/** The flow that letters are given to; here nobody reads them. */
export function letters(world: World): void {
  world.flow("notice", { weft: 1, name: "Notice", nodes: [{ id: "called", type: "trigger.call", config: {} },
    { id: "letter", type: "transform.map", config: { fields: [{ to: "what", from: "=trigger.body.values.what" }] } }],
  edges: [{ from: "called", to: "letter" }] });
}

/** Receipts of the transactions from `first` to `last`, each of `cents`, an SQL expression of its number `n`. */
export function receive(sage: Sage500, first: number, last: number, day: string, cents: string): void {
  sage.ask(`INSERT INTO tarCustPmt SELECT nextval('receipts'), 7, 'SOA', lpad(currval('receipts')::text, 10, '0'),
    (${cents}) / 100.0, '${day}', 'USD', 0, 1, 'PayTrace ' || n FROM generate_series(${first}, ${last}) n`);
}

/** A memo: what was given back (`of` a transaction), or the void of a receipt (`of` ends with -V). */
export function memo(sage: Sage500, of: string, day: string, cents: bigint): void {
  sage.ask(`INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranType, TranDate, CustKey, CurrID, TranAmt,
    Balance, TranCmnt) SELECT k, 'SOA', lpad(k::text, 10, '0') || '-CM', lpad(k::text, 10, '0'), 502, '${day}', 7,
    'USD', ${cents} / -100.0, 0, 'PayTrace ${of}' FROM (SELECT nextval('receipts') + 5000000 AS k) keys`);
}
