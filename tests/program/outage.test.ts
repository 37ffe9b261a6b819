// The system behind a flow fails in every way it can. Nothing is lost, nothing is done twice.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { type PaymentEvent, eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { openBox } from "./box.ts";
import { effectFlow, quickRetry, secrets } from "./flows.ts";
import { eventually, paytraceSecret, type Server, World } from "./world.ts";

let world: World;
let box: StandIn;
let server: Server;

beforeEach(async () => {
  world = new World();
  box = await openBox();
  for (const method of ["PUT", "POST"] as const)
    world.flow(method.toLowerCase(), effectFlow({ path: method.toLowerCase(), method, url: box.url, timeout: "600ms" }),
      { "connections.json": secrets });
  world.flow("patient", effectFlow({ path: "patient", method: "PUT", url: box.url,
    retry: { ...quickRetry, attempts: 100, max: "300ms" } }), { "connections.json": secrets });
  server = await world.serve();
});
afterEach(async () => {
  await world.end();
  await box.close();
});

async function send(path: string, id: string, change: Partial<PaymentEvent> = {}): Promise<string> {
  const body = eventText(paymentEvent(id, change));
  const answer = await fetch(server.hook(path), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
  assert.equal(answer.status, 202);
  return ((await answer.json()) as { run: string }).run;
}

function rows(id: string): number {
  return box.ledger.entries.filter((entry) => entry.row.id === id).length;
}

describe("an outage", () => {
  it("of a system that is held up: what looks for a request does not overtake it", async (t) => {
    // The request is given up after a second, and looked for a tenth later: both wait before a door that is shut.
    const done: string[] = [];
    const hold = (ms: number): void => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms); };
    const peer = createServer((request, answer) => {
      const say = (value: unknown, then?: () => void): void => {
        answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value), then);
      };
      if (request.url === "/pay") done.push(request.url);
      if (request.url === "/warm") say({}, () => { hold(1600); }); // its connection stays open
      else say({ value: done });
    });
    t.after(() => {
      peer.close();
      peer.closeAllConnections();
    });
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
    const call = (id: string, timeout: string, config: object): object =>
      ({ id, type: "connector.http", timeout, config });
    world.flow("held", { weft: 1, name: "Held up", nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "held", respond: "accepted", verify: { type: "none" } } },
      call("warm", "30s", { url: `${url}/warm` }),
      call("pay", "1s", { method: "POST", url: `${url}/pay`, body: {}, probe: { url: `${url}/look`, found: "value.0",
        settle: "100ms", read_after_write: true } })],
    edges: [{ from: "hook", to: "warm" }, { from: "warm", to: "pay" }] });
    await server.stop();
    server = await world.serve();
    const answer = await fetch(server.hook("held"), { method: "POST", body: "{}",
      headers: { "content-type": "application/json" } });
    const { run } = await answer.json() as { run: string };
    assert.equal((await world.settled(run, 60_000)).status, "succeeded");
    assert.deepEqual(done, ["/pay"]);
  });

  it("is waited out: the event is acknowledged, tried again with growing pauses, and done once", async () => {
    box.fault({ kind: "status", status: 503, done: false, times: 4 });
    const run = await send("put", "PT-1");
    const shown = await world.settled(run);
    assert.equal(shown.status, "succeeded");
    assert.equal(shown.steps.find((step) => step.step === "send")?.attempts?.length, 4);
    assert.equal(rows("PT-1"), 1);
    const at = box.requests.map((request) => Date.parse(request.at));
    const pauses = at.slice(1).map((time, n) => time - (at[n] ?? 0));
    assert.equal(pauses.length, 4);
    // 100, 200, 400, 800 ms, each with a jitter of a tenth and some delay of the machine
    for (const [n, pause] of pauses.entries())
      assert.ok(pause >= 100 * 2 ** n * 0.89, `pause ${n + 1} was ${pause} ms: ${pauses.join(", ")}`);
  });

  it("of connections that are refused ends when the system is back, also for effects that happen once", async () => {
    await box.down();
    const [idempotent, once] = [await send("patient", "PT-2"), await send("post", "PT-3")];
    await eventually("it was tried in vain", async () => {
      const shown = await world.show(idempotent);
      return (shown.steps.find((step) => step.step === "send")?.attempts?.length ?? 0) >= 2;
    });
    assert.equal((await world.show(idempotent)).status, "active");
    await box.up();
    assert.equal((await world.settled(idempotent)).status, "succeeded");
    assert.equal((await world.settled(once)).status, "succeeded"); // not one byte had left: that is proof
    assert.deepEqual([rows("PT-2"), rows("PT-3")], [1, 1]);
  });

  it("of an effect that may be repeated is repeated with the same request", async () => {
    for (const kind of ["reset_before", "reset_after", "silent_before", "silent_after", "half_body"] as const)
      box.fault({ kind });
    const shown = await world.settled(await send("put", "PT-4"));
    assert.equal(shown.status, "succeeded");
    const asked = box.requests.map((request) => `${request.method} ${request.target} ${request.size}`);
    assert.equal(asked.length, 6);
    assert.equal(new Set(asked).size, 1);
    assert.equal(box.ledger.entries.filter((entry) => entry.did === "create").length, 1);
  });

  it("ends after the attempts that the flow allows, as a failure that says its kind", async () => {
    box.fault({ kind: "status", status: 503, done: false, times: 0 });
    const shown = await world.settled(await send("put", "PT-5"));
    assert.equal(shown.status, "failed");
    assert.equal(box.requests.length, quickRetry.attempts);
    assert.equal(rows("PT-5"), 0);
  });
});

