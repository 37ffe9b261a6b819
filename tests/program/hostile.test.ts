// Clients that break HTTP on purpose: refused, cut off, and without any effect on others. The body of each smuggled
// request is a complete event; were one taken for a request of its own, there would be a run.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { echoFlow } from "./flows.ts";
import { type Server, World } from "./world.ts";

const world = new World();
let server: Server;

before(async () => {
  world.flow("echo", echoFlow({ path: "echo" }));
  server = await world.serve();
});
after(() => world.end());

const body = '{"transactionId":"SMUGGLED","amount":1}';
const path = "/hooks/main/production/echo";
const whole = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  + `\r\n${body}`;

interface Said {
  statuses: number[]; // of every answer on the connection
  closed: boolean;
  text: string;
}

/** Sends the bytes and reads until the server closes, or nothing more came for `quiet` ms. */
async function say(bytes: string | Buffer, quiet = 400): Promise<Said> {
  const socket = connect(server.port, "127.0.0.1");
  const seen = { text: "", closed: false, last: performance.now() };
  socket.on("data", (part: Buffer) => { seen.text += part.toString("latin1"); seen.last = performance.now(); });
  socket.on("close", () => { seen.closed = true; });
  socket.on("error", () => { seen.closed = true; });
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(bytes);
  // The first answer may wait for a disk that others keep busy.
  while (!seen.closed && performance.now() - seen.last < (seen.text === "" ? 10_000 : quiet)) await sleep(10);
  socket.destroy();
  const statuses = [...seen.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((found) => Number(found[1]));
  return { statuses, closed: seen.closed, text: seen.text };
}

function post(headers: string, content: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n${content}`;
}

async function runCount(): Promise<number> {
  return (await world.runs()).length;
}

describe("framing", () => {
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

  it("takes what is right: a length, chunks, two requests on one connection", async () => {
    const before = await runCount();
    assert.deepEqual((await say(whole)).statuses, [201]);
    assert.deepEqual((await say(post("Transfer-Encoding: chunked\r\n", chunked))).statuses, [201]);
    assert.deepEqual((await say(whole + whole)).statuses, [201, 201]);
    assert.equal(await runCount() - before, 4);
  });

  const length = `Content-Length: ${body.length}\r\n`;
  const cases: [string, string | Buffer][] = [
    ["a length and chunks", post(`${length}Transfer-Encoding: chunked\r\n`, `0\r\n\r\n${whole}`)],
    ["chunks and a length", post(`Transfer-Encoding: chunked\r\n${length}`, `0\r\n\r\n${whole}`)],
    ["two lengths", post(`Content-Length: 0\r\n${length}`, body)],
    ["the same length twice", post(length + length, body)],
    ["two lengths in one header", post(`Content-Length: ${body.length}, ${body.length}\r\n`, body)],
    ["a space before the colon", post("Transfer-Encoding : chunked\r\n", chunked + whole)],
    ["an unknown encoding", post("Transfer-Encoding: xchunked\r\n", chunked + whole)],
    ["two encodings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked + whole)],
    ["chunked behind gzip", post("Transfer-Encoding: gzip, chunked\r\n", chunked + whole)],
    ["a length with a sign", post(`Content-Length: +${body.length}\r\n`, body)],
    ["a length in hexadecimal", post("Content-Length: 0x27\r\n", body)],
    ["a negative length", post("Content-Length: -1\r\n", whole)],
    ["a length beyond 64 bits", post("Content-Length: 18446744073709551617\r\n", whole)],
    ["a folded header", post(`X-A: 1\r\n 2\r\n${length}`, body)],
    ["a bare line feed", post(length, body).replaceAll("\r\n", "\n")],
    ["a bare carriage return in a value", post(`X-A: 1\rX-B: 2\r\n${length}`, body)],
    ["a NUL in a value", Buffer.from(post(`X-A: 1\0 2\r\n${length}`, body), "latin1")],
    ["a NUL in the path", Buffer.from(whole.replace("/echo", "/echo\0x"), "latin1")],
    ["an encoded NUL in the path", whole.replace("/echo", "/echo%00")],
    ["two hosts", post(`Host: y\r\n${length}`, body)],
    ["no host", whole.replace("Host: x\r\n", "")],
    ["a chunk size that is too large", post("Transfer-Encoding: chunked\r\n", `FFFFFFFFFFFFFFFFF\r\n${whole}`)],
    ["a chunk size that is no number", post("Transfer-Encoding: chunked\r\n", `zz\r\n${body}\r\n0\r\n\r\n`)],
    ["a chunk without its end", post("Transfer-Encoding: chunked\r\n", `4\r\n${whole}`)],
    ["HTTP/1.1 in a lie", whole.replace("HTTP/1.1", "HTTP/9.9")],
    ["no method", whole.replace("POST ", " ")],
  ];
  for (const [what, bytes] of cases)
    it(`refuses ${what}, closes, and starts no run`, async () => {
      const before = await runCount();
      const said = await say(bytes);
      assert.ok(said.closed, `the connection stayed open: ${said.text.slice(0, 300)}`);
      // libmicrohttpd writes the head of its own refusal twice (a length it cannot read) and closes; ours come once.
      assert.ok(new Set(said.statuses).size <= 1, `two answers: ${said.text.slice(0, 600)}`);
      for (const status of said.statuses) assert.ok(status >= 400 && status < 600, `it was answered ${status}`);
      assert.equal(await runCount(), before);
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    });
});

describe("limits", () => {
  it("431: a header that is too large, or too many", async () => {
    for (const headers of [`X-A: ${"a".repeat(64 * 1024)}\r\n`, `X-A: ${"a".repeat(17 * 1024)}\r\n`,
      Array.from({ length: 10_000 }, (_, n) => `X-${n}: 1\r\n`).join(""),
      Array.from({ length: 100 }, (_, n) => `X-${n}: 1\r\n`).join("")]) {
      const said = await say(post(headers, ""));
      assert.deepEqual(said.statuses, [431], said.text.slice(0, 200));
      assert.ok(said.closed);
    }
  });

  it("414 or 431: a target that is too long; 400: one that climbs, or that two could read differently", async () => {
    const long = await say(whole.replace("/echo", `/${"e".repeat(9000)}`));
    assert.ok(long.statuses[0] === 414 || long.statuses[0] === 431, long.text.slice(0, 200));
    const climbing = ["/hooks/../healthz", "/hooks/%2e%2e/healthz", `${path}/%2e%2e/x`, `${path}/.`,
      "/hooks/main%2Fproduction/echo", "/hooks/main%5cproduction/echo", "/hooks/%c0%ae%c0%ae/x", "/hooks/%ff/x",
      "/hooks/%zz", `${path}%00`, `${path}%0a`];
    for (const target of climbing) {
      const said = await say(whole.replace(path, target));
      assert.deepEqual([said.statuses, said.closed], [[400], true], `${target}: ${said.text.slice(0, 200)}`);
    }
  });

  it("405: methods that nothing here takes", async () => {
    for (const method of ["HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW"]) {
      const { statuses, closed } = await say(whole.replace("POST", method));
      assert.equal(statuses[0], 405, method);
      assert.ok(closed || ["HEAD", "OPTIONS"].includes(method), `${method}: the connection stayed open`);
    }
  });

  it("cuts clients that are slow on purpose, while others are served", { timeout: 60_000 }, async () => {
    const began = performance.now();
    const slow: Promise<number>[] = [];
    for (const [head, drip] of [[whole.slice(0, 20), "a"], [post("Content-Length: 1000\r\n", ""), " "]] as const)
      for (let n = 0; n < 20; n += 1) slow.push(dripped(head, drip));
    const quick: number[] = [];
    const work = (async (): Promise<void> => {
      while (performance.now() - began < 5000) {
        const started = performance.now();
        assert.deepEqual((await say(whole.replace("Host: x", "Host: x\r\nConnection: close"))).statuses, [201]);
        quick.push(performance.now() - started);
      }
    })();
    await work;
    const ends = await Promise.all(slow);
    for (const ms of ends) assert.ok(ms < 25_000, `a slow client was kept for ${ms} ms`);
    quick.sort((a, b) => a - b);
    assert.ok((quick[Math.floor(quick.length * 0.95)] ?? 0) < 1000, "others had to wait");
  });
});

/** Sends the head, then a byte a second; the time until the server closes the connection. */
async function dripped(head: string, drip: string): Promise<number> {
  const began = performance.now();
  const socket: Socket = connect(server.port, "127.0.0.1");
  const state = { open: true };
  socket.on("close", () => { state.open = false; });
  socket.on("error", () => { state.open = false; });
  socket.resume();
  socket.write(head);
  while (state.open && performance.now() - began < 30_000) {
    socket.write(drip);
    await sleep(1000);
  }
  socket.destroy();
  return performance.now() - began;
}
