// Settlements at the API: what a reconciliation left in a run, as lists, sums, windows, a table; another tolerance
// tried; and adjustments that two people agree on.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Answer, type Fields, ask } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

const world = new World();
let server: Server;

const flow = {
  weft: 1,
  name: "A day",
  vars: { lead: "finance" },
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "day", verify: { type: "none" } } },
    { id: "compare", title: "Line by line", type: "transform.reconcile", config: {
      left: "=trigger.body.left", right: "=trigger.body.right", sides: { left: "Gateway", right: "Ledger" },
      title: "='The day of ' .. trigger.body.lead",
      amount: { left: "amount" }, currency: { left: "currency" },
      passes: [{ name: "id", keys: [{ left: "id" }], tolerance: { absolute: "0.00" } }] } },
    { id: "paid", type: "transform.map", config: { fields: [
      { to: "settlement",
        from: "={ net = decimal('29.50'), parts = array{ { name = 'fees', amount = decimal('-1.00') } } }" }] } },
    { id: "explain", type: "branch.review", config: {
      title: "It does not agree", ports: [{ port: "close", title: "Close the day" }, { port: "again" }],
      form: { type: "object", required: ["adjustments"], properties: { adjustments: { type: "array", items: {
        type: "object", required: ["amount", "account", "reason"], properties: {
          line: { type: "string" }, amount: { type: "string" }, currency: { type: "string" },
          account: { type: "string" }, reason: { type: "string" } } } } } },
      four_eyes_above: { amount: "10.00", value: "=#steps.compare.unmatched_left * 20" } } },
    { id: "booked", type: "transform.map", config: {
      fields: [{ to: "adjustments", from: "=steps.explain.data.adjustments" }] } },
  ],
  edges: [{ from: "hook", to: "compare" }, { from: "compare", to: "paid" }, { from: "compare", to: "explain" },
    { from: "explain", port: "close", to: "booked" }, { from: "explain", port: "again", to: "booked" }],
};
interface Page { items: Fields[]; total: number; next?: string }
const line = (id: string, amount: string, more = {}): object => ({ id, amount, currency: "USD", ...more });
const left = [line("a", "10.50"), line("b", "20.00", { note: "=2+2" }), line("c", "-3.30"), line("d", "1.01")];
const right = [line("a", "10.50"), line("c", "-3.00"), line("d", "1.00"), line("e", "7.77")];
let run = "";

