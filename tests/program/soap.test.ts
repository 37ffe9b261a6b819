// connector.soap against a SOAP server that is not ours (npm "soap", from its WSDL), and against the stand-in of
// Dynamics SL: faults are kinds, lost answers are looked for, secrets are in the request only, and the books agree
// after a load with faults (WEFT_SL_OPERATIONS: how many payments).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import soap from "soap";
import { demo, type DynamicsSL, openDynamicsSL, seedSL } from "../systems/dynamics_sl/dynamics_sl.ts";
import type { FaultRule } from "../systems/lib/faults.ts";
import type { Json, JsonObject } from "../systems/lib/json.ts";
import { scalar } from "../systems/lib/json.ts";
import { cents } from "../systems/lib/money.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { slFiles, slFlow, slMemoFlow, slSecrets } from "./sl_flow.ts";
import { type RunShown, type Server, World } from "./world.ts";

const operations = Number(process.env.WEFT_SL_OPERATIONS ?? 200);

let world: World;
let server: Server;

async function post(path: string, body: object): Promise<string> {
  const answer = await fetch(server.hook(path), { method: "POST", body: JSON.stringify(body),
    headers: { "content-type": "application/json" } });
  assert.equal(answer.status, 202);
  return ((await answer.json()) as { run: string }).run;
}

function outputOf(shown: RunShown, step: string): JsonObject {
  const found = shown.steps.find((one) => one.step === step);
  assert.equal(found?.status, "succeeded", JSON.stringify(shown));
  return found.output as JsonObject;
}

// ---- A server of another make

const wsdl = readFileSync(join(import.meta.dirname, "stock.wsdl"), "utf8");

class Fault extends Error {
  readonly Fault: { faultcode: string; faultstring: string };

  constructor(faultcode: string, faultstring: string) {
    super(faultstring);
    this.Fault = { faultcode, faultstring };
  }
}

interface Item {
  no: string;
  quantity: number;
  price: string;
}

describe("a SOAP server of another make", () => {
  let http: HttpServer;
  let url: string;
  let got: { order?: { customer: string; note?: string; item: Item[] } };
  let tokens: unknown[];

  beforeEach(async () => {
    world = new World({ STOCK_PASSWORD: "canary-stock-p&<ss" });
    got = {};
    tokens = [];
    http = createServer((_, response) => { response.writeHead(404).end(); });
    await new Promise<void>((resolve) => { http.listen(0, "127.0.0.1", resolve); });
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const service = { Stock: { StockSoap: {
      PlaceOrder(args: { order: { customer: string; item: Item[] } }): object {
        got = args;
        if (args.order.customer === "GHOST")
          throw new Fault("soap:Client", "no such customer");
        if (args.order.customer === "BOOM") throw new Fault("soap:Server", "out of memory");
        return { result: { number: 7, total: "12.50", done: true, line: [{ no: "A", ok: true }] } };
      },
    } } };
    const listening = soap.listen(http, { path: "/stock", services: service, xml: wsdl });
    listening.authenticate = (security: { UsernameToken?: unknown } | undefined): boolean => {
      tokens.push(security?.UsernameToken);
      return true;
    };
  });
  afterEach(async () => {
    await world.end();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  function stockFlow(config: object): object {
    return { weft: 1, name: "Stock", nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "stock", verify: { type: "none" } } },
      { id: "order", type: "connector.soap", connection: "stock", retry: { attempts: 2, initial: "50ms" }, config: {
        path: "/stock", wsdl: "stock", operation: "PlaceOrder",
        input: { order: { item: "=trigger.body.items", customer: "=trigger.body.customer" } }, ...config } },
    ], edges: [{ from: "hook", to: "order" }] };
  }

  async function play(customer: string, config: object = {}): Promise<RunShown> {
    world.flow("stock", stockFlow(config), { "wsdl/stock.wsdl": wsdl, "connections.json": { weft: 1, connections: {
      stock: { connector: "http", base_url: url, secrets: { password: { env: "STOCK_PASSWORD" } } } } } });
    server = await world.serve();
    return world.settled(await post("stock", { customer,
      items: [{ price: "1.10", quantity: 3, no: "<A&1>" }, { price: "2.20", quantity: 1, no: "B" }] }));
  }

  it("understands what an operation of its WSDL makes of JSON, and its answer comes with types", async () => {
    const output = outputOf(await play("O'Neil & Söhne"), "order");
    assert.equal(got.order?.customer, "O'Neil & Söhne");
    assert.deepEqual(got.order.item.map((one) => one.no), ["<A&1>", "B"]);
    const result = (output.body as JsonObject).result as JsonObject;
    assert.equal(scalar(result.number), "7");
    assert.equal(scalar(result.total), "12.50");
    assert.equal(result.done, true);
    assert.equal(((result.line as Json[])[0] as JsonObject).ok, true); // a list, even of one
  });

  it("says faults, which are kinds", async () => {
    const refused = await play("GHOST");
    assert.equal(refused.error?.kind, "invalid");
    assert.match(refused.error.text, /no such customer/);
    const run = await post("stock", { customer: "BOOM", items: [{ price: "1", quantity: 1, no: "B" }] });
    const shown = await world.settled(run);
    assert.notEqual(shown.status, "succeeded");
    assert.equal(shown.steps.find((one) => one.step === "order")?.status, "in_doubt", JSON.stringify(shown));
  });

  it("reads a UsernameToken, as text and as a digest that fits", async () => {
    await play("C1", { security: { type: "password_digest", user: "weft", secret: "password" } });
    const token = tokens[0] as {
      Username: string; Password: { $value: string }; Nonce: { $value: string }; Created: string;
    };
    assert.equal(token.Username, "weft");
    const digest = createHash("sha1").update(Buffer.from(token.Nonce.$value, "base64"))
      .update(token.Created).update("canary-stock-p&<ss").digest("base64");
    assert.equal(token.Password.$value, digest);
  });

  it("refuses input that does not fit before it leaves, and an unknown operation when it is published", async () => {
    world.flow("stock", stockFlow({}), { "wsdl/stock.wsdl": wsdl, "connections.json": { weft: 1, connections: {
      stock: { connector: "http", base_url: url, secrets: { password: { env: "STOCK_PASSWORD" } } } } } });
    server = await world.serve();
    const items = [{ no: "A", quantity: "many" }];
    const shown = await world.settled(await post("stock", { customer: "C1", items }));
    assert.equal(shown.error?.kind, "invalid");
    assert.match(shown.error.text, /does not fit the operation "PlaceOrder".*quantity/);
    assert.deepEqual(got, {});
    const security = { type: "password_text", user: "x", secret: "none" };
    const folder = world.flow("bad", stockFlow({ operation: "Nothing", security }), { "wsdl/stock.wsdl": wsdl,
      "connections.json": { weft: 1, connections: {
        stock: { connector: "http", base_url: url, secrets: { password: { env: "STOCK_PASSWORD" } } } } } });
    const checked = world.command(["check", folder]);
    assert.match(checked.stdout + checked.stderr, /no operation "Nothing"/);
    assert.match(checked.stdout + checked.stderr, /has no secret "none"/);
  });
});

