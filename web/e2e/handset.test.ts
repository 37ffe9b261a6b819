// On a phone, with what a day leaves: an operator's screens show all that can be pressed and each state,
// and nothing is scrolled sideways.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { ask, type Inside, openInside } from "./inside.ts";
import { cutOff, shot } from "./looks.ts";
import { goTo, send, settled, type Visit } from "./world.ts";

const PHONE = { width: 390, height: 844 };
const invoices = '[{"invoice": "INV-9921", "amount": 149.90, "score": 0.96}]';

/** As the browser's own button does: who has stopped it is not waited for. */
async function back(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { currentIndex, entries } = await session.send("Page.getNavigationHistory");
  const before = entries[currentIndex - 1];
  assert.ok(before, "there is something before it");
  await session.send("Page.navigateToHistoryEntry", { entryId: before.id });
  await session.detach();
}

describe("an operator's phone", () => {
  let inside: Inside;
  let screen: Visit;
  before(async () => {
    inside = await openInside();
    screen = await inside.open("/");
    await screen.page.setViewportSize(PHONE);
  });
  after(() => inside.stop());

  /** Nothing of it is wider than the window, and nothing to be pressed stands outside. */
  async function fits(name: string): Promise<void> {
    const { page } = screen;
    await settled(page);
    await shot(page, `phone-${name}`);
    assert.deepEqual(await cutOff(page), [], name);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("html, main, main *")]
        .filter((one) => !one.closest(".react-flow, .visually-hidden, pre, .cm-editor"))
        .filter((one) => getComputedStyle(one).overflowX !== "visible" || one.matches("html"))
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1)
        .filter((one) => getComputedStyle(one).textOverflow !== "ellipsis")
        .map((one) => `${one.scrollWidth} in ${one.clientWidth}: ${one.className || one.tagName}`),
    );
    assert.deepEqual(wide, [], name);
  }

  test("each of the screens, with something in it", async () => {
    const { page } = screen;
    const title = "Orders of the shop fail more often than is good for whoever has to post them";
    const rule = { title, kind: "count", metric: "runs.failed", above: 0, severity: "critical" };
    const ruled = await ask(screen, "PUT", "/alert-rules/orders-fail", rule);
    assert.ok(ruled.status < 300, JSON.stringify(ruled.body));
    await send(
      inside.world,
      "orders",
      '{"id": "SO-2026-11-000000000000417", "lines": [{"count": 1}]}',
    );
    await send(inside.world, "orders", '{"id": "SO-3", "lines": [{"price": 1, "count": 1}]}');
    await send(
      inside.world,
      "payments",
      `{"id": "P-1", "amount": 149.90, "invoices": ${invoices}}`,
    );
    await goTo(page, "/exceptions");
    await page.getByText("SO-2026-11-000000000000417").first().waitFor();
    await goTo(page, "/alerts");
    await page.getByRole("row", { name: /Firing/ }).waitFor({ timeout: 100_000 });
    const bad: string[] = [];
    const see = async (name: string) => fits(name).catch((e: Error) => bad.push(e.message));
    const text = page.getByText(/^runs\.failed of production/);
    const cut = await text.evaluate((one) => {
      const box = one.closest("[role=gridcell]") ?? one;
      return box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    });
    assert.ok(!cut, "what is wrong can be read to its end");
    for (const name of ["Firing", "Orders of the shop"])
      await page.getByRole("gridcell", { name }).waitFor();
    for (const [name, path] of [
      ["exceptions", "/exceptions"],
      ["home", "/"],
      ["runs", "/runs"],
      ["alerts", "/alerts?state=all"],
      ["rules", "/alerts?tab=rules"],
      ["alert-groups", "/alerts?state=all&group=rule"],
      ["connections", "/connections"],
      ["flows", "/flows"],
      ["settlements", "/settlements"],
      ["wall", "/?wall=1"],
    ] as const) {
      await goTo(page, path);
      await see(name);
    }
    const { body } = await ask(screen, "GET", "/exceptions");
    for (const one of body.items as { exception: string; kind: string }[]) {
      await goTo(page, `/exceptions?item=${encodeURIComponent(one.exception)}`);
      await see(`desk-${one.kind}`);
    }
    await goTo(page, "/exceptions");
    await page.getByText("P-1").first().click();
    await see("desk-review");
    await goTo(page, "/exceptions");
    await page.getByText("SO-2026-11-000000000000417").first().click();
    await see("desk-dead");
    const runs = await ask(screen, "GET", "/runs");
    for (const one of runs.body.items as { run: string; status: string }[]) {
      await goTo(page, `/runs/${one.run}`);
      await see(`run-${one.status}`);
    }
    assert.deepEqual(bad, []);
    await inside.close(screen);
  });

  test("what somebody has named at length is read to its end", async () => {
    screen = await inside.open("/flows");
    const { page } = screen;
    await page.setViewportSize(PHONE);
    const name = "Receipts of the subsidiaries in North America, and of those in Asia";
    const rule = "gl_account_determination_for_all_subsidiaries_in_north_america";
    const key = "ORDER-2026-11-24-NORTH-AMERICA-SUBSIDIARY-000000000000000000417-RETAIL";
    const hook = { path: "long", verify: { type: "none" } };
    const flow = { weft: 1, name, nodes: [{ id: "hook", type: "trigger.webhook", config: hook }] };
    const bundle = { flow: { ...flow, edges: [] }, rules: { [rule]: "return {}" } };
    const about = { kind: "count", metric: "runs.failed", above: 0, severity: "critical" };
    for (const [method, path, body] of [
      ["POST", "/flows", { flow: "long", bundle }],
      ["PUT", "/alert-rules/long", { ...about, title: name }],
    ] as const) {
      const made = await ask(screen, method, path, body);
      assert.ok(made.status < 300, JSON.stringify(made.body));
    }
    await send(inside.world, "orders", `{"id": "${key}", "lines": [{"count": 1}]}`);
    await goTo(page, "/exceptions");
    await page.getByRole("gridcell", { name: key }).waitFor();
    const { body } = await ask(screen, "GET", `/runs?key=${key}`);
    const [{ run }] = body.items as [{ run: string }];
    const bad: string[] = [];
    const places: [path: string, text: string][] = [
      ["/exceptions", key],
      ["/alerts?tab=rules", name],
      ["/environments", name],
      ["/flows", name],
      ["/flows/long", name],
      ["/flows/long/rules", rule],
      [`/flows/long/rules/${rule}`, rule],
      [`/runs/${run}`, key],
    ];
    for (const [path, text] of places) {
      await goTo(page, path);
      const shown = page.locator("main, header").getByText(text).filter({ visible: true }).first();
      await shown.waitFor();
      await shot(page, `phone-long${path}`);
      const cut = await shown.evaluate((shown) => {
        const range = document.createRange();
        range.selectNodeContents(shown);
        const text = range.getBoundingClientRect();
        for (let one: Element | null = shown; one; one = one.parentElement) {
          if (getComputedStyle(one).overflow === "visible" && one !== document.body) continue;
          const hold = one.getBoundingClientRect();
          if (text.right > hold.right + 1 || text.bottom > hold.bottom + 1) return one.className;
        }
        return undefined;
      });
      if (cut !== undefined) bad.push(`${path}: by ${cut}`);
      bad.push(...(await cutOff(page)).map((one) => `${path}: ${one}`));
    }
    assert.deepEqual(bad, []);
    await inside.close(screen);
  });

  test("Back closes the dialog that lies on top, and the screen stays", async () => {
    screen = await inside.open("/alerts");
    const { page } = screen;
    await page.setViewportSize(PHONE);
    await goTo(page, "/flows");
    const dialogs = page.getByRole("dialog");
    await page.getByRole("button", { name: "New flow" }).first().click();
    await dialogs.waitFor();
    await back(page);
    await dialogs.waitFor({ state: "detached" });
    assert.equal(new URL(page.url()).pathname, "/flows");
    await page.getByRole("button", { name: "New flow" }).first().click();
    await page.keyboard.press("Escape");
    await dialogs.waitFor({ state: "detached" });
    await back(page); // nothing lies there any more
    await page.waitForURL("**/alerts");
    await inside.close(screen);
  });
});
