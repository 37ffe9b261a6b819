// The gallery of templates: found by system and words, seen before it is chosen, walked by keys.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { type Inside, openInside } from "./inside.ts";
import { Keys } from "./keys.ts";
import { bareWords, looksWell, shot } from "./looks.ts";
import { field, settled } from "./world.ts";

const NAME = "PayTrace payment to a cash receipt of Sage 500";
const TEMPLATE = new RegExp(`^${NAME}`);
const REVERSAL = "Refunds, voids and chargebacks of PayTrace in Sage 500";
const DIALOG = "[role=dialog]";

async function opened(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "New flow" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New flow" });
  await dialog.getByRole("option", { name: TEMPLATE }).waitFor();
  await settled(page);
  return dialog;
}

/** What each template that is offered says of itself; the empty canvas is none. */
const offered = async (dialog: Locator) =>
  (await dialog.locator(".pick").allTextContents()).slice(1);

describe("the gallery", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  test("of a system: what the chosen one is, before it is made", async () => {
    const screen = await inside.open("/flows", { width: 1280 });
    const { page } = screen;
    const dialog = await opened(page);
    const all = (await offered(dialog)).length;
    await looksWell(page, "gallery-blank", DIALOG);
    await dialog.getByRole("button", { name: /System$/ }).click();
    await page.locator(".select-popover").getByRole("option", { name: "Sage 500" }).click();
    const ofSage = await offered(dialog);
    const few = ofSage.length;
    assert.ok(few > 0 && few < all, `${few} of ${all}`);
    for (const one of ofSage) assert.match(one, /Sage 500/);
    await dialog.getByRole("option", { name: /^Journal of Sage 500/ }).waitFor();
    await dialog.getByRole("option", { name: "An empty canvas" }).waitFor();
    await dialog.getByRole("status").getByText(`${few} templates`).waitFor();

    await dialog.getByRole("option", { name: TEMPLATE }).click();
    await dialog.locator(".board .card-title").first().waitFor();
    await settled(page);
    const facts = dialog.locator(".facts");
    await facts.getByText("Notice by mail").first().waitFor();
    assert.match((await facts.textContent()) ?? "", /Sage 500.*PayTrace/);
    assert.equal(await field(dialog, "Name").inputValue(), NAME);
    await looksWell(page, "gallery-sage", DIALOG);

    const sample = dialog.locator(".sample-run");
    await sample.getByText("Succeeded").waitFor();
    await dialog.locator(".board .state-ok").first().waitFor();
    await dialog.locator(".board .card").nth(1).click();
    await sample.getByText(/^What .* gave:|was not reached/).waitFor();
    await dialog.getByText("What it does, and how it is set up").click();
    await dialog.locator(".prose h4").first().waitFor();
    await looksWell(page, "gallery-about", DIALOG);
    await dialog.locator(".board").scrollIntoViewIfNeeded();

    const seen = await dialog.locator(".board").boundingBox();
    assert.ok(seen && seen.height > 150 && seen.y + seen.height < 800, JSON.stringify(seen));
    await dialog.getByRole("searchbox", { name: "Find a template" }).fill("no such words");
    await dialog.getByText("No template has all of what is looked for.").waitFor();
    await dialog.getByRole("button", { name: "Clear the filters" }).click();
    assert.equal((await offered(dialog)).length, all);
    await inside.close(screen);
  });

  test("by keys alone: found, looked at, named, made", async () => {
    const screen = await inside.open("/flows", { width: 1280 });
    const { page } = screen;
    const keys = new Keys(page);
    await settled(page);
    await keys.press("n");
    const dialog = page.getByRole("dialog", { name: "New flow" });
    await keys.arrived(/An empty canvas/);
    await dialog.getByRole("option", { name: TEMPLATE }).waitFor();
    await keys.to("Find a template", "Shift+Tab");
    await keys.type("chargebacks sage");
    await keys.press("ArrowDown");
    await keys.arrived(new RegExp(`^${REVERSAL}`));
    const chosen = dialog.getByRole("option", { selected: true });
    assert.equal(await chosen.locator(".pick-name").textContent(), REVERSAL);
    assert.equal(await field(dialog, "Name").inputValue(), REVERSAL);
    await dialog.locator(".board .card-title").first().waitFor();

    await keys.to(/^Board of/);
    await keys.press("ArrowRight");
    await dialog.locator(".board[aria-activedescendant]").waitFor();

    await keys.to("Short name", "Shift+Tab");
    await keys.fill("Short name", "by-keys");
    await keys.press("Enter");
    await page.waitForURL("**/flows/by-keys/setup");
    await page.getByRole("heading", { name: "1. Discovery" }).waitFor();
    assert.deepEqual(keys.lost, []);
    await inside.close(screen);
  });

  test("on a phone: the drawing opens by a button, nothing is cut off", async () => {
    const screen = await inside.open("/flows", { width: 390, dark: true });
    const { page } = screen;
    const dialog = await opened(page);
    await dialog.getByRole("option", { name: TEMPLATE }).click();
    await dialog.locator(".facts").getByText("Notice by mail").first().waitFor();
    assert.equal(await dialog.locator(".board").count(), 0);
    await looksWell(page, "gallery-390", DIALOG);
    await dialog.getByRole("button", { name: "Its drawing" }).click();
    await dialog.locator(".board .card-title").first().waitFor();
    await dialog.locator(".board").scrollIntoViewIfNeeded();
    await looksWell(page, "gallery-390-drawing", DIALOG);
    await field(dialog, "Short name").fill("by-phone");
    await dialog.getByRole("button", { name: "Make flow" }).click();
    await page.waitForURL("**/flows/by-phone/setup");
    await inside.close(screen);
  });

  test("where templates do not come, it is said, and the empty canvas is still there", async () => {
    const screen = await inside.open("/flows", { width: 1280 });
    const { page } = screen;
    await page.route("**/api/v1/templates**", (route) => route.abort());
    await page.getByRole("button", { name: "New flow" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New flow" });
    const again = dialog.getByRole("button", { name: "Try again" });
    await again.waitFor();
    await dialog.getByRole("option", { name: "An empty canvas" }).waitFor();
    await shot(page, "gallery-none");
    await page.unroute("**/api/v1/templates**");
    await page.route("**/api/v1/templates/*", (route) => route.abort());
    await again.click();
    await dialog.getByRole("option", { name: TEMPLATE }).click();
    await again.waitFor();
    await page.unroute("**/api/v1/templates/*");
    await again.click();
    await dialog.locator(".board .card-title").first().waitFor();
    screen.complaints.splice(0); // the requests that were refused
    await inside.close(screen);
  });

  test("in the pseudo-locale every word of ours is in brackets", async () => {
    const screen = await inside.open("/flows", { width: 1280 });
    const { page } = screen;
    await page.evaluate(() => localStorage.setItem("weft.appearance", '{"language":"en-XA"}'));
    await page.reload();
    await settled(page);
    await page.keyboard.press("n");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("option", { name: TEMPLATE }).click();
    await dialog.locator(".board .card-title").first().waitFor();
    await settled(page);
    // The board's maker, and the constants of the template, which have names of their own.
    const theirs = /^(React Flow|[a-z_]+)$/;
    const bare = (await bareWords(page)).filter((text) => !theirs.test(text));
    assert.deepEqual(bare, []);
    await shot(page, "gallery-pseudo");
    await inside.close(screen);
  });
});
