// Flows by the API, against the real program: drafts of two people, versions, deployments with a second pair of eyes,
// pauses, publishing under load; what outlives a restart, and who may not see what.
import assert from "node:assert/strict";
import { createServer, type Server as Listener } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { Desk, type Heard, type Said } from "./desk.ts";
import { type Server, World } from "./world.ts";

const hook = { id: "hook", type: "trigger.webhook",
  config: { path: "orders", respond: "result", verify: { type: "none" } } };
const answer = (value: unknown): Said => ({ id: "answer", type: "transform.map",
  config: { fields: [{ to: "value", from: value }] } });
const orders = (value: unknown): Said => ({ weft: 1, name: "Orders", nodes: [hook, answer(value)],
  edges: [{ from: "hook", to: "answer" }] });

function is(heard: Heard, status: number): Heard {
  assert.equal(heard.status, status, heard.text);
  return heard;
}
function fetchHook(server: Server, path = "orders"): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(server.hook(path), { method: "POST", body: '{"id":1}', headers });
}

describe("drafts", () => {
  const world = new World();
  const desk = new Desk(world);
  before(async () => { await world.serve(); });
  after(async () => { await world.end(); });

  it("two people at one draft: who comes late is told what happened since", async () => {
    const made = is(await desk.post("/flows", { flow: "orders", bundle: { flow: orders("a") } }), 201);
    assert.equal(made.etag, '"1"');
    const patch = [{ op: "replace", path: "/flow/name", value: "Orders of the shop" }];
    is(await desk.ask("PATCH", "/flows/orders/draft", { patch }), 428);
    is(await desk.ask("PATCH", "/flows/orders/draft", { patch, by: "anna" }, '"1"'), 200);
    const late = is(await desk.ask("PATCH", "/flows/orders/draft",
      { patch: [{ op: "add", path: "/rules", value: {} }], by: "ben" }, '"1"'), 409);
    assert.equal(late.body.code, "stale");
    assert.equal(late.etag, '"2"');
    assert.deepEqual(late.body.changes?.map((change) => [change.revision, change.by, change.patch]),
      [[2, "anna", patch]]);
    const whole = { bundle: { flow: orders("b") }, by: "ben" };
    is(await desk.ask("PUT", "/flows/orders/draft", whole, '"2"'), 200);
    const draft = is(await desk.get("/flows/orders/draft"), 200);
    assert.deepEqual([draft.body.revision, draft.body.by], [3, "ben"]);
  });

  it("a patch is done whole or not at all", async () => {
    const refused = is(await desk.ask("PATCH", "/flows/orders/draft", { patch: [
      { op: "replace", path: "/flow/name", value: "x" }, { op: "remove", path: "/flow/nodes/7" }] }, '"3"'), 422);
    assert.match(refused.body.detail ?? "", /step 1 of the patch/);
    const more = [{ op: "add", path: "/more", value: {} }];
    is(await desk.ask("PATCH", "/flows/orders/draft", { patch: more }, '"3"'), 422);
    assert.equal((await desk.get("/flows/orders/draft")).body.revision, 3);
  });

  it("validating names the node, the place and the line, and publishing refuses the same", async () => {
    const bundle = { flow: { ...orders("=1 +") } };
    const said = is(await desk.post("/flows/orders/draft/validate", { bundle }), 200);
    assert.equal(said.body.valid, false);
    const fault = said.body.faults?.find((each) => each.warning === false);
    assert.deepEqual([fault?.node, fault?.pointer, Number(fault?.line) > 1],
      ["answer", "/nodes/1/config/fields/0/from", true]);
    is(await desk.ask("PUT", "/flows/orders/draft", { bundle }, '"3"'), 200);
    const refused = is(await desk.post("/flows/orders/versions", {}, '"4"'), 422);
    assert.match(JSON.stringify(refused.body.faults), /unexpected symbol/);
  });

  it("a draft whose tests fail is not published", async () => {
    const bundle = { flow: orders("=require('rules.fee').of(trigger.body)"),
      rules: { fee: "return { of = function(o) return o.id * 2 end }" },
      tests: { "rules/fee": [{ name: "doubled", function: "of", input: { id: 2 }, expected: 5 }] } };
    is(await desk.ask("PUT", "/flows/orders/draft", { bundle }, '"4"'), 200);
    const run = is(await desk.post("/flows/orders/draft/tests/run", {}), 200);
    assert.deepEqual([run.body.passed, run.body.failed], [0, 1]);
    const refused = is(await desk.post("/flows/orders/versions", {}, '"5"'), 422);
    assert.match(JSON.stringify(refused.body.faults), /doubled/);
  });

  it("a draft cannot make the server read its own variables or files", async () => {
    const connections = { weft: 1, connections: { erp: { connector: "http", base_url: "https://evil.example",
      auth: { type: "bearer", secret: "key" }, secrets: { key: { env: "WEFT_MASTER_KEY_FILE" } } } } };
    is(await desk.ask("PUT", "/flows/orders/draft", { bundle: { flow: orders("c"), connections } }, '"5"'), 200);
    const refused = is(await desk.post("/flows/orders/versions", {}, '"6"'), 403);
    assert.match(refused.body.detail ?? "", /vault/);
  });

  it("what is exported can be imported under its name once it is gone", async () => {
    const whole = is(await desk.get("/flows/orders/export"), 200).body;
    is(await desk.post("/flows/import", whole), 409);
    is(await desk.ask("DELETE", "/flows/orders"), 204);
    is(await desk.get("/flows/orders"), 404);
    is(await desk.post("/flows/import", whole), 201);
  });
});

