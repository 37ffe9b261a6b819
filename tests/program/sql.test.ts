// connector.sql against a real PostgreSQL that stands for Sage 500. What matters most: nothing is done twice or lost,
// whatever is killed and whenever a line is cut; values stay values; every digit arrives. WEFT_SQL_KILLS sets how often
// the program is killed under load.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Json, type JsonObject, readJson, scalar, writeJson } from "../systems/lib/json.ts";
import { Sage500 } from "../systems/sage500/sage500.ts";
import { sageConnections, sageFlows as flows, sqlFlow } from "./sage_flows.ts";
import { eventually, type RunShown, type Server, World } from "./world.ts";

const kills = Number(process.env.WEFT_SQL_KILLS ?? 5);
const password = "canary-sage-'8;}b{=4e ü";

let sage: Sage500;
let world: World;
let server: Server;
let serial = 0;

before(async () => {
  sage = await Sage500.open(password.replace("'", "''"));
  sage.ask(`CREATE TABLE exact (id text PRIMARY KEY, n numeric(38,10), t text, b bytea, m timestamptz, w bigint,
      yes boolean);
    CREATE TABLE pairs (n int PRIMARY KEY); CREATE TABLE sneaked (n int);
    CREATE TABLE changed (id int PRIMARY KEY, amount numeric(12,2)); CREATE TABLE taken (n int);
    CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'INSERT INTO sneaked VALUES (1) RETURNING n';
    CREATE TABLE big AS SELECT id, (id * 0.01)::numeric(12,2) AS amount, repeat('x', 60) AS note
      FROM generate_series(1, 100000) id;
    ALTER TABLE big ADD PRIMARY KEY (id); GRANT ALL ON ALL TABLES IN SCHEMA public TO weft;`);
  world = new World({ SAGE_PASSWORD: password, WEFT_LOG_LEVEL: "debug" });
  const connections = sageConnections({ port: sage.door.port, query_timeout: "3s" });
  const hasty = sageConnections({ port: sage.door.port, query_timeout: "1s" });
  for (const [name, flow] of Object.entries(flows))
    world.flow(name, flow, { "connections.json": ["look", "silent"].includes(name) ? hasty : connections });
  server = await world.serve();
});
after(async () => {
  await world.end();
  await sage.close();
});
beforeEach(() => { sage.behave(); });

async function post(path: string, body: JsonObject): Promise<{ status: number; json: JsonObject }> {
  const answer = await fetch(server.hook(path), { method: "POST", body: writeJson(body),
    headers: { "content-type": "application/json" } });
  return { status: answer.status, json: readJson(await answer.text()) as JsonObject };
}

/** The output of a flow that answers with its result. */
async function ask(path: string, body: JsonObject = {}): Promise<JsonObject> {
  const { status, json } = await post(path, body);
  assert.equal(status, 200, writeJson(json));
  return json;
}

async function failure(path: string, body: JsonObject = {}): Promise<{ kind: string; text: string }> {
  const { json } = await post(path, body);
  const shown = await world.settled(scalar(json.run));
  assert.equal(shown.status, "failed", JSON.stringify(shown.steps));
  return shown.error ?? { kind: "", text: "" };
}

interface Payment { id: string; customer: string; invoice?: string; amount: string; day: string }

function payment(change: Partial<Payment> = {}): JsonObject {
  serial += 1;
  const invoice = 100 + serial % 900;
  return { id: `GW-${serial}`, customer: `CUST-${String(1 + invoice % 50).padStart(4, "0")}`,
    invoice: String(invoice).padStart(10, "0"), amount: "10.105", day: "2026-11-21", ...change };
}

async function pay(path: string, body: JsonObject): Promise<RunShown> {
  const { status, json } = await post(path, body);
  assert.equal(status, 202, writeJson(json));
  return world.settled(scalar(json.run));
}

function step(run: RunShown, id: string): JsonObject {
  return run.steps.find((one) => one.step === id)?.output as JsonObject;
}

function times(body: JsonObject): number {
  return sage.receipts().get(scalar(body.id)) ?? 0;
}

