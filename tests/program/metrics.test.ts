// What /metrics tells to whom: the events, runs and steps that there were, in the format of Prometheus.
import assert from "node:assert/strict";
import { it } from "node:test";
import { ask } from "./contract.ts";
import { echoFlow } from "./flows.ts";
import { eventually, measured, World } from "./world.ts";

function value(text: string, name: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  assert.ok(line !== undefined, `${name} is not among the measurements`);
  return Number(line.slice(name.length + 1));
}

it("counts events, runs and steps, and keeps them from strangers", async (t) => {
  const world = new World();
  t.after(async () => world.end());
  world.flow("count", {
    weft: 1, name: "Count", settings: { dedupe: "=trigger.body.id" },
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "count", verify: { type: "none" } } },
      { id: "half", type: "transform.map", config: { fields: [{ to: "half", from: "=trigger.body.amount / 2" }] } },
    ],
    edges: [{ from: "hook", to: "half" }],
  });
  const server = await world.serve();
  const send = async (id: string, amount: unknown): Promise<void> => {
    const answer = await fetch(server.hook("count"), { method: "POST", body: JSON.stringify({ id, amount }),
      headers: { "content-type": "application/json" } });
    await answer.text();
  };
  await send("1", 10);
  await send("2", "nothing");
  await send("1", 10);
  const labels = 'workspace="main",environment="production",flow="count"';
  await eventually("both runs ended", async () =>
    value(await measured(world), `weft_run_duration_seconds_count{${labels}}`) === 2);
  const text = await measured(world);
  assert.equal(value(text, `weft_events_total{${labels},outcome="accepted"}`), 2);
  assert.equal(value(text, `weft_events_total{${labels},outcome="duplicate"}`), 1);
  assert.equal(value(text, `weft_runs_ended_total{${labels},status="succeeded"}`), 1);
  assert.equal(value(text, `weft_runs_ended_total{${labels},status="failed"}`), 1);
  assert.equal(value(text, `weft_run_duration_seconds_bucket{${labels},le="+Inf"}`), 2);
  // The repeated delivery is computed, too, before the store says that its run is known.
  assert.equal(value(text, 'weft_steps_done_total{type="transform.map"}'), 2);
  assert.equal(value(text, 'weft_steps_failed_total{type="transform.map",kind="rule"}'), 1);
  const commits = value(text, "weft_commits_total"), timed = value(text, "weft_commit_duration_seconds_count");
  assert.ok(commits >= timed && timed >= 2, `${commits} ${timed}`);
  assert.ok(value(text, "weft_loop_turn_seconds_count") >= 2);
  assert.ok(value(text, "process_resident_memory_bytes") > 1_000_000);
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#")))
    assert.match(line, /^[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? [0-9]+(\.[0-9]+)?$/);
  const made = await ask({ socketPath: `${world.data}/weft.sock` }, { method: "POST", path: "/flows",
    headers: { "weft-workspace": "main", "content-type": "application/json" },
    body: JSON.stringify({ flow: "by-hand", name: "By hand" }) });
  assert.equal(made.status, 201);
  const after = await measured(world); // what people change is kept by a batch, too, which no run waits for
  assert.ok(value(after, "weft_commits_total") > commits);
  assert.equal(value(after, "weft_commit_duration_seconds_count"), timed);
  const stranger = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  assert.equal(stranger.status, 401);
  assert.equal((await stranger.json() as { code: string }).code, "unauthenticated");
  assert.equal(await server.stop(), 0);
});

it("logs JSON lines alone where that is asked for, faults of flows too", async (t) => {
  const world = new World({ WEFT_LOG_FORMAT: "json" });
  t.after(() => world.end());
  world.flow("echo", echoFlow({ path: "echo" })); // nothing is verified: a warning
  const server = await world.serve();
  world.flow("echo", { ...echoFlow({ path: "echo" }), nodez: [] });
  server.signal("SIGHUP");
  await eventually("the refusal", () => world.stderr.includes("flow echo is refused"));
  assert.equal(await server.stop(), 0);
  const lines = world.stderr.split("\n").filter((line) => line !== "" && !line.startsWith("weft: "));
  const told = lines.map((line) => JSON.parse(line) as { level: string; text: string });
  const of = (level: string): string[] => told.filter((line) => line.level === level).map((line) => line.text);
  assert.ok(of("warn").some((text) => /flow\.json:\d+:\d+: .*warning: nothing is verified/.test(text)), world.stderr);
  assert.ok(of("error").some((text) => /flow\.json:\d+:\d+: \/nodez: /.test(text)), world.stderr);
});
