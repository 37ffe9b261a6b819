// Runs, payloads, exceptions and events as the API tells them, over the real program.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Answer, type Fields, ask, text } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

const world = new World({ WEFT_RULES_MS_MOST: "10000" });
let server: Server;

const loop = {
  weft: 1, name: "Loop",
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "loop", verify: { type: "none" } } },
    { id: "lines", type: "branch.foreach", config: { items: "=trigger.body.lines", body: { nodes: [
      { id: "line", type: "transform.map",
        config: { fields: [{ to: "v", from: "=item + trigger.body.add" }] } } ] } } },
  ],
  edges: [{ from: "hook", to: "lines" }],
  settings: { order_by: "=trigger.body.customer", dedupe: "=trigger.body.order" },
};
const pair = {
  weft: 1, name: "Pair",
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "pair", verify: { type: "none" } } },
    { id: "first", type: "transform.map", config: { fields: [{ to: "v", from: "=trigger.body.n" }] } },
    { id: "second", type: "transform.map", config: { fields: [{ to: "w", from: "=steps.first.v + 1" }] } },
  ],
  edges: [{ from: "hook", to: "first" }, { from: "first", to: "second" }],
};
const large = { // 10 MB, of which one place depends on what came in
  weft: 1, name: "Large", settings: { budget: { memory_mib: 64, time: "10s" } },
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "large", respond: "result", verify: { type: "none" } } },
    { id: "parts", type: "branch.foreach", config: { items: "={ 1, 2, 3 }", body: { edges: [], nodes: [
      { id: "rows", type: "transform.script", config: { source: "local note, rows = string.rep('n', 200), {}\n" +
        "for i = 1, 14000 do\n" +
        "  rows[i] = { id = i, note = note, of = i == 9000 and item == 3 and trigger.body.n or 0 }\n" +
        "end\nreturn rows" } } ] } } },
    { id: "short", type: "transform.map", config: { fields: [{ to: "n", from: "=trigger.body.n" }] } },
  ],
  edges: [{ from: "hook", to: "parts" }, { from: "parts", to: "short" }],
};
const review = {
  weft: 1, name: "Review",
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "review", verify: { type: "none" } } },
    { id: "approve", type: "branch.review", config: {
      title: "='Pay ' .. trigger.body.id", role: "finance", ports: [{ port: "post" }, { port: "reject" }],
      data: "={ candidates = trigger.body.candidates }",
      four_eyes_above: { amount: 1000, value: "=trigger.body.amount" } } },
  ],
  edges: [{ from: "hook", to: "approve" }],
};

interface Page { items: Fields[]; next?: string; total?: number; incomplete?: boolean }

async function send(method: string, path: string, body?: object,
  headers: Record<string, string> = {}): Promise<Answer> {
  return ask({ socketPath: join(world.data, "weft.sock") }, {
    method, path, ...body === undefined ? {} : { body: JSON.stringify(body) },
    headers: { ...headers, ...body === undefined ? {} : { "content-type": "application/json" } } });
}

