// A pairing from the command of the guide to a green run, by somebody with the role of a customer:
// what the command prints is all that they type, and what the screens say is all that they know. Then what the gateway
// pays out: a payment that no book knows of is adjusted by one, approved by another, and stands in the ledger.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readPairing } from "./guide.ts";
import { type Inside, openAs, openInside } from "./inside.ts";
import { looksWell } from "./looks.ts";
import { connect, decide, formOf, launch, type StandIns, setSecret, standIns } from "./pairing.ts";
import { field, goTo } from "./world.ts";

/** What the guide promises for the way from a clone to the first green run. */
const WHOLE_MS = 15 * 60_000;

/** Where systems reach it; the browser does so otherwise. */
const PUBLIC = "https://weft.example.com";

/** What the review of a batch offers. */
const ENTER = "Enter the batch as it was paid out";

describe("pairings", () => {
  let inside: Inside;
  let systems: StandIns;
  const { template, pairing } = readPairing("Dynamics SL and PayTrace");
  const spool = mkdtempSync(join(tmpdir(), "weft-spool-"));
  before(async () => {
    systems = await standIns(pairing);
    inside = await openInside({ env: { WEFT_SERVER_PUBLIC_URL: PUBLIC, WEFT_FILES_ROOT: spool } });
  });
  after(async () => {
    await inside.stop();
    await systems.stop();
    rmSync(spool, { recursive: true });
  });

  test("Dynamics SL and PayTrace, from the clone to a payment in the books", async (t) => {
    const admin = await inside.open("/flows");
    const begun = performance.now();
    const screen = await openAs(inside, admin, "cora", "customer", "/flows");
    const { page } = screen;
    await page.getByRole("button", { name: "New flow" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New flow" });
    await dialog.getByRole("option", { name: new RegExp(`^${template}`) }).click();
    await dialog.getByRole("combobox", { name: "Time zone of your books" }).fill("UTC");
    await dialog.getByRole("button", { name: "Make flow" }).click();
    await page.waitForURL("**/flows/shopify-paytrace-to-dynamics-sl/setup");

    // A default address is no connection: each of the three is missed by the same words.
    await page.getByText("PayTrace (gateway) is not connected yet").waitFor();
    for (const system of ["Microsoft Dynamics SL", "Shopify", "PayTrace"])
      await connect(page, formOf(systems.forms, system));
    // What a called flow needs of a system without a form of its own is asked for by name.
    await connect(page, formOf(systems.forms, "Any system over HTTP", "ctAPI"), "sl-soap");
    const shop = new Map(formOf(systems.forms, "Shopify").fields);
    await setSecret(page, "shopify_webhook", shop.get("Client secret") ?? "");
    await page.getByText("The flow has no faults").waitFor();

    // Who decides is said by who manages people; it is told before the launch.
    await page.getByText("Nobody is in finance: who decides?").waitFor();
    await page.getByText("Nobody is in finance-lead: who decides?").waitFor();
    for (const group of ["finance", "finance-lead"]) await decide(admin.page, group, ["cora"]);
    await inside.close(admin);

    // What it calls came along, and is launched before it.
    await looksWell(page, "setup-called");
    await launch(page);
    await page.getByText('Its part "dynamics-sl-receivable" works in production').waitFor();

    // PayTrace is asked at once, and has the sale that the command has made.
    await page.getByText("A run has succeeded there").waitFor();
    await page.getByText("Nothing is left to do").waitFor();
    assert.equal(
      await page.locator(".receives code").first().textContent(),
      `${PUBLIC}/hooks/main/production/shopify/orders-paid`,
    );
    const took = performance.now() - begun;
    t.diagnostic(`${(took / 1000).toFixed(1)} s from the clone to the first green run`);
    assert.ok(took < WHOLE_MS);
    await goTo(page, "/runs?flow=shopify-paytrace-to-dynamics-sl");
    await page.getByRole("row", { name: /Succeeded/ }).click();
    await page.getByRole("treeitem", { name: /Tell it on the order/ }).waitFor();
    await inside.close(screen);
  });

  test("its payout: what no book knows of is adjusted by two people, and stands in the ledger", async () => {
    assert.match(await systems.say("stray"), /1260\.02 for COUNTER-1002/);
    assert.equal(await systems.say("settle"), "batch 1 is paid out");
    const screen = await inside.open("/flows");
    const { page } = screen;
    await page.getByRole("button", { name: "New flow" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New flow" });
    await dialog.getByRole("option", { name: /^PayTrace batch against Dynamics SL/ }).click();
    await dialog.getByRole("combobox", { name: "Time zone of your books" }).fill("UTC");
    await dialog.getByRole("button", { name: "Make flow" }).click();
    await page.waitForURL("**/paytrace-batch-to-dynamics-sl/setup");
    // Its connections, and those of the journal that came along, are those of the flow before.
    await page.getByText('The flow "dynamics-sl-journal"', { exact: false }).waitFor();
    await page.getByRole("button", { name: /^sl-soap .*\(sl\)$/ }).waitFor();
    await page.getByText("The flow has no faults").waitFor();
    await launch(page);

    await page.goto(`${inside.world.url}/settlements`);
    await page.getByRole("row", { name: /1 open/ }).dblclick();
    await page.waitForURL("**/settlements/*step=compare");
    const path = new URL(page.url()).pathname;
    await page
      .getByRole("table", { name: /USD Closes to zero/ })
      .first()
      .waitFor();
    await page.getByRole("button", { name: /Missing in Dynamics SL 1/ }).click();
    const entries = page.getByRole("grid", { name: "Entries" });
    await entries.getByRole("row", { name: /Missing in Dynamics SL/ }).click();
    await page.getByRole("button", { name: "Propose an adjustment" }).click();
    await field(page, "Account").fill("4010");
    const adjustments = page.getByRole("group", { name: /Adjustments/ });
    await adjustments
      .getByRole("textbox", { name: "Why", exact: true })
      .fill("sold at the counter");
    await field(page, "Why they do not agree").fill("it has no invoice");
    await field(page, "Reason").fill("seen in the gateway");
    await page.getByRole("button", { name: ENTER }).click();
    await page.getByRole("row", { name: /1,260\.02 USD 4010 .*proposed anna/ }).waitFor();

    const bert = await openAs(inside, screen, "bert", "approver");
    await decide(page, "finance", ["anna", "bert"]);
    await bert.page.goto(`${inside.world.url}${path}?side=adjustments`);
    await bert.page.getByText(`anna has chosen "${ENTER}".`, { exact: false }).waitFor();
    await field(bert.page, "Reason").fill("it is there");
    await bert.page.getByRole("button", { name: ENTER }).click();
    await bert.page.getByRole("row", { name: /1,260\.02 .*agreed anna \+ bert/ }).waitFor();
    await bert.page.getByRole("tab", { name: "Control totals" }).click();
    await bert.page.getByRole("row", { name: "Left over after adjustments 0.00" }).waitFor();
    await bert.page.goto(`${inside.world.url}/settlements`);
    await bert.page.getByRole("row", { name: /Adjusted.*Succeeded/ }).waitFor();
    await inside.close(bert);
    await inside.close(screen);

    // The batch itself may have been posted behind it by now.
    assert.match(await systems.say("ledger"), /: 1030 1260\.02, 4010 -1260\.02(;|$)/);
  });
});