describe("a payment to Sage 500", () => {
  it("is staged and imported by the procedure, whose values come back", async () => {
    const body = payment();
    const run = await pay("receipt", body);
    assert.equal(run.status, "succeeded", JSON.stringify(run.error));
    assert.match(scalar((step(run, "session").out as JsonObject).key), /^\d+$/);
    assert.equal(writeJson(step(run, "receipt")), '{"results":[{"count":1},{"count":1},{"out":'
      + '{"continue":0,"processed":1,"failed":0,"total":1,"ret":1}}]}');
    assert.equal(writeJson(step(run, "log")), '{"rows":[],"count":0,"more":false}');
    assert.equal(times(body), 1);
    const paid = sage.ask(`SELECT TranAmt - Balance FROM tarInvoice WHERE TranNo = '${scalar(body.invoice)}'`);
    assert.equal(paid, "10.105");
    assert.equal(sage.differences(), "");
  });

  it("that is refused leaves the reason in the log that the flow reads", async () => {
    const run = await pay("receipt", payment({ customer: "NOBODY" }));
    assert.equal(run.status, "succeeded");
    assert.match(writeJson(step(run, "receipt")), /"processed":0,"failed":1,"total":1,"ret":1/);
    assert.match(writeJson(step(run, "log")),
      /"ColumnID":"CustID","ColumnValue":"NOBODY","Comment":"Customer is invalid"/);
  });

  it("goes on after a deadlock, a lock that is not given and a procedure that takes too long", async () => {
    for (const kind of ["import.deadlock", "import.lock_timeout", "import.slow"] as const) {
      sage.misbehave(kind, kind === "import.slow" ? 1 : 3);
      const body = payment();
      const run = await pay("receipt", body);
      assert.equal(run.status, "succeeded", `${kind}: ${JSON.stringify(run.error)}`);
      assert.equal(times(body), 1, kind);
      const attempts = run.steps.find((one) => one.step === "receipt")?.attempts ?? [];
      assert.equal(attempts.length, kind === "import.slow" ? 1 : 3, kind);
      assert.equal(attempts[0]?.error.kind, kind === "import.slow" ? "timeout" : "transient");
    }
  });

  it("is tried again when its connection is killed before the commit: that nothing was done is known", async () => {
    for (const path of ["receipt", "unprobed"]) {
      sage.misbehave("import.killed");
      const body = payment();
      const run = await pay(path, body);
      assert.equal(run.status, "succeeded", JSON.stringify(run.error));
      assert.equal(times(body), 1);
    }
  });

  it("takes another session key when the answer to the first is lost: that may be done twice", async () => {
    const before = sage.door.cutsDone;
    sage.door.cut("after_commit");
    const body = payment();
    const run = await pay("receipt", body);
    assert.equal(sage.door.cutsDone, before + 1);
    assert.equal(run.status, "succeeded", JSON.stringify(run.error));
    assert.equal(run.steps.find((one) => one.step === "session")?.attempts?.length, 1);
    assert.equal(times(body), 1);
  });

  for (const [cut, found] of [["after_commit", true], ["before_commit", false]] as const)
    it(`cut ${cut.replace("_", " the ")}: its probe ${found ? "finds it, and nothing is sent again"
      : "does not find it, and it is done again"}`, async () => {
      const body = payment();
      sage.misbehave("import.lock_timeout", 2); // so that there is time to arm the door for the receipt's own commit
      const { json } = await post("receipt", body);
      await eventually("its session is done", async () =>
        (await world.show(scalar(json.run))).steps.some((one) => one.step === "session" && one.status === "succeeded"));
      const before = sage.door.cutsDone;
      sage.door.cut(cut);
      const run = await world.settled(scalar(json.run));
      assert.equal(sage.door.cutsDone, before + 1);
      assert.equal(run.status, "succeeded", JSON.stringify(run.error));
      assert.equal(times(body), 1);
      assert.equal(step(run, "receipt").probed === true, found);
      if (found) assert.match(writeJson(step(run, "receipt")), /"row":\{"TranNo":"\d{10}"\}/);
    });

  it("killed at its commit without a probe waits for a person", async () => {
    sage.misbehave("commit.killed");
    const body = payment();
    const run = await pay("unprobed", body);
    assert.equal(run.status, "in_doubt");
    assert.equal(times(body), 0); // which nobody can know without looking
  });
});

