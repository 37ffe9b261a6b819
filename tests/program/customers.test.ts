// The customers of three ERPs and their stored profiles of one PayTrace, each pair kept alike by its template in one
// program, while gateway, ERPs and database fail by lot (WEFT_SEED) and the program is killed in the middle: whoever
// changed is taken over, once and in both directions; what was changed on both sides, or finds no room, is told once;
// and what the flows wrote themselves comes back as no change.
//
// WEFT_OPERATIONS: how many customers each ERP has for each direction (default 3).
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { Dynamics365, openDynamics365 } from "../systems/dynamics365/dynamics365.ts";
import { demo, type DynamicsSL, openDynamicsSL } from "../systems/dynamics_sl/dynamics_sl.ts";
import { isObject, type JsonObject, number, scalar, writeJson } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, type PayTrace, seedPayTraceCustomer } from "../systems/paytrace/paytrace.ts";
import { Sage500 } from "../systems/sage500/sage500.ts";
import { Desk } from "./desk.ts";
import { paySecret, random, spoil } from "./pay.ts";
import { decide, mend, reviews, settle, takeTemplate, type Task, type Truth, under } from "./pairing.ts";
import { letters } from "./sage_day.ts";
import { erpSecret, type Server, World } from "./world.ts";

const seed = Number(process.env.WEFT_SEED ?? 1);
const each = Number(process.env.WEFT_OPERATIONS ?? 3);
const chance = 0.008; // of each of nine kinds of fault, for each request
const password = "canary-sage-42-pg";
const asked = (task: Task): boolean => task.kind === "review";

/** What the test does to the books of an ERP, and sees in them. */
interface Erp {
  flow: string;
  prefix: string;
  add: (id: string, name: string) => void;
  rename: (id: string, name: string) => void;
  name: (id: string) => string;
  wrote: () => number; // how often a flow wrote into its customers
  told: () => Promise<string[]>; // what people were told, in whatever way
  overrule: (id: string) => void; // somebody says that the gateway is right
}

interface Setting {
  world: World;
  gateway: PayTrace;
  sage: Sage500;
  all: StandIn[];
  erps: Erp[];
}

function rowOf(erp: Dynamics365, id: string): { id: string; version: number; values: JsonObject } {
  const row = erp.dataverse.table("accounts").findByKey(["accountnumber"], { accountnumber: id });
  assert.ok(row !== undefined, id);
  return row;
}

/** State and country in words, e-mail with capitals: PayTrace has them as codes and without, and that is no change. */
function ofDynamics(erp: Dynamics365, standIn: StandIn): Erp {
  return { flow: "dynamics365-customers-with-paytrace", prefix: "DV",
    add: (accountnumber, name) => { erp.seed("accounts", { accountnumber, name, emailaddress1: "Ann@Fabrikam.example",
      address1_stateorprovince: "Washington", address1_country: "United States", address1_city: "Seattle" }); },
    rename: (id, name) => { erp.change("accounts", rowOf(erp, id), { name }); },
    name: (id) => scalar(rowOf(erp, id).values.name),
    wrote: () => standIn.ledger.of("accounts").length,
    told: () => Promise.resolve([...erp.dataverse.table("tasks").rows.values()]
      .map((row) => scalar(row.values.subject))),
    overrule: (id) => { erp.change("accounts", rowOf(erp, id), { new_paytracesync: "gateway" }); } };
}

function ofSL(erp: DynamicsSL, standIn: StandIn, world: World): Erp {
  const rows = erp.books.customers;
  const tasks = (): Task[] => reviews(world).filter((task) => task.flow === "dynamics-sl-customer-conflict");
  return { flow: "dynamics-sl-customers-with-paytrace", prefix: "SL",
    add: (CustId, Name) => { rows.set(CustId, { CustId, Name, EMailAddr: "Ann@Fabrikam.example", State: "WA",
      Country: "USA", City: "Seattle" }); },
    rename: (id, Name) => { Object.assign(rows.get(id) ?? {}, { Name }); },
    name: (id) => scalar(rows.get(id)?.Name),
    wrote: () => standIn.ledger.of("customer").length,
    told: () => Promise.resolve(tasks().map((task) => task.title)),
    overrule: (id) => {
      decide(world, tasks().find((task) => task.title.startsWith(`Customer ${id} `))?.review ?? "", "gateway");
    } };
}

