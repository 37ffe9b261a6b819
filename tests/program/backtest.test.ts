// A changed flow held against recorded runs, against the real program: what systems and people answered then stands for
// them now, and what differs is the change's.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { Desk, type Heard, type Said } from "./desk.ts";
import { password, Visitor } from "./people.ts";
import { eventually, type Server, World } from "./world.ts";

const world = new World();
const desk = new Desk(world);
const canary = "canary-of-a-customer";
let server: Server;
let asked = 0;

async function read(request: IncomingMessage): Promise<{ amount: number }> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as { amount: number };
}
// The bank: numbers its entries, and takes none of 13.
const bank = createServer((request, answer) => {
  void read(request).then(({ amount }) => {
    answer.statusCode = amount === 13 ? 422 : 201;
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify(amount === 13 ? { error: "thirteen" } : { entry: `E-${++asked}` }));
  });
});

const rule = (limit: number): string => `if steps.nth.value < 1 then error('the count is gone') end
  return { account = decimal(trigger.body.amount) > ${limit} and '4100' or '4000' }`;
const flow = (limit: number): object => ({ weft: 1, name: "Book",
  settings: { money: { amount: "=trigger.body.amount", currency: "USD" } },
  nodes: [
    { id: "begin", type: "trigger.manual" },
    { id: "count", type: "connector.state", config: { action: "add", space: "books", key: "count" } },
    { id: "nth", type: "connector.state", config: { action: "get", space: "books", key: "count" } },
    { id: "choose", type: "transform.script", config: { source: rule(limit) } },
    { id: "lines", type: "branch.foreach", config: { items: "=trigger.body.lines", body: {
      nodes: [{ id: "post", type: "connector.http", connection: "bank", config: { method: "POST", path: "/entries",
        body: { amount: "=item", account: "=steps.choose.account", nth: "=steps.nth.value" } } }], edges: [] } } },
    { id: "sure", type: "branch.review", config: { title: "Sure?", ports: [{ port: "yes" }, { port: "no" }] } },
    { id: "last", type: "transform.map", config: { fields: [
      { to: "entry", from: "=text.upper(steps.lines[#steps.lines // 2 + 1].body.entry)" },
      { to: "password", from: "=steps.choose.account" },
      { to: "by", from: "=steps.sure.by" }] } }],
  edges: [{ from: "begin", to: "count" }, { from: "count", to: "nth" }, { from: "nth", to: "choose" },
    { from: "choose", to: "lines" }, { from: "lines", to: "sure" }, { from: "sure", port: "yes", to: "last" }] });

function is(heard: Heard, status: number): Heard {
  assert.equal(heard.status, status, heard.text);
  return heard;
}
const runs: Record<string, string> = {};
const hold = (run: string, more: object = {}): Promise<Heard> =>
  desk.post("/flows/book/backtest", { run, ...more });

async function begun(amount: number, lines: number[]): Promise<string> {
  return String(is(await desk.post("/flows/book/start", { body: { amount, lines, password: canary } }), 202).body.run);
}
async function comesTo(run: string, status: string): Promise<void> {
  await eventually(`${run} is ${status}`, async () => (await desk.get(`/runs/${run}`)).body.status === status);
}
async function ended(amount: number, lines: number[], port: string): Promise<string> {
  const run = await begun(amount, lines);
  await comesTo(run, "waiting");
  is(await desk.post(`/reviews/${run}/sure`, { port, by: "ada", reason: "it is" }), 200);
  await comesTo(run, "succeeded");
  return run;
}

before(async () => {
  await new Promise<void>((done) => { bank.listen(0, "127.0.0.1", done); });
  const at = `127.0.0.1:${(bank.address() as AddressInfo).port}`;
  server = await world.serve({ env: { WEFT_EGRESS_ALLOW: at } });
  const connections = { weft: 1, connections: { bank: { connector: "http", base_url: `http://${at}` } } };
  is(await desk.post("/flows", { flow: "book", bundle: { flow: flow(100), connections } }), 201);
  is(await desk.post("/flows/book/versions", {}, (await desk.get("/flows/book/draft")).etag), 201);
  is(await desk.post("/flows/book/deployments", { version: "1", environment: "production" }), 201);
  const many = Array.from({ length: 25 }, (_, index) => index + 100);
  runs.small = await ended(50, [1, 2], "yes");
  runs.large = await ended(200, many, "yes");
  runs.refused = await ended(60, [3], "no");
  runs.thirteen = await begun(40, [13]);
  await comesTo(runs.thirteen, "failed");
  runs.open = await begun(80, [4]);
  await comesTo(runs.open, "waiting");
  const draft = (await desk.get("/flows/book/draft")).body.bundle as object;
  is(await desk.ask("PUT", "/flows/book/draft", { bundle: { ...draft, flow: flow(55) } },
    (await desk.get("/flows/book/draft")).etag), 200);
});
after(async () => { bank.close(); await world.end(); });

