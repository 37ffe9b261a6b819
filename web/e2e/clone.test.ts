// A pairing as a whole: read, cloned, its connections bound once for all its flows, brought live.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readPairing } from "./guide.ts";
import { type Inside, openAs, openInside } from "./inside.ts";
import { Keys } from "./keys.ts";
import { looksWell } from "./looks.ts";
import { connect, formOf, type StandIns, setSecret, standIns } from "./pairing.ts";
import { settled } from "./world.ts";

describe("a whole pairing", () => {
  let inside: Inside;
  let systems: StandIns;
  const spool = mkdtempSync(join(tmpdir(), "weft-spool-"));
  before(async () => {
    systems = await standIns(readPairing("Dynamics SL and PayTrace").pairing);
    inside = await openInside({ env: { WEFT_FILES_ROOT: spool } });
  });
  after(async () => {
    await inside.stop();
    await systems.stop();
    rmSync(spool, { recursive: true });
  });

  test("by keys alone: found, read, and one of its flows left out", async () => {
    const screen = await inside.open("/flows", { width: 1280 });
    const { page } = screen;
    const keys = new Keys(page);
    await settled(page);
    await keys.to("Pairings");
    await keys.press("Enter");
    await page.waitForURL("**/flows/pairings/all");
    await page.getByRole("heading", { name: "Sage 500 and PayTrace" }).waitFor();
    await looksWell(page, "pairings");
    await keys.to("Sage 500 and PayTrace");
    await keys.press("Enter");
    await page.waitForURL("**/flows/pairings/sage500-paytrace");
    await page.getByRole("heading", { name: "What it connects" }).waitFor();
    await page.getByRole("button", { name: "Clone the whole set: 4 flows" }).waitFor();
    // Two that would enter the same payments are never chosen together.
    await keys.to("Cash receipts of PayTrace to Sage 500 by file");
    await keys.press("Space");
    const box = (name: string) => page.getByRole("checkbox", { name });
    assert.ok(await box("Cash receipts of PayTrace to Sage 500 by file").isChecked());
    assert.ok(!(await box("PayTrace payment to a cash receipt of Sage 500").isChecked()));
    await keys.to("Customers of Sage 500 and PayTrace");
    await keys.press("Space");
    await keys.to("Clone the whole set: 3 flows");
    await looksWell(page, "pairing-chosen");
    assert.deepEqual(keys.lost, []);
    await inside.close(screen);
  });

  test("on a phone nothing of it is cut off", async () => {
    const screen = await inside.open("/flows/pairings/dynamics365-paytrace", { width: 390 });
    await screen.page.getByText("Scoring").waitFor();
    await looksWell(screen.page, "pairing-390");
    await inside.close(screen);
  });

  test("a customer clones it, binds each connection once, and has its flows live", async () => {
    const admin = await inside.open("/flows/pairings/dynamics-sl-paytrace");
    const screen = await openAs(inside, admin, "cora", "customer", "/flows/pairings/all");
    const { page } = screen;
    let come: () => void = () => undefined;
    const isLate = new Promise<void>((done) => {
      come = done;
    });
    await page.route("**/dynamics-sl-customers-with-paytrace/draft", async (route) => {
      await isLate;
      await route.continue();
    });
    const refused: string[] = [];
    page.on("response", (answer) => {
      if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()}`);
    });
    await page.getByRole("link", { name: "Dynamics SL and PayTrace" }).click();
    await page.getByRole("button", { name: "Clone the whole set: 4 flows" }).click();
    await page.getByRole("heading", { name: "1. Discovery" }).waitFor();
    // What binds all its flows waits for the draft of each, also for the one that comes late.
    const wanted = page.getByRole("button", { name: "New connection to Microsoft Dynamics SL" });
    await wanted.first().waitFor();
    assert.equal(await wanted.first().getAttribute("aria-disabled"), "true");
    come();
    await page
      .locator(".setup-binding [aria-disabled=true]")
      .first()
      .waitFor({ state: "detached" });
    assert.equal(await wanted.count(), 1, "of a row that was there meanwhile nothing is left");
    for (const system of ["Microsoft Dynamics SL", "Shopify", "PayTrace"])
      await connect(page, formOf(systems.forms, system));
    await connect(page, formOf(systems.forms, "Any system over HTTP", "ctAPI"), "sl-soap");
    const shop = new Map(formOf(systems.forms, "Shopify").fields);
    await setSecret(page, "shopify_webhook", shop.get("Client secret") ?? "");
    // What PayTrace signs its events with is known to whoever sends them.
    await setSecret(page, "paytrace_webhook", "what PayTrace signs with");
    await page.getByText("The flow has no faults").waitFor();
    // Asked once, whoever of them needs it.
    const zone = page.getByRole("combobox", { name: "Time zone of your books" });
    await zone.fill("UTC");
    await page.getByRole("button", { name: "Save the answers" }).click();
    await page.getByRole("button", { name: "Save the answers" }).waitFor({ state: "detached" });
    await looksWell(page, "pairing-setup");

    await page
      .getByRole("button", { name: "Launch", exact: true })
      .click()
      .catch(async (cause: unknown) => {
        const open = await page.locator(".setup-point:not(.setup-done)").allInnerTexts();
        throw new Error(`what is open: ${open.join("; ")}; refused: ${refused}`, { cause });
      });
    const publish = page.getByRole("dialog", { name: "Publish to production" });
    await publish.getByRole("button", { name: "Publish", exact: true }).click();
    await publish.waitFor({ state: "detached" });
    for (const flow of ["shopify-paytrace-to-dynamics-sl", "paytrace-batch-to-dynamics-sl"])
      await page.getByText(`Its part "${flow}" works in production`).waitFor();
    await inside.close(screen);
    await inside.close(admin);
  });
});
