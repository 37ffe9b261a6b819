// Security codes at the payment connectors: each of their actions is called with one under every name that a gateway
// has for it, in its objects, in a card beside them and in a text, in clear and as a browser encrypts it. None stands
// there afterwards: not in what is kept of the runs, the files of the store, the log or an answer; and none has left.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { demoCustomer, openCybersource, seedCybersource } from "../systems/cybersource/cybersource.ts";
import { isObject, type JsonObject, Numeral } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, seedPayTrace } from "../systems/paytrace/paytrace.ts";
import { cybersourceConnection, paySecret, paytraceConnection } from "./pay.ts";
import { Bench } from "./pay_bench.ts";

const code = "9753";
const cipher = `Zq7vK2xBn8${"kJh3Wd0/pLmTs5yR".repeat(21)}==`; // its head the store can't pack away
const names = ["csc", "cvv", "cvv2", "cvc", "cvc2", "cid", "cvn", "securityCode", "security_code", "cardCode",
  "card_security_code", "cvvNumber", "cvv_code", "verification_value"] as const;
const encrypted = ["encrypted_csc", "encryptedCsc", "csc"] as const;
/** As texts and as numbers. */
const clear: JsonObject = Object.fromEntries(names.map((name, n) => [name, n % 2 === 0 ? code : new Numeral(code)]));
const hidden: JsonObject = Object.fromEntries(encrypted.map((name) => [name, cipher]));
const marker = "xq7-4c1f"; // stands where the codes stood
/** As JSON, a form or in a sentence; the head of what is encrypted. */
const standing = new RegExp(`(?:${names.join("|")})[^0-9A-Za-z]{1,6}${code}|${cipher.slice(0, 10)}`, "i");

function placesOf(bench: Bench, said: string[]): string[] {
  const places: string[] = [];
  let marked = 0;
  const look = (name: string, bytes: Buffer): void => {
    const found = standing.exec(bytes.toString("latin1"));
    if (found !== null) places.push(`${name}: ${found[0]}`);
    marked += bytes.includes(marker) ? 1 : 0;
  };
  look("the log", Buffer.from(bench.world.stderr));
  look("what was answered", Buffer.from(said.join("\n")));
  for (const name of readdirSync(bench.world.data, { recursive: true, encoding: "utf8" })) {
    const file = join(bench.world.data, name);
    if (statSync(file).isFile()) look(name, readFileSync(file));
  }
  assert.ok(marked > 0, "what was sent is not where it is looked for");
  return places;
}

/** Each action, with the input of its example. */
async function tryAll(bench: Bench, standIn: StandIn): Promise<void> {
  await bench.start();
  const said: string[] = [];
  for (const action of bench.actions) {
    const plain = bench.example(action);
    const inner: JsonObject = Object.fromEntries(Object.entries(plain).map(([name, value]) =>
      [name, isObject(value) ? { ...value, ...clear } : value]));
    for (const input of [{ ...plain, ...clear }, { marker, ...plain, ...hidden }, inner, { ...plain, card: clear,
      credit_card: hidden, paymentInformation: { card: clear }, note: `{"cvv":"${code}"}` }]) {
      const ran = await bench.tell(action, input);
      said.push(ran);
    }
  }
  for (const { run } of await bench.world.runs()) said.push(JSON.stringify(await bench.world.show(run)));
  assert.deepEqual(placesOf(bench, said), [], "while it runs");
  assert.equal(await bench.server.stop(), 0);
  assert.deepEqual(placesOf(bench, said), [], "when it has stopped");
  assert.ok(!standIn.requests.some(({ target }) => target.includes(`=${code}`)), "in an address");
}

describe("a security code that a flow hands to", () => {
  for (const version of ["v1", "v3"] as const)
    it(`PayTrace ${version} is kept nowhere`, async (t) => {
      const { system, standIn } = await openPayTrace({ password: paySecret });
      seedPayTrace(system);
      const bench = new Bench(version === "v1" ? "paytrace" : "paytrace_v3", paytraceConnection(standIn.url, version));
      t.after(async () => {
        await bench.world.end();
        await standIn.close();
      });
      await tryAll(bench, standIn);
    });

  it("Cybersource is kept nowhere", async (t) => {
    const { system, standIn } = await openCybersource();
    seedCybersource(system);
    assert.ok(system.tokens.knows(demoCustomer));
    const bench = new Bench("cybersource", cybersourceConnection(standIn.url));
    t.after(async () => {
      await bench.world.end();
      await standIn.close();
    });
    await tryAll(bench, standIn);
  });
});
