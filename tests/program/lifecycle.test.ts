// Start, reload and end of the server: what it needs is there, or it says so in one line and changes nothing.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { openBox } from "./box.ts";
import { echoFlow, effectFlow, hmac, secrets } from "./flows.ts";
import { type Done, eventually, paytraceSecret, type Server, World } from "./world.ts";

let world: World;
beforeEach(() => { world = new World(); });
afterEach(() => world.end());

/** Name and content of every file in the data directory but the lock, which names its holder. */
function dataState(folder = world.data): string {
  const lines: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const stat = statSync(join(folder, name));
    // weft.db-shm is SQLite's index of the log: each that opens the store makes it anew.
    if (!stat.isFile() || name === "lock" || name.endsWith("-shm")) continue;
    lines.push(`${name} ${createHash("sha256").update(readFileSync(join(folder, name))).digest("hex")}`);
  }
  return lines.join("\n");
}

function refused(done: Done, text: RegExp): void {
  assert.equal(done.code, 2, done.stderr);
  const lines = done.stderr.trim().split("\n");
  assert.equal(lines.length, 1, `one line, not:\n${done.stderr}`);
  assert.match(lines[0] ?? "", text);
}

function serveCommand(extra: string[] = [], env: Record<string, string> = {}): Done {
  return world.command(["serve", "--data", world.data, "--listen", "127.0.0.1:0", ...extra], { env });
}

