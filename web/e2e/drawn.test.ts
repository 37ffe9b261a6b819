// What steps take and give, known before anything has run: a connector's input drawn as a mapping
// from an empty step, its targets from the manifest, its sources from a check of the event; a lookup
// of pasted rows; and the inspector's fields completed from the same.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { inspect } from "./board.ts";
import { ask, type Inside, openInside } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";
import { goTo, send } from "./world.ts";

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
    await goTo(page, "/flows/charge?step=charge");
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

  test("a step is tried alone and up to here; its effect and its tries are shown", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    const look = {
      id: "look",
      type: "transform.lookup",
      title: "Fee",
      config: { table: "", key: "=trigger.body.amount" },
    };
    const bundle = {
      flow: {
        ...flow,
        nodes: [...flow.nodes, look],
        edges: [...flow.edges, { from: "charge", to: "look" }],
      },
    };
    await ask(screen, "POST", "/flows", { flow: "tried", bundle });
    await goTo(page, "/flows/tried?step=look");
    const inspector = page.locator("aside.inspector");
    await inspector.getByRole("button", { name: "New lookup table" }).click();
    const dialog = page.getByRole("dialog", { name: "New lookup table" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("fees");
    await dialog.getByRole("textbox", { name: "Or its text" }).fill("amount;fee\n10.00;0.29\n");
    await dialog.getByRole("button", { name: "Make it" }).click();
    await dialog.waitFor({ state: "detached" });
    await inspector.getByRole("link", { name: /fees/ }).waitFor(); // it is chosen

    await inspect(page, "check");
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await page.getByRole("button", { name: "Event…" }).click();
    await page
      .getByRole("textbox", { name: "Sample as JSON" })
      .fill('{"id": "O-1", "amount": 10.00, "customer": {"no": "C-1"}}');
    await page.getByRole("button", { name: "Use this sample" }).click();
    const step = (id: string) => page.locator(`#step-${id} .state-ok`);
    const doing = async (act: string) => {
      await inspector.getByRole("button", { name: "What can be done with it" }).click();
      await page.getByRole("menuitem", { name: act }).click();
    };
    await doing("Test up to this step");
    await step("check").waitFor();
    assert.equal(await step("charge").count(), 0);
    const board = page.locator(".board");
    await board.focus();
    for (const key of ["ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
    await inspector.getByRole("textbox", { name: "Table" }).waitFor();
    await doing("Test this step alone");
    await step("look").waitFor();
    await page.locator("#step-check").waitFor(); // in view, and without a state: it was given
    assert.equal(await step("check").count(), 0);
    await page.locator(".bottom-row", { hasText: "Fee" }).getByText("0.29").waitFor();

    await board.focus();
    for (const key of ["ArrowLeft", "Enter"]) await page.keyboard.press(key);
    await inspector.getByRole("button", { name: "Draw the mapping" }).waitFor();
    await inspector.getByRole("tab", { name: "Errors" }).click();
    await inspector.getByRole("heading", { name: /^Effect/ }).waitFor();
    await inspector.getByText("Try again").click();
    const drawing = inspector.getByRole("img", { name: /^3 tries/ });
    await drawing.waitFor();
    assert.equal(await drawing.locator("circle").count(), 3);
    await inside.close(screen);
  });

  test("what went through a step in any run that was", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await send(inside.world, "orders", '{"id": "SO-1", "lines": [{"price": 1.10, "count": 3}]}');
    await goTo(page, "/runs?key=SO-1");
    await page.getByRole("row", { name: /Succeeded/ }).waitFor();
    await goTo(page, "/flows/orders");
    await page.locator("#step-total .card-title").dblclick();
    // the newest run is there without being chosen, called by what people know of it
    const from = page.getByRole("button", { name: /Where the values are from/ });
    await from.filter({ hasText: "SO-1" }).waitFor();
    const output = page.getByRole("region", { name: "Output" });
    await output.getByText('"SO-1"').waitFor();
    await output.getByText("3.30").first().waitFor();
    await from.click();
    await page.getByRole("option", { name: /SO-1/ }).click();
    await output.getByText('"SO-1"').waitFor();
    await inside.close(screen);
  });

  test("expressions are completed from schemas, then from what ran", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await ask(screen, "POST", "/flows", { flow: "complete", bundle: { flow } });
    await goTo(page, "/flows/complete?step=charge");
    const inspector = page.locator("aside.inspector");
    const field = inspector.locator(".code-text").first();
    await field.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("trigger.body.");
    const options = page.locator(".cm-tooltip-autocomplete");
    await options.getByText("trigger.body.amount").waitFor();
    await options.getByText("number").first().waitFor();
    await shot(page, "drawn-completion");
    await inside.close(screen);
  });

  test("code looks the same before its editor is there, and takes what is typed before it comes", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    const lua = 'local a = trigger.body.amount -- as "paid"\nreturn {\n  a = a * 1.10,\n}';
    const script = { id: "code", type: "transform.script", title: "Code", config: { source: lua } };
    const value = `=nothing.here .. "${"words ".repeat(20)}"`;
    const field = {
      id: "one",
      type: "transform.map",
      config: { fields: [{ to: "a", from: value }] },
    };
    const call = { id: "call", type: "connector.http", config: {} };
    const coded = { ...flow, nodes: [flow.nodes[0], script, field, call], edges: [] };
    await ask(screen, "POST", "/flows", { flow: "coded", bundle: { flow: coded } });
    const held = Promise.withResolvers<void>();
    await page.route("**/assets/CodeEditor-*.js", (route) =>
      held.promise.then(() => route.continue()),
    );
    await page.goto(`${inside.world.url}/flows/coded?step=code`);
    const inspector = page.locator("aside.inspector");
    const text = inspector.getByRole("textbox", { name: "Source" });
    await text.focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" --x");
    await page.waitForFunction(() =>
      document.querySelector(".code-still")?.textContent?.endsWith("} --x"),
    );
    held.resolve();
    await inspector.locator(".cm-content", { hasText: "} --x" }).waitFor();
    await page.keyboard.type("y");
    await inspector.locator(".cm-content", { hasText: "} --xy" }).waitFor();

    const looks = () =>
      page.evaluate(() => {
        const box = document.querySelector(".code-field");
        const { x, y, width, height } = box?.getBoundingClientRect() ?? new DOMRect();
        const letters: string[] = [];
        const walker = document.createTreeWalker(
          document.querySelector(".code-text") ?? document.body,
          NodeFilter.SHOW_TEXT,
        );
        while (walker.nextNode()) {
          const node = walker.currentNode as Text;
          const { color, fontFamily, fontSize, fontStyle } = getComputedStyle(
            node.parentElement as Element,
          );
          for (let at = 0; at < node.data.length; at++) {
            const letter = node.data[at] ?? "";
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const { x, y } = range.getBoundingClientRect();
            if (letter.trim() !== "")
              letters.push([letter, x, y, color, fontFamily, fontSize, fontStyle].join(" "));
          }
        }
        return { box: [x, y, width, height], letters };
      });
    for (const [step, name, said] of [
      ["code", "Source", undefined],
      ["one", /^From/, "nothing"],
    ] as const) {
      await page.goto(`${inside.world.url}/flows/coded?step=${step}`);
      const field = inspector.getByRole("textbox", { name });
      await inspector.locator(".code-still .code-word, .code-still .code-string").first().waitFor();
      if (said !== undefined) await inspector.locator(".code-fault").getByText(said).waitFor();
      await page.evaluate(() => document.fonts.ready);
      const before = await looks();
      assert.equal(await page.locator(".cm-editor").count(), 0, "nobody edits yet");
      await shot(page, `drawn-code-${step}`);
      await field.focus();
      await inspector.locator(".cm-editor.cm-focused").waitFor();
      if (said !== undefined) await inspector.locator(".code-fault").getByText(said).waitFor();
      assert.deepEqual(await looks(), before);
      await shot(page, `drawn-code-${step}-edited`);
    }
    /* what nearly everyone sets is not behind "more settings", set or not */
    await page.goto(`${inside.world.url}/flows/coded?step=call`);
    await inspector.getByRole("button", { name: /more settings/ }).waitFor();
    for (const name of ["Method", "Url", "Path", "Body"]) {
      await inspector.locator(".field-label").getByText(name, { exact: true }).first().waitFor();
    }
    assert.equal(await inspector.getByText("Key valid", { exact: true }).count(), 0);
    await shot(page, "drawn-main");
    await inside.close(screen);
  });

  test("a webhook says where it listens, and lines for a shell send it the sample", async () => {
    const screen = await inside.open("/flows/orders?step=hook");
    const { page } = screen;
    await send(
      inside.world,
      "orders",
      '{"id": "it\'s SO-9", "lines": [{"price": 1.10, "count": 1}]}',
    );
    await page.reload();
    const listens = page.getByRole("region", { name: "Where it listens" });
    await listens.getByRole("button", { name: /Environment/ }).click();
    await page.getByRole("option", { name: "production" }).click();
    const address = `${inside.world.url}/hooks/main/production/orders`;
    await listens.getByText(address, { exact: true }).waitFor();
    const lines = listens.locator("pre", { hasText: "SO-9" });
    await screen.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await lines.waitFor();
    await listens.getByRole("button", { name: "Copy the lines for a shell" }).click();
    await listens.getByText("The text for a shell is copied").waitFor({ state: "attached" });
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await lines.textContent());
    assert.match(copied, /"price":1\.10/, "with every digit");
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "drawn-listens");
    const once = copied.replace("SO-9", "SO-10");
    const { run } = JSON.parse(execFileSync("bash", ["-euc", once]).toString()) as { run: string };
    const { body } = await ask(screen, "GET", `/runs/${run}`);
    assert.equal(body.flow, "orders");
    await inside.close(screen);
  });
});