/** Changed by its import alone; whoever is told of something gets a letter. */
function ofSage(sage: Sage500, world: World, gateway: PayTrace): Erp {
  const own = { renamed: 0, keys: 500 };
  const rename = (id: string, name: string): void => {
    own.renamed += 1;
    sage.ask(`UPDATE tarCustomer SET CustName = '${name}' WHERE CustID = '${id}'`);
  };
  return { flow: "sage500-customers-with-paytrace", prefix: "SG", rename,
    add: (id, name) => {
      own.keys += 1;
      sage.ask(`INSERT INTO tciAddress VALUES (${own.keys}, '1 Main St', NULL, 'Seattle', 'WA', '98101', 'USA');
        INSERT INTO tciContact VALUES (${own.keys}, '2065550100', 'Ann@Fabrikam.example');
        INSERT INTO tarCustomer (CustKey, CompanyID, CustID, CustName, DfltBillToAddrKey, PrimaryCntctKey)
          VALUES (${own.keys}, 'SOA', '${id}', '${name}', ${own.keys}, ${own.keys})`);
    },
    name: (id) => sage.ask(`SELECT CustName FROM tarCustomer WHERE CustID = '${id}'`),
    wrote: () => [...sage.did("customer changed").values()].reduce((sum, times) => sum + times, 0) - own.renamed,
    told: async () => (await Promise.all((await world.runs("&flow=notice")).map(({ run }) => world.show(run))))
      .map(({ input }) => writeJson(input)),
    overrule: (id) => { rename(id, profileName(gateway, id)); } };
}

function profileName(gateway: PayTrace, id: string): string {
  const billing = gateway.books.customers.get(id)?.fields.billing_address;
  return isObject(billing) ? scalar(billing.name) : "";
}

/** Somebody changes the profile: of its address the name. */
function renameProfile(gateway: PayTrace, id: string, name: string): void {
  const fields = gateway.books.customers.get(id)?.fields ?? {};
  fields.billing_address = { ...isObject(fields.billing_address) ? fields.billing_address : {}, name };
}

async function open(t: TestContext): Promise<Setting> {
  const [{ system: gateway, standIn: paytrace }, { system: d365, standIn: dataverse }, { system: sl, standIn: ctapi }]
    = await Promise.all([openPayTrace({ password: paySecret }), openDynamics365({ clientSecret: erpSecret }),
      openDynamicsSL()]);
  const sage = await Sage500.open(password);
  const world = new World({ WEFT_DEMO_PAYTRACE_URL: paytrace.url, WEFT_DEMO_PAYTRACE_PASSWORD: paySecret,
    WEFT_DEMO_ERP_URL: dataverse.url, WEFT_DEMO_SL_URL: ctapi.url, WEFT_DEMO_SL_PASSWORD: demo.password,
    WEFT_DEMO_SAGE_PORT: String(sage.door.port), WEFT_DEMO_SAGE_PASSWORD: password });
  const all = [paytrace, dataverse, ctapi];
  t.after(async () => {
    await world.end();
    await sage.close();
    for (const standIn of all) await standIn.close();
  });
  takeTemplate(world, "dynamics365-customers-with-paytrace", [['"every": "1m"', '"every": "1s"']]);
  for (const name of ["dynamics-sl-customers-with-paytrace", "dynamics-sl-customer-conflict",
    "sage500-customers-with-paytrace", "sage500-customer-import"]) takeTemplate(world, name);
  letters(world);
  return { world, gateway, sage, all,
    erps: [ofDynamics(d365, dataverse), ofSL(sl, ctapi, world), ofSage(sage, world, gateway)] };
}

