// The daily settlement of the pairings, from their set-up to what stands in the ledger, as a customer would: the
// systems are those of the guide's command (../systems/serve.ts), connections are made of what it prints, flows of
// templates by their set-up lists; what does not agree is explained by one person and approved by another. Dynamics SL
// with PayTrace goes this way in the browser: web/e2e/pairings.test.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Form, type Pairing, pairings } from "../systems/pairings.ts";
import { Desk, type Heard, type Said } from "./desk.ts";
import { eventually, World } from "./world.ts";

interface Field { title?: string; "x-weft-secret"?: boolean }
interface Connector {
  connector: string;
  title: string;
  environments: { name: string; base_url?: string }[];
  settings: { properties?: Record<string, Field> };
}
interface Bound { connector: string }

const HTTP = "Any system over HTTP"; // what the browser calls one without a manifest

function is(heard: Heard, status: number): Said {
  assert.equal(heard.status, status, heard.text);
  return heard.body;
}

/** Where the secrets of a connection may go: to the addresses that its form or its system names. */
function originsOf({ fields }: Form, { environments }: Connector, settings: Record<string, string>): string[] {
  const named = environments.map(({ base_url: url = "" }) =>
    url.replace(/\{([^}]+)\}/g, (_, name: string) => settings[name] ?? ""));
  return [...Object.values(fields), ...named].flatMap((text) => /^\w+:\/\/[^/]+/.exec(text)?.[0] ?? []);
}

/** Somebody who sets up what a pairing needs, with nothing but what the command has printed. */
class Customer {
  readonly desk: Desk;
  readonly #kept = new Map<string, string>(); // by connector the connection of the workspace

  constructor(world: World) { this.desk = new Desk(world); }

  /** Each form is typed in by its labels, as the browser shows them. */
  async connect(forms: readonly Form[]): Promise<void> {
    const { items } = is(await this.desk.get("/connectors"), 200) as unknown as { items: Connector[] };
    for (const form of forms) {
      const known = items.find((one) => one.title === form.system);
      assert.ok(known !== undefined || form.system === HTTP, `there is no system ${form.system}`);
      if (form.of?.startsWith("The shop") === true) continue; // no settlement needs it
      await this.#connectOne(form, known ?? { connector: "http", title: HTTP, environments: [], settings: {} });
    }
  }

  async #connectOne(form: Form, system: Connector): Promise<void> {
    const { connector } = system;
    const fields = Object.entries(system.settings.properties ?? {});
    const settings: Record<string, string> = {}, secrets: Record<string, string> = {};
    const place: Record<string, string> = {};
    for (const [label, value] of Object.entries(form.fields)) {
      const [name = label, field] = fields.find(([own, { title }]) => (title ?? own) === label) ?? [];
      if (label === "Private addresses that it may reach") place.allow = value;
      else if (label === "Address") place.base_url = value;
      else if (label.startsWith("Which ")) place.environment = value;
      else if (field !== undefined && field["x-weft-secret"] !== true) settings[name] = value;
      else secrets[name] = value;
      assert.ok(field !== undefined || connector === "http" || name in place || !(name in secrets),
        `the form of ${form.system} has no ${label}`);
    }
    const origins = originsOf(form, system, settings);
    for (const [name, value] of Object.entries(secrets))
      is(await this.desk.post(`/vault/${connector}_${name}/set`, { value, origins }), 200);
    const kept = Object.fromEntries(Object.keys(secrets).map((name) => [name, { vault: `${connector}_${name}` }]));
    const body = { connector, environments: { production: { ...place, settings, secrets: kept } } };
    is(await this.desk.ask("PUT", `/workspace/connections/${connector}`, body), 200);
    this.#kept.set(connector, connector);
  }

  /** A flow of a template, with its connections bound, whose set-up finds nothing missing: launched. */
  async launch(flow: string): Promise<void> {
    const { parameters } = is(await this.desk.get(`/templates/${flow}`), 200);
    const asked = (parameters as { name: string }[]).some(({ name }) => name === "timezone");
    is(await this.desk.post(`/templates/${flow}/instantiate`,
      { flow, ...(asked ? { parameters: { timezone: "UTC" } } : {}) }), 201);
    const draft = await this.desk.get(`/flows/${flow}/draft`);
    const { connections } = (is(draft, 200) as unknown as
      { bundle: { connections: { connections: Record<string, Bound> } } }).bundle.connections;
    const patch = Object.entries(connections).map(([name, { connector }]) => {
      const use = this.#kept.get(connector);
      assert.ok(use !== undefined, `${flow} needs ${connector}, which the command does not print`);
      return { op: "replace", path: `/connections/connections/${name}`, value: { connector, use } };
    });
    const bound = await this.desk.ask("PATCH", `/flows/${flow}/draft`, { patch }, draft.etag);
    is(bound, 200);
    const left = async (...phases: string[]): Promise<unknown[]> => {
      const list = is(await this.desk.get(`/flows/${flow}/checklist`), 200).phases as
        { phase: string; items: { done: boolean; item: string; text: string }[] }[];
      return list.filter(({ phase }) => phases.includes(phase)).flatMap(({ items }) => items)
        .filter(({ done, item }) => !done && !["group", "second"].includes(item)).map(({ text }) => text);
    };
    assert.deepEqual(await left("Discovery", "Configure & map"), [], flow);
    const { number } = is(await this.desk.post(`/flows/${flow}/versions`, {}, bound.etag), 201);
    is(await this.desk.post(`/flows/${flow}/deployments`, { version: String(number), environment: "production" }), 201);
  }
}

