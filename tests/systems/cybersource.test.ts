// The stand-in of Cybersource behaves as its sheet says; the vendor's own client talks to it with both signatures.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { object } from "./client.ts";
import { refused } from "./cybersource/auth.ts";
import {
  type Cybersource, demoAccount, demoCustomer, demoIdentifier, openCybersource, seedCybersource,
} from "./cybersource/cybersource.ts";
import { eventText, signature } from "./cybersource/event.ts";
import { type Json, type JsonObject, readJson, scalar } from "./lib/json.ts";
import type { Ask, StandIn } from "./lib/stand_in.ts";

let system: Cybersource;
let standIn: StandIn;
before(async () => {
  ({ system, standIn } = await openCybersource({ unknownReference: 404 }));
  seedCybersource(system);
});
after(() => standIn.close());

/** Signs as the sheet says, from its text alone. */
async function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }> {
  const host = standIn.url.replace("http://", "");
  const text = body === undefined ? "" : JSON.stringify(body);
  const date = new Date().toUTCString();
  const digest = `SHA-256=${await sha256(text)}`;
  const lines = [`host: ${host}`, `date: ${date}`, `request-target: ${method.toLowerCase()} ${path}`];
  if (body !== undefined) lines.push(`digest: ${digest}`);
  lines.push(`v-c-merchant-id: ${demoAccount.merchant}`);
  const names = lines.map((line) => line.split(":")[0]).join(" ");
  const sig = createHmac("sha256", Buffer.from(demoAccount.secret, "base64")).update(lines.join("\n")).digest("base64");
  const answer = await fetch(standIn.url + path, { method, ...(body === undefined ? {} : { body: text }), headers: {
    date, "v-c-merchant-id": demoAccount.merchant, ...(body === undefined ? {} : { digest }),
    "content-type": "application/json",
    signature: `keyid="${demoAccount.keyId}", algorithm="HmacSHA256", headers="${names}", signature="${sig}"` } });
  const got = await answer.text();
  return { status: answer.status, json: got.startsWith("{") ? readJson(got) : got };
}

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("base64");
}

let count = 0;
function payment(amount: string, capture = true, change: JsonObject = {}): JsonObject {
  count += 1;
  return {
    clientReferenceInformation: { code: `ORD-${count}`, transactionId: `ref${count}`, applicationUser: `ref${count}` },
    processingInformation: { capture }, paymentInformation: { customer: { id: demoCustomer } },
    orderInformation: { amountDetails: { totalAmount: amount, currency: "USD" } }, ...change,
  };
}

function amounts(amount: string): JsonObject {
  return { clientReferenceInformation: { code: "F-1" },
    orderInformation: { amountDetails: { totalAmount: amount, currency: "USD" } } };
}

const clockOfVectors = Date.parse("Sat, 21 Nov 2026 08:30:00 GMT");
const vectorAccount = { ...demoAccount, skew: 0, now: () => clockOfVectors };
const vectorBody = '{"clientReferenceInformation":{"code":"ORD-1001"},"processingInformation":{"capture":true},'
  + '"orderInformation":{"amountDetails":{"totalAmount":"102.21","currency":"USD"}}}';
function vector(change: Partial<Ask> = {}, headers: Record<string, string> = {}): Ask {
  const path = "/pts/v2/payments";
  return {
    method: "POST", target: path, path, query: new URLSearchParams(), body: vectorBody, ...change, headers: {
      host: "apitest.cybersource.com", date: "Sat, 21 Nov 2026 08:30:00 GMT", "v-c-merchant-id": "acme_test",
      digest: "SHA-256=WCjEBqcR+UOKRsat1DzkxmQwTfn5OrIz6HXVqpOZG14=",
      signature: 'keyid="11111111-2222-3333-4444-555555555555", algorithm="HmacSHA256", headers="host date '
        + 'request-target digest v-c-merchant-id", signature="wXRQlu65Dl/W+40LWIpNmBfnwpSjC5T6pl+xxwNNp2U="',
      ...headers },
  };
}

