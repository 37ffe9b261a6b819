// The way of a connection's calls: whose certificates count, who the program says it is, a proxy, and where
// credentials never go. The peers are Node's own TLS and HTTP.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import { type AddressInfo, type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { TLSSocket } from "node:tls";
import { eventually, type RunShown, type Server, World } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "weft-ways-"));
const file = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(file(name), "utf8");
const apiKey = "canary-api-key-8e2f6a4c";
const proxySecret = "canary-proxy-5d1b9f3a";

function openssl(...args: string[]): void {
  const done = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}
/** A certificate of an authority of its own. */
function certify(authority: string, name: string, names = "DNS:localhost,IP:127.0.0.1", ...how: string[]): void {
  writeFileSync(file("san"), `subjectAltName=${names}`);
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`, "-out", `${name}.csr`,
    "-subj", `/CN=${name}`);
  openssl("x509", "-req", "-in", `${name}.csr`, "-CA", `${authority}.pem`, "-CAkey", `${authority}.key`,
    "-CAcreateserial", "-out", `${name}.pem`, "-extfile", "san", ...(how.length > 0 ? how : ["-days", "2"]));
}
function authorize(name: string): void {
  openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`, "-out", `${name}.pem`,
    "-days", "2", "-subj", `/CN=${name}`);
}

let world: World;
let server: Server;
const servers: HttpServer[] = [];
const seen: { who: string; path: string; headers: IncomingMessage["headers"] }[] = [];
const proxied: { line: string; headers: IncomingMessage["headers"] }[] = [];
const others: string[] = [];
const bad: Record<string, number> = {};
const tcp = new Map<number | undefined, Socket>();

