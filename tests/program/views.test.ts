// Views of lists: kept by a person, shared with the workspace, changed by whoever may and nobody else; what is wrong
// with one is said, what a list does not know is kept. And who asks for a deployment is heard by who approves it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Desk, type Heard, type Said } from "./desk.ts";
import { type Answer, Visitor, password } from "./people.ts";
import { type Server, World, eventually } from "./world.ts";

interface View extends Said {
  view: string; list: string; name: string; query: Record<string, string>; shared: boolean; owner: string;
  mine: boolean; revision: number; can: string[];
}
interface Page { items: View[]; total: number; defaults: Record<string, string>; can: string[] }

const world = new World();
const desk = new Desk(world);
let server: Server;
const people: Record<string, Visitor> = {};

async function enter(name: string, role: string): Promise<void> {
  const made = world.command(["user", "add", name, "--role", role, "--json", "--data", world.data]);
  const { invitation } = JSON.parse(made.stdout) as { invitation: { token: string } };
  const person = new Visitor(() => server);
  assert.equal((await person.ask("POST", "/invitation", { token: invitation.token, password })).status, 201);
  people[name] = person;
}
function who(name: string): Visitor {
  const person = people[name];
  assert.ok(person !== undefined, name);
  return person;
}
function is(answer: Answer | Heard, status: number): Said {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body as Said;
}
const failed = { list: "runs", name: "Failed this week", query: { status: "failed", period: "week" } };
const make = async (name: string, body: object = failed): Promise<View> =>
  is(await who(name).ask("POST", "/views", body), 201) as View;
const page = async (name: string, query = ""): Promise<Page> =>
  is(await who(name).ask("GET", `/views${query}`), 200) as unknown as Page;
const names = async (name: string): Promise<string[]> => (await page(name)).items.map((one) => one.name);
const put = (name: string, view: View, more: object, revision = view.revision): Promise<Answer> =>
  who(name).ask("PUT", `/views/${view.view}`, { name: view.name, query: view.query, shared: view.shared, ...more },
    { headers: { "if-match": `"${revision}"` } });
const remove = (name: string, view: View, revision = view.revision): Promise<Answer> =>
  who(name).ask("DELETE", `/views/${view.view}`, undefined, { headers: { "if-match": `"${revision}"` } });

before(async () => {
  server = await world.serve();
  for (const [name, role] of [["anna", "admin"], ["otto", "operator"], ["olga", "operator"], ["vic", "viewer"],
    ["ines", "integrator"], ["vera", "approver"]] as const) await enter(name, role);
});
after(async () => { await world.end(); });

