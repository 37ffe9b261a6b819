// Whole journeys: a template becomes live with connections of its own, an effect in doubt is settled
// by two people, and a power cut in the middle of editing.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, type TestContext, test } from "node:test";
import { inspect } from "./board.ts";
import { ask, type Inside, openAs, openInside } from "./inside.ts";
import { axeFindings, looksWell, shot } from "./looks.ts";
import {
  bind,
  connect,
  decide,
  formOf,
  launch,
  type StandIns,
  setSecret,
  standIns,
} from "./pairing.ts";
import { field, goTo, type Visit } from "./world.ts";

/** The first thing that a connection's form asks is where the system is. */
function addressOf({ forms }: StandIns, system: string): string {
  return formOf(forms, system).fields[0]?.[1] ?? "";
}

async function told(url: string, body: string, headers: Record<string, string>) {
  const answer = await fetch(url, { method: "POST", body, headers });
  assert.ok(answer.ok, `${url}: ${answer.status} ${await answer.clone().text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

const form = { "Content-Type": "application/x-www-form-urlencoded" };
const json = { "Content-Type": "application/json" };

/** A sale at the gateway that the ERP has already; its number. */
async function soldAndEntered(gateway: string, erp: string): Promise<string> {
  const pay = await told(
    `${gateway}/oauth/token`,
    "grant_type=password&username=weft-api&password=demo-paytrace-api",
    form,
  );
  const sale = await told(
    `${gateway}/v1/transactions/sale/by_customer`,
    '{"amount": "100.10", "customer_id": "CUST-1001", "invoice_id": "ORD-5001"}',
    { ...json, Authorization: `Bearer ${pay.access_token}` },
  );
  const number = String(sale.transaction_id);
  const books = await told(
    `${erp}/contoso/oauth2/v2.0/token`,
    new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "5f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10",
      client_secret: "demo-erp-secret",
      scope: `${erp}/.default`,
    }).toString(),
    form,
  );
  const entered = await fetch(`${erp}/api/data/v9.2/new_payments`, {
    method: "POST",
    headers: {
      ...json,
      Authorization: `Bearer ${books.access_token}`,
      "OData-Version": "4.0",
      "OData-MaxVersion": "4.0",
    },
    body: JSON.stringify({ new_paytracetransactionid: number, new_amount: 100.1 }),
  });
  assert.equal(entered.status, 204, await entered.text());
  return number;
}

const small = {
  weft: 1,
  name: "Small",
  nodes: [
    {
      id: "hook",
      type: "trigger.webhook",
      title: "Hook",
      config: { path: "small", verify: { type: "none" } },
    },
    {
      id: "note",
      type: "transform.map",
      title: "Note",
      config: { fields: [{ to: "a", from: "=trigger.body.a" }] },
    },
  ],
  edges: [{ from: "hook", to: "note" }],
};

const transfer = (bank: string) => ({
  flow: {
    weft: 1,
    name: "Transfers",
    settings: { money: { amount: "=trigger.body.amount", currency: "USD" } },
    nodes: [
      {
        id: "hook",
        type: "trigger.webhook",
        config: { path: "transfers", verify: { type: "none" } },
      },
      {
        id: "pay",
        title: "Pay it out",
        type: "connector.http",
        connection: "bank",
        config: { method: "POST", path: "/pay", body: "=trigger.body" },
      },
    ],
    edges: [{ from: "hook", to: "pay" }],
  },
  connections: {
    weft: 1,
    connections: { bank: { connector: "http", base_url: bank, allow: "127.0.0.1" } },
  },
});

/** A bank that takes what comes with its password of now, which can change. */
async function guardedBank(t: TestContext) {
  let password = "old";
  const paid: unknown[] = [];
  const server = createServer((request, response) => {
    const knows = request.headers.authorization === `Bearer ${password}`;
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.once("end", () => {
      if (knows) paid.push((JSON.parse(body) as { n: number }).n);
      response.writeHead(knows ? 200 : 401, { "Content-Type": "application/json" });
      response.end(knows ? "{}" : '{"error": "the password has run out"}');
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const changes = (to: string) => {
    password = to;
  };
  return { url, paid, changes };
}

/** One after the other, with a password of the vault. */
const payouts = (bank: string) => ({
  flow: {
    weft: 1,
    name: "Payouts",
    settings: { order_by: "='all'", money: { amount: "=trigger.body.amount", currency: "CAD" } },
    nodes: [
      {
        id: "hook",
        type: "trigger.webhook",
        config: { path: "payouts", verify: { type: "none" } },
      },
      {
        id: "pay",
        type: "connector.http",
        connection: "bank",
        config: { method: "POST", path: "/pay", body: "=trigger.body" },
      },
    ],
    edges: [{ from: "hook", to: "pay" }],
  },
  connections: {
    weft: 1,
    connections: {
      bank: {
        connector: "http",
        base_url: bank,
        allow: "127.0.0.1",
        auth: { type: "bearer", secret: "key" },
        secrets: { key: { vault: "bank_key" } },
      },
    },
  },
});

/** An auditor asks of the payment in doubt: who decided, what it did, who published it; and takes the
 * answers along. */
async function auditedBy({ page }: Visit): Promise<void> {
  await page.getByRole("row", { name: /Succeeded/ }).click();
  await page.getByRole("treeitem", { name: /Pay it out/ }).click();
  const step = page.getByRole("tabpanel", { name: "Pay it out" });
  await step.getByText('anna has chosen "It happened".').waitFor();
  await step.getByText("the bank shows it", { exact: true }).waitFor();
  await step.getByText("seen on the statement", { exact: true }).waitFor();
  await page.getByRole("link", { name: "In the audit" }).click();
  await page.getByRole("row", { name: /ben Decided Run .*\/pay/ }).waitFor();
  await page
    .getByRole("row", { name: /anna Decided Run / })
    .getByRole("link")
    .click();
  await page.getByRole("button", { name: "What it was told to do, field by field" }).click();
  const fields = page.getByRole("tabpanel", { name: "Lineage" });
  await fields.getByText("/method").waitFor();
  await fields.getByText('"POST"').waitFor();
  await fields.getByText("/body", { exact: true }).first().waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await shot(page, "audit-fields");
  await fields.getByRole("link", { name: "The step, in the version that ran" }).first().click();
  await page.waitForURL(/\/flows\/transfers\/versions\?v=[0-9a-f]{64}&step=pay$/);
  await page.getByRole("group", { name: /^Pay it out/ }).waitFor();
  const deployments = page.getByRole("grid", { name: "Deployments" });
  await deployments.getByRole("row", { name: /Live v1 production anna/ }).waitFor();
  await shot(page, "audit-version");
  await page.getByRole("link", { name: "In the audit" }).click();
  await page.getByRole("row", { name: /anna Version published Version transfers v1/ }).waitFor();
  await page.getByRole("row", { name: /anna Deployed Deployment of transfers/ }).waitFor();
  await shot(page, "audit-flow");
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  await dialog.getByText("Of the workspace main, the records that the filters find").waitFor();
  await dialog.getByText("transfers", { exact: true }).waitFor();
  const file = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export" }).click();
  const lines = readFileSync(await (await file).path(), "utf8")
    .trim()
    .split("\n");
  const acts = lines.map((line) => (JSON.parse(line) as { record: { what: string } }).record.what);
  for (const act of ["flow.create", "flow.publish", "deploy", "deployment.make"])
    assert.ok(acts.includes(act), `${act} is not among ${acts.join(", ")}`);
  await page.getByText(`${lines.length} records are in the file audit-main-`).waitFor();
}

describe("journeys", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  async function published(screen: Visit, flow: string): Promise<void> {
    const draft = await ask(screen, "GET", `/flows/${flow}/draft`);
    const tag = `"${draft.body.revision}"`;
    const made = await ask(screen, "POST", `/flows/${flow}/versions`, {}, tag);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const where = { version: made.body.version, environment: "production" };
    const live = await ask(screen, "POST", `/flows/${flow}/deployments`, where);
    assert.equal(live.status, 201, JSON.stringify(live.body));
  }

  test("a customer makes a template live: connections, secret, called flow, launch, a first event", async (t) => {
    const systems = await standIns("dynamics365-paytrace");
    t.after(() => systems.stop());
    const admin = await inside.open("/flows");
    const screen = await openAs(inside, admin, "cora", "customer", "/flows");
    const { page } = screen;
    await page.getByRole("button", { name: "New flow" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New flow" });
    await dialog.getByRole("option", { name: /^PayTrace payment matched/ }).click();
    await field(dialog, "Short name").fill("till");
    await dialog.getByRole("combobox", { name: "Time zone of your books" }).fill("Europe/Vienna");
    await dialog.getByRole("button", { name: "Make flow" }).click();
    await page.waitForURL("**/flows/till/setup");

    // Each connection is made where it is missed, and bound at once; what is called came along.
    const called =
      'The flow "dynamics365-payment-journal", which "Into the payment journal" calls, is there';
    await page.getByText(called).waitFor();
    await connect(page, formOf(systems.forms, "Microsoft Dynamics 365"), "books");
    await connect(page, formOf(systems.forms, "PayTrace"), "card-gateway");
    await setSecret(page, "paytrace_webhook", "hook-secret");
    await page.getByText("The flow has no faults").waitFor();
    const blocked = page.getByRole("button", { name: "Launch" });
    assert.equal(await blocked.getAttribute("aria-disabled"), "true");

    await bind(page, "Microsoft Dynamics 365 (finance)", "books");
    await page.getByText("Microsoft Dynamics 365 (finance) has its address").waitFor();
    await page.getByRole("button", { name: "Try it with an event" }).click();
    await page.getByText("Succeeded", { exact: true }).waitFor();
    await looksWell(page, "setup-customer");
    await launch(page);
    await page.getByText('Its part "dynamics365-payment-journal" works in production').waitFor();
    const address = await page.locator(".receives code").textContent();
    assert.equal(address, `${inside.world.url}/hooks/main/production/paytrace/received`);

    const transactionId = await soldAndEntered(
      addressOf(systems, "PayTrace"),
      addressOf(systems, "Microsoft Dynamics 365"),
    );
    const event =
      `{"transactionId": "${transactionId}", "status": "Approved", "amount": 100.10, ` +
      '"currency": "USD", "orderId": "ORD-5001", "customerId": "CUST-1001"}';
    const signature = createHmac("sha256", "hook-secret").update(event).digest("hex");
    await told(address, event, { ...json, "X-Signature": signature });
    await page.getByText("A run has succeeded there").waitFor();
    for (const group of ["finance", "finance-lead"]) await decide(admin.page, group, ["cora"]);
    await inside.close(admin);
    await page.getByText("finance-lead decides: one person may").waitFor();
    await page.getByText("Nothing is left to do").waitFor();

    // One answer later on: what works has the old one until it is published again.
    await page.getByRole("combobox", { name: "Time zone of your books" }).fill("UTC");
    await page.getByRole("button", { name: "Save the answers" }).click();
    await page.getByText("It was changed since it was published").waitFor();
    await launch(page);
    await goTo(page, "/runs?flow=till");
    // It was told, and found by the poll, too: either run has looked whether it is entered.
    await page
      .getByRole("row", { name: /Succeeded/ })
      .first()
      .click();
    await page.getByRole("treeitem", { name: /Is it entered already/ }).waitFor();
    await inside.close(screen);
  });

  test("a payment in doubt is settled by two people", async (t) => {
    let asked = 0;
    const bank = createServer((request) => {
      asked++;
      request.resume().once("end", () => request.socket.destroy()); // it has it; its answer is lost
    });
    await new Promise<void>((done) => bank.listen(0, "127.0.0.1", done));
    t.after(() => bank.close());
    const screen = await inside.open("/runs");
    const { page } = screen;
    const settings = await ask(screen, "GET", "/settings");
    const set = await ask(
      screen,
      "PATCH",
      "/settings",
      { four_eyes_above: "1000.00" },
      settings.tag,
    );
    assert.equal(set.status, 200, JSON.stringify(set.body));
    const bundle = transfer(`http://127.0.0.1:${(bank.address() as AddressInfo).port}`);
    assert.equal((await ask(screen, "POST", "/flows", { flow: "transfers", bundle })).status, 201);
    await published(screen, "transfers");
    await told(`${inside.world.url}/hooks/main/production/transfers`, '{"amount": 1000.01}', json);
    const waiting = async () =>
      (await ask(screen, "GET", "/exceptions?type=in_doubt")).body.items as object[];
    while ((await waiting()).length === 0) await page.waitForTimeout(50);
    await goTo(page, "/");
    // What the customer's flow moved before stands in the same row.
    await page.getByRole("row", { name: /^USD .* 0\.00 0 runs 1,000\.01 1 run$/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await goTo(page, "/exceptions");
    await page.getByRole("row", { name: /In doubt/ }).click();
    await page.getByText("Two people must choose the same here.").waitFor();

    // Ben, who may agree, and Olga, who may decide, look at it, too: each hears what becomes of it.
    const ben = await openAs(inside, screen, "ben", "approver", "/exceptions");
    const olga = await openAs(inside, screen, "olga", "operator", "/exceptions");
    for (const one of [ben, olga]) {
      await one.page.getByRole("row", { name: /In doubt/ }).click();
      await one.page.getByText("Two people must choose the same here.").waitFor();
      await one.page.getByText("Live", { exact: true }).waitFor();
    }
    await field(page, "Reason").fill("the bank shows it");
    await page.getByRole("button", { name: "It happened" }).click();
    await page.getByText("Decided: It happened").waitFor();
    await page.getByRole("row", { name: /In doubt/ }).click();
    await page.getByText('anna has chosen "It happened".', { exact: false }).waitFor();
    await page.getByText("You have chosen already", { exact: false }).waitFor();
    await page.getByRole("button", { name: "It happened", disabled: true }).waitFor();

    await ben.page.getByText('anna has chosen "It happened".', { exact: false }).waitFor();
    await olga.page.getByText('anna has chosen "It happened".', { exact: false }).waitFor();
    assert.deepEqual(await axeFindings(ben.page), []);
    await field(ben.page, "Reason").fill("seen on the statement");
    await ben.page.getByRole("button", { name: "It happened" }).click();
    await ben.page.getByText("Decided: It happened").waitFor();
    await olga.page.getByText("It waits for nobody any more", { exact: false }).waitFor();
    await olga.page.getByText('ben has chosen "It happened".', { exact: false }).waitFor();
    for (const way of ["It happened", "Send it once more", "It failed"])
      await olga.page.getByRole("button", { name: way, disabled: true }).waitFor();
    assert.deepEqual(await axeFindings(olga.page), []);
    await shot(olga.page, "doubt-over");
    await inside.close(olga);
    await goTo(ben.page, "/runs?flow=transfers&status=succeeded");
    await ben.page.getByRole("row", { name: /Succeeded/ }).waitFor();
    assert.equal(asked, 1, "it was paid out once");
    await inside.close(ben);
    const audrey = await openAs(inside, screen, "audrey", "auditor", "/runs?flow=transfers");
    await auditedBy(audrey);
    await inside.close(audrey);
    await inside.close(screen);
  });

  test("the bank has another password: what waits is told, and goes on in order when it is mended", async (t) => {
    const bank = await guardedBank(t);
    const screen = await inside.open("/flows");
    const set = (value: string) =>
      ask(screen, "POST", "/vault/bank_key/set", { value, origins: [bank.url] });
    assert.equal((await set("old")).status, 200);
    const bundle = payouts(bank.url);
    assert.equal((await ask(screen, "POST", "/flows", { flow: "payouts", bundle })).status, 201);
    await published(screen, "payouts");
    bank.changes("new");
    const hook = `${inside.world.url}/hooks/main/production/payouts`;
    for (const n of [1, 2, 3]) await told(hook, `{"n": ${n}, "amount": 10.0${n}}`, json);

    // Olga, who may not set it, is told what is wrong, why, since when, and where it is mended.
    const olga = await openAs(inside, screen, "olga2", "operator", "/");
    const { page } = olga;
    const key = "main/production/payouts/bank";
    await page.getByRole("link", { name: /^Alerts 1/ }).click();
    await page.getByRole("row", { name: /payouts\/bank/ }).click();
    await page.getByRole("dialog").getByRole("link", { name: key }).click();
    const dialog = page.getByRole("dialog", { name: "bank" });
    await dialog.getByText("the system answered 401: the password has run out").waitFor();
    await dialog.getByText("Sign-in refused").waitFor();
    await dialog.getByText(/^Waiting runs/).waitFor();
    await shot(page, "credential-refused");
    await dialog.getByRole("link", { name: "To the secrets" }).click();
    await page.getByRole("button", { name: /^Set bank_key/, disabled: true }).waitFor();
    await goTo(page, "/");
    await page.getByRole("row", { name: /^CAD 0\.00 0 runs .*30\.06 3 runs$/ }).waitFor();

    // Anna sets it; nobody presses anything else.
    assert.deepEqual(bank.paid, []);
    await goTo(screen.page, "/connections?tab=secrets");
    await setSecret(screen.page, "bank_key", "new");
    await page.getByRole("row", { name: /^CAD 30\.06 3 runs .*0\.00 0 runs$/ }).waitFor();
    assert.deepEqual(bank.paid, [1, 2, 3]);
    await page.getByRole("link", { name: /^Alerts 0/ }).waitFor();
    await shot(page, "credential-mended");
    await inside.close(olga);
    await inside.close(screen);
  });

  test("a power cut while somebody draws: nothing that was said to be saved is lost", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await ask(screen, "POST", "/flows", { flow: "cut", bundle: { flow: small } });
    await goTo(page, "/flows/cut");
    await inspect(page, "note");
    const title = page.locator(".inspector-title");
    const saved = page.locator(".save-mark", { hasText: "Saved" });
    const kept = page.waitForResponse((one) => one.request().method() === "PATCH" && one.ok());
    await title.fill("Before");
    await kept;
    await saved.waitFor();
    await inside.world.kill();
    await inspect(page, "hook");
    await title.fill("While it was dark");
    await page.locator(".save-mark", { hasText: "does not answer" }).waitFor();
    await page.reload().catch(() => undefined); // nobody is there to give the page
    await page.waitForURL("chrome-error://chromewebdata/"); // it comes behind the refusal
    await page.goto("about:blank"); // else that page loads itself anew when the server is back
    await inside.world.again();
    await page.goto(`${inside.world.url}/flows/cut`);
    await saved.waitFor();
    await page.locator("#step-hook", { hasText: "While it was dark" }).waitFor();
    const draft = await ask(screen, "GET", "/flows/cut/draft");
    const bundle = draft.body.bundle as { flow: { nodes: { title: string }[] } };
    assert.deepEqual(
      bundle.flow.nodes.map((node) => node.title),
      ["While it was dark", "Before"],
    );
    screen.complaints.splice(0); // the lost connection was asked for
    await inside.close(screen);
  });
});
