// What people draw with: the board of 500 and of 1,000 steps, the inspector, expressions, the mapper
// between 10,000 fields, a table of 100,000 rows.
import assert from "node:assert/strict";
import { ask } from "../inside.ts";
import { settled } from "../world.ts";
import type { Bench, Window } from "./bench.ts";
import { FIELDS, ROWS } from "./data.ts";
import { answers, away, elementsOf, framesOfAct, opens, scrolls } from "./measure.ts";

async function middleOf({ page }: Window, selector: string): Promise<{ x: number; y: number }> {
  const box = await page.locator(selector).first().boundingBox();
  assert.ok(box);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** A drag of a card, a pan and a zoom, one event a frame. */
async function moves(
  bench: Bench,
  window: Window,
  what: string,
  fps: number,
  longest?: number,
): Promise<void> {
  const { page } = window;
  const at = await middleOf(window, ".card");
  const step = (dx: number, dy: number) => page.mouse.move(at.x + dx, at.y + dy);
  const drag = async () => {
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    const frames = await framesOfAct(page, bench.frameCount, (i) => step(i * 2 + 2, i + 1));
    await page.mouse.up();
    return frames;
  };
  await bench.frames(window, `${what}: drag a step`, fps, drag, longest);
  const wheel = (dx: number, dy: number) =>
    framesOfAct(page, bench.frameCount, (i) => page.mouse.wheel(dx, i % 10 < 5 ? -dy : dy));
  await bench.frames(window, `${what}: pan`, fps, () => wheel(8, 12), longest);
  await page.keyboard.down("Control");
  await bench.frames(window, `${what}: zoom`, fps, () => wheel(0, 6), longest);
  await page.keyboard.up("Control");
}

async function open(bench: Bench, window: Window, steps: number): Promise<void> {
  await bench.timed(window, `open a flow of ${steps} steps`, 900, async () => {
    await away(window);
    return opens(window.page, `/flows/wide-${steps}`, { selector: ".card" });
  });
  bench.fact(`board of ${steps} steps`, "elements", 4000, await elementsOf(window.page));
}

/** What is done to one step, to the next picture. */
async function edits(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  const board = { selector: ".board" };
  const key = (keys: string) => answers(page, "keydown", board, () => page.keyboard.press(keys));
  const cards = page.locator(".card-title");
  await bench.nearlyAlways(window, "click a step, to its inspector", 100, async () => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.locator("aside.inspector").waitFor({ state: "detached" });
    const card = cards.nth(2);
    const title = (await card.textContent()) ?? "";
    return answers(page, "pointerdown", { selector: "aside.inspector" }, () =>
      page.getByText(title, { exact: true }).first().click(),
    );
  });
  await page.locator(".board").focus();
  await page.keyboard.press("d");
  let undone = false;
  await bench.nearlyAlways(window, "undo, redo, 500 steps", 50, () => {
    undone = !undone;
    return key(undone ? "Control+z" : "Control+y");
  });
  await bench.nearlyAlways(window, "switch a step off, 500 steps", 50, () => key("d"));
  await page.locator(".inspector-title").focus();
  await bench.nearlyAlways(window, "rename, a letter, 500 steps", 50, () => key("x"));
  await page.locator(".board").focus();
  await bench.nearlyAlways(window, "connect, 500 steps", 50, async () => {
    await page.keyboard.press("c");
    await page.locator(".board-connecting").waitFor();
    const took = await key("Enter");
    await page.locator(".board-connecting").waitFor({ state: "detached" });
    await page.keyboard.press("Control+z");
    return took;
  });
  delete bench.rows.at(-1)?.cpu; // it is of choosing the place and of undoing, too
}

async function tidy(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  await page.locator(".board").focus();
  await page.keyboard.press("1");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await bench.timed(
    window,
    "tidy up 500 steps",
    400,
    async () => {
      const told = { selector: "[role=status], [aria-live]", text: "Tidied" };
      const took = await answers(page, "keydown", told, () => page.keyboard.press("Shift+Alt+T"));
      await page.keyboard.press("Control+z");
      return took;
    },
    1,
  );
}

async function boards(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  await open(bench, window, 1000);
  await moves(bench, window, "1,000 steps, near", 55);
  await open(bench, window, 500);
  await edits(bench, window);
  await page.keyboard.press("Escape");
  await page.locator(".board").focus();
  await page.keyboard.press("1");
  await settled(page);
  await page.locator(".board-far").waitFor();
  await moves(bench, window, "500 steps, all in view", 50, 34);
  await tidy(bench, window);
}

async function mapper(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  const what = `mapper of ${FIELDS.toLocaleString("en")} fields`;
  await bench.timed(window, what, 1000, async () => {
    await away(window);
    const group = { selector: ".map-tree-source .tree-row", text: "group_1" };
    return opens(page, "/flows/fields?map=entry", group);
  });
  const find = page.getByRole("searchbox", { name: "Find a target" });
  await bench.timed(window, `${what}: find among them`, 100, async () => {
    await find.fill("");
    const fits = { selector: ".map-tree-target .tree-row", text: "field_99_1" };
    return answers(page, "input", fits, () => find.fill("field_99"));
  });
  await find.fill("field");
  await page.locator(".map-tree-target .tree-row", { hasText: "field_0_5" }).waitFor();
  await bench.frames(window, `${what}: scroll`, 55, () =>
    scrolls(page, ".map-tree-target", bench.frameCount),
  );
  const from = await middleOf(window, ".map-tree-source .tree-row [data-source$='group_2']");
  await bench.frames(window, `${what}: drag`, 55, async () => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    const frames = await framesOfAct(page, bench.frameCount, (i) =>
      page.mouse.move(from.x + i * 6, from.y + i * 2),
    );
    await page.keyboard.press("Escape");
    await page.mouse.up();
    return frames;
  });
  bench.fact(what, "elements", 4000, await elementsOf(page));
}

/** How long the program takes to say what fits among 300 fields on either side. */
async function suggest(bench: Bench, window: Window): Promise<void> {
  const fields = Array.from({ length: 300 }, (_, i) => `customerField${i}`);
  const source = Object.fromEntries(fields.map((name, i) => [name, `value ${i}`]));
  const target = {
    type: "object",
    properties: Object.fromEntries(fields.map((name) => [`${name}_id`, { type: "string" }])),
  };
  await bench.waited(window, "what fits, of 300 × 300 fields", 300, async () => {
    const begun = performance.now();
    const body = { target, sources: [{ trigger: { body: source } }], mapped: [] };
    const { status } = await ask(window, "POST", "/mappings/suggest", body);
    assert.equal(status, 200);
    return performance.now() - begun;
  });
}

async function table(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  const what = `table of ${ROWS.toLocaleString("en")} rows`;
  await bench.timed(window, what, 1000, async () => {
    await away(window);
    return opens(page, "/flows/table/rules/accounts", { selector: "[role=grid]", text: "item 1" });
  });
  await bench.frames(window, `${what}: scroll`, 55, () =>
    scrolls(page, "[role=grid]", bench.frameCount),
  );
  bench.fact(what, "elements", 3000, await elementsOf(page));
}

export async function editors(bench: Bench): Promise<void> {
  const window = await bench.open("/");
  await boards(bench, window);
  await suggest(bench, window);
  await mapper(bench, window);
  await table(bench, window);
  await bench.close(window);
}