async function fine(method: string, path: string, body?: object): Promise<Fields> {
  const answer = await send(method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json as Fields;
}

async function page(path: string): Promise<Page> {
  return await fine("GET", path) as unknown as Page;
}

async function refused(status: number, code: string, method: string, path: string, body?: object,
  headers: Record<string, string> = {}): Promise<Fields> {
  const answer = await send(method, path, body, headers), problem = answer.json as Fields;
  assert.equal(answer.status, status, answer.text);
  assert.equal(problem.code, code, answer.text);
  return problem;
}

async function post(path: string, body: object): Promise<string> {
  const answer = await fetch(server.hook(path), {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const { run } = await answer.json() as { run: string };
  await world.settled(run);
  return run;
}

let good = "";
let bad = "";
before(async () => {
  world.flow("loop", loop);
  world.flow("pair", pair);
  world.flow("review", review);
  world.flow("large", large);
  server = await world.serve();
  good = await post("loop",
    { order: "SO-1", customer: "C-7", add: 1, lines: [1, 2, 3], token: "t-secret", price: 100.10 });
  bad = await post("loop", { order: "SO-2", customer: "C-8", add: "x", lines: [4], price: 100.1 });
});
after(() => world.end());

describe("lists of runs", () => {
  const found = async (query: string): Promise<unknown[]> => (await page(`/runs?${query}`)).items.map((run) => run.run);

  it("filter by what a person knows of them", async () => {
    assert.deepEqual(await found("flow=loop"), [bad, good]);
    assert.deepEqual(await found("status=failed,cancelled"), [bad]);
    assert.deepEqual(await found("key=C-7"), [good]);
    assert.deepEqual(await found("key=SO-"), [bad, good]);
    assert.deepEqual(await found("error_kind=rule&error=IS%20A%20TEXT"), [bad]);
    assert.deepEqual(await found("find=t-secret"), [good]);
    assert.deepEqual(await found("field=body.lines&find=4"), [bad]);
    assert.deepEqual(await found("field=body.add&find=1&trigger=hook&environment=production"), [good]);
    assert.deepEqual(await found("received_to=2026-01-01T00:00:00Z"), []);
    assert.deepEqual(await found("received_from=2024-02-01T00:00:00%2B01:00&flow=loop"), [bad, good]);
    await refused(400, "usage", "GET", "/runs?received_from=yesterday");
    await refused(400, "usage", "GET", "/runs?status=lost");
    await refused(400, "usage", "GET", "/runs?field=body.add");
  });

  it("come in pages whose cursors fit them only", async () => {
    const first = await page("/runs?flow=loop&limit=1");
    assert.equal(first.items[0]?.run, bad);
    const next = `&cursor=${encodeURIComponent(first.next ?? "")}`;
    const second = await page(`/runs?flow=loop&limit=1${next}`);
    assert.equal(second.items[0]?.run, good);
    await refused(400, "cursor", "GET", `/runs?flow=review&limit=1${next}`);
  });

  it("show nothing of another workspace", async () => {
    const other = { "weft-workspace": "other" };
    const none = await send("GET", "/runs", undefined, other);
    assert.deepEqual((none.json as unknown as Page).items, []);
    for (const path of [`/runs/${good}`, `/runs/${good}/steps`, `/payloads/${good}-input`, `/exceptions/dead-${bad}`])
      assert.equal((await send("GET", path, undefined, other)).status, 404, path);
    const act = await send("POST", `/runs/${bad}/settle`, { reason: "mine" }, other);
    assert.equal(act.status, 404, act.text);
  });
});

describe("one run", () => {
  it("has its steps in windows, the failed ones at once", async () => {
    const run = await fine("GET", `/runs/${bad}`);
    const progress = run.progress as Fields;
    assert.deepEqual(progress.failed, [{ step: "lines[1]/line", position: 1 }, { step: "lines", position: 0 }]
      .sort((a, b) => a.position - b.position));
    const steps = await page(`/runs/${good}/steps?limit=2`);
    assert.deepEqual(steps.items.map((step) => step.step), ["lines", "lines[1]/line"]);
    assert.equal(steps.total, 4);
    const rest = await page(`/runs/${good}/steps?limit=2&cursor=${encodeURIComponent(steps.next ?? "")}`);
    assert.deepEqual(rest.items.map((step) => step.step), ["lines[2]/line", "lines[3]/line"]);
    const failed = await page(`/runs/${bad}/steps?status=failed&path=lines[1]`);
    assert.deepEqual(failed.items.map((step) => step.step), ["lines[1]/line"]);
  });

  it("tells the iterations of a loop in as few cells as are asked for", async () => {
    const told = await fine("GET", `/runs/${good}/iterations?path=lines&cells=2`);
    assert.deepEqual((told.cells as Fields[]).map(({ from, to, begun, failed: bad, status, step }) =>
      ({ from, to, begun, failed: bad, status, step })), [
      { from: 1, to: 2, begun: 2, failed: 0, status: "succeeded", step: "lines[1]/line" },
      { from: 3, to: 3, begun: 1, failed: 0, status: "succeeded", step: "lines[3]/line" }]);
    const [cell] = (await fine("GET", `/runs/${bad}/iterations?path=lines`)).cells as Fields[];
    assert.deepEqual([cell?.status, cell?.step, cell?.failed], ["failed", "lines[1]/line", 1]);
    assert.equal((await send("GET", `/runs/${good}/iterations?path=nowhere`)).status, 404);
    assert.equal((await send("GET", `/runs/${good}/iterations`)).status, 400);
  });

  it("tells one step with what it gave, and the log line by line", async () => {
    const step = await fine("GET", `/runs/${good}/step?path=lines`);
    assert.deepEqual(step.output, [{ v: 2 }, { v: 3 }, { v: 4 }]);
    const part = await fine("GET", `/runs/${good}/step?path=lines[2]/line`);
    assert.deepEqual(part.output, { v: 3 });
    const output = await fine("GET", `/payloads/${encodeURIComponent(text(part.output_payload))}`);
    assert.deepEqual(output, { v: 3 });
    const whole = await fine("GET", `/payloads/${encodeURIComponent(text(step.output_payload))}`);
    assert.deepEqual(whole, [{ v: 2 }, { v: 3 }, { v: 4 }]);
    const two = await post("pair", { n: 1 });
    const later = await fine("GET", `/runs/${two}/step?path=second`); // what it was given is the output before it
    assert.deepEqual([later.input, later.output], [{ v: 1 }, { w: 2 }]);
    await refused(404, "not_found", "GET", `/runs/${good}/step?path=lines[9]/line`);
    const log = await page(`/runs/${bad}/log?level=warn`);
    assert.ok(log.items.some((line) => line.step === "lines[1]/line" && line.level === "error"), JSON.stringify(log));
  });

  it("is replayed and settled, alone or with others, or only planned", async () => {
    const plan = await fine("POST", `/runs/${bad}/replay`, { dry_run: true });
    assert.equal(plan.run, bad);
    const dry = await fine("POST", "/runs/bulk", { act: "replay", filter: { status: "failed" }, dry_run: true });
    assert.equal(dry.done, 1);
    await refused(400, "usage", "POST", "/runs/bulk", { act: "settle", runs: [bad] });
    const done = await fine("POST", "/runs/bulk",
      { act: "settle", runs: [bad, good, "0AKTNPHRR0000"], reason: "by hand" });
    assert.deepEqual([done.done, done.refused], [1, 2]);
    assert.match(JSON.stringify((await fine("GET", `/runs/${bad}`)).settled), /by hand/);
  });
});

describe("payloads", () => {
  it("are shown in windows and levels, masked, with their digits", async () => {
    const whole = await send("GET", `/payloads/${good}-input`);
    assert.match(whole.text, /"token":"\[masked\]"/);
    const part = await send("GET", `/payloads/${good}-input?offset=1&limit=6`);
    assert.equal(part.status, 206);
    assert.equal(part.text, "\"body\"");
    assert.equal(part.headers["content-range"], `bytes 1-6/${whole.text.length}`);
    const range = await send("GET", `/payloads/${good}-input`, undefined, { range: "bytes=0-3" });
    assert.equal(range.text, "{\"bo");
    const level = await send("GET", `/payloads/${good}-input/view?path=/body&offset=3&limit=2`);
    assert.match(level.text, /"value":\[?.*"count":3|"count":3/);
    const price = await send("GET", `/payloads/${good}-input/view?path=/body/price`);
    assert.match(price.text, /"value":100\.1\b/);
    const matches = await page(`/payloads/${good}-input/search?q=CUSTOMER`);
    assert.equal(matches.items[0]?.pointer, "/body/customer");
    await refused(404, "not_found", "GET", `/payloads/${good}-input/view?path=/body/none`);
    await refused(404, "not_found", "GET", "/payloads/none");
  });

  it("join whole of windows side by side, whatever their characters are", async () => {
    const run = await post("pair", { n: 1, words: "aä€𝄞".repeat(9) });
    const { text } = await send("GET", `/payloads/${run}-input`);
    for (const limit of [4, 5, 7, 11]) {
      let joined = "";
      for (let at = 0; at < Buffer.byteLength(text); at += limit) {
        joined += (await send("GET", `/payloads/${run}-input?offset=${at}&limit=${limit}`)).text;
      }
      assert.equal(joined, text);
    }
  });

  it("differ by what they mean, not by how they are written", async () => {
    const diff = await fine("POST", "/payloads/diff", {
      left: { value: { price: 1, lines: [{ id: "a", n: 1 }, { id: "b", n: 2 }] } },
      right: { value: { price: 1, lines: [{ id: "b", n: 3 }, { id: "a", n: 1 }], more: true } } });
    assert.deepEqual(diff.differences, [
      { pointer: "/lines/1/n", kind: "changed", left: 2, right: 3 }, { pointer: "/more", kind: "added", right: true }]);
    const same = await fine("POST", "/payloads/diff", {
      left: { payload: `${good}-input` }, right: { payload: `${good}-input` } });
    assert.equal(same.same, true);
  });

  it("differ in one place of many megabytes, and it is found", async () => {
    const made: string[] = [];
    for (const n of [1, 2]) {
      const answer = await fetch(server.hook("large"), {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ n }) });
      assert.equal(answer.status, 200, await answer.text());
      made.push(text((await page("/runs?flow=large")).items[0]?.run));
    }
    const [left, right] = made.map((run) => ({ payload: `${run}-output-parts` }));
    assert.ok(Number((await fine("GET", `/payloads/${left?.payload ?? ""}/view?limit=1`)).total_bytes) > 9_000_000);
    const diff = await fine("POST", "/payloads/diff", { left, right });
    assert.deepEqual(diff, { same: false, differences: [
      { pointer: "/2/8999/of", kind: "changed", left: 1, right: 2 }] });
  });

  it("are revealed to who says why, which is written down", async () => {
    const shown = await send("POST", `/payloads/${good}-input/reveal`,
      { path: "/body/token", reason: "the bank asks", by: "anna" });
    assert.match(shown.text, /t-secret/);
    const audit = world.command(["audit", "list", "--data", world.data]);
    assert.match(audit.stdout, /anna.*payload\.reveal|payload\.reveal.*anna/);
    assert.doesNotMatch(audit.stdout, /t-secret/);
  });
});

describe("exceptions", () => {
  it("are one list with what happened and what can be done", async () => {
    const failed = await post("loop", { order: "SO-3", customer: "C-9", add: "y", lines: [1] });
    const listed = await page("/exceptions?type=dead");
    assert.equal(listed.items[0]?.exception, `dead-${failed}`);
    const groups = await page("/exceptions/groups");
    assert.equal(groups.items.find((group) => group.type === "dead")?.count, 1);
    const changed = await fine("PATCH", `/exceptions/dead-${failed}`,
      { assignee: "bert", due_at: "2026-12-01T00:00:00Z", comment: "asked the shop" });
    assert.equal(changed.assignee, "bert");
    const mine = await page("/exceptions?assignee=bert");
    assert.equal(mine.items[0]?.exception, `dead-${failed}`);
    const late = await refused(409, "stale", "PATCH", `/exceptions/dead-${failed}`, { assignee: "cleo" },
      { "if-match": '"1"' });
    assert.match(text(late.detail), /^\S+ was quicker: bert has it now$/);
    await refused(422, "invalid", "POST", `/exceptions/dead-${failed}/decide`, { port: "post", reason: "x" });
    await fine("POST", `/exceptions/dead-${failed}/decide`, { port: "settle", reason: "credited" });
    await refused(404, "not_found", "GET", `/exceptions/dead-${failed}`);
  });

  it("are taken by one of two who saw that nobody has them", async () => {
    const failed = await post("loop", { order: "SO-44", customer: "C-9", add: "y", lines: [1] });
    const path = `/exceptions/dead-${failed}`, seen = (await send("GET", path)).headers.etag ?? "";
    assert.equal(seen, '"1"');
    const took = await Promise.all(["anna", "bert"].map((assignee) => send("PATCH", path, { assignee },
      { "if-match": seen })));
    assert.deepEqual(took.map((answer) => answer.status).sort(), [200, 409]);
    const first = took.find((answer) => answer.status === 200);
    assert.equal((await fine("GET", path)).assignee, (first?.json as Fields).assignee);
    assert.equal(first?.headers.etag, (await send("GET", path)).headers.etag);
    await fine("POST", `${path}/decide`, { port: "settle", reason: "credited" });
  });

  it("need two people above the amount, and show candidates", async () => {
    const run = await post("review", { id: "P-1", amount: 5000, candidates: [{ invoice: "I-1", score: 0.96 }] });
    const id = `review-${run}-approve`;
    const one = await fine("GET", `/exceptions/${id}`);
    assert.equal(one.type, "unmatched");
    assert.deepEqual(one.candidates, [{ invoice: "I-1", score: 0.96 }]);
    await refused(409, "conflict", "POST", `/exceptions/${id}/approve`, { reason: "early" });
    await fine("POST", `/exceptions/${id}/decide`, { port: "post", reason: "fits", by: "anna" });
    await refused(403, "forbidden", "POST", `/exceptions/${id}/approve`, { reason: "again", by: "anna" });
    await fine("POST", `/exceptions/${id}/approve`, { reason: "seen", by: "bert" });
    const ended = await eventually("the run ends", async () => {
      const shown = await world.show(run);
      return shown.status === "succeeded" ? shown : undefined;
    });
    assert.match(JSON.stringify(ended), /bert/);
  });

  it("are decided together, or only tried", async () => {
    const runs = [await post("review", { id: "P-2", amount: 1 }), await post("review", { id: "P-3", amount: 1 })];
    const exceptions = runs.map((run) => `review-${run}-approve`);
    const dry = await fine("POST", "/exceptions/bulk", { exceptions, port: "reject", dry_run: true });
    assert.equal(dry.done, 2);
    const done = await fine("POST", "/exceptions/bulk",
      { exceptions: [...exceptions, "review-x-y"], port: "reject", reason: "no" });
    assert.deepEqual([done.done, done.refused], [2, 1]);
  });
});

describe("an effect in doubt", () => {
  let found = "null";
  const erp = createServer((ask, answer) => {
    if (ask.method === "POST") ask.socket.destroy();
    else answer.writeHead(200, { "content-type": "application/json" }).end(`{"value":${found}}`);
  });
  before(async () => {
    await new Promise<void>((resolve) => { erp.listen(0, "127.0.0.1", resolve); });
    const base = `http://127.0.0.1:${(erp.address() as AddressInfo).port}`;
    world.flow("doubt", { weft: 1, name: "Doubt", edges: [{ from: "hook", to: "post" }], nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "doubt", verify: { type: "none" } } },
      { id: "post", type: "connector.http", config: { method: "POST", url: `${base}/erp`, body: { n: 1 },
        probe: { url: `${base}/look`, found: "value.0" } } } ] });
    server.signal("SIGHUP");
    await eventually("the flow is there", async () => (await fetch(server.hook("doubt"))).status === 405);
  });
  after(() => erp.close());

  it("is looked for when a person asks, and settled by what is seen", async () => {
    const run = await post("doubt", {});
    const id = `in_doubt-${run}-post`;
    const seen = await fine("GET", `/exceptions/${id}`);
    assert.deepEqual(seen.can, ["decide", "probe", "change"]);
    const unsure = await fine("POST", `/exceptions/${id}/probe`, { reason: "the shop asks" });
    assert.deepEqual([unsure.result, unsure.next], ["unknown", "person"]);
    assert.equal(((await fine("GET", `/exceptions/${id}`)).probe as Fields).result, "unknown");
    found = "[{\"id\":7}]";
    const there = await fine("POST", `/exceptions/${id}/probe`, {});
    assert.deepEqual([there.result, there.next, there.exception], ["happened", "adopted", id]);
    assert.equal((await world.settled(run)).status, "succeeded");
    await refused(404, "not_found", "POST", `/exceptions/${id}/probe`, {});
    const dead = await post("loop", { order: "SO-9", customer: "C-9", add: "x", lines: [4] });
    await refused(409, "conflict", "POST", `/exceptions/dead-${dead}/probe`, {});
    const audit = (await page("/audit?what=probed")).items.map((one) => text((one.detail as Fields).next));
    assert.deepEqual(audit.sort(), ["adopted", "person"]);
  });
});

