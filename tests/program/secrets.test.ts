// Secrets are nowhere but where they belong: not in the log, not in any file of the data directory,
// not in what is shown. Each is a canary that no other text contains.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Dynamics365, demoClient, openDynamics365, seedDemo } from "../systems/dynamics365/dynamics365.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { erpSecret, eventually, measured, paytraceSecret, type Server, templates, World } from "./world.ts";

let world: World;
let system: Dynamics365;
let standIn: StandIn;
let server: Server;
const tokens: string[] = [];

before(async () => {
  ({ system, standIn } = await openDynamics365({ clientSecret: erpSecret }));
  seedDemo(system);
  const issue = system.entra.answer.bind(system.entra);
  system.entra.answer = async (ask): ReturnType<typeof issue> => {
    const answer = await issue(ask);
    const token = (answer.body as { access_token?: unknown }).access_token;
    if (typeof token === "string") tokens.push(token);
    return answer;
  };
  world = new World({ WEFT_DEMO_ERP_URL: standIn.url, WEFT_LOG_LEVEL: "debug" });
  server = await world.serve({ flows: [templates] });
});
after(async () => {
  await world.end();
  await standIn.close();
});

async function post(body: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(server.hook("paytrace/payments"), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body), ...headers } });
  await answer.text();
  return answer.status;
}

/** Every place where one of the texts stands, in the forms it could have. */
function found(texts: Record<string, string>, metrics = ""): string[] {
  const places: string[] = [];
  const places_of = (name: string, content: Buffer): void => {
    for (const [what, text] of Object.entries(texts)) {
      const bytes = Buffer.from(text);
      const base64 = bytes.toString("base64").replace(/=+$/, "");
      const forms = [text, base64, bytes.toString("hex"), encodeURIComponent(text)];
      if (forms.some((form) => content.includes(form))) places.push(`${what} in ${name}`);
    }
  };
  places_of("/metrics", Buffer.from(metrics));
  places_of("the log", Buffer.from(world.stderr));
  for (const name of readdirSync(world.data, { recursive: true, encoding: "utf8" })) {
    const file = join(world.data, name);
    if (statSync(file).isFile()) places_of(name, readFileSync(file));
  }
  const runs = world.command(["runs", "--data", world.data, "--json"]);
  places_of("weft runs", Buffer.from(runs.stdout));
  for (const { run } of JSON.parse(runs.stdout) as { run: string }[])
    places_of(`weft show ${run}`, Buffer.from(world.command(["show", run, "--data", world.data, "--json"]).stdout));
  return [...new Set(places)];
}

describe("secrets", () => {
  it("are used, and stand nowhere", async () => {
    assert.equal(await post(eventText(paymentEvent("PT-1"))), 202);
    await eventually("the payment", () => standIn.ledger.of("new_payments").length === 1);
    standIn.fault({ kind: "expire_tokens" }); // a 401 on the way
    standIn.fault({ kind: "wrong_body", body: "<html>not JSON</html>", method: "PATCH" }); // details of a failure
    assert.equal(await post(eventText(paymentEvent("PT-2"))), 202);
    assert.equal(await post(eventText(paymentEvent("PT-3")), { "x-signature": sign("guess", "x") }), 401);
    assert.equal(await post(eventText(paymentEvent("PT-4")),
      { authorization: "Bearer canary-incoming-token-91", cookie: "session=canary-incoming-cookie-92" }), 202);
    await eventually("the payments", () => standIn.ledger.of("new_payments").length >= 3);
    assert.ok(tokens.length >= 2, "the stand-in gave no tokens");
    const texts: Record<string, string> = {
      "the webhook's secret": paytraceSecret, "the client secret": erpSecret,
      "a caller's token": "canary-incoming-token-91", "a caller's cookie": "canary-incoming-cookie-92",
    };
    tokens.forEach((token, n) => { texts[`token ${n + 1}`] = token; });
    const metrics = await measured(world);
    assert.match(metrics, /^weft_runs/m);
    assert.deepEqual(found(texts, metrics), []);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(found(texts), []);
    server = await world.serve({ flows: [templates] });
  });

  it("are not told by a sign-in that fails", async (t) => {
    const other = new World({ WEFT_DEMO_ERP_URL: standIn.url, WEFT_DEMO_ERP_SECRET: "canary-wrong-secret-55aa" });
    t.after(() => other.end());
    const refused = await other.serve({ flows: [templates] });
    const body = eventText(paymentEvent("PT-5"));
    const answer = await fetch(refused.hook("paytrace/payments"), { method: "POST", body,
      headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
    assert.equal(answer.status, 202);
    await eventually("the refusal is told", () => other.stderr.includes("AADSTS7000215"));
    assert.equal(other.stderr.includes("canary-wrong-secret-55aa"), false);
    const paid = standIn.ledger.of("new_payments").map((entry) => entry.row.new_paytracetransactionid);
    assert.equal(paid.includes("PT-5"), false);
  });
});

it("the demo's client is the one of the stand-in", () => {
  const connections = readFileSync(join(templates, "paytrace-payment-to-dynamics365/connections.json"), "utf8");
  assert.ok(connections.includes(demoClient.id));
});
