// The stand-in of Dynamics 365 behaves as its products do.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client, errorOf, object } from "./client.ts";
import { type Dynamics365, openDynamics365, seedDemo } from "./dynamics365/dynamics365.ts";
import { scalar } from "./lib/json.ts";
import type { StandIn } from "./lib/stand_in.ts";

const api = "/api/data/v9.2";
let system: Dynamics365;
let standIn: StandIn;
let client: Client;

before(async () => {
  ({ system, standIn } = await openDynamics365());
  seedDemo(system);
  client = new Client(standIn.url);
  await client.signIn();
});
after(() => standIn.close());

describe("Entra ID", () => {
  it("gives a signed token for client credentials, in both forms", async () => {
    const v2 = object((await client.signIn()).json);
    assert.equal(v2.token_type, "Bearer");
    assert.equal(scalar(v2.expires_in), "3599");
    assert.match(scalar(v2.access_token), /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const form = new URLSearchParams({ grant_type: "client_credentials", resource: standIn.url,
      client_id: "5f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10", client_secret: "demo-erp-secret" });
    const v1 = await fetch(`${standIn.url}/contoso/oauth2/token`, { method: "POST", body: form });
    const body = await v1.json() as Record<string, string>;
    assert.equal(body.expires_in, "3599"); // v1 says numbers as texts
    assert.equal(body.resource, standIn.url);
  });

  const refusals: [string, Record<string, string>, string, number, string, string][] = [
    ["a wrong secret", { client_secret: "wrong" }, "contoso", 401, "invalid_client", "AADSTS7000215"],
    ["no secret", { client_secret: "" }, "contoso", 401, "invalid_client", "AADSTS7000218"],
    ["an unknown app", { client_id: "x" }, "contoso", 400, "unauthorized_client", "AADSTS700016"],
    ["an unknown tenant", {}, "fabrikam", 400, "invalid_request", "AADSTS90002"],
    ["another resource", { scope: "https://graph.microsoft.com/.default" }, "contoso", 400, "invalid_resource",
      "AADSTS500011"],
    ["a scope without .default", { scope: "user.read" }, "contoso", 400, "invalid_scope", "AADSTS1002012"],
    ["another grant", { grant_type: "password" }, "contoso", 400, "unsupported_grant_type", "AADSTS70003"],
    ["no grant", { grant_type: "" }, "contoso", 400, "invalid_request", "AADSTS900144"],
  ];
  for (const [what, change, tenant, status, error, code] of refusals)
    it(`refuses ${what} with ${code}`, async () => {
      const got = await new Client(standIn.url).signIn(change, tenant);
      const body = object(got.json);
      assert.equal(got.status, status);
      assert.equal(body.error, error);
      assert.match(scalar(body.error_description), new RegExp(`^${code}: .* Trace ID: .* Correlation ID: `));
    });
});

describe("sign-in at the API", () => {
  it("answers 401 with the place to sign in when the token is missing, foreign or expired", async () => {
    for (const authorization of ["", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic eDp5"]) {
      const got = await client.ask("GET", `${api}/accounts`, undefined, { authorization });
      assert.equal(got.status, 401);
      assert.match(got.headers.get("www-authenticate") ?? "", /^Bearer authorization_uri=.*, resource_id=/);
    }
    const other = new Client(standIn.url);
    await other.signIn();
    assert.equal((await other.ask("GET", `${api}/WhoAmI`)).status, 200);
    standIn.fault({ kind: "expire_tokens" });
    assert.equal((await other.ask("GET", `${api}/WhoAmI`)).status, 401);
    await other.signIn();
    assert.equal((await other.ask("GET", `${api}/WhoAmI`)).status, 200);
    await client.signIn();
  });

  it("does not take a token for another resource", async () => {
    const other = new Client(standIn.url);
    await other.signIn({ scope: "https://contoso.operations.dynamics.com/.default" });
    assert.equal((await other.ask("GET", `${api}/WhoAmI`)).status, 401);
    assert.equal((await other.ask("GET", "/data/CustomersV3")).status, 200);
  });

  it("lets a token die after its lifetime", async (t) => {
    let now = Date.now();
    const short = await openDynamics365({ lifetime: 600, now: () => now });
    t.after(() => short.standIn.close());
    const other = new Client(short.standIn.url);
    const got = await other.signIn();
    assert.equal(scalar(object(got.json).expires_in), "600");
    assert.equal((await other.ask("GET", `${api}/WhoAmI`)).status, 200);
    now += 598_000;
    assert.equal((await other.ask("GET", `${api}/WhoAmI`)).status, 200);
    now += 2000;
    assert.equal((await other.ask("GET", `${api}/WhoAmI`)).status, 401);
  });
});

describe("Dataverse", () => {
  it("wants the OData headers and a JSON body", async () => {
    const old = await client.ask("GET", `${api}/accounts`, undefined, { "odata-version": "3.0" });
    assert.equal(old.status, 400);
    assert.match(errorOf(old).message, /odata-version/);
    const plain = await client.ask("POST", `${api}/accounts`, "name=x", { "content-type": "text/plain" });
    assert.equal(plain.status, 415);
    assert.equal((await client.ask("POST", `${api}/accounts`, "{")).status, 400);
    assert.equal((await client.ask("GET", `${api}/nothings`)).status, 404);
    assert.equal((await client.ask("PUT", `${api}/accounts`, {})).status, 405);
  });

  it("creates with 204 and an entity id, or 201 and the row", async () => {
    const made = await client.ask("POST", `${api}/accounts`, { name: "Blue", accountnumber: "B1" });
    assert.equal(made.status, 204);
    const entity = made.headers.get("odata-entityid") ?? "";
    assert.match(entity, /\/api\/data\/v9\.2\/accounts\([0-9a-f-]{36}\)$/);
    const shown = await client.ask("POST", `${api}/accounts`, { name: "Green" }, { prefer: "return=representation" });
    assert.equal(shown.status, 201);
    assert.equal(shown.headers.get("preference-applied"), "return=representation");
    assert.equal(object(shown.json).name, "Green");
    const read = await client.ask("GET", entity.slice(standIn.url.length));
    assert.equal(object(read.json).accountnumber, "B1");
    const twice = await client.ask("POST", `${api}/accounts`, { name: "Blue again", accountnumber: "B1" });
    assert.equal(twice.status, 412);
    assert.equal(errorOf(twice).code, "0x80040237");
  });

  it("upserts by alternate key: 201, then 200, one row", async () => {
    const path = `${api}/new_payments(new_paytracetransactionid='PT-1')`;
    const prefer = { prefer: "return=representation" };
    const body = '{"new_amount":100.10,"new_currency":"USD"}';
    assert.equal((await client.ask("PATCH", path, body, prefer)).status, 201);
    assert.equal((await client.ask("PATCH", path, body, prefer)).status, 200);
    assert.equal((await client.ask("PATCH", path, body)).status, 204);
    const entries = standIn.ledger.of("new_payments");
    assert.deepEqual(entries.map((entry) => entry.did), ["upsert_create", "update", "update"]);
    assert.equal(scalar(entries[0]?.row.new_amount), "100.10"); // with its digits
    const list = await client.ask("GET", `${api}/new_payments?$filter=new_paytracetransactionid eq 'PT-1'`);
    assert.equal((object(list.json).value as unknown[]).length, 1);
  });

  it("reads a key with quotes, and refuses one that is no key", async () => {
    const path = `${api}/new_payments(new_paytracetransactionid='${encodeURIComponent("O''Neil/7")}')`;
    assert.equal((await client.ask("PATCH", path, { new_currency: "USD" })).status, 204);
    const row = object((await client.ask("GET", path)).json);
    assert.equal(row.new_paytracetransactionid, "O'Neil/7");
    const wrong = await client.ask("PATCH", `${api}/new_payments(new_currency='USD')`, {});
    assert.equal(wrong.status, 400);
    const other = await client.ask("PATCH", path, { new_paytracetransactionid: "another" });
    assert.equal(other.status, 204); // an update may change the key
    const absent = await client.ask("GET", path);
    assert.equal(absent.status, 404);
    assert.equal(errorOf(absent).code, "0x80060891");
  });

  it("honours If-Match and If-None-Match", async () => {
    const path = `${api}/accounts(accountnumber='CUST-1001')`;
    const read = await client.ask("GET", path);
    const etag = read.headers.get("etag") ?? "";
    assert.match(etag, /^W\/"\d+"$/);
    assert.equal(object(read.json)["@odata.etag"], etag);
    assert.equal((await client.ask("GET", path, undefined, { "if-none-match": etag })).status, 304);
    assert.equal((await client.ask("GET", path, undefined, { "if-none-match": "null" })).status, 200);
    assert.equal((await client.ask("PATCH", path, { telephone1: "1" }, { "if-match": etag })).status, 204);
    const stale = await client.ask("PATCH", path, { telephone1: "2" }, { "if-match": etag });
    assert.equal(stale.status, 412);
    assert.equal(errorOf(stale).code, "0x80060882");
    const only = await client.ask("PATCH", path, { telephone1: "3" }, { "if-none-match": "*" });
    assert.equal(only.status, 412);
    const nobody = `${api}/accounts(accountnumber='NOBODY')`;
    assert.equal((await client.ask("PATCH", nobody, { name: "x" }, { "if-match": "*" })).status, 404);
  });

  it("refuses what its columns do not take, naming it", async () => {
    const cases: [unknown, RegExp][] = [
      ['{"new_amount":"100.10"}', /'100\.10' to the expected type 'Edm\.Decimal'/],
      [{ new_paymentdate: "11/20/2026" }, /Edm\.Date/],
      [{ new_paymentdate: "2026-02-30" }, /Edm\.Date/],
      [{ new_paidon: "2026-11-20 15:30" }, /Edm\.DateTimeOffset/],
      [{ new_currency: "DOLLAR" }, /maximum allowed length of '3'/],
      [{ new_nothing: 1 }, /Invalid property 'new_nothing'/],
      ['{"new_amount":100000000001}', /outside the valid range/],
    ];
    for (const [body, text] of cases) {
      const got = await client.ask("PATCH", `${api}/new_payments(new_paytracetransactionid='BAD')`, body);
      assert.equal(got.status, 400);
      assert.match(errorOf(got).message, text);
    }
    assert.ok(standIn.ledger.of("new_payments").every((entry) => entry.row.new_paytracetransactionid !== "BAD"));
  });

  it("pays an invoice by its state and status, together", async () => {
    const path = `${api}/invoices(invoicenumber='ORD-5001')`;
    const alone = await client.ask("PATCH", path, { statuscode: 100001 });
    assert.equal(alone.status, 400);
    assert.match(errorOf(alone).message, /100001 is not a valid status code for state code 0/);
    assert.equal((await client.ask("PATCH", path, { statecode: 2, statuscode: 100001 })).status, 204);
    const row = object((await client.ask("GET", `${path}?$select=statecode`)).json);
    assert.equal(scalar(row.statecode), "2");
    assert.equal(row.invoicenumber, undefined); // not selected
  });

  it("binds lookups by key and refuses what is not there", async () => {
    const path = `${api}/new_payments(new_paytracetransactionid='PT-2')`;
    const bind = (number: string): object => ({ "new_AccountId@odata.bind": `/accounts(accountnumber='${number}')` });
    const bound = await client.ask("PATCH", path, bind("CUST-1002"));
    assert.equal(bound.status, 204);
    const row = object((await client.ask("GET", path)).json);
    assert.match(scalar(row._new_accountid_value), /^[0-9a-f-]{36}$/);
    const absent = await client.ask("PATCH", path, bind("GHOST"));
    assert.equal(absent.status, 404);
    assert.equal(errorOf(absent).code, "0x80060891");
  });

  it("lists with $filter, $select, $orderby, $top, $count and pages", async () => {
    for (let n = 1; n <= 5; n += 1)
      await client.ask("PATCH", `${api}/new_payments(new_paytracetransactionid='L-${n}')`,
        { new_amount: n * 10, new_status: n % 2 === 0 ? "even" : "odd", new_orderid: "LIST" });
    const names = async (query: string): Promise<string> => {
      const got = await client.ask("GET", `${api}/new_payments?${query}`);
      assert.equal(got.status, 200, JSON.stringify(got.json));
      return (object(got.json).value as { new_paytracetransactionid: string }[])
        .map((row) => row.new_paytracetransactionid).join(" ");
    };
    const prefer = { prefer: "odata.maxpagesize=2" };
    const base = "$orderby=new_paytracetransactionid&$filter=new_orderid eq 'list'"; // texts compare without case
    assert.equal(await names(base), "L-1 L-2 L-3 L-4 L-5");
    const some = "new_amount ge 20 and (new_status eq 'odd' or new_amount lt 30)";
    assert.equal(await names(`${base} and ${some}`), "L-2 L-3 L-5");
    assert.equal(await names(`${base} and not contains(new_paytracetransactionid,'3')&$top=2`), "L-1 L-2");
    const page = await client.ask("GET", `${api}/new_payments?${base}&$count=true`, undefined, prefer);
    assert.equal(scalar(object(page.json)["@odata.count"]), "5");
    const next = scalar(object(page.json)["@odata.nextLink"]);
    const second = await client.ask("GET", next.slice(standIn.url.length), undefined, prefer);
    assert.deepEqual((object(second.json).value as { new_paytracetransactionid: string }[])
      .map((row) => row.new_paytracetransactionid), ["L-3", "L-4"]);
    const bad = await client.ask("GET", `${api}/new_payments?$filter=nothing eq 1`);
    assert.equal(bad.status, 400);
    assert.match(errorOf(bad).message, /Could not find a property named 'nothing'/);
  });

  it("protects itself: 429 with Retry-After and the code of the limit", async (t) => {
    const small = await openDynamics365({ requestLimit: 2 });
    t.after(() => small.standIn.close());
    const other = new Client(small.standIn.url);
    await other.signIn();
    const seen: number[] = [];
    for (let n = 0; n < 3; n += 1) seen.push((await other.ask("GET", `${api}/WhoAmI`)).status);
    assert.deepEqual(seen, [200, 200, 429]);
    const got = await other.ask("GET", `${api}/WhoAmI`);
    assert.equal(got.headers.get("retry-after"), "30");
    assert.equal(errorOf(got).code, "0x80072321"); // the three limits in turn
  });
});

describe("Finance & Operations", () => {
  const line = {
    dataAreaId: "usmf", AccountType: "Cust", AccountDisplayValue: "CUST-1001", CurrencyCode: "USD",
    TransactionDate: "2026-11-20T00:00:00Z", CreditAmount: 100, PaymentReference: "PT-1",
  };

  it("makes a journal and its lines with composite keys", async () => {
    const header = await client.ask("POST", "/data/CustomerPaymentJournalHeaders",
      { dataAreaId: "usmf", JournalName: "CustPay", Description: "PayTrace" });
    assert.equal(header.status, 201);
    const batch = scalar(object(header.json).JournalBatchNumber);
    assert.match(batch, /^\d{5}$/);
    const body = `{${JSON.stringify({ ...line, JournalBatchNumber: batch }).slice(1, -1)
      .replace('"CreditAmount":100', '"CreditAmount":100.10')}}`;
    const made = await client.ask("POST", "/data/CustomerPaymentJournalLines", body);
    assert.equal(made.status, 201);
    assert.equal(scalar(object(made.json).CreditAmount), "100.10");
    assert.equal(scalar(object(made.json).LineNumber), "1");
    const key = `dataAreaId='usmf',JournalBatchNumber='${batch}',LineNumber=1`;
    assert.equal((await client.ask("GET", `/data/CustomerPaymentJournalLines(${key})`)).status, 200);
    const found = await client.ask("GET", "/data/CustomerPaymentJournalLines?$filter=PaymentReference eq 'PT-1'"
      + "&cross-company=true&$top=1");
    assert.equal((object(found.json).value as unknown[]).length, 1);
  });

  it("refuses as it does: 400 with the reason inside", async () => {
    const cases: [string, object, RegExp][] = [
      ["CustomerPaymentJournalLines", { ...line, JournalBatchNumber: "99999" }, /'99999' does not exist/],
      ["CustomerPaymentJournalLines", { ...line, JournalBatchNumber: "00001", AccountType: "Customer" }, /enumeration/],
      ["CustomerPaymentJournalLines", { ...line, JournalBatchNumber: "00001", DebitAmount: 5 }, /Either a debit or a/],
      ["CustomerPaymentJournalLines", { ...line, JournalBatchNumber: "00001", TransactionDate: "11/20/2026" },
        /Edm\.DateTimeOffset/],
      ["CustomerPaymentJournalHeaders", { dataAreaId: "usmf" }, /must be filled in/],
    ];
    for (const [set, body, text] of cases) {
      const got = await client.ask("POST", `/data/${set}`, body);
      assert.equal(got.status, 400);
      assert.match(errorOf(got).message, text);
    }
    assert.equal((await client.ask("PATCH", "/data/CustomersV3(dataAreaId='usmf',CustomerAccount='GHOST')", {})).status,
      404); // no upsert here
  });

  it("shows other companies only with cross-company", async () => {
    await client.ask("POST", "/data/CustomersV3", { dataAreaId: "dat", CustomerAccount: "X" });
    const count = async (query: string): Promise<number> =>
      (object((await client.ask("GET", `/data/CustomersV3${query}`)).json).value as unknown[]).length;
    assert.equal(await count(""), 2);
    assert.equal(await count("?cross-company=true"), 3);
  });
});
