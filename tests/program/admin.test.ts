// What administrators do, over the real program: the audit is read, taken along and verified; settings; connections.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, type Fields, type Value, ask, text } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

const world = new World();
let server: Server;
const erp = createServer((request, response) => {
  response.statusCode = request.headers["x-key"] === "canary-erp-secret" ? 204 : 401;
  response.end();
});
const busy = createServer((_, response) => { response.writeHead(429, { "retry-after": "3600" }).end(); });
const place = "main/production/pay/erp";

before(async () => {
  await new Promise<void>((done) => { erp.listen(0, "127.0.0.1", done); });
  const port = (erp.address() as AddressInfo).port;
  const to = (variable: string): object => ({ connector: "http", base_url: `http://127.0.0.1:${port}`,
    auth: { type: "header", header: "X-Key", secret: "key" }, secrets: { key: { env: variable } } });
  const call = (id: string): object => ({ id, type: "connector.http", connection: id,
    config: { method: "GET", path: "/x", effect: "none" } });
  world.flow("pay", {
    weft: 1, name: "Pay",
    nodes: [
      { id: "in", type: "trigger.webhook", config: { path: "pay", verify: { type: "none" } } },
      call("erp"), call("bad"),
    ],
    edges: [{ from: "in", to: "erp" }, { from: "erp", to: "bad" }],
  }, { "connections.json": { weft: 1, connections: { erp: to("ERP_KEY"), bad: to("BAD_KEY") } } });
  world.flow("paid", {
    weft: 1, name: "Paid",
    settings: { money: { amount: "=trigger.body.amount", currency: "=trigger.body.currency" } },
    nodes: [
      { id: "in", type: "trigger.webhook", config: { path: "paid", verify: { type: "none" } } },
      { id: "sure", type: "branch.review", config: { title: "Pay?", ports: [{ port: "yes" }] } },
    ],
    edges: [{ from: "in", to: "sure" }],
  });
  await new Promise<void>((done) => { busy.listen(0, "127.0.0.1", done); });
  const at = (where: number): object => ({ connector: "http", base_url: `http://127.0.0.1:${where}` });
  world.flow("kept", {
    weft: 1, name: "Kept",
    nodes: [
      { id: "in", type: "trigger.webhook", config: { path: "kept", verify: { type: "none" } } },
      call("gone"), call("busy"),
    ],
    edges: [{ from: "in", to: "gone" }, { from: "in", to: "busy" }],
  }, { "connections.json": { weft: 1, connections: {
    gone: at(port), busy: at((busy.address() as AddressInfo).port) } } });
  server = await world.serve({ env: {
    WEFT_EGRESS_ALLOW: `127.0.0.1:${port}`, ERP_KEY: "canary-erp-secret", BAD_KEY: "canary-bad-secret" } });
});
after(async () => { erp.close(); busy.close(); await world.end(); });

