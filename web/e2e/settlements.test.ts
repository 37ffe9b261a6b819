// A settlement of a template, with the stand-ins behind it: found in the list, its lines filtered and
// drilled into, another tolerance tried, a difference adjusted by one and approved by another,
// exported and printed.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { ask, type Inside, openAs, openInside } from "./inside.ts";
import { bareWords, looksWell, shot } from "./looks.ts";
import {
  openPairing,
  openPayout,
  type Pairing,
  type Payout,
  takeTemplate,
  utcDay,
} from "./stand_ins.ts";
import { field, goTo, settled } from "./world.ts";

const FLOW = "paytrace-settlement-to-dynamics365";

/** Forty payments of this day that agree, one that was never posted, one posted with a cent less. */
function fill({ gateway, erp, number }: Pairing, day: string): void {
  const pay = (amount: bigint, order: string) =>
    gateway.books.pay("SALE", {
      customer: "CUST-1001",
      amount,
      texts: { invoice_id: order },
    }).id;
  const post = (id: number, amount: string, order: string) =>
    erp.seed("new_payments", {
      new_paytracetransactionid: String(id),
      new_amount: number(amount),
      new_direction: "credit",
      new_currency: "USD",
      new_paymentdate: day,
      new_orderid: order,
    });
  for (let n = 1; n <= 40; n += 1) {
    post(pay(BigInt(10_000 + n), `ORD-${n}`), `100.${String(n).padStart(2, "0")}`, `ORD-${n}`);
  }
  pay(150_050n, "ORD-LOST");
  post(pay(5000n, "ORD-CENT"), "49.99", "ORD-CENT");
  gateway.books.settle();
}

const PAYOUT = "cybersource-settlement-to-dynamics-sl";

const entries = (page: Page) => page.getByRole("grid", { name: "Entries" });