describe("several statements", () => {
  it("are all done or none", async () => {
    assert.equal((await failure("both", { a: 1, b: 1 } as unknown as JsonObject)).kind, "invalid");
    assert.equal(sage.number("SELECT count(*) FROM pairs"), 0);
    await ask("both", { a: 1, b: 2 } as unknown as JsonObject);
    assert.equal(sage.number("SELECT count(*) FROM pairs"), 2);
  });

  it("say which of them was refused, and why", async () => {
    const error = await failure("both", { a: 7, b: 2 } as unknown as JsonObject);
    assert.match(error.text, /statement 2: SQLSTATE 23505: .*pairs_pkey/);
    assert.equal(sage.number("SELECT count(*) FROM pairs WHERE n = 7"), 0);
  });

  it("change as many rows as are expected, or nothing", async () => {
    const error = await failure("expect");
    assert.match(error.text, /rows would be changed, and 1 are expected; nothing was changed/);
    assert.equal(sage.number("SELECT count(*) FROM tarInvoice WHERE UpdateCounter > 1"), 0);
  });

  it("can take a key that is there already for done", async () => {
    assert.equal((await ask("again", { a: 1 } as unknown as JsonObject)).duplicate, true);
    assert.equal((await ask("again", { a: 99 } as unknown as JsonObject)).duplicate, undefined);
  });
});

const blank = { id: "", n: null, t: null, b: null, m: null, w: null, yes: null };

/** A row as it was read back. */
async function stored(row: JsonObject): Promise<JsonObject> {
  const { results } = await ask("exact", { ...blank, ...row });
  return ((results as Json[])[1] as { row: JsonObject }).row;
}

describe("values", () => {
  it("are never a part of the statement", async () => {
    const attacks = ["x'; DROP TABLE pairs; --", "' OR '1'='1", "\\'; DELETE FROM tarInvoice; --", "{call sneak()}",
      "?", ":a",
      "'||(SELECT password FROM pg_authid)||'", "\u0027; COMMIT; --", "𝄞'\"`$$"];
    for (const [n, text] of attacks.entries()) {
      assert.equal((await ask("find", { invoice: text })).row, null, text);
      assert.equal((await stored({ id: `evil-${n}`, t: text })).t, text);
    }
    assert.equal(sage.number("SELECT count(*) FROM tarInvoice"), 1000);
    assert.equal(sage.number("SELECT count(*) FROM pairs WHERE n > 0"), 3);
  });

  it("keep every digit there and back", async () => {
    const numbers = ["0.1", "100.1", "1.1000000000", "-0.0000000001", "9999999999999999999999999999.9999999999", "0",
      "1e3", "12345678901234567890.1234567890", "-1", "9007199254740993.5"];
    for (const [n, digits] of numbers.entries()) {
      const back = scalar((await stored({ id: `n-${n}`, n: readJson(digits) })).n);
      assert.equal(sage.ask(`SELECT n = ${digits}::numeric, n FROM exact WHERE id = 'n-${n}'`), `t|${back}`, digits);
    }
  });

  it("of other kinds too: texts of any script, bytes, moments, large whole numbers, null", async () => {
    const row = { id: "all", n: null, t: "Grüße €𝄞\n\t\"'\\", b: "AP8QgA==", m: "2026-11-21T10:00:00.25Z",
      w: readJson("9223372036854775807"), yes: true };
    assert.equal(writeJson(await stored(row)), writeJson(row));
    const there = sage.ask("SELECT encode(b, 'hex'), m = '2026-11-21 10:00:00.25+00' FROM exact WHERE id = 'all'");
    assert.equal(there, "00ff1080|t");
  });

  it("that do not fit are refused before anything is done", async () => {
    for (const [change, text] of [[{ n: "a lot" }, /"n" must be a number/],
      [{ m: "yesterday" }, /"m" must be a timestamp like/], [{ b: "%%%" }, /"b" must be base64/],
      [{ w: readJson("1.5") }, /"w" must be a whole number/],
      [{ t: ["list"] }, /"t" is an array/]] as [JsonObject, RegExp][])
      assert.match((await failure("exact", { ...blank, id: "bad", ...change })).text, text);
    assert.equal(sage.number("SELECT count(*) FROM exact WHERE id = 'bad'"), 0);
  });

  it("are not there: first is null", async () => {
    const found = await ask("find", { invoice: "0000000007" });
    assert.equal(writeJson(found), '{"row":{"TranNo":"0000000007","Balance":7.105}}');
    assert.equal(writeJson(await ask("find", { invoice: "7" })), '{"row":null}');
  });
});

