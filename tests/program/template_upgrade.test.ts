// A flow made from a template, and the template afterwards changed: what comes in, what stays, and what is asked;
// templates of one's own in the data directory.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Desk, type Heard } from "./desk.ts";
import { eventually, type Server, World } from "./world.ts";

const world = new World();
const desk = new Desk(world);
let server: Server;

function is(heard: Heard, status: number): Heard {
  assert.equal(heard.status, status, heard.text);
  return heard;
}

interface Line { to: string; from: string }

function definition(lines: Line[], more: { nodes?: object[]; edges?: object[]; vars?: object } = {}): object {
  return { weft: 1, name: "Shop orders", vars: { currency: "USD", ...more.vars },
    nodes: [
      { id: "order", type: "trigger.webhook", config: { path: "shop/orders", verify: { type: "none" } } },
      { id: "entry", type: "transform.map", config: { fields: lines } },
      { id: "post", type: "connector.http", connection: "books",
        config: { method: "POST", path: "/entries", body: "=steps.entry" } },
      ...more.nodes ?? []],
    edges: [{ from: "order", to: "entry" }, { from: "entry", to: "post" }, ...more.edges ?? []] };
}

const connections = { weft: 1, connections: { books: { connector: "http", base_url: "https://books.example",
  auth: { type: "bearer", secret: "key" }, secrets: { key: { env: "BOOKS_KEY" } } } } };

function template(files: Record<string, unknown>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(world.data, "templates", "shop-orders", path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
  }
}

const first = [{ to: "amount", from: "=trigger.body.total" }, { to: "day", from: "=trigger.body.day" },
  { to: "fee", from: "=require('rules.fee').of(trigger.body)" }];
const fee = (percent: string): string =>
  `local fee = {}\nfunction fee.of(order) return (order.total * ${percent}):round(2) end\nreturn fee\n`;

before(async () => {
  mkdirSync(world.data, { mode: 0o700 });
  template({ "flow.json": definition(first), "connections.json": connections, "rules/fee.lua": fee("0.01"),
    "README.md": "# Shop orders\n\nOf our own.\n",
    "tests/one.json": { name: "one", input: { total: 1, day: "2026-11-21" }, expect: { status: "succeeded" } } });
  server = await world.serve();
});
after(async () => { await world.end(); });

/** The template as it is later: two lines, a step behind, another rule, a new constant. */
async function changed(): Promise<void> {
  template({ "flow.json": definition(
    [{ to: "amount", from: "=trigger.body.gross" }, { to: "day", from: "=trigger.body.day:sub(1, 10)" },
      ...first.slice(2), { to: "source", from: "='shop'" }],
    { nodes: [{ id: "told", type: "transform.map", config: { fields: [{ to: "n", from: "=steps.post.status" }] } }],
      edges: [{ from: "post", to: "told" }], vars: { grace: 3 } }), "rules/fee.lua": fee("0.02") });
  server.signal("SIGHUP");
  await eventually("the template is another one", async () =>
    (await desk.get("/flows/web/template-status")).body.state === "newer");
}

interface Conflict { place: string; what: string; mine?: unknown; theirs?: unknown; choice?: string }

