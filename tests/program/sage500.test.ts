// The connector sage500 against a real PostgreSQL that stands for Sage's database: every action of its manifest, what
// each gives compared with its schema, and the books after a line is cut at the COMMIT or the server is killed there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Json, type JsonObject, readJson, scalar, writeJson } from "../systems/lib/json.ts";
import { Sage500 } from "../systems/sage500/sage500.ts";
import { quickRetry } from "./flows.ts";
import { eventually, type RunShown, type Server, World } from "./world.ts";

interface Action {
  save?: boolean;
  output_schema?: object;
  example?: { input: JsonObject };
  examples?: { input: JsonObject }[];
}
const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../nodes/connectors/sage500/manifest.json"),
  "utf8")) as { actions: Record<string, Action> };
const password = "canary-sage-500";
const schemas = new Ajv2020({ strict: false, validateFormats: false });
const called = new Set<string>();

let sage: Sage500;
let world: World;
let server: Server;

function connections(settings: object = {}): object {
  return { weft: 1, connections: { sage: { connector: "sage500", settings: { driver: "PostgreSQL Unicode",
    host: "127.0.0.1", port: String(sage.door.port), database: "postgres", user: "weft", tls: "off", company: "SOA",
    query_timeout: "10s", ...settings }, secrets: { password: { env: "SAGE_PASSWORD" } } } } };
}

function flowOf(action: string, path = action): object {
  return { weft: 1, name: action, nodes: [
    { id: "in", type: "trigger.webhook", config: { path, respond: "result", verify: { type: "none" } } },
    { id: "it", type: `connector.sage500.${action}`, connection: "sage", retry: quickRetry,
      config: { input: "=trigger.body", ...(manifest.actions[action]?.save === true
        ? { save: { folder: world.folder, file: `${action}.json` } } : {}) } }],
  edges: [{ from: "in", to: "it" }] };
}

before(async () => {
  sage = await Sage500.open(password);
  world = new World({ SAGE_PASSWORD: password });
  world.env.WEFT_FILES_ROOT = world.folder;
  for (const action of Object.keys(manifest.actions))
    world.flow(action, flowOf(action), { "connections.json": connections({ receipt_step: "2200901" }) });
  server = await world.serve();
});
after(async () => {
  try {
    await world.end();
  } finally {
    await sage.close();
  }
});
beforeEach(() => { sage.behave(); });

async function post(action: string, input: JsonObject): Promise<{ status: number; json: JsonObject }> {
  called.add(action);
  const answer = await fetch(server.hook(action), { method: "POST", body: writeJson(input),
    headers: { "content-type": "application/json" } });
  return { status: answer.status, json: readJson(await answer.text()) as JsonObject };
}

async function ask(action: string, input: object = {}): Promise<JsonObject> {
  const { status, json } = await post(action, input as JsonObject);
  assert.equal(status, 200, `${action}: ${writeJson(json)}`);
  const schema = manifest.actions[action]?.output_schema ?? {};
  assert.ok(schemas.validate(schema, JSON.parse(writeJson(json))), `${action}: ${schemas.errorsText()}`);
  return json;
}

async function failure(action: string, input: object): Promise<RunShown> {
  const { json } = await post(action, input as JsonObject);
  return world.settled(scalar(json.run));
}

async function session(): Promise<Json> {
  return (await ask("new_session")).session ?? null;
}

function rows(answer: JsonObject): JsonObject[] {
  return answer.rows as JsonObject[];
}

let serial = 0;
async function receipt(change: object = {}): Promise<JsonObject & { reference: string }> {
  serial += 1;
  const invoice = 100 + serial;
  return { session: await session(), customer: `CUST-${String(1 + invoice % 50).padStart(4, "0")}`, day: "2026-11-21",
    amount: readJson("10.105"), currency: "USD", invoice: String(invoice).padStart(10, "0"),
    applied: readJson("10.105"), reference: `GW-${serial}`, ...change };
}
async function memo(change: object = {}): Promise<JsonObject & { reference: string }> {
  const input = await receipt(change);
  delete input.applied;
  return input;
}

