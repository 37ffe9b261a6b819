// An operator's day: runs come in while the list is open, a failed one is found by its key, its
// story read, its data looked at digit by digit, and it is settled and replayed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { type Inside, openInside } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";
import { field, goTo, send, type World } from "./world.ts";

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
    await page.keyboard.press("g");
    await page.keyboard.press("r");
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
    await many.getByText("done", { exact: false }).waitFor();
    await inside.close(screen);
  });
});