describe("a template of one's own", () => {
  it("is offered beside the program's, and makes flows that know what they are from", async () => {
    const items = is(await desk.get("/templates"), 200).body.items ?? [];
    assert.ok(items.some((each) => each.template === "shop-orders") && items.length > 1);
    assert.match(is(await desk.get("/templates/shop-orders"), 200).text, /Of our own/);
    for (const flow of ["web", "plain"])
      is(await desk.post("/templates/shop-orders/instantiate",
        { flow, name: "Web shop", parameters: { currency: "EUR" } }), 201);
    assert.deepEqual(is(await desk.get("/flows/web/template-status"), 200).body,
      { flow: "web", state: "same", template: "shop-orders" });
    const listed = is(await desk.get("/flows/web"), 200).body;
    assert.deepEqual([listed.template, listed.template_newer], ["shop-orders", false]);
    is(await desk.post("/flows", { flow: "bare" }), 201);
    assert.deepEqual(is(await desk.get("/flows/bare/template-status"), 200).body, { flow: "bare", state: "none" });
    is(await desk.post("/flows/bare/template-merge", { dry_run: true }), 409);
    is(await desk.get("/flows/nobody/template-status"), 404);
  });

  it("that has faults is left out and told with its place", async () => {
    const file = join(world.data, "templates", "broken", "flow.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "{ broken");
    const said = server.log.length;
    server.signal("SIGHUP");
    await eventually("the fault is told", () => /broken\/flow\.json:1:\d+: /.test(server.log.slice(said)));
    is(await desk.get("/templates/broken"), 404);
    is(await desk.get("/templates/shop-orders"), 200);
  });
});

describe("a template that has changed", () => {
  it("comes to an untouched flow as a whole; answers, name and connections stay", async () => {
    await changed();
    assert.equal(is(await desk.get("/flows/plain"), 200).body.template_newer, true);
    const draft = is(await desk.get("/flows/plain/draft"), 200);
    const said = is(await desk.post("/flows/plain/template-merge", { dry_run: true }), 200).body;
    assert.deepEqual([said.undecided, said.conflicts], [0, []]);
    assert.deepEqual((said.changes as { what: string; id: string }[]).map(({ what, id }) => `${what} ${id}`).sort(),
      ["edge post.out -> told", "mapping amount", "mapping day", "mapping source", "node told", "rule fee",
        "setting grace"]);
    assert.equal(is(await desk.get("/flows/plain/draft"), 200).etag, draft.etag, "told, not done");
    is(await desk.post("/flows/plain/template-merge", {}), 428);
    const done = is(await desk.post("/flows/plain/template-merge", {}, draft.etag), 200);
    const bundle = is(await desk.get("/flows/plain/draft"), 200).body.bundle as
      { flow: { name: string; vars: object }; connections: unknown; rules: Record<string, string> };
    assert.deepEqual([bundle.flow.name, bundle.flow.vars], ["Web shop", { currency: "EUR", grace: 3 }]);
    assert.match(JSON.stringify(bundle.connections), /"vault":"plain\.books\.key"/);
    assert.equal(bundle.rules.fee, fee("0.02"));
    assert.deepEqual(is(await desk.get("/flows/plain/template-status"), 200).body.state, "same");
    assert.equal(is(await desk.get("/flows/plain"), 200).body.template_newer, false);
    is(await desk.post("/flows/plain/template-merge", {}, draft.etag), 409);
    assert.notEqual(done.etag, draft.etag);
  });

  it("keeps what was changed here, and asks where both have changed", async () => {
    let draft = is(await desk.get("/flows/web/draft"), 200);
    draft = is(await desk.ask("PATCH", "/flows/web/draft", { patch: [
      { op: "replace", path: "/flow/nodes/1/config/fields/0/from", value: "=trigger.body.net" },
      { op: "add", path: "/flow/nodes/1/config/fields/-", value: { to: "shop", from: "='EU'" } },
      { op: "replace", path: "/rules/fee", value: fee("0.03") },
      { op: "replace", path: "/flow/nodes/0/config/path", value: "eu/orders" },
    ] }, draft.etag), 200);
    const said = is(await desk.post("/flows/web/template-merge", { dry_run: true }), 200).body;
    const conflicts = said.conflicts as Conflict[];
    assert.deepEqual(conflicts.map(({ place, what, mine, theirs }) => ({ place, what, mine, theirs })), [
      { place: "/flow/nodes/entry/config/fields/amount/from", what: "mapping", mine: "=trigger.body.net",
        theirs: "=trigger.body.gross" },
      { place: "/rules/fee", what: "rule", mine: fee("0.03"), theirs: fee("0.02") }]);
    assert.equal(said.undecided, 2);
    const open = is(await desk.post("/flows/web/template-merge", { choices: { "/rules/fee": "theirs" } },
      draft.etag), 409);
    assert.match(open.text, /1 places were changed here and in the template/);
    const done = is(await desk.post("/flows/web/template-merge", { choices: { "/rules/fee": "theirs",
      "/flow/nodes/entry/config/fields/amount/from": "mine" } }, draft.etag), 200);
    assert.deepEqual(Object.keys(done.body).filter((name) => name === "revision"), ["revision"]);
    const { bundle } = is(await desk.get("/flows/web/draft"), 200).body as
      { bundle: { flow: { nodes: { id: string; config: { fields?: Line[]; path?: string } }[] };
        rules: Record<string, string> } };
    assert.deepEqual(bundle.flow.nodes[1]?.config.fields?.map(({ to, from }) => [to, from]), [
      ["amount", "=trigger.body.net"], ["day", "=trigger.body.day:sub(1, 10)"], ["fee", first[2]?.from],
      ["source", "='shop'"], ["shop", "='EU'"]]);
    assert.deepEqual([bundle.flow.nodes[0]?.config.path, bundle.rules.fee, bundle.flow.nodes.length],
      ["eu/orders", fee("0.02"), 4]);
    const valid = is(await desk.post("/flows/web/draft/validate", {}), 200).body;
    assert.deepEqual((valid.faults as { warning: boolean; message: string }[]).filter((each) => !each.warning)
      .map(({ message }) => message).filter((message) => !message.includes("secret")), []);
  });

  it("is known to copies, and no more to another flow of that name", async () => {
    is(await desk.post("/flows", { flow: "second", copy: "web" }), 201);
    assert.equal(is(await desk.get("/flows/second/template-status"), 200).body.state, "same");
    is(await desk.ask("DELETE", "/flows/second"), 204);
    is(await desk.post("/flows", { flow: "second" }), 201);
    assert.equal(is(await desk.get("/flows/second/template-status"), 200).body.state, "none");
  });
});