describe("events", () => {
  /** Listens until `enough` is in what came; gives all of it. */
  function listen(path: string, enough: RegExp, headers: Record<string, string>,
    then: () => unknown): Promise<string> {
    return new Promise((resolve, reject) => {
      let told = "";
      const socketPath = join(world.data, "weft.sock");
      const asked = request({ socketPath, path: `/api/v1${path}`, headers }, (answer) => {
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          if (told === "") then();
          told += part;
          if (!enough.test(told)) return;
          asked.destroy();
          resolve(told);
        });
      });
      asked.on("error", (error) => { if (!enough.test(told)) reject(error); });
      asked.end();
    });
  }

  it("tell what ends while somebody listens, and again what was missed", async () => {
    const first = await listen("/events?topics=run", /"status":"failed"/, {}, () =>
      void post("loop", { order: "SO-4", customer: "C-1", add: "z", lines: [1] }));
    const id = /id: (\d+)/.exec(first)?.[1] ?? "";
    await post("loop", { order: "SO-5", customer: "C-1", add: 1, lines: [1] });
    const again = await listen("/events?topics=run", /"status":"succeeded"/, { "last-event-id": id }, () => undefined);
    assert.doesNotMatch(again, /reset/);
    const lost = await listen("/events", /event: reset/, { "last-event-id": "5" }, () => undefined);
    assert.match(lost, /event: reset/);
    await refused(400, "usage", "GET", "/events?topics=gossip");
  });
});

describe("search", () => {
  it("finds flows, and runs by id and key", async () => {
    const flows = await page("/search?q=loo&kinds=flow");
    assert.deepEqual(flows.items.map((one) => one.id), ["loop"]);
    assert.equal((await page(`/search?q=${good}`)).items[0]?.id, good);
    const found = await page("/search?q=SO-1&kinds=run");
    const [run] = found.items as { id: string; key?: string; received_at?: string }[];
    assert.equal(run?.id, good);
    assert.match(`${run.key ?? ""} ${run.received_at ?? ""}`, /^\S+ \d{4}-\d\d-\d\dT/);
  });
});