describe("signatures", () => {
  it("takes the signature that the vendor's client made, and none that differs in anything", () => {
    assert.equal(refused(vector(), vectorAccount), undefined);
    for (const change of [{ body: vectorBody.replace("102.21", "1.00") }, { target: "/pts/v2/payments?x=1" },
      { method: "PUT" }])
      assert.notEqual(refused(vector(change), vectorAccount), undefined);
    for (const headers of [{ date: "Sat, 21 Nov 2026 08:30:01 GMT" }, { host: "api.cybersource.com" },
      { "v-c-merchant-id": "other" }, { signature: "" }] as Record<string, string>[])
      assert.notEqual(refused(vector({}, headers), vectorAccount), undefined);
  });

  it("answers 401 to what is not signed", async () => {
    const answer = await fetch(`${standIn.url}/tss/v2/transactions/1`);
    assert.equal(answer.status, 401);
    assert.deepEqual(await answer.json(), { response: { rmsg: "Authentication Failed" } });
  });

  it("signs webhooks as the vectors do, over the payload and over the body", () => {
    const text = '{"webhookId":"wh-1","transactionTraceId":"tr-1","productId":"payments","organizationId":"acme_test",'
      + '"eventType":"payments.payments.accept","eventDate":"2026-11-21T08:30:00Z","payload":[{"data":{"id":"7323",'
      + '"status":"AUTHORIZED"},"organizationId":"acme_test"}],"requestType":"NEW"}';
    const key = { keyId: demoAccount.keyId, key: demoAccount.secret };
    assert.match(signature(text, key, "payload", 1795249800000), /sig=o7qMc4Lh2HaCeaJ52lJyFaKn6WrcZPXHoyPkIjobcAc=$/);
    assert.match(signature(text, key, "body", 1795249800000), /sig=gjmy\/q0hLCsc4\/CCZ\+axJKSjKQdeR6K7MrZ6wrBg5co=$/);
    assert.match(eventText("payments.payments.accept", [{ id: "1" }]), /"payload":\[\{"data":\{"id":"1"\}/);
  });
});

type Callback = (error: { response?: { text?: string } } | null, data: { id?: string; status?: string }) => void;
type Client = new (config: object, client: object) => { createPayment: (body: unknown, done: Callback) => void };

describe("the vendor's client", () => {
  const sdk = createRequire(import.meta.url)("cybersource-rest-client") as { PaymentsApi: Client;
    ApiClient: new () => object };
  for (const kind of ["http_signature", "jwt"])
    it(`pays with ${kind}`, async () => {
      const config = {
        authenticationType: kind, runEnvironment: standIn.url.replace("http://", ""), merchantID: demoAccount.merchant,
        merchantKeyId: demoAccount.keyId, merchantsecretKey: demoAccount.secret, jwtKeyType: "SHARED_SECRET",
        intermediateHost: standIn.url, logConfiguration: { enableLog: false },
      };
      const body = payment("102.21");
      const data = await new Promise<{ id?: string; status?: string }>((resolve, reject) => {
        new sdk.PaymentsApi(config, new sdk.ApiClient()).createPayment(body, (error, found) => {
          if (error === null) resolve(found);
          else reject(new Error(error.response?.text ?? "no answer"));
        });
      });
      assert.equal(data.status, "AUTHORIZED");
      assert.equal(system.books.movements.get(data.id ?? "")?.amount, 10221n);
    });
});

describe("the vendor's client, beside payments", () => {
  interface Row { id?: string; status?: string; planInformation?: { status?: string }; shipTo?: { locality?: string };
    card?: { expirationYear?: string } }
  type Said = (error: { response?: { text?: string } } | null, data: Row, response: { text?: string }) => void;
  type Api = new (config: object, client: object) => Record<string, (...args: unknown[]) => void>;
  const sdk = createRequire(import.meta.url)("cybersource-rest-client") as Record<string, Api>
    & { ApiClient: new () => object };
  /** With what the client read of the answer, or the answer's own text where it reads less. */
  async function ask(api: string, method: string, ...args: unknown[]): Promise<Row> {
    const config = {
      authenticationType: "jwt", runEnvironment: standIn.url.replace("http://", ""), merchantID: demoAccount.merchant,
      merchantKeyId: demoAccount.keyId, merchantsecretKey: demoAccount.secret, jwtKeyType: "SHARED_SECRET",
      intermediateHost: standIn.url, logConfiguration: { enableLog: false },
    };
    return new Promise((resolve, reject) => {
      const done: Said = (error, _data, response) => {
        const text = response.text ?? "";
        if (error === null) resolve(text === "" ? {} : JSON.parse(text) as Row);
        else reject(new Error(error.response?.text ?? "no answer"));
      };
      const Made = sdk[api];
      assert.ok(Made);
      const client = new Made(config, new sdk.ApiClient());
      client[method]?.(...args, done);
    });
  }

  it("makes, changes and switches plans", async () => {
    const plan = await ask("PlansApi", "createPlan", {
      planInformation: { name: "Gold", status: "DRAFT", billingPeriod: { length: "1", unit: "M" } },
      orderInformation: { amountDetails: { currency: "USD", billingAmount: "24.95" } } });
    await ask("PlansApi", "updatePlan", plan.id, { planInformation: { description: "Monthly" } });
    assert.equal((await ask("PlansApi", "activatePlan", plan.id)).planInformation?.status, "ACTIVE");
    assert.equal((await ask("PlansApi", "deactivatePlan", plan.id)).planInformation?.status, "INACTIVE");
    await assert.rejects(ask("PlansApi", "deactivatePlan", plan.id), /INVALID_DATA/);
    assert.equal((await ask("PlansApi", "deletePlan", plan.id)).status, "COMPLETED");
  });

  it("keeps payment instruments and shipping addresses", async () => {
    const address = await ask("CustomerShippingAddressApi", "postCustomerShippingAddress", demoCustomer,
      { shipTo: { address1: "1 Market St", locality: "San Francisco" } }, {});
    const moved = await ask("CustomerShippingAddressApi", "patchCustomersShippingAddress", demoCustomer, address.id,
      { shipTo: { address1: "2 Market St" } }, {});
    assert.equal(moved.shipTo?.locality, "San Francisco");
    const card = await ask("CustomerPaymentInstrumentApi", "postCustomerPaymentInstrument", demoCustomer,
      { card: { expirationMonth: "12", expirationYear: "2031", type: "001" },
        instrumentIdentifier: { id: demoIdentifier } }, {});
    await ask("CustomerPaymentInstrumentApi", "deleteCustomerPaymentInstrument", demoCustomer, card.id, {});
    await assert.rejects(ask("CustomerPaymentInstrumentApi", "getCustomerPaymentInstrument", demoCustomer, card.id, {}),
      /notAvailable/);
    assert.equal((await ask("InstrumentIdentifierApi", "getInstrumentIdentifier", demoIdentifier, {})).id,
      demoIdentifier);
  });
});

describe("payments", () => {
  it("keeps a sale once, with its amount, and balances what follows", async () => {
    const before = system.books.balance();
    const sale = object((await call("POST", "/pts/v2/payments", payment("100.10"))).json);
    assert.equal(sale.status, "AUTHORIZED");
    const refund = await call("POST", `/pts/v2/payments/${scalar(sale.id)}/refunds`, amounts("20.00"));
    assert.equal(object(refund.json).status, "PENDING");
    assert.equal(system.books.balance() - before, 8010n);
    const more = object((await call("POST", `/pts/v2/payments/${scalar(sale.id)}/refunds`, amounts("80.11"))).json);
    assert.deepEqual([more.status, more.reason], ["INVALID_REQUEST", "INVALID_AMOUNT"]);
    assert.equal(standIn.ledger.of("refunds").length, 1);
  });

  it("captures in parts, never more than was authorized, and voids until it is settled", async () => {
    const auth = object((await call("POST", "/pts/v2/payments", payment("50.00", false))).json);
    const path = `/pts/v2/payments/${scalar(auth.id)}`;
    const first = object((await call("POST", `${path}/captures`, amounts("30.00"))).json);
    const over = await call("POST", `${path}/captures`, amounts("20.01"));
    assert.deepEqual([over.status, object(over.json).reason], [400, "EXCEEDS_AUTH_AMOUNT"]);
    assert.equal(object((await call("POST", `/pts/v2/captures/${scalar(first.id)}/voids`, {})).json).status, "VOIDED");
    assert.equal((await call("POST", `/pts/v2/captures/${scalar(first.id)}/voids`, {})).status, 400);
    const again = object((await call("POST", `${path}/captures`, amounts("50.00"))).json);
    system.books.settle();
    const late = await call("POST", `/pts/v2/captures/${scalar(again.id)}/voids`, {});
    assert.equal(object(late.json).reason, "TRANSACTION_ALREADY_SETTLED");
  });

  it("declines with 201 and a reason", async () => {
    for (const [amount, status, reason] of [["2402.00", "DECLINED", "INSUFFICIENT_FUND"],
      ["2481.00", "AUTHORIZED_RISK_DECLINED", "DECISION_PROFILE_REJECT"]] as const) {
      const got = await call("POST", "/pts/v2/payments", payment(amount));
      const json = object(got.json);
      assert.deepEqual([got.status, json.status, object(json.errorInformation).reason], [201, status, reason]);
    }
    const held = object((await call("POST", "/pts/v2/payments", payment("2480.00"))).json);
    assert.equal(held.status, "AUTHORIZED_PENDING_REVIEW");
  });

  it("undoes by reference what nobody heard of, once", async () => {
    const before = system.books.balance();
    await call("POST", "/pts/v2/payments", payment("33.00"));
    const body = { clientReferenceInformation: { transactionId: `ref${count}` } };
    assert.equal(object((await call("POST", "/pts/v2/voids", body)).json).status, "VOIDED");
    assert.equal((await call("POST", "/pts/v2/voids", body)).status, 400);
    assert.equal(system.books.balance(), before);
    const never = { clientReferenceInformation: { transactionId: "never" } };
    assert.equal((await call("POST", "/pts/v2/voids", never)).status, 404);
  });

  it("names the field that is wrong", async () => {
    const got = await call("POST", "/pts/v2/payments", payment("1.00", true, { orderInformation: {} }));
    assert.deepEqual(object(got.json).details,
      [{ field: "orderInformation.amountDetails.totalAmount", reason: "MISSING_FIELD" }]);
  });

  it("finds by code, in pages", async () => {
    await call("POST", "/pts/v2/payments", payment("5.00"));
    const found = await call("POST", "/tss/v2/searches", { query: `clientReferenceInformation.code:ORD-${count} AND `
      + "submitTimeUtc:[NOW/DAY-7DAYS TO NOW/DAY+1DAY}", offset: 0, limit: 1 });
    assert.equal(found.status, 201);
    assert.equal(scalar(object(found.json).totalCount), "1");
  });
});
