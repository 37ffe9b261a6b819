// What operators do, over the real program: reviews, cancel, dead letters, replay.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Desk } from "./desk.ts";
import { eventually, type Server, World } from "./world.ts";

const world = new World();
let server: Server;

/** A ledger that takes each entry, and knows nothing of keys. */
const booked: string[] = [];
const ledger = createServer((request, response) => {
  request.setEncoding("utf8").on("data", (part: string) => booked.push(part)).on("end", () => response.end("{}"));
});
const paid = { weft: 1, name: "Paid",
  settings: { money: { amount: "=trigger.body.amount", currency: "USD", posted: "=steps.entry.amount" } },
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "paid", verify: { type: "none" } } },
    { id: "entry", type: "transform.map", config: { fields: [{ to: "amount", from: "=trigger.body.amount" }] } },
    { id: "book", type: "connector.http", connection: "ledger", config: { method: "POST", path: "/entries",
      body: "=steps.entry", effect: "once" } },
    { id: "fits", type: "transform.script", config: {
      source: "if trigger.body.wrong then error('it does not fit') end" } },
  ],
  edges: [{ from: "hook", to: "entry" }, { from: "entry", to: "book" }, { from: "book", to: "fits" }] };

const review = {
  weft: 1, name: "Review",
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "review", verify: { type: "none" } } },
    { id: "approve", type: "branch.review", config: {
      title: "='Pay ' .. trigger.body.id", role: "finance", ports: [{ port: "post" }, { port: "reject" }],
      form: { type: "object", properties: { invoice: { type: "string" } } },
      four_eyes_above: { amount: 1000, value: "=trigger.body.amount" } } },
    { id: "entry", type: "transform.map", config: {
      fields: [{ to: "invoice", from: "=steps.approve.data.invoice" }] } },
  ],
  edges: [{ from: "hook", to: "approve" }, { from: "approve", port: "post", to: "entry" }],
};
const loop = {
  weft: 1, name: "Loop",
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "loop", verify: { type: "none" } } },
    { id: "lines", type: "branch.foreach", config: { items: "=trigger.body.lines", body: { nodes: [
      { id: "line", type: "transform.map", config: {
        fields: [{ to: "v", from: "=item + trigger.body.add" }] } } ] } } },
  ],
  edges: [{ from: "hook", to: "lines" }],
};

before(async () => {
  world.flow("review", review);
  world.flow("loop", loop);
  await new Promise<void>((done) => { ledger.listen(0, "127.0.0.1", done); });
  world.flow("paid", paid, { "connections.json": { weft: 1, connections: { ledger: { connector: "http",
    base_url: `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`, allow: "127.0.0.1" } } } });
  server = await world.serve();
});
after(async () => {
  await world.end();
  ledger.close();
});