/** What Sage's import did, where its answer got lost; undefined: nothing. Nothing else is ever in doubt. */
function truthOf({ world, sage }: Setting): Truth {
  return async (flow, step, run) => {
    assert.equal(flow, "sage500-customer-import");
    const found = (await world.show(run)).steps.find((one) => one.step === "session")?.output;
    const session = scalar(isObject(found) ? found.session : "");
    const state = sage.ask(`SELECT ProcessStatus FROM StgCustomer WHERE SessionKey = ${session}`);
    if (step === "stage") return state === "" ? undefined : { session: number(Number(session)) };
    assert.match(step, /\/call$/);
    if (state === "0" || state === "") return undefined;
    const taken = state === "1";
    return { row: { continue: number(0), processed: number(taken ? 1 : 0), failed: number(taken ? 0 : 1),
      total: number(1), ret: number(1) } };
  };
}

/** Every request, and every commit of Sage's database, may fail from now on. */
function spoilAll({ all, sage }: Setting, lot: { seed: number }): void {
  for (const standIn of all) spoil(standIn, chance, lot);
  sage.door.lot = () => random(lot) < 4 * chance ? random(lot) < 0.5 ? "after_commit" : "before_commit" : undefined;
}

const asks = ({ all }: Setting): number => all.reduce((total, standIn) => total + standIn.requests.length, 0);

/** All three compare by hand, as they do by themselves every hour; until so many requests more have come. */
async function compare(setting: Setting, requests: number): Promise<void> {
  const { world, erps } = setting;
  const enough = asks(setting) + requests;
  const desk = new Desk(world);
  for (const { flow } of erps) {
    const heard = await desk.post(`/flows/${flow}/start`, { trigger: "by_hand", body: {} });
    assert.equal(heard.status, 202, heard.text);
  }
  await under(world, truthOf(setting), "they are under way", () => asks(setting) >= enough);
}

async function calm(setting: Setting): Promise<void> {
  setting.sage.door.lot = () => undefined;
  setting.sage.behave();
  mend(setting.world, setting.all);
  await settle(setting.world, truthOf(setting), asked);
  await compare(setting, 0); // what failed in the middle is made up for the next time
  await settle(setting.world, truthOf(setting), asked);
}

const ids = (prefix: string, kind: string): string[] =>
  Array.from({ length: each }, (_, n) => `${prefix}-${kind}-${n + 1}`);

function assertAlike({ gateway, erps }: Setting, alike: readonly [kind: string, name: string][]): void {
  for (const { name, prefix } of erps)
    for (const [kind, now] of alike)
      for (const id of kind === "E" || kind === "G" ? ids(prefix, kind) : [`${prefix}-${kind}`])
        assert.deepEqual([name(id), profileName(gateway, id)], [`${id} ${now}`, `${id} ${now}`]);
}

/** The first time the ERP is right; nobody is made on either side. */
async function begin(setting: Setting): Promise<Server> {
  const { gateway, erps, sage } = setting;
  for (const { add, prefix } of erps) {
    for (const id of [...ids(prefix, "E"), ...ids(prefix, "G"), `${prefix}-BOTH`, `${prefix}-LONG`]) {
      add(id, `${id} Inc`);
      seedPayTraceCustomer(gateway, id, `${id} Old`);
    }
    add(`${prefix}-BARE`, "Without a card");
    seedPayTraceCustomer(gateway, `${prefix}-LOST`);
  }
  spoilAll(setting, { seed });
  const server = await setting.world.serve();
  const alike: [string, string][] = [["E", "Inc"], ["G", "Inc"], ["BOTH", "Inc"], ["LONG", "Inc"]];
  await compare(setting, 10 * each);
  await calm(setting);
  assertAlike(setting, alike);
  assert.equal(sage.did("customer changed").size, 0, "the ERP was changed, though it is right");
  for (const { prefix } of erps) {
    assert.equal(gateway.books.customers.has(`${prefix}-BARE`), false);
    assert.equal(profileName(gateway, `${prefix}-LOST`), `${prefix}-LOST`);
  }
  return server;
}

