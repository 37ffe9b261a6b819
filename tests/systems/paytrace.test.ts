// The stand-in of PayTrace behaves as its sheet says, in v1 and v3 over the same books.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { object } from "./client.ts";
import { type Json, type JsonObject, readJson, scalar } from "./lib/json.ts";
import type { StandIn } from "./lib/stand_in.ts";
import { demoUser, openPayTrace, type PayTrace, seedPayTrace } from "./paytrace/paytrace.ts";

let system: PayTrace;
let standIn: StandIn;
let clock = Date.parse("2026-11-20T15:30:00Z");
let token = "";
before(async () => {
  ({ system, standIn } = await openPayTrace({ now: () => clock }));
  seedPayTrace(system);
  token = scalar(object((await signIn("/oauth/token", { grant_type: "password", username: demoUser.name,
    password: demoUser.password })).json).access_token);
});
after(() => standIn.close());

async function signIn(path: string, form: Record<string, string>): Promise<{ status: number; json: Json }> {
  const answer = await fetch(standIn.url + path, { method: "POST", body: new URLSearchParams(form) });
  return { status: answer.status, json: readJson(await answer.text()) };
}

async function call(path: string, body: unknown = {}, method = "POST"): Promise<{ status: number; json: JsonObject }> {
  const answer = await fetch(standIn.url + path, { method, ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "x-integrator-id": "weft" } });
  return { status: answer.status, json: object(readJson(await answer.text())) };
}

function sale(amount: string, change: Record<string, string> = {}): Record<string, string> {
  return { amount, customer_id: "CUST-1001", invoice_id: "INV-1", integrator_id: "weft", ...change };
}

describe("sign-in", () => {
  it("gives a token with colons for the password grant, good for 7200 s", async () => {
    assert.match(token, /^[0-9a-f]+:[0-9a-f]+:[0-9a-f]+$/);
    const bad = await signIn("/oauth/token", { grant_type: "password", username: "x", password: "y" });
    assert.deepEqual([bad.status, object(bad.json).error], [401, "invalid_grant"]);
    clock += 7_200_001;
    assert.deepEqual((await call("/v1/transactions/void")).json.error, "invalid_token");
    token = system.tokens.issue();
  });

  it("gives v3 its token below data, with 201", async () => {
    const got = await signIn("/v3/token", { grant_type: "client_credentials", client_id: demoUser.name,
      client_secret: demoUser.password });
    assert.equal(got.status, 201);
    assert.equal(scalar(object(object(got.json).data).expires_in), "7200");
  });
});

describe("v1", () => {
  it("sells, refunds what is settled only, and balances", async () => {
    const made = await call("/v1/transactions/sale/by_customer", sale("100.10", { external_transaction_id: "ref-1" }));
    assert.deepEqual([made.status, scalar(made.json.response_code)], [200, "101"]);
    const id = made.json.transaction_id;
    const early = await call("/v1/transactions/refund/for_transaction", { transaction_id: JSON.rawJSON(scalar(id)) });
    assert.equal(early.status, 400);
    assert.ok("817" in object(early.json.errors));
    await call("/v1/transactions/settle");
    const late = await call("/v1/transactions/void", { transaction_id: JSON.rawJSON(scalar(id)) });
    assert.equal(scalar(late.json.response_code), "110");
    const refund = await call("/v1/transactions/refund/for_transaction",
      { transaction_id: JSON.rawJSON(scalar(id)), amount: "20.00" });
    assert.equal(scalar(refund.json.response_code), "106");
    assert.equal(system.books.balance("CUST-1001"), 8010n);
    const batches = (await call("/v1/batches/export", {})).json.batches;
    assert.ok(Array.isArray(batches) && scalar(object(batches[0]).net_amount) === "100.10");
  });

  it("declines with 400 and the same body, and exports no declined sale as a sale", async () => {
    const got = await call("/v1/transactions/sale/by_customer", sale("0.29", { external_transaction_id: "ref-2" }));
    assert.deepEqual([got.status, got.json.success, scalar(got.json.response_code)], [400, false, "102"]);
    assert.match(scalar(got.json.approval_message), /EXPIRED CARD/);
    const days = { start_date: "11/19/2026", end_date: "11/22/2026", including_text: "ref-2" };
    const of = async (more: object): Promise<Json | undefined> =>
      (await call("/v1/transactions/export/by_date_range", { ...days, ...more })).json.transactions;
    assert.deepEqual(await of({ transaction_type: "SALE" }), []);
    assert.equal((await of({ transaction_type: "DECLINED" }) as Json[]).length, 1);
  });

  const errors: [string, string, object, string][] = [
    ["an unknown customer", "sale/by_customer", sale("1.00", { customer_id: "x" }), "30"],
    ["an unknown transaction", "void", { transaction_id: 5 }, "58"],
  ];
  for (const [what, path, body, code] of errors)
    it(`refuses ${what} with error ${code}`, async () => {
      const got = await call(`/v1/transactions/${path}`, body);
      assert.equal(got.status, 400);
      assert.deepEqual(Object.keys(object(got.json.errors)), [code]);
    });

  it("keeps a profile once", async () => {
    const profile = { customer_id: "NEW", credit_card: { encrypted_number: "A".repeat(344), expiration_month: "12",
      expiration_year: "2031" }, billing_address: { name: "Contoso" } };
    assert.equal(scalar((await call("/v1/customer/create", profile)).json.response_code), "160");
    assert.ok("171" in object((await call("/v1/customer/create", profile)).json.errors));
    const wrong = { ...profile, customer_id: "W", credit_card: { number: "1", expiration_month: "14" } };
    assert.ok("35" in object((await call("/v1/customer/create", wrong)).json.errors));
    assert.equal(standIn.ledger.of("customers").length, 1);
  });
});

describe("v3", () => {
  it("authorizes and captures with an envelope", async () => {
    const made = await call("/v3/card/authorize/customer/CUST-1002", { amount: 50, merchant_id: 246810 });
    assert.equal(made.json.status, "success");
    const id = scalar(object(made.json.data).transaction_id);
    const items = { merchant_id: 246810, batch_items: [{ transaction_id: id, amount: 40.5 }] };
    assert.equal((await call("/v3/card/batch/capture", items)).status, 200);
    assert.equal((await call("/v3/card/batch/capture", items)).status, 422);
    assert.equal(system.books.balance("CUST-1002"), 4050n);
    const shown = await call(`/v3/transaction/export/${id}`);
    assert.equal(object(shown.json.data).transaction_type, "SALE");
  });

  it("asks for merchant and integrator", async () => {
    const got = await call("/v3/card/sale/customer/CUST-1002", { amount: 1 });
    assert.deepEqual([got.status, got.json.status], [422, "failure"]);
  });
});
