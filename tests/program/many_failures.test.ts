// Thousands of failed runs: what is counted over them takes several turns of the thread that looks, and is complete.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { Desk, type Said } from "./desk.ts";
import { type Server, World } from "./world.ts";

const COUNT = 3000;
const AT_ONCE = 32;
const world = new World();
const local = new Desk(world);
let server: Server;

before(async () => {
  world.flow("fails", {
    weft: 1, name: "Fails",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "fails", verify: { type: "none" } } },
      { id: "no", type: "transform.map", config: { fields: [{ to: "x", from: "=error('no ' .. trigger.body.n)" }] } }],
    edges: [{ from: "hook", to: "no" }] });
  server = await world.serve();
  let next = 0;
  const events = async (): Promise<void> => {
    for (let n = next++; n < COUNT; n = next++)
      await fetch(server.hook("fails"), {
        method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify({ n: `${n % 2 ? "order" : "line"} ${n}` }) });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, events));
});
after(() => world.end());

async function heard(path: string): Promise<Said> {
  const answer = await local.get(path);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

it("groups them by what they have in common", async () => {
  const { items, incomplete } = await heard("/exceptions/groups");
  assert.equal(incomplete, undefined);
  assert.deepEqual(items?.map((group) => [group.flow, group.count]), [["fails", COUNT / 2], ["fails", COUNT / 2]]);
  assert.deepEqual((await heard("/exceptions/groups?environment=sandbox")).items, []);
});

it("tells their ids to the command that settles them", async () => {
  const { groups } = await heard("/dead");
  const all = (groups as { runs: string[] }[]).flatMap((group) => group.runs);
  assert.equal(new Set(all).size, COUNT);
});

it("counts them on the dashboard", async () => {
  const { exceptions, incomplete } = await heard("/overview");
  assert.equal((exceptions as { dead: number }).dead, COUNT);
  assert.equal(incomplete, false);
});

it("answers a list meanwhile", async () => {
  const counted = Promise.all(Array.from({ length: 20 }, () => heard("/exceptions/groups")));
  let over = false;
  const done = counted.then((all) => { over = true; return all; });
  const { items } = await heard("/runs?status=failed&limit=1");
  assert.equal(items?.length, 1);
  assert.equal(over, false, "a list waits for a slice of each, not for all of each");
  assert.equal((await done).length, 20);
});
