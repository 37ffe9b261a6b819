// What the board draws anew: of a hundred steps those that have changed, and nothing while it is moved;
// and a tree that is scrolled: the rows that come into view.
// React itself tells which components it has called; the counts are of no clock and of no machine.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { still } from "./board.ts";
import { ask, type Inside, openInside } from "./inside.ts";
import { wideFlow } from "./perf/data.ts";
import { settled, type Visit } from "./world.ts";

/** What has been drawn since it was last asked for: faces of cards, wires, rows of a tree, and all components. */
interface Drawn {
  cards: string[];
  wires: string[];
  rows: string[];
  all: number;
}

/** Of React's own record of a component what is looked at here. */
interface Fiber {
  flags: number;
  tag: number;
  memoizedProps: {
    data?: { step?: { id: string }; edge?: { key: string } };
    sourceX?: number;
    id?: string;
    isAt?: boolean;
  };
  alternate: Fiber | null;
  child: Fiber | null;
  sibling: Fiber | null;
}

/** Takes the place of React's developer tools, before the page begins. */
function countDrawing(): void {
  const PERFORMED_WORK = 1;
  const FUNCTIONS = new Set([0, 11, 14, 15]);
  let drawn: Drawn = { cards: [], wires: [], rows: [], all: 0 };
  const note = ({ memoizedProps: props }: Fiber): void => {
    drawn.all++;
    const { step, edge } = props.data ?? {};
    if (step && Object.keys(props).length === 1 && !drawn.cards.includes(step.id))
      drawn.cards.push(step.id);
    if (edge && props.sourceX !== undefined && !drawn.wires.includes(edge.key))
      drawn.wires.push(edge.key);
    if (props.id !== undefined && props.isAt !== undefined) drawn.rows.push(props.id);
  };
  const walk = (first: Fiber | null): void => {
    for (let one = first; one !== null; one = one.sibling) {
      if (FUNCTIONS.has(one.tag) && (one.flags & PERFORMED_WORK) !== 0) note(one);
      if (one.alternate === null || one.alternate.child !== one.child) walk(one.child);
    }
  };
  Object.assign(window, {
    takeDrawn: () => {
      const now = drawn;
      drawn = { cards: [], wires: [], rows: [], all: 0 };
      return now;
    },
    __REACT_DEVTOOLS_GLOBAL_HOOK__: {
      supportsFiber: true,
      renderers: new Map(),
      inject: () => 1,
      onCommitFiberUnmount: () => undefined,
      onPostCommitFiberRoot: () => undefined,
      onCommitFiberRoot: (_: number, root: { current: Fiber }) => walk(root.current),
    },
  });
}

/** Nothing comes any more by itself: all is saved, what was asked is answered, and the board stands. */
async function atRest(page: Page): Promise<void> {
  await page.locator(".save-mark", { hasText: /^Saved/ }).waitFor();
  await settled(page);
  await page.locator(".board:not([data-moving])").waitFor();
  await still(page);
}

