// Money under faults: payments go out by two gateways while their peers fail in every way and the program is killed.
// In the end the gateways' books agree with what Weft's runs say: what succeeded was taken once, what failed was not
// taken, what is in doubt was taken once at most, and the sums are equal to the cent.
//
// WEFT_PAY_OPERATIONS sets how many payments there are (default 300), WEFT_SEED their faults. Each kind of fault hits
// 5 % of the requests.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { demoAccount, demoCustomer, openCybersource, seedCybersource } from "../systems/cybersource/cybersource.ts";
import { isObject, scalar } from "../systems/lib/json.ts";
import { cents, money } from "../systems/lib/money.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { cybersourceConnection, paySecret, paytraceConnection, random, spoil } from "./pay.ts";
import { eventually, type RunRow, World } from "./world.ts";

const operations = Number(process.env.WEFT_PAY_OPERATIONS ?? 300);
const seed = Number(process.env.WEFT_SEED ?? Date.now() % 1_000_000);
const chance = 0.05;
const kills = 3;

/** What one payment came to at a gateway: how often it was taken, less what was undone, and of how much. */
interface Taken {
  times: number;
  amount: bigint;
}

interface Gateway {
  name: string;
  standIn: StandIn;
  connection: object;
  input: object; // of the action "sale"; the payment is trigger.body
  taken(): Map<string, Taken>; // by the payment's number
  balance(): bigint;
}

function add(taken: Map<string, Taken>, key: string, amount: bigint): void {
  const had = taken.get(key) ?? { times: 0, amount: 0n };
  taken.set(key, { times: had.times + 1, amount: had.amount + amount });
}

async function paytrace(): Promise<Gateway> {
  const { system, standIn } = await openPayTrace({ password: paySecret });
  seedPayTrace(system);
  return {
    name: "paytrace", standIn, connection: paytraceConnection(standIn.url, "v1"),
    input: { customer_id: "CUST-1001", amount: "=decimal(trigger.body.amount)", invoice_id: "=trigger.body.id",
      search_from: "=date.format(date.add(now(), -1, 'days'), 'MM/dd/yyyy')",
      search_to: "=date.format(date.add(now(), 7, 'days'), 'MM/dd/yyyy')" },
    taken: () => {
      const taken = new Map<string, Taken>();
      for (const each of system.books.transactions.values())
        if (each.state === "pending") add(taken, scalar(each.texts.invoice_id), each.amount);
      return taken;
    },
    balance: () => system.books.balance(),
  };
}

async function cybersource(): Promise<Gateway> {
  const { system, standIn } = await openCybersource();
  seedCybersource(system);
  return {
    name: "cybersource", standIn, connection: cybersourceConnection(standIn.url),
    input: { customer_id: demoCustomer, amount: "=decimal(trigger.body.amount)", code: "=trigger.body.id",
      currency: "USD" },
    taken: () => {
      const taken = new Map<string, Taken>();
      for (const each of system.books.movements.values())
        if (each.reason === "" && !each.voided && !each.reversed) add(taken, each.code, each.amount);
      return taken;
    },
    balance: () => system.books.balance(),
  };
}

function saleFlow(gateway: Gateway): object {
  return {
    weft: 1, name: `Sale by ${gateway.name}`, settings: { dedupe: "=trigger.body.id" },
    nodes: [
      { id: "hook", type: "trigger.webhook",
        config: { path: `sale/${gateway.name}`, respond: "accepted", verify: { type: "none" } } },
      { id: "sale", type: `connector.${gateway.name}.sale`, connection: "pay", timeout: "2s",
        retry: { attempts: 8, backoff: "exponential", initial: "50ms", max: "500ms", jitter: 0.1 },
        config: { input: gateway.input } },
    ],
    edges: [{ from: "hook", to: "sale" }],
  };
}

/** Every 29th is declined by its amount. */
function amountOf(n: number, gateway: Gateway): string {
  if (n % 29 === 0) return gateway.name === "paytrace" ? "0.29" : "2402.00";
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

/** The transaction that a run says it made. */
async function saleOf(world: World, run: string): Promise<string> {
  const output = (await world.show(run)).steps.find((step) => step.step === "sale")?.output;
  return isObject(output) ? scalar(output.transaction_id ?? output.id) : "";
}

async function judge(world: World, gateway: Gateway, runs: RunRow[], wanted: Map<string, string>): Promise<string> {
  const taken = gateway.taken();
  const count = { succeeded: 0, failed: 0, in_doubt: 0 };
  let sum = 0n;
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
    assert.ok(run.status in count, said);
    count[run.status as keyof typeof count] += 1;
    if (run.status !== "in_doubt") sum += run.status === "succeeded" ? cents(amount) ?? 0n : 0n;
    else sum += was.amount;
  }
  assert.equal(count.succeeded + count.failed + count.in_doubt, wanted.size, "a payment is lost, or has two runs");
  assert.equal(money(gateway.balance()), money(sum), "the books are not what the runs say");
  const ids = new Set<string>();
  for (const run of runs.filter((each) => each.status === "succeeded" && wanted.has(each.dedupe ?? "")).slice(0, 200))
    ids.add(await saleOf(world, run.run));
  assert.ok(!ids.has(""), "a run that succeeded names no transaction");
  return `${gateway.name}: ${count.succeeded} succeeded, ${count.failed} failed, ${count.in_doubt} in doubt, `
    + `balance ${money(gateway.balance())}`;
}

async function underFaults(t: TestContext, gateways: Gateway[]): Promise<void> {
  const world = new World({ WEFT_DEMO_PAY_SECRET: paySecret, WEFT_DEMO_CYBERSOURCE_SECRET: demoAccount.secret });
  t.after(async () => {
    await world.end();
    for (const { standIn } of gateways) await standIn.close();
  });
  for (const gateway of gateways)
    world.flow(gateway.name, saleFlow(gateway),
      { "connections.json": { weft: 1, connections: { pay: gateway.connection } } });
  const state = { seed };
  const hits = gateways.map(({ standIn }) => spoil(standIn, chance, state));
  let server = await world.serve();
  const listen = `127.0.0.1:${server.port}`;
  const wanted = gateways.map(() => new Map<string, string>());
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < operations) {
      const n = ++next;
      const which = n % gateways.length;
      const gateway = gateways[which];
      if (gateway === undefined) return;
      const amount = amountOf(n, gateway);
      wanted[which]?.set(`P-${n}`, amount);
      await send(() => server.hook(`sale/${gateway.name}`), `P-${n}`, amount);
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
  // The faults end with the load; what a connection waits for after them, a minute at most, nobody waits for here.
  for (const { standIn } of gateways) standIn.faults.clear();
  world.resume();
  const runs = await world.atRest(240_000 + operations * 60);
  for (const [which, gateway] of gateways.entries())
    t.diagnostic(await judge(world, gateway, runs, wanted[which] ?? new Map<string, string>()));
  t.diagnostic(`seed ${seed}, faults: ${hits.map((each) => [...each].map(([kind, count]) => `${kind} ${count}`)
    .join(", ")).join("; ")}`);
  for (const each of hits) assert.ok(operations < 500 || each.size === 9, "a kind of fault never came");
  assert.equal(await server.stop(), 0);
}

describe(`${operations} payments under faults, with ${kills} kills`, { timeout: 600_000 + operations * 120 }, () => {
  it("the books of both gateways agree with the runs", async (t) =>
    underFaults(t, [await paytrace(), await cybersource()]));
});