describe("an effect that happens once", () => {
  for (const kind of ["status", "reset_after", "silent_after", "half_body"] as const)
    it(`is in doubt after ${kind === "status" ? "a 500" : kind}, and never repeated`, async () => {
      box.fault(kind === "status" ? { kind, status: 500 } : { kind });
      const run = await send("post", "PT-6");
      const shown = await world.settled(run);
      assert.equal(shown.status, "in_doubt");
      assert.equal(shown.steps.find((step) => step.step === "send")?.status, "in_doubt");
      assert.equal(await server.stop(), 0);
      server = await world.serve();
      assert.equal((await world.settled(await send("post", "PT-7"))).status, "succeeded"); // the server is not held up
      assert.equal((await world.show(run)).status, "in_doubt");
      assert.equal(rows("PT-6"), 1);
      assert.equal(box.requests.length, 2); // one for each event
    });

  it("is in doubt when the program dies between intent and answer", async () => {
    box.fault({ kind: "delay", ms: 2000 });
    const run = await send("post", "PT-8");
    await eventually("the request is out", () => box.requests.length === 1);
    await server.kill();
    server = await world.serve();
    assert.equal((await world.settled(run)).status, "in_doubt");
    assert.equal(box.requests.length, 1);
  });

  it("is not in doubt when the system says that it did nothing", async () => {
    box.fault({ kind: "status", status: 422, done: false, body: '{"error":"no such account"}' });
    const shown = await world.settled(await send("post", "PT-9"));
    assert.equal(shown.status, "failed");
    assert.equal(box.requests.length, 1);
  });
});

describe("a connection that is kept", () => {
  for (const kind of ["reset_before", "reset_after", "half_body"] as const)
    it(`and breaks (${kind}) carries an effect that happens once no second time`, async () => {
      for (let n = 1; n <= 3; n += 1)
        assert.equal((await world.settled(await send("post", `PT-W${n}`))).status, "succeeded");
      box.fault({ kind });
      assert.equal((await world.settled(await send("post", "PT-W4"))).status, "in_doubt");
      assert.equal(box.requests.length, 4);
      assert.equal(rows("PT-W4"), kind === "reset_before" ? 0 : 1);
    });

  it("and was closed while it was idle is no failure", async () => {
    for (let n = 1; n <= 5; n += 1) {
      assert.equal((await world.settled(await send("post", `PT-I${n}`))).status, "succeeded");
      box.closeIdle();
    }
    assert.deepEqual([1, 2, 3, 4, 5].map((n) => rows(`PT-I${n}`)), [1, 1, 1, 1, 1]);
    assert.equal(box.requests.length, 5);
  });

  it("and is closed at the moment of the next request: done at most once, and never without saying so", async () => {
    const runs: string[] = [];
    const closing = setInterval(() => { box.closeIdle(); }, 1);
    for (let n = 1; n <= 60; n += 1) runs.push(await send("post", `PT-R${n}`));
    const ends = await Promise.all(runs.map((run) => world.settled(run)));
    clearInterval(closing);
    for (const [n, end] of ends.entries()) {
      const times = rows(`PT-R${n + 1}`);
      if (end.status === "succeeded") assert.equal(times, 1);
      else assert.ok(end.status === "in_doubt" && times <= 1, `${end.status}, done ${times} times`);
    }
  });
});

describe("a system that asks for fewer requests", () => {
  it("is given the time it asks for", async () => {
    box.fault({ kind: "throttle", seconds: 1, times: 2 });
    const shown = await world.settled(await send("put", "PT-10"));
    assert.equal(shown.status, "succeeded");
    const at = box.requests.map((request) => Date.parse(request.at));
    assert.equal(at.length, 3);
    assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 990 && (at[2] ?? 0) - (at[1] ?? 0) >= 990, at.join(", "));
    assert.equal(rows("PT-10"), 1);
  });
});
