// "save" of connector.sql and of a manifest's action over SQL: a result of any length becomes a file row by row, and is
// read from there in pages. The database is a real PostgreSQL; what counts is that no row is missing, and that none but
// one is held. Rows that are new are events of a manifest over SQL.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type JsonObject, number, readJson, scalar, writeJson } from "../systems/lib/json.ts";
import { Sage500 } from "../systems/sage500/sage500.ts";
import { rowsFlow, sageConnections, spokenFlow, sqlFlow, streamFlow } from "./sage_flows.ts";
import { eventually, type Server, World } from "./world.ts";

const password = "canary-sage-rows";
const rows = 300_000;

let sage: Sage500;
let world: World;
let server: Server;

const sageSystem = (): object => ({ weft: 1, connections: { sage: { connector: "sage500", settings: {
  driver: "PostgreSQL Unicode", host: "127.0.0.1", port: String(sage.door.port), database: "postgres", user: "weft",
  tls: "off", company: "SOA" }, secrets: { password: { env: "SAGE_PASSWORD" } } } } });

before(async () => {
  sage = await Sage500.open(password);
  sage.ask("CREATE TABLE spoken (n int); GRANT ALL ON spoken TO weft;");
  world = new World({ SAGE_PASSWORD: password });
  world.env.WEFT_FILES_ROOT = world.folder;
  world.env.ASAN_OPTIONS = "quarantine_size_mb=1";
  world.flow("stream", streamFlow(world.folder), { "connections.json": sageConnections({ port: sage.door.port }) });
  world.flow("spoken", spokenFlow, { "connections.json": sageConnections({ port: sage.door.port }) });
  world.flow("documents", rowsFlow("documents", world.folder, "TranAmt", { type: "connector.sage500.save_documents",
    config: { input: "=trigger.body", save: { folder: world.folder, file: "='rows-' .. run.id .. '.json'" } } }),
  { "connections.json": sageSystem() });
  server = await world.serve();
});
after(async () => {
  await world.end();
  await sage.close();
});

async function post(path: string, body: string): Promise<JsonObject> {
  const answer = await fetch(server.hook(path), { method: "POST", body,
    headers: { "content-type": "application/json" } });
  return readJson(await answer.text()) as JsonObject;
}

async function ask(count: number): Promise<JsonObject> {
  return post("stream", writeJson({ count: number(count) }));
}