describe("a settlement", () => {
  let inside: Inside;
  let pairing: Pairing;
  let path = "";
  let today = ""; // of the payments, and for all that is asked of them later
  let payout: Payout;
  const spool = mkdtempSync(join(tmpdir(), "weft-spool-"));
  before(async () => {
    [pairing, payout] = await Promise.all([openPairing(), openPayout()]);
    today = utcDay();
    fill(pairing, today);
    inside = await openInside({
      env: { ...pairing.env, ...payout.env, WEFT_FILES_ROOT: spool },
      flows: (folder) => {
        takeTemplate(folder, FLOW);
        takeTemplate(folder, PAYOUT);
        takeTemplate(folder, "dynamics-sl-journal");
      },
    });
  });
  after(async () => {
    await inside.stop();
    await pairing.close();
    await payout.close();
    rmSync(spool, { recursive: true });
  });

  test("is found, filtered, drilled into, and tried with another tolerance", async () => {
    const screen = await inside.open("/settlements");
    const { page } = screen;
    await page.getByRole("heading", { name: "No settlements yet" }).waitFor();
    const begun = { trigger: "by_hand", body: { day: today } };
    const started = await ask(screen, "POST", `/flows/${FLOW}/start`, begun);
    assert.equal(started.status, 202, JSON.stringify(started.body));
    await page.getByRole("row", { name: /2 open/ }).dblclick();
    await page.waitForURL("**/settlements/*step=compare");
    path = new URL(page.url()).pathname;
    await page.getByRole("heading", { name: `Settlement of ${today}` }).waitFor();
    await page.getByRole("button", { name: /Missing in Dynamics 365 1/ }).waitFor();
    const controls = page.getByRole("table", { name: /USD Closes to zero/ });
    await controls.getByRole("row", { name: "Not explained 0.00" }).waitFor();
    await controls.getByRole("row", { name: /All lines \(42 and 41\)/ }).waitFor();
    await looksWell(page, "settlement");
    await page.getByRole("button", { name: /Matched 40/ }).click();
    await page.getByRole("searchbox", { name: "Find in the lines" }).fill("ORD-17");
    await page.getByText("1 entries found").waitFor({ state: "attached" });
    await page.getByRole("button", { name: /Differing 1/ }).click();
    await page.getByRole("searchbox", { name: "Find in the lines" }).fill("");
    await entries(page)
      .getByRole("row", { name: /Differing.*0\.01/ })
      .click();
    await page.getByText("more than the tolerance", { exact: false }).waitFor();
    await page.getByRole("row", { name: /^amount 50\.00 49\.99$/ }).waitFor();
    await looksWell(page, "settlement-entry", ".settlement-side");
    await page.getByRole("tab", { name: "Tolerance" }).click();
    await field(page, "Amount").first().fill("0.01");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("row", { name: "Differing 1 0" }).waitFor();
    await looksWell(page, "settlement-tolerance", ".settlement-side");
    await inside.close(screen);
  });

  test("is adjusted by one person and approved by another", async () => {
    const screen = await inside.open(`${path}?class=only_left`);
    const { page } = screen;
    await entries(page)
      .getByRole("row", { name: /Missing in Dynamics 365/ })
      .click();
    await page.getByRole("button", { name: "Propose an adjustment" }).click();
    assert.equal(await field(page, "Amount").inputValue(), "1500.50");
    await field(page, "Account").fill("1200");
    await page
      .getByRole("group", { name: /Adjustments/ })
      .getByRole("textbox", { name: "Why", exact: true })
      .fill("posted on Monday");
    await field(page, "Why they do not agree").fill("the connection was down");
    await field(page, "Reason").fill("seen in the gateway");
    await shot(page, "settlement-adjust");
    await page.getByRole("button", { name: "Close the day" }).click();
    await page
      .getByRole("row", { name: /PayTrace \d+ 1,500\.50 USD 1200 .*proposed anna/ })
      .waitFor();
    const bert = await openAs(inside, screen, "bert", "approver");
    const group = await ask(screen, "PUT", "/groups/finance", { members: ["anna", "bert"] });
    assert.equal(group.status, 200, JSON.stringify(group.body));
    await goTo(bert.page, `${path}?side=adjustments`);
    await bert.page.getByText('anna has chosen "Close the day".', { exact: false }).waitFor();
    await settled(bert.page);
    await looksWell(bert.page, "settlement-approve");
    await field(bert.page, "Reason").fill("it is there");
    await bert.page.getByRole("button", { name: "Close the day" }).click();
    await bert.page.getByRole("row", { name: /1,500\.50 .*agreed anna \+ bert/ }).waitFor();
    await bert.page.getByRole("tab", { name: "Control totals" }).click();
    await bert.page.getByRole("row", { name: "Left over after adjustments 0.01" }).waitFor();
    await inside.close(bert);
    await inside.close(screen);
  });

  test("is exported with every digit, and printed", async () => {
    const screen = await inside.open(path);
    const { page } = screen;
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export" }).click(),
    ]);
    const rows = readFileSync(await download.path(), "utf8").split("\r\n");
    assert.match(rows[1] ?? "", /^1,differing,transaction,amount,,USD,50\.00,49\.99,0\.01,/);
    await page.getByRole("button", { name: "Report" }).click();
    await page.getByRole("heading", { name: "What is open" }).waitFor();
    await page
      .getByRole("row", { name: /Missing in Dynamics 365/ })
      .last()
      .waitFor();
    await page.getByRole("button", { name: "Print", disabled: false }).waitFor(); // all is there
    await looksWell(page, "settlement-report");
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.getByRole("navigation", { name: "Places" }).isVisible(), false);
    assert.equal(await page.getByRole("button", { name: "Print" }).isVisible(), false);
    await shot(page, "settlement-print");
    await inside.close(screen);
  });

  test("tells fees, and whether what was paid out is its parts", async () => {
    const day = utcDay();
    payout.post(payout.pay(30_221n, "ORD-1"), 30_221n, "ORD-1");
    payout.pay(1999n, "ORD-LOST");
    payout.fee(25n);
    const screen = await inside.open("/settlements");
    const { page } = screen;
    const begun = { trigger: "by_hand", body: { day } };
    const started = await ask(screen, "POST", `/flows/${PAYOUT}/start`, begun);
    assert.equal(started.status, 202, JSON.stringify(started.body));
    await page.getByRole("row", { name: new RegExp(`1 open.*${PAYOUT}`) }).dblclick();
    const tiles = page.getByRole("group", { name: /^Classes/ });
    await tiles.getByText("Fees", { exact: true }).waitFor();
    await tiles.getByText("-0.50 USD", { exact: true }).waitFor();
    const parts = page.getByRole("table", { name: /what was paid out USD Closes to zero/ });
    await parts.getByRole("row", { name: "fees -0.50" }).waitFor();
    await parts.getByRole("row", { name: "Paid out 321.70" }).waitFor();
    await looksWell(page, "settlement-fees", ".settlement-tiles");
    await inside.close(screen);
  });

  test("fits a telephone, and has its words from the catalogue", async () => {
    const screen = await inside.open(path, { width: 390, dark: true });
    const { page } = screen;
    for (const own of [path, `${path}/report`]) {
      await goTo(page, own);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await settled(page);
      await looksWell(page, `settlement-phone-${own.replace(path, "")}`);
    }
    await page.evaluate(() => localStorage.setItem("weft.appearance", '{"language":"en-XA"}'));
    await page.reload();
    for (const own of [path, `${path}?side=tolerance`, `${path}/report`]) {
      await goTo(page, own);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await settled(page);
      assert.deepEqual(await bareWords(page), [], own);
    }
    await inside.close(screen);
  });
});
