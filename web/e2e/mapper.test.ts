// The mapper before the real program: lines by the mouse and by keys alone, functions and lookups,
// suggestions, values while nothing is saved.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { answerTo, type Inside, openAs, openInside } from "./inside.ts";
import { axeFindings, bareWords, looksWell, shot } from "./looks.ts";
import type { Visit } from "./world.ts";

const text = (maxLength?: number) => ({ type: "string", ...(maxLength ? { maxLength } : {}) });
const schema = {
  type: "object",
  required: ["RefNbr", "DocAmt", "Status"],
  properties: {
    RefNbr: { ...text(10), description: "The number of the document." },
    DocAmt: { type: "number" },
    CustID: text(15),
    CuryID: text(4),
    Status: { enum: ["Paid", "Open"] },
    DocDate: { type: "string", format: "date" },
    Lines: {
      type: "array",
      items: {
        type: "object",
        required: ["InvtID"],
        properties: { InvtID: text(30), Qty: { type: "number" }, Price: { type: "number" } },
      },
    },
    ShipTo: { type: "object", properties: { Name: text(), City: text(), Zip: text(10) } },
  },
};
const event = {
  id: "PT-8812",
  amount: 149.9,
  currency: "USD",
  status: "Approved",
  customerId: "C-1007",
  items: [
    { sku: "A-1", qty: 2, price: 50.2 },
    { sku: "B-7", qty: 1, price: 49.5 },
  ],
  shipping: { name: "Ann Archer", city: "Graz", zip: "8010" },
};

function flow(fields: object[], target: object = schema): object {
  return {
    flow: {
      weft: 1,
      name: "Payments to the ledger",
      nodes: [
        {
          id: "hook",
          type: "trigger.webhook",
          title: "Payment",
          config: { path: "paid", verify: { type: "none" } },
        },
        {
          id: "entry",
          type: "transform.map",
          title: "Ledger entry",
          config: { fields, schema: target },
        },
      ],
      edges: [{ from: "hook", to: "entry" }],
    },
    lookups: {
      statuses: {
        rows: { Approved: "Paid", Pending: "Open" },
      },
    },
  };
}

interface Draft {
  revision: number;
  bundle: { flow: { nodes: { id: string; config: { fields: Record<string, unknown>[] } }[] } };
}

