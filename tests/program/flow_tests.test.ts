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
      [{ stauts: "failed" }, /"stauts" means nothing in a test/],
    ];
    for (const [expect, wanted] of cases) {
      const done = run({ ...base, answers: { post: answer }, expect });
      assert.match(done.said, wanted);
      assert.equal(done.code, 1, done.said);
    }
  });

  it("needs a sound flow", () => {
    const folder = world.flow("pay", { ...flow, edges: [{ from: "begin", to: "nowhere" }] }, { "tests/t.json": "{}" });
    const done = world.command(["test", folder]);
    assert.equal(done.code, 2);
    assert.match(done.stderr, /nowhere/);
  });
});
