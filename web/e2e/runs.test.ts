// An operator's day: runs come in while the list is open, a failed one is found by its key, its
// story read, its data looked at digit by digit, and it is settled and replayed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  axeFindings,
  field,
  makeFirst,
  openWorld,
  send,
  signIn,
  visit,
  type World,
} from "./world.ts";

const good =
  '{"id": "SO-1", "lines": [{"price": 1.10, "count": 3}, {"price": 12345678901234567890.10, "count": 1}]}';
const bad = '{"id": "SO-2", "lines": [{"price": 1.10, "count": 3}, {"count": 1}]}';

describe("runs", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    const first = await visit(world);
    await makeFirst(world, first);
    await first.context.close();
  });
  after(() => world.stop());

  test("a run that comes in shows itself in the open list", async () => {
    const screen = await visit(world);
    const { page } = screen;
    await signIn(world, screen);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.getByRole("heading", { name: "No runs yet" }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await send(world, "orders", good);
    await page.getByRole("row", { name: /Succeeded.*SO-1/ }).waitFor();
    await send(world, "orders", bad);
    await page.getByRole("row", { name: /Failed.*SO-2/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(screen.complaints, []);
    await screen.context.close();
  });

  test("a payload shows every digit that came in", async () => {
    const screen = await visit(world, { dark: true });
    const { page } = screen;
    await signIn(world, screen);
    await page.goto(`${world.url}/runs?key=SO-1`);
    await page.getByRole("row", { name: /SO-1/ }).click();
    await page.waitForURL(/\/runs\/[^/?]+/);
    await page.getByRole("tree", { name: "What came in" }).waitFor();
    await page.getByRole("searchbox", { name: "Find" }).fill("12345678901234567890.10");
    await page.getByText("1 of 1").waitFor();
    await page.getByText("12345678901234567890.10", { exact: true }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(screen.complaints, []);
    await screen.context.close();
  });

  test("the palette finds a run by its key", async () => {
    const screen = await visit(world);
    const { page } = screen;
    await signIn(world, screen);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("SO-1");
    await page.getByRole("option", { name: /Run$/ }).first().click();
    await page.getByRole("heading", { level: 1, name: /SO-1/ }).waitFor();
    assert.deepEqual(screen.complaints, []);
    await screen.context.close();
  });

  test("a failed run is found, understood, replayed and settled", async () => {
    const screen = await visit(world);
    const { page } = screen;
    await signIn(world, screen);
    await page.goto(`${world.url}/runs?status=failed`);
    await page.getByRole("grid", { name: "Runs" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\/[^/?]+/);
    await page.getByRole("heading", { level: 1, name: /SO-2/ }).waitFor();
    await page.getByText("A rule failed").first().waitFor();
    await page.getByRole("treeitem", { name: /price.*Failed/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("r");
    const replay = page.getByRole("dialog", { name: "Replay" });
    await replay.waitFor();
    assert.deepEqual(await axeFindings(page), []);
    const before = page.url();
    await field(replay, "Reason").fill("the price is known now");
    await replay.getByRole("button", { name: "Replay" }).click();
    await page.waitForURL((url) => url.pathname !== new URL(before).pathname);
    await page.getByRole("button", { name: "Settle" }).click();
    const settle = page.getByRole("dialog", { name: "Settle" });
    await field(settle, "Reason").fill("the order was cancelled");
    await settle.getByRole("button", { name: "Settle" }).click();
    await page.getByText("Settled by anna: the order was cancelled").waitFor();
    assert.deepEqual(screen.complaints, []);
    await screen.context.close();
  });
});