function memory(kind: string): number {
  const status = readFileSync(`/proc/${server.child.pid ?? 0}/status`, "utf8");
  return Number(new RegExp(`${kind}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

function left(): string[] {
  return readdirSync(world.folder).filter((name) => name.startsWith("rows-"));
}

/** A run for each event; its trigger's body. */
function eventFlow(event: string): object {
  return { weft: 1, name: event, nodes: [
    { id: "in", type: `trigger.sage500.${event}`, connection: "sage", config: { every: "1s" } },
    { id: "it", type: "transform.script", config: { source: "return trigger.body" } }],
  edges: [{ from: "in", to: "it" }] };
}

describe("what is new in Sage 500", () => {
  const bodies = async (flow: string): Promise<JsonObject[]> => {
    const found = (await world.runs(`&flow=${flow}`)).filter((run) => run.flow === flow);
    const shown = await Promise.all(found.map((run) => world.settled(run.run)));
    return shown.map((run) => (run.input as JsonObject).body as JsonObject);
  };
  const keys = async (flow: string, name: string): Promise<string[]> =>
    (await bodies(flow)).map((body) => scalar(body[name])).sort();

  it("is a run each, also what became visible late, and what comes again is none", async () => {
    const invoice = (key: number): string => `INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranDate,
      CustKey, CurrID, TranAmt, Balance) VALUES (${key}, 'NEW', '${key}-IN', '${key}', '2026-11-20', 901, 'USD', 5, 5)`;
    sage.ask(`INSERT INTO tarCustomer (CustKey, CompanyID, CustID, CustName) VALUES (901, 'NEW', 'N-1', 'New one')`);
    sage.ask([2001, 2003].map(invoice).join(";"));
    const own = JSON.parse(JSON.stringify(sageSystem()).replace('"SOA"', '"NEW"')) as object;
    for (const event of ["invoice", "customer"]) world.flow(event, eventFlow(event), { "connections.json": own });
    server.signal("SIGHUP");
    await eventually("the first two", async () => (await keys("invoice", "InvcKey")).join() === "2001,2003");
    sage.ask(`${invoice(2004)}; UPDATE tarInvoice SET Balance = 0 WHERE InvcKey = 2001`);
    await eventually("the third", async () => (await keys("invoice", "InvcKey")).length === 3);
    sage.ask(`${invoice(2002)}; UPDATE tarCustomer SET CustName = 'Another', UpdateCounter = 1,
      UpdateDate = clock_timestamp() WHERE CustKey = 901`); // its transaction ended late
    await eventually("the one that came late", async () =>
      (await keys("invoice", "InvcKey")).join() === "2001,2002,2003,2004");
    await eventually("the change", async () => (await keys("customer", "change")).join() === "901-0,901-1");
    const changed = (await bodies("customer")).find((body) => body.change === "901-1");
    assert.equal(changed?.CustName, "Another");
    sage.ask(invoice(2005));
    await eventually("the last", async () => (await keys("invoice", "InvcKey")).includes("2005"));
    assert.deepEqual(await keys("invoice", "InvcKey"), ["2001", "2002", "2003", "2004", "2005"]);
  });
});

describe("rows that become a file", () => {
  // What comes from inside is masked in both modes: nobody could be told to send it without the number.
  it("have no card data in it, whether a workspace masks or refuses, and the run says what was taken out", async () => {
    const number = "4111111111111111";
    sage.ask(`CREATE TABLE noted (n int, note text, cvv text); GRANT ALL ON noted TO weft;
      INSERT INTO noted SELECT n, CASE n WHEN 777 THEN 'card ${number} by phone' ELSE 'none' END, '123'
        FROM generate_series(1, 5000) n`);
    world.flow("noted", sqlFlow("noted", { statement: "SELECT n, note, cvv FROM noted ORDER BY n",
      save: { folder: world.folder, file: "noted.json" } }),
    { "connections.json": sageConnections({ port: sage.door.port }) });
    const read = (): JsonObject[] => {
      const text = readFileSync(join(world.folder, "noted.json"), "utf8");
      assert.ok(!text.includes(number));
      return readJson(text) as JsonObject[];
    };
    server.signal("SIGHUP");
    await eventually("it is deployed", async () => (await fetch(server.hook("noted"), { method: "POST", body: "{}",
      headers: { "content-type": "application/json" } })).status === 200);
    const masked = read();
    assert.equal(masked.length, 5000);
    assert.deepEqual([masked[776]?.note, masked[776]?.cvv], ["card 411111******1111 by phone", null]);
    const [run] = (await world.runs("&flow=noted")).filter((one) => one.flow === "noted");
    assert.match(world.command(["show", run?.run ?? "", "--data", world.data]).stdout,
      /masked +1 card number, 5000 security codes: \/cvv, \/note\n/);
    rmSync(join(world.folder, "noted.json"));
    const refuses = await world.commandAsync(["run", join(world.flows, "noted"), "--input", "-"],
      { input: "{}", env: { WEFT_GUARD_CARD_DATA: "refuse" } });
    assert.equal(refuses.code, 0, refuses.stderr);
    assert.deepEqual(read(), masked);
  });

  it(`${rows} of them take the memory of a page`, async (t) => {
    assert.equal(scalar((await ask(10)).rows), "10");
    const usual = memory("VmRSS");
    writeFileSync(`/proc/${server.child.pid ?? 0}/clear_refs`, "5"); // VmHWM begins anew
    const { count, file, rows: read, sum } = await ask(rows);
    assert.deepEqual([scalar(count), scalar(read), scalar(sum)], [String(rows), String(rows), "450001500.00"]);
    assert.ok(Number(scalar((file as JsonObject).size)) > 25_000_000);
    const grown = memory("VmHWM") - usual;
    t.diagnostic(`${grown.toFixed(1)} MiB more at the most`);
    assert.ok(grown < 60, `${grown} MiB more`);
    assert.deepEqual(left(), []);
  });

  it("are what an action of a manifest says, too: 120000 documents in the memory of a page", async (t) => {
    sage.ask(`INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranDate, CustKey, CurrID, TranAmt, Balance,
      TranCmnt) SELECT 1000000 + n, 'SOA', n || '-BK', n::text, '2026-11-22', 1, 'USD', n * 0.01, 0, 'BULK-' || n
      FROM generate_series(1, 120000) n`);
    const documents = async (prefix: string): Promise<JsonObject> =>
      post("documents", JSON.stringify({ from: "2026-11-22", prefix }));
    assert.equal(scalar((await documents("BULK-1234")).rows), "11");
    const usual = memory("VmRSS");
    writeFileSync(`/proc/${server.child.pid ?? 0}/clear_refs`, "5");
    const { count, file, rows: read, sum } = await documents("BULK-");
    assert.deepEqual([scalar(count), scalar(read), scalar(sum)], ["120000", "120000", "72000600.000"]);
    assert.ok(Number(scalar((file as JsonObject).size)) > 20_000_000);
    const grown = memory("VmHWM") - usual;
    t.diagnostic(`${grown.toFixed(1)} MiB more at the most`);
    assert.ok(grown < 60, `${grown} MiB more`);
    assert.deepEqual(left(), []);
  });

  it("are a failure when there are more than are allowed for: it says what to do, and no file is left", async () => {
    const { run } = await ask(rows + 1);
    const { error } = await world.settled(scalar(run));
    assert.equal(error?.kind, "limit");
    assert.match(error.text, /more than 300000 rows: raise "max_rows" of "save", or ask for less; nothing was kept/);
    assert.deepEqual(left(), []);
  });

  it("may be none: an empty list", async () => {
    const { count, rows: read } = await ask(0);
    assert.deepEqual([scalar(count), scalar(read)], ["0", "0"]);
  });
});

describe("a result beside a change", () => {
  for (const [n, closing] of (["cut", "refuse"] as const).entries())
    it(`is no success when the driver's last words before the commit come to nothing: ${closing}`, async () => {
      sage.door.closing = closing;
      await post("spoken", writeJson({ n: number(n) }));
      assert.equal(sage.door.closing, undefined);
      assert.equal(sage.ask(`SELECT count(*) FROM spoken WHERE n = ${n}`), "1");
    });
});