describe("versions and deployments", () => {
  const world = new World();
  const desk = new Desk(world);
  let server: Server;
  before(async () => {
    world.flow("folded", { ...orders("folder"), name: "Folded",
      nodes: [{ ...hook, config: { ...hook.config, path: "folded" } }, answer("folder")] });
    server = await world.serve();
  });
  after(async () => { await world.end(); });

  async function publish(flow: string, bundle: Said, message: string): Promise<number> {
    const draft = await desk.get(`/flows/${flow}/draft`);
    const kept = draft.status === 404
      ? is(await desk.post("/flows", { flow, bundle }), 201)
      : is(await desk.ask("PUT", `/flows/${flow}/draft`, { bundle }, draft.etag), 200);
    return Number(is(await desk.post(`/flows/${flow}/versions`, { message }, kept.etag), 201).body.number);
  }

  it("published, deployed, compared, and back in one call", async () => {
    assert.equal(await publish("orders", { flow: orders("one") }, "the first"), 1);
    is(await desk.post("/flows/orders/deployments", { version: "1", environment: "production" }), 201);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "one" });
    assert.equal(await publish("orders", { flow: orders("two") }, "the second"), 2);
    const diff = is(await desk.get("/flows/orders/diff?from=1&to=2"), 200);
    assert.deepEqual(diff.body.changes?.map((change) => [change.kind, change.what, change.id, change.node]),
      [["changed", "mapping", "value", "answer"]]);
    is(await desk.post("/flows/orders/deployments", { version: "2", environment: "production" }), 201);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "two" });
    is(await desk.post("/flows/orders/rollback", {}), 201);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "one" });
    assert.equal(await publish("orders", { flow: orders("three") }, "the third"), 3);
    is(await desk.post("/flows/orders/deployments", { version: "3", environment: "production" }), 201);
    const { items: there } = is(await desk.get("/flows/orders/versions"), 200).body;
    const [third, second, first] = (there ?? []).map((each) => each.version);
    is(await desk.post("/flows/orders/rollback", { version: third }), 409);
    is(await desk.post("/flows/orders/rollback", { version: "f".repeat(64) }), 404);
    is(await desk.post("/flows/orders/rollback", { version: second, environment: "sandbox" }), 404);
    is(await desk.post("/flows/orders/rollback", { version: second }), 201);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "two" });
    is(await desk.post("/flows/orders/rollback", { version: first }), 201);
    const versions = is(await desk.get("/flows/orders/versions"), 200);
    assert.deepEqual(versions.body.items?.map((each) => [each.number, each.message, each.environments]),
      [[3, "the third", []], [2, "the second", []], [1, "the first", ["production"]]]);
    const again = is(await desk.post("/flows/orders/versions", {}, (await desk.get("/flows/orders/draft")).etag), 409);
    assert.match(again.body.detail ?? "", /nothing has changed/);
  });

  it("what fails since a version says who has published it", async () => {
    const blamed = (value: unknown): Said => ({ ...orders(value), name: "Blamed",
      nodes: [{ ...hook, config: { ...hook.config, path: "blamed" } }, answer(value)] });
    for (const [version, value] of [["1", "fine"], ["2", "=error('no account for ' .. trigger.body.id)"]] as const) {
      await publish("blamed", { flow: blamed(value) }, "as asked");
      is(await desk.post("/flows/blamed/deployments", { version, environment: "production" }), 201);
      await fetchHook(server, "blamed");
    }
    const failed = is(await desk.get("/exceptions?flow=blamed"), 200).body.items?.[0];
    for (const path of [`/runs/${String(failed?.run)}`, `/exceptions/${String(failed?.exception)}`]) {
      const { diagnosis } = is(await desk.get(path), 200).body as { diagnosis: { cause: string; evidence: Said[] } };
      assert.equal(diagnosis.cause, "version");
      const [told] = diagnosis.evidence.filter((each) => each.code === "published");
      assert.match(String(told?.text), /^version 2 was published by \S+ at 20\d\d-/);
    }
  });

  it("another person approves what goes where approval is wanted", async () => {
    is(await desk.ask("PUT", "/environments/production", { approval: true }), 200);
    const asked = is(await desk.post("/flows/orders/deployments",
      { version: "2", environment: "production", by: "anna" }), 202);
    assert.equal(asked.body.state, "asked");
    const id = String(asked.body.deployment);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "one" });
    is(await desk.post(`/deployments/${id}/approve`, { by: "anna" }), 403);
    const waiting = is(await desk.get("/deployments?state=asked"), 200);
    assert.deepEqual(waiting.body.items?.map((each) => each.deployment), [id]);
    is(await desk.post(`/deployments/${id}/approve`, { by: "ben" }), 200);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "two" });
    is(await desk.post(`/deployments/${id}/approve`, { by: "ben" }), 409);
    is(await desk.ask("PUT", "/environments/production", { approval: false }), 200);
  });

  it("a paused flow answers 410, also after a restart, and goes on", async () => {
    is(await desk.post("/flows/orders/deployments/production/pause"), 200);
    assert.equal((await fetchHook(server)).status, 410);
    is(await desk.post("/flows/orders/start", { body: {} }), 409);
    await server.stop();
    server = await world.serve();
    assert.equal((await fetchHook(server)).status, 410);
    const flow = is(await desk.get("/flows/orders"), 200);
    assert.equal((flow.body.deployments as Said[])[0]?.state, "paused");
    is(await desk.post("/flows/orders/deployments/production/resume"), 200);
    assert.equal((await fetchHook(server)).status, 200);
  });

  it("what a person deployed stays until the folder has something else", async () => {
    is(await desk.post("/flows/folded/draft", {}), 201);
    const bundle = { flow: { ...orders("person"), name: "Folded",
      nodes: [{ ...hook, config: { ...hook.config, path: "folded" } }, answer("person")] } };
    await publish("folded", bundle, "by hand");
    is(await desk.post("/flows/folded/deployments", { version: "1", environment: "production" }), 201);
    await server.stop();
    server = await world.serve();
    assert.deepEqual(await (await fetchHook(server, "folded")).json(), { value: "person" });
    world.flow("folded", { ...bundle.flow, nodes: [bundle.flow.nodes[0], answer("newer")] });
    await server.stop();
    server = await world.serve();
    assert.deepEqual(await (await fetchHook(server, "folded")).json(), { value: "newer" });
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "two" }); // has no folder at all
  });

  it("no webhook finds a closed door while versions come and go", async () => {
    let stop = false;
    let served = 0;
    const answers = new Set<string>();
    const senders = Array.from({ length: 4 }, async () => {
      while (!stop) {
        const told = await fetchHook(server);
        assert.equal(told.status, 200);
        answers.add(JSON.stringify(await told.json()));
        served++;
      }
    });
    for (let i = 0; i < 20; i++)
      is(await desk.post("/flows/orders/deployments", { version: `${i % 2 + 1}`, environment: "production" }), 201);
    stop = true;
    await Promise.all(senders);
    assert.ok(served > 0);
    for (const each of answers) assert.ok(['{"value":"one"}', '{"value":"two"}'].includes(each), each);
  });

  it("webhooks are answered while tests of rules spin, when they are run and when a version is published", async () => {
    const tests = Array.from({ length: 16 }, (_, at) => ({ name: `spins ${at}`, error: "budget",
      call: "=(function() while true do end end)()" }));
    const asks = [(flow: string) => desk.post(`/flows/${flow}/draft/tests/run`, {}),
      (flow: string) => desk.post(`/flows/${flow}/draft/validate`, { tests: true }),
      (flow: string) => desk.post(`/flows/${flow}/versions`, {}, '"1"')];
    for (const [at, ask] of asks.entries()) {
      // Of one that has passed it is known.
      const flow = `spins-${at}`;
      const bundle = { flow: { ...orders(flow), name: `Spins ${at}` }, rules: { spin: "return {}" },
        tests: { "rules/spin": tests } };
      is(await desk.post("/flows", { flow, bundle }), 201);
      const seen = { waits: true, answered: 0 };
      const heard = ask(flow).finally(() => { seen.waits = false; });
      while (seen.waits) {
        assert.equal((await fetchHook(server, "folded")).status, 200);
        seen.answered++;
      }
      // If they waited for the tests, one would come before them and one behind.
      assert.ok(seen.answered > 2, `${seen.answered} webhooks`);
      const { body } = is(await heard, [200, 200, 201][at] ?? 0);
      if (at === 0) assert.deepEqual([body.passed, body.failed], [16, 0]);
      if (at === 1) assert.equal(body.valid, true);
    }
  });

  it("another workspace sees nothing of it", async () => {
    const other = new Desk(world, "other");
    for (const path of ["/flows/orders", "/flows/orders/draft", "/flows/orders/versions", "/flows/orders/versions/1",
      "/flows/orders/diff", "/flows/orders/export", "/flows/orders/deployments", "/flows/orders/samples",
      "/flows/orders/checklist", "/flows/orders/context/answer"])
      is(await other.get(path), 404);
    const digest = String((await desk.get("/flows/orders/versions/1")).body.version);
    is(await other.get(`/flows/orders/versions/${digest}`), 404);
    is(await other.post("/flows/orders/deployments", { version: digest, environment: "production" }), 404);
    is(await other.post("/flows/orders/deployments/production/pause"), 404);
    is(await other.post("/flows/orders/start", {}), 404);
    assert.deepEqual((await other.get("/flows")).body.items, []);
    assert.deepEqual((await other.get("/connections")).body.items, []);
  });

  it("a flow that works somewhere is not deleted; taken out it is", async () => {
    is(await desk.ask("DELETE", "/flows/orders"), 409);
    is(await desk.ask("DELETE", "/flows/orders/deployments/production"), 204);
    assert.equal((await fetchHook(server)).status, 404);
    is(await desk.ask("DELETE", "/flows/orders"), 204);
  });
});

