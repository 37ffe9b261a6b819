// What the world may do to the program, and what must come of it: bodies, senders, answers of other systems, and the
// surroundings of a process. docs/BAD_INPUTS.md says which line is proved where.
import assert from "node:assert/strict";
import { rmSync, statSync } from "node:fs";
import { type AddressInfo, type Socket, connect, createServer, type Server as NetServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { scalar } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openBox } from "./box.ts";
import { effectFlow } from "./flows.ts";
import { eventually, type Server, World } from "./world.ts";

const open = { type: "none" };

/** Answers with `body`, whatever that expression gives. */
function mirror(path: string, body: string): object {
  return {
    weft: 1, name: "Mirror",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path, respond: "result", verify: open } },
      { id: "say", type: "connector.respond", config: { status: 200, body } },
    ],
    edges: [{ from: "hook", to: "say" }],
  };
}

async function post(server: Server, path: string, body: string | Buffer, headers: Record<string, string> = {}):
Promise<{ status: number; text: string }> {
  const answer = await fetch(server.hook(path), { method: "POST", body,
    headers: { "content-type": "application/json", ...headers } });
  return { status: answer.status, text: await answer.text() };
}

describe("a body that is not what it seems", () => {
  let world: World;
  let server: Server;

  before(async () => {
    world = new World();
    world.flow("mirror", mirror("mirror", "=trigger.body"));
    world.flow("amount", mirror("amount", "=decimal(trigger.body.amount)"));
    world.flow("many", mirror("many", "=(function() local t = {} for i = 1, 1e9 do t[i] = i end return t end)()"));
    server = await world.serve();
  });
  after(async () => { await world.end(); });

  it("415: is compressed, whatever it would become", async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024, 0x20));
    for (const encoding of ["gzip", "deflate", "br", "identity, gzip"])
      assert.equal((await post(server, "mirror", bomb, { "content-encoding": encoding })).status, 415, encoding);
    assert.equal((await world.runs()).length, 0);
  });

  it("415: says that it is a form, and is JSON", async () => {
    for (const type of ["multipart/form-data; boundary=x", "text/html", "application/jsonx", "nonsense"])
      assert.equal((await post(server, "mirror", '{"a":1}', { "content-type": type })).status, 415, type);
    assert.equal((await world.runs()).length, 0);
  });

  it("has fields that are named like ours: they are data", async () => {
    const body = '{"run":"0AJR18H1R0000","run_id":"x","files":[{"filepath":"/etc/passwd"}],"filepath":"/etc/passwd",'
      + '"__proto__":{"admin":true},"constructor":{"prototype":{}},"steps":{"say":1},"trigger":{"body":{}},"n":"post"}';
    const answer = await post(server, "mirror", body);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(JSON.parse(answer.text), JSON.parse(body));
  });

  it("has amounts that no double holds: exact, or refused", async () => {
    for (const [sent, wanted] of [["-0", "0"], ["0.1", "0.1"], ["12345678901234567.89", undefined],
      ["1234567890123456789012345678901234567.8", undefined],
      ["1e309", "refused"], ["-1e309", "refused"], ["1e-400", "refused"]] as const) {
      const answer = await post(server, "amount", `{"amount":${sent}}`);
      if (wanted === "refused") assert.equal(answer.status, 500, `${sent}: ${answer.text}`);
      else assert.equal(answer.text, wanted ?? sent);
    }
    for (const wrong of ["NaN", "Infinity", "01", "+1", "1.", ".5", "0x10", "1_000"])
      assert.equal((await post(server, "amount", `{"amount":${wrong}}`)).status, 400, wrong);
  });

  it("leads a rule to a thousand million items: the run fails, and nobody else waits", async () => {
    const began = performance.now();
    const [answer, other] = await Promise.all([post(server, "many", "{}"), post(server, "amount", '{"amount":1}')]);
    assert.equal(answer.status, 500, answer.text);
    assert.match(answer.text, /"kind":"(rule|limit)"/);
    assert.equal(other.status, 200);
    assert.ok(performance.now() - began < 5000);
  });
});