async function post(path: string, body: object): Promise<string> {
  const answer = await fetch(server.hook(path), {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const { run } = await answer.json() as { run: string };
  await world.settled(run);
  return run;
}

function weft(args: string[], input = ""): { code: number | null; stdout: string; stderr: string } {
  return world.command([...args, "--data", world.data], { input });
}

interface Plan { run: string; refused?: string; from?: string[]; taken: number; again: string[] }

describe("weft reviews", () => {
  it("lists a task, shows it, and takes the decision of whoever asks", async () => {
    const run = await post("review", { id: "P-1", amount: 10 });
    const key = `${run}/approve`;
    const listed = weft(["reviews"]);
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, new RegExp(`${key} .*finance .*review .*Pay P-1`));
    assert.match(weft(["reviews", "show", key]).stdout, /Pay P-1/);
    assert.match(weft(["show", run]).stdout, /waits at approve for a decision, since 20/);
    const decided = weft(["reviews", "decide", key, "post", "--answer", '{"invoice": "I-7"}', "--reason", "it fits"]);
    assert.equal(decided.code, 0, decided.stderr);
    assert.match(decided.stdout, new RegExp(`by ${userInfo().username}`));
    await world.settled(run);
    const shown = weft(["show", run]).stdout;
    assert.match(shown, /succeeded/);
    assert.match(shown, /decided +post by .*: it fits/);
    assert.match(shown, /I-7/);
    const again = weft(["reviews", "decide", key, "post"]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /nothing to decide/);
  });

  it("needs two people above the amount, over a restart", async () => {
    const run = await post("review", { id: "P-2", amount: 1000.01 });
    const key = `${run}/approve`;
    assert.equal(weft(["reviews", "decide", key, "post", "--by", "ann"]).code, 0);
    await server.kill();
    assert.match(weft(["reviews"]).stdout, new RegExp(key)); // of the store, while no server runs
    const alone = weft(["reviews", "decide", key, "post", "--by", "bob"]);
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /no server runs/);
    server = await world.serve();
    const twice = weft(["reviews", "decide", key, "post", "--by", "ann"]);
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /another person/);
    assert.equal(weft(["reviews", "decide", key, "post", "--by", "bob"]).code, 0);
    assert.equal((await world.settled(run)).status, "failed"); // nothing was filled in
  });

  it("shows what the form and the choices refuse", async () => {
    const run = await post("review", { id: "P-3", amount: 1 });
    const wrong = weft(["reviews", "decide", `${run}/approve`, "pay"]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /post, reject/);
    const form = weft(["reviews", "decide", `${run}/approve`, "post", "--answer", "-"], '{"invoice": 7}');
    assert.equal(form.code, 1);
    assert.match(form.stderr, /invoice/);
    assert.equal(weft(["reviews", "decide", `${run}/approve`, "post", "--answer", "{"]).code, 2);
    assert.equal(weft(["reviews", "frobnicate"]).code, 2);
    assert.equal(weft(["reviews", "decide", `${run}/approve`, "reject"]).code, 0);
    assert.equal((await world.settled(run)).status, "succeeded");
  });
});

describe("weft cancel", () => {
  it("ends a run that waits, and says by whom", async () => {
    const run = await post("review", { id: "P-4", amount: 1 });
    assert.equal(weft(["cancel", run]).code, 2); // without a reason
    assert.equal(weft(["cancel", run, "--reason", "called off", "--by", "ann"]).code, 0);
    await world.settled(run);
    assert.match(weft(["show", run]).stdout, /cancelled by ann: called off/);
    const again = weft(["cancel", run, "--reason", "called off"]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /no unfinished run/);
    const audit = weft(["audit", "list", "--json"]);
    assert.equal(audit.code, 0, audit.stderr);
    for (const what of ["decide", "cancel"]) assert.match(audit.stdout, new RegExp(`"${what}"`));
    assert.equal(weft(["audit", "verify"]).code, 0);
  });
});

