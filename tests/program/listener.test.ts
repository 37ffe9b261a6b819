// The open listener as people and proxies meet it: TLS, proxies that are trusted, a Unix socket, the browser's files;
// and clients that are slow on purpose in every way at once, while good ones are served.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request as plain } from "node:http";
import { request as secure } from "node:https";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, after, before, describe, it } from "node:test";
import { connect as tlsConnect, type SecureVersion } from "node:tls";
import { Desk } from "./desk.ts";
import { echoFlow } from "./flows.ts";
import { eventually, type Server, World } from "./world.ts";

interface Answer { status: number; headers: IncomingHttpHeaders; body: Buffer }

interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  ca?: string;
  socketPath?: string;
  path?: string; // as it is, where a URL would be straightened
}

function ask(url: string, options: Ask = {}): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? secure : plain;
    const asked = send(url, { agent: false, servername: "localhost", ...rest }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

function openssl(...words: string[]): void {
  const done = spawnSync("openssl", words, { encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}

/** A self-signed certificate in NAME.pem for NAME ("cert": for localhost), its key in NAME.key. */
function makeCertificate(folder: string, name: string, days = 30): void {
  const [cert, key, asked] = [".pem", ".key", ".csr"].map((end) => join(folder, name + end));
  openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key ?? "",
    "-out", asked ?? "", "-subj", `/CN=${name === "cert" ? "localhost" : name}`);
  const names = join(folder, `${name}.names`);
  writeFileSync(names, `subjectAltName=IP:127.0.0.1${name === "cert" ? ",DNS:localhost" : ""}`);
  openssl("x509", "-req", "-in", asked ?? "", "-signkey", key ?? "", "-days", String(days), "-extfile", names,
    "-out", cert ?? "");
}

const event = '{"transactionId":"T-1","amount":"10.00","currency":"USD"}';

describe("TLS", () => {
  const world = new World();
  let server: Server;
  const cert = join(world.folder, "cert.pem");
  const key = join(world.folder, "cert.key");

  before(async () => {
    for (const name of ["cert", "second"]) makeCertificate(world.folder, name);
    makeCertificate(world.folder, "old", -1);
    world.flow("echo", echoFlow({ path: "echo" }));
    server = await world.serve({ env: { WEFT_LISTEN_TLS_CERT: cert, WEFT_LISTEN_TLS_KEY: key } });
  });
  after(() => world.end());

  function greet(version: SecureVersion): Promise<{ name: string; protocol: string | null }> {
    return new Promise((resolve, reject) => {
      const socket = tlsConnect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false,
        minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" }, () => {
        resolve({ name: String(socket.getPeerCertificate().subject.CN), protocol: socket.getProtocol() });
        socket.destroy();
      });
      socket.on("error", reject);
    });
  }

  it("takes webhooks, and tells browsers that there is no other way", async () => {
    assert.match(server.url, /^https:/);
    const answer = await ask(server.hook("echo"), { method: "POST", body: event, ca: readFileSync(cert, "utf8"),
      headers: { "Content-Type": "application/json", Host: "localhost" } });
    assert.equal(answer.status, 201, answer.body.toString());
    assert.equal(answer.headers["strict-transport-security"], "max-age=31536000");
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.equal(answer.headers["referrer-policy"], "same-origin");
    assert.equal(answer.headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(answer.headers["cross-origin-resource-policy"], "same-origin");
  });

  it("speaks 1.2 and 1.3, nothing older, and no plain words", async () => {
    assert.equal((await greet("TLSv1.3")).protocol, "TLSv1.3");
    assert.equal((await greet("TLSv1.2")).protocol, "TLSv1.2");
    await assert.rejects(greet("TLSv1.1"), /alert|protocol|disconnected/i);
    await assert.rejects(greet("TLSv1"), /alert|protocol|disconnected/i);
    await assert.rejects(ask(`http://127.0.0.1:${server.port}/healthz`));
  });

  it("has an alert tell that its certificate expires soon", async () => {
    const desk = new Desk(world);
    for (const wrong of [{ kind: "certificate" }, { kind: "certificate", above: 3 }])
      assert.equal((await desk.ask("PUT", "/alert-rules/certificates", wrong)).status, 422);
    const rule = { kind: "certificate", below: 40, clear: 60, severity: "critical" };
    assert.equal((await desk.ask("PUT", "/alert-rules/certificates", rule)).status, 200);
    const alert = await eventually("it fires", async () => (await desk.get("/alerts")).body.items?.at(0));
    assert.match(String(alert.text), /^the certificate of the listener expires in 29 days \(20\S+Z\); put a new one/);
  });

  it("refuses framing that can be read in two ways, as without TLS", async () => {
    const head = "POST /hooks/main/production/echo HTTP/1.1\r\nHost: x\r\n";
    const whole = `${head}Content-Length: ${event.length}\r\n\r\n${event}`;
    const forms = [
      `${head}Content-Length: ${event.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${whole}`,
      `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${whole}`,
      `${head}Content-Length: 0\r\nContent-Length: ${event.length}\r\n\r\n${event}`,
      `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${whole}`,
      whole.replaceAll("\r\n", "\n"),
      whole.replace("Host: x", "Host: x\r\n Host: y"),
    ];
    const before = (await world.runs()).length;
    for (const form of forms) {
      const text = await new Promise<string>((resolve) => {
        const socket = tlsConnect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false });
        let said = "";
        socket.on("data", (part: Buffer) => { said += part.toString("latin1"); });
        socket.on("error", () => { /* the end says it */ });
        socket.on("close", () => { resolve(said); });
        socket.write(form);
      });
      assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 400"], form);
    }
    assert.equal((await world.runs()).length, before);
  });

  it("is not held up by handshakes that stop, and does not spin over them", async () => {
    const stopped: Socket[] = [];
    for (let n = 0; n < 50; n += 1) {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => { /* it is cut in the end */ });
      socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1]));
      stopped.push(socket);
    }
    const ticks = (): number => {
      const words = readFileSync(`/proc/${server.child.pid ?? 0}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return Number(words[11]) + Number(words[12]);
    };
    await greet("TLSv1.3");
    const before = ticks(), began = performance.now();
    while (performance.now() - began < 1500) await new Promise((resolve) => setTimeout(resolve, 100));
    const share = (ticks() - before) * 10 / (performance.now() - began); // a tick is 10 ms
    assert.ok(share < 0.4, `${share} of a processor while nothing happens`);
    await greet("TLSv1.3");
    for (const socket of stopped) socket.destroy();
  });

  it("SIGHUP takes a new certificate; one that is no good leaves the former in use", async () => {
    assert.equal((await greet("TLSv1.3")).name, "localhost");
    const hup = async (words: RegExp): Promise<void> => {
      const from = server.log.length;
      server.signal("SIGHUP");
      await eventually(String(words), () => words.test(server.log.slice(from)));
    };
    copyFileSync(join(world.folder, "second.pem"), cert);
    await hup(/the former certificate stays in use: the key in \S+ is not that of the certificate in/);
    assert.equal((await greet("TLSv1.3")).name, "localhost");
    copyFileSync(join(world.folder, "second.key"), key);
    assert.match(server.log, /TLS: the certificate in \S+ for localhost is valid until/);
    await hup(/TLS: the certificate in \S+ for 127\.0\.0\.1 is valid until/);
    assert.equal((await greet("TLSv1.3")).name, "second");
    copyFileSync(join(world.folder, "old.pem"), cert);
    copyFileSync(join(world.folder, "old.key"), key);
    await hup(/the former certificate stays in use: the certificate in \S+ expired at/);
    writeFileSync(cert, "nothing\n");
    await hup(/the former certificate stays in use: \S+ holds no certificate in PEM form/);
    assert.equal((await greet("TLSv1.2")).name, "second");
  });

  it("does not start with settings that cannot work, and says why", () => {
    const old = (name: string): string => join(world.folder, name);
    const wrong: [Record<string, string>, RegExp][] = [
      [{ WEFT_LISTEN_TLS_CERT: old("old.pem"), WEFT_LISTEN_TLS_KEY: old("old.key") }, /expired at .*put a new one/],
      [{ WEFT_LISTEN_TLS_CERT: old("second.pem"), WEFT_LISTEN_TLS_KEY: old("old.key") }, /is not that of the/],
      [{ WEFT_LISTEN_TLS_CERT: old("none.pem"), WEFT_LISTEN_TLS_KEY: old("old.key") }, /none\.pem/],
      [{ WEFT_LISTEN_TLS_CERT: old("second.pem") }, /listen\.tls_key is missing/],
      [{ WEFT_LISTEN_TRUSTED_PROXIES: "10.0.0.0/99" }, /"10\.0\.0\.0\/99" is no range of trusted proxies/],
      [{ WEFT_WEBHOOKS_PER_PATH: "many" }, /webhooks\.per_path \(WEFT_WEBHOOKS_PER_PATH\) is a number .* not "many"/],
    ];
    for (const [env, words] of wrong) {
      const done = world.command(["serve", "--data", join(world.folder, "other"), "--listen", "127.0.0.1:0"], { env });
      assert.equal(done.code, 2, done.stderr);
      assert.match(done.stderr, words);
    }
  });
});

describe("behind a proxy", () => {
  const world = new World();
  after(() => world.end());

  it("believes X-Forwarded-Proto from whom it trusts alone", async () => {
    const headers = { "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7" };
    const trusting = await world.serve({ env: { WEFT_LISTEN_TRUSTED_PROXIES: "127.0.0.0/8, ::1" } });
    const told = async (server: Server, from: Record<string, string>): Promise<boolean> =>
      (await ask(`${server.url}/healthz`, { headers: from })).headers["strict-transport-security"] !== undefined;
    assert.equal(await told(trusting, headers), true);
    assert.equal(await told(trusting, {}), false);
    await trusting.stop();
    const other = await world.serve({ env: { WEFT_LISTEN_TRUSTED_PROXIES: "10.0.0.0/8" } });
    assert.equal(await told(other, headers), false);
    await other.stop();
  });

  it("listens on a Unix socket that its group may open, and takes it away at the end", async () => {
    const path = join(world.folder, "open.sock");
    const server = await world.serve({ listen: `unix:${path}` });
    assert.equal(server.url, `unix:${path}`);
    assert.equal(statSync(path).mode & 0o777, 0o660);
    const answer = await ask("http://weft.example/healthz", {
      socketPath: path, headers: { "X-Forwarded-Proto": "https" } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["strict-transport-security"], "max-age=31536000");
    assert.equal(await server.stop(), 0);
    assert.throws(() => statSync(path));
  });
});

describe("a flood of webhooks", () => {
  const world = new World();
  let server: Server;
  before(async () => {
    world.flow("echo", echoFlow({ path: "echo" }));
    server = await world.serve({ env: {
      WEFT_LISTEN_TRUSTED_PROXIES: "127.0.0.1", WEFT_WEBHOOKS_PER_ADDRESS: "1", WEFT_WEBHOOKS_PER_PATH: "1000" } });
  });
  after(() => world.end());

  it("is answered 429 to who floods, to nobody else, and until it is over", async () => {
    const post = (from: string, path = "echo"): Promise<Answer> => ask(server.hook(path), { method: "POST", body: event,
      headers: { "Content-Type": "application/json", "X-Forwarded-For": from } });
    const refused = await eventually("192.0.2.1 is refused", async () => {
      const many = await Promise.all(Array.from({ length: 20 }, () => post("192.0.2.1")));
      return many.find((answer) => answer.status === 429);
    });
    assert.equal(refused.headers["content-type"], "application/problem+json");
    assert.match(String(refused.headers["retry-after"]), /^[1-9][0-9]*$/);
    assert.match(refused.body.toString(), /"code":"rate_limited".*too many come at once/);
    assert.equal((await post("192.0.2.2")).status, 201);
    assert.equal((await post("192.0.2.3", "nothing")).status, 404);
    await eventually("the log says it", () =>
      /from 192\.0\.2\.1 are refused with 429.*webhooks\.per_address/.test(server.log));
    assert.doesNotMatch(server.log, /192\.0\.2\.[23] are refused/);
    await eventually("192.0.2.1 may send again", async () => (await post("192.0.2.1")).status === 201);
  });
});

describe("the browser's files", () => {
  const world = new World();
  let server: Server;
  before(async () => { server = await world.serve(); });
  after(() => world.end());

  it("gives the page for any place in the designer, each time with another nonce", async () => {
    const nonces = new Set<string>();
    for (const path of ["/", "/index.html", "/flows/pay/canvas", "/runs?status=failed"]) {
      const page = await ask(server.url + path, { headers: { "Accept-Encoding": "br, gzip" } });
      assert.equal(page.status, 200);
      assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
      assert.equal(page.headers["cache-control"], "no-store");
      const policy = String(page.headers["content-security-policy"]);
      const nonce = /'nonce-([A-Za-z0-9+/=]{22,})'/.exec(policy)?.[1] ?? "";
      assert.match(policy, /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/);
      assert.ok(!page.body.includes("__NONCE__"));
      nonces.add(nonce);
    }
    assert.equal(nonces.size, 4);
  });

  it("gives what the page names, in the form the browser takes, to be kept for ever", async () => {
    const page = (await ask(`${server.url}/`)).body.toString();
    for (const [, path] of page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) { // none, when none was built in
      const whole = await ask(server.url + (path ?? ""));
      assert.equal(whole.status, 200, path);
      assert.equal(whole.headers["cache-control"], "public, max-age=31536000, immutable");
      assert.equal(whole.headers["content-encoding"], undefined);
      const small = await ask(server.url + (path ?? ""), { headers: { "Accept-Encoding": "gzip, br" } });
      assert.ok(small.body.length <= whole.body.length);
      assert.notEqual(whole.headers.etag, undefined);
      const known = await ask(server.url + (path ?? ""), { headers: { "If-None-Match": String(whole.headers.etag) } });
      assert.equal(known.status, 304);
    }
  });

  it("is not there for what is the program's, and takes GET and HEAD only", async () => {
    for (const path of ["/assets/none.js", "/api/v2/flows", "/api/v1/none", "/hooks/x", "/favicon.ico", "/a.b"])
      assert.equal((await ask(server.url + path)).status, 404, path);
    const refused = await ask(`${server.url}/`, { method: "POST", body: "" });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.allow, "GET, HEAD");
    const head = await ask(`${server.url}/flows`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
  });
});

describe("paths that climb or hide", () => {
  const world = new World();
  let server: Server;
  before(async () => { server = await world.serve(); });
  after(() => world.end());

  const refused = ["/assets/../index.html", "/assets/%2e%2e/index.html", "/assets/..%2findex.html", "/%2e%2e/%00/x",
    "/index.html%00.js", "/assets/%5c..%5cx.js", "/assets\\..\\x.js", "/%c0%ae%c0%ae/x", "/%zz", "/a/./b", "/a%0d%0ab"];
  for (const path of refused)
    it(`400: ${path}`, async () => {
      const answer = await ask(server.url, { path });
      assert.equal(answer.status, 400, answer.body.toString());
      assert.equal(answer.headers["content-type"], "application/problem+json");
    });

  it("404: what looks like a file and is none of ours", async () => {
    const paths = ["/etc/passwd.txt", "//assets/x.js", "/assets//x.js", "/assets/", "/..a/b.c", "/.env", "/.git/x.y"];
    for (const path of paths)
      assert.equal((await ask(server.url, { path })).status, 404, path);
  });
});

describe("answers that stay open", () => {
  const world = new World();
  let server: Server;
  before(async () => {
    world.flow("echo", echoFlow({ path: "echo" }));
    server = await world.serve();
  });
  after(() => world.end());

  function listen(): { text: string; ended: boolean; stop: () => void } {
    const heard = { text: "", ended: false, stop: () => { asked.destroy(); } };
    const asked = plain({ socketPath: join(world.data, "weft.sock"), agent: false,
      path: "/api/v1/events?topics=run,exception" },
      (answer) => {
        heard.text += `${answer.statusCode ?? 0} ${answer.headers["content-type"] ?? ""}\n`;
        answer.on("data", (part: Buffer) => { heard.text += part.toString("utf8"); });
        answer.on("end", () => { heard.ended = true; });
        answer.on("error", () => { heard.ended = true; });
      });
    asked.on("error", () => { heard.ended = true; });
    asked.end();
    return heard;
  }

  it("tell how many there were when very many come at once, to the last", async () => {
    const heard = listen();
    await eventually("it listens", () => heard.text.startsWith("200 text/event-stream"));
    const headers = { "Content-Type": "application/json" }, body = '{"transactionId":"T","amount":"none"}';
    await Promise.all(Array.from({ length: 60 }, () => ask(server.hook("echo"), { method: "POST", body, headers })));
    const data = (topic: string): RegExp => new RegExp(`^event: ${topic}\n.*\ndata: (.*)$`, "gm");
    const told = (topic: string): number => [...heard.text.matchAll(data(topic))]
      .reduce((sum, [, said]) => sum + 1 + (JSON.parse(said ?? "") as { others: number }).others, 0);
    await eventually("all were told", () => told("run") === 60 && told("exception") === 60);
    heard.stop();
  });

  it("tell two hundred listeners what happens, and let the program end", async (test) => {
    const memory = (): number => Number(/VmRSS:\s+(\d+)/.exec(
      readFileSync(`/proc/${server.child.pid ?? 0}/status`, "utf8"))?.[1] ?? 0);
    const before = memory();
    const all = Array.from({ length: 200 }, listen);
    await eventually("all listen", () => all.every((heard) => heard.text.startsWith("200 text/event-stream")));
    const headers = { "Content-Type": "application/json" };
    assert.equal((await ask(server.hook("echo"), { method: "POST", body: event, headers })).status, 201);
    await eventually("all have heard", () => all.every((heard) => heard.text.includes("event: run\n")));
    const mib = (memory() - before) / 1024;
    test.diagnostic(`200 listeners: ${mib.toFixed(1)} MiB`);
    assert.ok(mib < 12, `${mib.toFixed(1)} MiB for 200: a thousand have 60`);
    for (const heard of all.slice(100)) heard.stop();
    assert.equal((await ask(server.hook("echo"), { method: "POST", body: event, headers })).status, 201);
    await eventually("the others still hear", () => all.slice(0, 100).every(
      (heard) => heard.text.split("event: run\n").length > 2));
    assert.equal(await server.stop(), 0);
    await eventually("their answers have an end", () => all.slice(0, 100).every((heard) => heard.ended));
  });
});

describe("clients that are slow on purpose, all at once", () => {
  const world = new World();
  let server: Server;
  before(async () => {
    world.flow("echo", echoFlow({ path: "echo" }));
    server = await world.serve();
  });
  after(() => world.end());

  it("do not keep good ones waiting", { timeout: 120_000 }, async (test) => {
    const head = "POST /hooks/main/production/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    const page = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const hostile = [
      "POST /hooks/main/produc", // headers that never end
      `${head}Content-Length: 1000\r\n\r\n{`, // a body that never comes
      page.repeat(200), // answers that nobody reads
      `${head}Content-Length: ${event.length}\r\n\r\n${event.slice(0, -1)}`, // all but the last byte
      `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 10_000 }, (_, n) => `X-${n}: 1\r\n`).join("")}\r\n`,
      "GET /%2e%2e/%00/x HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    // A machine that does other work holds up a round by chance, and good clients among themselves, too; what hostile
    // clients hold up, they do in each.
    let [best, alone] = [Infinity, 0];
    const limit = (): number => Math.max(250, 4 * alone);
    for (let round = 0; round < 6 && best >= limit(); round += 1) {
      best = Math.min(best, await among(hostile, test));
      if (best >= limit()) alone = Math.max(alone, await among([], test));
    }
    assert.ok(best < limit(), `p99 ${best} ms in the best of six rounds, ${alone} ms without them`);
  });

  /** The p99 of good requests while fifty clients of each kind are there. */
  async function among(hostile: string[], test: TestContext): Promise<number> {
    const sockets = hostile.flatMap((bytes) => Array.from({ length: 50 }, () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => { /* refused or cut, as is right */ });
      socket.pause(); // reads nothing
      socket.write(bytes);
      return socket;
    }));
    const times: number[] = [];
    const began = performance.now();
    while (performance.now() - began < 2000) {
      const from = performance.now();
      const answer = await ask(server.hook("echo"), {
        method: "POST", body: event, headers: { "Content-Type": "application/json" } });
      assert.equal(answer.status, 201);
      times.push(performance.now() - from);
    }
    for (const socket of sockets) socket.destroy();
    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)] ?? Infinity;
    test.diagnostic(`${times.length} good requests among ${sockets.length} hostile ones: p99 ${p99.toFixed(1)} ms`);
    return p99;
  }
});
