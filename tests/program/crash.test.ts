// The program is killed at random moments under load. Whoever was answered 2xx has no reason to send again: so each
// acknowledged event must be done when the program is back, once, and an effect that happens once is never repeated.
//
// WEFT_KILLS sets the number of kills (default 10), WEFT_SEED makes a run's moments repeatable as far as timing allows.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { scalar } from "../systems/lib/json.ts";
import { paymentEvent } from "../systems/paytrace/event.ts";
import { type Delivery, Sender } from "../systems/paytrace/sender.ts";
import { openBox } from "./box.ts";
import { effectFlow, quickRetry, secrets } from "./flows.ts";
import { eventually, paytraceSecret, type RunRow, World } from "./world.ts";

const kills = Number(process.env.WEFT_KILLS ?? 10);
const seed = Number(process.env.WEFT_SEED ?? Date.now() % 1_000_000);

/** mulberry32 */
function random(state: { seed: number }): number {
  state.seed = (state.seed + 0x6d2b79f5) | 0;
  let t = Math.imul(state.seed ^ (state.seed >>> 15), 1 | state.seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

async function underFire(t: TestContext, method: "PUT" | "POST"): Promise<void> {
  const state = { seed };
  const world = new World();
  const box = await openBox();
  t.after(async () => {
    await world.end();
    await box.close();
  });
  world.flow("fire", effectFlow({ path: "fire", method, url: box.url,
    retry: { ...quickRetry, attempts: 100, max: "300ms" } }), { "connections.json": secrets });
  let server = await world.serve();
  const listen = `127.0.0.1:${server.port}`;
  const sender = new Sender({ url: server.hook("fire"), secret: paytraceSecret, pause_ms: 20, timeout_ms: 2000 });
  const stopping = new AbortController();
  let next = 0;
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) await sender.deliver(paymentEvent(`PT-${++next}`), stopping.signal);
  };
  const workers = Array.from({ length: 16 }, work);
  const acknowledged: number[] = [];
  for (let n = 0; n < kills; n += 1) {
    await sleep(30 + random(state) * 470);
    await server.kill();
    acknowledged.push(sender.acknowledged.length);
    server = await world.serve({ listen });
  }
  stopping.abort();
  await Promise.all(workers);
  await eventually("every run comes to rest", async () => (await world.runs("&status=active")).length === 0, 60_000);
  const ledger = box.ledger.entries.map((entry): [string, string] => [entry.did, scalar(entry.row.id)]);
  judge(method, ledger, sender.acknowledged, await world.runs());
  process.stderr.write(`crash ${method}: seed ${seed}, ${kills} kills, ${sender.acknowledged.length} acknowledged `
    + `(after each kill: ${acknowledged.join(" ")})\n`);
  assert.ok(sender.acknowledged.length > kills, "there was no load to speak of");
  assert.equal(await server.stop(), 0);
  sender.close();
}

function judge(method: string, ledger: [did: string, id: string][], acknowledged: Delivery[], runs: RunRow[]): void {
  const done = new Map<string, number>(); // how often each event was really done
  for (const [did, id] of ledger) if (did === "create") done.set(id, (done.get(id) ?? 0) + 1);
  const doubt = new Set(runs.filter((run) => run.status === "in_doubt").map((run) => run.dedupe ?? ""));
  for (const { transactionId, body } of acknowledged) {
    const times = done.get(transactionId) ?? 0;
    if (method === "PUT" || !doubt.has(transactionId))
      assert.equal(times, 1, `${transactionId} was acknowledged (${body}) and done ${times} times`);
  }
  for (const [id, times] of done) assert.equal(times, 1, `${id} was done ${times} times`);
  const byKey = new Map<string, number>();
  for (const run of runs) byKey.set(run.dedupe ?? "", (byKey.get(run.dedupe ?? "") ?? 0) + 1);
  for (const [key, count] of byKey) assert.equal(count, 1, `${key} has ${count} runs`);
  if (method === "PUT") {
    assert.equal(doubt.size, 0, "an effect that may be repeated is never in doubt");
    assert.ok(runs.every((run) => run.status === "succeeded"));
  } else {
    assert.ok(runs.every((run) => run.status === "succeeded" || run.status === "in_doubt"));
  }
}

describe(`killed ${kills} times under load`, { timeout: 60_000 + kills * 10_000 }, () => {
  it("does each acknowledged event exactly once when its effect is idempotent", (t) => underFire(t, "PUT"));
  it("never repeats an effect that happens once; what nobody knows is in doubt", (t) => underFire(t, "POST"));
});