describe("a view", () => {
  it("is its owner's until it is shared; then everybody reads it, its owner and who manages change it", async () => {
    const view = await make("otto");
    assert.deepEqual([view.owner, view.mine, view.shared, view.revision], ["otto", true, false, 1]);
    assert.deepEqual(view.query, failed.query);
    for (const other of ["olga", "anna"]) {
      assert.deepEqual(await names(other), []);
      is(await who(other).ask("GET", `/views/${view.view}`), 404);
      is(await put(other, view, { name: "Mine" }), 404);
      is(await remove(other, view), 404);
    }
    const shared = is(await put("otto", view, { shared: true }), 200) as View;
    const seen = (await page("olga")).items[0];
    assert.deepEqual([seen?.owner, seen?.mine, seen?.can], ["otto", false, []]);
    const refused = is(await put("olga", shared, { name: "Mine" }), 403);
    assert.match(String(refused.detail), /otto has shared it.*settings\.write/);
    is(await remove("olga", shared), 403);
    assert.deepEqual((await page("anna")).items[0]?.can, ["change", "delete"]);
    const renamed = is(await put("anna", shared, { name: "Failed, this week" }), 200) as View;
    assert.equal(renamed.owner, "otto");
    const stale = is(await put("otto", shared, { name: "Late" }), 409);
    assert.equal(stale.code, "stale");
    assert.match(String(stale.detail), /changed by anna meanwhile/);
    is(await who("otto").ask("PUT", `/views/${view.view}`, { name: "x", query: {}, shared: true }), 428);
    is(await remove("otto", renamed, 0), 400);
    is(await remove("anna", renamed), 204);
    is(await who("otto").ask("GET", `/views/${view.view}`), 404);
  });

  it("is shared by who may change something; who only reads keeps their own, but by no token that reads", async () => {
    const own = await make("vic");
    assert.deepEqual((await page("vic")).can, ["keep"]);
    is(await put("vic", own, { shared: true }), 403);
    is(await who("vic").ask("POST", "/views", { ...failed, name: "For all", shared: true }), 403);
    const token = is(await who("otto").ask("POST", "/tokens", { name: "reads", scopes: ["runs.read"] }), 201);
    const machine = new Visitor(() => server);
    machine.bearer = String(token.secret);
    people.machine = machine;
    is(await machine.ask("POST", "/views", failed), 403);
    is(await machine.ask("PUT", "/view-defaults/runs", { view: null }), 403);
    is(await machine.ask("POST", "/views", { ...failed, list: "flows" }), 403); // it does not see them either
    assert.deepEqual((await page("machine")).can, []);
    is(await remove("vic", own), 204);
  });

  it("begins a list for one person, and is forgotten when it is gone", async () => {
    const view = await make("olga", { ...failed, shared: true });
    const other = await make("olga", { list: "flows", name: "Late", query: { state: "failing" } });
    const begin = (name: string, list: string, id: string | null): Promise<Answer> =>
      who(name).ask("PUT", `/view-defaults/${list}`, { view: id });
    is(await begin("otto", "runs", view.view), 200);
    is(await begin("olga", "flows", other.view), 200);
    is(await begin("otto", "flows", other.view), 422); // hers alone
    is(await begin("otto", "exceptions", view.view), 422);
    is(await begin("otto", "jobs", view.view), 404);
    is(await desk.ask("PUT", "/view-defaults/runs", { view: view.view }), 403);
    assert.deepEqual((await page("otto")).defaults, { runs: view.view });
    assert.deepEqual((await page("olga", "?list=runs")).defaults, {});
    is(await begin("olga", "runs", view.view), 200);
    is(await begin("olga", "flows", null), 200);
    assert.deepEqual((await page("olga")).defaults, { runs: view.view });
    is(await put("olga", view, { shared: false }), 200);
    assert.deepEqual((await page("otto")).defaults, {});
    is(await remove("olga", view, 2), 204);
    assert.deepEqual((await page("olga")).defaults, {});
  });

  it("keeps what its list does not know, and is refused for what no list could know", async () => {
    const newer = await make("otto", { list: "runs", name: "Newer", query: { status: "failed", tone_of: "x,y" } });
    assert.deepEqual(newer.query, { status: "failed", tone_of: "x,y" });
    const turned = await make("otto", { ...failed, name: "<b>‮Failed</b>" });
    assert.equal(turned.name, "<b>‮Failed</b>");
    is(await who("otto").ask("POST", "/views", { ...failed, name: "Newer" }), 409);
    is(await put("otto", turned, { name: "Newer" }), 409);
    const wrong: object[] = [
      { name: "" }, { name: "  " }, { name: "a\nb" }, { name: "x".repeat(101) }, { list: "jobs" },
      { query: { "1st": "x" } },
      { query: { status: 1 } }, { query: { status: "" } }, { query: { find: "x".repeat(501) } }, { query: [] },
      { query: Object.fromEntries(Array.from({ length: 31 }, (_, i) => ["p".repeat(i + 1), "x"])) }, { shared: "yes" },
    ];
    for (const one of wrong) {
      const body = is(await who("otto").ask("POST", "/views", { ...failed, ...one }), 422);
      assert.ok((body.faults?.length ?? 0) > 0, JSON.stringify(one));
    }
    is(await who("otto").ask("POST", "/views", { ...failed, more: 1 }), 400);
    const long = Object.fromEntries(Array.from({ length: 10 }, (_, i) => ["p".repeat(i + 1), "x".repeat(500)]));
    assert.match(String(is(await who("otto").ask("POST", "/views", { ...failed, query: long }), 413).detail), /4 KiB/);
    for (const view of [newer, turned]) is(await remove("otto", view), 204);
  });

  it("keeps no card number, in its name or its filters", async () => {
    const view = await make("otto", { list: "runs", name: "Card 4111 1111 1111 1111",
      query: { find: "4111111111111111", key: "P-1" } });
    assert.equal(view.name, "Card 4111 11** **** 1111");
    assert.deepEqual(view.query, { find: "411111******1111", key: "P-1" });
    const again = is(await put("otto", view, { query: { error: "declined 5555555555554444" } }), 200) as View;
    assert.deepEqual(again.query, { error: "declined 555555******4444" });
    is(await remove("otto", again), 204);
  });

  it("is made once, stands in the audit with what was before, and is there after a restart", async () => {
    const key = { headers: { "idempotency-key": "view-1" } };
    const first = is(await who("otto").ask("POST", "/views", failed, key), 201) as View;
    const again = await who("otto").ask("POST", "/views", failed, key);
    const same = again.body as unknown as View;
    assert.deepEqual([same.view, again.headers["idempotency-replayed"]], [first.view, "true"]);
    is(await put("otto", first, { query: { status: "failed" } }), 200);
    const { items } = is(await desk.get(`/audit?object=view/main/${first.view}`), 200);
    assert.deepEqual(items?.map((row) => row.what), ["view.change", "view.make"]);
    const [row] = items as { before: View; after: View }[];
    assert.deepEqual([row?.before.query, row?.after.query], [failed.query, { status: "failed" }]);
    await server.stop();
    server = await world.serve();
    const { items: left } = await page("otto", "?list=runs");
    assert.deepEqual(left.map((one) => [one.view, one.revision]), [[first.view, 2]]);
    is(await remove("otto", first, 2), 204);
  });

  it("has as many beside it as a menu can show", async () => {
    for (let i = 0; i < 100; i++) await make("ines", { ...failed, name: `View ${i}`, shared: i < 50 });
    const most = is(await who("ines").ask("POST", "/views", failed), 413);
    assert.match(String(most.detail), /you have 100 views.*remove one first/);
    for (let i = 0; i < 99; i++) await make("olga", { ...failed, name: `Hers ${i}`, shared: true });
    for (let i = 0; i < 51; i++) await make("anna", { ...failed, name: `Theirs ${i}`, shared: true });
    const last = is(await who("otto").ask("POST", "/views", { ...failed, shared: true }), 413);
    assert.match(String(last.detail), /shares 200 views/);
    const own = await make("otto");
    is(await put("otto", own, { shared: true }), 413);
    assert.equal((await page("otto")).total, 201);
  });
});