function memory(kind: string): number {
  const status = readFileSync(`/proc/${server.child.pid ?? 0}/status`, "utf8");
  return Number(new RegExp(`${kind}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

describe("reading", () => {
  it("100,000 rows by pages takes no more memory than a page", async (t) => {
    await ask("find", { invoice: "7" });
    const before = memory("VmRSS");
    const began = performance.now();
    const { after, rows, sum } = await ask("pages");
    assert.deepEqual([scalar(after), scalar(rows), scalar(sum)], ["100000", "100000", "50000500.00"]);
    const grown = memory("VmHWM") - before;
    t.diagnostic(`${Math.round(performance.now() - began)} ms, ${grown.toFixed(1)} MiB more at the most`);
    assert.ok(grown < 40, `${grown} MiB more`);
  });

  it("changes nothing, whatever a function behind it does", async () => {
    assert.equal(writeJson(await ask("sneaky")), '{"value":1}');
    assert.equal(sage.number("SELECT count(*) FROM sneaked"), 0);
  });

  it("a database that is there and says nothing holds nobody", async () => {
    await ask("look"); // a line is there
    sage.door.stuck = true;
    const error = await failure("look");
    sage.door.stuck = false;
    assert.equal(error.kind, "timeout", error.text);
    await ask("look");
    sage.door.cut("silent");
    const body = payment();
    assert.equal((await pay("silent", body)).status, "succeeded"); // it was looked, and it was there
    assert.equal(sage.ask(`SELECT count(*) FROM tarCustPmt WHERE TranCmnt = '${scalar(body.id)}'`), "1");
  });

  it("is called off when it takes too long", async () => {
    const error = await failure("sleepy");
    assert.equal(error.kind, "timeout");
    assert.match(error.text, /3000 ms.*query_timeout.*nothing was changed/);
    await eventually("the server has stopped it", () =>
      sage.number(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active'
        AND pid <> pg_backend_pid()`) === 0);
  });

  it("of what is not there says what the database said", async () => {
    const error = await failure("wrong");
    assert.equal(error.kind, "invalid");
    assert.match(error.text, /SQLSTATE 42P01: .*relation "nowhere" does not exist/);
  });
});

describe("a database that is away", () => {
  it("is waited for, and payments go on in order", async () => {
    await sage.server.down();
    const bodies = Array.from({ length: 5 }, () => payment());
    const runs = await Promise.all(bodies.map(async (body) => scalar((await post("fire", body)).json.run)));
    await sleep(300);
    await sage.server.up();
    for (const run of runs) assert.equal((await world.settled(run)).status, "succeeded");
    for (const body of bodies) assert.equal(times(body), 1);
  });

  it("and whose kept connections are dead is simply connected to anew", async () => {
    await ask("find", { invoice: "7" });
    sage.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'weft'");
    const { json } = await post("find", { invoice: "0000000007" });
    assert.equal(scalar((json.row as JsonObject).TranNo), "0000000007");
  });
});