function asks(method: string, path: string, body?: Value, headers: Record<string, string> = {}): Promise<Answer> {
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return ask({ socketPath: join(world.data, "weft.sock") },
    { method, path, headers: { ...type, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}
async function items(path: string): Promise<Fields[]> {
  const answer = await asks("GET", path);
  assert.equal(answer.status, 200, answer.text);
  return (answer.json as Fields).items as Fields[];
}

describe("the audit", () => {
  it("tells acts of people with what was there before", async () => {
    await asks("PUT", "/environments/guarded", { title: "Guarded", approval: false });
    await asks("PUT", "/environments/guarded", { approval: true, by: "anna" });
    const found = await items("/audit?what=environment.&object=guarded");
    assert.deepEqual(found.map((one) => [one.by, one.workspace, (one.before as Fields | undefined)?.approval,
      (one.after as Fields).approval]), [["anna", "main", false, true], [found[1]?.by, "main", undefined, false]]);
    const named = await items("/environments");
    assert.deepEqual(named.map((one) => one.environment), ["sandbox", "guarded", "production"]);
    await asks("PUT", "/environments/guarded", { order: 2000 });
    assert.deepEqual((await items("/environments")).map((one) => [one.environment, one.order, one.approval]),
      [["sandbox", 0, false], ["production", 1000, false], ["guarded", 2000, true]]);
    for (const wrong of ["-x", "a%2Fb", "a%20b", "x".repeat(65)])
      assert.ok([400, 404, 422].includes((await asks("PUT", `/environments/${wrong}`, {})).status), wrong);
    assert.equal((await items("/audit?by=anna")).length, 1);
    assert.deepEqual(await items("/audit?to=2020-01-01T00:00:00Z"), []);
    assert.deepEqual(await items("/audit?from=2120-01-01T00:00:00Z"), []);
  });

  it("has before and after of whatever a person can change, and what is removed", async () => {
    const user = (await asks("POST", "/users", { name: "told", roles: { main: "viewer" } })).json as Fields;
    const mail = { kind: "mail", url: "smtp://mail.example.com", from: "weft@example.com" };
    const count = { kind: "count", metric: "runs.failed", flow: "pay" };
    const map = { config: { fields: [{ to: "n", from: "=trigger.body.id" }] } };
    const cases: [string, string, Fields, Fields, string, string?][] = [
      ["alert_rule", "/alert-rules/told", { ...count, above: 1 }, { ...count, above: 5 }, "above"],
      ["channel", "/channels/told", { ...mail, to: ["a@example.com"] }, { ...mail, to: ["b@example.com"] }, "to"],
      ["mapping_template", "/mapping-templates/told", { ...map, title: "One" }, { ...map, title: "Two" }, "title"],
      ["group", "/groups/told", { members: [] }, { members: ["told"] }, "members"],
      ["user", `/users/${text((user.user as Fields).id)}`, { roles: { main: "operator" } },
        { roles: { main: "viewer" } }, "roles", "PATCH"],
      ["flow", "/flows/pay", { labels: ["erp"] }, { labels: ["erp", "new"] }, "labels", "PATCH"],
    ];
    for (const [kind, path, first, second, member, method = "PUT"] of cases) {
      const before = Number((await items("/audit?limit=1"))[0]?.seq);
      let seen = method === "PATCH" ? await asks("GET", path) : undefined;
      const match = (): Record<string, string> =>
        seen?.headers.etag === undefined ? {} : { "if-match": String(seen.headers.etag) };
      for (const body of [first, second]) {
        seen = await asks(method, path, body, match());
        assert.equal(seen.status, 200, `${path}: ${seen.text}`);
      }
      if (kind !== "flow") assert.equal((await asks("DELETE", path, undefined, match())).status, 204, path);
      const told = (await items(`/audit?what=${kind}.`)).filter((one) => Number(one.seq) > before);
      const at = (one: Fields, when: string): Value | undefined => (one[when] as Fields | undefined)?.[member];
      assert.deepEqual(told.map((one) => [at(one, "before"), at(one, "after")]).reverse().slice(1), [
        [first[member], second[member]], ...kind === "flow" ? [] : [[second[member], undefined]]], kind);
    }
    await asks("POST", "/flows", { flow: "drawn", name: "Drawn" });
    const name = { op: "replace", path: "/flow/name", value: "Drawn anew" };
    assert.equal((await asks("PATCH", "/flows/drawn/draft", { patch: [name] }, { "if-match": "\"1\"" })).status, 200);
    assert.deepEqual((await items("/audit?what=draft.change&object=drawn")).map((one) => one.detail),
      [{ revision: 2, places: ["/flow/name"], changes: 1 }]);
    const acts = async (flow: string): Promise<unknown[]> =>
      (await items(`/audit?flow=${flow}`)).map((one) => one.what);
    assert.deepEqual(await acts("drawn"), ["draft.change", "flow.create"]);
    assert.deepEqual(await acts("draw"), []);
    assert.ok((await acts("pay")).includes("deploy"));
    const exported = (await asks("GET", "/audit/export?flow=drawn")).text;
    assert.deepEqual(exported.match(/"what":"[a-z.]+"/g), ['"what":"flow.create"', '"what":"draft.change"']);
  });

  it("comes in pages without a gap", async () => {
    const all = (await items("/audit?limit=200")).map((one) => one.seq);
    const seen: Value[] = [];
    let next: string | undefined = "";
    while (next !== undefined) {
      const page: Fields = (await asks("GET", `/audit?limit=1${next}`)).json as Fields;
      seen.push(...(page.items as Fields[]).map((one) => one.seq ?? null));
      next = page.next === undefined ? undefined : `&cursor=${page.next as string}`;
    }
    assert.deepEqual(seen, all);
  });

  it("is one workspace's own", async () => {
    const other = await asks("GET", "/audit", undefined, { "weft-workspace": "other" });
    assert.deepEqual((other.json as Fields).items, []);
  });

  for (const format of ["ndjson", "csv"]) {
    it(`is taken along as ${format} and verified offline`, async () => {
      const file = join(world.folder, `audit.${format}`);
      const whole = (await asks("GET", `/audit/export?format=${format}`)).text;
      let parts = "", after: string | undefined = "0";
      while (after !== undefined) {
        const part: Answer = await asks("GET", `/audit/export?format=${format}&limit=2&after=${after}`);
        parts += part.text;
        after = part.headers["weft-next"] as string | undefined;
      }
      writeFileSync(file, parts);
      const verify = (): { code: number | null; stdout: string; stderr: string } =>
        world.command(["audit", "verify", "--file", file, "--data", world.data]);
      assert.match(verify().stdout, /records, each as it was written: 1 to \d+; 0 between them/);
      const lines = whole.trim().split("\n");
      writeFileSync(file, lines.filter((_, i) => i !== lines.length - 2).join("\n"));
      assert.match(verify().stdout, /; 1 between them are not in the file/);
      writeFileSync(file, whole.replace("anna", "emma"));
      assert.equal(verify().code, 1);
      assert.match(verify().stderr, /line \d+: (record \d+ is not as it was written|.*does not agree with itself)/);
      writeFileSync(file, [...lines.slice(0, 3), ...lines.slice(2)].join("\n"));
      assert.match(verify().stderr, /does not come behind/);
    });
  }
});

describe("settings", () => {
  it("work from their change on, and tell who had them how", async () => {
    const first = await asks("GET", "/settings");
    assert.ok(((first.json as Fields).items as Fields[]).some((one) => one.name === "egress.allow" &&
      one.source === "environment" && one.fixed === true));
    const stale = await asks("PATCH", "/settings", { retention_days: 3 }, { "if-match": '"77"' });
    assert.equal(stale.status, 409);
    const etag = String(first.headers.etag);
    const changed = await asks("PATCH", "/settings", { card_data: "refuse", retention_days: 30 }, { "if-match": etag });
    assert.equal(changed.status, 200, changed.text);
    const card = await fetch(server.hook("pay"), { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ card_number: "4111111111111111" }) });
    assert.equal(card.status, 422);
    const [told] = await items("/audit?what=setting.change");
    assert.deepEqual(told?.after, { card_data: "refuse", retention_days: 30 });
    const back = await asks("PATCH", "/settings", { card_data: null }, { "if-match": String(changed.headers.etag) });
    assert.equal(back.status, 200, back.text);
    assert.equal((await asks("PATCH", "/settings", { retention_days: -1 },
      { "if-match": String(back.headers.etag) })).status, 422);
  });

  it("bound what a webhook brings, from their change on", async () => {
    const patch = async (body: Value): Promise<Answer> => asks("PATCH", "/settings", body,
      { "if-match": String((await asks("GET", "/settings")).headers.etag) });
    const post = async (size: number): Promise<Response> => fetch(server.hook("pay"), { method: "POST",
      headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "x".repeat(size) }) });
    for (const wrong of [{ webhook_body_kib: 0 }, { webhook_body_kib: 1025 }, { runs_at_once: 99 }])
      assert.equal((await patch(wrong)).status, 422, JSON.stringify(wrong));
    assert.equal((await patch({ webhook_body_kib: 2, runs_at_once: 5000 })).status, 200);
    assert.equal((await post(1000)).status, 202);
    const refused = await post(2100);
    assert.equal(refused.status, 413);
    assert.match(await refused.text(), /2048/);
    assert.equal((await patch({ webhook_body_kib: null, runs_at_once: null })).status, 200);
    assert.equal((await post(2100)).status, 202);
  });

  it("ask for two people above an amount, and money is told by currency", async () => {
    const patch = async (body: Value): Promise<Answer> => asks("PATCH", "/settings", body,
      { "if-match": String((await asks("GET", "/settings")).headers.etag) });
    for (const wrong of [{ four_eyes_above: "much" }, { four_eyes_above: "-1" }, { mail_from: "desk" }])
      assert.equal((await patch(wrong)).status, 422, JSON.stringify(wrong));
    assert.equal((await patch({ four_eyes_above: "1000.00", mail_from: "desk@example.com" })).status, 200);
    const channel = { kind: "mail", url: "smtps://127.0.0.1", to: ["anna@example.com"] };
    const kept = await asks("PUT", "/channels/post", channel);
    assert.equal((kept.json as Fields).from, "desk@example.com", kept.text);
    const answer = await fetch(server.hook("paid"), { method: "POST", headers: { "content-type": "application/json" },
      body: "{\"amount\": 5000.10, \"currency\": \"USD\"}" });
    const { run } = await answer.json() as { run: string };
    await world.settled(run);
    const task = await asks("GET", `/exceptions/review-${run}-sure`);
    assert.equal((task.json as Fields).approvals, 2, task.text);
    const totals = async (): Promise<Fields> => {
      const money = (await asks("GET", "/money?step=1h&flow=paid")).json as { currencies: Fields[] };
      assert.deepEqual(money.currencies.map((one) => one.currency), ["USD"]);
      return money.currencies[0]?.totals as Fields;
    };
    const waits = await totals();
    assert.deepEqual([waits.waiting, waits.waiting_runs, waits.posted], ["5000.10", 1, "0"]);
    await asks("POST", `/runs/${run}/cancel`, { reason: "no" });
    await eventually("it is cancelled", async () => (await totals()).cancelled === "5000.10");
    assert.equal((await totals()).waiting, "0");
  });

  it("of the program are none of another workspace's", async () => {
    const there = { "weft-workspace": "other" };
    const shown = await asks("GET", "/settings", undefined, there);
    assert.ok(((shown.json as Fields).items as Fields[]).every((one) => one.scope === "workspace"));
    const refused = await asks("PATCH", "/settings", { log_level: "debug" },
      { ...there, "if-match": String(shown.headers.etag) });
    assert.equal(refused.status, 403, refused.text);
  });
});

