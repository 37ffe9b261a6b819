// A pairing from the command of the guide to a green run, by somebody with the role of a customer:
// what the command prints is all that they type, and what the screens say is all that they know.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readPairing } from "./guide.ts";
import { type Inside, openAs, openInside } from "./inside.ts";
import { looksWell } from "./looks.ts";
import { connect, formOf, launch, setSecret, standIns } from "./pairing.ts";
import { goTo } from "./world.ts";

/** What the guide promises for the way from a clone to the first green run. */
const WHOLE_MS = 15 * 60_000;

/** Where systems reach it; the browser does so otherwise. */
const PUBLIC = "https://weft.example.com";

describe("pairings", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside({ env: { WEFT_SERVER_PUBLIC_URL: PUBLIC } });
  });
  after(() => inside.stop());

  test("Dynamics SL and PayTrace, from the clone to a payment in the books", async (t) => {
    const { template, pairing } = readPairing("Dynamics SL and PayTrace");
    const systems = await standIns(pairing);
    t.after(() => systems.stop());
    const admin = await inside.open("/flows");
    const begun = performance.now();
    const screen = await openAs(inside, admin, "cora", "customer", "/flows");
    await inside.close(admin);
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
    const shop = new Map(formOf(systems.forms, "Shopify").fields);
    await setSecret(page, "shopify_webhook", shop.get("Client secret") ?? "");
    await page.getByText("The flow has no faults").waitFor();

    // What a called flow needs of a system without a form of its own is asked for by name.
    await page.getByRole("button", { name: "Make dynamics-sl-receivable" }).click();
    await page.waitForURL("**/flows/dynamics-sl-receivable/setup?for=*");
    await connect(page, formOf(systems.forms, "Any system over HTTP", "ctAPI"), "sl-soap");
    await page.getByText("The flow has no faults").waitFor();
    await looksWell(page, "setup-called");
    await launch(page);
    await page.getByRole("link", { name: "Set-up of shopify-paytrace-to-dynamics-sl" }).click();
    await page.getByText('The flow "dynamics-sl-receivable"', { exact: false }).waitFor();
    await launch(page);

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
});
