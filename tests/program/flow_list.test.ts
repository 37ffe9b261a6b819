// Flows as somebody with hundreds of them needs them: found, in order, page by page; how each did in the last day; acts
// on many at once, each told by itself; and what a list of 300 costs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type Answer, Visitor, password } from "./people.ts";
import { Desk, type Heard, type Said } from "./desk.ts";
import { type Server, World, eventually } from "./world.ts";

const MANY = 300;

interface Row extends Said {
  flow: string;
  name: string;
  labels?: string[];
  draft?: { ahead: boolean };
  health: { since: string; runs: number; failed: number; hours?: { succeeded: number[]; failed: number[] } };
}
interface Done extends Said { flow: string; done?: boolean; would?: boolean; refused?: string; environment?: string }

function is(heard: Heard, status: number): Heard {
  assert.equal(heard.status, status, heard.text);
  return heard;
}
const numbered = (i: number): string => `flow-${`${i}`.padStart(3, "0")}`;
const erp = { weft: 1, connections: { erp: { connector: "dynamics_sl", base_url: "http://127.0.0.1:9" } } };

/** As large as people draw them. */
function drawn(name: string, path: string): Said {
  const nodes: Said[] = [{ id: "hook", type: "trigger.webhook", config: { path, respond: "result",
    verify: { type: "none" } } }];
  for (let i = 0; i < 40; i++)
    nodes.push({ id: `step${i}`, type: "transform.map", config: { fields: Array.from({ length: 8 },
      (_, k) => ({ to: `field_${k}`, from: i === 0 && k === 0 ? "=trigger.body.n * 2" : `=${i} + ${k}` })) } });
  const edges = nodes.slice(1).map((node, i) => ({ from: nodes[i]?.id, to: node.id }));
  return { weft: 1, name, nodes, edges };
}