describe("a sender", () => {
  let world: World;
  let box: StandIn;
  let server: Server;

  beforeEach(async () => {
    world = new World();
    box = await openBox();
    world.flow("once", effectFlow({ path: "once", method: "POST", url: box.url, verify: open }));
    world.flow("other", effectFlow({ path: "other", method: "PUT", url: box.url, verify: open }));
    server = await world.serve();
  });
  afterEach(async () => {
    await world.end();
    await box.close();
  });
  const event = (id: string): string => `{"transactionId":"${id}","amount":12.50}`;
  const rows = (id: string): number => box.ledger.entries.filter((entry) => scalar(entry.row.id) === id).length;

  it("who goes before the answer has sent its event, once", async () => {
    for (let n = 0; n < 10; n += 1) {
      const body = event(`PT-${n}`);
      const socket = connect(server.port, "127.0.0.1");
      await new Promise((resolve) => socket.once("connect", resolve));
      await new Promise((resolve) => socket.write(`POST /hooks/main/production/once HTTP/1.1\r\nHost: x\r\n`
        + `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, resolve));
      socket.destroy();
      const again = await post(server, "once", body);
      assert.ok(again.status === 200 || again.status === 202, again.text);
    }
    for (let n = 0; n < 10; n += 1) await eventually("it is done", () => rows(`PT-${n}`) === 1);
    const runs = await world.runs();
    assert.equal(runs.length, 10);
    for (const run of runs) assert.equal((await world.settled(run.run)).status, "succeeded");
    for (let n = 0; n < 10; n += 1) assert.equal(rows(`PT-${n}`), 1);
  });

  it("of too many events at once hears 503 and when to come again; who heard 202 is in the store", async (test) => {
    const silent = createServer((socket) => { socket.on("error", () => { socket.destroy(); }); });
    test.after(() => { silent.close(); }); // else a failure would be a process that never ends
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    world.flow("flood", effectFlow({ path: "flood", method: "PUT", url, verify: open, concurrency: 1,
      timeout: "10m" }));
    server.signal("SIGHUP");
    await eventually("it is there", async () => (await post(server, "flood", event("F-0"))).status === 202);
    const said = (await Promise.all(Array.from({ length: 100 }, async (_, sender) => {
      const socket = connect(server.port, "127.0.0.1");
      let text = "";
      socket.on("data", (part: Buffer) => { text += part.toString("latin1"); });
      await new Promise((resolve) => socket.once("connect", resolve));
      for (let n = 0; n < 216; n += 1) { // one behind another, without waiting for answers
        const body = event(`F-${sender}-${n}`);
        socket.write(`POST /hooks/main/production/flood HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`
          + `Content-Length: ${body.length}\r\n\r\n${body}`);
      }
      await eventually("all are answered", () => text.split("HTTP/1.1 ").length === 217, 60_000);
      socket.destroy();
      return text;
    }))).join("");
    const taken = 1 + said.split("HTTP/1.1 202 ").length - 1;
    const refused = said.split("HTTP/1.1 503 ").length - 1;
    assert.equal(taken + refused, 1 + 100 * 216);
    assert.ok(refused > 0 && taken > 10_000, `${taken} taken, ${refused} refused`);
    assert.equal(said.toLowerCase().split("\r\nretry-after: ").length - 1, refused);
    const kept = new DatabaseSync(join(world.data, "weft.db"), { readOnly: true });
    assert.equal(kept.prepare("SELECT count(*) AS n FROM run").get()?.n, taken);
    kept.close();
  });

  it("of a flow that was taken out hears 404, and the runs that it had go on", async () => {
    box.fault({ kind: "status", status: 503, done: false, path: "/rows/", times: 3 });
    const answer = await post(server, "other", event("PT-1"));
    assert.equal(answer.status, 202);
    rmSync(join(world.flows, "other"), { recursive: true });
    server.signal("SIGHUP");
    await eventually("it is gone", async () => (await post(server, "other", event("PT-2"))).status === 404);
    await eventually("what was taken is done", () => rows("PT-1") === 1);
  });
});

describe("an answer to what happens once", () => {
  // A system that says what it is told to say, and has done what was asked.
  let raw: NetServer;
  let url: string;
  let reply: Buffer;
  let asked = 0;
  let world: World;
  let server: Server;

  before(async () => {
    raw = createServer((socket) => {
      socket.on("error", () => { socket.destroy(); });
      socket.once("data", () => {
        asked += 1;
        socket.end(reply);
      });
    });
    await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
    const address = raw.address();
    url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    world = new World();
    world.flow("once", effectFlow({ path: "once", method: "POST", url, verify: open }));
    server = await world.serve();
  });
  after(async () => {
    await world.end();
    raw.close();
  });

  const answer = (head: string, body: string | Buffer): Buffer =>
    Buffer.concat([Buffer.from(`HTTP/1.1 ${head}\r\nConnection: close\r\n\r\n`, "latin1"), Buffer.from(body)]);
  const json = "200 OK\r\nContent-Type: application/json";
  const cases: [string, string, Buffer][] = [
    ["half of a JSON that ends with the connection", "in_doubt", answer(json, '{"id":"7","am')],
    ["fewer bytes than it says", "in_doubt", answer(`${json}\r\nContent-Length: 100`, '{"id":"7"}')],
    ["chunks that break off", "in_doubt", answer(`${json}\r\nTransfer-Encoding: chunked`, '5\r\n{"id"\r\n')],
    ["nothing at all", "in_doubt", Buffer.alloc(0)],
    ["two lengths", "in_doubt", answer(`${json}\r\nContent-Length: 2\r\nContent-Length: 10`, '{"id":"7"}')],
    ["bytes that are no UTF-8", "in_doubt", answer(json, Buffer.from('{"a":"\xff"}', "latin1"))],
    ["one key twice", "in_doubt", answer(json, '{"id":"7","id":"8"}')],
    ["a JSON that is too deep", "in_doubt", answer(json, "[".repeat(5000) + "]".repeat(5000))],
    ["more than 4 MiB", "in_doubt", answer(json, `{"id":"${"x".repeat(5 * 1024 * 1024)}"}`)],
    ["headers without an end", "in_doubt", answer(`${json}\r\n${`X: ${"a".repeat(1000)}\r\n`.repeat(400)}X: 1`, "{}")],
    ["a bomb", "in_doubt", answer(`${json}\r\nContent-Encoding: gzip`, gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)))],
    ["no HTTP", "in_doubt", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
    ["500", "in_doubt", answer("500 Oh no", "")],
    ["504", "in_doubt", answer("504 Gateway Timeout", "<html>")],
    ["a redirect to somebody else", "in_doubt", answer("307 Temporary\r\nLocation: http://169.254.169.254/", "")],
    ["400 and no JSON", "failed", answer("400 Bad Request\r\nContent-Type: application/json", "<html>")],
    ["422", "failed", answer("422 Unprocessable\r\nContent-Type: application/json", '{"error":"amount"}')],
  ];
  for (const [n, [what, status, bytes]] of cases.entries())
    it(`${what}: ${status}, and nothing is sent twice`, async () => {
      const before = asked;
      reply = bytes;
      const accepted = await post(server, "once", `{"transactionId":"PT-${n}","amount":1}`);
      assert.equal(accepted.status, 202, accepted.text);
      const { run } = JSON.parse(accepted.text) as { run: string };
      const shown = await world.settled(run);
      assert.equal(shown.status, status, JSON.stringify(shown.error));
      await sleep(150); // a second one would have come by now
      assert.equal(asked - before, 1);
    });
});

/** A line to a system: 25 bytes a millisecond each way, in packets of 500 bytes, of which every fifth is lost and comes
 * again after the pause that TCP makes then. What is behind it waits, as it does for TCP. */
async function badLine(system: StandIn): Promise<{ url: string; lost: () => number; close: () => void }> {
  const sockets = new Set<Socket>();
  let packets = 0;
  const slowly = async (from: Socket, to: Socket): Promise<void> => {
    for await (const bytes of from as AsyncIterable<Buffer>)
      for (let at = 0; at < bytes.length; at += 500) {
        packets += 1;
        await sleep(20 + (packets % 5 === 0 ? 200 : 0));
        to.write(bytes.subarray(at, at + 500));
      }
    to.end();
  };
  const far = new URL(system.url);
  const server = createServer((near) => {
    const there = connect(Number(far.port), far.hostname);
    for (const [from, to] of [[near, there], [there, near]] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      slowly(from, to).catch(() => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lost: () => Math.floor(packets / 5),
    close: () => { server.close(); for (const socket of sockets) socket.destroy(); },
  };
}

describe("surroundings", () => {
  let world: World;
  let box: StandIn;

  beforeEach(async () => {
    world = new World();
    box = await openBox();
    world.flow("put", effectFlow({ path: "put", method: "PUT", url: box.url, verify: open }));
  });
  afterEach(async () => {
    await world.end();
    await box.close();
  });
  const event = (id: string): string => `{"transactionId":"${id}","amount":12.50}`;

  it("a foreign locale, no zone, no folder for temporary files, an open umask", async () => {
    const before = process.umask(0);
    const server = await world.serve({ env: { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Nowhere/Nothing",
      TMPDIR: "/nonexistent", HOME: "/nonexistent" } }).finally(() => { process.umask(before); });
    const accepted = await post(server, "put", event("PT-I"));
    assert.equal(accepted.status, 202, accepted.text);
    const { run } = JSON.parse(accepted.text) as { run: string };
    assert.equal((await world.settled(run)).status, "succeeded");
    assert.equal(statSync(world.data).mode & 0o777, 0o700);
    assert.equal(statSync(join(world.data, "weft.db")).mode & 0o077, 0);
    assert.equal(statSync(join(world.data, "weft.sock")).mode & 0o077, 0);
  });

  it("few descriptors: callers wait or hear 503, and it recovers", async () => {
    const server = await world.serve({ wrapper: ["bash", "-c", 'ulimit -n 48; exec "$0" "$@"'] });
    const held = Array.from({ length: 80 }, () => connect(server.port, "127.0.0.1").on("error", () => undefined));
    await sleep(300);
    for (const socket of held) socket.destroy();
    const accepted = await eventually("it takes events again", async () => {
      const answer = await post(server, "put", event("PT-1")).catch(() => undefined);
      return answer?.status === 202 || answer?.status === 200 ? answer : undefined;
    });
    const { run } = JSON.parse(accepted.text) as { run: string };
    assert.equal((await world.settled(run)).status, "succeeded");
  });

  it("stopped for a while in the middle of its work: all is done, once", async () => {
    const server = await world.serve();
    const senders = Array.from({ length: 40 }, async (_, n) => post(server, "put", event(`PT-${n}`)));
    await sleep(20);
    server.signal("SIGSTOP");
    await sleep(1500);
    server.signal("SIGCONT");
    for (const sent of await Promise.all(senders)) assert.equal(sent.status, 202, sent.text);
    for (const run of await world.runs()) assert.equal((await world.settled(run.run)).status, "succeeded");
    const created = box.ledger.entries.filter((entry) => entry.did === "create");
    assert.equal(created.length, 40);
  });

  it("a bad line, one packet of five lost, 200 kbit/s: slower, and nothing is done twice", async () => {
    const line = await badLine(box);
    const flow = JSON.stringify(effectFlow({ path: "far", method: "POST", url: line.url, verify: open,
      timeout: "20s" }));
    world.flow("far", JSON.parse(flow.replace('"body":{', '"body":{"note":"=trigger.body.note",')) as object);
    try {
      const server = await world.serve();
      const note = "x".repeat(4000);
      const sent = await Promise.all(Array.from({ length: 12 }, async (_, n) =>
        post(server, "far", `{"transactionId":"PT-${n}","amount":12.50,"note":"${note}"}`)));
      for (const accepted of sent) assert.equal(accepted.status, 202, accepted.text);
      for (const { run } of await world.runs()) assert.equal((await world.settled(run)).status, "succeeded");
      assert.equal(box.requests.length, 12);
      assert.ok(box.requests.every((request) => request.size > 4000));
      assert.deepEqual(box.ledger.entries.map((entry) => scalar(entry.row.id)).sort(),
        Array.from({ length: 12 }, (_, n) => `PT-${n}`).sort());
      assert.ok(line.lost() > 12);
    } finally {
      line.close();
    }
  });

  it("one system that is slow takes no more than its own time", async () => {
    const slow = await openBox();
    slow.fault({ kind: "delay", ms: 3000, times: 0 });
    world.flow("slow", effectFlow({ path: "slow", method: "PUT", url: slow.url, verify: open, timeout: "10s" }));
    try {
      const server = await world.serve();
      await Promise.all(Array.from({ length: 300 }, async (_, n) => post(server, "slow", event(`S-${n}`))));
      const began = performance.now();
      await Promise.all(Array.from({ length: 20 }, async (_, n) => post(server, "put", event(`PT-${n}`))));
      await eventually("the others are done", () => box.ledger.entries.length === 20);
      const took = performance.now() - began;
      assert.ok(took < 2000, `the others took ${took.toFixed(0)} ms`);
    } finally {
      await slow.close();
    }
  });
});
