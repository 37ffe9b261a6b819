// The main job, end to end: a signed PayTrace event becomes exactly one entry in the ERP, with its exact amount.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Dynamics365, openDynamics365, seedDemo } from "../systems/dynamics365/dynamics365.ts";
import { type JsonObject, scalar } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { eventText, type PaymentEvent, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { erpSecret, eventually, paytraceSecret, type RunShown, type Server, templates, World } from "./world.ts";

let world: World;
let system: Dynamics365;
let standIn: StandIn;
let server: Server;

before(async () => {
  ({ system, standIn } = await openDynamics365({ clientSecret: erpSecret }));
  seedDemo(system);
  world = new World({ WEFT_DEMO_ERP_URL: standIn.url });
  server = await world.serve({ flows: [templates] });
});
after(async () => {
  await world.end();
  await standIn.close();
});

async function post(body: string): Promise<{ status: number; json: { run: string; duplicate?: boolean } }> {
  const answer = await fetch(server.hook("paytrace/payments"), { method: "POST", body,
    headers: { "content-type": "application/json", "x-signature": sign(paytraceSecret, body) } });
  return { status: answer.status, json: await answer.json() as { run: string } };
}

async function send(id: string, change: Partial<PaymentEvent> = {}): Promise<RunShown> {
  const answer = await post(eventText(paymentEvent(id, change)));
  assert.equal(answer.status, 202);
  return world.settled(answer.json.run);
}

/** The payment's row as it stands, and how often it was made. */
function payment(id: string): { row: JsonObject; made: number } {
  const entries = standIn.ledger.of("new_payments").filter((entry) => entry.row.new_paytracetransactionid === id);
  return { row: entries.at(-1)?.row ?? {}, made: entries.filter((entry) => entry.did === "upsert_create").length };
}

function invoiceState(number: string): string {
  const row = system.dataverse.table("invoices").findByKey(["invoicenumber"], { invoicenumber: number });
  return `${scalar(row?.values.statecode)}/${scalar(row?.values.statuscode)}`;
}

describe("an approved payment", () => {
  it("is posted with its exact amount and fields, and its invoice is paid", async () => {
    const run = await send("PT-1", { amount: "100.10", timestamp: "2026-11-20T03:30:00Z" });
    assert.equal(run.status, "succeeded", JSON.stringify(run.error));
    const { row, made } = payment("PT-1");
    assert.equal(made, 1);
    assert.equal(scalar(row.new_amount), "100.10");
    const { new_currency, new_glaccount, new_type, new_direction, new_customerid, new_orderid, new_status } = row;
    assert.deepEqual([new_currency, new_glaccount, new_type, new_direction, new_customerid, new_orderid, new_status],
      ["USD", "110130", "payment", "credit", "CUST-1001", "ORD-5001", "Approved"]);
    assert.equal(row.new_paymentdate, "2026-11-19"); // in New York it was still the day before
    assert.equal(row.new_paidon, "2026-11-20T03:30:00Z");
    assert.equal(row.new_name, "PayTrace PT-1 of 11/19/2026");
    assert.equal(invoiceState("ORD-5001"), "2/100001");
  });

  it("can be followed step by step", async () => {
    const run = await send("PT-2", { amount: "0.10" });
    const done = world.command(["show", run.run, "--data", world.data, "--json"]);
    assert.equal(done.code, 0, done.stderr);
    const shown = JSON.parse(done.stdout) as RunShown;
    assert.deepEqual(shown.steps.map((step) => `${step.step} ${step.status} ${step.port ?? ""}`), [
      "route succeeded payment", "entry succeeded out", "post succeeded out", "new succeeded out",
      "settles succeeded out", "invoice succeeded out", "found succeeded out", "close succeeded out",
    ]);
    assert.match(done.stdout, /"amount": 0\.10\b/); // what came, and what was made of it
    const plain = world.command(["show", run.run, "--data", world.data]);
    assert.equal(plain.code, 0);
    for (const step of ["route", "entry", "post", "close"]) assert.ok(plain.stdout.includes(step));
  });

  it("keeps every amount to the cent", async () => {
    const amounts = ["0.01", "0.1", "1", "19.99", "100.1", "1234567.89", "99999999999.99"];
    const wanted = ["0.01", "0.10", "1.00", "19.99", "100.10", "1234567.89", "99999999999.99"];
    for (const [n, amount] of amounts.entries())
      assert.equal((await send(`PT-A${n}`, { amount, orderId: "ORD-5003" })).status, "succeeded", amount);
    assert.deepEqual(amounts.map((_, n) => scalar(payment(`PT-A${n}`).row.new_amount)), wanted);
  });

  it("refuses what is no amount of its currency, and posts nothing", async () => {
    const run = await send("PT-A9", { amount: "33.333", orderId: "ORD-5003" });
    assert.equal(run.status, "failed");
    assert.match(run.error?.text ?? "", /33\.333/);
    assert.equal(payment("PT-A9").made, 0);
  });

  it("of less than the invoice's total pays it in part", async () => {
    await send("PT-3", { amount: "249.99", orderId: "ORD-5002" });
    assert.equal(invoiceState("ORD-5002"), "2/100002");
  });

  it("without an invoice is posted, and the run says that there is none", async () => {
    const run = await send("PT-4", { orderId: "ORD-9999" });
    assert.equal(run.status, "succeeded");
    assert.equal(payment("PT-4").made, 1);
    const note = run.steps.find((step) => step.step === "unmatched")?.output as JsonObject;
    assert.match(scalar(note.note), /no invoice ORD-9999/);
  });
});

describe("a second delivery", () => {
  it("is answered with the first run and does nothing else", async () => {
    const body = eventText(paymentEvent("PT-5", { orderId: "ORD-5003" }));
    const first = await post(body);
    assert.equal(first.status, 202);
    await world.settled(first.json.run);
    const asked = standIn.requests.length;
    for (let n = 0; n < 3; n += 1)
      assert.deepEqual(await post(body), { status: 200, json: { run: first.json.run, duplicate: true } });
    assert.equal(standIn.requests.length, asked);
    assert.equal(payment("PT-5").made, 1);
  });

  it("that approves what was pending is no second delivery", async () => {
    const pending = await post(eventText(paymentEvent("PT-5P", { orderId: "ORD-5003", status: "Pending" })));
    const approved = await post(eventText(paymentEvent("PT-5P", { orderId: "ORD-5003" })));
    assert.deepEqual([pending.status, approved.status], [202, 202]);
    assert.equal((await world.settled(pending.json.run)).status, "succeeded");
    assert.equal((await world.settled(approved.json.run)).status, "succeeded");
    assert.equal(payment("PT-5P").made, 1);
  });

  it("of another amount under the id of a payment is kept; replayed it fails, and the payment stays", async () => {
    assert.equal((await send("PT-5K", { orderId: "ORD-5003", amount: "10.00" })).status, "succeeded");
    const other = await post(eventText(paymentEvent("PT-5K", { orderId: "ORD-5003", amount: "90.00" })));
    assert.equal(other.status, 409);
    const kept = (await world.runs("&status=failed")).find((run) => run.error?.text.includes("PT-5K"));
    assert.equal(kept?.error?.kind, "conflict");
    const said = world.command(["replay", kept.run, "--reason", "which is right?", "--data", world.data]);
    assert.equal(said.code, 0, said.stderr);
    const replayed = await eventually("the replay has ended", async () => (await world.runs())
      .find((run) => run.dedupe === `replay/${kept.run}` && ["failed", "succeeded", "in_doubt"].includes(run.status)));
    const { row, made } = payment("PT-5K");
    assert.deepEqual([made, scalar(row.new_amount)], [1, "10.00"]);
    assert.equal(replayed.status, "failed");
    assert.match(replayed.error?.text ?? "", /PT-5K is in Dynamics 365 with amount 10\.00 and not 90\.00/);
  });

  it("is known after a restart too", async () => {
    const body = eventText(paymentEvent("PT-6", { orderId: "ORD-5003" }));
    const first = await post(body);
    await world.settled(first.json.run);
    assert.equal(await server.stop(), 0);
    server = await world.serve({ flows: [templates] });
    assert.deepEqual(await post(body), { status: 200, json: { run: first.json.run, duplicate: true } });
  });
});

describe("other events", () => {
  it("a refund is posted as a debit and leaves the invoice alone", async () => {
    for (const [id, change] of [["PT-7", { status: "Refunded" }], ["PT-8", { transactionType: "Refund" }]] as const) {
      const before = invoiceState("ORD-5003");
      assert.equal((await send(id, { ...change, orderId: "ORD-5003", amount: "12.50" })).status, "succeeded");
      const { row, made } = payment(id);
      assert.equal(made, 1);
      assert.deepEqual([scalar(row.new_amount), row.new_type, row.new_direction], ["12.50", "refund", "debit"]);
      assert.equal(invoiceState("ORD-5003"), before);
    }
  });

  it("what was declined, or is anything else, leaves a note and no entry", async () => {
    for (const [id, status] of [["PT-9", "Declined"], ["PT-10", "Pending"], ["PT-11", "Settled?"]] as const) {
      const run = await send(id, { status, processorResponseCode: "05", paymentMethodType: "Unknown" });
      assert.equal(run.status, "succeeded");
      const note = run.steps.find((step) => step.step === "note")?.output as JsonObject;
      assert.match(scalar(note.note), new RegExp(`status ${status.replace("?", "\\?")}.*05`));
      assert.equal(payment(id).made, 0);
    }
  });

  it("one that cannot be booked fails, and says which field and why", async () => {
    const cases: [string, Partial<PaymentEvent>, RegExp][] = [
      ["PT-12", { paymentMethodType: "Bitcoin" }, /gl_accounts.*Bitcoin/],
      ["PT-13", { amount: "-5.00" }, /amount must be above zero/],
      ["PT-14", { currency: "dollars" }, /currency must be a code/],
      ["PT-15", { timestamp: "yesterday" }, /yesterday/],
    ];
    for (const [id, change, text] of cases) {
      const run = await send(id, change);
      assert.equal(run.status, "failed");
      assert.equal(run.error?.kind, "rule");
      assert.match(run.error.text, text);
      assert.equal(run.error.step, "entry");
      assert.equal(payment(id).made, 0);
    }
  });

  it("one without its transaction id is not taken: it could not be told from another", async () => {
    const answer = await post('{"amount":1,"status":"Approved"}');
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
  });
});

describe("the sign-in", () => {
  it("is made once for many payments, and again when the token expires", async () => {
    const issued = system.entra.issued;
    standIn.fault({ kind: "expire_tokens" });
    for (let n = 0; n < 5; n += 1)
      assert.equal((await send(`PT-S${n}`, { orderId: "ORD-5003" })).status, "succeeded");
    assert.equal(system.entra.issued, issued + 1);
    for (let n = 0; n < 5; n += 1) assert.equal(payment(`PT-S${n}`).made, 1);
  });

  it("is renewed in the middle of a run", async () => {
    standIn.fault({ kind: "delay", ms: 200, method: "PATCH", path: "new_payments" });
    const [issued, asked] = [system.entra.issued, standIn.requests.length];
    const run = send("PT-M1", { orderId: "ORD-5003" });
    await eventually("the payment is under way", () => standIn.requests.length > asked);
    standIn.fault({ kind: "expire_tokens" });
    assert.equal((await run).status, "succeeded");
    assert.equal(payment("PT-M1").made, 1);
    assert.equal(system.entra.issued, issued + 1);
    assert.equal(invoiceState("ORD-5003").slice(0, 1), "2");
  });

  it("is one for payments that come at once", async () => {
    const issued = system.entra.issued;
    standIn.fault({ kind: "expire_tokens" });
    await Promise.all(Array.from({ length: 20 }, (_, n) =>
      send(`PT-T${n}`, { orderId: "ORD-5003", customerId: `CUST-${n}` })));
    assert.equal(system.entra.issued, issued + 1);
    for (let n = 0; n < 20; n += 1) assert.equal(payment(`PT-T${n}`).made, 1);
  });
});

describe("the ERP's refusals", () => {
  it("429: waits as long as it says, then goes on", async () => {
    standIn.fault({ kind: "throttle", seconds: 1, method: "PATCH", path: "new_payments" });
    const began = performance.now();
    assert.equal((await send("PT-16", { orderId: "ORD-5003" })).status, "succeeded");
    assert.ok(performance.now() - began >= 990);
    assert.equal(payment("PT-16").made, 1);
  });

  it("500 after it was done: asked again, found, and its invoice is paid", async () => {
    standIn.fault({ kind: "status", status: 500, method: "PATCH", path: "new_payments" });
    const run = await send("PT-17", { orderId: "ORD-5003" });
    assert.equal(run.status, "succeeded");
    assert.deepEqual(["there", "close"].filter((id) => run.steps.some((step) => step.step === id)), ["there", "close"]);
    const dids = standIn.ledger.of("new_payments")
      .filter((entry) => entry.row.new_paytracetransactionid === "PT-17").map((entry) => entry.did);
    assert.deepEqual(dids, ["upsert_create"]);
  });

  it("an outage: everything acknowledged during it is posted when it is over", async () => {
    await standIn.down();
    const ids = Array.from({ length: 10 }, (_, n) => `PT-O${n}`);
    const runs = await Promise.all(ids.map(async (id, n) => {
      const answer = await post(eventText(paymentEvent(id, { orderId: "ORD-5003", customerId: `CUST-O${n}` })));
      assert.equal(answer.status, 202);
      return answer.json.run;
    }));
    await eventually("it was tried", async () => {
      const shown = await world.show(runs[0] ?? "");
      return (shown.steps.find((step) => step.step === "post")?.attempts?.length ?? 0) > 0;
    });
    await standIn.up();
    for (const run of runs) assert.equal((await world.settled(run)).status, "succeeded");
    for (const id of ids) assert.equal(payment(id).made, 1);
  });

  it("400: fails at once and shows what the ERP said", async () => {
    const said = '{"error":{"code":"0x80040203","message":"The period is closed."}}';
    standIn.fault({ kind: "status", status: 400, done: false, method: "PATCH", path: "new_payments", body: said });
    const run = await send("PT-18", { orderId: "ORD-5003" });
    assert.equal(run.status, "failed");
    assert.equal(run.error?.kind, "invalid");
    assert.match(run.error.text, /The period is closed/);
    assert.equal(payment("PT-18").made, 0);
  });
});