describe("what the board draws anew", () => {
  let inside: Inside;
  let screen: Visit;
  before(async () => {
    inside = await openInside();
    screen = await inside.open("/");
    const body = { flow: "wide", bundle: wideFlow(100) };
    const { status } = await ask(screen, "POST", "/flows", body);
    assert.ok(status < 300, String(status));
    const { page } = screen;
    await page.addInitScript(countDrawing);
    const checked = page.waitForResponse("**/flows/wide/draft/validate");
    await page.goto(`${inside.world.url}/flows/wide`);
    await checked;
    await page.locator("#step-s3").waitFor();
    await atRest(page);
  });
  after(async () => {
    await inside.close(screen);
    await inside.stop();
  });

  const take = (page: Page): Promise<Drawn> =>
    page.evaluate(async () => {
      for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
      return (window as unknown as { takeDrawn: () => Drawn }).takeDrawn();
    });
  /** What the act has drawn; it ends when what it does is seen. */
  const drawnBy = async (act: () => Promise<unknown>): Promise<Drawn> => {
    await take(screen.page);
    await act();
    return take(screen.page);
  };

  test("it is counted: when the flow is opened all that is seen is drawn", async () => {
    const { cards, wires, all } = await take(screen.page);
    assert.ok(cards.length > 10 && wires.length > 10, JSON.stringify({ cards, wires }));
    assert.ok(all > 200, String(all));
  });

  test("moving what is seen draws no card and no wire", async () => {
    const { page } = screen;
    const box = await page.locator(".board").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 8);
    const seen = page.locator(".react-flow__viewport");
    const before = await seen.getAttribute("style");
    const moved = await drawnBy(async () => {
      await page.mouse.wheel(3, 2);
      await page.waitForFunction(
        (style) => document.querySelector(".react-flow__viewport")?.getAttribute("style") !== style,
        before,
      );
    });
    assert.deepEqual([moved.cards, moved.wires], [[], []]);
    assert.ok(moved.all < 20, String(moved.all));
    await atRest(page);
  });

  test("a change of one step, and its undoing, draw its card alone", async () => {
    const { page } = screen;
    await page.locator("#step-s3 .card-title").click();
    await page.getByRole("complementary", { name: "Step 3" }).waitFor();
    await page.locator(".board").focus();
    await atRest(page);
    const changed = await drawnBy(() => page.keyboard.press("d"));
    assert.deepEqual([changed.cards, changed.wires], [["s3"], []]);
    await atRest(page);
    const undone = await drawnBy(() => page.keyboard.press("Control+z"));
    assert.deepEqual([undone.cards, undone.wires], [["s3"], []]);
    assert.ok(undone.all < 150, `with the inspector: ${undone.all}`);
    // an outline of the board's own would have all of it painted anew with each change
    const [own, over] = await page.locator(".board").evaluate((board) => {
      const outline = (part?: string) => getComputedStyle(board, part).outlineStyle;
      return [outline(), outline("::after")];
    });
    assert.deepEqual([own, over], ["none", "solid"], "the focus is shown over the board");
  });

  test("an edge draws itself and the two cards at its ends; none of the others moves", async () => {
    const { page } = screen;
    const places = () =>
      page.locator(".react-flow__node").evaluateAll((all) => all.map((one) => one.style.transform));
    await atRest(page);
    const before = await places();
    const begun = await drawnBy(() => page.keyboard.press("c"));
    assert.deepEqual([begun.cards, begun.wires], [[], []]);
    await page.locator(".board-connecting").waitFor();
    const own = page.locator(".react-flow__edge[data-id^='s3:']");
    const known = await own.count();
    const { cards, wires } = await drawnBy(async () => {
      await page.keyboard.press("Enter");
      await own.nth(known).waitFor({ state: "attached" });
    });
    assert.deepEqual(wires.length, 1, wires.join());
    assert.match(wires[0] ?? "", /^s3:/);
    assert.ok(cards.length <= 2 && cards.includes("s3"), cards.join());
    assert.deepEqual(await places(), before);
  });

  test("scrolling a tree draws the rows that come into view, not those that stay", async () => {
    const { page } = screen;
    await atRest(page);
    await page.getByRole("button", { name: "Outline" }).click();
    const tree = page.getByRole("tree");
    await tree.getByRole("treeitem").nth(20).waitFor();
    await settled(page);
    const seen = () => tree.getByRole("treeitem").evaluateAll((all) => all.map((one) => one.id));
    const before = await seen();
    const { rows } = await drawnBy(async () => {
      await tree.evaluate((box) => box.scrollBy(0, 60));
      await page.waitForFunction(
        (known) =>
          [...document.querySelectorAll("[role=treeitem]")].some((one) => !known.includes(one.id)),
        before,
      );
    });
    const come = (await seen()).filter((id) => !before.includes(id));
    assert.ok(come.length > 0 && come.length < before.length, come.join());
    assert.deepEqual([...new Set(rows)].sort(), come.sort());
  });
});
