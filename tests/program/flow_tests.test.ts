// `weft test` on whole flows (docs/TESTING.md): answers that a test gives, requests it expects, time that stands still.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { World } from "./world.ts";

const flow = {
  weft: 1, name: "Pay",
  nodes: [
    { id: "begin", type: "trigger.manual" },
    { id: "entry", type: "transform.map", config: { fields: [{ to: "amount", from: "=trigger.body.amount" },
      { to: "at", from: "=date.iso(now())" }] } },
    { id: "post", type: "connector.http", connection: "bank", on_error: "route",
      config: { method: "POST", path: "/entries", body: { amount: "=steps.entry.amount" } },
      retry: { attempts: 3, backoff: "fixed", initial: "5m", jitter: 0 } },
    { id: "done", type: "transform.map", config: { fields: [{ to: "id", from: "=steps.post.body.id" }] } },
    { id: "note", type: "transform.map", config: { fields: [{ to: "note", from: "=steps.post.kind" }] } },
  ],
  edges: [{ from: "begin", to: "entry" }, { from: "entry", to: "post" }, { from: "post", to: "done" },
    { from: "post", port: "error", to: "note" }],
};
const connections = { weft: 1, connections: { bank: { connector: "http", base_url: "${BANK_URL}",
  auth: { type: "bearer", secret: "token" }, secrets: { token: { env: "BANK_TOKEN" } } } } };
const limited = { error: { kind: "rate_limited", text: "slow down" } };
const answer = { output: { status: 201, headers: {}, body: { id: "E-1" } } };
const base = { name: "t", input: { amount: 5 }, now: "2026-11-21T09:00:00Z" };

