// What steps take and give, known before anything has run: a connector's input drawn as a mapping
// from an empty step, its targets from the manifest, its sources from a check of the event; a lookup
// of pasted rows; and the inspector's fields completed from the same.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type Inside, openInside } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";

const order = {
  type: "object",
  required: ["id", "amount"],
  properties: {
    id: { type: "string", description: "The order's number." },
    amount: { type: "number" },
    customer: { type: "object", properties: { no: { type: "string" } } },
  },
};
const flow = {
  weft: 1,
  name: "Charge orders",
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "o", verify: { type: "none" } } },
    {
      id: "check",
      type: "transform.validate",
      title: "Is it an order?",
      config: { value: "=trigger.body", schema: order },
    },
    {
      id: "charge",
      type: "connector.paytrace.sale",
      title: "Charge",
      connection: "paytrace",
      config: { input: { customer_id: "=trigger.body.customer.no" } },
    },
  ],
  edges: [
    { from: "hook", to: "check" },
    { from: "check", to: "charge" },
  ],
};

interface Node {
  id: string;
  config: Record<string, unknown>;
}

describe("before the first run", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  test("an action's input is drawn, with a lookup of pasted rows", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await ask(screen, "POST", "/flows", { flow: "charge", bundle: { flow } });
    await page.goto(`${inside.world.url}/flows/charge?step=charge`);
    const inspector = page.locator("aside.inspector");
    await inspector.getByRole("button", { name: "Draw the mapping" }).waitFor();
    await shot(page, "drawn-inspector");
    await inspector.getByRole("button", { name: "Draw the mapping" }).click();
    await page.locator(".mapper").waitFor();
    const source = (key: string) => page.locator(`[data-source="${key}"]`);
    const target = (key: string) => page.locator(`[data-target="${key}"]`);
    await target("invoice_id").locator(".field-required").waitFor();
    await source("trigger.body.amount").waitFor();
    await shot(page, "drawn-mapper");
    await source("trigger.body.id").click();
    await target("invoice_id").click();
    await target("invoice_id").locator(".map-port-on").waitFor();
    await target("amount").locator(".map-port-picked").waitFor(); // suggested by its name
    await target("amount").click();
    await page.keyboard.press("a");
    await target("amount").locator(".map-port-on").waitFor();

    await page.getByRole("button", { name: "Function", exact: true }).click();
    let dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "New lookup table" }).click();
    dialog = page.getByRole("dialog", { name: "New lookup table" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("fees");
    await dialog
      .getByRole("textbox", { name: "Or its text" })
      .fill("fee;amount\n0.290000000000000001;10.00\n1.5;20.00\n");
    await dialog.getByRole("button", { name: /The key/ }).click();
    await page.getByRole("option", { name: "amount" }).click();
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "drawn-lookup");
    await dialog.getByRole("button", { name: "Make it" }).click();
    dialog = page.getByRole("dialog", { name: /lookup/ });
    await dialog.getByRole("button", { name: "Take it" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.locator(".map-chip", { hasText: "fees" }).waitFor();

    await page.getByRole("button", { name: /^Target/ }).click();
    dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Keep it in this step" }).click();
    await page.getByRole("button", { name: "Target: PayTrace: Sale by stored customer" }).waitFor();
    await shot(page, "drawn-done");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.locator(".save-mark", { hasText: "Saved" }).waitFor();
    const { body } = await ask(screen, "GET", "/flows/charge/draft");
    const { flow: drawn, lookups } = body.bundle as {
      flow: { nodes: Node[]; edges: unknown[] };
      lookups: { fees: unknown };
    };
    const nodes = new Map(drawn.nodes.map((node) => [node.id, node.config]));
    assert.deepEqual(nodes.get("charge"), { input: "=steps.map" });
    assert.deepEqual(nodes.get("map"), {
      fields: [
        { to: "customer_id", from: "=trigger.body.customer.no" },
        { to: "invoice_id", from: "=trigger.body.id" },
        { to: "amount", from: '=lookup("fees", trigger.body.amount)' },
      ],
      schema: "connector.paytrace.sale",
    });
    assert.deepEqual(drawn.edges, [
      { from: "hook", to: "check" },
      { from: "check", to: "map" },
      { from: "map", to: "charge" },
    ]);
    assert.match(JSON.stringify(lookups.fees), /"keys":\["amount"\]/);
    await inside.close(screen);
  });

  test("expressions are completed from schemas, then from what ran", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await ask(screen, "POST", "/flows", { flow: "complete", bundle: { flow } });
    await page.goto(`${inside.world.url}/flows/complete?step=charge`);
    const inspector = page.locator("aside.inspector");
    const field = inspector.locator(".cm-content").first();
    await field.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("trigger.body.");
    const options = page.locator(".cm-tooltip-autocomplete");
    await options.getByText("trigger.body.amount").waitFor();
    await options.getByText("number").first().waitFor();
    await shot(page, "drawn-completion");
    await inside.close(screen);
  });
});
