// Whole journeys: a template becomes live with connections of its own, an effect in doubt is settled
// by two people, and a power cut in the middle of editing.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { inspect } from "./board.ts";
import { ask, type Inside, openAs, openInside } from "./inside.ts";
import { axeFindings, looksWell } from "./looks.ts";
import { connect, decide, formOf, launch, type StandIns, setSecret, standIns } from "./pairing.ts";
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

    // Each of its connections is made where it is missed, and bound at once.
    await connect(page, formOf(systems.forms, "Microsoft Dynamics 365"), "books");
    await connect(page, formOf(systems.forms, "PayTrace"), "card-gateway");
    await setSecret(page, "paytrace_webhook", "hook-secret");
    await page.getByText("The flow has no faults").waitFor();
    const blocked = page.getByRole("button", { name: "Launch" });
    assert.equal(await blocked.getAttribute("aria-disabled"), "true");

    await page.getByRole("button", { name: "Make dynamics365-payment-journal" }).click();
    await page.waitForURL("**/flows/dynamics365-payment-journal/setup?for=till");
    await page.getByRole("button", { name: /\(finance\)$/ }).click();
    await page.getByRole("option", { name: "books" }).click();
    await page.getByText("has its address and its secrets").waitFor();
    await launch(page);

    await page.getByRole("link", { name: "Set-up of till" }).click();
    await page.waitForURL("**/flows/till/setup");
    await page.getByRole("button", { name: "Try it with an event" }).click();
    await page.getByText("Succeeded", { exact: true }).waitFor();
    await looksWell(page, "setup-customer");
    await launch(page);
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
    await field(page, "Reason").fill("the bank shows it");
    await page.getByRole("button", { name: "It happened" }).click();
    await page.getByText("Decided: It happened").waitFor();

    const ben = await openAs(inside, screen, "ben", "approver", "/exceptions");
    await ben.page.getByRole("row", { name: /In doubt/ }).click();
    await ben.page.getByText('anna has chosen "It happened".', { exact: false }).waitFor();
    assert.deepEqual(await axeFindings(ben.page), []);
    await field(ben.page, "Reason").fill("seen on the statement");
    await ben.page.getByRole("button", { name: "It happened" }).click();
    await ben.page.getByText("Decided: It happened").waitFor();
    await goTo(ben.page, "/runs?flow=transfers&status=succeeded");
    await ben.page.getByRole("row", { name: /Succeeded/ }).waitFor();
    assert.equal(asked, 1, "it was paid out once");
    await inside.close(ben);
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
    await title.fill("Before");
    await page.locator(".save-mark", { hasText: /Saving/ }).waitFor();
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
