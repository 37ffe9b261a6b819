// Jobs of many runs and exceptions, killed half-way: the next start goes on, and each is acted on once.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { join } from "node:path";
import { type Answer, type Fields, type Value, ask } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

const world = new World(), count = 1010;
let server: Server;

before(async () => {
  world.flow("fails", {
    weft: 1, name: "Fails",
    nodes: [
      { id: "in", type: "trigger.webhook", config: { path: "fails", verify: { type: "none" } } },
      { id: "map", type: "transform.map", config: { fields: [{ to: "total", from: "=trigger.body.total * 2" }] } },
    ],
    edges: [{ from: "in", to: "map" }],
  });
  server = await world.serve();
});
after(() => world.end());

function asks(method: string, path: string, body?: Value): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  return ask({ socketPath: join(world.data, "weft.sock") },
    body === undefined ? { method, path } : { method, path, headers, body: JSON.stringify(body) });
}

async function half(path: string): Promise<Fields> {
  const now = async (): Promise<Fields> => (await asks("GET", path)).json as Fields;
  assert.equal((await now()).total, count);
  await eventually("it is under way", async () => ((await now()).at as number) >= 100 ? true : undefined);
  await server.kill();
  server = await world.serve();
  return eventually("it is done", async () => {
    const job = await now();
    return job.state === "done" ? job : undefined;
  }, 30_000);
}

it("goes on after a kill, with each run once", async () => {
  const post = (): Promise<Response> => fetch(server.hook("fails"), {
    method: "POST", headers: { "content-type": "application/json" }, body: '{"total":"none"}' });
  for (let i = 0; i < count; i += 101) await Promise.all(Array.from({ length: 101 }, post));
  await world.atRest(30_000);
  const made = await asks("POST", "/runs/bulk", {
    act: "replay", filter: { flow: "fails", status: "failed" }, reason: "the total is there now", by: "anna" });
  assert.equal(made.status, 202, made.text);
  const done = await half(`/jobs/${(made.json as Fields).job as string}`);
  assert.deepEqual([done.total, done.done, done.refused], [count, count, 0], JSON.stringify(done.faults));
  await world.atRest(30_000);
  assert.equal((await world.runs()).length, 2 * count);
  const told = (await asks("GET", "/audit?what=replay&by=anna&limit=200")).json as Fields;
  assert.equal((told.items as Fields[]).length, 200);
});

it("decides a whole group of exceptions, each once", async () => {
  const filter = { type: "dead", flow: "fails" };
  const tried = (await asks("POST", "/exceptions/bulk", { filter, port: "settle", dry_run: true })).json as Fields;
  assert.deepEqual([tried.done, tried.refused, tried.more], [1000, 0, true]);
  const both = await asks("POST", "/exceptions/bulk", { filter, exceptions: ["dead-x"], port: "settle" });
  assert.equal(both.status, 400, both.text);
  const made = await asks("POST", "/exceptions/bulk", { filter, port: "settle", reason: "booked by hand", by: "bert" });
  assert.equal(made.status, 202, made.text);
  const done = await half(`/jobs/${(made.json as Fields).job as string}`);
  assert.deepEqual([done.kind, done.done, done.refused], ["exceptions", count, 0], JSON.stringify(done.faults));
  assert.deepEqual(((await asks("GET", "/exceptions")).json as Fields).items, []);
  const told = (await asks("GET", "/audit?what=settle&by=bert&limit=200")).json as Fields;
  assert.equal((told.items as Fields[]).length, 200);
});