describe("the mapper", () => {
  let inside: Inside;
  let making: Visit; // the window in which flows are made before they are looked at
  before(async () => {
    inside = await openInside();
    making = await inside.open("/settings");
  });
  after(() => inside.stop());

  interface Opened extends Visit {
    source: (name: string) => Locator;
    target: (name: string) => Locator;
  }

  async function opened(
    name: string,
    bundle: object,
    sample: object,
    options: { dark?: boolean; width?: number } = {},
  ): Promise<Opened> {
    await answerTo(making.page, { method: "POST", path: "/flows", body: { flow: name, bundle } });
    for (const one of ["first", "second"]) {
      await answerTo(making.page, {
        method: "POST",
        path: `/flows/${name}/samples`,
        body: { sample: one, input: one === "first" ? sample : { ...sample, status: "Pending" } },
      });
    }
    const screen = await inside.open(`/flows/${name}?map=entry`, options);
    const { page } = screen;
    await page.locator(".mapper").waitFor();
    return {
      ...screen,
      source: (key) => page.locator(`[data-source="${key}"]`),
      target: (key) => page.locator(`[data-target="${key}"]`),
    };
  }

  /** The kept samples are there, and the first of them is shown. */
  const withSamples = (page: Page): Promise<void> =>
    page.locator(".map-head .select-button", { hasText: "first" }).waitFor();

  const fieldsOf = async (page: Page, name: string) => {
    const draft = await answerTo<Draft>(page, { method: "GET", path: `/flows/${name}/draft` });
    return draft.bundle.flow.nodes.find((node) => node.id === "entry")?.config.fields ?? [];
  };

  /** Presses, moves in steps as a hand does, and lets go when the row says that it would get it. */
  async function dragTo(page: Page, from: Locator, to: Locator, takes = true): Promise<void> {
    const [a, b] = [await from.boundingBox(), await to.boundingBox()];
    assert.ok(a !== null && b !== null, "both are in view");
    await page.mouse.move(a.x + a.width - 6, a.y + a.height / 2);
    await page.mouse.down();
    await page.mouse.move(b.x - 40, b.y + 4, { steps: 4 });
    await page.mouse.move(b.x + 30, b.y + b.height / 2, { steps: 4 });
    if (takes) await page.locator(".map-drop").filter({ has: to }).waitFor();
    await page.mouse.up();
  }

  test("a model is asked by a switch only, and one that does not answer harms nothing", async () => {
    const screen = await opened("model", flow([]), event);
    const { page } = screen;
    const endpoint = "http://127.0.0.1:9/v1";
    const settings = { endpoint, model: "absent" };
    const production = { settings, secrets: { key: { vault: "model_key" } } };
    await answerTo(page, {
      method: "POST",
      path: "/vault/model_key/set",
      body: { value: "key", origins: ["http://127.0.0.1:9"] },
    });
    await answerTo(page, {
      method: "PUT",
      path: "/workspace/connections/model",
      body: { connector: "openai", environments: { production } },
    });
    const change = async (to: string | null) => {
      const now = await answerTo<{ revision: number }>(page, { method: "GET", path: "/settings" });
      const body = { suggest_model: to };
      await answerTo(page, { method: "PATCH", path: "/settings", body, match: now.revision });
    };
    await change("production/model");
    await page.reload();
    await page.getByRole("tab", { name: /Suggestions/ }).click();
    await page.locator(".map-idea-row", { hasText: "CustID" }).waitFor();
    const asks = page.getByText("Ask the model absent, too");
    await asks.waitFor();
    assert.equal(await page.getByText("the model gave nothing").count(), 0);
    await asks.click();
    await page.getByText("the model gave nothing").waitFor();
    await page.locator(".map-idea-row", { hasText: "CustID" }).waitFor();
    await shot(page, "mapper-model");
    await looksWell(page, "mapper-model", ".map-panel");
    await change(null);
  });

  test("by the mouse: lines, a list, functions, a lookup, suggestions; then published", async () => {
    const screen = await opened("mouse", flow([]), event);
    const { page, source, target } = screen;
    const value = (key: string, shown: string) =>
      target(key).locator(".map-value", { hasText: shown }).waitFor();
    await withSamples(page);
    await dragTo(page, source("trigger.body.id"), target("RefNbr"));
    await value("RefNbr", "PT-8812");
    await dragTo(page, source("trigger.body.items"), target("Lines"));
    await value("Lines", "[2]");
    await value("Lines[].Qty", "2");
    await dragTo(page, source("trigger.body.items[].sku"), target("Lines[].InvtID"));
    await value("Lines[].InvtID", "A-1");

    await dragTo(page, source("trigger.body.amount"), target("DocAmt"));
    const called = async (search: string, option: string, args: string[]): Promise<void> => {
      await page.getByRole("button", { name: "Function", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("searchbox").fill(search);
      await dialog.getByRole("option", { name: option }).first().click();
      for (const [i, arg] of args.entries()) {
        await dialog.getByRole("textbox").nth(i).fill(arg);
      }
      await dialog.getByRole("button", { name: "Take it" }).click();
      await dialog.waitFor({ state: "detached" });
    };
    await called("decimal(x)", "decimal(x)", []);
    await called("round scale", "x:round(scale", ["2"]);
    await value("DocAmt", "149.90");
    await page.getByRole("button", { name: ":round 2" }).waitFor();

    await dragTo(page, source("trigger.body.status"), target("Status"));
    await target("Status").locator(".map-issue").waitFor({ state: "detached" });
    await called("statuses", 'lookup("statuses", value)', []);
    await value("Status", "Paid");
    await shot(page, "mapper-lines");

    await page.getByRole("tab", { name: /Suggestions/ }).click();
    await page.locator(".map-idea-row", { hasText: "CustID" }).waitFor();
    await page.getByRole("button", { name: "Reject for DocDate" }).click();
    await shot(page, "mapper-suggestions");
    await page.getByRole("button", { name: /^Accept \d+$/ }).click();
    await value("CustID", "C-1007");
    await value("ShipTo.City", "Graz");
    await page.keyboard.press("Control+z");
    await target("CustID").locator(".map-how").waitFor({ state: "detached" });
    await page.keyboard.press("Control+y");
    await value("CustID", "C-1007");

    await target("CuryID").click();
    await page.locator(".map-panel .kind-choice button").last().click();
    await page.getByRole("option", { name: "Expression" }).click();
    await page.locator(".map-panel .code-text").click();
    await page.keyboard.type("trigger.body.nothing.code");
    await page.locator(".map-said", { hasText: "trigger.body.nothing is nil" }).waitFor();
    await target("CuryID").locator(".map-issue").waitFor();
    await value("RefNbr", "PT-8812"); // one wrong line hides no other
    await shot(page, "mapper-wrong");
    await page.getByRole("button", { name: "Remove the line" }).click();
    await target("CuryID").locator(".map-issue").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "List", exact: true }).click();
    await page
      .getByRole("row", { name: /^Status/ })
      .getByText('"Open"')
      .waitFor();
    await shot(page, "mapper-list");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Publish", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    const fields = await fieldsOf(page, "mouse");
    assert.deepEqual(
      fields.slice(0, 4),
      [
        { to: "RefNbr", from: "=trigger.body.id" },
        {
          to: "Lines",
          each: "=trigger.body.items",
          fields: [
            { to: "Qty", from: "=item.qty" },
            { to: "Price", from: "=item.price" },
            { to: "InvtID", from: "=item.sku" },
          ],
        },
        { to: "DocAmt", from: "=decimal(trigger.body.amount):round(2)" },
        { to: "Status", from: '=lookup("statuses", trigger.body.status)' },
      ],
      JSON.stringify(fields),
    );
    await inside.close(screen);
  });

  test("by keys alone, and what no form knows stays as it was", async () => {
    const own = { to: "RefNbr", from: "=tostring(1) .. '-'", default: "-", note: { by: "anna" } };
    const screen = await opened("keys", flow([own]), event);
    const { page, target } = screen;
    await withSamples(page);
    const press = (...keys: string[]): Promise<void> =>
      keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
    const focused = (where: string): Promise<unknown> =>
      page.waitForFunction((selector) => document.activeElement?.matches(selector), where);
    /** Looked for, found by Enter, and chosen by a second one that comes before anything else can
     * happen in the page: it acts on what was found. */
    const chosen = async (name: string, side: "source" | "target"): Promise<void> => {
      await press("/");
      await focused(`[data-region=${side}] input[type=search]`);
      await page.keyboard.type(name);
      await page.evaluate(async () => {
        const enter = (): void => {
          const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true });
          document.activeElement?.dispatchEvent(key);
        };
        enter();
        for (let turns = 0; turns < 10; turns++) await Promise.resolve(); // what is done at once
        enter();
      });
      await focused(".map-tree-target");
    };
    await focused(".map-tree-source");
    await chosen("customerId", "source");
    await chosen("CustID", "target");
    const value = target("CustID").locator(".map-value", { hasText: "C-1007" });
    await value.waitFor();
    await press("Delete");
    await value.waitFor({ state: "detached" });
    await press("Control+z");
    await value.waitFor();
    await press("=");
    await focused(".map-panel .code-text");
    await press("End");
    await page.keyboard.type(":sub(1, 1)");
    await target("CustID").locator(".map-value", { hasText: /^C$/ }).waitFor();
    await press("Escape");
    await page.waitForFunction(() => document.activeElement?.closest(".cm-editor") === null);
    await focused(".map-tree-target");
    await press("Control+ArrowDown"); // CuryID
    await page.locator(".map-field-head", { hasText: "CuryID" }).waitFor();
    await target("CuryID").locator(".map-port-picked").waitFor();
    await press("a");
    await target("CuryID").locator(".map-value", { hasText: "USD" }).waitFor();
    await press("Control+s", "Escape");
    await page.locator(".mapper").waitFor({ state: "detached" });
    await page.locator(".save-mark", { hasText: "Saved" }).waitFor();
    assert.deepEqual(await fieldsOf(page, "keys"), [
      own,
      { to: "CustID", from: "=trigger.body.customerId:sub(1, 1)" },
      { to: "CuryID", from: "=trigger.body.currency" },
    ]);
    await inside.close(screen);
  });

  test("kept for other flows, and taken over as far as it fits", async () => {
    const lines = [
      { to: "RefNbr", from: "=trigger.body.id" },
      { to: "CuryID", from: "=trigger.body.money.code" },
    ];
    const first = await opened("kept", flow(lines), event);
    await first.page.getByRole("button", { name: "Templates" }).click();
    let dialog = first.page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Payment to ledger");
    await dialog.getByRole("button", { name: "Keep this mapping" }).click();
    await dialog.getByText("Payment to ledger is kept.").waitFor();
    await inside.close(first);

    const second = await opened("taken", flow([{ to: "Status", from: "Open" }]), event);
    const { page } = second;
    await withSamples(page);
    await page.getByRole("button", { name: "Templates" }).click();
    dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /Payment to ledger/ }).click();
    await dialog.getByText("no sample has trigger.body.money.code").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "mapper-template");
    await dialog.getByRole("button", { name: "Take 1 line" }).click();
    await second.target("RefNbr").locator(".map-value", { hasText: "PT-8812" }).waitFor();
    await inside.close(second);
  });

  const looks = [
    { to: "RefNbr", from: "=trigger.body.id" },
    { to: "DocAmt", from: "=trigger.body.amount", when: "=trigger.body.amount > 0" },
    { to: "DocAmt", from: 0, convert: "number" },
    { to: "CuryID", from: "EURO5", default: "USD" },
    {
      to: "Lines",
      each: "=trigger.body.items",
      where: "=item.qty > 0",
      sort: [{ by: "=item.sku" }],
      fields: [{ to: "InvtID", from: "=item.sku" }],
    },
  ];

  for (const [width, dark] of [
    [1440, false],
    [390, true],
  ] as const) {
    test(`axe: ${width} wide, in both themes`, async () => {
      const screen = await opened(`axe-${width}`, flow(looks), event, { dark, width });
      const { page } = screen;
      const row = (key: string): Locator =>
        page
          .locator(`.tree-row:has([data-target="${key}"]), [data-target="${key}"] button`)
          .first();
      const well = (what: string, part?: string): Promise<void> =>
        looksWell(page, `mapper-${width}-${what}`, part);
      await row("DocAmt").click();
      await page.locator(".map-line-case .code-text").first().waitFor();
      await well("field");
      await page.getByRole("tab", { name: "Suggestions" }).click();
      await page.locator(".map-idea-row").first().waitFor();
      await well("suggestions", ".map-panel");
      if (width > 1000) {
        await row("Lines").click();
        await page.locator(".map-sort .code-text").waitFor();
        await well("list", ".map-panel");
        await page.getByRole("tab", { name: "Check" }).click();
        await page.locator(".map-finding").first().waitFor();
        await well("check", ".map-panel");
        await page.getByRole("button", { name: "List", exact: true }).click();
        await page.locator(".map-table").waitFor();
        await well("table", ".mapper");
      }
      await inside.close(screen);
    });
  }

  test("in the pseudo-locale, and for who may only read", async () => {
    const screen = await opened("read", flow(looks), event, { width: 1100 });
    const { page, target } = screen;
    await page.evaluate(() => localStorage.setItem("weft.appearance", '{"language":"en-XA"}'));
    await page.route("**/api/v1/session", async (route) => {
      const answer = await route.fetch();
      const session = (await answer.json()) as { permissions: string[] };
      session.permissions = session.permissions.filter((one) => !one.endsWith("s.write"));
      await route.fulfill({ response: answer, json: session });
    });
    const held = Promise.withResolvers<void>(); // the code's editor comes later than the form
    await page.route("**/assets/CodeEditor-*.js", (route) =>
      held.promise.then(() => route.continue()),
    );
    await page.reload();
    await target("DocAmt").click();
    await page.locator(".map-panel .code-still", { hasText: "trigger.body.amount > 0" }).waitFor();
    assert.deepEqual(await bareWords(page), [], "before the editor is there");
    held.resolve();
    await page.locator(".map-line-case .code-text").first().waitFor();
    for (const key of ["DocAmt", "Lines", "Qty"]) {
      const whole = key === "Qty" ? "Lines[].Qty" : key;
      await target(whole).click();
      await page.locator(".map-field-head", { hasText: key }).waitFor();
      assert.deepEqual(await bareWords(page), [], key);
    }
    await dragTo(page, screen.source("trigger.body.customerId"), target("CustID"), false);
    await page.keyboard.press("Delete");
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      assert.deepEqual(await bareWords(page), []);
    }
    await shot(page, "mapper-pseudo");
    assert.deepEqual(await fieldsOf(page, "read"), looks);

    // A consultant may draw mappings, and nothing else of the flow.
    const cora = await openAs(inside, making, "cora", "consultant", "/flows/read?map=entry");
    await cora.page.locator('[data-target="DocAmt"]').click();
    await cora.page.locator(".map-field-head", { hasText: "DocAmt" }).waitFor();
    await cora.page.keyboard.press("Delete");
    await cora.page.getByRole("button", { name: /^Undo/ }).waitFor();
    await cora.page.locator(".save-mark", { hasText: /^Saved/ }).waitFor();
    const left = (await fieldsOf(page, "read")) as { to: string }[];
    assert.deepEqual(
      left,
      (looks as { to: string }[]).filter(({ to }) => to !== "DocAmt"),
    );
    await inside.close(cora);
    await inside.close(screen);
  });
});