describe("a connection", () => {
  const test = async (connection: string): Promise<Fields> =>
    (await asks("POST", "/connections/test", { connection })).json as Fields;

  it("is tested: what fails, and what helps", async () => {
    const well = await test(place);
    assert.deepEqual([well.works, well.status], [true, 204]);
    const wrong = await test("main/production/pay/bad"), step = (wrong.steps as Fields[])[0];
    assert.deepEqual([wrong.works, wrong.status, step?.step, step?.state], [false, 401, "answer", "failed"]);
    assert.match(step?.remedy as string, /secrets/);
    erp.close();
    erp.closeAllConnections();
    const gone = ((await test(place)).steps as Fields[])[0];
    assert.match(gone?.text as string, /could not connect/);
    assert.doesNotMatch(JSON.stringify([well, wrong, gone]), /canary/);
  });

  it("is halted by hand, over a restart, and resumed", async () => {
    const halted = await asks("POST", "/connections/halt", { connection: place, reason: "it is restored", by: "anna" });
    assert.equal(halted.status, 200, halted.text);
    await server.stop();
    server = await world.serve({ env: { WEFT_EGRESS_ALLOW: "127.0.0.1", ERP_KEY: "another", BAD_KEY: "canary" } });
    const one = (await items("/connections")).find((state) => state.connection === place);
    assert.deepEqual([one?.state, one?.text, one?.by_hand], ["halted", "halted by anna: it is restored", true]);
    assert.equal((await asks("POST", "/connections/resume", { connection: place })).status, 200);
    assert.equal((await asks("POST", "/connections/resume", { connection: place })).status, 409);
  });

  it("that is broken, asked to wait, or halted is so again after kill -9, and nothing leaves", async () => {
    const state = async (name: string): Promise<Fields> =>
      (await items("/connections")).find((one) => one.connection === `main/production/kept/${name}`) ?? {};
    for (let n = 0; n < 5; n += 1)
      await fetch(server.hook("kept"), { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    const known = await eventually("both are known not to work", async () => {
      const [gone, wait] = [await state("gone"), await state("busy")];
      return gone.state === "broken" && wait.until !== undefined ? [gone, wait] : undefined;
    });
    await asks("POST", "/connections/halt", { connection: place, reason: "again", by: "anna" });
    await server.kill();
    let asked = 0;
    busy.on("request", () => { asked += 1; });
    server = await world.serve({ env: { WEFT_EGRESS_ALLOW: "127.0.0.1", ERP_KEY: "another", BAD_KEY: "canary" } });
    const [gone, wait] = [await state("gone"), await state("busy")];
    assert.deepEqual([gone.state, gone.since], ["broken", known[0]?.since]);
    assert.equal(wait.state, "throttled");
    assert.ok(Math.abs(Number(wait.until) - Number(known[1]?.until)) < 1000, JSON.stringify([known[1], wait]));
    assert.equal((await items("/connections")).find((one) => one.connection === place)?.state, "halted");
    await fetch(server.hook("kept"), { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    await eventually("all six wait", async () => {
      const now = await state("busy");
      return Number(now.waiting) + Number(now.parked) === 6 || undefined;
    });
    assert.equal(asked, 0);
  });
});

async function job(answer: Answer): Promise<Fields> {
  assert.equal(answer.status, 202, answer.text);
  const path = `/jobs/${(answer.json as Fields).job as string}`;
  return eventually("the job ended", async () => {
    const now = (await asks("GET", path)).json as Fields;
    return now.state === "waiting" || now.state === "running" ? undefined : now;
  });
}

describe("jobs", () => {
  it("verify the chain", async () => {
    const done = await job(await asks("POST", "/audit/verify"));
    assert.equal(done.state, "done");
    const [result, stored] = [done.result as Fields, world.command(["audit", "verify", "--data", world.data]).stdout];
    assert.equal(result.whole, true);
    assert.match(stored, /all as they were written/);
    assert.equal((await asks("POST", `/jobs/${done.job as string}/cancel`)).status, 409);
    const other = { "weft-workspace": "other" };
    assert.equal((await asks("GET", `/jobs/${done.job as string}`, undefined, other)).status, 404);
  });

  it("make backups, verify them, and find one that is damaged", async () => {
    const made = (await job(await asks("POST", "/backups"))).result as Fields, name = made.backup as string;
    assert.deepEqual((await items("/backups")).map((one) => [one.backup, one.bytes]), [[name, made.bytes]]);
    assert.equal(((await job(await asks("POST", `/backups/${name}/verify`))).result as Fields).whole, true);
    const file = join(world.data, "backups", name), bytes = readFileSync(file);
    bytes.fill(7, 5000, 9000);
    writeFileSync(file, bytes);
    assert.equal(((await job(await asks("POST", `/backups/${name}/verify`))).result as Fields).whole, false);
    assert.deepEqual(readdirSync(join(world.data, "backups")), [name]);
    for (const wrong of ["..%2Fweft.db", "weft.db", "weft-20261121T185000Z.db", "%2e%2e"])
      assert.ok([400, 404].includes((await asks("DELETE", `/backups/${wrong}`)).status), wrong);
    assert.equal((await asks("DELETE", `/backups/${name}`)).status, 204);
    assert.deepEqual(await items("/backups"), []);
  });

  it("make backups by themselves, and keep so many", async () => {
    const { headers } = await asks("GET", "/settings");
    const old = "auto-20200101T000000Z.db";
    writeFileSync(join(world.data, "backups", old), "old");
    const set = await asks("PATCH", "/settings", { backup_hours: 1, backup_keep: 1 },
      { "if-match": String(headers.etag) });
    assert.equal(set.status, 200, set.text);
    await eventually("a new one, and the old one gone", async () => {
      const names = (await items("/backups")).map((one) => one.backup as string);
      return names.length === 1 && names[0] !== old && names[0]?.startsWith("auto-") ? names : undefined;
    });
  });
});

describe("a trace and diagnostics", () => {
  const seen: { path: string; parent: string | undefined; state: string | undefined }[] = [];
  const traced = createServer((request, response) => {
    const header = (name: string): string | undefined => request.headers[name] as string | undefined;
    seen.push({ path: request.url ?? "", parent: header("traceparent"), state: header("tracestate") });
    response.statusCode = 400;
    response.end("canary-in-an-answer");
  });
  after(() => { traced.close(); });
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736", parent = `00-${trace}-00f067aa0ba902b7-01`;
  const post = async (headers: Record<string, string>): Promise<string> => {
    const answer = await fetch(server.hook("traced"), { method: "POST", body: '{"note":"canary-in-a-payload"}',
      headers: { "content-type": "application/json", ...headers } });
    const { run } = await answer.json() as { run: string };
    await world.settled(run);
    return run;
  };

  it("of a webhook goes on in each call, but where it is off", async () => {
    await new Promise<void>((done) => { traced.listen(0, "127.0.0.1", done); });
    const port = (traced.address() as AddressInfo).port;
    const to = (more: object): object => ({ connector: "http", base_url: `http://127.0.0.1:${port}`, ...more });
    const call = (id: string): object => ({ id, type: "connector.http", connection: id,
      on_error: "continue", config: { method: "GET", path: `/${id}`, effect: "none" } });
    world.flow("traced", { weft: 1, name: "Traced", nodes: [
      { id: "in", type: "trigger.webhook", config: { path: "traced", verify: { type: "none" } } },
      call("on"), call("off") ], edges: [{ from: "in", to: "on" }, { from: "in", to: "off" }],
    }, { "connections.json": { weft: 1, connections: { on: to({}), off: to({ trace: false }) } } });
    await server.stop();
    const keys = { ERP_KEY: "canary-key", BAD_KEY: "b" };
    server = await world.serve({ env: { WEFT_EGRESS_ALLOW: `127.0.0.1:${port}`, ...keys,
      WEFT_LOG_FORMAT: "json", WEFT_LOG_LEVEL: "debug" } });
    const run = await post({ traceparent: parent, tracestate: "vendor=1" });
    const lines = world.stderr.split("\n").filter((line) => line.includes(`"run":"${run}"`))
      .map((line) => JSON.parse(line) as Record<string, string>);
    assert.ok(lines.length > 0 && lines.every((line) => line.trace_id === trace &&
      /^[0-9a-f]{16}$/.test(line.span_id ?? "")), world.stderr);
    const on = seen.find((one) => one.path === "/on"), off = seen.find((one) => one.path === "/off");
    assert.match(on?.parent ?? "", new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    assert.equal(on?.state, "vendor=1");
    assert.deepEqual([off?.parent, off?.state], [undefined, undefined]);
    assert.equal(((await asks("GET", `/runs/${run}`)).json as Fields).trace, trace);
  });

  it("that is malformed is ignored", async () => {
    for (const wrong of [parent.toUpperCase(), `${parent}-00`, parent.replace("00-", "ff-"), parent.slice(0, 54),
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `00-${trace}-${"0".repeat(16)}-01`]) {
      seen.length = 0;
      const run = await post({ traceparent: wrong, tracestate: "vendor=1" });
      assert.equal(seen.length, 2);
      assert.ok(seen.every((one) => one.parent === undefined && one.state === undefined), wrong);
      assert.equal(((await asks("GET", `/runs/${run}`)).json as Fields).trace, undefined);
    }
  });

  it("diagnostics hold neither a secret nor a payload", async () => {
    await asks("POST", "/vault/extra/set", { value: "canary-in-the-vault" });
    const file = join(world.folder, "diagnostics.json");
    const done = world.command(["diagnostics", file, "--data", world.data]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = readFileSync(file, "utf8"), found = JSON.parse(text) as Fields;
    assert.doesNotMatch(text, /canary/);
    const flow = (found.flows as Fields[]).find((one) => one.flow === "traced");
    assert.match(flow?.version as string, /^[0-9a-f]{64}$/);
    for (const part of ["weft", "host", "store", "settings", "connections", "log", "metrics"])
      assert.ok(found[part] !== undefined, part);
    assert.equal((await asks("POST", "/diagnostics", undefined, { "weft-workspace": "other" })).status, 403);
  });
});
