// The rules of a flow before the real program: a rule is edited, tested, tried on a real event,
// published, and the next event shows it; tables are edited as grids.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { type Inside, openInside } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";
import type { Visit, Window } from "./world.ts";

interface Asked {
  method: string;
  path: string;
  body?: unknown;
}

/** The API as another window of the same person asks it; the answer's own text. */
async function ask(page: Page, asked: Asked): Promise<string> {
  return page.evaluate(async ({ method, path, body }) => {
    const session = (await (await fetch("/api/v1/session")).json()) as { csrf: string };
    const answer = await fetch(`/api/v1${path}`, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRF": session.csrf },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  }, asked);
}

const fees = `local M = {}

-- What the shop pays for a payment.
function M.of(payment)
  return (decimal(payment.amount) * decimal('0.02')):round(2)
end

function M.currency(payment)
  return payment.currency or 'USD'
end

return M
`;

const THEN = "then"; // computed: no object of ours is to look like a promise
const row = (when: string[], outcome: string) =>
  Object.fromEntries([
    ["when", when],
    [THEN, [outcome]],
  ]);

const bundle = {
  flow: {
    weft: 1,
    name: "Fees",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "fees", verify: { type: "none" } } },
      {
        id: "entry",
        title: "Ledger entry",
        type: "transform.map",
        config: {
          fields: [
            { to: "currency", from: "=require('rules.fees').currency(trigger.body)" },
            { to: "fee", from: "=require('rules.fees').of(trigger.body)" },
            {
              to: "kind",
              from: "=decide('kinds', { method = trigger.body.method, amount = trigger.body.amount })",
            },
            { to: "account", from: "=lookup('accounts', trigger.body.method)" },
          ],
        },
      },
    ],
    edges: [{ from: "hook", to: "entry" }],
  },
  rules: { fees },
  lookups: {
    kinds: {
      inputs: [
        { name: "method", values: ["Card", "ACH"] },
        { name: "amount", type: "number", min: 0 },
      ],
      outputs: ["kind"],
      hit: "unique",
      rows: [
        row(["Card", "< 1000"], "small"),
        row(["Card", ">= 1000"], "large"),
        row(["ACH", "-"], "bank"),
      ],
      help: "Which kind of payment it is",
    },
    accounts: {
      columns: ["method", "account", "rate"],
      keys: ["method"],
      rows: [
        ["Card", "1200", null],
        ["ACH", "1210", null],
      ],
    },
  },
  tests: {
    "rules/fees": [
      {
        name: "two percent",
        call: "=require('rules.fees').of(input):text()",
        input: { amount: 100 },
        expected: "2.00",
      },
    ],
  },
};