const call = async (method: string, path: string, body?: Fields): Promise<Answer> =>
  ask({ socketPath: join(world.data, "weft.sock") }, { method, path,
    headers: { "Content-Type": "application/json", "Weft-Workspace": "main" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const fine = async (method: string, path: string, body?: Fields): Promise<Fields> => {
  const answer = await call(method, path, body);
  assert.equal(answer.status, 200, answer.text);
  return answer.json as Fields;
};
const total = (settlement: Fields): Fields => ((settlement.sums as Fields).totals as Fields[])[0] ?? {};
const lines = async (asked: string): Promise<Page> =>
  await fine("GET", `/settlements/${run}/lines?${asked}`) as unknown as Page;

before(async () => {
  world.flow("day", flow);
  server = await world.serve();
  const posted = await fetch(server.hook("day"), { method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ lead: "4111 1111 1111 1111", left, right }) });
  run = ((await posted.json()) as { run: string }).run;
  await eventually("it waits for people", async () =>
    (await world.show(run)).status === "waiting" ? true : undefined);
});
after(async () => { await world.end(); });

it("are listed with what is open", async () => {
  const { items } = await fine("GET", "/settlements?open=true") as { items: Fields[] };
  assert.equal(items.length, 1);
  const row = items[0] ?? {};
  assert.deepEqual([row.run, row.step, row.flow, row.status], [run, "compare", "day", "waiting"]);
  assert.match(row.name as string, /^The day of 4111 11[*]{2} [*]{4} 1111$/); // a card number is masked here, too
  assert.deepEqual(row.sides, { left: "Gateway", right: "Ledger" });
  assert.equal((row.sums as Fields).open, 4);
  assert.deepEqual((await fine("GET", "/settlements?flow=other")).items, []);
  assert.deepEqual(row.statements, [{ step: "paid", net: 29.5, rest: 30.5, closes: false }]);
});

it("are listed alike from what is kept for lists and from the journal, and do not close though nothing is open",
  async () => {
    const nodes = flow.nodes.slice(1, 3);
    world.flow("days", { ...flow, nodes: [{ ...flow.nodes[0], config: { path: "days", verify: { type: "none" } } },
      { id: "each", type: "branch.foreach", config: { items: "=array{ 1 }",
        body: { nodes, edges: [{ from: "compare", to: "paid" }] } } }], edges: [{ from: "hook", to: "each" }] });
    await server.stop();
    server = await world.serve();
    const send = async (path: string): Promise<string> => {
      const posted = await fetch(server.hook(path), { method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify({ lead: "agrees", left, right: left }) });
      const { run: sent } = (await posted.json()) as { run: string };
      await eventually("it has compared", async () => (await world.show(sent)).status !== "active");
      return sent;
    };
    const [own, looped] = [await send("day"), await send("days")];
    const kept = new DatabaseSync(join(world.data, "weft.db"), { readOnly: true });
    const keys = kept.prepare("SELECT key FROM fact WHERE kind = 17 ORDER BY key").all().map((row) => row.key);
    kept.close();
    assert.deepEqual(keys, [run, own].flatMap((each) => [`${each}/compare`, `${each}/paid`])); // none of loops
    const { items } = await fine("GET", "/settlements?open=true") as { items: Fields[] };
    assert.deepEqual(items.map((each) => [each.run, each.step, (each.sums as Fields).open]),
      [[looped, "each[1]/compare", 0], [own, "compare", 0], [run, "compare", 4]]);
    assert.deepEqual(items[0]?.sums, items[1]?.sums);
    assert.deepEqual(items[0]?.statements, [{ step: "each[1]/paid", net: 29.5, rest: 30.5, closes: false }]);
    const { sums } = await fine("GET", `/settlements/${own}`);
    assert.deepEqual(items[1]?.sums, sums);
  });

it("have sums that close to zero, to the last digit", async () => {
  const one = await call("GET", `/settlements/${run}`);
  assert.equal(one.status, 200, one.text);
  assert.match(one.text, /"difference":11.94,/); // 28.21 - 16.27
  const sums = total(one.json as Fields);
  assert.deepEqual([sums.explained, sums.closes, sums.open, sums.left_over], [11.94, true, 11.94, 11.94]);
  assert.match(one.text, /"rest":0.00,"closes":true/);
  const classes = sums.classes as Record<string, Fields>;
  assert.deepEqual([classes.differing?.difference, classes.only_left?.difference, classes.only_right?.difference],
    [-0.29, 20, -7.77]);
  const { statements, passes, reviews } = one.json as Record<string, Fields[]>;
  assert.match(one.text, /"net":29.50,.*"rest":30.50,"closes":false/); // fees alone do not give it
  assert.match((one.json as Fields).name as string, /[*]{4} 1111$/);
  assert.equal(statements?.[0]?.step, "paid");
  assert.deepEqual(passes?.[0]?.tolerance, { absolute: "0.00" });
  assert.equal(reviews?.[0]?.exception, `review-${run}-explain`);
  assert.deepEqual(reviews[0].titles, { close: "Close the day" });
});

it("are read in windows, by class, by a text", async () => {
  const open = await lines("limit=1");
  assert.deepEqual([open.items.length, open.total, open.items[0]?.class], [1, 4, "differing"]);
  const next = await lines(`limit=3&cursor=${open.next ?? ""}`);
  assert.deepEqual(next.items.map((each) => each.class), ["differing", "only_left", "only_right"]);
  assert.equal(next.next, undefined);
  assert.deepEqual([next.items[1]?.left_sum, next.items[2]?.difference], [20, -7.77]);
  const found = await fine("GET", `/settlements/${run}/lines?class=all&find=20.0`) as { items: Fields[] };
  assert.deepEqual(found.items.map((each) => each.class), ["only_left"]);
  assert.equal((await call("GET", `/settlements/${run}/lines?class=odd`)).status, 400);
  assert.equal((await call("GET", `/settlements/${run}/lines?step=paid`)).status, 404);
});

it("leave as a table in which amounts have all their digits and nothing is computed", async () => {
  const { text, status } = await call("GET", `/settlements/${run}/export`);
  assert.equal(status, 200, text);
  const rows = text.split("\r\n");
  assert.equal(rows[0], "entry,class,pass,reason,score,currency,left_sum,right_sum,difference,"
    + "left.at,left.id,left.amount,left.currency,left.note,right.at,right.id,right.amount,right.currency");
  assert.equal(rows[1], "1,matched,id,equal,,USD,10.50,10.50,0.00,1,a,10.50,USD,,1,a,10.50,USD");
  assert.ok(rows.includes("4,only_left,,,,USD,20.00,,20.00,2,b,20.00,USD,'=2+2,,,,"), text);
});

it("are tried with another tolerance, which changes nothing", async () => {
  const path = `/settlements/${run}/preview`;
  const tried = await fine("POST", path, { passes: [{ name: "id", tolerance: { absolute: "0.01" } }] });
  assert.equal((tried.sums as Fields).open, 3);
  assert.equal(total(tried).closes, true);
  assert.equal((await call("POST", path, { passes: [{ name: "none" }] })).status, 422);
  const wrong = await call("POST", path, { passes: [{ name: "id", tolerance: { absolute: "-1" } }] });
  assert.deepEqual([wrong.status, wrong.text.includes("not below zero")], [422, true], wrong.text);
  assert.equal((await fine("GET", `/settlements/${run}`) as { sums: { open: number } }).sums.open, 4);
});

it("take adjustments that the second person sees and leaves as they are", async () => {
  const id = `review-${run}-explain`;
  const adjustments = [{ line: "left 2", amount: "20.00", currency: "USD", account: "1200", reason: "posted late" },
    { line: "left 3", amount: "-0.30", account: "4711", reason: "rounded" }];
  await fine("POST", `/exceptions/${id}/decide`, { port: "close", reason: "seen", by: "anna", data: { adjustments } });
  const proposed = total(await fine("GET", `/settlements/${run}`));
  assert.deepEqual([proposed.adjusted, proposed.proposed_adjustments, proposed.left_over], [0, 19.7, 11.94]);
  const seen = await fine("GET", `/exceptions/${id}`) as { decided: { data: Fields }[] };
  assert.deepEqual(seen.decided[0]?.data, { adjustments });
  const more = { reason: "more", by: "bert", data: { adjustments: [] } };
  const other = await call("POST", `/exceptions/${id}/approve`, more);
  assert.equal(other.status, 409, other.text);
  await fine("POST", `/exceptions/${id}/approve`, { reason: "fits", by: "bert" });
  const shown = await eventually("it ends", async () => {
    const told = await world.show(run);
    return told.status === "succeeded" ? JSON.stringify(told) : undefined;
  });
  assert.match(shown, /posted late/);
  const agreed = await fine("GET", `/settlements/${run}`);
  assert.deepEqual([total(agreed).adjusted, total(agreed).left_over], [19.7, -7.76]);
  const [decision] = agreed.decisions as Fields[];
  assert.deepEqual([decision?.port, decision?.port_title], ["close", "Close the day"]);
  assert.deepEqual((agreed.adjustments as Fields[]).map((each) => [each.state, each.by, each.approved_by]),
    [["agreed", "anna", "bert"], ["agreed", "anna", "bert"]]);
  const { items } = await fine("GET", "/settlements?open=true") as { items: Fields[] };
  assert.deepEqual(items.find((row) => row.run === run)?.sums, agreed.sums); // 7.76 too much: it stays open
  assert.equal((agreed.sums as Fields).adjusted, false);
});
