// What the tests of the templates share: the stand-ins of PayTrace and Dynamics 365, the real program, and templates
// copied into its flows, quicker than they are; and a person who answers from the books what nobody else knows.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Dynamics365, openDynamics365 } from "../systems/dynamics365/dynamics365.ts";
import { isObject, type Json, type JsonObject, readJson } from "../systems/lib/json.ts";
import { cents } from "../systems/lib/money.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, type PayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { Desk } from "./desk.ts";
import { paySecret, spoil } from "./pay.ts";
import { erpSecret, eventually, type RunRow, templates, World } from "./world.ts";

// How long anything may take: campaigns have more operations.
const patience = 100_000 + 1000 * Number(process.env.WEFT_OPERATIONS ?? 0);

export interface Pairing {
  world: World;
  gateway: PayTrace;
  paytrace: StandIn;
  erp: Dynamics365;
  dataverse: StandIn;
}

export async function openPairing(t: TestContext): Promise<Pairing> {
  const { system: gateway, standIn: paytrace } = await openPayTrace({ password: paySecret });
  const { system: erp, standIn: dataverse } = await openDynamics365({ clientSecret: erpSecret });
  seedPayTrace(gateway);
  const world = new World({ WEFT_DEMO_PAYTRACE_URL: paytrace.url, WEFT_DEMO_PAYTRACE_PASSWORD: paySecret,
    WEFT_DEMO_ERP_URL: dataverse.url });
  t.after(async () => {
    await world.end();
    await paytrace.close();
    await dataverse.close();
  });
  return { world, gateway, paytrace, erp, dataverse };
}

/** A template among the world's flows, with what it shares with others. Its folder. The stand-in's account is in UTC,
 * and nobody waits minutes for a test. */