describe("reading", () => {
  it("finds the company, invoices, customers and balances", async () => {
    assert.equal(writeJson(await ask("find_company")), '{"row":{"CompanyName":"Contoso","CurrID":"USD"}}');
    const [invoice] = rows(await ask("find_invoice", { number: "0000000007" }));
    assert.match(writeJson(invoice ?? null), /"TranID":"0000000007-IN".*"TranAmt":7.105,"Balance":7.105/);
    assert.equal(rows(await ask("find_invoice", { number: "7" })).length, 0);
    const [customer] = rows(await ask("find_customer", { customer: "CUST-0007" }));
    assert.match(writeJson(customer ?? null), /"City":"Boston".*"EMailAddr":"ap@customer7.example"/);
    const [balance] = rows(await ask("customer_balance", { customer: "CUST-0007" }));
    assert.equal(scalar(balance?.balance),
      sage.ask("SELECT sum(Balance) FROM tarInvoice WHERE CustKey = 7 AND Balance <> 0"));
  });

  it("lists by what is asked for, and by key without a gap", async () => {
    const open = await ask("open_invoices", { currency: "USD", balance: readJson("42.105") });
    assert.deepEqual(rows(open).map((row) => row.TranNo), ["0000000042"]);
    const first = await ask("open_invoices", { customer: "CUST-0009" });
    const after = rows(first)[4]?.InvcKey ?? null;
    assert.deepEqual(rows(await ask("open_invoices", { customer: "CUST-0009", after })), rows(first).slice(5));
    const all = rows(await ask("list_customers"));
    assert.deepEqual(rows(await ask("list_customers", { after: all[9]?.CustKey })), all.slice(10));
  });
});