interface Way {
  title: string; // in docs/GUIDE.md
  pairing: string;
  /** What puts the first sale into the books, those that it calls first; none: the books know of no sale. */
  payment: string[];
  settlement: string;
  journal: string; // what it calls
  account: string; // where the sale that no book knows of belongs
  clearing: string;
  entered: RegExp; // what is in the ledger before anybody has decided
}

const ways: Way[] = [
  { title: "Dynamics 365 and PayTrace", pairing: "dynamics365-paytrace",
    payment: ["dynamics365-payment-journal", "paytrace-payment-matched-to-dynamics365"],
    settlement: "paytrace-settlement-to-dynamics365", journal: "dynamics365-ledger-journal", account: "4000",
    clearing: "USMF PAYT", entered: /^the ledger is empty$/ },
  { title: "Sage 500 and PayTrace", pairing: "sage500-paytrace",
    payment: ["notice", "paytrace-payment-to-sage500"],
    settlement: "paytrace-settlement-to-sage500", journal: "sage500-journal", account: "4000-00-00",
    clearing: "1030-00-00", entered: /^the ledger is empty$/ },
  { title: "Dynamics SL and Cybersource", pairing: "dynamics-sl-cybersource", payment: [],
    settlement: "cybersource-settlement-to-dynamics-sl", journal: "dynamics-sl-journal", account: "4010",
    clearing: "1030", entered: /^ledger: \d+, CS\d{8}: 1010 1249\.76, 6110 0\.25, 1030 -1250\.01$/ },
];

interface Setting {
  world: World;
  pairing: Pairing;
  customer: Customer;
}

async function open(t: TestContext, name: string): Promise<Setting> {
  const pairing = await (pairings[name] ?? assert.fail(name))();
  const world = new World();
  t.after(async () => {
    await world.end();
    await pairing.close();
  });
  await world.serve({ env: { WEFT_FILES_ROOT: world.folder } });
  const customer = new Customer(world);
  await customer.connect(pairing.forms);
  return { world, pairing, customer };
}

async function sell({ world, pairing, customer }: Setting, flows: readonly string[]): Promise<void> {
  pairing.sell();
  is(await customer.desk.post("/vault/paytrace_webhook/set", { value: "0123456789abcdef" }), 200);
  for (const flow of flows) await customer.launch(flow);
  await eventually("the sale is in the books", async () => (await world.runs(`&flow=${flows.at(-1) ?? ""}`))
    .some((run) => run.status === "succeeded"));
}

interface Row {
  run: string;
  name: string;
  status: string;
  sums: { open: number; counts: { matched: { left: number } }; totals: Said[] };
}

/** What there is of the newest settlement, once it has this status. */
async function settlement({ customer }: Setting, flow: string, status: string): Promise<Row> {
  return eventually(`the settlement is ${status}`, async () => {
    const { items } = is(await customer.desk.get(`/settlements?flow=${flow}`), 200) as unknown as { items: Row[] };
    return items[0]?.status === status ? items[0] : undefined;
  });
}

/** What people are asked in runs of this flow. */
async function taskOf({ customer }: Setting, flow: string): Promise<Said> {
  return eventually(`${flow} asks somebody`, async () =>
    is(await customer.desk.get(`/exceptions?flow=${flow}`), 200).items?.[0]);
}

/** Proposed by anna, who alone cannot decide on such a sum; agreed by bert. */
async function adjust(setting: Setting, { settlement: flow, account }: Way, amount: string): Promise<void> {
  const { desk } = setting.customer;
  const task = await taskOf(setting, flow);
  assert.deepEqual([task.title, task.role, task.approvals, (task.ports as string[])[0]],
    [`Settlement of ${today()}: 1 lines do not agree, ${amount} USD`, "finance", 2, "explained"]);
  assert.equal(task.remedy, "Choose one of the ways out; what the form asks for goes with it.");
  const path = `/exceptions/${String(task.exception)}`;
  const data = { explanation: "Sold at the counter", adjustments: [
    { line: "left 1", amount, currency: "USD", account, reason: "It has no invoice" }] };
  const before = setting.pairing.ledger();
  is(await desk.post(`${path}/decide`, { port: "explained", by: "anna", reason: "Seen in the gateway", data }), 200);
  is(await desk.post(`${path}/approve`, { by: "anna", reason: "I am sure" }), 403);
  assert.equal(setting.pairing.ledger(), before, "one person alone has posted it");
  is(await desk.post(`${path}/approve`, { by: "bert", reason: "It is there" }), 200);
}