describe("what keeps the server from starting", () => {
  it("the port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    refused(world.command(["serve", "--data", world.data, "--listen", `127.0.0.1:${port}`]), new RegExp(String(port)));
    other.close();
  });

  it("the data directory cannot be made", () => {
    writeFileSync(join(world.folder, "file"), "");
    const at = join(world.folder, "file", "data");
    refused(world.command(["serve", "--data", at, "--listen", "127.0.0.1:0"]), /file\/data/);
  });

  it("another process holds it, and goes on", async () => {
    const server = await world.serve();
    refused(serveCommand(), new RegExp(`held|in use|${server.child.pid ?? ""}`));
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    assert.equal(await server.stop(), 0);
  });

  it("a newer program has written the store", async () => {
    assert.equal(await (await world.serve()).stop(), 0);
    const name = readdirSync(world.data).find((file) => file.endsWith(".db"));
    assert.ok(name !== undefined, "there is no .db file in the data directory");
    // A store of ours by its mark (SQLite's application id), of a form that this program can't know.
    const file = join(world.data, name);
    const mark = readFileSync(file).readInt32BE(68);
    rmSync(file);
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA application_id = ${mark}; PRAGMA user_version = 999; CREATE TABLE later (x)`);
    database.close();
    const before = dataState();
    refused(serveCommand(), /newer|999/);
    assert.equal(dataState(), before);
  });

  it("the master key is missing, or another one", async () => {
    world.flow("echo", echoFlow({ path: "echo" }), { "connections.json": secrets });
    assert.equal(await (await world.serve()).stop(), 0);
    const key = join(world.folder, "master.key");
    assert.equal(statSync(key).mode & 0o777, 0o600);
    const before = dataState();
    renameSync(key, `${key}.away`);
    refused(serveCommand(), /master\.key/);
    assert.throws(() => statSync(key), "a second key was made for a vault that exists");
    assert.equal(dataState(), before);
    writeFileSync(key, "0".repeat(64), { mode: 0o600 });
    refused(serveCommand(), /key/i);
    renameSync(`${key}.away`, key);
    chmodSync(key, 0o644); // others could read it
    refused(serveCommand(), /master\.key/);
    assert.equal(dataState(), before);
  });

  it("a folder of flows does not exist", () => {
    refused(serveCommand(["--flows", join(world.folder, "nowhere")]), /nowhere/);
  });
});

describe("a faulty flow", () => {
  it("is reported with its place; the others work", async () => {
    world.flow("good", echoFlow({ path: "good" }));
    world.flow("bad", { weft: 1, name: "Bad", nodes: [{ id: "x", type: "no.such.type" }], edges: [] });
    const server = await world.serve();
    assert.match(server.log, /bad\/flow\.json:\d+:\d+: \/nodes\/0\/type: /);
    assert.equal((await ask(server, "good")).status, 201);
  });

  it("is one that wants a path that another has", async () => {
    world.flow("first", echoFlow({ path: "same" }));
    world.flow("second", echoFlow({ path: "same" }));
    const server = await world.serve();
    assert.match(server.log, /second\/flow\.json:\d+:\d+: .*same.*first/);
    assert.equal((await ask(server, "same")).status, 201);
  });

  it("is one whose secret nobody gives; the vault remembers one that was given", async () => {
    world.flow("signed", echoFlow({ path: "signed", verify: hmac }), { "connections.json": secrets });
    let server = await world.serve({ env: { WEFT_DEMO_PAYTRACE_SECRET: "" } });
    assert.match(server.log, /signed\/connections\.json.*WEFT_DEMO_PAYTRACE_SECRET/);
    assert.notEqual((await ask(server, "signed")).status, 201);
    assert.equal(await server.stop(), 0);
    assert.equal(await (await world.serve()).stop(), 0);
    server = await world.serve({ env: { WEFT_DEMO_PAYTRACE_SECRET: "" } });
    assert.equal((await ask(server, "signed")).status, 201);
    assert.equal(await server.stop(), 0);
  });

  it("keeps its former version at SIGHUP; a good one takes over", async () => {
    world.flow("echo", echoFlow({ path: "echo" }));
    const server = await world.serve();
    assert.equal((await ask(server, "echo")).status, 201);
    world.flow("echo", "{ broken");
    server.signal("SIGHUP");
    await eventually("the fault is reported", () => /echo\/flow\.json:1:\d+: /.test(server.log));
    assert.equal((await ask(server, "echo")).status, 201);
    world.flow("echo", echoFlow({ path: "echo/two" }));
    world.flow("more", echoFlow({ path: "more" }));
    server.signal("SIGHUP");
    await eventually("the new path works", async () => (await ask(server, "echo/two")).status === 201);
    await eventually("the new flow works", async () => (await ask(server, "more")).status === 201);
    assert.equal((await ask(server, "echo")).status, 404);
    assert.equal(await server.stop(), 0);
  });
});

describe("SIGTERM", () => {
  let box: StandIn;
  beforeEach(async () => { box = await openBox(); });
  afterEach(() => box.close());

  it("lets callers have their answers, then exits 0", async () => {
    const flow = effectFlow({ path: "slow", method: "PUT", url: box.url, respond: "result", verify: { type: "none" } });
    world.flow("slow", flow);
    const server = await world.serve();
    box.fault({ kind: "delay", ms: 700 });
    const answer = fetch(server.hook("slow"), { method: "POST", headers: { "content-type": "application/json" },
      body: eventText(paymentEvent("PT-1")) });
    await eventually("the call is under way", () => box.requests.length === 1);
    server.signal("SIGTERM");
    await eventually("it has heard", () => server.log.includes("SIGTERM"));
    const late = await fetch(server.hook("slow"), { method: "POST", body: eventText(paymentEvent("PT-LATE")),
      headers: { "content-type": "application/json" } }).catch(() => undefined);
    assert.ok(late === undefined || late.status === 503, `a late event was answered ${late?.status ?? ""}`);
    assert.equal((await answer).status, 200);
    assert.deepEqual(await server.exit(), { code: 0, signal: null });
    assert.equal(box.ledger.entries.length, 1);
  });

  it("leaves what waits longer for the next start", async () => {
    world.flow("wait", effectFlow({ path: "wait", method: "PUT", url: box.url }), { "connections.json": secrets });
    let server = await world.serve();
    await box.down();
    const body = eventText(paymentEvent("PT-2"));
    const answer = await fetch(server.hook("wait"), { method: "POST", body,
      headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
    assert.equal(answer.status, 202);
    const began = performance.now();
    assert.equal(await server.stop(), 0);
    assert.ok(performance.now() - began < 35_000);
    await box.up();
    server = await world.serve();
    await eventually("the run goes on by itself", () => box.ledger.entries.length === 1);
    assert.equal(await server.stop(), 0);
  });
});

describe("the data directory", () => {
  it("is for its owner only, and so is the socket", async () => {
    mkdirSync(world.data, { mode: 0o700 });
    const server = await world.serve();
    const socket = statSync(join(world.data, "weft.sock"));
    assert.ok(socket.isSocket());
    assert.equal(socket.mode & 0o777, 0o600);
    for (const name of readdirSync(world.data))
      assert.equal(statSync(join(world.data, name)).mode & 0o077, 0, `${name} can be read by others`);
    assert.equal(await server.stop(), 0);
  });

  it("answers runs and show with and without a server", async () => {
    world.flow("echo", echoFlow({ path: "echo" }));
    const server = await world.serve();
    await ask(server, "echo");
    const list = (): { run: string; status: string }[] => {
      const done = world.command(["runs", "--data", world.data, "--json"]);
      assert.equal(done.code, 0, done.stderr);
      return JSON.parse(done.stdout) as { run: string; status: string }[];
    };
    const live = list();
    assert.equal(live.length, 1);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(list(), live);
    const shown = world.command(["show", live[0]?.run ?? "", "--data", world.data, "--json"]);
    assert.equal(shown.code, 0, shown.stderr);
    const run = JSON.parse(shown.stdout) as { status: string; steps: { step: string }[] };
    assert.equal(run.status, "succeeded");
    assert.deepEqual(run.steps.map((step) => step.step), ["entry", "say"]);
  });
});

async function ask(server: Server, path: string): Promise<{ status: number }> {
  const body = '{"transactionId":"PT-1","amount":1.5,"currency":"USD"}';
  const answer = await fetch(server.hook(path), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
  await answer.text();
  return { status: answer.status };
}
