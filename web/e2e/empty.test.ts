// From an empty canvas to a green run, as somebody does it who has read nothing: by the mouse and by
// typing what only a person knows. And the same drawing by keys alone.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { type Bank, openBank } from "./bank.ts";
import { inspect } from "./board.ts";
import { type Inside, openInside } from "./inside.ts";
import { axeFindings, looksWell, shot } from "./looks.ts";
import { field, type Visit } from "./world.ts";

const order = '{"order": "O-7", "amount": 12.50, "customer": {"name": "Ada"}}';
const wanted = '{"orderId": "O-1", "amount": 1.00, "customerName": "Ada"}';
const SECRET = "a secret of the bank";
/** What it may take; each click, and each field that is typed into, is one. */
const MOST_ACTS = 45;

/** A hand on the mouse, which counts what it does. */
class Hand {
  acts = 0;
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }
  async click(what: Locator): Promise<void> {
    this.acts++;
    await what.click();
  }
  /** A step's card, which is brought into view as long as an inspector stands open. */
  async card(step: string): Promise<void> {
    this.acts++;
    await inspect(this.page, step);
  }
  async press(name: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    await this.click(within.getByRole("button", { name, exact: typeof name === "string" }));
  }
  async type(name: string, text: string, within: Page | Locator = this.page): Promise<void> {
    this.acts++;
    await field(within, name).fill(text);
  }
  async choose(name: RegExp, option: RegExp, within: Page | Locator = this.page): Promise<void> {
    await this.press(name, within);
    await this.click(this.page.getByRole("option", { name: option }));
  }
}

async function sent(inside: Inside, path: string): Promise<string> {
  const answer = await fetch(`${inside.world.url}/hooks/main/production/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: order,
  });
  const body = (await answer.json()) as { run: string };
  assert.equal(answer.status, 202, JSON.stringify(body));
  return body.run;
}

/** The run has ended well, which its canvas says of each step. */
async function green({ page }: Visit, flow: string, steps: string[]): Promise<void> {
  await page.getByRole("row", { name: /Succeeded/ }).click();
  await page.locator(".run-board .board").waitFor();
  for (const id of steps) await page.locator(`#step-${id} .state-ok`).waitFor();
  assert.ok(page.url().includes("/runs/"), flow);
}

describe("from an empty canvas", () => {
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

  test("to a green run, by the mouse", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    const hand = new Hand(page);
    const inspector = page.locator("aside.inspector");
    await hand.press("New flow");
    await hand.type("Name", "Tell the bank");
    await hand.press("Make flow");
    await hand.press("Webhook");
    await hand.press("Map fields");
    await hand.press("HTTP request");

    await hand.card("webhook");
    await hand.type("Path", "orders-in", inspector);
    await hand.choose(/Type$/, /none/, inspector);
    await hand.press("Test");
    await hand.press("Event…");
    await hand.type("Sample as JSON", order);
    await hand.press("Use this sample");

    await hand.card("map");
    await hand.press("Open the mapper", inspector);
    await hand.press("Target: open");
    const schema = page.getByRole("dialog");
    await hand.type("Sample or schema, as JSON", wanted, schema);
    await hand.press("Use as a sample", schema);
    await hand.click(page.getByRole("tab", { name: /Suggestions 3/ }));
    await hand.press("Accept 2");
    await hand.press("Accept for orderId");
    await shot(page, "empty-mapped");
    await hand.press("Close");

    await hand.card("http");
    await hand.press("New connection", inspector);
    const made = page.getByRole("dialog", { name: "New connection" });
    await hand.type("Name", "bank", made);
    await hand.choose(/System$/, /^Any system over HTTP/, made);
    await hand.type("Address", bank.url, made);
    await hand.choose(/Signs in$/, /Bearer/, made);
    await hand.type("Token", SECRET, made);
    await hand.type("Private addresses that it may reach", "127.0.0.1", made);
    assert.deepEqual(await axeFindings(page, undefined, "[role=dialog]"), []);
    await shot(page, "empty-connection");
    await hand.press("Save", made);
    await made.waitFor({ state: "detached" });
    await hand.type("Path", "/pay", inspector);
    await hand.choose(/Method$/, /^POST/, inspector);
    await hand.type("Body", "=steps.map", inspector);
    assert.deepEqual(await axeFindings(page, undefined, "aside.inspector"), []);

    await hand.press("Test the flow");
    for (const id of ["map", "http"]) await page.locator(`#step-${id} .state-ok`).waitFor();
    assert.deepEqual(bank.told, [], "a test tells nobody");
    await shot(page, "empty-tested");
    await hand.press("Publish");
    const publish = page.getByRole("dialog", { name: "Publish this draft" });
    await hand.choose(/From now on/, /[Pp]roduction/, publish);
    await hand.press("Publish", publish);
    await publish.waitFor({ state: "detached" });

    await sent(inside, "orders-in");
    await hand.click(page.getByRole("link", { name: "Runs" }));
    await green(screen, "tell-the-bank", ["map", "http"]);
    await shot(page, "empty-green");
    assert.deepEqual(bank.told, [
      {
        path: "/pay",
        authorization: `Bearer ${SECRET}`,
        body: '{"amount":12.50,"customerName":"Ada","orderId":"O-7"}',
      },
    ]);
    assert.ok(hand.acts <= MOST_ACTS, `${hand.acts} acts`);
    await inside.close(screen);
  });
});

describe("a program without a flow", () => {
  let inside: Inside;
  before(async () => {
    const flows = (folder: string) => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    };
    inside = await openInside({ flows });
  });
  after(() => inside.stop());

  test("home offers what a flow begins with", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await page.getByRole("heading", { name: "Nothing runs here yet" }).waitFor();
    await page.getByRole("button", { name: "Import" }).waitFor();
    await looksWell(page, "first-use");
    await page.getByRole("button", { name: "New flow" }).click();
    await page.getByRole("dialog", { name: "New flow" }).waitFor();
    await shot(page, "first-use-gallery");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await inside.close(screen);
  });
});
