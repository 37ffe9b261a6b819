// Money under faults: payments go out to every system that takes or books them while their peers fail in every way and
// the program is killed. In the end the systems' books agree with what Weft's runs say: what succeeded was taken once,
// what failed was not taken, what is in doubt was taken once at most, and the sums are equal to the cent.
//
// WEFT_PAY_OPERATIONS sets how many payments there are (default 300), WEFT_SEED their faults. Each kind of fault hits
// 5 % of the requests.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cents, money } from "../systems/lib/money.ts";
import { type Gateway, gatewaySecrets, openGateways, payments, type Taken } from "./gateways.ts";
import { random } from "./pay.ts";
import { eventually, type RunRow, type Server, World } from "./world.ts";

const operations = payments;
const seed = Number(process.env.WEFT_SEED ?? Date.now() % 1_000_000);
const chance = 0.05;
const kills = 3;

/** Every 29th is declined by its amount, where amounts are. */
function amountOf(n: number, gateway: Gateway): string {
  if (n % 29 === 0 && gateway.declined !== undefined) return gateway.declined;
  return money(BigInt(100 + (n * 7919) % 90_000));
}

async function send(url: () => string, id: string, amount: string): Promise<void> {
  for (;;) {
    try {
      const answer = await fetch(url(), { method: "POST", body: JSON.stringify({ id, amount }),
        headers: { "content-type": "application/json" }, signal: AbortSignal.timeout(5000) });
      await answer.text();
      if (answer.status >= 200 && answer.status < 300) return;
    } catch {
      // killed, or not there yet: it is sent again, with the same number
    }
    await sleep(20);
  }
}

interface Verdict {
  counts: { succeeded: number; failed: number; in_doubt: number };
  sum: bigint;
}

/** Throws where one payment, their number, or their sum is not what the books have. */
function judge(gateway: Gateway, runs: RunRow[], wanted: Map<string, string>, taken: Map<string, Taken>): Verdict {
  const verdict: Verdict = { counts: { succeeded: 0, failed: 0, in_doubt: 0 }, sum: 0n };
  for (const run of runs) {
    const id = run.dedupe ?? "";
    const amount = wanted.get(id);
    if (amount === undefined) continue;
    const was = taken.get(id) ?? { times: 0, amount: 0n };
    const said = `${gateway.name} ${id} (${run.status}, ${amount}): taken ${was.times} times`;
    assert.ok(was.times <= 1, said);
    if (run.status === "succeeded") assert.equal(was.times, 1, said);
    if (run.status === "failed") assert.equal(was.times, 0, said);
    if (was.times === 1) assert.equal(was.amount, cents(amount), said);
    assert.ok(run.status in verdict.counts, said);
    verdict.counts[run.status as keyof Verdict["counts"]] += 1;
    verdict.sum += run.status === "in_doubt" ? was.amount : run.status === "succeeded" ? cents(amount) ?? 0n : 0n;
  }
  const { succeeded, failed, in_doubt } = verdict.counts;
  assert.equal(succeeded + failed + in_doubt, wanted.size, `${gateway.name}: a payment is lost, or has two runs`);
  for (const id of taken.keys()) assert.ok(wanted.has(id), `${gateway.name}: nobody asked for ${id}`);
  return verdict;
}

/** What is told of a run that ended well is there. */
async function prove(world: World, gateway: Gateway, runs: RunRow[], wanted: Map<string, string>): Promise<void> {
  const good = runs.filter((run) => run.status === "succeeded" && wanted.has(run.dedupe ?? ""));
  for (const run of good.slice(0, 100))
    assert.notEqual(gateway.proof(await world.show(run.run)), "", `${gateway.name}: ${run.run} names nothing`);
}

