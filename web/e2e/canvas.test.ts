// The flow editor before the real program: drawn by keys alone, by the mouse, saved whatever
// happens on the way, and nothing for axe to find in any of its views.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { inspect, still } from "./board.ts";
import { answerTo, type Inside, openInside } from "./inside.ts";
import { axeFindings, looksWell, shot } from "./looks.ts";
import { draftOf, small } from "./small.ts";
import { field, goTo } from "./world.ts";

describe("the flow editor", () => {
  let made: Inside;
  before(async () => {
    made = await openInside();
  });
  after(() => made.stop());

  const inside = (options: { dark?: boolean; width?: number } = {}) => made.open("/", options);

  async function opened(page: Page, flow: string, definition?: object): Promise<void> {
    const body =
      definition === undefined ? { flow, name: flow } : { flow, bundle: { flow: definition } };
    await answerTo(page, { method: "POST", path: "/flows", body });
    await goTo(page, `/flows/${flow}`);
    await page.locator(".board, .outline").first().waitFor();
  }

  const saved = (page: Page) => page.locator(".save-mark", { hasText: "Saved" }).waitFor();

  test("three steps are drawn, named, connected and saved by keys alone", async () => {
    const screen = await inside();
    const { page } = screen;
    await opened(page, "by-keys");
    while (!(await page.evaluate(() => document.activeElement?.classList.contains("board")))) {
      await page.keyboard.press("F6");
    }
    const add = async (words: string) => {
      await page.keyboard.press("n");
      await page.getByRole("combobox").waitFor();
      await page.keyboard.type(words);
      await page.keyboard.press("Enter");
      await page.getByRole("combobox").waitFor({ state: "detached" });
      await page.waitForFunction(() => document.activeElement?.classList.contains("board"));
    };
    await add("webhook");
    await add("map fields");
    await page.keyboard.press("Escape"); // nothing is chosen: the next one stands alone
    await add("http request");
    await page.keyboard.press("F2");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Tell the ledger");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.classList.contains("board"));
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowRight"); // the first step
    await page.keyboard.press("ArrowRight"); // along the edge
    await page.keyboard.press("c");
    await page.locator(".card-target").waitFor();
    await page.keyboard.press("Enter");
    await page.locator("[data-id='map:out>http']").waitFor({ state: "attached" });
    await page.keyboard.press("Control+z");
    await page.locator("[data-id='map:out>http']").waitFor({ state: "detached" });
    await page.keyboard.press("Control+y");
    await page.locator("[data-id='map:out>http']").waitFor({ state: "attached" });
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+g");
    for (const [name, key] of [
      ["Hook and ledger", "Enter"],
      ["Not this", "Escape"],
    ] as const) {
      const dialog = page.getByRole("dialog", { name: "Name the group" });
      await dialog.waitFor();
      await page.keyboard.press("Control+a");
      await page.keyboard.type(name);
      await page.keyboard.press(key);
      await dialog.waitFor({ state: "detached" });
      await page.waitForFunction(() => document.activeElement?.classList.contains("board"));
      await page.getByRole("group", { name: "Hook and ledger", exact: true }).waitFor();
      if (key === "Enter") await page.keyboard.press("Shift+F2");
    }
    await page.keyboard.press("Alt+g"); // folded, the group is what has the focus
    await page.locator(".group-folded.card-focused").waitFor();
    await page.keyboard.press("Alt+g");
    await page.locator("#step-map").waitFor();
    await page.keyboard.press("Shift+S");
    await page.waitForFunction(() => document.activeElement?.className.includes("note-field"));
    await page.keyboard.type("Why so");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement?.classList.contains("board"));
    await page.keyboard.press("Control+Shift+ArrowRight"); // larger
    await page.keyboard.press("Shift+K"); // another colour
    await page.locator(".note-green.card-focused", { hasText: "Why so" }).waitFor();
    await page.keyboard.press("Control+c");
    await page.keyboard.press("Control+v");
    await page.locator("#note\\/note_2.card-focused").waitFor();
    await page.keyboard.press("Delete");
    await page.locator("#note\\/note_2").waitFor({ state: "detached" });
    await page.keyboard.press("Control+s");
    await saved(page);
    const { bundle } = await draftOf(page, "by-keys");
    const { notes } = bundle.layout as { notes: { note: Record<string, unknown> } };
    const { text, colour, w, h } = notes.note;
    assert.deepEqual(
      [Object.keys(notes), text, colour, w, h],
      [["note"], "Why so", "green", 240, 96],
    );
    assert.deepEqual(bundle.flow.edges, [
      { from: "webhook", to: "map" },
      { from: "map", to: "http" },
    ]);
    assert.equal(bundle.flow.nodes.find((node) => node.id === "http")?.title, "Tell the ledger");
    await made.close(screen);
  });

  test("the outline says the same and changes the same", async () => {
    const screen = await inside();
    const { page } = screen;
    await opened(page, "listed", small);
    await page.keyboard.press("Control+Shift+O");
    await page.waitForFunction(() => document.activeElement?.role === "tree");
    await page.getByRole("treeitem", { name: "Pick" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(
      () => document.querySelector("[aria-selected=true]")?.textContent?.includes("Pick") === true,
    );
    await page.keyboard.press("d");
    await page.getByRole("treeitem", { name: /Pick.*off/ }).waitFor();
    await page.keyboard.press("n");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("stop");
    await page.keyboard.press("Enter");
    await page.getByRole("treeitem", { name: /Stop/ }).waitFor();
    await page.keyboard.press("Shift+S");
    await page.getByRole("dialog", { name: "Note" }).waitFor();
    await page.keyboard.type("Why so");
    await page.getByRole("button", { name: "Save", exact: true }).press("Enter");
    await page.getByRole("treeitem", { name: /Why so/, selected: true }).waitFor();
    await saved(page);
    const { bundle } = await draftOf(page, "listed");
    assert.equal(bundle.flow.nodes.find((node) => node.id === "pick")?.disabled, true);
    assert.deepEqual(bundle.flow.edges.at(-1), { from: "pick", port: "rejected", to: "stop" });
    await made.close(screen);
  });

  test("steps become a flow of their own by keys: a name that is taken, undone, and gone to", async () => {
    const screen = await inside();
    const { page } = screen;
    await opened(page, "taken");
    await opened(page, "whole", small);
    const card = (id: string) => page.locator(`#step-${id}`);
    const byKeys = () =>
      page.waitForFunction(() => document.activeElement?.closest(".board") !== null);
    await inspect(page, "hook");
    await page.locator(".board").focus();
    await page.keyboard.press("Alt+x");
    /* it fades after a while */
    await page.locator(".said", { hasText: "Hook is a trigger" }).waitFor({ state: "attached" });
    await inspect(page, "note");
    await page.locator(".board").focus();
    await page.keyboard.press("Alt+x");
    const dialog = page.getByRole("dialog", { name: "Make a flow of the steps" });
    await field(dialog, "Short name").fill("taken");
    await page.keyboard.press("Enter");
    await dialog.getByText(/there is a flow/i).waitFor();
    assert.deepEqual(await axeFindings(page, undefined, "[role=dialog]"), []);
    await field(dialog, "Short name").fill("noted");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await card("note_2").waitFor();
    await byKeys();
    await page.keyboard.press("Control+z");
    await card("note").waitFor();
    await card("note_2").waitFor({ state: "detached" });
    await page.keyboard.press("Control+y");
    await card("note_2").waitFor();
    await saved(page);
    const { bundle } = await draftOf(page, "whole");
    assert.deepEqual(bundle.flow.edges, [
      { from: "hook", to: "pick" },
      { from: "pick", to: "note_2" },
      { from: "note_2", to: "lines" },
    ]);
    await inspect(page, "note_2");
    await page.locator(".board").focus();
    await page.keyboard.press("Alt+Enter");
    await page.waitForURL("**/flows/noted");
    await card("called").waitFor();
    await shot(page, "canvas-extracted");
    screen.complaints.splice(0); // the name that was taken
    await made.close(screen);
  });

  test("by mouse: wires, a wire into the empty, cards out of the shelf, a step within", async () => {
    const screen = await inside();
    const { page } = screen;
    await opened(page, "by-mouse", small);
    const port = async (step: string, name: string) => {
      const box = await page
        .locator(`.react-flow__node[data-id=${step}] [data-handleid='${name}']`)
        .first()
        .boundingBox();
      assert.ok(box);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    await page.locator(".board").focus();
    await page.keyboard.press("1");
    await still(page);
    const from = await port("pick", "rejected");
    const to = await port("lines", "in");
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x - 30, to.y + 10, { steps: 5 });
    await page.mouse.move(to.x, to.y, { steps: 3 });
    await page.mouse.up();
    await page.locator("[data-id='pick:rejected>lines']").waitFor({ state: "attached" });
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 60, from.y + 190, { steps: 6 });
    await page.mouse.up();
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("stop");
    await page.keyboard.press("Enter");
    await page.locator("[data-id='pick:rejected>stop']").waitFor({ state: "attached" });
    await page
      .getByRole("button", { name: "Script", exact: true })
      .dragTo(page.locator("[data-id='hook:out>pick'] .wire-hit"), { force: true });
    await page.locator("[data-id='script:out>pick']").waitFor({ state: "attached" });
    await saved(page);
    const { bundle } = await draftOf(page, "by-mouse");
    assert.ok(bundle.flow.edges.some((edge) => edge.from === "hook" && edge.to === "script"));
    assert.ok(bundle.layout);
    await made.close(screen);
  });

  test("nothing that was drawn is lost: no answer, a reload, somebody else at it", async () => {
    const screen = await inside();
    const { page, context } = screen;
    await opened(page, "kept", small);
    await page.locator("#step-pick").waitFor();
    await context.setOffline(true);
    await inspect(page, "pick");
    await page.locator(".board").focus();
    await page.keyboard.press("d");
    await page.locator(".save-mark", { hasText: "does not answer" }).waitFor();
    await context.setOffline(false);
    await page.reload();
    await page.locator("#step-pick.card-disabled").waitFor();
    await saved(page);
    let draft = await draftOf(page, "kept");
    assert.equal(draft.bundle.flow.nodes[1]?.disabled, true);

    const theirs = (title: string) => ({
      patch: [{ op: "add", path: "/flow/nodes/2/title", value: title }],
    });
    await answerTo(page, {
      method: "PATCH",
      path: "/flows/kept/draft",
      match: draft.revision,
      body: theirs("Theirs"),
    });
    await page.locator("#step-note", { hasText: "Theirs" }).waitFor(); // at once, untouched
    await page
      .getByRole("status")
      .filter({ hasText: "anna has changed this draft in another window" })
      .waitFor();
    await inspect(page, "pick");
    await page.locator(".inspector-title").fill("Mine");
    await saved(page);
    draft = await draftOf(page, "kept");
    assert.deepEqual(
      draft.bundle.flow.nodes.slice(1, 3).map((node) => node.title),
      ["Mine", "Theirs"],
    );

    await inspect(page, "note");
    await page.route("**/flows/kept/draft", (route) =>
      route.request().method() === "PATCH" ? route.abort() : route.continue(),
    );
    await page.locator(".inspector-title").fill("Also mine");
    await page.locator(".save-mark", { hasText: "does not answer" }).waitFor();
    await page.unroute("**/flows/kept/draft");
    await answerTo(page, {
      method: "PATCH",
      path: "/flows/kept/draft",
      match: draft.revision,
      body: theirs("Theirs again"),
    });
    const dialog = page.getByRole("alertdialog");
    await dialog.waitFor();
    assert.deepEqual(await axeFindings(page), [], "the conflict");
    await dialog.getByRole("radio", { name: /Theirs/ }).check();
    await dialog.getByRole("button", { name: "Take this" }).click();
    await page.locator("#step-note", { hasText: "Theirs again" }).waitFor();
    await saved(page);
    screen.complaints.splice(0); // the lost connection was asked for
    await made.close(screen);
  });

  test("the second click of a double click is its card's, wherever the board is then", async () => {
    const screen = await inside({ width: 1280 });
    const { page } = screen;
    await opened(page, "clicked", small);
    await page.locator(".board").focus();
    await page.keyboard.press("1");
    await still(page);
    const card = page.locator("#step-lines .card-title, #step-note .card-title").last();
    const step = (await card.textContent()) ?? "";
    const box = await card.boundingBox();
    assert.ok(box);
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.evaluate(() => {
      const kept = (event: Event) => Object.assign(window, { clicked: event.timeStamp });
      document.addEventListener("pointerdown", kept, { capture: true, once: true });
    });
    await page.mouse.click(at.x, at.y);
    const form = page.getByRole("complementary", { name: `Step ${step}`, exact: true });
    await form.waitFor();
    await still(page);
    const moved = await card.boundingBox();
    assert.ok(moved && Math.abs(moved.x - box.x) > 40, "the board did not make room");
    await page.evaluate(({ x, y }) => {
      const first = (window as unknown as { clicked: number }).clicked;
      for (const name of ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]) {
        const about = { bubbles: true, cancelable: true, clientX: x, clientY: y, button: 0 };
        const event = new PointerEvent(name, about);
        Object.defineProperty(event, "timeStamp", { value: first + 150 }); // however slow we are
        document.elementFromPoint(x, y)?.dispatchEvent(event);
      }
    }, at);
    await page.locator("aside.inspector-wide").waitFor();
    await form.waitFor();
    await made.close(screen);
  });

  test("values of expressions come from the program's own evaluator", async () => {
    const screen = await inside();
    const { page } = screen;
    await opened(page, "valued", small);
    await page.locator("#step-pick .card-title").dblclick();
    await page.getByRole("button", { name: "Paste a sample" }).first().click();
    await page
      .getByRole("textbox", { name: "Sample as JSON" })
      .fill('{"ok": 12345678901234567.10}');
    await page.getByRole("button", { name: "Use this sample" }).click();
    await page.locator(".value-line", { hasText: "12345678901234567.10" }).waitFor();
    await page.locator(".code-text").first().click();
    await page.keyboard.press("End");
    await page.keyboard.type(" .. nothing.here");
    await page.locator(".value-fault").waitFor();
    await made.close(screen);
  });

  test("a test of the draft: nothing leaves, each step tells how it did", async () => {
    const screen = await inside();
    const { page } = screen;
    await opened(page, "tried", small);
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await page.getByRole("button", { name: "Event…" }).click();
    await page
      .getByRole("textbox", { name: "Sample as JSON" })
      .fill('{"ok": true, "a": 1.10, "lines": [{}, {}]}');
    await page.getByRole("textbox", { name: "Keep it as a sample named" }).fill("first");
    await page.getByRole("button", { name: "Use this sample" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.locator(".board").focus();
    await page.keyboard.press("Control+Enter");
    await page.locator("#step-note .state-ok").waitFor();
    await page.locator(".bottom-row", { hasText: "Note" }).getByText('"a":1.10').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await inspect(page, "note");
    await page.locator(".value-line", { hasText: "1.10" }).waitFor();
    await page.getByRole("button", { name: "Show input and output" }).click();
    await page.getByRole("button", { name: /^Pin this output/ }).click();
    await page.getByRole("button", { name: /^Unpin/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Unpin/ }).waitFor({ state: "detached" });
    await page.keyboard.press("Control+Enter");
    await page.locator(".bottom-row", { hasText: "Note" }).getByText("given").waitFor();
    await inspect(page, "pick");
    await page.locator(".board").focus();
    await page.keyboard.press("p");
    await page.getByText("Pick is pinned").waitFor();
    await page.locator("#step-note .card-title").click({ modifiers: ["Control"] });
    await page.locator(".board").focus();
    for (const [told, pinned] of [
      ["run again in tests", 0],
      ["are pinned", 2],
    ] as const) {
      await page.keyboard.press("p");
      await page.getByText(`2 steps ${told}`).waitFor();
      const pins = await answerTo<{ items: object[] }>(page, {
        method: "GET",
        path: "/flows/tried/pins",
      });
      assert.equal(pins.items.length, pinned);
      await page.waitForFunction(
        (many) => document.querySelectorAll(".card-pinned").length === many,
        pinned,
      );
    }
    await page.locator(".board").focus();
    await page.keyboard.press("]");
    await page.getByText(/^With first/).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await page.locator(".test-panel .select-button").click();
    await page.getByRole("option", { name: "first" }).click();
    await made.close(screen);
  });

  test("what only warns is no error: the step may be published as it is", async () => {
    const screen = await inside();
    const { page } = screen;
    await opened(page, "warned", small);
    await inspect(page, "hook");
    const told = page.locator(".inspector .field-warning", { hasText: "nothing is verified" });
    await told.waitFor();
    assert.equal(
      await page.locator(".inspector :is(.field-error, [aria-invalid=true])").count(),
      0,
    );
    await page.locator(".tone-text-warn", { hasText: "1 warning" }).waitFor();
    await page.locator("#step-hook .card-warnings").waitFor();
    await page.keyboard.press("Alt+2");
    await page.getByRole("tab", { name: "Errors", selected: true }).waitFor();
    await page.keyboard.press("Alt+1");
    await told.waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await made.close(screen);
  });

  for (const [width, dark] of [
    [1440, false],
    [390, true],
  ] as const) {
    test(`axe: ${width} wide, in both themes`, async () => {
      const screen = await inside({ dark, width });
      const { page } = screen;
      await opened(page, `axe-${width}`, small);
      for (const view of ["Outline", "Board", "Source"]) {
        await page.getByRole("button", { name: view, exact: true }).click();
        await page
          .locator({ Outline: ".outline", Board: ".board", Source: ".cm-content" }[view] ?? "")
          .waitFor();
        if (view === "Board") {
          await inspect(page, "pick");
          for (const tab of ["Settings", "Errors", "Links", "About", "Code"]) {
            await page.getByRole("tab", { name: tab }).click();
            const part = tab === "Settings" ? undefined : "aside.inspector";
            await looksWell(page, `canvas-${width}-${tab}`, part);
          }
        } else {
          await looksWell(page, `canvas-${width}-${view}`);
        }
      }
      await made.close(screen);
    });
  }

  test("a thousand steps: only those in view are there", async () => {
    const screen = await inside();
    const { page } = screen;
    const nodes: object[] = [
      { id: "hook", type: "trigger.webhook", config: { path: "big", verify: { type: "none" } } },
    ];
    const edges: object[] = [];
    for (let i = 1; i < 1000; i++) {
      nodes.push({
        id: `s${i}`,
        type: "transform.map",
        title: `Step ${i}`,
        config: { fields: [{ to: "a", from: i }] },
      });
      edges.push({ from: i < 8 ? "hook" : `s${i - 7}`, to: `s${i}` });
    }
    await opened(page, "big", { weft: 1, name: "Big", nodes, edges });
    await page.locator(".card").first().waitFor();
    const cards = await page.locator(".card").count();
    assert.ok(cards > 3 && cards < 120, `${cards} cards are mounted`);
    await page.keyboard.press("Control+f");
    await page.getByRole("searchbox", { name: "Find in this flow" }).fill("Step 999");
    await page.locator(".bottom-row").first().click();
    await page.locator("#step-s999").waitFor();
    await made.close(screen);
  });
});