describe("weft dead and weft replay", () => {
  it("groups failed runs, settles one, replays the others with what was mended", async () => {
    const runs: string[] = [];
    for (let i = 0; i < 60; i++) runs.push(await post("loop", { id: i, lines: [1, 2, 3, `x${i}`, 5] }));
    const dead = weft(["dead", "--flow", "loop", "--json"]);
    const { groups } = JSON.parse(dead.stdout) as { groups: { fingerprint: string; count: number; runs: string[] }[] };
    assert.equal(groups.length, 1, dead.stdout);
    const group = groups[0];
    assert.ok(group !== undefined);
    assert.equal(group.count, 60);
    assert.match(weft(["dead"]).stdout, new RegExp(`${group.fingerprint} +60 `));
    const [first, second] = runs;
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(weft(["dead", "settle", first]).code, 2);
    assert.equal(weft(["dead", "settle", first, "--reason", "entered by hand"]).code, 0);
    assert.equal(weft(["dead", "settle", first, "--reason", "entered by hand"]).code, 1);

    const dry = weft(["replay", second, "--dry-run", "--json"]);
    assert.equal(dry.code, 0, dry.stderr);
    const [plan] = JSON.parse(dry.stdout) as Plan[];
    assert.deepEqual(plan?.from, ["lines[1]/line"]);
    assert.equal(plan.refused, undefined);
    assert.equal(weft(["replay", second, "--from", "nowhere", "--dry-run"]).code, 1);
    assert.equal(weft(["replay", second]).code, 2); // without a reason

    const file = join(world.folder, "mended.json");
    writeFileSync(file, '{"add": 1, "lines": [1, 2, 3, 4, 5]}');
    const all = weft(["replay", "--fingerprint", group.fingerprint, "--input", file, "--reason", "mended"]);
    assert.equal(all.code, 0, all.stderr);
    assert.match(all.stdout, /59 replayed, 0 refused; of the replays 59 succeeded, 0 failed/);
    const none = weft(["dead", "--flow", "loop", "--json"]);
    assert.deepEqual((JSON.parse(none.stdout) as { groups: object[] }).groups, []);
    const refused = weft(["replay", second, "--reason", "again"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /replay that one/);
    assert.match(weft(["show", second]).stdout, /replayed as run .* by .*: mended/);
  });

  it("tells one iteration of many", async () => {
    const run = await post("loop", { add: 1, lines: Array.from({ length: 200 }, (_, i) => i) });
    const shown = weft(["show", run]).stdout;
    assert.match(shown, /loop +200 done, 0 of them failed; 6 are told: weft show/);
    const one = weft(["show", run, "--step", "lines[150]", "--json"]);
    const { steps } = JSON.parse(one.stdout) as { steps: { step: string; output: unknown }[] };
    assert.deepEqual(steps.map((step) => [step.step, step.output]), [["lines[150]/line", { v: 150 }]]);
    assert.equal(weft(["show", run, "--step", "lines[201]"]).code, 1);
  });

  it("has help with an example", () => {
    for (const command of ["reviews", "cancel", "dead", "replay"]) {
      const help = world.command([command, "--help"]);
      assert.equal(help.code, 0);
      assert.match(help.stdout, /Example:/);
    }
  });
});

describe("the money of what is replayed", () => {
  const desk = new Desk(world);
  const counted = async (posted: number, failed: number, runs: [number, number]): Promise<void> => {
    let said = "";
    await eventually("it is counted so", async () => {
      const { text, body } = await desk.get("/money?flow=paid");
      const totals = (body.currencies as { totals: Record<string, unknown> }[])[0]?.totals ?? {};
      said = text.replace(/.*"currencies"/, "");
      return Number(totals.posted) === posted && Number(totals.failed) === failed
        && totals.posted_runs === runs[0] && totals.failed_runs === runs[1] && totals.waiting_runs === 0;
    }, 10_000).catch((cause: unknown) => { throw new Error(`not ${posted} and ${failed}: ${said}`, { cause }); });
  };
  const replay = async (run: string, more: object): Promise<string> => {
    const heard = await desk.post(`/runs/${run}/replay`, { reason: "it is mended", ...more });
    assert.equal(heard.status, 200, heard.text);
    await world.settled(String(heard.body.run));
    return String(heard.body.run);
  };

  it("is counted once, where the newest run of its event stands", async () => {
    const first = await post("paid", { amount: "43.21", wrong: true });
    await counted(0, 43.21, [0, 1]);
    const second = await replay(first, {}); // fails again
    await counted(0, 43.21, [0, 1]);
    await replay(second, { body: { amount: "43.21" } });
    await counted(43.21, 0, [1, 0]);
    assert.equal(booked.length, 1);
  });

  it("of a run that has succeeded is what it posts when it is done again, unless its effects happen twice",
    async () => {
      const run = await post("paid", { amount: "10.00" });
      await counted(53.21, 0, [2, 0]);
      const again = await replay(run, { from: "fits" });
      await counted(53.21, 0, [2, 0]);
      assert.equal(booked.length, 2);
      await replay(again, { from: "book", repeat_effects: true });
      await counted(63.21, 0, [3, 0]);
      assert.equal(booked.length, 3);
    });

  it("stays so over a restart", async () => {
    await server.stop();
    server = await world.serve();
    await counted(63.21, 0, [3, 0]);
  });
});
