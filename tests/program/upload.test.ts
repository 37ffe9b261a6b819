// Files of any size in the body of a request, of connector.http and of a manifest's action, by the real program and a
// server in this process; what it gets is read by Node's own parser of forms.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, openSync, closeSync, readFileSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { writeJson } from "../systems/lib/json.ts";
import { type RunShown, type Server, World, eventually } from "./world.ts";

const megabyte = Buffer.alloc(1 << 20, "4711,12.50,2026-11-21,--weft-a line of a report\r\n");
const day = 1_700_000_000; // a whole second: a file's time can be set back to it

interface Got { headers: IncomingMessage["headers"]; body: Buffer }

async function whole(request: IncomingMessage): Promise<Got> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return { headers: request.headers, body: Buffer.concat(parts) };
}

/** The form, read by somebody else. */
async function form({ headers, body }: Got): Promise<FormData> {
  assert.equal(Number(headers["content-length"]), body.length);
  const type = String(headers["content-type"]);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- these are small, and of a peer that we know
  return new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
}

async function fileOf(data: FormData, name: string): Promise<{ name: string; type: string; bytes: Buffer }> {
  const found = data.get(name);
  assert.ok(found instanceof File, name);
  return { name: found.name, type: found.type, bytes: Buffer.from(await found.arrayBuffer()) };
}

