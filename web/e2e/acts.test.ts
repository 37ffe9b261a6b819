// Every act of the screens when the program fails, is silent, or somebody else was quicker: it says so,
// what was typed stays, the button can be pressed again, and nothing is asked twice by one press.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Locator, Page, Route } from "playwright-core";
import { ask, goLive, type Inside, openInside } from "./inside.ts";
import { field, goTo, password, send, type Visit } from "./world.ts";

const SLOW_MS = 6_000; // longer than an act is waited for without a word

interface Failure {
  name: string;
  answer: (route: Route) => Promise<void>;
  words: RegExp;
}

const problem = (status: number, code: string, title: string, headers = {}) => ({
  status,
  headers: { "Content-Type": "application/problem+json", ...headers },
  body: JSON.stringify({ title, detail: title, status, code }),
});

const FAILURES: Failure[] = [
  {
    name: "500",
    answer: (route) => route.fulfill(problem(500, "internal", "a fault of the program")),
    words: /Weft could not do this/,
  },
  {
    name: "502 of a proxy",
    answer: (route) =>
      route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }),
    words: /Weft's answer cannot be read/,
  },
  {
    name: "503 for a while",
    answer: (route) =>
      route.fulfill(problem(503, "overloaded", "too much at once", { "Retry-After": "2" })),
    words: /Weft could not do this/,
  },
  {
    name: "412",
    answer: (route) => route.fulfill(problem(412, "stale", "it has been changed meanwhile")),
    words: /changed meanwhile/,
  },
  {
    name: "403",
    answer: (route) => route.fulfill(problem(403, "forbidden", "not allowed")),
    words: /You may not do this/,
  },
  {
    name: "404",
    answer: (route) => route.fulfill(problem(404, "not_found", "there is nothing of this name")),
    words: /nothing of this name/,
  },
  {
    name: "cut off",
    answer: (route) =>
      route.fulfill({ status: 200, contentType: "application/json", body: '{"id": "1' }),
    words: /cannot be read|does not answer/,
  },
  { name: "refused connection", answer: (route) => route.abort(), words: /Weft does not answer/ },
];
const RAW = /undefined|NaN|\[object|fault of the program|<h1>|JSON|Failed to fetch|Idempotency/;

interface Act {
  name: string;
  at: string;
  open?: (page: Page) => Promise<unknown>;
  typed?: readonly [label: string, value: string][];
  /** Opens a menu first where it stands in one. */
  press: (page: Page) => Promise<unknown>;
  /** Nothing shows that it is under way: it can be pressed once more meanwhile. */
  again?: true;
  method: string;
  path: RegExp;
}

const button = (page: Page | Locator, name: string | RegExp): Locator =>
  page.getByRole("button", { name, exact: true });
const top = (page: Page): Locator => page.getByRole("dialog").or(page.getByRole("alertdialog"));
const inDialog = (name: string) => (page: Page) => button(top(page).last(), name).click();
const onScreen = (name: string | RegExp) => (page: Page) => button(page, name).first().click();
const inMenu = (of: string, name: string | RegExp) => async (page: Page) => {
  await button(page, `What can be done with ${of}`).first().click();
  await page.getByRole("menuitem", { name, exact: true }).click();
};
const row = (name: RegExp) => (page: Page) => page.getByRole("row", { name }).first().click();

const ACTS = (run: string): Act[] => [
  {
    name: "change the password",
    at: "/settings?tab=account",
    typed: [
      ["Password now", password],
      ["New password", "nine white herons at dawn"],
      ["Password, again", "nine white herons at dawn"],
    ],
    press: onScreen("Change the password"),
    method: "PUT",
    path: /session\/password$/,
  },
  {
    name: "make a token",
    at: "/settings?tab=tokens",
    open: async (page) => {
      await onScreen("New token")(page);
      await page.getByRole("checkbox", { name: "runs.read" }).check({ force: true });
    },
    typed: [["Name", "nightly"]],
    press: inDialog("Make token"),
    method: "POST",
    path: /\/tokens$/,
  },
  {
    name: "invite somebody",
    at: "/users",
    open: onScreen("Invite somebody"),
    typed: [
      ["Name", "carla"],
      ["Full name", "Carla Ruiz"],
    ],
    press: inDialog("Invite"),
    method: "POST",
    path: /\/users$/,
  },
  {
    name: "change a person",
    at: "/users",
    open: inMenu("ben", "Change"),
    typed: [["Full name", "Ben of the desk"]],
    press: inDialog("Save"),
    method: "PATCH",
    path: /\/users\/[^/]+$/,
  },
  {
    name: "disable a person",
    at: "/users",
    open: inMenu("ben", "Disable"),
    press: inDialog("Disable"),
    method: "PATCH",
    path: /\/users\/[^/]+$/,
  },
  {
    name: "remove a person",
    at: "/users",
    open: inMenu("ben", "Remove"),
    press: inDialog("Remove"),
    method: "DELETE",
    path: /\/users\/[^/]+$/,
  },
  {
    name: "change a setting",
    at: "/administration",
    typed: [["Days that ended runs are kept", "400"]],
    press: onScreen("Save"),
    method: "PATCH",
    path: /\/settings$/,
  },
  {
    name: "make a backup",
    at: "/administration?tab=backups",
    press: onScreen("Make one now"),
    method: "POST",
    path: /\/backups$/,
  },
  {
    name: "make a rule",
    at: "/alerts?tab=rules",
    open: onScreen("New rule"),
    typed: [["Title", "Orders fail"]],
    press: inDialog("Save"),
    method: "PUT",
    path: /\/alert-rules\/[^/]+$/,
  },
  {
    name: "switch a rule off",
    at: "/alerts?tab=rules",
    press: inMenu("Many fail", "Switch off"),
    again: true,
    method: "PUT",
    path: /\/alert-rules\/[^/]+$/,
  },
  {
    name: "make a channel",
    at: "/alerts?tab=channels",
    open: onScreen("New channel"),
    typed: [
      ["Title", "The desk"],
      ["Address", "smtps://mail.example.com"],
      ["To", "desk@example.com"],
    ],
    press: inDialog("Save"),
    method: "PUT",
    path: /\/channels\/[^/]+$/,
  },
  {
    name: "set a secret",
    at: "/connections?tab=secrets",
    open: onScreen("New secret"),
    typed: [
      ["Name", "shop-key"],
      ["Value", "canary"],
    ],
    press: inDialog("Save"),
    method: "POST",
    path: /\/vault\/[^/]+\/set$/,
  },
  {
    name: "halt a connection",
    at: "/connections",
    open: inMenu("shop", "Halt"),
    typed: [["Reason", "the shop is restored"]],
    press: inDialog("Halt"),
    method: "POST",
    path: /\/connections\/halt$/,
  },
  {
    name: "make a flow",
    at: "/flows",
    open: onScreen("New flow"),
    typed: [["Name", "Returns"]],
    press: onScreen("Make flow"),
    method: "POST",
    path: /\/flows$/,
  },
  {
    name: "pause a flow",
    at: "/flows",
    press: inMenu("Shipments", "Pause in production"),
    again: true,
    method: "POST",
    path: /\/deployments\/production\/pause$/,
  },
  {
    name: "publish",
    at: "/flows/shipments",
    open: onScreen("Publish"),
    typed: [["What is new", "as it came"]],
    press: inDialog("Publish"),
    method: "POST",
    path: /\/versions$/,
  },
  {
    name: "begin a draft",
    at: "/flows/match/versions",
    press: onScreen("Begin a draft from it"),
    again: true,
    method: "POST",
    path: /\/draft$/,
  },
  {
    name: "settings of an environment",
    at: "/environments",
    press: (page) =>
      page
        .getByRole("switch", { name: /Another person must approve/ })
        .first()
        .click({ force: true }),
    again: true,
    method: "PUT",
    path: /\/environments\/[^/]+$/,
  },
  {
    name: "replay a run",
    at: `/runs/${run}`,
    open: onScreen("Replay"),
    typed: [["Reason", "the price is known now"]],
    press: inDialog("Replay"),
    method: "POST",
    path: /\/replay$/,
  },
  {
    name: "settle a run",
    at: `/runs/${run}`,
    open: onScreen("Settle"),
    typed: [["Reason", "cancelled"]],
    press: inDialog("Settle"),
    method: "POST",
    path: /\/settle$/,
  },
  {
    name: "say something",
    at: "/exceptions",
    open: row(/Failed/),
    typed: [["Say something", "the shop is asked"]],
    press: onScreen("Say"),
    again: true,
    method: "PATCH",
    path: /\/exceptions\/[^/]+$/,
  },
  {
    name: "take an exception",
    at: "/exceptions",
    open: row(/Failed/),
    press: onScreen("I take it"),
    again: true,
    method: "PATCH",
    path: /\/exceptions\/[^/]+$/,
  },
  {
    name: "sign out",
    at: "/audit",
    press: async (page) => {
      await page.getByRole("button", { name: /^Account/ }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
    },
    method: "DELETE",
    path: /\/session$/,
  },
];

describe("every act", () => {
  let inside: Inside;
  let run = "";
  before(async () => {
    inside = await openInside();
    await send(inside.world, "orders", '{"id": "O-1", "lines": [{"count": 1}]}');
    const screen = await inside.open("/runs");
    const flow = {
      weft: 1,
      name: "Shipments",
      nodes: [
        { id: "hook", type: "trigger.webhook", config: { path: "ship", verify: { type: "none" } } },
        { id: "call", type: "connector.http", connection: "shop", config: { path: "/orders" } },
      ],
      edges: [{ from: "hook", to: "call" }],
    };
    const shop = { connector: "http", base_url: "https://shop.example.com" };
    const bundle = { flow, connections: { weft: 1, connections: { shop } } };
    const made = await ask(screen, "POST", "/flows", { flow: "shipments", bundle });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await goLive(screen, "shipments", made.tag);
    const rule = { title: "Many fail", kind: "count", metric: "runs.failed", above: 5 };
    const ruled = await ask(screen, "PUT", "/alert-rules/many-fail", rule);
    assert.ok(ruled.status < 300, JSON.stringify(ruled.body));
    await ask(screen, "POST", "/users", { name: "ben", roles: { main: "viewer" } });
    await screen.page
      .getByRole("row", { name: /Failed/ })
      .first()
      .waitFor();
    const runs = await ask(screen, "GET", "/runs?status=failed");
    run = String((runs.body.items as { run: string }[])[0]?.run);
    await inside.close(screen);
  });
  after(() => inside.stop());

  async function tried(screen: Visit, act: Act, failures: Failure[]): Promise<void> {
    const { page } = screen;
    await goTo(page, act.at);
    await act.open?.(page);
    for (const [label, value] of act.typed ?? []) await field(page, label).last().fill(value);
    let asked = 0;
    let answer: Failure["answer"] = (route) => route.abort();
    const handler = async (route: Route): Promise<void> => {
      if (route.request().method() !== act.method) return route.fallback();
      asked++;
      await answer(route);
    };
    const wanted = (url: URL): boolean => act.path.test(url.pathname);
    await page.route(wanted, handler);
    const told = async (words: RegExp, where: string): Promise<void> => {
      const box = page.locator("[role=alert], .toast").filter({ hasText: words });
      await box.first().waitFor();
      assert.doesNotMatch((await box.first().textContent()) ?? "", RAW, where);
      assert.equal(asked, 1, `${where} is asked once`);
      for (const [label, value] of act.typed ?? [])
        assert.equal(await field(page, label).last().inputValue(), value, `${where}: ${label}`);
      // All at once: one that goes by itself in between is not waited for.
      const close = page.locator(".toast").getByRole("button", { name: "Close" });
      await close.evaluateAll((all) => {
        for (const one of all) (one as HTMLElement).click();
      });
      await page.waitForFunction(() => document.querySelector(".toast") === null);
      asked = 0;
    };
    for (const failure of failures) {
      answer = failure.answer;
      await act.press(page);
      await told(failure.words, `${act.name}, ${failure.name}`);
    }
    answer = () => new Promise(() => undefined);
    const silent = page.waitForRequest((one) => wanted(new URL(one.url())));
    await act.press(page);
    await silent;
    if (act.again) await act.press(page);
    await page.clock.fastForward(SLOW_MS);
    await button(page, "Stop waiting").click();
    await told(/Weft does not answer/, `${act.name}, in silence`);
    await page.unroute(wanted, handler);
    for (let left = 3; left > 0 && (await top(page).count()) > 0; left--)
      await page.keyboard.press("Escape");
  }

  test("says what went wrong, keeps what was typed, and can be done again", async () => {
    const screen = await inside.blank();
    const { page } = screen;
    await page.clock.install();
    await page.goto(`${inside.world.url}/settings`);
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    for (const [at, act] of ACTS(run).entries()) {
      const [first, ...others] = FAILURES;
      assert.ok(first);
      const second = others[at % others.length] ?? first;
      await tried(screen, act, [first, second]);
    }
    screen.complaints.splice(0); // the answers that were asked for
    await inside.close(screen);
  });
});