/** That it would notice: books in which one payment stands twice, is missing, or has another amount. */
function wouldTell(gateway: Gateway, runs: RunRow[], wanted: Map<string, string>, taken: Map<string, Taken>): void {
  const good = runs.find((run) => run.status === "succeeded" && wanted.has(run.dedupe ?? ""));
  if (good === undefined) return;
  const id = good.dedupe ?? "";
  const amount = taken.get(id)?.amount ?? 0n;
  const wrong: [string, Taken | undefined][] = [[id, undefined], [id, { times: 2, amount: 2n * amount }],
    [id, { times: 1, amount: amount + 1n }], ["P-0", { times: 1, amount: 1n }]];
  for (const [key, was] of wrong) {
    const books = new Map(taken);
    if (was === undefined) books.delete(key);
    else books.set(key, was);
    assert.throws(() => judge(gateway, runs, wanted, books), assert.AssertionError);
  }
}

interface Load {
  gateways: Gateway[];
  wanted: Map<string, string>[];
  state: { seed: number };
}

/** Sends all, and kills the server meanwhile; the server that is there in the end. */
async function send16(world: World, load: Load): Promise<Server> {
  const { gateways, wanted, state } = load;
  let server = await world.serve();
  const listen = `127.0.0.1:${server.port}`;
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < operations) {
      const n = ++next;
      const which = n % gateways.length;
      const gateway = gateways[which];
      if (gateway === undefined) return;
      const amount = amountOf(n, gateway);
      wanted[which]?.set(`P-${n}`, amount);
      await send(() => server.hook(gateway.path), `P-${n}`, amount);
    }
  };
  const workers = Promise.all(Array.from({ length: 16 }, work));
  for (let n = 1; n <= kills; n += 1) {
    await eventually("load", () => next >= (operations * n) / (kills + 1), 600_000);
    await sleep(random(state) * 300);
    await server.kill();
    server = await world.serve({ listen });
  }
  await workers;
  return server;
}

async function underFaults(t: TestContext, gateways: Gateway[]): Promise<void> {
  t.diagnostic(`seed ${seed}`);
  const world = new World(gatewaySecrets);
  t.after(async () => {
    await world.end();
    for (const gateway of gateways) await gateway.close();
  });
  for (const { name, flow, files } of gateways) world.flow(name, flow, files);
  const load = { gateways, wanted: gateways.map(() => new Map<string, string>()), state: { seed } };
  const spoiled = gateways.map((gateway) => gateway.spoil(chance, load.state));
  const server = await send16(world, load);
  // The faults end when each system was asked half as often as there are payments, or some time after the load: a
  // request may meet nobody. What a connection waits for after them, a minute at most, nobody waits for here.
  const until = performance.now() + 8000 + operations * 5;
  while (performance.now() < until
    && spoiled.some(({ acted }, which) => 2 * acted < (load.wanted[which]?.size ?? 0))) await sleep(100);
  for (const gateway of gateways) gateway.calm();
  world.resume();
  const runs = await world.atRest(240_000 + operations * 60);
  for (const [which, gateway] of gateways.entries()) {
    const [wanted, taken] = [load.wanted[which] ?? new Map<string, string>(), gateway.taken()];
    const { counts, sum } = judge(gateway, runs, wanted, taken);
    assert.equal(money(gateway.balance()), money(sum), `${gateway.name}: the books are not what the runs say`);
    await prove(world, gateway, runs, wanted);
    wouldTell(gateway, runs, wanted, taken);
    const hits = spoiled[which]?.hits ?? new Map<string, number>();
    const faults = [...hits].map(([kind, count]) => `${kind} ${count}`).join(", ");
    t.diagnostic(`${gateway.name}: ${counts.succeeded} succeeded, ${counts.failed} failed, `
      + `${counts.in_doubt} in doubt, balance ${money(sum)}; faults: ${faults}`);
    assert.ok(operations < 2000 || counts.succeeded > 0, `${gateway.name}: nothing succeeded, which proves nothing`);
    assert.ok(operations < 20_000 || hits.size === gateway.kinds, `${gateway.name}: a kind of fault never came`);
  }
  assert.equal(await server.stop(), 0);
}

describe(`${operations} payments under faults, with ${kills} kills`, { timeout: 600_000 + operations * 120 }, () => {
  it("the books of all systems agree with the runs", async (t) => underFaults(t, await openGateways()));
});