// ---- Dynamics SL

/** What became of a run, without its long outputs. */
function doubtOf(shown: RunShown): object {
  const step = shown.steps.find((one) => one.step === "add") as { ladder?: unknown; error?: unknown } | undefined;
  return { run: shown.run, status: shown.status, error: shown.error, attempts: shown.steps.map((one) => one.attempts),
    ladder: step?.ladder, last: step?.error };
}

describe("a payment in Dynamics SL", () => {
  let system: DynamicsSL;
  let sl: StandIn;

  beforeEach(async () => {
    world = new World(slSecrets);
    ({ system, standIn: sl } = await openDynamicsSL());
    seedSL(system);
    world.flow("sl", slFlow({ timeout: "600ms" }), slFiles(sl.url));
    world.flow("memo", slMemoFlow(), slFiles(sl.url));
    server = await world.serve();
  });
  afterEach(async () => {
    await world.end();
    await sl.close();
  });

  const pay = (id: string, change: object = {}): Promise<string> =>
    post("sl", { id, customer: "C300", invoice: "000456", amount: "10.10", ...change });
  const made = (id: string): number =>
    sl.ledger.of("ardoc").filter((one) => one.did === "payment" && one.row.User1 === id).length;

  it("is entered and applied to its invoice, with all digits", async () => {
    const shown = await world.settled(await pay("T1"));
    const body = outputOf(shown, "add").body as JsonObject;
    const doc = ((body.editScreenResult as JsonObject).myARDoc) as JsonObject;
    assert.equal(doc.RefNbr, "000001");
    assert.equal(system.books.find("IN", "000456")?.balance, 100_000_00n - 10_10n);
    assert.equal(made("T1"), 1);
  });

  it("refused by SL is invalid, with its words; a locked record is waited for; a wrong key is auth", async () => {
    system.books.closedPeriods.add("202601");
    const closed = await world.settled(await pay("T2", { period: "202601" }));
    assert.equal(closed.error?.kind, "invalid");
    assert.match(closed.error.text, /Fiscal period 202601 is closed/);
    system.books.lockedCustomers.set("C301", 2);
    const locked = await world.settled(await pay("T3", { customer: "C301", invoice: "000457" }));
    assert.equal(locked.status, "succeeded");
    assert.equal(locked.steps.find((one) => one.step === "add")?.attempts?.length, 2);
    assert.deepEqual([made("T2"), made("T3")], [0, 1]);
  });

  for (const kind of ["reset_after", "silent_after", "half_body", "reset_before"] as const)
    it(`whose answer is lost (${kind}) is looked for, and is there once`, async () => {
      sl.fault({ kind, path: "/paymentEntry\\.asmx", skip: 1 });
      const shown = await world.settled(await pay("T4"));
      assert.equal(shown.status, "succeeded", JSON.stringify(shown));
      assert.equal(made("T4"), 1);
      assert.ok(sl.requests.some((one) => one.target.includes("invoiceAndMemo")));
    });

  for (const kind of ["none", "reset_after", "half_body", "reset_before"] as const)
    it(`is given back by a credit memo, once (answer lost: ${kind})`, async () => {
      if (kind !== "none") sl.fault({ kind, path: "/invoiceAndMemo\\.asmx", skip: 1 });
      const given = { id: "R1", customer: "C300", amount: "10.10", account: "4010" };
      const shown = await world.settled(await post("memo", given));
      assert.equal(shown.status, "succeeded", JSON.stringify(shown));
      const memos = system.books.documents.filter((one) => one.docType === "CM");
      assert.deepEqual(memos.map((one) => [one.user1, one.custId, one.amount]), [["R1", "C300", 10_10n]]);
      const wrong = await world.settled(await post("memo", { ...given, id: "R2", account: "9999" }));
      assert.equal(wrong.error?.kind, "invalid");
      assert.match(wrong.error.text, /Account 9999 does not exist/);
    });

  it("leaves its keys nowhere but in the request", async () => {
    sl.fault({ kind: "status", status: 500, path: "/paymentEntry\\.asmx", skip: 1, times: 1 });
    await world.settled(await pay("T5"));
    await server.stop();
    for (const name of readdirSync(world.data, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const bytes = readFileSync(join(name.parentPath, name.name));
      for (const secret of [demo.license, demo.siteKey])
        assert.equal(bytes.includes(secret), false, `${name.name} holds ${secret}`);
    }
    for (const secret of [demo.license, demo.siteKey]) assert.equal(world.stderr.includes(secret), false);
  });

  const timeout = 60_000 + operations * 200;
  it(`agrees with the books after ${operations} with faults of every kind`, { timeout }, async (t) => {
    const count = operations;
    const rules: FaultRule[] = [{ kind: "reset_before" }, { kind: "reset_after" }, { kind: "half_body" },
      { kind: "status", status: 503, done: false }];
    for (let n = 0; n < count / 20; n += 1) // 5 % each, one by one: the system is never down for long
      for (const [k, rule] of rules.entries()) sl.fault({ ...rule, path: "/paymentEntry", skip: n * 37 + 9 * k + 5 });
    const runs: string[] = [];
    for (let n = 0; n < count; n += 20)
      runs.push(...await Promise.all(Array.from({ length: Math.min(20, count - n) }, (_, k) =>
        pay(`L${n + k}`, { amount: "0.10", ...((n + k) % 2 === 0 ? {} : { customer: "C301", invoice: "000457" }) }))));
    const all = await world.atRest(30_000 + count * 150);
    const unsettled = all.filter((one) => one.status !== "succeeded");
    for (const one of unsettled.slice(0, 3))
      process.stderr.write(`${JSON.stringify(doubtOf(await world.show(one.run)))}\n`);
    const payments = sl.ledger.of("ardoc").filter((one) => one.did === "payment");
    const ids = new Set(payments.map((one) => scalar(one.row.User1)));
    assert.equal(ids.size, payments.length, "no payment is there twice");
    // what nobody can tell waits for a person, and is little
    assert.ok(unsettled.every((one) => one.status === "in_doubt"), JSON.stringify(unsettled.slice(0, 3)));
    assert.ok(unsettled.length <= count / 100, `${unsettled.length} wait for a person`);
    for (const one of all)
      if (one.status === "succeeded") assert.ok(ids.has(one.dedupe ?? ""), `${one.dedupe ?? "?"} is in the books`);
    assert.equal(all.length, count);
    const total = payments.reduce((sum, one) => sum + (cents(one.row.amount) ?? 0n), 0n);
    const open = ["000456", "000457"].reduce((sum, one) => sum + (system.books.find("IN", one)?.balance ?? 0n), 0n);
    assert.equal(total, BigInt(payments.length) * 10n);
    assert.equal(open, 200_000_00n - total);
    t.diagnostic(`took ${payments.length} payments; ${unsettled.length} wait for a person`);
  });
});