describe("weft test on a flow", () => {
  let world: World;
  beforeEach(() => { world = new World(); });
  afterEach(() => world.end());

  function run(test: unknown): { code: number | null; said: string } {
    const folder = world.flow("pay", flow, { "connections.json": connections,
      "tests/t.json": JSON.stringify(test) });
    const done = world.command(["test", folder]);
    return { code: done.code, said: done.stdout + done.stderr };
  }

  it("answers as the test says, attempt by attempt, in no time", () => {
    const done = run({ ...base, answers: { post: [limited, answer] }, expect: {
      status: "succeeded", output: { id: "E-1" }, not_run: ["note"],
      steps: { entry: { amount: 5, at: "2026-11-21T09:00:00.000Z" } },
      requests: [{ step: "post", method: "POST", path: "/entries", body: { amount: 5 } }, { step: "post" }] } });
    assert.match(done.said, /^1 passed, 0 failed\n$/);
    assert.equal(done.code, 0);
  });

  it("lets a step fail as often as the test says", () => {
    const done = run({ ...base, answers: { post: limited }, expect: { status: "succeeded", not_run: ["done"],
      steps: { note: { note: "rate_limited" } }, requests: [{}, {}, {}] } });
    assert.match(done.said, /^1 passed, 0 failed\n$/);
  });

  it("tells the first difference and where it is", () => {
    const cases: [unknown, RegExp][] = [
      [{ output: { id: "E-2" } }, /t: the output: at \/id: expected "E-2", got "E-1"/],
      [{ status: "failed" }, /t: the status: expected "failed", got "succeeded"/],
      [{ steps: { entry: { amount: 5.0001 } } }, /the output of entry: at \/amount: expected 5.0001, got 5/],
      [{ steps: { note: {} } }, /the output of note: the step did not run/],
      [{ not_run: ["post"] }, /post ran, and was expected not to/],
      [{ requests: [] }, /the requests: at \/0: expected nothing, got \{"step":"post"/],
      [{ requests: [{ body: { amount: 6 } }] }, /the requests: at \/0\/body\/amount: expected 6, got 5/],
      [{ posted: { USD: 5 } }, /what was posted: at \/USD: expected 5, got nothing/],
      [{ stauts: "failed" }, /"stauts" means nothing in a test/],
    ];
    for (const [expect, wanted] of cases) {
      const done = run({ ...base, answers: { post: answer }, expect });
      assert.match(done.said, wanted);
      assert.equal(done.code, 1, done.said);
    }
  });

  it("looks at the order of requests where the flow has one", () => {
    const post = (id: string) => ({ id, type: "connector.http", connection: "bank",
      config: { method: "POST", path: "/" + id } });
    const each = (id: string, parallel: number) => ({ id, type: "branch.foreach", config: { items: "={1, 2}", parallel,
      body: { nodes: [post(id + "_post")], edges: [] } } });
    const beside = { weft: 1, name: "Beside",
      nodes: [{ id: "begin", type: "trigger.manual" }, post("left"), post("then"), post("right"), each("one", 1),
        each("both", 2)],
      edges: [{ from: "begin", to: "left" }, { from: "left", to: "then" }, { from: "begin", to: "right" },
        { from: "right", to: "one" }, { from: "one", to: "both" }] };
    const passes = (...steps: string[]) => {
      const folder = world.flow("beside", beside, { "connections.json": connections, "tests/t.json": JSON.stringify({
        ...base, expect: { status: "succeeded", requests: steps.map((step) => ({ step })) } }) });
      return world.command(["test", folder]).stdout;
    };
    const one = ["one[1]/one_post", "one[2]/one_post"], both = ["both[1]/both_post", "both[2]/both_post"];

    assert.match(passes("left", "then", "right", ...one, ...both), /^1 passed/);
    assert.match(passes("right", ...one, ...both.toReversed(), "left", "then"), /^1 passed/);
    const branches = ["left", "then", "right"];
    assert.match(passes("then", "left", "right", ...one, ...both), /the requests: at \/0\/step: expected "then"/);
    assert.match(passes(...branches, ...both, ...one), /at \/3\/step: expected "both\[1\]/);
    assert.match(passes(...branches, ...one.toReversed(), ...both), /at \/3\/step: expected "one\[2\]/);
  });

  it("answers in place of a person and of an event, as far as the form and the choices allow", () => {
    const asks = { weft: 1, name: "Ask", nodes: [
      { id: "begin", type: "trigger.manual" },
      { id: "decide", type: "branch.review", config: { title: "='Pay ' .. trigger.body.amount",
        data: { amount: "=trigger.body.amount" }, due: "2d", due_port: "late",
        ports: [{ port: "approve" }, { port: "reject" }],
        form: { type: "object", properties: { account: { type: "string" } }, required: ["account"] } } },
      { id: "paid", type: "branch.wait", config: { event: { name: "paid", key: "=trigger.body.id", timeout: "7d" } } },
      { id: "done", type: "transform.map", config: { fields: [{ to: "account", from: "=steps.decide.data.account" },
        { to: "by", from: "=steps.decide.by" }, { to: "paid", from: "=steps.paid.amount" }] } },
      { id: "never", type: "transform.map", config: { fields: [{ to: "at", from: "=date.iso(now())" }] } }],
    edges: [{ from: "begin", to: "decide" }, { from: "decide", port: "approve", to: "paid" },
      { from: "decide", port: "late", to: "never" }, { from: "paid", to: "done" },
      { from: "paid", port: "timeout", to: "never" }] };
    const test = (answers: object, expect: object): string => {
      const folder = world.flow("ask", asks, {
        "tests/t.json": JSON.stringify({ ...base, input: { id: "P-1", amount: 5 }, answers, expect }) });
      const done = world.command(["test", folder]);
      return done.stdout + done.stderr;
    };
    const good = { output: { port: "approve", data: { account: "A-1" } } };
    const waits = [{ step: "decide", title: "Pay 5", data: { amount: 5 } }];
    const passed = /^1 passed, 0 failed\n$/;
    assert.match(test({ decide: good, paid: { output: { amount: 5 } } }, { status: "succeeded", requests: [],
      output: { account: "A-1", by: "tester", paid: 5 }, waits: [...waits, { event: "paid", key: "P-1" }] }), passed);
    assert.match(test({ decide: good }, { status: "succeeded", not_run: ["done"], waits: [...waits, {}] }), passed);
    assert.match(test({ decide: { output: { port: "reject", by: "Ada" } } }, { status: "succeeded", not_run: ["paid"],
      steps: { decide: { port: "reject", by: "Ada", at: "2026-11-21T09:00:00.000Z", reason: "", data: null } } }),
    passed);
    assert.match(test({ decide: { output: { port: "late" } } }, { status: "succeeded",
      output: { at: "2026-11-21T09:00:00.000Z" } }), passed);
    assert.match(test({}, { status: "waiting", waits }), passed);
    assert.match(test({ decide: { output: { port: "aprove" } } }, { status: "succeeded" }),
      /chooses "aprove", which is no choice here/);
    assert.match(test({ decide: { output: { port: "approve", data: { account: 7 } } } }, { status: "succeeded" }),
      /does not fit the form/);
  });

  it("makes no time while a rule runs long, before the first step as behind it", () => {
    const long = "(function() local sum = 0 for i = 1, 400000 do sum = sum + i % 7 end return sum end)()";
    const folder = world.flow("long", { weft: 1, name: "Long", settings: { order_by: `=${long}` }, nodes: [
      { id: "begin", type: "trigger.manual" },
      { id: "sum", type: "transform.map", config: { fields: [{ to: "sum", from: `=${long}` },
        { to: "at", from: "=date.iso(now())" }] } }], edges: [{ from: "begin", to: "sum" }] },
    { "tests/t.json": JSON.stringify({ ...base, expect: { status: "succeeded",
      steps: { sum: { sum: 1200003, at: "2026-11-21T09:00:00.000Z" } } } }) });
    const done = world.command(["test", folder]);
    assert.equal(done.stdout + done.stderr, "1 passed, 0 failed\n");
  });

  it("has state before the run, and compares what stands there after it", () => {
    const note = (id: string, config: object): object => ({ id, type: "connector.state",
      config: { space: "erp", key: "=trigger.body.key", ...config } });
    const keeps = { weft: 1, name: "Keep", nodes: [{ id: "begin", type: "trigger.manual" },
      note("had", { action: "get" }), note("add", { action: "add", by: "=trigger.body.by" }),
      note("gone", { action: "delete", key: "old" })],
    edges: [{ from: "begin", to: "had" }, { from: "had", to: "add" }, { from: "add", to: "gone" }] };
    const test = (more: object): string => {
      const folder = world.flow("keep", keeps, { "tests/t.json": JSON.stringify({ ...base, input: { key: "n", by: 2 },
        ...more }) });
      const done = world.command(["test", folder]);
      return done.stdout + done.stderr;
    };
    const state = { erp: { n: 40, old: { a: 100.10 } } };
    assert.match(test({ state, expect: { status: "succeeded", state: { erp: { n: 42, old: null, other: null } },
      steps: { had: { found: true, changed: false, value: 40, revision: 1 },
        gone: { found: true, changed: true, value: null, before: { a: 100.1 }, revision: 0 } },
      requests: [{ step: "add", method: "add", path: "n" }, { step: "gone", method: "delete" }] } }), /^1 passed/);
    assert.match(test({ expect: { status: "succeeded", state: { erp: { n: 2, old: null } } } }), /^1 passed/);
    assert.match(test({ state, expect: { status: "succeeded", state: { erp: { n: 41 } } } }),
      /t: the state of erp\/n: expected 41, got 42/);
    assert.match(test({ state: { erp: 5 }, expect: { status: "succeeded" } }), /the state of "erp" is \{KEY: value\}/);
    assert.match(test({ state, answers: { add: { output: { value: 9 } } }, expect: { status: "succeeded",
      steps: { add: { value: 9 } }, state: { erp: { n: 40 } } } }), /^1 passed/);
  });

  it("needs a sound flow", () => {
    const folder = world.flow("pay", { ...flow, edges: [{ from: "begin", to: "nowhere" }] }, { "tests/t.json": "{}" });
    const done = world.command(["test", folder]);
    assert.equal(done.code, 2);
    assert.match(done.stderr, /nowhere/);
  });
});