async function listen(http: HttpServer): Promise<number> {
  servers.push(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return (http.address() as AddressInfo).port;
}
function answer(req: IncomingMessage, res: ServerResponse): void {
  const certificate = req.socket instanceof TLSSocket ? req.socket.getPeerCertificate() : undefined;
  const who = certificate !== undefined && "subject" in certificate ? certificate.subject.CN : "nobody";
  seen.push({ who: String(who), path: req.url ?? "", headers: req.headers });
  res.writeHead(200, { "content-type": "application/json" }).end("{}");
}
const secure = (options: ServerOptions): HttpServer =>
  createSecureServer({ key: text("server.key"), cert: text("server.pem"), ...options }, answer);

function flow(name: string, base: string, more: Record<string, unknown>, method = "GET"): void {
  world.flow(name, {
    weft: 1, name,
    nodes: [{ id: "go", type: "trigger.webhook", config: { path: name, verify: { type: "none" } } },
      { id: "ask", type: "connector.http", connection: "erp", config: { method, path: `/${name}` },
        retry: { attempts: 1 } }],
    edges: [{ from: "go", to: "ask" }],
  }, { "connections.json": { weft: 1, connections: { erp: { connector: "http", base_url: base, ...more } } } });
}
async function send(name: string): Promise<string> {
  const done = await fetch(server.hook(name),
    { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  assert.equal(done.status, 202, world.stderr);
  return (await done.json() as { run: string }).run;
}
async function succeeds(name: string): Promise<typeof seen[number]> {
  const shown: RunShown = await world.settled(await send(name));
  assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
  const last = seen.at(-1);
  assert.ok(last);
  assert.ok(last.path.startsWith(`/${name}`));
  return last;
}
/** Why a call did not get through: the run fails, or waits for the connection, whose state says it. */
async function fails(name: string, wanted: RegExp): Promise<void> {
  const before = seen.length;
  const run = await send(name);
  await eventually(`${name} does not get through`, async () => {
    const said = JSON.stringify(await world.show(run)) + JSON.stringify(await world.local("/api/v1/connections"));
    return wanted.test(said);
  });
  assert.equal(seen.length, before);
}

before(async () => {
  authorize("ours");
  authorize("theirs");
  certify("ours", "server");
  certify("ours", "client");
  certify("ours", "elsewhere", "DNS:erp.example");
  certify("ours", "expired", "DNS:localhost", "-days", "-1");
  certify("ours", "weak", "DNS:localhost", "-days", "2", "-sha1");
  world = new World({ API_KEY: apiKey, PROXY_SECRET: proxySecret });
  const one = await listen(secure({}));
  const both = await listen(secure({ ca: text("ours.pem"), requestCert: true, rejectUnauthorized: true }));
  const old = await listen(secure({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }));
  for (const name of ["elsewhere", "expired", "weak"])
    bad[name] = await listen(createSecureServer({ key: text(`${name}.key`), cert: text(`${name}.pem`),
      ciphers: "DEFAULT@SECLEVEL=0" }, answer));
  const cut = (length: string): Promise<number> => listen(secure({}).removeAllListeners("request").on("request",
    (req: IncomingMessage) => {
      req.socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json${length}\r\n\r\n{}`, () => {
        tcp.get(req.socket.remotePort)?.destroy(); // without a word of TLS
      });
    }).on("connection", (socket: Socket) => { tcp.set(socket.remotePort, socket); }));
  bad.short = await cut("\r\nContent-Length: 100");
  bad.open = await cut("");
  const polite = await listen(secure({}).removeAllListeners("request").on("request",
    (_req: IncomingMessage, res: ServerResponse) => {
      res.useChunkedEncodingByDefault = false;
      res.writeHead(200, { "content-type": "application/json", connection: "close" });
      res.write("{");
      res.end("}");
    }));
  const plain = await listen(createServer(answer));
  const other = await listen(createServer((req, res) => { others.push(req.url ?? ""); res.end(); }));
  const away = await listen(createServer((_req, res) => {
    res.writeHead(307, { location: `http://127.0.0.1:${other}/caught` }).end();
  }));
  const proxy = createServer((req, res) => {
    proxied.push({ line: `${req.method ?? ""} ${req.url ?? ""}`, headers: req.headers });
    res.writeHead(req.headers["proxy-authorization"] === undefined ? 407 : 200).end("{}");
  });
  proxy.on("connect", (req, socket) => {
    proxied.push({ line: `CONNECT ${req.url ?? ""}`, headers: req.headers });
    const [host = "", port = ""] = (req.url ?? "").split(":");
    const there = connect(Number(port), host === "erp.example" ? "127.0.0.1" : host, () => {
      socket.write("HTTP/1.1 200 go on\r\n\r\n");
      there.pipe(socket);
      socket.pipe(there);
    });
    there.on("error", () => socket.destroy());
    socket.on("error", () => there.destroy());
  });
  const way = { url: `http://127.0.0.1:${await listen(proxy)}`, user: "weft", secret: "proxy" };
  const pems = {
    ca: { file: file("ours.pem") }, other: { file: file("theirs.pem") },
    cert: { file: file("client.pem") }, key: { file: file("client.key") },
  };
  const bearer = { auth: { type: "bearer", secret: "api" } };
  const secrets = { api: { env: "API_KEY" }, proxy: { env: "PROXY_SECRET" }, ...pems };
  flow("unknown", `https://localhost:${one}`, {});
  for (const [name, port] of Object.entries(bad))
    flow(name, `https://localhost:${port}`, { tls: { ca: "ca" }, secrets });
  flow("pay", `https://localhost:${bad.open}`, { tls: { ca: "ca" }, secrets }, "POST");
  flow("polite", `https://localhost:${polite}`, { tls: { ca: "ca" }, secrets }, "POST");
  flow("trusted", `https://localhost:${one}`, { tls: { ca: "ca" }, secrets });
  flow("distrusted", `https://localhost:${one}`, { tls: { ca: "other" }, secrets });
  flow("known", `https://localhost:${both}`, { tls: { ca: "ca", certificate: "cert", key: "key" }, secrets });
  flow("anonymous", `https://localhost:${both}`, { tls: { ca: "ca" }, secrets });
  flow("old", `https://localhost:${old}`, { tls: { ca: "ca" }, secrets });
  flow("away", `http://127.0.0.1:${away}`, { ...bearer, secrets });
  flow("query", `http://127.0.0.1:${plain}`, { auth: { type: "query", parameter: "key", secret: "api" }, secrets });
  flow("tunnel", `https://localhost:${one}`, { ...bearer, tls: { ca: "ca" }, proxy: way, secrets });
  flow("inner", "https://10.1.2.3", { proxy: way, secrets });
  server = await world.serve();
});
after(async () => {
  await world.end();
  for (const http of servers) { http.closeAllConnections(); http.close(); }
  rmSync(folder, { recursive: true, force: true });
});

describe("certificates", () => {
  it("are trusted when they lead to the connection's own authority, and to no other", async () => {
    await fails("unknown", /no trusted TLS connection/);
    await succeeds("trusted");
    await fails("distrusted", /no trusted TLS connection/);
    await fails("unknown", /no trusted TLS connection/); // the connection that "trusted" has left is not used
  });
  it("say who the program is; who has none goes over no other's connection", async () => {
    assert.equal((await succeeds("known")).who, "client");
    await fails("anonymous", /certificate|alert/i);
    assert.equal((await succeeds("known")).who, "client");
  });
  for (const [name, about] of Object.entries({ elsewhere: "for another host", expired: "that has expired",
    weak: "signed with SHA-1" }))
    it(`${about}: nothing is sent`, async () => { await fails(name, /no trusted TLS connection/); });
  it("do not help an answer that is cut", async () => { await fails("short", /the connection broke|call failed/); });
  it("do not make an answer whole that is cut where nobody can tell its end", async () => {
    await fails("open", /the connection broke/);
    const paid = await world.settled(await send("pay"));
    assert.equal(paid.status, "in_doubt", JSON.stringify(paid));
    const kind = await world.settled(await send("polite")); // its end is a goodbye
    assert.equal(kind.status, "succeeded", JSON.stringify(kind.error));
  });
  it("are not looked at over TLS 1.1", async () => { await fails("old", /no trusted TLS connection/); });
});

describe("credentials", () => {
  it("do not follow a redirect", async () => {
    const shown = await world.settled(await send("away"));
    assert.equal(shown.status, "failed");
    assert.deepEqual(others, []);
  });
  it("in the query are seen by the system alone", async () => {
    assert.equal((await succeeds("query")).path, `/query?key=${apiKey}`);
    assert.ok(!JSON.stringify(await world.show((await world.runs()).find((run) => run.flow === "query")?.run ?? ""))
      .includes(apiKey));
  });
});

describe("a proxy", () => {
  it("carries what it cannot read, and hears its own password only", async () => {
    assert.equal((await succeeds("tunnel")).headers.authorization, `Bearer ${apiKey}`);
    const [ask] = proxied;
    assert.match(ask?.line ?? "", /^CONNECT localhost:\d+$/);
    const basic = Buffer.from(`weft:${proxySecret}`).toString("base64");
    assert.equal(ask?.headers["proxy-authorization"], `Basic ${basic}`);
    assert.ok(!JSON.stringify(ask).includes(apiKey));
  });
  it("is no way to an address that the policy forbids", async () => {
    const before = proxied.length;
    await fails("inner", /egress policy/);
    assert.equal(proxied.length, before);
  });
});

it("none of this is in what the program says", () => {
  for (const secret of [apiKey, proxySecret, "PRIVATE KEY"]) assert.ok(!world.stderr.includes(secret));
});
