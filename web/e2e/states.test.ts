// Every screen when the program fails, forbids, is slow, answers what cannot be read, or has nothing:
// each state has its words and its way out. One window walks them all; its clock is moved on, so that
// nobody waits for what is tried again.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page, Route } from "playwright-core";
import { ask, type Inside, openInside } from "./inside.ts";
import { shot } from "./looks.ts";
import { send } from "./world.ts";

const STEP_MS = 2000; // longer than the longest pause before another try
const WAIT_MS = 60_000;
const KEPT_MS = 10_000; // the screen before is gone by then
const TRIES = 4; // the first, and three more
/** By the page's own clock: far less than the time after which what is asked is given up. */
const AFRESH_MS = 60_000;

/** The run is looked at, too. Two places of one flow are not side by side: its draft is opened once. */
const screens = (run: string): string[] => [
  "/",
  "/flows",
  "/flows/orders",
  "/flows/orders/versions",
  "/flows/orders/rules",
  "/flows/orders/setup",
  "/flows/orders?map=total",
  "/environments",
  "/runs",
  `/runs/${run}`,
  "/exceptions",
  "/settlements",
  `/settlements/${run}`,
  `/settlements/${run}/report`,
  "/alerts",
  "/alerts?tab=rules",
  "/alerts?tab=channels",
  "/connections",
  "/connections?tab=shared",
  "/connections?tab=secrets",
  "/users",
  "/users?tab=groups",
  "/audit",
  "/administration",
  "/administration?tab=jobs",
  "/administration?tab=backups",
  "/settings?tab=account",
  "/settings?tab=tokens",
];

const problem = (status: number, code: string, title: string) => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ title, status, code, trace: "T1" }),
});

interface State {
  answer: (route: Route) => Promise<void>;
  words: RegExp;
}

const moneyOfADay = {
  from_at: "2026-01-01T00:00:00.000Z",
  to_at: "2026-01-02T00:00:00.000Z",
  step: "1h",
  zone: "UTC",
  times: [],
  currencies: [
    {
      currency: "USD",
      totals: {
        posted: "1234.50",
        posted_runs: 3,
        failed: "0",
        failed_runs: 0,
        cancelled: "0",
        cancelled_runs: 0,
        not_posted: "0",
        not_posted_runs: 0,
        waiting: "0",
        waiting_runs: 0,
      },
    },
  ],
  unknown_runs: 0,
  incomplete: false,
};