export function takeTemplate(world: World, name: string, edits: readonly [string, string][] = []): string {
  const folder = join(world.flows, name);
  cpSync(join(templates, name), folder, { recursive: true });
  cpSync(join(templates, "common"), join(world.flows, "common"), { recursive: true });
  const file = join(folder, "flow.json");
  let text = readFileSync(file, "utf8").replaceAll('"America/New_York"', '"UTC"')
    .replaceAll(/,\s*"timeout": "5m"(?=\s*})/g, "").replaceAll(/"settle": "\d+s"/g, '"settle": "50ms"')
    .replaceAll(/"initial": "1s", "max": "\d+m", "jitter": 0.20? }/g,
      '"initial": "20ms", "max": "200ms", "jitter": 0.2 }, "timeout": "1s"');
  for (const [from, to] of edits) {
    assert.ok(text.includes(from), `${name} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(file, text);
  return folder;
}

export function rows(erp: Dynamics365, set: string): JsonObject[] {
  const table = erp.dataverse.tables.get(set) ?? erp.finance.table(set);
  return [...table.rows.values()].map((row) => row.values);
}

export function sum(list: readonly JsonObject[], member: string): bigint {
  return list.reduce((total, row) => total + (cents(row[member]) ?? 0n), 0n);
}

/** GET /money beside the books, when what ended last is counted; of all flows, or of one. */
export async function dashboardSays(world: World, wanted: Record<string, string>, flow?: string, unknown = 0):
  Promise<void> {
  let said = "";
  await eventually("the dashboard says what the books say", async () => {
    const heard = await new Desk(world).get(`/money?step=1h${flow === undefined ? "" : `&flow=${flow}`}`);
    assert.equal(heard.body.unknown_runs, unknown, heard.text);
    const [dollars] = heard.body.currencies as { totals: Record<string, unknown> }[];
    said = JSON.stringify(dollars?.totals);
    return Object.entries(wanted).every(([kind, sum]) => dollars?.totals[kind] === sum);
  }, 20_000).catch((cause: unknown) => { throw new Error(`${said}, not ${JSON.stringify(wanted)}`, { cause }); });
}

export interface Task {
  review: string;
  kind: string;
  flow: string;
  title: string;
}

/** What people have to decide. */
export function reviews(world: World): Task[] {
  const done = world.command(["reviews", "--data", world.data, "--json"]);
  const list: Json = readJson(done.stdout);
  const items = isObject(list) ? list.items : list;
  assert.ok(Array.isArray(items), done.stdout + done.stderr);
  return items as unknown as Task[];
}

export function decide(world: World, review: string, port: string, answer?: JsonObject): void {
  const words = answer === undefined ? [] : ["--answer", JSON.stringify(answer)];
  const done = world.command(["reviews", "decide", review, port, "--data", world.data, "--reason", "the books say so",
    ...words]);
  assert.equal(done.code, 0, done.stderr);
}

/** What a system would have said, where its answer got lost; undefined: it did not happen. */
export type Truth = (flow: string, step: string, run: string) => Promise<JsonObject | undefined>;

/** Each effect in doubt is answered by `truth`. */
export async function answerDoubts(world: World, truth: Truth): Promise<void> {
  for (const { review, flow, kind } of reviews(world)) {
    const at = review.indexOf("/");
    if (kind !== "doubt") continue;
    const answer = await truth(flow, review.slice(at + 1), review.slice(0, at));
    decide(world, review, answer === undefined ? "send" : "happened", answer);
  }
}

/** Waits for `done` while systems fail. What is in doubt is answered, since others may wait behind it. */
export async function under(world: World, truth: Truth, what: string, done: () => boolean): Promise<void> {
  await eventually(what, async () => {
    if (done()) return true;
    await answerDoubts(world, truth);
    await sleep(200);
    return false;
  }, patience * 1.5);
}

/** Of the runs under way those that wait in their order behind a run whose task people have. */
function behind(runs: readonly RunRow[], tasks: readonly Task[]): number {
  const place = ({ flow, order_key }: RunRow): string | undefined => order_key && `${flow} ${order_key}`;
  const held = runs.filter(({ run }) => tasks.some(({ review }) => review.startsWith(`${run}/`)));
  return runs.filter((run) => !held.includes(run)
    && held.some((each) => place(each) !== undefined && place(each) === place(run))).length;
}

/** Waits until nothing works any more, but for the tasks of people that `left` knows: for how many runs it is that they
 * wait, those that called its run included, those behind it in its order not. An effect in doubt is answered by
 * `truth`. What waits behind it in its order goes on then, so doubts are looked for meanwhile. */
export async function settle(world: World, truth: Truth, left: (task: Task) => boolean | number = () => false,
  ms = patience): Promise<void> {
  let quiet = 0;
  await eventually("every run came to rest and every doubt is answered", async () => {
    const tasks = reviews(world);
    const busy = await Promise.all(["active", "waiting", "in_doubt"].map((status) =>
      world.page(`status=${status}&limit=100`)));
    const runs = busy.flatMap((page) => page.items);
    const waiting = tasks.reduce((sum, task) => sum + Number(left(task)), 0)
      + behind(runs, tasks.filter((task) => Boolean(left(task))));
    quiet = runs.length > waiting ? 0 : quiet + 1;
    await answerDoubts(world, truth);
    if (quiet === 0) await sleep(100);
    return quiet >= 4;
  }, ms);
}

/** Each request of both systems fails by the same lot, until they are mended. */
export function spoilBoth(pairing: Pairing, chance: number, lot: { seed: number }): void {
  for (const standIn of [pairing.paytrace, pairing.dataverse]) spoil(standIn, chance, lot);
}

/** No request fails any more, and what waited for that goes on. */
export function mend(world: World, standIns: readonly StandIn[]): void {
  for (const standIn of standIns) standIn.faults.take = () => undefined;
  world.resume();
}

export function mendBoth({ world, paytrace, dataverse }: Pairing): void {
  mend(world, [paytrace, dataverse]);
}