/** Some here, some there, one on both sides, one who has no room on the other; and in the middle of it a kill. */
async function change(setting: Setting, server: Server): Promise<void> {
  const { world, gateway, erps, sage } = setting;
  for (const { rename, prefix } of erps) {
    for (const id of ids(prefix, "E")) rename(id, `${id} of the ERP`);
    for (const id of ids(prefix, "G")) renameProfile(gateway, id, `${id} of PayTrace`);
    rename(`${prefix}-BOTH`, "Here");
    renameProfile(gateway, `${prefix}-BOTH`, "There");
    if (prefix === "SG") renameProfile(gateway, `${prefix}-LONG`, "x".repeat(41)); // CustName has 40
    else rename(`${prefix}-LONG`, "x".repeat(51)); // PayTrace has 50
  }
  sage.misbehave("import.killed", 1);
  for (const cut of ["after_commit", "before_commit"] as const) sage.door.cut(cut);
  spoilAll(setting, { seed: seed + 1 });
  await compare(setting, 3 * each);
  await server.kill();
  await world.serve();
  const alike: [string, string][] = [["E", "of the ERP"], ["G", "of PayTrace"]];
  await compare(setting, 4 * each);
  await calm(setting);
  assertAlike(setting, alike);
  for (const { name, prefix, told } of erps) {
    assert.deepEqual([name(`${prefix}-BOTH`), profileName(gateway, `${prefix}-BOTH`)], ["Here", "There"]);
    assert.notEqual(name(`${prefix}-LONG`), profileName(gateway, `${prefix}-LONG`));
    const words = await told();
    assert.equal(words.length, 2, words.join("\n"));
    for (const id of [`${prefix}-BOTH`, `${prefix}-LONG`])
      assert.equal(words.filter((word) => word.includes(`Customer ${id} `)).length, 1, `${id} is told once`);
  }
  assert.deepEqual(ids("SG", "G").map((id) => sage.did("customer changed").get(id)), Array(each).fill(1),
    "what came from PayTrace was imported once each");
}

/** Somebody says who is right, and makes short what was too long. */
async function mendPeople(setting: Setting): Promise<void> {
  const { world, gateway, erps } = setting;
  for (const { rename, overrule, prefix } of erps) {
    renameProfile(gateway, `${prefix}-BOTH`, `${prefix}-BOTH There`);
    overrule(`${prefix}-BOTH`);
    if (prefix === "SG") renameProfile(gateway, `${prefix}-LONG`, `${prefix}-LONG Short`);
    else rename(`${prefix}-LONG`, `${prefix}-LONG Short`);
  }
  for (const { review, title } of reviews(world))
    if (title.startsWith("Customer SL-LONG ")) decide(world, review, "again");
  const alike: [string, string][] = [["BOTH", "There"], ["LONG", "Short"]];
  spoilAll(setting, { seed: seed + 2 });
  await compare(setting, 2 * each);
  await calm(setting);
  assertAlike(setting, [...alike, ["E", "of the ERP"], ["G", "of PayTrace"]]);
  assert.deepEqual(reviews(world), []);
}

/** What the flow found the last time that it looked at all of them. */
async function lastResult(world: World, flow: string): Promise<JsonObject> {
  for (const { run } of await world.runs(`&flow=${flow}&status=succeeded`)) {
    const found = (await world.show(run)).steps.find((step) => step.step === "result")?.output;
    if (isObject(found)) return found;
  }
  return {};
}

/** What they wrote themselves is no news to them. */
async function hearNoEcho(setting: Setting): Promise<void> {
  const { world, erps, all, sage } = setting;
  const written = (): string => JSON.stringify([...all.map((standIn) => standIn.ledger.entries.length),
    ...sage.did("customer changed").values()]);
  const before = written();
  await calm(setting);
  assert.equal(written(), before);
  for (const { flow } of erps) {
    const result = await lastResult(world, flow);
    assert.equal(scalar(result.same), String(2 * each + 2), `${flow}: ${writeJson(result)}`);
  }
  assert.deepEqual((await world.runs("&status=failed")).map((run) => run.flow), []);
}

it(`keeps customers alike in both directions, without echo, whatever fails (seed ${seed})`, async (t) => {
  const setting = await open(t);
  const server = await begin(setting);
  await change(setting, server);
  await mendPeople(setting);
  await hearNoEcho(setting);
  assert.ok(setting.sage.door.cutsDone > 0, "no line to the database was ever cut");
});
