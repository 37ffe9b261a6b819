// Several at one flow: two people, two windows of one person, and somebody whose session ends while
// they draw. Each hears of the others at once, and nothing of anybody is lost.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { inspect } from "./board.ts";
import { ask, type Inside, openAs, openInside, openOwn } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";
import { field, goTo, password, settled, type Visit } from "./world.ts";

const flow = {
  weft: 1,
  name: "Together",
  nodes: [
    {
      id: "hook",
      title: "Hook",
      type: "trigger.webhook",
      config: { path: "together", verify: { type: "none" } },
    },
    {
      id: "first",
      title: "First",
      type: "transform.map",
      config: { fields: [{ to: "a", from: "=trigger.body.a" }] },
    },
  ],
  edges: [{ from: "hook", to: "first" }],
};

interface Bundle {
  flow: { nodes: { title: string; config: object }[] };
  rules: Record<string, string>;
}

describe("at one flow together", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  const titlesOf = ({ flow }: Bundle): string[] => flow.nodes.map((node) => node.title);
  /** The draft comes to this; what is on its way is waited for. */
  async function stands(
    screen: Visit,
    name: string,
    wanted: string[],
    of: (bundle: Bundle) => string[] = titlesOf,
  ): Promise<void> {
    for (let left = 200; ; left--) {
      const draft = await ask(screen, "GET", `/flows/${name}/draft`);
      const now = of(draft.body.bundle as Bundle);
      if (left === 0 || now.join() === wanted.join()) {
        assert.deepEqual(now, wanted);
        return;
      }
      await screen.page.waitForTimeout(100);
    }
  }
  const open = async (page: Page, name: string): Promise<void> => {
    await page.goto(`${inside.world.url}/flows/${name}`);
    await page.locator("#step-first").waitFor();
  };
  const rename = async (page: Page, step: string, title: string): Promise<void> => {
    await inspect(page, step);
    await page.locator(".inspector-title").fill(title);
  };
  const shows = (page: Page, step: string, title: string): Promise<void> =>
    page.locator(`#step-${step}`, { hasText: title }).waitFor();
  /** The next change of this window comes to the program when `let` is called, and not before. */
  async function held(
    page: Page,
    name: string,
  ): Promise<{ asked: Promise<void>; let: () => void }> {
    const gate = { open: (): void => undefined, seen: (): void => undefined };
    const opened = new Promise<void>((done) => {
      gate.open = done;
    });
    const asked = new Promise<void>((done) => {
      gate.seen = done;
    });
    await page.route(`**/flows/${name}/draft`, async (route) => {
      if (route.request().method() === "PATCH") {
        gate.seen();
        await opened;
      }
      await route.continue();
    });
    return { asked, let: () => gate.open() };
  }

  test("two people: each sees the other's change; where both changed one place, a person chooses", async () => {
    const anna = await inside.open("/flows");
    await ask(anna, "POST", "/flows", { flow: "both", bundle: { flow } });
    const ben = await openAs(inside, anna, "ben", "integrator");
    await open(anna.page, "both");
    await open(ben.page, "both");
    await rename(ben.page, "hook", "Hook, by ben");
    await shows(anna.page, "hook", "Hook, by ben");
    await anna.page.getByRole("status").filter({ hasText: "ben has changed this draft" }).waitFor();

    const gate = await held(anna.page, "both");
    await rename(anna.page, "first", "First, by anna");
    await gate.asked;
    await rename(ben.page, "first", "First, by ben");
    await rename(ben.page, "hook", "Hook, by ben again");
    await stands(ben, "both", ["Hook, by ben again", "First, by ben"]);
    gate.let();
    const dialog = anna.page.getByRole("alertdialog");
    for (const title of ["First, by ben", "First, by anna"])
      await dialog.locator(".conflict-side", { hasText: title }).waitFor();
    assert.deepEqual(await axeFindings(anna.page, undefined, "[role=alertdialog]"), []);
    await shot(anna.page, "together-conflict");
    await dialog.getByRole("radio", { name: /Mine/ }).check();
    await dialog.getByRole("button", { name: "Take this" }).click();
    await shows(ben.page, "first", "First, by anna");
    await shows(anna.page, "hook", "Hook, by ben again");
    await stands(anna, "both", ["Hook, by ben again", "First, by anna"]);
    await inside.close(ben);
    await inside.close(anna);
  });

  test("two windows of one person: what one has not sent yet, the other does not take away", async () => {
    const one = await inside.open("/flows");
    await ask(one, "POST", "/flows", { flow: "windows", bundle: { flow } });
    await open(one.page, "windows");
    const two = await one.context.newPage();
    await open(two, "windows");
    await one.page.route("**/flows/windows/draft", (route) =>
      route.request().method() === "PATCH" ? route.abort() : route.continue(),
    );
    await rename(one.page, "first", "Not sent yet");
    await one.page.locator(".save-mark", { hasText: "does not answer" }).waitFor();
    await rename(two, "hook", "Sent at once");
    await shows(one.page, "hook", "Sent at once");
    await two.close();
    await one.page.unroute("**/flows/windows/draft");
    await one.page.reload();
    await shows(one.page, "first", "Not sent yet");
    await stands(one, "windows", ["Sent at once", "Not sent yet"]);
    one.complaints.splice(0); // the requests that were cut off
    await inside.close(one);
  });

  test("a session ends while somebody draws: what is drawn stays, and goes on after the sign-in", async () => {
    const screen = await openOwn(inside);
    const { page } = screen;
    await ask(screen, "POST", "/flows", { flow: "ended", bundle: { flow } });
    await open(page, "ended");
    await rename(page, "first", "Acknowledged");
    await stands(screen, "ended", ["Hook", "Acknowledged"]);
    const gate = await held(page, "ended");
    await rename(page, "hook", "Drawn without a session");
    await gate.asked;
    assert.equal((await ask(screen, "DELETE", "/session")).status, 204);
    gate.let();
    const dialog = page.getByRole("alertdialog", { name: "Your session has ended" });
    await dialog.waitFor();
    await shows(page, "hook", "Drawn without a session");
    await field(dialog, "Password").fill(password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.waitFor({ state: "detached" });
    await stands(screen, "ended", ["Drawn without a session", "Acknowledged"]);
    await inside.close(screen);
  });

  test("one window signs out and in again: the other waits, and goes on without a sign-in of its own", async () => {
    const screen = await openOwn(inside);
    const other = await screen.context.newPage();
    await ask(screen, "POST", "/flows", { flow: "signed", bundle: { flow } });
    await open(other, "signed");
    await screen.page.getByRole("button", { name: /Account/ }).click();
    await screen.page.getByRole("menuitem", { name: "Sign out" }).click();
    const ended = other.getByRole("alertdialog", { name: "Your session has ended" });
    await ended.waitFor();
    await field(screen.page, "Name").fill("anna");
    await field(screen.page, "Password").fill(password);
    await screen.page.getByRole("button", { name: "Sign in" }).click();
    await ended.waitFor({ state: "detached" });
    await rename(other, "hook", "In the new session");
    await stands(screen, "signed", ["In the new session", "First"]);

    // A sign-in that no window tells of: the change is refused, and goes on with the new session.
    await other.evaluate(
      (given) => {
        const body = JSON.stringify(given);
        const headers = { "Content-Type": "application/json" };
        return fetch("/api/v1/session", { method: "POST", headers, body });
      },
      { name: "anna", password },
    );
    const refused = other.waitForResponse((answer) => answer.status() === 403);
    await rename(other, "first", "Goes on");
    await refused;
    await stands(screen, "signed", ["In the new session", "Goes on"]);
    await inside.close(screen);
  });

  test("a session ends with a form open: its own person goes on, another one sees nothing of it", async () => {
    const anna = await openOwn(inside);
    await (await openAs(inside, anna, "dora", "admin")).context.close();
    const { page } = anna;
    const ended = page.getByRole("alertdialog", { name: "Your session has ended" });
    const typed = async (title: string): Promise<void> => {
      await page.goto(`${inside.world.url}/alerts?tab=rules`);
      await page.getByRole("button", { name: "New rule" }).first().click();
      await field(page, "Title").fill(title);
      assert.equal((await ask(anna, "DELETE", "/session")).status, 204);
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await ended.waitFor();
    };
    await typed("Typed before");
    await field(ended, "Password").fill(password);
    await ended.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("row", { name: /Typed before/ }).waitFor();

    await ask(anna, "POST", "/flows", { flow: "left", bundle: { flow } });
    await open(page, "left");
    await page.route("**/flows/left/draft", (route) =>
      route.request().method() === "PATCH" ? route.abort() : route.continue(),
    );
    await rename(page, "first", "Of anna alone");
    await page.locator(".save-mark", { hasText: "does not answer" }).waitFor();
    await typed("Typed by anna");
    await field(ended, "Name").fill("dora");
    await field(ended, "Password").fill(password);
    await ended.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Hello, dora" }).waitFor();
    const rules = await ask(anna, "GET", "/alert-rules");
    assert.doesNotMatch(JSON.stringify(rules.body), /Typed by anna/);
    await open(page, "left");
    await shows(page, "first", "First");

    await page.getByRole("button", { name: /Account/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await field(page, "Name").fill("anna");
    await field(page, "Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Places" }).waitFor();
    await page.unroute("**/flows/left/draft");
    await open(page, "left");
    await shows(page, "first", "Of anna alone");
    await stands(anna, "left", ["Hook", "Of anna alone"]);
    anna.complaints.splice(0); // the requests that were cut off
    await inside.close(anna);
  });

  test("a session ends under working hands: a drag arrives, typing goes on and is nobody else's", async () => {
    const anna = await openOwn(inside);
    const emil = await openAs(inside, anna, "emil", "integrator");
    const { page } = anna;
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const nodes = [
      flow.nodes[0],
      { id: "keep", title: "Keep", type: "branch.filter", config: { when: "=true" } },
      { id: "first", title: "First", type: "transform.map", config: { fields: [], schema } },
    ];
    const edges = [
      { from: "hook", to: "keep" },
      { from: "keep", to: "first" },
    ];
    const bundle = { flow: { ...flow, nodes, edges }, rules: { own: "local M = {}\nreturn M\n" } };
    await ask(anna, "POST", "/flows", { flow: "hands", bundle });
    await ask(anna, "POST", "/flows/hands/samples", { sample: "first", input: { a: "x" } });
    const configsOf = (now: Bundle) => now.flow.nodes.map((node) => JSON.stringify(node.config));
    const ended = page.getByRole("alertdialog", { name: "Your session has ended" });
    const ends = async (): Promise<void> =>
      assert.equal((await ask(anna, "DELETE", "/session")).status, 204);
    const signsIn = async (name: string): Promise<void> => {
      await field(ended, "Name").fill(name);
      await field(ended, "Password").fill(password);
      await ended.getByRole("button", { name: "Sign in" }).click();
      await ended.waitFor({ state: "detached" });
    };

    // A line of the mapper: the dialog waits until it is let go.
    await page.goto(`${inside.world.url}/flows/hands?map=first`);
    await page.locator(".map-head .select-button", { hasText: "first" }).waitFor();
    const target = page.locator("[data-target=a]");
    const from = await page.locator("[data-source='trigger.body.a']").boundingBox();
    const to = await target.boundingBox();
    assert.ok(from !== null && to !== null, "both are in view");
    await page.mouse.move(from.x + from.width - 6, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x - 40, to.y + 4, { steps: 4 });
    await ends();
    const told = page.waitForResponse((answer) => answer.url().endsWith("/session"));
    await page.evaluate(() => new BroadcastChannel("weft.session").postMessage("changed"));
    await (await told).finished();
    await page.mouse.move(to.x + 30, to.y + to.height / 2, { steps: 4 });
    await page.locator(".map-drop").filter({ has: target }).waitFor();
    await page.mouse.up();
    await ended.waitFor();
    await signsIn("anna");
    const line = JSON.stringify({ fields: [{ to: "a", from: "=trigger.body.a" }], schema });
    const [hook = ""] = configsOf({ flow, rules: {} });
    await stands(anna, "hands", [hook, '{"when":"=true"}', line], configsOf);

    // An expression, with what completes it; nobody does anything, and the time is over.
    await goTo(page, "/flows/hands?step=keep");
    const inspector = page.getByRole("complementary", { name: "Step Keep", exact: true });
    await inspector.getByRole("textbox", { name: "When" }).click();
    await inspector.locator(".cm-content:focus").waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("trigger.bo");
    const first = page.locator(".cm-tooltip-autocomplete [aria-selected=true]");
    await first.getByText("trigger.body", { exact: true }).waitFor();
    await page.locator(".save-mark", { hasText: /^Saved/ }).waitFor();
    await settled(page);
    await ends();
    await ask(emil, "POST", "/flows", { flow: "told", bundle: { flow } });
    await ended.waitFor();
    await shot(page, "together-hands");
    await signsIn("anna");
    await inspector.locator(".cm-content:focus").waitFor();
    await first.getByText("trigger.body", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type(".a");
    await stands(anna, "hands", [hook, '{"when":"=trigger.body.a"}', line], configsOf);

    // A rule's text, once more for its own person, then for another one.
    const rulesOf = (now: Bundle) => [now.rules.own ?? ""];
    const text = page.locator(".lua-editor .cm-content");
    await goTo(page, "/flows/hands/rules/own");
    await text.click();
    await page.keyboard.press("Control+End");
    await ends();
    await page.keyboard.type("-- typed");
    await ended.waitFor();
    await signsIn("anna");
    await page.locator(".lua-editor .cm-content:focus").waitFor();
    await page.keyboard.type(" on");
    await stands(anna, "hands", ["local M = {}\nreturn M\n-- typed on"], rulesOf);
    await ends();
    await page.keyboard.type(" by anna");
    await ended.waitFor();
    await text.filter({ hasText: "-- typed on by anna" }).waitFor();
    await signsIn("emil");
    await page.getByRole("heading", { name: "Hello, emil" }).waitFor();
    await goTo(page, "/flows/hands/rules/own");
    await text.filter({ hasText: "-- typed on" }).waitFor();
    assert.doesNotMatch((await text.textContent()) ?? "", /by anna/);
    await stands(emil, "hands", ["local M = {}\nreturn M\n-- typed on"], rulesOf);
    await inside.close(emil);
    await inside.close(anna);
  });

  test("a role is taken away while somebody draws: in words, and what is drawn waits for its return", async () => {
    const anna = await openOwn(inside);
    await ask(anna, "POST", "/flows", { flow: "roles", bundle: { flow } });
    const carl = await openAs(inside, anna, "carl", "integrator");
    await open(carl.page, "roles");
    const becomes = async (role: string): Promise<void> => {
      const { tag } = await ask(anna, "GET", "/users/carl");
      const answer = await ask(anna, "PATCH", "/users/carl", { roles: { main: role } }, tag);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    };
    const signsIn = async (): Promise<void> => {
      const dialog = carl.page.getByRole("alertdialog", { name: "Your session has ended" });
      await dialog.waitFor();
      await field(dialog, "Password").fill(password);
      await dialog.getByRole("button", { name: "Sign in" }).click();
      await dialog.waitFor({ state: "detached" });
    };
    const gate = await held(carl.page, "roles");
    await rename(carl.page, "hook", "Drawn before");
    await gate.asked;
    await becomes("viewer");
    gate.let();
    await signsIn();
    await carl.page.locator(".save-mark", { hasText: "Not saved" }).waitFor();
    await shows(carl.page, "hook", "Drawn before");
    await inspect(carl.page, "hook");
    assert.equal(await carl.page.locator(".inspector-title").isEditable(), false);
    await shot(carl.page, "together-role");
    await becomes("integrator");
    // As another of his windows tells: the change of the role has ended his sessions.
    await carl.page.evaluate(() => new BroadcastChannel("weft.session").postMessage("changed"));
    await signsIn();
    await rename(carl.page, "first", "Drawn after");
    await stands(anna, "roles", ["Drawn before", "Drawn after"]);
    await inside.close(carl);
    await inside.close(anna);
  });

  test("a session ends on the wall screen: it says so over what it shows, and goes on after the sign-in", async () => {
    const screen = await openOwn(inside, "/?wall=1");
    const { page } = screen;
    const wall = page.locator(".wall");
    const tile = wall.locator(".tile-value").first();
    await tile.waitFor();
    await wall.getByText("Live", { exact: true }).waitFor();
    assert.equal((await ask(screen, "DELETE", "/session")).status, 204);
    const dialog = page.getByRole("alertdialog", { name: "Your session has ended" });
    await dialog.waitFor();
    assert.ok(await tile.isVisible(), "what it shows stays");
    assert.deepEqual(await axeFindings(page, undefined, "[role=alertdialog]"), []);
    await shot(page, "together-wall");
    await page.keyboard.press("Escape");
    await field(dialog, "Password").fill(password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.waitFor({ state: "detached" });
    await wall.getByText("Live", { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, "?wall=1");
    await page.locator("nav[inert]").waitFor({ state: "attached" });
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { level: 1, name: "Hello, anna" }).waitFor();
    await inside.close(screen);
  });
});
