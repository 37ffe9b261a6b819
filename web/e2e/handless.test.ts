// From an empty canvas to a green run without a mouse: drawn, filled in, mapped, tried, published, and
// what became of it read. Nothing here is clicked, and at every stop an eye finds the focus.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { type Bank, openBank } from "./bank.ts";
import { type Inside, openInside } from "./inside.ts";
import { focused, Keys, sequence } from "./keys.ts";
import { shot } from "./looks.ts";
import { settled } from "./world.ts";

const order = '{"order": "O-7", "amount": 12.50}';
const SECRET = "a secret of the bank";

const onBoard = (page: Page) =>
  page.waitForFunction(() => document.activeElement?.classList.contains("board"));

/** Into the inspector of the step that is chosen on the board. */
async function opened(keys: Keys, first: string | RegExp): Promise<void> {
  await keys.press("Enter");
  await keys.page.locator("aside.inspector").waitFor();
  await keys.arrived(first);
}

async function drawn(keys: Keys): Promise<void> {
  const { page } = keys;
  await sequence(page, "g", "f");
  await page.getByRole("heading", { level: 1, name: "Flows" }).waitFor();
  await settled(page);
  await keys.press("n");
  await page.getByRole("dialog", { name: "New flow" }).waitFor();
  await keys.fill("Name", "Tell the bank");
  await keys.press("Enter");
  await onBoard(page);
  for (const [words, id] of [
    ["webhook", "webhook"],
    ["map fields", "map"],
    ["http request", "http"],
  ] as const) {
    await keys.press("n");
    await page.getByRole("combobox").waitFor();
    await keys.type(words);
    await keys.press("Enter");
    await page.locator(`#step-${id}`).waitFor();
    await onBoard(page);
  }
}

async function begun(keys: Keys): Promise<void> {
  const { page } = keys;
  await keys.press("ArrowLeft", "ArrowLeft");
  await opened(keys, "Path");
  await keys.fill("Path", "orders-in");
  await keys.choose(/Type$/, /none/, "none");
  await keys.press("Control+Enter"); // too early: the others are empty still
  await page.getByText("Nothing was tested").waitFor();
  await keys.to("Event…", "Shift+Tab");
  await keys.press("Enter");
  await page.getByRole("dialog").waitFor();
  await keys.fill("Sample as JSON", order);
  await keys.to("Use this sample");
  await keys.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function mapped(keys: Keys): Promise<void> {
  const { page } = keys;
  const target = (name: string) => page.locator(`[data-target="${name}"] .map-port-on`);
  await keys.to(/^Board of/, "Shift+Tab");
  await keys.press("ArrowRight");
  await opened(keys, "Open the mapper");
  await keys.press("Enter");
  await keys.arrived("Source");
  await keys.to("Target: open", "Shift+Tab");
  await keys.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await keys.fill("Sample or schema, as JSON", '{"orderId": "O-1", "sum": 1.00}');
  await keys.to("Use as a sample");
  await keys.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.locator('[data-target="orderId"] .map-port-picked').waitFor(); // suggested
  await keys.to("Target");
  await keys.press("a");
  await target("orderId").waitFor();
  await keys.to("Source", "Shift+Tab");
  await keys.press("ArrowDown", "ArrowDown", "ArrowDown", "Enter");
  await keys.arrived("Target");
  await keys.press("ArrowDown", "Enter");
  await target("sum").waitFor();
  await keys.press("Escape");
  await page.locator(".mapper").waitFor({ state: "detached" });
}

async function connected(keys: Keys, bank: Bank): Promise<void> {
  const { page } = keys;
  await onBoard(page);
  await keys.press("Escape", "ArrowRight", "ArrowRight", "ArrowRight");
  await opened(keys, /Connection$/);
  await keys.to("New connection");
  await keys.press("Enter");
  const dialog = page.getByRole("dialog", { name: "New connection" });
  await dialog.waitFor();
  await keys.fill("Name", "bank");
  await keys.choose(/System$/, /^Any system over HTTP/, "any");
  await keys.fill("Address", bank.url);
  await keys.choose(/Signs in$/, /Bearer/, "with a t");
  await keys.fill("Token", SECRET);
  await keys.fill("Private addresses that it may reach", "127.0.0.1");
  await keys.to("Save");
  await keys.press("Enter");
  await dialog.waitFor({ state: "detached" });
  // the step is bound a moment after the dialog has gone: then there is a path instead of a whole URL
  await page.locator("aside.inspector").getByRole("textbox", { name: "Path" }).waitFor();
  await keys.choose(/Method$/, /^POST/, "post");
  await keys.fill("Path", "/pay");
  await keys.fill("Body", "=steps.");
  await page.locator(".cm-tooltip-autocomplete").getByText("steps.map", { exact: true }).waitFor();
  await keys.type("map");
}

async function published(keys: Keys): Promise<void> {
  const { page } = keys;
  await keys.press("Control+Enter");
  for (const id of ["map", "http"]) await page.locator(`#step-${id} .state-ok`).waitFor();
  await page.locator(".value-line", { hasText: "O-7" }).first().waitFor(); // what it will send
  await page.locator(".save-mark", { hasText: "Saved" }).waitFor();
  await keys.press("Control+Shift+S");
  const dialog = page.getByRole("dialog", { name: "Publish this draft" });
  await dialog.waitFor();
  await keys.choose(/From now on/, /[Pp]roduction/, "prod");
  await keys.to("Publish");
  await keys.press("Enter");
  await dialog.waitFor({ state: "detached" });
}

describe("by keys alone", () => {
  let inside: Inside;
  let bank: Bank;
  before(async () => {
    bank = await openBank();
    inside = await openInside();
  });
  after(async () => {
    await inside.stop();
    bank.stop();
  });

  test("from an empty canvas to a green run, and what it did is read", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    const keys = new Keys(page);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await drawn(keys);
    await begun(keys);
    await mapped(keys);
    await connected(keys, bank);
    await shot(page, "keys-drawn");
    await published(keys);
    assert.deepEqual(bank.told, [], "a test tells nobody");

    const answer = await fetch(`${inside.world.url}/hooks/main/production/orders-in`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: order,
    });
    assert.equal(answer.status, 202, await answer.text());
    await keys.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await keys.type("go to runs");
    await keys.press("Enter");
    await page.getByRole("row", { name: /Succeeded/ }).waitFor();
    await keys.to("Runs", "Tab");
    while ((await focused(page)).role !== "grid") await keys.press("Tab");
    await keys.press("Enter");
    await page.locator("#step-http .state-ok").waitFor();
    await keys.to(/^Board of/);
    await keys.press("ArrowRight", "ArrowRight", "ArrowRight", "Enter");
    await page.getByRole("treeitem", { name: /HTTP request/, selected: true }).waitFor();
    await shot(page, "keys-green");
    assert.deepEqual(
      bank.told.map(({ body }) => body),
      ['{"orderId":"O-7","sum":12.50}'],
    );
    assert.deepEqual(keys.lost, []);
    await inside.close(screen);
  });
});