describe("a deployment that somebody has to approve", () => {
  it("is heard of when it is asked for, when it is refused and when it is done", async () => {
    const hook = { id: "in", type: "trigger.webhook", config: { path: "in", verify: { type: "none" } } };
    const bundle = { flow: { weft: 1, name: "Pay", nodes: [hook], edges: [] } };
    is(await desk.ask("PUT", "/environments/production", { title: "Production", approval: true }), 200);
    const { etag } = await desk.post("/flows", { flow: "pay", bundle });
    is(await desk.post("/flows/pay/versions", { message: "one" }, etag), 201);
    const told = await who("vera").listen("deployment");
    const hears = async (state: string, by: string): Promise<void> => {
      const event = new RegExp(`"flow":"pay","environment":"production".*"state":"${state}","by":"${by}"`);
      await eventually(`${state} is told`, () => event.test(told.heard()));
      const { items } = is(await who("vera").ask("GET", `/deployments?state=${state}`), 200);
      assert.equal(items?.length, 1, state);
    };
    const ask = async (): Promise<string> => String(is(await who("ines").ask("POST", "/flows/pay/deployments",
      { version: "1", environment: "production" }), 202).deployment);
    const first = await ask();
    await hears("asked", "ines");
    is(await who("vera").ask("POST", `/deployments/${first}/reject`, { reason: "not on a Friday" }), 200);
    await hears("rejected", "vera");
    const second = await ask();
    is(await who("vera").ask("POST", `/deployments/${second}/approve`, { reason: "seen" }), 200);
    await hears("live", "vera");
    told.stream.destroy();
  });
});