describe("a list of flows", () => {
  const world = new World();
  const desk = new Desk(world);
  let server: Server;
  const list = async (query = ""): Promise<Row[]> =>
    is(await desk.get(`/flows?limit=1000${query}`), 200).body.items as Row[];
  const names = async (query: string): Promise<string[]> => (await list(query)).map((one) => one.flow);
  const bulk = async (body: Said): Promise<Done[]> =>
    is(await desk.post("/flows/bulk", body), 200).body.flows as Done[];
  const publish = async (flow: string): Promise<void> => {
    const { etag } = is(await desk.get(`/flows/${flow}/draft`), 200);
    is(await desk.post(`/flows/${flow}/versions`, { message: "one" }, etag), 201);
    is(await desk.post(`/flows/${flow}/deployments`, { version: "1", environment: "production" }), 201);
  };
  const call = async (path: string, n: unknown): Promise<number> => (await fetch(server.hook(path),
    { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ n }) })).status;

  before(async () => {
    server = await world.serve();
    for (let i = 0; i < MANY; i++) {
      const bundle = { flow: drawn(`Flow ${MANY - i}`, numbered(i)), ...(i % 3 === 0 ? { connections: erp } : {}) };
      is(await desk.post("/flows", { flow: numbered(i), bundle }), 201);
    }
    for (let i = 1; i < 6; i++) if (i !== 3) await publish(numbered(i));
  });
  after(async () => { await world.end(); });

  it("finds by words, system, label, owner and state, and says what there is to find by", async () => {
    is(await desk.ask("PATCH", "/flows/flow-007", { labels: ["erp", "month end"], owner: "anna" }), 200);
    assert.deepEqual(await names("&search=month"), ["flow-007"]);
    assert.deepEqual(await names("&label=month%20end"), ["flow-007"]);
    assert.deepEqual(await names("&label=month"), []);
    assert.deepEqual(await names("&owner=anna"), ["flow-007"]);
    assert.equal((await names("&system=dynamics_sl")).length, MANY / 3);
    assert.equal((await names("&search=dynamics%20sl")).length, MANY / 3);
    assert.deepEqual(await names("&search=flow%2029"), Array.from({ length: 10 }, (_, i) => numbered(i + 1))
      .concat("flow-271"));
    assert.deepEqual(await names("&state=live"), [1, 2, 4, 5].map(numbered));
    assert.equal((await names("&state=nowhere")).length, MANY - 4);
    assert.deepEqual(await names("&state=live&environment=sandbox"), []);
    const page = is(await desk.get("/flows?limit=1&search=none-such"), 200).body;
    assert.deepEqual(page.facets, { labels: ["erp", "month end"], owners: ["anna"],
      systems: [{ system: "dynamics_sl", title: "Microsoft Dynamics SL" }] });
    assert.equal(page.total, 0);
    is(await desk.get("/flows?state=lost"), 400);
    is(await desk.get("/flows?sort=size"), 400);
  });

  it("tells a draft that is ahead of what is live, and one that is not, though its layout has moved", async () => {
    const patch = async (steps: Said[]): Promise<void> => {
      const { etag } = await desk.get("/flows/flow-001/draft");
      is(await desk.ask("PATCH", "/flows/flow-001/draft", { patch: steps }, etag), 200);
    };
    const ahead = async (): Promise<boolean | undefined> =>
      (await list("&search=flow-001"))[0]?.draft?.ahead;
    assert.equal(await ahead(), false);
    await patch([{ op: "add", path: "/layout", value: { nodes: { hook: { x: 1, y: 2 } } } }]);
    assert.equal(await ahead(), false);
    await patch([{ op: "replace", path: "/flow/name", value: "Flow 299 b" }]);
    assert.equal(await ahead(), true);
    assert.equal((await list("&search=flow-001"))[0]?.name, "Flow 299 b");
    assert.deepEqual(await names("&state=ahead"), ["flow-001"]);
  });

  it("counts the last day by the hour, also after a restart", async () => {
    for (const n of [1, 2, 3]) assert.equal(await call("flow-002", n), 200);
    assert.notEqual(await call("flow-002", "none"), 200);
    const health = async (): Promise<Row["health"] | undefined> => (await list("&search=flow-002"))[0]?.health;
    await eventually("the failed run is counted", async () => (await health())?.failed === 1);
    for (const again of [false, true]) {
      if (again) {
        await server.stop();
        server = await world.serve();
      }
      const told = await health();
      assert.deepEqual([told?.runs, told?.failed], [4, 1]);
      const sum = (hours: number[] = []): number => hours.reduce((a, b) => a + b, 0);
      assert.deepEqual([told?.hours?.succeeded.length, sum(told?.hours?.succeeded), sum(told?.hours?.failed)],
        [24, 3, 1]);
      assert.match(told?.since ?? "", /:00:00\.000Z$/);
    }
    assert.deepEqual(await names("&state=failing"), ["flow-002"]);
    assert.equal((await list("&search=flow-003"))[0]?.health.hours, undefined);
  });

  it("is in the order that was asked for, page by page, whatever comes and goes between two pages", async () => {
    for (const sort of ["flow", "name", "-name", "-failed", "runs", "-last", "changed"]) {
      const whole = (await list(`&sort=${sort}`)).map((one) => one.flow), walked: string[] = [];
      for (let next: string | undefined, page = 0; page === 0 || next !== undefined; page++) {
        const query: string = next === undefined ? "" : `&cursor=${encodeURIComponent(next)}`;
        const { body } = is(await desk.get(`/flows?limit=70&sort=${sort}${query}`), 200);
        walked.push(...(body.items as Row[]).map((one) => one.flow));
        next = body.next as string | undefined;
        assert.equal(body.facets === undefined, page > 0);
      }
      assert.deepEqual(walked, whole, sort);
      assert.equal(new Set(walked).size, MANY, sort);
    }
    assert.equal((await list("&sort=-failed"))[0]?.flow, "flow-002");
    const first = is(await desk.get("/flows?limit=2&sort=name"), 200).body;
    const seen = (first.items as Row[]).map((one) => one.flow);
    is(await desk.ask("DELETE", `/flows/${seen[1]}`), 204);
    is(await desk.post("/flows", { flow: "early", name: "A first one" }), 201);
    const from = encodeURIComponent(String(first.next));
    const rest = is(await desk.get(`/flows?limit=1000&sort=name&cursor=${from}`), 200);
    const behind = (rest.body.items as Row[]).map((one) => one.flow);
    assert.equal(behind.length, MANY - 2);
    assert.ok(!behind.includes("early") && !behind.some((one) => seen.includes(one)));
    is(await desk.ask("DELETE", "/flows/early"), 204);
    is(await desk.post("/flows", { flow: seen[1], bundle: { flow: drawn("Again", "again") } }), 201);
  });

  it("labels, pauses, resumes and deletes many, and tells of each what became of it", async () => {
    const three = ["flow-001", "flow-002", "flow-003"];
    const would = await bulk({ act: "pause", flows: three, dry_run: true });
    assert.deepEqual(would.map((one) => [one.flow, one.would, one.refused]), [["flow-001", true, undefined],
      ["flow-002", true, undefined], ["flow-003", undefined, "it works nowhere yet"]]);
    assert.deepEqual(await names("&state=paused"), []);
    const done = is(await desk.post("/flows/bulk", { act: "pause", flows: [...three, "none", "flow-001"] }), 200).body;
    assert.deepEqual([done.done, done.refused, (done.flows as Done[]).length], [2, 2, 4]);
    assert.equal((done.flows as Done[])[3]?.refused, 'there is no flow "none"');
    assert.deepEqual(await names("&state=paused"), ["flow-001", "flow-002"]);
    const [already, , works] = await bulk({ act: "pause", flows: ["flow-001", "flow-003", "flow-004"] });
    assert.match(already?.refused ?? "", /paused in production already/);
    assert.deepEqual([works?.done, works?.environment], [true, "production"]);
    const back = await bulk({ act: "resume", filter: { state: "paused" } });
    assert.deepEqual(back.map((one) => one.done), [true, true, true]);
    assert.deepEqual(await names("&state=paused"), []);

    const labelled = await bulk({ act: "label", flows: ["flow-007", "flow-008"], add: ["q4"], remove: ["erp"] });
    assert.deepEqual(labelled.map((one) => one.done), [true, true]);
    assert.deepEqual((await list("&label=q4")).map((one) => one.labels), [["month end", "q4"], ["q4"]]);
    assert.match((await bulk({ act: "label", flows: ["flow-008"], add: ["q4"] }))[0]?.refused ?? "", /so already/);

    const gone = await bulk({ act: "delete", flows: ["flow-005", "flow-008"] });
    assert.match(gone[0]?.refused ?? "", /is deployed in production: take it out there first/);
    assert.equal(gone[1]?.done, true);
    is(await desk.get("/flows/flow-008"), 404);
    is(await desk.post("/flows", { flow: "flow-008", bundle: { flow: drawn("Flow 292", "flow-008") } }), 201);
    is(await desk.post("/flows/bulk", { act: "pause" }), 400);
    is(await desk.post("/flows/bulk", { act: "pause", flows: ["flow-001"], filter: {} }), 400);
  });

  it("exports many as one, which is what each alone would give", async () => {
    const [one, other] = await bulk({ act: "export", flows: ["flow-001", "flow-003"] });
    const alone = is(await desk.get("/flows/flow-001/export"), 200).body;
    assert.deepEqual([one?.done, one?.export], [true, alone]);
    assert.equal((other?.export as Said | undefined)?.flow, "flow-003");
    assert.equal((await bulk({ act: "export", flows: ["flow-001"], dry_run: true }))[0]?.export, undefined);
  });

  it("does what was asked twice with one key once, and each in the name of who asked", async () => {
    const made = world.command(["user", "add", "olga", "--role", "operator", "--json", "--data", world.data]);
    const { invitation } = JSON.parse(made.stdout) as { invitation: { token: string } };
    const olga = new Visitor(() => server);
    assert.equal((await olga.ask("POST", "/invitation", { token: invitation.token, password })).status, 201);
    const asked = (key: string, body: object): Promise<Answer> =>
      olga.ask("POST", "/flows/bulk", body, { headers: { "idempotency-key": key } });
    const pause = { act: "pause", flows: ["flow-002", "flow-004"] };
    const first = await asked("bulk-1", pause);
    assert.equal(first.status, 200);
    assert.deepEqual((await bulk({ act: "resume", flows: pause.flows })).map((one) => one.done), [true, true]);
    assert.deepEqual((await asked("bulk-1", pause)).body, first.body);
    assert.deepEqual(await names("&state=paused"), [], "what was asked again is not done again");
    const refused = await asked("bulk-2", { act: "label", flows: ["flow-002"], add: ["hers"] });
    assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
    assert.match(refused.body.detail ?? "", /flows\.write/);
    const audit = is(await desk.get("/audit?what=flow.pause&by=olga&limit=50"), 200).body.items ?? [];
    assert.deepEqual(audit.map((one) => one.object).sort(), ["main/production/flow-002", "main/production/flow-004"]);
  });

  it("gives 300 at once for less than 50 ms of the processor", async () => {
    const used = (): number => {
      const stat = readFileSync(`/proc/${server.child.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) * 10; // clock ticks of 10 ms
    };
    assert.equal((await list()).length, MANY);
    const before = used(), TIMES = 20;
    for (let i = 0; i < TIMES; i++) await list("&sort=-failed");
    const each = (used() - before) / TIMES;
    console.log(`# a list of ${MANY} flows: ${each.toFixed(1)} ms of the processor`);
    assert.ok(each < 50, `${each} ms`);
  });
});
