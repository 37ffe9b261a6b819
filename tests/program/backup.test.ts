// A live store is copied under load, the program is killed in the middle of it, and a store is put back as it was at a
// random moment while the systems behind it have gone on: no effect is repeated that its key does not make harmless.
//
// WEFT_DRILLS sets the number of restores (default 2), WEFT_SEED makes their moments repeatable as far as timing
// allows.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { scalar } from "../systems/lib/json.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { Sender } from "../systems/paytrace/sender.ts";
import { openBox } from "./box.ts";
import { effectFlow, quickRetry, secrets } from "./flows.ts";
import { eventually, paytraceSecret, World } from "./world.ts";

const drills = Number(process.env.WEFT_DRILLS ?? 2);
const seed = Number(process.env.WEFT_SEED ?? Date.now() % 1_000_000);

async function range(t: TestContext, method: "PUT" | "POST") {
  const world = new World();
  const box = await openBox();
  t.after(async () => {
    await world.end();
    await box.close();
  });
  world.flow("fire", effectFlow({ path: "fire", method, url: box.url,
    retry: { ...quickRetry, attempts: 100, max: "300ms" } }), { "connections.json": secrets });
  const counts = (): Map<string, number> => {
    const done = new Map<string, number>();
    for (const entry of box.ledger.entries)
      if (entry.did === "create") done.set(scalar(entry.row.id), (done.get(scalar(entry.row.id)) ?? 0) + 1);
    return done;
  };
  return { world, box, counts };
}

/** So many are acknowledged that a copy takes more than one piece (LIMIT of the store's backup). */
const large = 600;

/** 8 senders until stopped; how many were acknowledged tells the sender. */
function load(url: string, first: number) {
  const sender = new Sender({ url, secret: paytraceSecret, pause_ms: 20, timeout_ms: 2000 });
  const stopping = new AbortController();
  let next = first;
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) await sender.deliver(paymentEvent(`PT-${++next}`), stopping.signal);
  };
  const workers = Array.from({ length: 8 }, work);
  return { sender, sent: () => next - first, end: async (): Promise<number> => {
    stopping.abort();
    await Promise.all(workers);
    return next;
  } };
}

const atRest = (world: World): Promise<unknown> => eventually("nothing is left to do", async () =>
  (await world.page("status=active&limit=1")).items.length === 0, 60_000);

async function drill(t: TestContext, method: "PUT" | "POST"): Promise<void> {
  const { world, box, counts } = await range(t, method);
  let server = await world.serve();
  let first = 0;
  for (let n = 0; n < drills; n += 1) {
    const fire = load(server.hook("fire"), first);
    await sleep(200 + (seed * 7919 + n * 104_729) % 500);
    // Some of what the backup shows as under way will have happened by then, and the store will not know.
    for (let m = 0; m < 6; m += 1) box.fault({ kind: "delay", ms: 150, times: 4, seconds: 1, status: 500 });
    const file = join(world.folder, `copy-${n}`);
    const made = await world.commandAsync(["backup", file, "--data", world.data, "--json"]);
    assert.equal(made.code, 0, made.stderr);
    await sleep(300);
    first = await fire.end();
    fire.sender.close();
    await server.kill();
    const restored = world.command(["restore", file, "--data", world.data, "--replace", "--json"]);
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal((JSON.parse(restored.stdout) as { generation: number }).generation, n + 1);
    server = await world.serve();
    await atRest(world);
    for (const [id, times] of counts()) assert.equal(times, 1, `${id} was done ${times} times`);
    const strange = (await world.runs()).filter((run) => run.status !== "succeeded" && run.status !== "in_doubt");
    assert.deepEqual(strange, []);
    if (method === "PUT")
      assert.deepEqual(await world.runs("&status=in_doubt"), [], "what may be repeated is never left to a person");
  }
  assert.equal(await server.stop(), 0);
  const verified = world.command(["audit", "verify", "--data", world.data]);
  assert.equal(verified.code, 0, verified.stderr);
}

describe(`restored ${drills} times to a moment under load`, { timeout: 60_000 + drills * 60_000 }, () => {
  it("repeats only what its key makes harmless", (t) => drill(t, "PUT"));
  it("leaves to a person what happens once", (t) => drill(t, "POST"));
});

describe("a backup that is interrupted", { timeout: 120_000 }, () => {
  const points = [["store.backup.kill", 1], ["store.backup.kill", 2], ["store.backup.named.kill", 1]] as const;
  for (const [point, nth] of points)
    it(`${point}, hit ${nth}: the former file is whole`, async (t) => {
      const { world } = await range(t, "PUT");
      const file = join(world.folder, "copy");
      let server = await world.serve();
      const fire = load(server.hook("fire"), 0);
      await eventually("a store of some size", () => fire.sent() >= large);
      await fire.end();
      fire.sender.close();
      await atRest(world);
      assert.equal(world.command(["backup", file, "--data", world.data]).code, 0);
      const before = readFileSync(file);
      assert.equal(await server.stop(), 0);
      server = await world.serve({ env: { WEFT_FAULT: `${point}:${nth}` } });
      const cut = await world.commandAsync(["backup", file, "--data", world.data]);
      assert.equal(cut.code, 1, cut.stdout);
      assert.equal((await server.exit()).signal, "SIGKILL");
      assert.deepEqual(readFileSync(file), before);
      server = await world.serve();
      assert.equal(world.command(["backup", file, "--data", world.data]).code, 0);
      assert.ok(!existsSync(`${file}.part`));
      assert.equal(await server.stop(), 0);
    });
});