describe("connections of the workspace", () => {
  const world = new World();
  const desk = new Desk(world);
  const systems: Listener[] = [];
  const heard: string[] = [];
  let server: Server;
  before(async () => {
    for (const name of ["first", "second"]) {
      const system = createServer((asked, answered) => {
        heard.push(`${name} ${asked.headers.authorization ?? ""}`);
        answered.setHeader("content-type", "application/json").end(JSON.stringify({ system: name }));
      });
      await new Promise<void>((resolve) => { system.listen(0, "127.0.0.1", resolve); });
      systems.push(system);
    }
    server = await world.serve();
  });
  after(async () => { await world.end(); for (const system of systems) system.close(); });

  const url = (index: number): string => `http://127.0.0.1:${(systems[index]?.address() as AddressInfo).port}`;
  const erp = (index: number): Said => ({ connector: "http", title: "The books", environments: { production: {
    base_url: url(index), auth: { type: "bearer", secret: "key" }, secrets: { key: { vault: "books_key" } } } } });
  const flow = { flow: { weft: 1, name: "Books",
    nodes: [hook, { id: "ask", type: "connector.http", connection: "erp", config: { path: "/" } },
      answer("=steps.ask.body.system")],
    edges: [{ from: "hook", to: "ask" }, { from: "ask", to: "answer" }] },
  connections: { weft: 1, connections: { erp: { connector: "http", use: "books" } } } };

  it("a flow uses one by its name, and uses it as it is changed, at once", async () => {
    is(await desk.post("/vault/books_key/set", { value: "canary-5a1", origins: [url(0), url(1)] }), 200);
    is(await desk.ask("PUT", "/workspace/connections/books", erp(0)), 200);
    const made = is(await desk.post("/flows", { flow: "books", bundle: flow }), 201);
    is(await desk.post("/flows/books/versions", {}, made.etag), 201);
    is(await desk.post("/flows/books/deployments", { version: "1", environment: "production" }), 201);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "first" });
    is(await desk.ask("PUT", "/workspace/connections/books", erp(1)), 428);
    const changed = is(await desk.ask("PUT", "/workspace/connections/books", erp(1), '"1"'), 200);
    assert.deepEqual([changed.body.refused, changed.body.used_by], [[], ["production/books: erp"]]);
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "second" });
    assert.deepEqual(heard, ["first Bearer canary-5a1", "second Bearer canary-5a1"]);
    const shown = await Promise.all(["/workspace/connections", "/workspace/connections/books", "/connections", "/vault",
      "/flows/books/draft"].map((path) => desk.get(path)));
    for (const each of shown) assert.doesNotMatch(is(each, 200).text, /canary/);
  });

  it("after a restart it is as it was; what is used is not removed; sandbox has nothing of production", async () => {
    await server.stop();
    server = await world.serve();
    assert.deepEqual(await (await fetchHook(server)).json(), { value: "second" });
    is(await desk.ask("DELETE", "/workspace/connections/books", undefined, '"2"'), 409);
    const refused = is(await desk.post("/flows/books/deployments", { version: "1", environment: "sandbox" }), 422);
    assert.match(JSON.stringify(refused.body.faults), /nothing for sandbox/);
    is(await new Desk(world, "other").get("/workspace/connections/books"), 404);
  });

  it("neither it nor its secret is there for a flow of another workspace", async () => {
    const other = new Desk(world, "other"), own = erp(0).environments as Said, asked = heard.length;
    const cases: [string, unknown, RegExp][] = [
      ["borrows", flow.connections, /no connection.*books/],
      ["steals", { weft: 1, connections: { erp: { connector: "http", ...own.production as Said } } },
        /the vault has no secret \\"books_key\\"/],
    ];
    for (const [name, connections, why] of cases) {
      const made = is(await other.post("/flows", { flow: name, bundle: { ...flow, connections } }), 201);
      is(await other.post(`/flows/${name}/versions`, {}, made.etag), 201);
      const refused = await other.post(`/flows/${name}/deployments`, { version: "1", environment: "production" });
      assert.match(is(refused, 422).text, why);
    }
    assert.equal(heard.length, asked);
  });

  it("one that a step names and the flow has not is left to do, and keeps it from going live", async () => {
    const made = is(await desk.post("/flows", { flow: "lacks", bundle: { flow: flow.flow } }), 201);
    const { body } = is(await desk.get("/flows/lacks/checklist"), 200);
    const [discovery] = body.phases as unknown as
      { done: boolean; items: { connection?: string; text: string; says?: object }[] }[];
    assert.ok(discovery);
    assert.deepEqual([discovery.done, discovery.items.map((one) => one.connection)], [false, ["erp"]]);
    const [point] = discovery.items;
    assert.deepEqual(point?.says, { key: "unnamed", values: { step: "ask", connection: "erp" } });
    assert.match(point.text, /step ask works through a connection "erp"/);
    is(await desk.post("/flows/lacks/versions", {}, made.etag), 201);
    const live = await desk.post("/flows/lacks/deployments", { version: "1", environment: "production" });
    assert.match(is(live, 422).text, /the flow has no connection \\"erp\\": name it in connections.json/);
  });

  it("a flow that a step calls is on that list with its own points, until it is live", async () => {
    const part = { id: "part", type: "branch.call", config: { flow: "common-part" } };
    const calls = { weft: 1, name: "Calls", nodes: [hook, part], edges: [{ from: hook.id, to: "part" }] };
    const begin = { weft: 1, name: "Part", nodes: [{ id: "begin", type: "trigger.call" }, flow.flow.nodes[1]],
      edges: [{ from: "begin", to: "ask" }] };
    interface Point { item: string; done: boolean; part?: string; says: { values: { state?: string } } }
    const told = async () => {
      const { body } = is(await desk.get("/flows/calls/checklist"), 200);
      const points = (body.phases as unknown as { items: Point[] }[]).flatMap(({ items }) => items);
      const of = points.filter(({ part: own }) => own === "common-part")
        .map(({ item, done, says }) => [item, done, says.values.state]);
      const launch = body.launch as { flow: string; state: string }[];
      return { of, launch: launch.map((one) => `${one.flow} ${one.state}`) };
    };
    is(await desk.post("/flows", { flow: "calls", bundle: { flow: calls } }), 201);
    assert.deepEqual(await told(), { of: [["flow", false, "missing"]], launch: ["calls unpublished"] });
    const made = is(await desk.post("/flows", { flow: "common-part",
      bundle: { flow: begin, connections: flow.connections } }), 201);
    assert.deepEqual(await told(), { of: [["flow", true, "there"], ["connection", true, undefined],
      ["part", false, "unpublished"]], launch: ["common-part unpublished", "calls unpublished"] });
    is(await desk.post("/flows/common-part/versions", {}, made.etag), 201);
    assert.deepEqual((await told()).of.at(-1), ["part", false, "idle"]);
    is(await desk.post("/flows/common-part/deployments", { version: "1", environment: "production" }), 201);
    assert.deepEqual((await told()).of.at(-1), ["part", true, "live"]);
    const launched = async () => {
      const { body } = is(await desk.get("/flows/common-part/checklist"), 200);
      const launch = (body.phases as unknown as { items: { item: string; done: boolean; text: string }[] }[])[3];
      return launch?.items.filter((one) => one.item !== "run").map((one) => [one.done, one.text]);
    };
    const works = [true, "It works in production"];
    assert.deepEqual(await launched(), [[true, "It is published as it stands"], works]);
    const changed = is(await desk.ask("PATCH", "/flows/common-part/draft",
      { patch: [{ op: "replace", path: "/flow/name", value: "Another" }] }, made.etag), 200);
    assert.deepEqual(await launched(), [[false, "It was changed since it was published: publish it again"], works]);
    assert.deepEqual((await told()).of.at(-1), ["part", false, "changed"]);
    is(await desk.post("/flows/common-part/versions", {}, changed.etag), 201);
    assert.deepEqual((await told()).launch, ["common-part other", "calls unpublished"]);
    assert.deepEqual(await launched(),
      [[true, "It is published as it stands"], [false, "Another version of it works in production"]]);
  });

  it("one that reads the machine, or is none, is refused", async () => {
    const reads = { connector: "http", environments: { production: { base_url: "https://${HOST}" } } };
    is(await desk.ask("PUT", "/workspace/connections/bad", reads), 403);
    const none = { connector: "http", environments: { production: { base_url: "ftp:" } } };
    const said = is(await desk.ask("PUT", "/workspace/connections/bad", none), 422);
    assert.match(JSON.stringify(said.body.faults), /base_url/);
  });
});