describe("signing in", () => {
  async function other(settings: object, env: Record<string, string> = {}): Promise<{ own: World; server: Server }> {
    const own = new World({ SAGE_PASSWORD: password, ...env });
    own.flow("find", flows.find,
      { "connections.json": sageConnections({ port: sage.door.port, ...settings }) });
    return { own, server: await own.serve() };
  }
  async function send(at: Server, invoice = "0000000007"): Promise<{ status: number; text: string }> {
    const answer = await fetch(at.hook("find"), { method: "POST", body: JSON.stringify({ invoice }),
      headers: { "content-type": "application/json" }, signal: AbortSignal.timeout(20_000) });
    return { status: answer.status, text: await answer.text() };
  }

  it("with a wrong password halts the connection; with the right one what waited goes on", async (t) => {
    const { own, server: first } = await other({}, { SAGE_PASSWORD: "canary-of-a-wrong-password" });
    t.after(() => own.end());
    const waiting = send(first).catch(() => undefined);
    await eventually("it is halted", () => /halted|password authentication failed/.test(own.stderr));
    const [run] = await own.runs();
    await first.stop();
    await waiting;
    const second = await own.serve({ env: { SAGE_PASSWORD: password } });
    await eventually("it goes on", async () => (await own.show(run?.run ?? "")).status === "succeeded");
    assert.match(JSON.stringify((await own.show(run?.run ?? "")).steps), /password authentication failed/);
    assert.ok(!own.stderr.includes("canary-of-a-wrong-password"));
    assert.equal(await second.stop(), 0);
  });

  it("is not tried where the egress policy does not allow the address", async (t) => {
    const { own, server: at } = await other({}, { WEFT_EGRESS_ALLOW: "" });
    t.after(() => own.end());
    const { text } = await send(at);
    const shown = await own.settled((JSON.parse(text) as { run: string }).run);
    assert.equal(shown.error?.kind, "policy");
    assert.match(shown.error.text, /egress policy does not allow 127.0.0.1:\d+/);
  });

  it("over TLS checks who answers", async (t) => {
    const good = await other({ tls: "verify", host: "localhost", ca_file: sage.server.caFile },
      { WEFT_EGRESS_ALLOW: "127.0.0.1, ::1" });
    t.after(() => good.own.end());
    const { status, text } = await send(good.server);
    assert.equal(status, 200, text);
    const encrypted = sage.ask(`SELECT bool_or(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE usename = 'weft'`);
    assert.equal(encrypted, "t");
    for (const settings of [{ host: "127.0.0.1", ca_file: sage.server.caFile }, { host: "localhost" }]) {
      const bad = await other({ ...settings, tls: "verify" }, { WEFT_EGRESS_ALLOW: "127.0.0.1, ::1" });
      void send(bad.server).catch(() => undefined);
      await eventually("it is refused", async () => {
        const [run] = await bad.own.runs();
        const shown = run === undefined ? undefined : await bad.own.show(run.run);
        return JSON.stringify(shown?.steps ?? "").includes("certificate");
      });
      await bad.own.end();
    }
  });

  it("leaves the password nowhere", () => {
    const places = [world.stderr];
    for (const name of readdirSync(world.data, { recursive: true, encoding: "utf8" }))
      if (statSync(join(world.data, name)).isFile()) places.push(readFileSync(join(world.data, name), "utf8"));
    const logs: string[] = [];
    for (const name of readdirSync("/tmp")) // where the driver of PostgreSQL logs, as Debian sets it up
      if (name.startsWith("psqlodbc_") && name.endsWith(`${server.child.pid ?? 0}.log`))
        logs.push(readFileSync(join("/tmp", name), "utf8"));
    for (const place of [...places, ...logs]) assert.ok(!place.includes("canary-sage"));
    for (const log of logs) assert.ok(!/SELECT|INSERT|GW-/.test(log), log);
  });
});

describe("docs/CONNECTORS.md", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/CONNECTORS.md"), "utf8");
  const section = /^## SQL databases$([\s\S]*?)^## /m.exec(text)?.[1] ?? "";
  const blocks = [...section.matchAll(/^```json\n([\s\S]*?)^```/gm)]
    .map((found) => JSON.parse(found[1] ?? "") as object);

  it("shows what works: a connection, pages, new rows, a receipt", async (t) => {
    const [connections, pages, changed, receipt] = blocks as
      [{ connections: { sage: object } }, object, object, object];
    assert.equal(blocks.length, 4);
    const { sage: own } = (sageConnections({ port: sage.door.port }) as typeof connections).connections;
    const shown = connections.connections.sage as { settings: object };
    const settings = { ...shown.settings, ...(own as { settings: object }).settings, ca_file: sage.server.caFile };
    const here = { "connections.json": { weft: 1, connections: { sage: { ...shown, settings, allow: "127.0.0.1" } } } };
    const docs = new World({ SAGE_PASSWORD: password, WEFT_EGRESS_ALLOW: "" });
    t.after(() => docs.end());
    docs.flow("receipt", receipt, here);
    docs.flow("pages", { weft: 1, name: "Pages", nodes: [{ id: "in", type: "trigger.webhook",
      config: { path: "pages", respond: "result", verify: { type: "none" } } }, pages],
      edges: [{ from: "in", to: "pages" }] }, here);
    const often = JSON.parse(JSON.stringify(changed).replace('"every":"1m"', '"every":"1s"')
      .replace("FROM big", "FROM changed")) as object;
    docs.flow("changed", { weft: 1, name: "Changed", nodes: [often, { id: "take", type: "connector.sql",
      connection: "sage", config: { statement: "INSERT INTO taken VALUES (:id)", result: "count",
        params: { id: "=trigger.body.id" }, types: { id: "integer" } } }],
      edges: [{ from: "changed", to: "take" }] }, here);
    const at = await docs.serve();
    const body = payment();
    const send = async (path: string): Promise<JsonObject> => {
      const answer = await fetch(at.hook(path), { method: "POST", body: writeJson(body),
        headers: { "content-type": "application/json" } });
      return readJson(await answer.text()) as JsonObject;
    };
    assert.equal((await docs.settled(scalar((await send("sage/receipts")).run))).status, "succeeded");
    assert.equal(times(body), 1);
    assert.equal(scalar((await send("pages")).rows), "100000");
    sage.ask("INSERT INTO changed SELECT n, n FROM generate_series(1, 40) n");
    await eventually("the first are taken", () => sage.number("SELECT count(*) FROM taken") === 40);
    sage.ask("INSERT INTO changed SELECT n, n FROM generate_series(41, 50) n");
    await eventually("the others too", () => sage.number("SELECT count(*) FROM taken") === 50);
    assert.equal(sage.ask("SELECT count(*), count(DISTINCT n) FROM taken"), "50|50");
  });
});