const never = new Promise<void>(() => undefined);
const forbidden: State = {
  answer: (route) => route.fulfill(problem(403, "forbidden", "not allowed")),
  words: /You may not do this.*an administrator of this workspace can give it/s,
};
const slow: State = { answer: () => never, words: /It is still waited for/ };
/** What may pass; each screen gets another one of them. */
const failures: State[] = [
  {
    answer: (route) => route.fulfill(problem(500, "internal", "a fault of the program")),
    words: /Weft could not do this.*Try again/s,
  },
  {
    answer: (route) => route.fulfill({ contentType: "application/json", body: '{"items": [' }),
    words: /Weft's answer cannot be read.*Try again/s,
  },
  {
    answer: (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad" }),
    words: /Weft's answer cannot be read.*Try again/s,
  },
  { answer: (route) => route.abort(), words: /Weft does not answer.*Try again/s },
];

/** What nobody should read. */
const RAW = /undefined|NaN|\[object|Invalid Date|internal error|fault of the program|<h1>|JSON/;

const isOfSession = (route: Route): boolean =>
  /\/(session|events)$/.test(new URL(route.request().url()).pathname);

/** What says how a screen stands. */
const SAYS = "main :is([role=alert], .skeleton, .empty)";

/** Goes there; what the screen before says is marked, and is not what is looked for then. */
async function walked(page: Page, path: string): Promise<void> {
  await page.evaluate(
    ([address, says]) => {
      for (const one of document.querySelectorAll(says)) one.setAttribute("data-before", "");
      history.pushState(null, "", address);
    },
    [path, SAYS] as const,
  );
}
const now = (page: Page) => page.locator(`${SAYS}:not([data-before])`);

describe("every screen", () => {
  let inside: Inside;
  let run = "";
  before(async () => {
    inside = await openInside();
    await send(inside.world, "orders", '{"id": "O-1", "lines": []}');
    const first = await inside.open("/runs");
    const runs = await ask(first, "GET", "/runs");
    run = String((runs.body.items as { run: string }[])[0]?.run);
    await inside.close(first);
  });
  after(() => inside.stop());

  for (const [name, states] of [
    ["what fails", failures],
    ["what is forbidden", [forbidden]],
    ["what is slow", [slow]],
  ] as const) {
    test(`${name}: words and a way out`, async () => {
      const screen = await inside.blank();
      const { page } = screen;
      await page.clock.install();
      const clock = (): Promise<number> => page.evaluate(() => Date.now());
      const afresh = async (): Promise<number> => {
        await page.goto(`${inside.world.url}/settings`);
        await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
        return clock();
      };
      let since = await afresh();
      let state: State = states[0];
      await page.route("**/api/v1/**", (route) =>
        isOfSession(route) ? route.continue() : state.answer(route),
      );
      for (const [at, path] of screens(run).entries()) {
        state = states[at % states.length] ?? state;
        if (state === slow && (await clock()) - since > AFRESH_MS) since = await afresh();
        await walked(page, path);
        const box = now(page).filter({ hasText: state.words });
        // What two screens share may stay as it was drawn for the one before.
        const kept = page.locator(SAYS).filter({ hasText: state.words });
        const silent = page
          .locator("main .skeleton:not([data-before])")
          .filter({ hasNotText: state.words });
        const begun = performance.now();
        while ((await box.count()) === 0) {
          const waited = performance.now() - begun;
          if (waited > KEPT_MS && (await kept.count()) > 0) break;
          assert.ok(waited < WAIT_MS, `${path} does not say ${state.words}`);
          // What is slow is there before its time is moved on: nothing that is asked is given up.
          if (state !== slow || (await silent.count()) > 0) await page.clock.fastForward(STEP_MS);
          await page.evaluate(() => new Promise(requestAnimationFrame));
        }
        assert.doesNotMatch((await page.locator("main").textContent()) ?? "", RAW, path);
        await shot(page, `state-${name}-${path}`);
      }
      screen.complaints.splice(0); // the answers that were asked for
      await inside.close(screen);
    });
  }

  test("what was typed stays when its screen cannot be read anew", async () => {
    const screen = await inside.blank();
    const { page } = screen;
    await page.clock.install();
    await page.goto(`${inside.world.url}/administration`);
    const field = page.getByRole("textbox", { name: "Runs at once of a flow" });
    await field.fill("7");
    let refused = 0;
    await page.route("**/api/v1/settings", async (route) => {
      await route.fulfill(problem(500, "internal", "a fault of the program"));
      refused++;
    });
    await page.clock.fastForward(10_000); // long enough that it is read anew
    await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
    for (const until = performance.now() + WAIT_MS; refused < TRIES; ) {
      assert.ok(performance.now() < until, `${refused} tries`);
      await page.clock.fastForward(STEP_MS);
    }
    await page.clock.fastForward(STEP_MS);
    assert.equal(await field.inputValue(), "7");
    screen.complaints.splice(0); // the answers that were asked for
    await inside.close(screen);
  });

  test("what was read stays when it cannot be read anew: the money of a day", async () => {
    const screen = await inside.blank();
    const { page } = screen;
    await page.clock.install();
    let refused = 0;
    let fails = false;
    await page.route("**/api/v1/money?**", async (route) => {
      if (!fails) return route.fulfill({ json: moneyOfADay });
      await route.fulfill(problem(500, "internal", "a fault of the program"));
      refused++;
    });
    await page.goto(`${inside.world.url}/`);
    const panel = page.locator("main table.money");
    await panel.waitFor();
    fails = true;
    for (const until = performance.now() + WAIT_MS; refused < TRIES; ) {
      assert.ok(performance.now() < until, `asked ${refused} times`);
      await page.clock.fastForward(STEP_MS);
    }
    for (let i = 0; i < 3; i++) {
      await page.clock.fastForward(STEP_MS);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    assert.match((await panel.textContent({ timeout: 1000 })) ?? "", /1,234\.50/);
    screen.complaints.splice(0); // the answers that were asked for
    await inside.close(screen);
  });

  test("nothing there: every list says so", async () => {
    const screen = await inside.open("/settings");
    const { page } = screen;
    await page.route("**/api/v1/**", async (route) => {
      const path = new URL(route.request().url()).pathname;
      if (route.request().method() !== "GET" || isOfSession(route)) {
        await route.continue();
        return;
      }
      const response = await route.fetch();
      const body = (await response.json().catch(() => undefined)) as Record<string, unknown>;
      const isList = Array.isArray(body?.items) && !/catalog|samples|functions/.test(path);
      await route.fulfill({ response, json: isList ? { ...body, items: [], total: 0 } : body });
    });
    const lists = screens(run).filter((path) => !/orders(\?|$|\/rules|\/setup)|\/0/.test(path));
    for (const path of lists.filter((one) => !/administration$|account/.test(one))) {
      await walked(page, path);
      await now(page).locator("h2").first().waitFor();
      assert.doesNotMatch((await page.locator("main").textContent()) ?? "", RAW, path);
      await shot(page, `state-empty-${path}`);
    }
    await inside.close(screen);
  });
});
