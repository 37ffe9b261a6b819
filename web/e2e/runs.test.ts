// An operator's day: runs come in while the list is open, a failed one is found by its key, its
// story read, its data looked at digit by digit, and it is settled and replayed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { answerTo, type Inside, openAs, openInside } from "./inside.ts";
import { Keys, sequence } from "./keys.ts";
import { axeFindings, looksWell, shot } from "./looks.ts";
import { field, goTo, send, settled, type World } from "./world.ts";

const good =
  '{"id": "SO-1", "lines": [{"price": 1.10, "count": 3}, {"price": 12345678901234567890.10, "count": 1}]}';
const bad = '{"id": "SO-2", "lines": [{"price": 1.10, "count": 3}, {"count": 1}]}';

describe("runs", () => {
  let inside: Inside;
  let world: World;
  before(async () => {
    inside = await openInside();
    world = inside.world;
  });
  after(() => inside.stop());

  test("a run that comes in shows itself in the open list", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await page.getByText("Live", { exact: true }).waitFor();
    await sequence(page, "g", "r");
    await page.getByRole("heading", { name: "No runs yet" }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await send(world, "orders", good);
    await page.getByRole("row", { name: /Succeeded.*SO-1/ }).waitFor();
    await send(world, "orders", bad);
    await page.getByRole("row", { name: /Failed.*SO-2/ }).waitFor();
    await page
      .getByRole("searchbox", { name: "Find in what came in" })
      .fill("12345678901234567890.10");
    await page.getByText("1 run", { exact: true }).waitFor();
    await page.getByRole("row", { name: /Succeeded.*SO-1/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await inside.close(screen);
  });

  test("a row that another one moves from under a still hand is the one that is opened", async () => {
    for (const id of ["M-1", "M-2", "M-3"])
      await send(world, "orders", `{"id": "${id}", "lines": []}`);
    const screen = await inside.open("/runs?key=M-");
    const { page } = screen;
    const row = page.getByRole("row", { name: /M-2/ });
    await page.getByRole("row", { name: /M-3/ }).waitFor();
    await settled(page);
    const box = await row.boundingBox();
    assert.ok(box, "it is in view");
    const press = async (y: number): Promise<void> => {
      await page.mouse.move(box.x + box.width / 2, y);
      await page.mouse.down();
    };
    await press(box.y + box.height / 2);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 1.5);
    await page.mouse.up(); // let go elsewhere on purpose
    await settled(page);
    assert.equal(new URL(page.url()).pathname, "/runs");
    await press(box.y + box.height / 2);
    await send(world, "orders", '{"id": "M-4", "lines": []}');
    await page.getByRole("row", { name: /M-4/ }).waitFor();
    await page.mouse.up();
    await page.waitForURL(/\/runs\/[^/?]+/);
    await page.locator(".run-title", { hasText: "M-2" }).waitFor();
    await inside.close(screen);
  });

  test("a payload shows every digit that came in", async () => {
    const screen = await inside.open("/runs?key=SO-1", { dark: true });
    const { page } = screen;
    await page.getByRole("row", { name: /SO-1/ }).click();
    await page.waitForURL(/\/runs\/[^/?]+/);
    await page.getByRole("tree", { name: "What came in" }).waitFor();
    await page.getByRole("searchbox", { name: "Find" }).fill("12345678901234567890.10");
    await page.getByText("1 of 1").waitFor();
    await page.getByText("12345678901234567890.10", { exact: true }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await inside.close(screen);
  });

  test("by keys: into the payload, from hit to hit, and along the time line", async () => {
    await send(world, "payments", '{"id": "P-7", "amount": 12.50, "invoices": []}');
    const screen = await inside.open("/runs?flow=match");
    const { page } = screen;
    await page.getByRole("row", { name: /Waiting/ }).click();
    await page.getByRole("tree", { name: "What came in" }).waitFor();
    await page.keyboard.press("Control+f");
    await page.getByRole("searchbox", { name: "Find" }).and(page.locator(":focus")).waitFor();
    await page.keyboard.type("i");
    await page.getByText(/^1 of \d+$/).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText(/^2 of \d+$/).waitFor();
    await page.keyboard.press("Shift+Enter");
    await page.getByText(/^1 of \d+$/).waitFor();

    const moment = page.getByRole("slider", { name: "Moment of the run" });
    const says = (text: string) =>
      page.locator(`[role=slider][aria-valuetext="${text}"]`).waitFor();
    await says("As it is now");
    await moment.focus();
    await page.keyboard.press("Home");
    await says("0 ms");
    await page.locator(".lane-now").first().waitFor();
    await shot(page, "run-moment");
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("Space");
    await says("As it is now");
    await page.keyboard.press("Home");
    await page.keyboard.press("End");
    await says("As it is now");
    await inside.close(screen);
  });

  test("what a plot shows is a file, too", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await page.locator(".plot-canvas canvas").first().waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV: Runs" }).click(),
    ]);
    assert.equal(file.suggestedFilename(), "runs.csv");
    const [head = "", first = ""] = readFileSync(await file.path(), "utf8").split("\r\n");
    assert.equal(head, "\uFEFFWhen,Succeeded,Failed");
    assert.match(first, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z,\d+,\d+$/);
    await inside.close(screen);
  });

  test("the palette finds a run by its key", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("SO-1");
    await page.getByRole("option", { name: /^SO-1 · \w+ · .* · .*Run$/ }).waitFor();
    await page.getByRole("option", { name: /Run$/ }).first().click();
    await page.getByRole("heading", { level: 1, name: /SO-1/ }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("SO-1");
    await page
      .getByRole("option", { name: /^Failed runs of the last 7 days that name “SO-1”/ })
      .click();
    await page.waitForURL(/\/runs\?find=SO-1&status=failed&period=w$/);
    await inside.close(screen);
  });

  test("a run is seen on its flow, compared with itself, and told line by line", async () => {
    const screen = await inside.open("/runs?key=SO-1");
    const { page } = screen;
    await page.getByRole("row", { name: /SO-1/ }).click();
    const board = page.getByRole("application", { name: /Orders of the shop/ });
    await board.getByRole("group", { name: /^total,.*done/ }).click();
    await page.getByRole("treeitem", { name: /total/, selected: true }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.getByRole("treeitem", { name: /Each line/, selected: true }).waitFor();
    await page.getByText("2 begun, 2 done, 0 failed").waitFor();
    await page.getByRole("tab", { name: "Compare" }).click();
    await page.getByText(/differences?$/).waitFor();
    await page.getByRole("tab", { name: "Log" }).click();
    await page.getByRole("row", { name: /Each line.*iteration 2 is done/ }).waitFor();
    await page.getByRole("treeitem", { name: /total/ }).click();
    await page.getByRole("tab", { name: "total" }).click();
    const output = page.getByRole("tree", { name: "Output" });
    await output.getByRole("treeitem", { name: /order/ }).click();
    await page.keyboard.press("w");
    const lineage = page.getByRole("tabpanel", { name: "Lineage" });
    await lineage.getByText("/body/id").waitFor();
    await lineage.getByText("trigger.body.id").waitFor();
    assert.equal(await lineage.getByText('"SO-1"').count(), 2);
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "run-lineage");
    const address = page.url();
    await page.goto(`${world.url}/runs`);
    await page.goto(address); // it can be mailed
    await lineage.getByText("/body/id").waitFor();
    await lineage.getByRole("button", { name: "Where did it go?" }).click();
    await lineage.getByRole("heading", { name: /^Went to/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await inside.close(screen);
  });

  test("a failed run is found, understood, replayed and settled", async () => {
    const screen = await inside.open("/runs?status=failed");
    const { page } = screen;
    await page.getByRole("row", { name: /SO-2/ }).waitFor();
    await page.getByRole("grid", { name: "Runs" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\/[^/?]+/);
    await page.getByRole("heading", { level: 1, name: /SO-2/ }).waitFor();
    await page.locator(".run-story").getByText("A rule failed").waitFor();
    await page.getByText("no other run failed alike").waitFor();
    await page.getByRole("treeitem", { name: /price.*Failed/ }).waitFor();
    await page.getByRole("treeitem", { name: /Each line/ }).click();
    await page.getByRole("tab", { name: "Compare" }).click();
    await page
      .getByRole("button", { name: "With the last that went well", pressed: true })
      .waitFor();
    await page.getByRole("row", { name: '/id "SO-1" "SO-2"' }).waitFor();
    await shot(page, "run-compare");
    await page.getByRole("tab").first().click();
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("r");
    const replay = page.getByRole("dialog", { name: "Replay" });
    await replay.waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await replay.getByText("None is done twice").waitFor();
    await replay.getByText("With another input").click();
    await replay.getByText("No difference").waitFor();
    await replay.getByRole("button", { name: "Form" }).click();
    await field(replay, "Id").fill("SO-2b");
    await replay.getByRole("row", { name: 'id "SO-2" "SO-2b"' }).waitFor();
    await shot(page, "run-replay-form");
    assert.deepEqual(await axeFindings(page), []);
    await replay.getByText("With another input").click();
    await replay.getByText("None is done twice").waitFor();
    const before = page.url();
    await field(replay, "Reason").fill("the price is known now");
    await replay.getByRole("button", { name: "Replay" }).click();
    await page.waitForURL((url) => url.pathname !== new URL(before).pathname);
    await page.getByRole("button", { name: "Settle" }).click();
    const settle = page.getByRole("dialog", { name: "Settle" });
    await field(settle, "Reason").fill("the order was cancelled");
    await settle.getByRole("button", { name: "Settle" }).click();
    await page.getByText("Settled by anna: the order was cancelled").waitFor();
    await inside.close(screen);
  });

  test("what is masked does not go out as its mask; many are settled at once", async () => {
    const screen = await inside.open("/", { dark: true });
    const { page } = screen;
    for (const id of ["SO-7", "SO-8"]) {
      await send(world, "orders", `{"id": "${id}", "password": "x", "lines": [{"count": 1}]}`);
    }
    await goTo(page, "/runs?key=SO-7");
    await page.getByRole("row", { name: /SO-7/ }).click();
    await page.getByRole("button", { name: "Replay" }).click();
    const replay = page.getByRole("dialog", { name: "Replay" });
    await replay.getByText("With another input").click();
    await replay.getByText("A value is masked here", { exact: false }).waitFor();
    await replay.locator(".cm-lint-marker-error").waitFor();
    await replay.locator(".cm-content").focus();
    await page.keyboard.press("Tab"); // indents, and stays
    await page.waitForFunction(() => document.activeElement?.closest(".cm-content") !== null);
    await page.keyboard.press("Escape"); // leaves the text with the next Tab, not the dialog
    await page.keyboard.press("Tab");
    await page.waitForFunction(() => document.activeElement?.closest(".cm-content") === null);
    assert.ok(await replay.isVisible());
    assert.deepEqual(await axeFindings(page), []);
    await goTo(page, "/runs?status=failed&error=price");
    await page.getByRole("row", { name: /SO-8/ }).waitFor();
    await page.getByRole("checkbox", { name: "Choose all that are shown" }).click();
    await page.getByRole("button", { name: "Settle them" }).click();
    const many = page.getByRole("dialog", { name: "Settle them" });
    await many.getByText("can be", { exact: false }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await field(many, "Reason").fill("a test of the shop");
    await many.getByRole("button", { name: "Settle" }).click();
    await many.getByText(/^(One|\d+) of \d+ (is|are) done$/).waitFor();
    await inside.close(screen);
  });

  test("what is asked each week is a view: kept by keys, changed by two at once, found by everybody", async () => {
    const screen = await inside.open("/runs");
    const { page } = screen;
    await send(world, "orders", bad.replace("SO-2", "ACME-1"));
    await send(world, "orders", good.replace("SO-1", "ACME-2"));
    // Who looks for it as a key hears where else it may stand.
    await page.getByRole("searchbox", { name: /^Find a key/ }).fill("cme");
    await page.getByText("No key begins with “cme” here", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Find in what came in" }).click();
    await page.getByRole("searchbox", { name: "Find in what came in" }).fill("acme");
    await page.getByText("2 runs", { exact: true }).waitFor();
    const keys = new Keys(page);
    await keys.choose(/^State|Any state/, /^Failed/, "Fa");
    await keys.choose(/^Time|Any time/, /^This week/, "This w");
    await page.getByText("1 run", { exact: true }).waitFor();
    const menu = page.getByRole("menu");
    const act = async (button: string | RegExp, name: string | RegExp) => {
      await page.getByRole("button", { name: button }).press("Enter");
      await menu.getByRole("menuitem", { name }).press("Enter");
    };
    await act("Views", "Keep as a view…");
    await keys.arrived("Name");
    await keys.type("Acme, failed");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Find in what came in: acme").waitFor();
    await dialog.getByText("Time: This week").waitFor();
    await keys.to(/^Share it/);
    await keys.press(" ");
    await looksWell(page, "view-keep", "[role=dialog]");
    await keys.press("Enter");
    const button = page.getByRole("button", { name: /^Acme, failed/ });
    await button.waitFor();
    const address = new URL(page.url());
    const id = address.searchParams.get("view") ?? "";
    assert.equal(
      decodeURIComponent(address.search),
      `?find=acme&status=failed&period=week&view=${id}`,
    );

    // A column less is another list, until the view is changed to it; or back.
    await page.getByRole("button", { name: "Columns" }).press("Enter");
    const took = page.getByRole("menuitemcheckbox", { name: "Took" });
    await took.press(" ");
    await page.locator("[role=menuitemcheckbox][aria-checked=false]").waitFor();
    await keys.press("Escape");
    await keys.arrived("Columns");
    await page.getByRole("button", { name: "Acme, failed (changed)" }).press("Enter");
    await menu.getByRole("menuitem", { name: "Change the view to this…" }).waitFor();
    await looksWell(page, "view-menu", "[role=menu]");
    await menu.getByRole("menuitem", { name: "Back to the view" }).press("Enter");
    await page.getByRole("columnheader", { name: "Took" }).waitFor();

    // Somebody else was quicker: what is typed stays, and what they have changed, too.
    const query = { find: "acme", status: "failed", period: "week" };
    const body = { name: "Failed of Acme", query, shared: true };
    await answerTo(page, { method: "PUT", path: `/views/${id}`, body, match: 1 });
    await act(/^Acme, failed/, "Rename or share…");
    await field(dialog, "Name").fill("Acme");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("anna", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: /^Read it anew/ }).click();
    await dialog.getByText("look at it, and save", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await act("Acme", "Begin with this view");
    await page.getByText("begins with this view from now on").waitFor();

    // A colleague on a phone opens the link; it is not hers to change.
    const otto = await openAs(inside, screen, "otto", "operator", `/runs?view=${id}`);
    await otto.page.setViewportSize({ width: 390, height: 844 });
    await otto.page.getByRole("row", { name: /ACME-1/ }).waitFor();
    await otto.page.getByRole("button", { name: "Acme" }).press("Enter");
    await otto.page.getByText("anna has shared it", { exact: false }).first().waitFor();
    await looksWell(otto.page, "view-phone", "[role=menu]");
    await otto.page.keyboard.press("Escape");
    await looksWell(otto.page, "runs-phone");
    await inside.close(otto);

    // She finds it by its name, and the list begins with it.
    await goTo(page, "/exceptions");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("acme");
    await page.getByRole("option", { name: /^Acme.*Runs · view/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("navigation").getByRole("link", { name: "Runs" }).click();
    await page.waitForURL(`**/runs?find=acme&status=failed&period=week&view=${id}`);
    await page.getByText("1 run", { exact: true }).waitFor();
    await act("Acme", "Remove the view…");
    const sure = page.getByRole("alertdialog");
    await sure.getByText("nobody here has it then", { exact: false }).waitFor();
    await sure.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Views", exact: true }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("status"), "failed");

    // What is no more, and what a newer program has said, is told.
    await goTo(page, `/runs?status=failed&tone=loud&view=${id}`);
    await page.getByText("There is no such view any more", { exact: false }).waitFor();
    await page.getByText("tone=loud").waitFor();
    await looksWell(page, "runs-told");
    await page.getByRole("button", { name: "Go on without it" }).click();
    await page.getByRole("button", { name: "Drop it" }).click();
    await page.waitForURL("**/runs?status=failed");
    await inside.close(screen);
  });

  test("a loop of many iterations is seen at a look, and walked by keys", async () => {
    const lines = Array.from({ length: 250 }, (_, i) => (i < 249 ? { price: 1, count: 1 } : {}));
    await send(world, "orders", JSON.stringify({ id: "SO-MANY", lines }));
    const screen = await inside.open("/runs?key=SO-MANY");
    const { page } = screen;
    await page.getByRole("row", { name: /Failed.*SO-MANY/ }).click();
    const strip = page.getByRole("listbox", { name: "Iterations of Each line: 250" });
    const chosen = (text: string) =>
      page.locator(".tree-row-chosen", { hasText: text }).filter({ visible: true }).waitFor();
    const says = (text: RegExp) => page.locator(".heat-words", { hasText: text }).waitFor();
    await says(/250: Failed, took/);
    await chosen("[250]");
    assert.equal(await strip.getByRole("option").count(), 84);
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "run-loop");
    await strip.focus();
    await page.keyboard.press("Home");
    await says(/1 to 3: 3 begun, 0 failed; the longest/);
    await page.keyboard.press("Enter");
    await chosen("[1]");
    await page.keyboard.press("Shift+ArrowRight");
    await says(/250: Failed, took/);
    await page.keyboard.press("Space");
    await chosen("[250]");
    await strip.getByRole("option", { name: /^127 to 129: 3 begun/ }).click();
    await chosen("[127]");
    await page.getByText("lines[127]/price", { exact: true }).waitFor();
    await inside.close(screen);
  });

  test("the wall screen counts without a hand at it", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await page.getByRole("button", { name: "Wall screen" }).click();
    await page.getByRole("heading", { level: 1, name: "main: now" }).waitFor();
    const failed = page.locator(".wall .tile", { hasText: "Failed today" }).locator(".tile-value");
    const before = Number(await failed.textContent());
    await page.locator(".wall").getByText("Live", { exact: true }).waitFor();
    await send(world, "orders", '{"id": "SO-WALL", "lines": [{}]}');
    await failed.getByText(String(before + 1), { exact: true }).waitFor();
    await page.getByRole("row", { name: /Orders of the shop.* failed/ }).waitFor();
    await page.locator("nav[inert]").waitFor({ state: "attached" }); // no key leads under it
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "wall");
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { level: 1, name: "Hello, anna" }).waitFor();
    await page.locator("nav:not([inert])").waitFor();
    await inside.close(screen);
  });

  test("a run that waits tells who waits behind it, and that one who comes first", async () => {
    const payment = (id: string) => `{"id": "${id}", "amount": 12.50, "customer": "C-4711"}`;
    for (const id of ["Q-1", "Q-2", "Q-3"]) await send(world, "payments", payment(id));
    const screen = await inside.open("/runs?key=C-4711&status=waiting");
    const { page } = screen;
    await page.clock.setFixedTime(Date.now() + 60_000); // none of them has come in just now
    await page.getByRole("row", { name: /Waiting/ }).click();
    const story = page.locator(".run-story-wait");
    await story.getByText(/^2 runs wait until this one has ended/).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "run-lane-first");
    await story.getByRole("link", { name: "Show them" }).click();
    await page.getByText("3 runs", { exact: true }).waitFor();
    await page
      .getByRole("row", { name: /Running/ })
      .nth(1)
      .click(); // the newest is above it
    await story
      .getByText(/oldest first: 1 run comes before it\. The first of them:.*Waiting/)
      .waitFor();
    await story.getByText(/^1 run waits until this one has ended/).waitFor();
    await looksWell(page, "run-lane-behind");
    await story.getByRole("link", { name: /^[0-9A-Z]+$/ }).click();
    await story.getByText(/^2 runs wait until this one has ended/).waitFor();
    await inside.close(screen);
  });

  test("a step that has not begun says so each time its card is pressed", async () => {
    await send(world, "orders", '{"id": "SO-TWICE", "lines": [{}]}');
    const screen = await inside.open("/runs?key=SO-TWICE");
    const { page } = screen;
    await page.getByRole("row", { name: /Failed/ }).click();
    for (const _ of ["first", "second"]) {
      await page.locator("#step-total .card-title").click();
      const said = page.locator(".toast", { hasText: "No step of it has begun in this run." });
      await said.waitFor();
      await said.getByRole("button").click();
      await said.waitFor({ state: "detached" });
    }
    await inside.close(screen);
  });
});