describe("before a flow runs", () => {
  it("what would build a statement, or lead elsewhere, is refused", () => {
    const folder = world.flow("../refused", sqlFlow("r", { statement: "=trigger.body.sql" }),
      { "connections.json": sageConnections({ port: 5432 }) });
    const done = world.command(["check", folder]);
    assert.equal(done.code, 2);
    assert.match(done.stdout + done.stderr, /\/nodes\/1\/config\/statement: "statement" takes no expression/);
  });

  it("a test answers in the database's place, and sees what would have been asked", () => {
    const folder = world.flow("../tried", sqlFlow("t", { statement: "SELECT Balance FROM tarInvoice WHERE TranNo = :no",
      params: { no: "=trigger.body.no" }, result: "value" }), {
      "connections.json": sageConnections({ port: 5432 }),
      "tests/t.json": { name: "t", input: { no: "7" }, answers: { it: { output: { value: 7.105 } } }, expect: {
        status: "succeeded", steps: { it: { value: 7.105 } }, requests: [{ step: "it", method: "SQL",
          path: "SELECT Balance FROM tarInvoice WHERE TranNo = :no", body: { no: "7" } }] } } });
    const done = world.command(["test", folder]);
    assert.match(done.stdout + done.stderr, /1 passed, 0 failed/);
  });
});

describe(`killed ${kills} times under load`, { timeout: 60_000 + kills * 10_000 }, () => {
  it("books each payment once", async (t) => {
    const listen = `127.0.0.1:${server.port}`;
    assert.equal(await server.stop(), 0);
    server = await world.serve({ listen });
    const acknowledged: JsonObject[] = [];
    const stopping = new AbortController();
    const worker = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const body = payment({ amount: "0.001" });
        const send = (): Promise<boolean> => post("fire", body).then(({ status }) => status < 300).catch(() => false);
        let sent = await send();
        for (let n = 0; !sent && n < 1000; n += 1) {
          await sleep(10);
          sent = await send();
        }
        if (sent) acknowledged.push(body);
      }
    };
    const workers = Array.from({ length: 8 }, worker);
    for (let n = 0; n < kills; n += 1) {
      await sleep(40 + (n * 37) % 160);
      if (n % 4 === 3) sage.door.cut("after_commit");
      await server.kill();
      server = await world.serve({ listen });
    }
    stopping.abort();
    await Promise.all(workers);
    await world.atRest(60_000 + kills * 1000);
    const booked = sage.receipts();
    const doubt = new Set((await world.runs("&status=in_doubt")).map((run) => run.dedupe ?? ""));
    for (const body of acknowledged)
      assert.equal(booked.get(scalar(body.id)) ?? 0, 1, `${scalar(body.id)} was acknowledged`);
    for (const [id, count] of booked) assert.equal(count, 1, id);
    assert.deepEqual([...doubt].filter((id) => (acknowledged.some((body) => scalar(body.id) === id))), []);
    assert.equal(sage.differences(), "");
    t.diagnostic(`${acknowledged.length} acknowledged`);
    assert.ok(acknowledged.length > kills);
  });
});