describe("a cash receipt", () => {
  it("is staged, imported and posted, and its invoice is paid", async () => {
    const input = await receipt();
    const entered = await ask("enter_receipt", input);
    const step = (key: Json): string =>
      sage.ask(`SELECT SetupStepKey FROM tsmMigrateSession WHERE MigrateSessionKey = ${scalar(key)}`);
    assert.equal(step(input.session ?? null), "2200901", "the site's own");
    const memoed = await memo();
    await ask("enter_credit_memo", memoed);
    assert.equal(step(memoed.session ?? null), "", "none was said");
    assert.equal(writeJson(entered), `{"session":${scalar(input.session)},"ret":1,"status":1,"log":[]}`);
    const [posted] = rows(await ask("posted_receipt", { reference: input.reference }));
    assert.match(writeJson(posted ?? null), /"TranAmt":10.105,.*"UnappliedAmt":0.000,.*"BatchID":"ARCR-\d{7}"/);
    assert.deepEqual(rows(await ask("find_receipt", { reference: input.reference })).map((row) => row.state),
      ["posted", "imported"]);
    const listed = rows(await ask("list_receipts", { from: "2026-11-21", prefix: "GW-" }));
    assert.ok(listed.some((row) => row.reference === input.reference));
    assert.equal(rows(await ask("list_receipts", { from: "2026-11-22", prefix: "GW-" })).length, 0);
    assert.equal(sage.differences(), "");
  });

  it("of two invoices is one row of a list, and a row for each invoice where it is searched", async () => {
    const input = await receipt({ reference: "TWO-1" });
    await ask("enter_receipt", input);
    sage.ask(`INSERT INTO tarCustPmtAppl SELECT CustPmtKey, 900, 0.001 FROM tarCustPmt WHERE TranCmnt = 'TWO-1'`);
    await ask("enter_receipt", await receipt({ reference: "TWO-2" }));
    const listed = rows(await ask("list_receipts", { from: "2026-11-21", prefix: "TWO-" }));
    assert.deepEqual(listed.map((row) => row.reference), ["TWO-1", "TWO-2"]);
    const after = listed[0]?.CustPmtKey ?? null;
    assert.deepEqual(rows(await ask("list_receipts", { from: "2026-11-21", prefix: "TWO-", after })), listed.slice(1));
    const search = async (by: object): Promise<string[]> => rows(await ask("search_receipts", by))
      .map((row) => `${scalar(row.reference)} ${scalar(row.InvoiceNo)}`).sort();
    const both = ["TWO-1 0000000900", `TWO-1 ${scalar(input.invoice)}`].sort();
    assert.deepEqual(await search({ reference: "TWO-1" }), both);
    assert.deepEqual(await search({ reference: "-", invoice: "0000000900", prefix: "TWO-" }), both.slice(1));
    assert.deepEqual(await search({ invoice: "0000000900", prefix: "GW-" }), []);
    const saved = await ask("save_receipts", { from: "2026-11-21", prefix: "TWO-" });
    assert.equal(scalar(saved.count), "2");
    assert.deepEqual(readJson(readFileSync(join(world.folder, "save_receipts.json"), "utf8")), listed);
    sage.ask("DELETE FROM tarCustPmtAppl WHERE InvcKey = 900"); // the books are compared later
  });

  it("that Sage refuses says why, and on account needs no invoice", async () => {
    const refused = await ask("enter_receipt", await receipt({ customer: "NOBODY" }));
    assert.match(writeJson(refused), /"status":2,"log":\[.*"value":"NOBODY",.*"comment":"Customer is invalid"/);
    const input = await receipt();
    delete input.invoice;
    delete input.applied;
    assert.equal(scalar((await ask("enter_receipt", input)).status), "1");
    sage.rule("no duplicates");
    const again = await ask("enter_receipt", { ...input, session: await session() });
    assert.match(writeJson(again), /"status":2,"log":\[.*"duplicate":1/);
  });

  it("can be staged and imported one after the other", async () => {
    const input = await receipt();
    await ask("stage_receipt", input);
    assert.equal(sage.receipts().has(input.reference), false);
    assert.equal(scalar((await ask("import_receipts", { session: input.session })).status), "1");
    assert.equal(rows(await ask("import_log", { session: input.session })).length, 0);
    assert.equal(sage.receipts().get(input.reference), 1);
  });

  it("is imported with all others of its session, in as many calls as the procedure wants", async () => {
    const key = await session();
    await ask("stage_receipt", await receipt({ session: key, reference: "MANY-0" }));
    sage.ask(`INSERT INTO StgCustPmt (SessionKey, CompanyID, CustID, TranDate, TranAmt, CurrID, TranCmnt)
      SELECT ${scalar(key)}, 'SOA', 'CUST-0001', '2026-11-21', 1, 'USD', 'MANY-' || n FROM generate_series(1, 119) n`);
    // One whose answer is lost may still be at work when another begins: they take turns, and nothing is booked twice.
    await Promise.all([1, 2, 3].map(() => ask("import_receipts", { session: key })));
    const many = [...sage.receipts()].filter(([name]) => name.startsWith("MANY-"));
    assert.deepEqual([many.length, many.filter(([, times]) => times !== 1)], [120, []]);
    assert.match((await failure("import_receipts", { session: 999_999 })).error?.text ?? "", /0 rows would be changed/);
  });

  it("is not called refused when an import was stopped before it; the next import takes what is left", async () => {
    const key = await session();
    await ask("stage_receipt", await receipt({ session: key, reference: "HALF-0" }));
    sage.ask(`INSERT INTO StgCustPmt (SessionKey, CompanyID, CustID, TranDate, TranAmt, CurrID, TranCmnt)
      SELECT ${scalar(key)}, 'SOA', 'CUST-0001', '2026-11-21', 1, 'USD', 'HALF-' || n FROM generate_series(1, 69) n`);
    sage.rule("stopped");
    assert.match((await failure("import_receipts", { session: key })).error?.text ?? "", /did not do it/);
    sage.behave();
    assert.equal(scalar((await ask("import_receipts", { session: key })).status), "1");
    const half = [...sage.receipts()].filter(([name]) => name.startsWith("HALF-"));
    assert.deepEqual([half.length, half.filter(([, times]) => times !== 1)], [70, []]);
  });

  it("that the import does not look at is no success, and its log says why", async () => {
    sage.rule("module inactive");
    const input = await receipt();
    const run = await failure("enter_receipt", input);
    assert.deepEqual([run.error?.kind, sage.receipts().has(input.reference)], ["invalid", false]);
    assert.match(run.error?.text ?? "", /did not do it: Module is inactive/);
    const staged = await receipt();
    await ask("stage_receipt", staged);
    const again = await failure("import_receipts", { session: staged.session });
    assert.match(again.error?.text ?? "", /Module is inactive/);
    sage.behave();
    assert.equal(scalar((await ask("import_receipts", { session: staged.session })).status), "1");
    assert.equal(sage.receipts().get(staged.reference), 1);
  });

  it("is listed by what its reference begins with, also with signs that mean something in SQL", async () => {
    for (const reference of ["50%_[a]!x", "50% off", "50XX[a]!x"])
      await ask("enter_receipt", await receipt({ reference }));
    const list = async (prefix: string): Promise<(Json | undefined)[]> =>
      rows(await ask("list_receipts", { from: "2026-11-21", prefix })).map((row) => row.reference);
    assert.deepEqual(await list("50%"), ["50%_[a]!x", "50% off"]);
    assert.deepEqual(await list("50%_["), ["50%_[a]!x"]);
    assert.deepEqual(await list("50%_[a]!"), ["50%_[a]!x"]);
  });

  it("whose input is wrong is refused before anything is asked", async () => {
    for (const [change, said] of [[{ amount: readJson("0") }, /amount/], [{ day: "21.11.2026" }, /day/],
      [{ reference: undefined }, /reference/]] as const) {
      const run = await failure("enter_receipt", await receipt(change));
      assert.equal(run.error?.kind, "invalid");
      assert.match(run.error.text, said);
    }
  });
});

describe("credit memos and customers", () => {
  it("a refund becomes a credit memo, once", async () => {
    const input = await memo();
    assert.equal(scalar((await ask("enter_credit_memo", input)).status), "1");
    const [found] = rows(await ask("find_credit_memo", { reference: input.reference }));
    assert.match(writeJson(found ?? null), /"TranID":"\d{10}-CM".*"TranAmt":-10.105/);
    const listed = rows(await ask("list_credit_memos", { from: "2026-11-21", prefix: "GW-" }));
    assert.ok(listed.some((row) => row.reference === input.reference));
    sage.rule("no duplicates");
    const again = await ask("enter_credit_memo", { ...input, session: await session() });
    assert.match(writeJson(again), /"duplicate":1/);
    assert.equal(sage.did("credit memo").get(input.reference), 1);
  });

  it("a document of any type is found by its reference, and listed by key", async () => {
    sage.ask(`INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranType, TranDate, CustKey, CurrID, TranAmt,
      Balance, TranCmnt) SELECT 50000 + n, 'SOA', lpad(n::text, 10, '7') || '-DM', lpad(n::text, 10, '7'), 503,
      date '2026-11-20' + n, 3, 'USD', 5, 5, 'DOC-' || n FROM generate_series(1, 3) n`);
    const [found] = rows(await ask("find_documents", { reference: "DOC-1" }));
    assert.match(writeJson(found ?? null), /"TranID":"7777777771-DM","TranType":503,.*"TranAmt":5.000,.*"CUST-0003"/);
    assert.equal(rows(await ask("find_credit_memo", { reference: "DOC-1" })).length, 0);
    const listed = rows(await ask("list_documents", { from: "2026-11-22", prefix: "DOC-" }));
    assert.deepEqual(listed.map((row) => row.reference), ["DOC-2", "DOC-3"]);
    assert.equal(scalar((await ask("save_documents", { from: "2026-11-22", prefix: "DOC-" })).count), "2");
    assert.equal(scalar((await ask("save_customers")).count), String(rows(await ask("list_customers")).length));
    const after = listed[0]?.InvcKey ?? null;
    assert.deepEqual(rows(await ask("list_documents", { from: "2026-11-22", prefix: "DOC-", after })), listed.slice(1));
  });

  it("what moved money is saved by its reference: receipts, credits below zero, nothing voided", async () => {
    sage.ask("INSERT INTO tciBatchLog VALUES (900, 'ARCR-0000900', 503, 4, 0, 'SOA', 2, 0)");
    const posted = [["BKG-1", "10"], ["BKG-2", "20"], ["BKG-2", "20"], ["BKG-3", "30"], ["BKG_4", "40"]];
    for (const [at, [reference = "", amount = ""]] of posted.entries())
      sage.ask(`INSERT INTO tarCustPmt VALUES (${70000 + at}, 3, 'SOA', '70000${at}', ${amount}, '2026-11-22', 'USD', 0,
        900, '${reference}')`);
    const memos = [["BKG-3-V", "-30"], ["BKG-5", "-5"], ["BKG-6", "6"]];
    for (const [at, [reference = "", amount = ""]] of memos.entries())
      sage.ask(`INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranType, TranDate, CustKey, CurrID,
        TranAmt, Balance, TranCmnt) VALUES (${71000 + at}, 'SOA', '71000${at}-CM', '71000${at}', 502, '2026-11-22', 3,
        'USD', ${amount}, 0, '${reference}')`);
    assert.equal(scalar((await ask("save_bookings", { from: "2026-11-22", prefix: "BKG-" })).count), "5");
    const saved = (readJson(readFileSync(join(world.folder, "save_bookings.json"), "utf8")) as JsonObject[])
      .map((row) => [row.reference, row.TranAmt, row.Documents].map((each) => scalar(each)).join(" "));
    assert.deepEqual(saved, ["BKG-1 10.000 1", "BKG-2 20.000 2", "BKG-2 20.000 2", "BKG-5 -5.000 1", "BKG-6 -6.000 1"]);
    assert.equal(scalar((await ask("save_bookings", { from: "2026-11-23", prefix: "BKG-" })).count), "0");
    sage.ask("DELETE FROM tarCustPmt WHERE CustPmtKey >= 70000; DELETE FROM tarInvoice WHERE InvcKey >= 71000");
  });

  it("a journal is found in the ledger by its posting comment", async () => {
    sage.ask(`INSERT INTO tglTransaction VALUES (11, 1, '0000000012', 9.99, 'USD', '2026-11-21', 'GW day'),
      (12, 2, '0000000012', -9.99, 'USD', '2026-11-21', 'GW day'),
      (13, 2, '0000000013', 1, 'USD', '2026-11-21', 'another')`);
    const lines = rows(await ask("find_postings", { reference: "GW day" }))
      .map((row) => `${scalar(row.GLAcctNo)} ${scalar(row.PostAmt)} ${scalar(row.PostDate)}`);
    assert.deepEqual(lines, ["1030-00-00 9.990 2026-11-21", "1200-00-00 -9.990 2026-11-21"]);
    assert.equal(rows(await ask("find_postings", { reference: "GW" })).length, 0);
  });

  it("a customer that is there is changed, and only what is given", async () => {
    const changed = await ask("update_customer", { session: await session(), customer: "CUST-0011", city: "Salem" });
    assert.equal(scalar(changed.status), "1");
    const key = await session();
    await ask("stage_customer", { session: key, customer: "CUST-0011", email: "new@eleven.example" });
    assert.equal(scalar((await ask("import_customers", { session: key })).status), "1");
    const [found] = rows(await ask("find_customer", { customer: "CUST-0011" }));
    assert.match(writeJson(found ?? null),
      /"CustName":"Customer 11",.*"AddrLine1":"11 Main St",.*"City":"Salem",.*"EMailAddr":"new@eleven.example"/);
    const refused = await ask("update_customer", { session: await session(), customer: "NOBODY", city: "Salem" });
    assert.match(writeJson(refused), /"status":2,"log":\[.*"value":"NOBODY"/);
  });

  it("a customer is made, changed and found by its id elsewhere", async () => {
    const make = async (name: string, more: object = {}): Promise<JsonObject> => ask("upsert_customer",
      { session: await session(), customer: "NEW-1", name, crm_id: "crm-77", city: "Zürich", country: "CHE", ...more });
    assert.equal(scalar((await make("Neu AG")).status), "1");
    await make("Neu & Söhne AG", { email: "post@neu.example" });
    const [found] = rows(await ask("find_customer", { crm_id: "crm-77" }));
    assert.match(writeJson(found ?? null), /"CustName":"Neu & Söhne AG".*"City":"Zürich".*"EMailAddr":"post@neu.ex/);
    const since = sage.ask("SELECT UpdateDate FROM tarCustomer WHERE CustID = 'NEW-1'").replace(" ", "T");
    assert.deepEqual(rows(await ask("changed_customers", { since })).map((row) => row.CustID), ["NEW-1"]);
    assert.deepEqual([sage.did("customer made").get("NEW-1"), sage.did("customer changed").get("NEW-1")], [1, 1]);
  });
});

const imports = [["enter_receipt", receipt, "receipt"], ["enter_credit_memo", memo, "credit memo"]] as const;

/** All at once, so that their probes wait together. spoil: what then goes wrong. */
async function importAll(times: number, spoil: () => void): Promise<void> {
  const inputs = [];
  for (const [action, make, did] of imports)
    for (let n = 0; n < times; n += 1) inputs.push({ action, did, input: await make() });
  spoil();
  const answers = await Promise.all(inputs.map(({ action, input }) => ask(action, input)));
  assert.deepEqual(answers.map((answer) => scalar(answer.status)), inputs.map(() => "1"));
  for (const { did, input } of inputs) assert.equal(sage.did(did).get(input.reference), 1);
}

describe("a key that is there already", () => {
  it("is looked for: what this step entered before stands, with its log, and is not entered again", async () => {
    const input = await receipt(), wrong = await receipt({ customer: "NOBODY" });
    await ask("enter_receipt", input);
    const refused = await ask("enter_receipt", wrong);
    const [same, again, other] = await Promise.all([ask("enter_receipt", input), ask("enter_receipt", wrong),
      failure("enter_receipt", { ...input, amount: readJson("11.105"), applied: readJson("11.105") })]);
    assert.deepEqual([scalar(same.status), scalar(again.status)], ["1", "2"]);
    assert.deepEqual(again.log, refused.log);
    assert.equal(other.status, "in_doubt", "another payment under that key is none of this step's");
    assert.equal(sage.receipts().get(input.reference), 1);
  });
});

describe("an answer that is lost", () => {
  it("with the line, before or after the commit, or with the server that is killed there, is looked for: all is done "
    + "once, and so is what a deadlock left undone", async () => {
    const before = sage.door.cutsDone;
    await importAll(4, () => {
      sage.misbehave(["commit.killed", "import.deadlock"], 2);
      for (const cut of ["before_commit", "after_commit", "before_commit", "after_commit"] as const) sage.door.cut(cut);
    });
    assert.equal(sage.door.cutsDone, before + 4);
    assert.equal(sage.differences(), "");
  });

  it("of a session of which a part is done already: the rest is no less looked for, and done", async () => {
    const done = await receipt(), left = await receipt({ session: done.session });
    await ask("stage_receipt", done);
    await ask("import_receipts", { session: done.session });
    sage.ask(`INSERT INTO StgCustPmt (SessionKey, CompanyID, CustID, TranDate, TranAmt, CurrID, TranCmnt)
      VALUES (${scalar(done.session)}, 'SOA', '${scalar(left.customer)}', '2026-11-21', 1, 'USD',
        '${left.reference}')`);
    sage.misbehave(["commit.killed"], 1);
    assert.equal(scalar((await ask("import_receipts", { session: done.session })).status), "1");
    assert.deepEqual([done, left].map((each) => sage.receipts().get(each.reference)), [1, 1]);
  });

  it("says of all rows of a session whether one was refused", async () => {
    const one = await receipt();
    await ask("stage_receipt", one);
    sage.ask(`INSERT INTO StgCustPmt (SessionKey, CompanyID, CustID, TranDate, TranAmt, CurrID, TranCmnt)
      VALUES (${scalar(one.session)}, 'SOA', 'NOBODY', '2026-11-21', 1, 'USD', 'REFUSED-1')`);
    const said = await ask("import_receipts", { session: one.session });
    assert.match(writeJson(said), /"status":2,"log":\[.*"value":"NOBODY"/);
  });
});

describe("a connection", () => {
  it("says where the site's own names are, which can be nothing but names", async (t) => {
    const own = new World({ SAGE_PASSWORD: password });
    t.after(() => own.end());
    const good = connections({ receipt_table: "public.StgCustPmt" });
    own.flow("good", flowOf("find_receipt"), { "connections.json": good });
    const bad = connections({ receipt_table: "StgCustPmt; DROP TABLE tarInvoice" });
    own.flow("bad", flowOf("find_receipt", "bad"), { "connections.json": bad });
    own.flow("none", flowOf("find_company", "none"), { "connections.json": connections({ company: undefined }) });
    own.flow("statement", { weft: 1, name: "A statement of its own", nodes: [
      { id: "in", type: "trigger.webhook", config: { path: "own", respond: "result", verify: { type: "none" } } },
      { id: "it", type: "connector.sql", connection: "sage",
        config: { statement: "SELECT count(*) AS n FROM tarInvoice", result: "value" } }],
    edges: [{ from: "in", to: "it" }] }, { "connections.json": connections() });
    const at = await own.serve();
    await eventually("the faults are told", () => /"receipt_table\\?" is the name of a table/.test(own.stderr)
      && /the setting \\?"company\\?" is missing/.test(own.stderr));
    const send = async (path: string): Promise<string> => (await fetch(at.hook(path), { method: "POST",
      body: '{"reference":"GW-1"}', headers: { "content-type": "application/json" } })).text();
    assert.match(await send("find_receipt"), /"state":"posted"/);
    assert.match(await send("own"), /"value":\d+/);
  });

  it("every action of the manifest was called", () => {
    assert.deepEqual([...called].sort(), Object.keys(manifest.actions).sort());
  });
});