describe("connector.http that sends files", () => {
  let world: World;
  let out: string;
  let url: string;
  let asked: number;
  let respond: (request: IncomingMessage, answer: ServerResponse, nth: number) => Promise<void> | void;
  const peer = createServer((request, answer) => {
    request.on("error", () => undefined);
    void Promise.resolve(respond(request, answer, ++asked)).catch(() => undefined); // one that was broken off
  });
  beforeEach(async () => {
    world = new World();
    out = join(world.folder, "out");
    mkdirSync(out);
    asked = 0;
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}/documents`;
  });
  afterEach(async () => {
    await world.end();
    peer.closeAllConnections();
    await new Promise((resolve) => peer.close(resolve));
  });

  // A sanitized build keeps what was freed for a while, up to 256 MB: then its memory would say nothing.
  const served = (): Promise<Server> => world.serve({ env: {
    WEFT_FILES_ROOT: world.folder, ASAN_OPTIONS: "quarantine_size_mb=1" } });
  const keyed = { method: "PUT", effect: "keyed", key_header: "Idempotency-Key" };
  const one = (): object => ({ part: "document", folder: out, file: "=trigger.body.name" });
  function flow(config: object, files = [one()]): void {
    world.flow("send", {
      weft: 1, name: "Send",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "send", respond: "accepted", verify: { type: "none" } } },
        { id: "put", type: "connector.http", timeout: "2m", retry: { attempts: 3, initial: "50ms" },
          config: { method: "POST", url, content_type: "multipart/form-data", files, ...config } }],
      edges: [{ from: "event", to: "put" }],
    });
  }
  /** A system that takes documents: as a form, as a body, and small ones as values. */
  function archive(): void {
    const folder = join(world.data, "connectors/archive"), text = { type: "string" };
    const form = { "Content-Type": "multipart/form-data" };
    const key = { effect: "keyed", key_header: "Idempotency-Key" };
    const input = { type: "object", properties: { title: text } };
    const given = { output: { id: "{reply.body.id}", title: "{input.title}" },
      example: { input: { title: "T" }, output: { id: 1 } } };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({
      weft: 1, name: "archive", title: "Archive", version: "1.0", help: "An archive.",
      environments: { production: { base_url: new URL(url).origin } }, sign_in: { type: "none" },
      actions: {
        put: { title: "Put", help: "Puts.", method: "POST", path: "/documents", headers: form,
          input: { type: "object", properties: { title: text, document: { type: "object", properties: {
            text, base64: text, filename: text, type: text } } }, required: ["document"] },
          body: { title: "{input.title}", document: "{input.document}" }, output: { id: "{reply.body.id}" },
          example: { input: { document: { text: "1", filename: "a" } }, output: { id: 1 } } },
        send: { title: "Send", help: "Sends.", method: "POST", path: "/documents", headers: form, ...key, input,
          body: { title: "{input.title}" }, ...given, files: {
            document: { help: "The document.", part: "document", type: "text/csv" },
            proof: { help: "A proof.", part: "proof", optional: true } } },
        store: { title: "Store", help: "Stores.", method: "PUT", path: "/documents", ...key, input, ...given,
          headers: { "X-Name": "{file.bytes.filename}", "X-Size": "{file.bytes.size}", "X-Sum": "{file.bytes.digest}" },
          files: { bytes: { help: "The bytes.", type: "text/csv", limit: 134217728 } } } } }));
  }
  const connections = { "connections.json": { weft: 1, connections: { archive: {
    connector: "archive", environment: "production" } } } };
  function acts(action: string, config: object): void {
    archive();
    world.flow("send", {
      weft: 1, name: "Send",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "send", respond: "accepted", verify: { type: "none" } } },
        { id: "put", type: `connector.archive.${action}`, connection: "archive", timeout: "2m",
          retry: { attempts: 3, initial: "50ms" }, config }],
      edges: [{ from: "event", to: "put" }],
    }, connections);
  }
  const sent = (): object => ({ input: { title: "T" },
    files: { document: { folder: out, file: "=trigger.body.name" } } });
  /** Both ways to send one file as a part of a form under a key. */
  const ways: [string, () => void][] = [
    ["a node", () => { flow({ ...keyed }); }], ["an action", () => { acts("send", sent()); }]];
  async function start(server: Server, body: object = { name: "r.csv" }): Promise<string> {
    const answer = await fetch(server.hook("send"), { method: "POST", body: JSON.stringify(body),
      headers: { "content-type": "application/json" } });
    assert.equal(answer.status, 202);
    return (await answer.json() as { run: string }).run;
  }
  async function failure(config: object, files: object[], body: object): Promise<RunShown> {
    flow(config, files);
    const server = await served();
    const shown = await world.settled(await start(server, body));
    assert.equal(shown.status, "failed");
    await server.stop();
    return shown;
  }
  /** Other bytes in the same place, of the same length and time. */
  function exchange(name: string, at: number): void {
    const file = openSync(join(out, name), "r+");
    writeSync(file, "EXCHANGED", at);
    closeSync(file);
    utimesSync(join(out, name), day, day);
  }
  function large(name: string, megabytes: number): string {
    const file = openSync(join(out, name), "w"), hash = createHash("sha256");
    for (let i = 0; i < megabytes; i++) {
      writeSync(file, megabyte);
      hash.update(megabyte);
    }
    closeSync(file);
    utimesSync(join(out, name), day, day);
    return hash.digest("hex");
  }

  it("sends a form of fields and files, which another parser reads", async () => {
    let got: Got | undefined;
    respond = async (request, answer) => {
      got = await whole(request);
      answer.end("{}");
    };
    flow({ body: { title: "Report \"A\"", tags: ["a", "b"], empty: null } }, [
      { part: "document", folder: out, file: "=trigger.body.name", type: "text/csv" },
      { part: "logo \"x\"", folder: out, file: "sub/logo.bin", filename: "=trigger.body.shown" },
      { part: "nothing", folder: out, file: "empty" }]);
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i * 31 & 0xFF));
    mkdirSync(join(out, "sub"));
    writeFileSync(join(out, "sub/logo.bin"), bytes);
    writeFileSync(join(out, "empty"), "");
    writeFileSync(join(out, "r.csv"), megabyte);
    const shown = await world.settled(await start(await served(), { name: "r.csv", shown: "Lögo.png" }));
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.ok(got);
    const data = await form(got);
    assert.deepEqual([...data.keys()], ["title", "tags", "tags", "document", "logo \"x\"", "nothing"]);
    assert.equal(data.get("title"), "Report \"A\"");
    const document = await fileOf(data, "document"), logo = await fileOf(data, "logo \"x\"");
    assert.deepEqual([document.name, document.type], ["r.csv", "text/csv"]);
    assert.deepEqual([logo.name, logo.type], ["Lögo.png", "application/octet-stream"]);
    assert.ok(megabyte.equals(document.bytes));
    assert.ok(bytes.equals(logo.bytes));
    assert.equal((await fileOf(data, "nothing")).bytes.length, 0);
  });

  it("sends 128 MB in the memory of two pages, as the whole body too", async () => {
    let digest = "", type: string | undefined;
    respond = async (request, answer) => {
      const hash = createHash("sha256");
      type = request.headers["content-type"];
      for await (const part of request) hash.update(part as Buffer);
      digest = hash.digest("hex");
      answer.end("{}");
    };
    flow({ ...keyed, content_type: "text/csv" }, [{ folder: out, file: "=trigger.body.name" }]);
    const small = large("small.csv", 4), huge = large("huge.csv", 128);
    const server = await served();
    const most = (): number => Number(
      /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(server.child.pid)}/status`, "utf8"))?.[1]);
    await world.settled(await start(server, { name: "small.csv" }));
    assert.equal(digest, small);
    const before = most();
    const shown = await world.settled(await start(server, { name: "huge.csv" }), 120_000);
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.deepEqual([digest, type], [huge, "text/csv"]);
    assert.ok(most() - before < 32 * 1024, `${most()} kB, and ${before} before`);
  });

  it("sends nothing of a file that is not there, is too large, or lies elsewhere", async () => {
    respond = (_, answer) => { answer.end("{}"); };
    writeFileSync(join(out, "r.csv"), "0123456789");
    for (const [name, kind, text, limit] of [
      ["none.csv", "not_found", /out\/none\.csv is not there/, 100],
      ["r.csv", "limit", /r\.csv has 10 bytes, and "limit" allows 9 to be sent/, 9],
      ["../master.key", "invalid", /"file"/, 100]] as const) {
      const shown = await failure({}, [{ ...one(), limit }], { name });
      assert.equal(shown.error?.kind, kind);
      assert.match(shown.error.text, text);
    }
    // What arrives names no folder: a member that looks like a file of ours is a part without bytes.
    const shown = await failure({ body: "=trigger.body" }, [one()],
      { name: "r.csv", secret: { file: { folder: world.folder, path: "master.key" } } });
    assert.match(shown.error?.text ?? "", /the part "secret" of the form is an object/);
    assert.equal(asked, 0);
  });

  for (const [by, deploy] of ways) it(`sends the same bytes with the same key again after a kill: ${by}`, async () => {
    let half = (): void => undefined;
    const came = new Promise<void>((resolve) => { half = resolve; });
    const got: Got[] = [];
    respond = async (request, answer, nth) => {
      if (nth === 1) {
        got.push({ headers: request.headers, body: Buffer.alloc(0) });
        request.once("data", () => { request.pause(); half(); });
        return;
      }
      got.push(await whole(request));
      answer.end("{}");
    };
    deploy();
    const digest = large("r.csv", 24);
    let server = await served();
    const run = await start(server);
    await came;
    await server.kill();
    server = await served();
    assert.equal((await world.settled(run)).status, "succeeded");
    const [first, second] = got;
    assert.ok(first !== undefined && second !== undefined);
    const { bytes } = await fileOf(await form(second), "document");
    assert.equal(createHash("sha256").update(bytes).digest("hex"), digest);
    for (const name of ["idempotency-key", "content-type", "content-length"])
      assert.equal(first.headers[name], second.headers[name], name);
    assert.equal(asked, 2);
  });

  for (const [by, deploy] of ways) it(`does not send another file under the key of the first: ${by}`, async () => {
    let half = (): void => undefined;
    const came = new Promise<void>((resolve) => { half = resolve; });
    respond = (request) => { request.once("data", () => { request.pause(); half(); }); };
    deploy();
    large("r.csv", 24);
    let server = await served();
    const run = await start(server);
    await came;
    await server.kill();
    exchange("r.csv", 12);
    server = await served();
    const shown = await eventually("the run is in doubt", async () => {
      const now = await world.show(run);
      return now.steps.some((step) => step.status === "in_doubt" || step.status === "doubt") ? now : undefined;
    });
    assert.match(JSON.stringify(shown), /the request is not the same any more/);
    assert.equal(asked, 1);
  });

  it("breaks off when the file changes on its way, whatever its time says", async () => {
    let begun = (): void => undefined, ended: boolean | undefined;
    const came = new Promise<void>((resolve) => { begun = resolve; });
    let go = (): void => undefined;
    const exchanged = new Promise<void>((resolve) => { go = resolve; });
    respond = async (request) => {
      request.once("end", () => { ended = true; });
      request.once("close", () => { ended ??= false; });
      await once(request, "readable");
      begun();
      await exchanged;
      request.resume();
    };
    flow({ method: "PUT" }); // may be done twice: no doubt, but no half truth
    large("r.csv", 48);
    const run = await start(await served());
    await came;
    exchange("r.csv", (48 << 20) - 100);
    go();
    const shown = await world.settled(run);
    assert.equal(shown.error?.kind, "conflict");
    assert.match(shown.error.text, /r\.csv has changed since it was looked at/);
    await eventually("the peer saw it end", () => ended !== undefined);
    assert.equal(ended, false);
  });

  it("is not sent where the whole body is signed", async () => {
    respond = (_, answer) => { answer.end("{}"); };
    writeFileSync(join(out, "r.csv"), "1,2\n");
    world.flow("send", {
      weft: 1, name: "Send",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "send", respond: "accepted", verify: { type: "none" } } },
        { id: "put", type: "connector.http", connection: "signed", config: { method: "PUT", path: "/documents",
          content_type: "text/csv", files: [{ folder: out, file: "r.csv" }] } }],
      edges: [{ from: "event", to: "put" }],
    }, { "connections.json": { weft: 1, connections: { signed: { connector: "http", base_url: new URL(url).origin,
      auth: { type: "hmac", secret: "key", header: "X-Signature" }, secrets: { key: { env: "SIGNED_KEY" } } } } } });
    world.env.SIGNED_KEY = "canary-signed-51c0";
    const shown = await world.settled(await start(await served()));
    assert.equal(shown.error?.kind, "invalid");
    assert.match(shown.error.text, /connection "signed" signs the whole body/);
    assert.equal(asked, 0);
  });

  it("is a form of an action's, too: small files are values", async () => {
    let got: Got | undefined;
    respond = async (request, answer) => {
      got = await whole(request);
      answer.setHeader("content-type", "application/json");
      answer.end("{\"id\": 7}");
    };
    acts("put", { input: {
      title: "T", document: { text: "=trigger.body.name", filename: "a.csv", type: "text/csv" } } });
    const shown = await world.settled(await start(await served()));
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.ok(got);
    const data = await form(got), document = await fileOf(data, "document");
    assert.equal(data.get("title"), "T");
    assert.deepEqual([document.name, document.type, document.bytes.toString()], ["a.csv", "text/csv", "r.csv"]);
  });

  it("are parts of a form that an action's manifest describes", async () => {
    let got: Got | undefined;
    respond = async (request, answer) => {
      got = await whole(request);
      answer.setHeader("content-type", "application/json");
      answer.end("{\"id\": 7}");
    };
    writeFileSync(join(out, "r.csv"), megabyte);
    writeFileSync(join(out, "p.bin"), "proof");
    acts("send", { input: { title: "T" }, files: {
      document: { folder: out, file: "=trigger.body.name", filename: "Bericht \"1\".csv" },
      proof: { folder: out, file: "p.bin" } } });
    const shown = await world.settled(await start(await served()));
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    // The output is made of the input, which outlived the look at the files and the wait.
    const output = shown.steps.find(({ step }) => step === "put")?.output;
    assert.equal(writeJson(output ?? null), "{\"id\":7,\"title\":\"T\"}");
    assert.ok(got);
    const data = await form(got), document = await fileOf(data, "document"), proof = await fileOf(data, "proof");
    assert.deepEqual([...data.keys()], ["title", "document", "proof"]);
    assert.deepEqual([document.name, document.type], ["Bericht \"1\".csv", "text/csv"]);
    assert.deepEqual([proof.name, proof.type], ["p.bin", "application/octet-stream"]);
    assert.ok(megabyte.equals(document.bytes));
    assert.match(String(got.headers["idempotency-key"]), /^[0-9a-f-]{36}$/);
  });

  it("are the whole body of an action's request, whose headers tell name, size and digest", async () => {
    let got: Got | undefined;
    respond = async (request, answer) => {
      got = await whole(request);
      answer.end("{}");
    };
    const digest = large("r.csv", 3);
    acts("store", { input: {}, files: { bytes: {
      folder: out, file: "=trigger.body.name", filename: "=trigger.body.shown" } } });
    const server = await served();
    const shown = await world.settled(await start(server, { name: "r.csv", shown: "a b.csv" }));
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.ok(got);
    assert.equal(createHash("sha256").update(got.body).digest("hex"), digest);
    const { "content-type": type, "x-name": name, "x-size": size, "x-sum": sum } = got.headers;
    assert.deepEqual([type, name, size, sum], ["text/csv", "a b.csv", String(3 << 20), digest]);
    const missing = await world.settled(await start(server, { name: "none.csv", shown: "x" }));
    assert.equal(missing.error?.kind, "not_found");
    large("r.csv", 129);
    const over = await world.settled(await start(server, { name: "r.csv", shown: "x" }));
    assert.match(over.error?.text ?? "", /has 135266304 bytes, and "limit" allows 134217728/);
    assert.equal(asked, 1);
  });

  it("are told with their place where a flow leaves them out or names none of them", async () => {
    archive();
    const check = async (config: object): Promise<string> => {
      acts("send", config);
      const args = ["check", join(world.flows, "send")];
      return (await world.commandAsync(args)).stdout;
    };
    assert.match(await check({ input: {} }), /\/nodes\/1\/config: "files" is missing/);
    assert.match(await check({ input: {}, files: { documnt: { folder: out, file: "a" } } }),
      /\/nodes\/1\/config\/files\/documnt: .*document/);
    assert.match(await check({ input: {}, files: { document: { folder: "", file: "a" } } }),
      /\/nodes\/1\/config\/files\/document.*is empty/);
  });
});
