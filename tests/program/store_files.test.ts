// Files of the store that are not there any more, or not whole, when a server begins where another was killed. What was
// acknowledged must be there, or the start is refused with the file and the remedy.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { echoFlow } from "./flows.ts";
import { program, type Server, World } from "./world.ts";

let world: World;
let server: Server;
let database: string;
let log: string;

beforeEach(async () => {
  world = new World();
  database = join(world.data, "weft.db");
  log = `${database}-wal`;
  world.flow("echo", echoFlow({ path: "echo", verify: { type: "none" }, dedupe: "=trigger.body.transactionId" }));
  server = await world.serve();
});
afterEach(async () => { await world.end(); });

async function post(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) {
    const answer = await fetch(server.hook("echo"), { method: "POST", headers: { "content-type": "application/json" },
      body: `{"transactionId":"E-${n}","amount":1}` });
    assert.equal(answer.status, 201);
  }
}

function refused(file: RegExp): void {
  const done = world.command(["serve", "--data", world.data, "--listen", "127.0.0.1:0", "--flows", world.flows]);
  assert.equal(done.code, 2, `${done.code ?? done.signal ?? ""} ${done.stderr}`);
  assert.match(done.stderr, file);
  assert.match(done.stderr, /restore|back/i);
}

describe("after a kill", () => {
  it("all files are there: all events are, too", async () => {
    await post(0, 10);
    await server.kill();
    server = await world.serve();
    assert.equal((await world.runs()).length, 10);
  });

  it("the log is gone: refused", async () => {
    await post(0, 10);
    await server.kill();
    assert.ok(existsSync(log));
    rmSync(log);
    refused(/weft\.db-wal/);
    refused(/weft\.db-wal/); // and again: a refusal forgets nothing
  });

  it("the log is noise: refused", async () => {
    await post(0, 10);
    await server.kill();
    writeFileSync(log, Buffer.alloc(statSync(log).size, 7));
    refused(/weft\.db-wal/);
  });

  it("the database is gone, its log is there: refused", async () => {
    await post(0, 10);
    await server.kill();
    rmSync(database);
    refused(/weft\.db/);
  });
});

describe("a backup after a kill", () => {
  it("leaves all of the store for the next start", async () => {
    await post(0, 10);
    await server.kill();
    const done = world.command(["backup", join(world.data, "copy.db"), "--data", world.data]);
    assert.equal(done.code, 0, done.stderr);
    server = await world.serve();
    assert.equal((await world.runs()).length, 10);
  });
});

describe("after a stop in order", () => {
  it("a kill between the store's end and its mark changes nothing", async () => {
    const mark = join(world.data, "lock");
    await post(0, 10);
    const open = readFileSync(mark);
    assert.equal(await server.stop(), 0);
    assert.notDeepEqual(readFileSync(mark), open);
    writeFileSync(mark, open);
    server = await world.serve();
    assert.equal((await world.runs()).length, 10);
  });

  it("nothing but the database is needed", async () => {
    await post(0, 10);
    assert.equal(await server.stop(), 0);
    for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
    server = await world.serve();
    assert.equal((await world.runs()).length, 10);
  });
});

const mounts = spawnSync("unshare", ["--mount", "true"]).status === 0;

describe("a copy where nothing can be written", { skip: mounts ? false : "only root may mount" }, () => {
  /** A command over a copy of these files of the store, in a folder that is mounted read-only for it. */
  function look(files: string[], ...words: string[]): { code: number | null; stdout: string; stderr: string } {
    const copy = join(world.folder, "copy");
    mkdirSync(copy);
    for (const file of files) copyFileSync(join(world.data, file), join(copy, file));
    const script = 'mount -B "$1" "$1" && mount -o remount,ro,bind "$1" && at=$1 && shift && exec "$@" --data "$at"';
    const done = spawnSync("unshare", ["--mount", "sh", "-c", script, "sh", copy, program, ...words],
      { env: world.env, encoding: "utf8" });
    rmSync(copy, { recursive: true });
    return { code: done.status, stdout: done.stdout, stderr: done.stderr };
  }

  it("is read when the store was closed, its log or not", async () => {
    await post(0, 3);
    assert.equal(await server.stop(), 0);
    for (const files of [["weft.db"], ["weft.db", "weft.db-wal"]]) {
      const verified = look(files, "audit", "verify");
      assert.equal(verified.code, 0, verified.stderr);
      assert.match(verified.stdout, /all as they were written/);
      assert.equal((JSON.parse(look(files, "runs", "--json").stdout) as unknown[]).length, 3);
    }
  });

  it("with a log is refused, with the remedy: what was stored last is in it", async () => {
    await post(0, 3);
    await server.kill();
    const done = look(["weft.db", "weft.db-wal"], "runs");
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, /copy the whole directory, with weft\.db-wal/);
    assert.equal(look(["weft.db", "weft.db-wal", "weft.db-shm"], "runs").code, 0);
  });
});