describe("rules", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
    const first = await inside.open("/settings");
    await ask(first.page, { method: "POST", path: "/flows", body: { flow: "fees", bundle } });
    await inside.close(first);
  });
  after(() => inside.stop());

  async function opened(path: string, options: Window = {}): Promise<Visit> {
    const screen = await inside.open(path, options);
    await screen.page.locator(".rule, .board, .outline").first().waitFor();
    return screen;
  }

  const saved = (page: Page) => page.locator(".save-mark", { hasText: "Saved" }).waitFor();

  async function send(body: string): Promise<void> {
    const response = await fetch(`${inside.world.url}/hooks/main/production/fees`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    assert.equal(response.status, 202, await response.text());
  }

  /** What the newest run has written, when so many have ended. */
  async function written(page: Page, count: number): Promise<string> {
    for (;;) {
      const { items } = JSON.parse(
        await ask(page, { method: "GET", path: "/runs?flow=fees&status=succeeded" }),
      ) as { items: { run: string }[] };
      if (items.length === count) {
        return ask(page, { method: "GET", path: `/runs/${items[0]?.run}/step?path=entry` });
      }
      await page.waitForTimeout(100);
    }
  }

  async function published(page: Page): Promise<void> {
    const dialog = page.getByRole("dialog", { name: "Publish this draft" });
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await dialog.waitFor();
    await dialog.getByRole("button", { name: /From now on/ }).click();
    await page.getByRole("option", { name: /[Pp]roduction/ }).click();
    await dialog.getByRole("button", { name: "Publish", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  }

  async function retyped(page: Page, text: string): Promise<void> {
    await page.locator(".lua-editor .cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete"); // typing over coloured text, Chromium styles what it puts in
    await page.keyboard.insertText(text);
  }

  test("a rule is edited, tested, tried on a real event, published, and the next event shows it", async () => {
    const screen = await opened("/flows/fees");
    const { page } = screen;
    await published(page);
    await send('{ "amount": 129.95, "method": "Card" }');
    assert.match(await written(page, 1), /"fee":\s*2\.60/);

    await page.keyboard.press("Control+k");
    await page.keyboard.type("rule fees");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/flows/fees/rules/fees");

    // What the compiler says, with its line; a click goes there.
    await retyped(page, fees.replace("end\n", "en\n"));
    const fault = page.getByRole("region", { name: "What is wrong" }).getByRole("button");
    await fault.first().click();
    await page.getByText("Nothing can be run until this is mended:").waitFor();
    assert.equal(await page.getByText(/tests? pass/).count(), 0, "of what was there before");
    await page.locator(".cm-lintRange-error").first().waitFor();
    assert.ok(await page.evaluate(() => document.activeElement?.classList.contains("cm-content")));

    // Completion tells the library's words and the fields of the real event.
    await retyped(page, fees.replace("0.02", "0.03"));
    await page.getByRole("tab", { name: /Samples/ }).click();
    await page.getByRole("button", { name: /Succeeded/ }).waitFor();
    await page.locator(".lua-editor .cm-content").click();
    await page.keyboard.press("Control+Home");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "End", "Enter"]) {
      await page.keyboard.press(key);
    }
    await page.keyboard.type("local x = payment.am");
    const options = page.locator(".cm-tooltip-autocomplete");
    await options.getByText("payment.amount").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.type(" text.upp");
    await options.getByText("text.upper", { exact: true }).waitFor();
    await shot(page, "rules-completion");
    await page.keyboard.press("Escape");
    await retyped(page, fees.replace("0.02", "0.03"));
    await page.getByText("Nothing is wrong here").waitFor();

    // A test from what really came: before and after stand beside each other, of the call that changes.
    await page.getByText("1 of 2 calls in this flow would give something else").waitFor();
    await page.getByText("1 sample of 1 would change").waitFor();
    await page.getByRole("row", { name: /2\.60 3\.90/ }).waitFor();
    await shot(page, "rules-samples");
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("button", { name: "Make a test of this" }).click();
    await page.getByRole("tab", { name: /Tests/ }).click();
    await page.getByText("1 test of 2 fails").waitFor();

    // One that fails holds publishing up, and leads there.
    await page.getByRole("button", { name: /two percent/ }).click();
    await page.locator(".tree-diff").getByText("3.00").waitFor();
    await shot(page, "rules-test");
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("link", { name: "accounts" }).click();
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("dialog").getByText("1 test of 2 fails").waitFor();
    await shot(page, "rules-publish");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /two percent/ })
      .click();
    await page.waitForURL("**/rules/fees");
    await page.getByRole("button", { name: "Expect what came" }).click();
    await page.getByText("All 2 tests pass").waitFor();

    // What it would have made of the runs that were.
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("button", { name: "Hold it against the last runs…" }).click();
    const backtest = page.getByRole("dialog", { name: "Against the last runs" });
    await backtest.getByRole("button", { name: "Begin" }).click();
    await backtest.getByText("1 of 1 runs: 0 the same, 1 different").waitFor();
    await backtest.locator("summary").getByText("One difference").click();
    await backtest.getByRole("row", { name: /Output · entry · \/fee 2\.60 3\.90/ }).waitFor();
    await shot(page, "rules-backtest");
    assert.deepEqual(await axeFindings(page), []);
    await backtest.getByRole("button", { name: "Close" }).click();
    await page.getByRole("dialog", { name: "Publish this draft" }).waitFor();
    await page.keyboard.press("Escape");

    await published(page);
    await send('{ "amount": 129.95, "method": "Card" }');
    assert.match(await written(page, 2), /"fee":\s*3\.90/);
    await inside.close(screen);
  });

  test("a decision table by keys: gaps, overlaps, rows that fit", async () => {
    const screen = await opened("/flows/fees/rules/kinds");
    const { page } = screen;
    const grid = page.getByRole("grid");
    const faults = page.getByRole("region", { name: "What is wrong" });
    await page.getByText("Nothing is wrong here").waitFor();
    await grid.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.type("< 500");
    await page.keyboard.press("Enter");
    await faults.getByText(/no row takes method = "Card", amount = 500;/).waitFor();
    await shot(page, "rules-gap");
    assert.deepEqual(await axeFindings(page), []);
    await faults.getByRole("button", { name: "Add this row" }).first().click();
    await grid.getByRole("row").nth(4).waitFor();
    await page.keyboard.press("Control+z");
    await page.getByRole("button", { name: "Undo: Changed a cell of kinds" }).waitFor();
    await grid.focus();
    await page.keyboard.press("F2");
    await page.keyboard.press("Control+a");
    await page.keyboard.type(">= 400");
    await page.keyboard.press("Enter");
    await faults.getByRole("button", { name: /rows 1 and 2 both take/ }).click();
    assert.equal(await page.locator(".cells-row-err").count(), 2);
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    await page.getByText("Nothing is wrong here").waitFor();
    await grid.focus();
    await page.keyboard.press("Alt+ArrowDown");
    await page.getByRole("button", { name: "Undo: Moved a row of kinds" }).waitFor();
    await page.getByRole("tab", { name: /Samples/ }).click();
    await page.locator(".cells-row-hit").getByText("small").waitFor();
    await shot(page, "rules-hit");
    await page.getByRole("button", { name: "amount Number" }).click();
    const dialog = page.getByRole("dialog", { name: "Condition" });
    await dialog.getByRole("textbox", { name: "Least" }).fill("0.01");
    await shot(page, "rules-column");
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole("button", { name: "Keep" }).click();
    await saved(page);
    const text = await ask(page, { method: "GET", path: "/flows/fees/draft" });
    assert.match(text, /"min":\s*0\.01/);
    assert.match(text, /"help":\s*"Which kind of payment it is"/);
    await inside.close(screen);
  });

  test("a lookup table as a sheet: pasted, imported, every digit kept", async () => {
    const screen = await opened("/flows/fees/rules/accounts");
    const { page } = screen;
    await screen.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const grid = page.getByRole("grid");
    await page.getByRole("button", { name: "rate Value · Text" }).click();
    const dialog = page.getByRole("dialog", { name: "Column" });
    await dialog.getByRole("button", { name: /Type/ }).click();
    await page.getByRole("option", { name: "Number" }).click();
    await dialog.getByRole("button", { name: "Keep" }).click();
    await grid.focus();
    await page.evaluate(() =>
      navigator.clipboard.writeText(
        "Check\t1220\t0.10000000000000000001\nWire\t007\t1.50\tover\nCard\tx\tno",
      ),
    );
    for (const key of ["ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await page.getByRole("button", { name: "Row", exact: true }).click();
    await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "grid");
    await page.keyboard.press("Control+v");
    const faults = page.getByRole("region", { name: "What is wrong" });
    await page.getByText("1 row had cells for which there is no column").waitFor();
    await faults.getByRole("button", { name: /row 5 has the key of row 1/ }).click();
    await grid.getByText("0.10000000000000000001").waitFor();
    await shot(page, "rules-pasted");
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("Control+Delete");
    await page.getByText("Nothing is wrong here").waitFor();
    await page.getByRole("searchbox", { name: "Find in the table" }).fill("wire");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "grid");
    await saved(page);
    assert.match(
      await ask(page, { method: "GET", path: "/flows/fees/draft" }),
      /"Check",\s*"1220",\s*0\.10000000000000000001\],\s*\["Wire",\s*"007",\s*1\.50\]\]/,
    );
    await page.getByRole("button", { name: "Import" }).click();
    const text = page.getByRole("dialog").getByRole("textbox", { name: "Or its text" });
    await text.fill('method;account;rate\nCard;1200;x\nACH;"1210');
    await page.getByText("2:3", { exact: true }).waitFor();
    await page.getByText("3:5", { exact: true }).waitFor();
    await shot(page, "rules-import");
    assert.deepEqual(await axeFindings(page), []);
    await text.fill("method;account;rate\nCard;1200;2.50\nSEPA;0815;0.350");
    await page.getByRole("button", { name: "Import 2 rows" }).click();
    await saved(page);
    assert.match(
      await ask(page, { method: "GET", path: "/flows/fees/draft" }),
      /\["SEPA",\s*"0815",\s*0\.350\]\]/,
    );
    await inside.close(screen);
  });

  test("in the dark on a phone; in other words; for who may only read", async () => {
    const small = await opened("/flows/fees/rules", { dark: true, width: 390 });
    for (const rule of ["fees", "kinds", "accounts"]) {
      await small.page.getByRole("link", { name: rule, exact: true }).click();
      await small.page.locator(".rule-fine svg").waitFor();
      assert.deepEqual(await axeFindings(small.page), [], rule);
      const wide = await small.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${rule} is ${wide} wide`);
      await shot(small.page, `rules-small-${rule}`);
    }
    await inside.close(small);

    const reader = await opened("/flows/fees/rules");
    const { page } = reader;
    await page.evaluate(() => localStorage.setItem("weft.appearance", '{"language":"en-XA"}'));
    await page.route("**/api/v1/session", async (route) => {
      const answer = await route.fetch();
      const session = (await answer.json()) as { permissions: string[] };
      const permissions = session.permissions.filter((one) => !one.endsWith(".write"));
      await route.fulfill({ response: answer, json: { ...session, permissions } });
    });
    await page.reload();
    for (const rule of ["fees", "kinds", "accounts"]) {
      await page.getByRole("link", { name: rule, exact: true }).click();
      await page.locator(".rule-fine svg").waitFor();
      const bare = await page.evaluate(() => {
        const own =
          "script, style, noscript, code, .foreign, .mono, .num, .avatar, .brand, .cm-editor, option, kbd";
        return [...document.querySelectorAll("body *")]
          .filter((one) => one.closest(own) === null)
          .flatMap((one) => [...one.childNodes])
          .filter((node) => node.nodeType === Node.TEXT_NODE)
          .map((node) => node.textContent?.trim() ?? "")
          .filter((text) => /[A-Za-z]{2}/.test(text) && !text.includes("[") && !text.endsWith("]"));
      });
      assert.deepEqual(bare, [], rule);
      assert.equal(await page.getByRole("button", { name: /Ren|Rem/ }).count(), 0, rule);
    }
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("grid").focus();
    await page.keyboard.press("x");
    assert.equal(await page.locator(".cell-typing").count(), 0);
    await inside.close(reader);
  });
});