describe("a changed rule held against what was", () => {
  it("is the same where the rule decides alike, loops, state, people and failures told", async () => {
    for (const run of [runs.small, runs.thirteen]) {
      const said = is(await hold(run ?? ""), 200).body;
      assert.deepEqual([said.alike, said.same, said.changes], [true, true, []], JSON.stringify(said));
    }
    const said = is(await hold(runs.small ?? ""), 200).body;
    assert.deepEqual([said.before, said.recorded].map((one) => (one as Said).status), ["succeeded", "succeeded"]);
    assert.deepEqual((said.after as Said).money, { USD: "50" });
  });

  it("says what would have left otherwise, of every turn of a loop, and masks what is secret", async () => {
    const said = is(await hold(runs.large ?? "", { bundle: await draftWith(500) }), 200).body;
    assert.deepEqual([said.alike, said.same], [true, false]);
    const left = said.changes?.filter((change) => change.what === "request") ?? [];
    assert.equal(left.length, 25);
    assert.deepEqual(left.at(-1), { what: "request", step: "lines[25]/post", pointer: "/0/body/account",
      kind: "changed", left: "4100", right: "4000" });
    assert.doesNotMatch(JSON.stringify(said), /"password"/);
    assert.deepEqual(said.changes?.filter((change) => change.step === "last"),
      [{ what: "output", step: "last", pointer: "", kind: "changed", left: "[masked]", right: "[masked]" }]);
  });

  it("says which way it would have gone and how it would have ended", async () => {
    const said = is(await hold(runs.refused ?? ""), 200).body;
    const left = said.changes?.filter((change) => change.what === "request");
    assert.deepEqual(left?.map((change) => change.right), ["4100"]);
    const stops = await draftWith(100, { id: "choose", type: "transform.script",
      config: { source: "error('closed')" } });
    const stopped = is(await hold(runs.refused ?? "", { bundle: stops }), 200).body;
    assert.deepEqual([stopped.before, stopped.after].map((one) => (one as Said).status), ["succeeded", "failed"]);
    assert.deepEqual((stopped.after as Said).money, {});
    assert.ok(stopped.changes?.some((change) => change.what === "step" && change.step === "sure" &&
      change.kind === "removed"), JSON.stringify(stopped.changes));
  });

  it("by a version in place of the draft; and says why a run cannot be told", async () => {
    assert.equal(is(await hold(runs.refused ?? "", { version: "1" }), 200).body.same, true);
    assert.match(is(await hold(runs.open ?? ""), 409).text, /has not succeeded or failed/);
    is(await hold("0AM0E2Y6W0000"), 404);
    is(await desk.post("/flows", { flow: "another", bundle: await draftWith(1) }), 201);
    assert.match(is(await desk.post("/flows/another/backtest", { run: runs.small }), 404).text, /has no run/);
    is(await hold(runs.small ?? "", { version: "99" }), 404);
    assert.match(is(await hold(runs.small ?? "", { bundle: { flow: { weft: 1, name: "x", nodes: [], edges: [
      { from: "a", to: "b" }] } } }), 422).text, /the flow has faults/);
  });

  it("shows nobody what is masked, not by another name either, and no payload to who may not read any", async () => {
    const renamed = await draftWith(100, { id: "choose", type: "transform.script",
      config: { source: "return { account = '4000', seen = trigger.body.password }" } });
    const heard = async (role: string): Promise<string[]> => {
      const person = await member(role);
      const context = await person.ask("GET", `/flows/book/context/lines?run=${runs.small}`);
      const newest = await person.ask("GET", "/flows/book/context/lines");
      assert.deepEqual([context.status, newest.status], [200, 200]);
      const kept = await person.ask("POST", "/flows/book/samples", { sample: `of-${role}`, run: runs.small });
      const test = await person.ask("POST", "/flows/book/backtest", { run: runs.small, bundle: renamed });
      const own = await person.ask("GET", `/flows/book/samples/of-${role}`);
      const all = [context, newest, test, own].map((answer) => JSON.stringify(answer.body));
      assert.doesNotMatch(all.join(), new RegExp(canary), role);
      return [String(kept.status), String(test.status), ...all];
    };
    const [kept, test, context] = await heard("integrator");
    assert.deepEqual([kept, test], ["201", "200"]);
    assert.match(context ?? "", /"amount":50,.*"password":"\[masked\]"/);
    const [none, refused, seen] = await heard("viewer");
    assert.deepEqual([none, refused], ["403", "403"]);
    assert.doesNotMatch(seen ?? "", /"amount"/);
    assert.match(is(await desk.get(`/flows/book/context/lines?run=${runs.small}`), 200).text, new RegExp(canary));
  });

  it("and nothing has left meanwhile, and no run is there that was not before", async () => {
    assert.equal(asked, 2 + 25 + 1 + 1);
    assert.equal((await world.runs()).length, Object.keys(runs).length);
  });
});

async function draftWith(limit: number, instead?: { id: string } & Said): Promise<object> {
  const bundle = (await desk.get("/flows/book/draft")).body.bundle as { flow: { nodes: Said[] } };
  const changed = { ...bundle, flow: flow(limit) } as { flow: { nodes: Said[] } };
  if (instead !== undefined)
    changed.flow.nodes = changed.flow.nodes.map((node) => node.id === instead.id ? instead : node);
  return changed;
}

/** Somebody with the role, signed in. */
async function member(role: string): Promise<Visitor> {
  const made = world.command(["user", "add", role, "--role", role, "--json", "--data", world.data]);
  assert.equal(made.code, 0, made.stderr);
  const { invitation } = JSON.parse(made.stdout) as { invitation: { token: string } };
  const person = new Visitor(() => server);
  assert.equal((await person.ask("POST", "/invitation", { token: invitation.token, password })).status, 201);
  return person;
}
