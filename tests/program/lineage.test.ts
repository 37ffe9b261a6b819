// Where a field of a run came from and where it went, over the real program: flows of our own with every kind of
// place, the templates' mappings, and the proof: what is changed outside of a field's lineage does not change it.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Answer, ask } from "./contract.ts";
import { password, Visitor } from "./people.ts";
import { type Server, templates, World } from "./world.ts";

interface By { node: string; pointer: string; kind?: string; text?: string; names?: string[]; modules?: string[] }
interface Hop {
  id: number; run: string; step?: string; side?: string; at?: string; node?: string; type?: string; end?: string;
  name?: string; absent?: boolean; value?: { kind: string; value?: unknown };
  from: { hop: number; relation: string; by?: By }[];
}
interface Lineage { hops: Hop[]; absent?: boolean; more: boolean; values: boolean }

const world = new World();
let server: Server;

const open = { type: "none" };
const order = {
  weft: 1, name: "Order", vars: { currency: "USD" },
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "order", respond: "result", verify: open } },
    { id: "entry", type: "transform.map", config: { fields: [
      { to: "ARDocAmt", from: "=trigger.body.amount" },
      { to: "Gross", from: "=trigger.body.amount * 1.10" },
      { to: "cust.id", from: "=trigger.body.customer.id", convert: "text" },
      { to: "cust.token", from: "=trigger.body.token" },
      { to: "Fee", from: "=require('rules.fee').of(trigger.body)" },
      { to: "Account", from: "=lookup('accounts', trigger.body.kind)" },
      { to: "Cur", from: "=trigger.body.currency", default: "=vars.currency" },
      { to: "Kind", when: "=trigger.body.amount < 0", from: "refund" },
      { to: "Kind", from: "payment" },
      { to: "lines", each: "=trigger.body.lines", as: "line", fields: [
        { to: "sku", from: "=item.sku" }, { to: "sum", from: "=line.qty * line.price" }] },
      { to: "big", each: "=trigger.body.lines", where: "=item.qty > 1", fields: [{ to: "sku", from: "=item.sku" }] },
      { to: "tags[].name", each: "=trigger.body.tags", from: "=item" },
    ] } },
    { id: "wanted", type: "branch.filter", config: { when: "=trigger.body.wanted" } },
    { id: "each", type: "branch.foreach", config: { items: "=steps.entry.lines", body: { nodes: [
      { id: "one", type: "transform.map", config: { fields: [
        { to: "what", from: "=item.sku" }, { to: "of", from: "=steps.entry.cust.id" }, { to: "n", from: "=index" }] } },
    ], edges: [] }, collect: "=steps.one" } },
    { id: "post", type: "branch.call", config: { flow: "posting",
      input: { doc: "=steps.each", amount: "=steps.entry.ARDocAmt" } } },
    { id: "said", type: "transform.script", config: { source: "local t = trigger -- steps.each's\n" +
      "local r = [[ it's input.x ]]\nreturn { all = t.body.amount, posted = steps.post.got }" } },
  ],
  edges: [{ from: "hook", to: "entry" }, { from: "entry", to: "wanted" }, { from: "wanted", to: "each" },
    { from: "each", to: "post" }, { from: "post", to: "said" }],
};
const posting = {
  weft: 1, name: "Posting",
  nodes: [
    { id: "called", type: "trigger.call" },
    { id: "booked", type: "transform.map", config: { fields: [
      { to: "got", from: "=trigger.body.amount" }, { to: "second", from: "=trigger.body.doc[2].what" }] } },
  ],
  edges: [{ from: "called", to: "booked" }],
};
const fee = "local M = {}\nfunction M.of(o) return o.amount * 0.01 end\nreturn M";
const body = {
  amount: 149.90, customer: { id: 7 }, kind: "sale", wanted: true, token: "t-secret", tags: ["x", "y"], note: "n",
  lines: [{ sku: "A", qty: 1, price: 2 }, { sku: "B", qty: 2, price: 3 }] };

