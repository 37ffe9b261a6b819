// connector.http with save: answers of any size become files, by the real program and a server in this process.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, readdirSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Json } from "../systems/lib/json.ts";
import { type RunShown, type Server, World, eventually } from "./world.ts";

const block = Buffer.from("4711,12.50,2026-11-21,a line of a settlement report\n".repeat(20_000));
const blocks = 120; // some 125 MB
const head = Buffer.from("order,amount,day,text\n");

function reportDigest(count: number): string {
  const hash = createHash("sha256").update(head);
  for (let i = 0; i < count; i++) hash.update(block);
  return hash.digest("hex");
}

/** Sends a report of so many blocks, or only the first `cut` of them and then nothing. */
async function send(answer: ServerResponse, count: number, cut = count): Promise<void> {
  answer.writeHead(200, { "content-type": "text/csv", "content-length": head.length + count * block.length });
  answer.write(head);
  for (let i = 0; i < cut; i++) if (!answer.write(block)) await once(answer, "drain");
  if (cut === count) answer.end();
}

describe("connector.http that saves", () => {
  let world: World;
  let into: string;
  let url: string;
  let asked: number;
  let respond: (request: IncomingMessage, answer: ServerResponse, nth: number) => Promise<void> | void;
  const peer = createServer((request, answer) => { void respond(request, answer, ++asked); });
  beforeEach(async () => {
    world = new World();
    into = join(world.folder, "reports");
    mkdirSync(into);
    asked = 0;
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}/report`;
  });
  afterEach(async () => {
    await world.end();
    peer.closeAllConnections();
    await new Promise((resolve) => peer.close(resolve));
  });

  // A sanitized build keeps what was freed for a while, up to 256 MB: then its memory would say nothing.
  const served = (): Promise<Server> => world.serve({ env: {
    WEFT_FILES_ROOT: world.folder, ASAN_OPTIONS: "quarantine_size_mb=1" } });
  function flow(save: object = {}): void {
    world.flow("report", {
      weft: 1, name: "Report",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "report", respond: "accepted", verify: { type: "none" } } },
        { id: "get", type: "connector.http", timeout: "2m", retry: { attempts: 3, initial: "50ms" },
          config: { url, save: { folder: into, file: "report.csv", ...save } } },
        { id: "page", type: "transform.csv", config: {
          file: { folder: into, rows: 2 }, path: "=steps.get.file.path" } }],
      edges: [{ from: "event", to: "get" }, { from: "get", to: "page" }],
    });
  }
  async function start(server: Server): Promise<string> {
    const answer = await fetch(server.hook("report"), { method: "POST", body: "{}",
      headers: { "content-type": "application/json" } });
    assert.equal(answer.status, 202);
    return (await answer.json() as { run: string }).run;
  }
  function output(shown: RunShown, step: string): { file: Record<string, Json>; rows: Json[] } {
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    return JSON.parse(JSON.stringify(shown.steps.find((one) => one.step === step)?.output ?? null)) as
      { file: Record<string, Json>; rows: Json[] };
  }

  it("takes 125 MB in the memory of two pieces; the file is whole, and the next step reads it", async () => {
    respond = (_, answer) => send(answer, blocks);
    flow();
    const server = await served();
    const memory = (name: string): number => Number(
      new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${String(server.child.pid)}/status`, "utf8"))?.[1]);
    const before = memory("VmRSS");
    const shown = await world.settled(await start(server));
    const { file } = output(shown, "get");
    const most = memory("VmHWM");
    assert.ok(most - before < blocks * block.length / 4 / 1024, `${most} kB, and ${before} before`);
    assert.equal(file.digest, reportDigest(blocks));
    assert.equal(statSync(join(into, "report.csv")).size, Number(file.size));
    assert.equal(output(shown, "page").rows.length, 2);
    assert.deepEqual(readdirSync(into), ["report.csv"]);
  });

  it("asks again when the answer breaks off, and has one whole file", async () => {
    respond = async (_, answer, nth) => {
      await send(answer, 8, nth === 1 ? 5 : 8);
      if (nth === 1) answer.destroy();
    };
    flow();
    const shown = await world.settled(await start(await served()));
    assert.equal(output(shown, "get").file.digest, reportDigest(8));
    assert.equal(asked, 2);
    assert.deepEqual(readdirSync(into), ["report.csv"]);
  });

  it("leaves nothing when the program is killed in the middle, and goes on at the next start", async () => {
    let half = (): void => undefined;
    const came = new Promise<void>((resolve) => { half = resolve; });
    respond = async (_, answer, nth) => {
      await send(answer, 8, nth === 1 ? 5 : 8);
      half();
    };
    flow();
    let server = await served();
    const run = await start(server);
    await came;
    await server.kill();
    assert.deepEqual(readdirSync(into), []);
    server = await served();
    assert.equal(output(await world.settled(run), "get").file.digest, reportDigest(8));
    assert.deepEqual(readdirSync(into), ["report.csv"]);
  });

  it("takes no answer of which nobody can tell where it ends, unless it is told to", async () => {
    respond = (request, answer) => {
      request.socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\norder\n1\n");
      answer.destroy();
    };
    flow();
    let server = await served();
    const refused = await world.settled(await start(server));
    assert.equal(refused.error?.kind, "invalid");
    assert.match(refused.error.text, /"unsized": true/);
    assert.deepEqual(readdirSync(into), []);
    await server.stop();
    flow({ unsized: true });
    server = await served();
    assert.equal(output(await world.settled(await start(server)), "page").rows.length, 1);
  });

  // An answer that is at once there is read before libcurl has said that it waits for it.
  it("takes one answer after the other over a connection that is kept, and none breaks off", async () => {
    respond = (_, answer) => send(answer, 1);
    world.flow("report", {
      weft: 1, name: "Report",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "report", respond: "accepted", verify: { type: "none" } } },
        { id: "all", type: "branch.foreach", config: { items: Array.from({ length: 40 }, (_, n) => n), body: { nodes: [
          { id: "get", type: "connector.http", retry: { attempts: 1 },
            config: { url, save: { folder: into, file: "='report-' .. index .. '.csv'" } } }], edges: [] } } }],
      edges: [{ from: "event", to: "all" }],
    });
    let connections = 0;
    const count = (): void => { connections += 1; };
    peer.on("connection", count);
    const shown = await world.settled(await start(await served()));
    peer.off("connection", count);
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.equal(asked, 40);
    assert.ok(connections < 40, "none was kept");
    assert.equal(readdirSync(into).length, 40);
  });

  it("saves the answer of a manifest's action in the same way; a refusal is none, whatever its status", async () => {
    const folder = join(world.folder, "connectors", "desk");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({
      weft: 1, name: "desk", title: "Desk", version: "1.0", help: "A desk of reports.",
      environments: { production: { base_url: new URL("/", url).href.slice(0, -1) } }, sign_in: { type: "none" },
      error: { message: ["text"] }, errors: [{ when: { ok: false }, kind: "transient", help: "It is at lunch." }],
      actions: { save_report: { title: "Save report", help: "A report as a file.", method: "GET", path: "/report",
        save: true, input: { type: "object", properties: {} },
        example: { input: {}, output: { file: { path: "report.csv", size: 1 } } } } },
    }));
    world.flow("report", {
      weft: 1, name: "Report",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "report", respond: "accepted", verify: { type: "none" } } },
        { id: "get", type: "connector.desk.save_report", connection: "desk", timeout: "2m",
          retry: { attempts: 3, initial: "50ms" },
          config: { input: {}, save: { folder: into, file: "report.csv" } } }],
      edges: [{ from: "event", to: "get" }],
    }, { "connections.json": { weft: 1, connections: { desk: { connector: "desk", allow: "127.0.0.1" } } } });
    respond = async (_, answer, nth) => {
      if (nth > 1) return send(answer, 8);
      answer.writeHead(200, { "content-type": "application/json", "content-length": 33 });
      answer.write('{"ok": false, ');
      answer.end('"text": "at lunch"}');
    };
    const server = await world.serve({ arguments: ["--connectors", join(world.folder, "connectors")],
      env: { WEFT_FILES_ROOT: world.folder } });
    const { file } = output(await world.settled(await start(server)), "get");
    assert.equal(file.digest, reportDigest(8));
    assert.equal(asked, 2);
    assert.deepEqual(readdirSync(into), ["report.csv"]);
  });

  it("says that it has no room, and keeps none of it", async () => {
    respond = (_, answer) => send(answer, 8);
    flow();
    const server = await world.serve({ env: { WEFT_FILES_ROOT: world.folder },
      wrapper: ["prlimit", "--fsize=4194304"] }); // as a disk that is full: no file grows beyond that
    const shown = await world.settled(await start(server));
    assert.equal(shown.status, "failed");
    assert.match(shown.error?.text ?? "", /report\.csv: File too large/);
    assert.deepEqual(readdirSync(into), []);
    await eventually("it serves on", async () => (await fetch(`${server.url}/healthz`)).status === 200);
  });
});