describe("a restore that is interrupted", { timeout: 60_000 }, () => {
  it("makes no new store, and is run again", async (t) => {
    const { world, counts } = await range(t, "PUT");
    const file = join(world.folder, "copy");
    const server = await world.serve();
    const fire = load(server.hook("fire"), 0);
    await sleep(300);
    await fire.end();
    fire.sender.close();
    await atRest(world);
    assert.equal(await server.stop(), 0);
    assert.equal(world.command(["backup", file, "--data", world.data]).code, 0);
    const restore = ["restore", file, "--data", world.data, "--replace"];
    assert.equal(world.command(restore, { env: { WEFT_FAULT: "store.restore.kill:1" } }).signal, "SIGKILL");
    await assert.rejects(world.serve(), /interrupted/);
    assert.equal(world.command(restore).code, 0);
    const again = await world.serve();
    assert.equal((await world.runs()).length, counts().size);
    assert.equal(await again.stop(), 0);
  });
});

describe("a disk with little room", { timeout: 60_000 }, () => {
  it("refuses new events with 503 and the reason, and takes them again", async (t) => {
    const { world } = await range(t, "PUT");
    const post = async (url: string): Promise<Response> => {
      const body = eventText(paymentEvent("PT-1"));
      return await fetch(url, { method: "POST", body, headers: { "content-type": "application/json",
        "x-signature": sign(paytraceSecret, body) } });
    };
    let server = await world.serve({ env: { WEFT_STORE_KEEP_FREE: "900000 GiB" } });
    const asked = await fetch(`${server.url}/readyz`); // before any event was refused
    assert.equal(asked.status, 503);
    const { status, reason } = await asked.json() as Record<string, string>;
    assert.deepEqual([status, /room .* for runs that have begun/.test(reason ?? "")], ["refusing", true], reason);
    assert.ok(!(reason ?? "").includes(world.data), "who asks need not know where the store is");
    const refused = await post(server.hook("fire"));
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    assert.match(await refused.text(), /free space on it/);
    assert.match(server.log, /kept for the runs that have begun/);
    assert.equal(await server.stop(), 0);
    server = await world.serve({ env: { WEFT_STORE_KEEP_FREE: "0" } });
    assert.deepEqual(await (await fetch(`${server.url}/readyz`)).json(), { status: "ready" });
    assert.equal((await post(server.hook("fire"))).status, 202);
    assert.equal(await server.stop(), 0);
    await assert.rejects(world.serve({ env: { WEFT_STORE_KEEP_FREE: "much" } }), /store\.keep_free/);
  });
});

const mounts = spawnSync("unshare", ["--mount", "true"]).status === 0;

// Its folder is mounted over itself, for this server alone, as a kernel does with a file system that has a fault.
const rights = { timeout: 60_000, skip: mounts ? false : "only root may mount" };
describe("a file system that turns read-only", rights, () => {
  it("is told at /readyz before an event is refused, and all goes on by itself", async (t) => {
    const { world } = await range(t, "PUT");
    const server = await world.serve({ wrapper: ["unshare", "--mount", "--propagation", "private"] });
    const mount = (...words: string[]): void => {
      const done = spawnSync("nsenter", [`--target=${server.child.pid ?? ""}`, "--mount", ...words]);
      assert.equal(done.status, 0, done.stderr.toString());
    };
    const look = async (): Promise<unknown> => (await fetch(`${server.url}/readyz`)).json();
    const ready = { status: "ready" };
    const refusing = { status: "refusing", reason: "the file system of the store is read-only" };
    const post = async (id: string): Promise<number> => {
      const body = eventText(paymentEvent(id));
      return (await fetch(server.hook("fire"), { method: "POST", body, headers: { "content-type": "application/json",
        "x-signature": sign(paytraceSecret, body) } })).status;
    };
    assert.deepEqual(await look(), ready);
    assert.equal(await post("PT-1"), 202);
    mount("mount", "--bind", world.data, world.data);
    mount("mount", "-o", "remount,bind,ro", world.data);
    await eventually("it is not ready", async () => isDeepStrictEqual(await look(), refusing));
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
    assert.equal(await post("PT-2"), 503);
    assert.equal((await world.runs()).length, 1);
    mount("umount", "--lazy", world.data);
    await eventually("it is ready again", async () => isDeepStrictEqual(await look(), ready));
    assert.equal(await post("PT-2"), 202);
    assert.equal(await server.stop(), 0);
  });
});

describe("the audit chain of the program", { timeout: 60_000 }, () => {
  it("tells who did what, and which record was tampered with", async (t) => {
    const { world } = await range(t, "PUT");
    const server = await world.serve();
    const verify = (): ReturnType<World["command"]> =>
      world.command(["audit", "verify", "--data", world.data, "--json"]);
    assert.equal(verify().code, 0); // beside the server
    assert.equal(await server.stop(), 0);
    const list = world.command(["audit", "list", "--data", world.data, "--json"]);
    const records = list.stdout.trim().split("\n").map((line) =>
      (JSON.parse(line) as { record: { what: string } }).record.what);
    assert.deepEqual(records, ["deploy", "start", "stop"]);
    const path = join(world.data, "weft.db");
    const bytes = readFileSync(path);
    const at = bytes.indexOf("\"what\":\"start\"");
    assert.ok(at > 0);
    bytes[at + 9] = "S".charCodeAt(0);
    renameSync(path, `${path}.kept`);
    writeFileSync(path, bytes, { mode: 0o600 });
    const bad = verify();
    assert.equal(bad.code, 1, bad.stdout); // the page's sum tells first
    assert.match(bad.stderr, /damaged|changed/);
  });
});