async function local(path: string): Promise<Answer> {
  return ask({ socketPath: join(world.data, "weft.sock") }, { method: "GET", path });
}
async function lineage(run: string, query: Record<string, string>): Promise<Lineage> {
  const answer = await local(`/runs/${run}/lineage?${new URLSearchParams(query).toString()}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json as unknown as Lineage;
}
/** Every place and end of it: "/body/amount", "constant", "lookup accounts"; its relations to what is before it. */
function ends(told: Lineage): string[] {
  return told.hops.filter((hop) => hop.end !== undefined && hop.end !== "trigger")
    .map((hop) => hop.name === undefined ? hop.end ?? "" : `${hop.end ?? ""} ${hop.name}`).sort();
}
const sources = (told: Lineage): string[] => told.hops
  .filter((hop) => hop.step === "" && hop.side === "input").map((hop) => hop.at ?? "").sort();
const chain = (told: Lineage): string[] => told.hops.filter((hop) => hop.end === undefined)
  .map((hop) => `${hop.step ?? ""}:${hop.side ?? ""}${hop.at ?? ""}`);
const relation = (told: Lineage, at = 0): string[] => (told.hops[at]?.from ?? []).map((link) => link.relation);

let run = "";
before(async () => {
  world.flow("order", order, { "rules/fee.lua": fee,
    "lookups/accounts.json": { rows: { sale: "4000", refund: "4900" } } });
  world.flow("posting", posting);
  server = await world.serve();
  const answer = await fetch(server.hook("order"), { method: "POST",
    headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
  run = (await world.runs("&flow=order"))[0]?.run ?? "";
});
after(() => world.end());

describe("a field's lineage", () => {
  const entry = (at: string): Promise<Lineage> => lineage(run, { step: "entry", at });

  it("is the field, as it is, with its line and its values", async () => {
    const told = await entry("/ARDocAmt");
    assert.deepEqual(chain(told), ["entry:output/ARDocAmt", ":input/body/amount"]);
    assert.deepEqual(relation(told), ["value"]);
    const by = told.hops[0]?.from[0]?.by;
    assert.equal(by?.pointer, "/nodes/1/config/fields/0/from");
    assert.equal(by.text, "trigger.body.amount");
    assert.deepEqual(told.hops.slice(0, 2).map((hop) => Number(hop.value?.value)), [149.9, 149.9]);
  });
  it("knows what was made of fields, rules, tables, defaults and constants", async () => {
    assert.deepEqual([sources(await entry("/Gross")), relation(await entry("/Gross"))], [["/body/amount"], ["made"]]);
    assert.deepEqual(sources(await entry("/cust/id")), ["/body/customer/id"]);
    const rule = await entry("/Fee");
    assert.deepEqual(sources(rule), ["/body"]);
    assert.equal(rule.hops[0]?.from[0]?.by?.kind, "rule");
    assert.ok(rule.hops[0].from[0].by.names?.includes("amount"));
    const table = await entry("/Account");
    assert.deepEqual([sources(table), ends(table)], [["/body/kind"], ["lookup accounts"]]);
    const cur = await entry("/Cur");
    assert.deepEqual([sources(cur), ends(cur)], [["/body/currency"], ["variable currency"]]);
    const kind = await entry("/Kind");
    assert.deepEqual([sources(kind), ends(kind)], [["/body/amount"], ["constant", "constant"]]);
    assert.deepEqual(relation(kind), ["because", "made", "made"]);
    assert.deepEqual(sources(await entry("/cust")), ["/body/customer/id", "/body/token"]);
  });
  it("follows an item by its position, and a list that is filtered as a whole", async () => {
    assert.deepEqual(sources(await entry("/lines/1/sku")), ["/body/lines", "/body/lines/1/sku"]);
    assert.deepEqual(sources(await entry("/lines/0/sum")),
      ["/body/lines", "/body/lines/0/price", "/body/lines/0/qty"]);
    const big = await entry("/big/0/sku");
    assert.ok(!sources(big).includes("/body/lines/0/sku") && sources(big).includes("/body/lines"));
    assert.deepEqual(sources(await entry("/tags/1/name")), ["/body/tags", "/body/tags/1"]);
  });
  it("goes through loops and called flows, and up to who called", async () => {
    const what = await lineage(run, { step: "each", at: "/1/what" });
    assert.deepEqual(chain(what).slice(0, 5), ["each:output/1/what", "each[2]:result/what", "each[2]/one:output/what" ,
      "each:settings/items/1/sku", "entry:output/lines/1/sku"]);
    const n = await lineage(run, { step: "each[2]/one", at: "/n" });
    assert.deepEqual(ends(n), ["position index"]);
    const got = await lineage(run, { step: "said", at: "/posted" });
    assert.deepEqual(sources(got), ["/body/amount", "/body/amount"]); // the called run's, and ours
    const called = got.hops.find((hop) => hop.node === "booked")?.run ?? "";
    assert.notEqual(called, run);
    const up = await lineage(called, { step: "booked", at: "/second" });
    assert.ok(up.hops.some((hop) => hop.run === run && hop.at === "/body/lines/1/sku"), JSON.stringify(chain(up)));
  });
  it("tells what decided, and words of texts and comments are no names", async () => {
    const told = await lineage(run, { step: "wanted", at: "/ARDocAmt" });
    assert.deepEqual(relation(told), ["same", "because"]);
    const said = await lineage(run, { step: "said", at: "/all" });
    assert.deepEqual(said.hops[0]?.from.map((link) => said.hops[link.hop]?.step), ["", "post"]);
    assert.deepEqual(sources(said).at(0), "/body/amount"); // by its local
    assert.equal((await lineage(run, { step: "entry", at: "/nowhere" })).absent, true);
  });
  it("tells what went into a request, setting by setting, with what is written as it is", async () => {
    const told = await lineage(run, { step: "post", side: "settings" });
    const [first] = told.hops;
    assert.deepEqual(first?.from.map((link) => told.hops[link.hop]?.at),
      ["/flow", "/input/doc", "/input/amount"]);
    const flow = told.hops.find((hop) => hop.at === "/flow");
    assert.equal(flow?.from[0]?.by?.text, '"posting"');
    assert.ok(sources(told).includes("/body/amount"));
    const one = await lineage(run, { step: "post", side: "settings", at: "/input/amount" });
    assert.deepEqual(chain(one), ["post:settings/input/amount", "entry:output/ARDocAmt", ":input/body/amount"]);
  });
  it("leads forward: mappings, conditions, loops, requests", async () => {
    const told = await lineage(run, { at: "/body/amount", direction: "forward" });
    const places = chain(told);
    for (const place of ["entry:output/ARDocAmt", "entry:output/Gross", "entry:output/Fee",
      "post:settings/input/amount", "said:output"])
      assert.ok(places.includes(place), `${place} in ${places.join(" ")}`);
    assert.ok(!places.includes("entry:output/Account"));
    assert.equal(told.more, true); // into the called flow it is not followed
    const item = chain(await lineage(run, { at: "/body/lines/1/sku", direction: "forward" }));
    assert.ok(!item.includes("each[1]/one:output/what"), item.join(" "));
  });
  it("refuses what is not there, in words", async () => {
    assert.equal((await local(`/runs/${run}/lineage?step=nobody`)).status, 404);
    assert.equal((await local(`/runs/${run}/lineage?at=x`)).status, 400);
    assert.equal((await local(`/runs/${run}/lineage?side=around`)).status, 400);
    assert.equal((await local("/runs/01JD3K8QZ7M2A/lineage")).status, 404);
  });
  it("shows values as payloads are shown: masked, and to nobody else", async () => {
    const seen = async (role: string, at: string): Promise<Lineage> => {
      const made = world.command(["user", "add", `a-${role}`, "--role", role, "--json", "--data", world.data]);
      const { invitation } = JSON.parse(made.stdout) as { invitation: { token: string } };
      const person = new Visitor(() => server);
      await person.ask("POST", "/invitation", { token: invitation.token, password });
      const told = await person.ask("GET", `/runs/${run}/lineage?step=entry&at=${at}`);
      assert.equal(told.status, 200, JSON.stringify(told.body));
      return told.body as unknown as Lineage;
    };
    const masked = await seen("operator", "/cust/token");
    assert.deepEqual(masked.hops.slice(0, 2).map((hop) => hop.value?.value), ["[masked]", "[masked]"]);
    const bare = await seen("viewer", "/ARDocAmt");
    assert.equal(bare.values, false);
    assert.deepEqual(chain(bare), ["entry:output/ARDocAmt", ":input/body/amount"]);
    assert.ok(bare.hops.every((hop) => hop.value === undefined && hop.absent === undefined));
  });
});

// ---- The templates

const leaves = (value: unknown, at = ""): string[] => typeof value === "object" && value !== null
  ? Object.entries(value).flatMap(([key, one]) =>
    leaves(one, `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`))
  : [at];
const mapped = readdirSync(templates).filter((name) =>
  existsSync(join(templates, name, "flow.json")) &&
  readFileSync(join(templates, name, "flow.json"), "utf8").includes("transform.map"));
type Fields = Record<string, unknown>;
interface Shown { run: string; steps: { step: string; type?: string; output?: unknown }[] }

/** Everything that a template's connections want to know, made up: they answer from their examples. */
function pretended(): Record<string, string> {
  const texts = mapped.map((name) => readFileSync(join(templates, name, "connections.json"), "utf8"));
  const names = texts.join("\n").matchAll(/"env": *"(\w+)"/g);
  return Object.fromEntries([...names].map((found) => [found[1] ?? "", "x0123456789abcdef0123456789abcdef"]));
}
function sample(name: string): Fields {
  const [first = ""] = readdirSync(join(templates, name, "tests")).filter((one) => one.endsWith(".json"));
  const { input } = JSON.parse(readFileSync(join(templates, name, "tests", first), "utf8")) as { input?: Fields };
  return input ?? {};
}
/** A template run as rehearsed; the run is kept in a folder. */
function rehearse(place: World, name: string, input: Fields, data = place.data): void {
  const done = place.command(["run", join(templates, name), "--simulate", "--input", "-", "--data", data],
    { input: JSON.stringify(input) });
  assert.notEqual(done.code, 2, done.stderr); // it ran, however it ended
}
function told(place: World, data: string): Shown {
  const list = JSON.parse(place.command(["runs", "--data", data, "--json"]).stdout) as { run: string }[];
  return JSON.parse(place.command(["show", list[0]?.run ?? "", "--data", data, "--json"]).stdout) as Shown;
}
const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
const at = (value: unknown, pointer: string): unknown => pointer.split("/").slice(1).reduce<unknown>(
  (around, key) => (around as Fields | undefined)?.[key], value);

describe("the templates", () => {
  const place = new World(pretended());
  let serving: Server | undefined;
  after(async () => { await serving?.stop(); await place.end(); });
  const trace = async (of: string, step: string, field: string): Promise<Lineage> => {
    const answer = await ask({ socketPath: join(place.data, "weft.sock") }, { method: "GET",
      path: `/runs/${of}/lineage?${new URLSearchParams({ step, at: field }).toString()}` });
    assert.equal(answer.status, 200, answer.text);
    return answer.json as unknown as Lineage;
  };

  it("have fields that all end at what came in, constants, tables, answers and rules", async () => {
    for (const name of mapped) rehearse(place, name, sample(name));
    serving = await place.serve();
    let fields = 0;
    for (const { run: made, flow } of await place.runs()) {
      const shown = await place.show(made) as unknown as Shown;
      for (const step of shown.steps.filter((one) => one.output !== undefined))
        for (const field of leaves(step.output).slice(0, step.type === "transform.map" ? 40 : 3)) {
          const found = await trace(made, step.step, field), where = `${flow} ${step.step}${field}`;
          fields++;
          assert.ok(!found.hops.some((hop) => hop.end === "unknown"), where);
          for (const hop of found.hops.filter((one) => one.end === undefined))
            assert.ok(found.more || hop.from.length > 0, `${where}: nothing behind ${JSON.stringify(hop)}`);
        }
    }
    assert.ok(fields > 60, `${fields} fields`);
  });
  it("change nowhere but where the lineage leads when a field of what came in changes", async () => {
    const name = "paytrace-payment-to-dynamics365", input = sample(name), before = join(place.folder, "before");
    rehearse(place, name, input, before);
    const was = told(place, before), known = (await place.runs(`&flow=${name}`))[0]?.run ?? "";
    let changed = 0;
    for (const [count, field] of leaves(input).entries()) {
      const other = structuredClone(input), value = at(other, field), data = join(place.folder, `${count}`);
      other[field.slice(1)] = typeof value === "number" ? value + 1
        : field === "/timestamp" ? "2026-10-19T15:30:00Z" : `${String(value)}9`;
      rehearse(place, name, other, data);
      const is = told(place, data);
      for (const step of was.steps) {
        const now = is.steps.find((one) => one.step === step.step);
        if (now?.output === undefined || step.output === undefined) continue;
        for (const leaf of leaves(step.output)) {
          if (at(now.output, leaf) === at(step.output, leaf)) continue;
          const found = sources(await trace(known, step.step, leaf));
          changed++;
          assert.ok(found.some((source) => overlaps(source, `/body${field}`)),
            `${step.step}${leaf} changed with ${field}, which is not among ${found.join(" ")}`);
        }
      }
    }
    assert.ok(changed > 10, `${changed} fields changed`);
  });
});