/** In Sage 500 a person enters journals: as the task says, word for word. */
async function enter(setting: Setting, flow: string): Promise<void> {
  const { pairing, customer } = setting;
  if (pairing.enter === undefined) return;
  const task = await taskOf(setting, flow);
  const { advice } = task.data as { advice: string };
  const comment = /comment of each line must be: (.*)$/m.exec(advice)?.[1] ?? "";
  const lines = [...advice.matchAll(/^(\S+) (debit|credit) (\d+\.\d\d) USD/gm)]
    .map(([, account = "", side, amount = ""]) => `${account} ${side === "credit" ? "-" : ""}${amount}`);
  assert.equal(pairing.enter(`${comment}: 1030-00-00 1.00`), "the journal is out of balance by 1.00");
  assert.match(pairing.enter(`${comment}: 1 1.00, 2 -1.00`), /^there is no account 1; there are 1030-00-00, /);
  assert.equal(pairing.enter(`${comment}: ${lines.join(", ")}`), `posted: ${comment}`);
  is(await customer.desk.post(`/exceptions/${String(task.exception)}/decide`,
    { port: "entered", by: "anna", reason: "It is posted" }), 200);
}

const guide = readFileSync(join(import.meta.dirname, "../../docs/GUIDE.md"), "utf8");
const today = (): string => new Date().toISOString().slice(0, 10);

/** The day of the settlement is today, which must not end meanwhile. */
async function noMidnight(): Promise<void> {
  const left = 86_400_000 - Date.now() % 86_400_000;
  if (left < 60_000) await sleep(left);
}

for (const way of ways)
  it(`${way.pairing}: from the set-up to a day that is closed and stands in the ledger`, async (t) => {
    await noMidnight();
    const setting = await open(t, way.pairing);
    const { pairing, customer } = setting;
    const template = is(await customer.desk.get(`/templates/${way.settlement}`), 200);
    const told = `\n| ${way.title} | ${String(template.name)} | \`${way.account}\` |\n`;
    assert.ok(guide.includes(told), `docs/GUIDE.md does not say ${told}`);
    if (way.payment.length > 0) await sell(setting, way.payment);
    const [, amount = "", code = ""] = /: (\d+\.\d\d) for (COUNTER-\d+)/.exec(pairing.stray()) ?? [];
    pairing.settle();
    for (const flow of [way.journal, way.settlement]) await customer.launch(flow);
    const day = { trigger: "by_hand", body: { day: today() } };
    is(await customer.desk.post(`/flows/${way.settlement}/start`, day), 202);
    const { run, name, sums } = await settlement(setting, way.settlement, "waiting");
    assert.deepEqual([name, sums.open, sums.counts.matched.left, sums.totals[0]?.closes, String(sums.totals[0]?.open)],
      [`Settlement of ${today()}`, 1, way.payment.length > 0 ? 1 : 0, true, String(Number(amount))]);
    assert.match(pairing.ledger(), way.entered);
    await adjust(setting, way, amount);
    await enter(setting, way.journal);
    await settlement(setting, way.settlement, "succeeded");
    const posted = pairing.ledger();
    const journals = posted.replace("ledger: ", "").split("; ").map((each) => each.split(": ")[1]?.split(", ").sort());
    assert.deepEqual(journals.at(-1), [`${way.account} -${amount}`, `${way.clearing} ${amount}`].sort());
    assert.doesNotMatch(posted, /out of balance|not released/);
    assert.deepEqual(is(await customer.desk.get("/exceptions"), 200).items, []);

    const { text } = await customer.desk.get(`/settlements/${run}/export`);
    assert.match(text, new RegExp(`\\r\\n\\d,only_left,,,,USD,${amount.replace(".", "[.]")},,.*,${code},`));
    const shown = is(await customer.desk.get(`/settlements/${run}`), 200) as unknown as Row;
    assert.deepEqual([shown.sums.totals[0]?.adjusted, shown.sums.totals[0]?.left_over], [Number(amount), 0]);

    assert.deepEqual(is(await customer.desk.get("/settlements?open=true"), 200).items, []); // all is adjusted
    const [listed] = is(await customer.desk.get("/settlements"), 200).items as unknown as Row[];
    assert.deepEqual(listed?.sums, shown.sums);

    // The same day again, explained in the same way: nothing stands twice.
    is(await customer.desk.post(`/flows/${way.settlement}/start`, day), 202);
    await settlement(setting, way.settlement, "waiting");
    await adjust(setting, way, amount);
    await settlement(setting, way.settlement, "succeeded");
    assert.equal(pairing.ledger(), posted);
    assert.deepEqual(is(await customer.desk.get("/runs?status=failed"), 200).items, []);
  });
