// Runs and what is in them: the list of 20,000, one with 20,000 steps, payloads of 10 and 50 MB, and
// a list that stays open while events come in for hours.
import { send, settled } from "../world.ts";
import type { Bench, Window } from "./bench.ts";
import { RUNS, STEPS } from "./data.ts";
import { answers, away, elementsOf, framesOfAct, heapOf, opens, scrolls } from "./measure.ts";

/** More than the page keeps of anything that comes and goes. */
const EVENTS = 200;

const many = RUNS.toLocaleString("en");

async function runs(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  const row = { selector: "[role=grid] [role=row]", text: "SO-" };
  await bench.timed(window, `list of ${many} runs`, 1000, async () => {
    await away(window);
    return opens(page, "/runs", row);
  });
  await bench.frames(window, `list of ${many} runs: scroll`, 55, () =>
    scrolls(page, "[role=grid]", bench.frameCount),
  );
  await settled(page);
  bench.fact(`list of ${many} runs`, "elements", 3000, await elementsOf(page));
}

async function steps(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  const what = `run of ${STEPS.toLocaleString("en")} steps`;
  const failed = { selector: ".tree-row-chosen", text: `[${STEPS}]` };
  await bench.timed(window, `${what}, at the one that failed`, 1000, async () => {
    await away(window);
    return opens(page, `/runs/${bench.many}`, failed);
  });
  await bench.frames(window, `${what}: scroll`, 55, () =>
    scrolls(page, ".steps-box .tree", bench.frameCount),
  );
  await settled(page);
  bench.fact(what, "elements", 3000, await elementsOf(page));
}

/** The moment that is looked at, in a run of which more and more steps are here. */
async function moments(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  const what = `run of ${STEPS.toLocaleString("en")} steps`;
  const moment = page.getByRole("slider", { name: "Moment of the run" });
  await moment.focus();
  await page.keyboard.press("Home");
  const more = page.getByRole("button", { name: "Ask for 1,000 more" });
  const part = page.locator(".steps-part");
  const told = async () =>
    Number(/from ([\d,]+) of/.exec((await part.textContent()) ?? "")?.[1]?.replace(",", ""));
  await bench.timed(window, `${what}: 1,000 more of them`, 250, async () => {
    const wanted = (await told()) + 1000;
    const text = `from ${wanted.toLocaleString("en")} of`;
    return answers(page, "click", { selector: ".steps-part", text }, () => more.click());
  });
  await settled(page);
  const line = await moment.boundingBox();
  if (line === null) throw new Error("no time line");
  await page.mouse.move(line.x, line.y + 4);
  await page.mouse.down();
  await bench.frames(window, `${what}: the moment drawn along`, 50, () =>
    framesOfAct(page, bench.frameCount, (at) =>
      page.mouse.move(line.x + (line.width * at) / bench.frameCount, line.y + 4),
    ),
  );
  await page.mouse.up();
}

async function payloads(bench: Bench, window: Window): Promise<void> {
  const { page } = window;
  const rows = { selector: ".json-row", text: "lines" };
  await bench.waited(window, "payload of 10 MB: first rows", 250, async () => {
    await away(window);
    return opens(page, `/runs/${bench.filled.ten}`, rows);
  });
  await page.getByRole("button", { name: "Open all" }).click();
  await page.locator(".json-row", { hasText: "A-" }).first().waitFor();
  await bench.frames(window, "payload of 10 MB: scroll", 55, () =>
    scrolls(page, ".data-pane .tree", bench.frameCount),
  );
  const find = page.getByRole("searchbox", { name: "Find" });
  await bench.waited(window, "payload of 10 MB: search", 100, async () => {
    await find.fill("");
    await page.locator(".data-pane", { hasText: "1 of 1" }).waitFor({ state: "detached" });
    return answers(page, "input", { selector: ".data-pane", text: "1 of 1" }, () =>
      find.fill("A-99999"),
    );
  });
  await bench.waited(window, "payload of 50 MB: first rows", 800, async () => {
    await away(window);
    return opens(page, `/runs/${bench.filled.fifty}`, rows);
  });
}

/** What stays of the events of hours: nothing. */
async function live(bench: Bench, window: Window): Promise<void> {
  const { page, session } = window;
  const { world } = bench.inside;
  await opens(page, "/runs?flow=orders", { selector: "h1", text: "Runs" });
  const come = async (from: number, count: number): Promise<void> => {
    for (let i = from; i < from + count; i++) {
      await send(world, "orders", `{"id": "L-${i}", "lines": [{"price": 1.10, "count": 3}]}`);
    }
    await page.getByRole("row", { name: `L-${from + count - 1}` }).waitFor();
    await settled(page);
  };
  await come(0, 20);
  await bench.timed(
    window,
    "an event stands in the open list",
    2000,
    async () => {
      const told = opens(page, "/runs?flow=orders", { selector: "[role=row]", text: "L-shown" });
      await send(world, "orders", '{"id": "L-shown", "lines": []}');
      return told;
    },
    1,
  );
  await come(20, EVENTS / 4);
  const before = await heapOf(session);
  await come(20 + EVENTS / 4, EVENTS);
  const after = await heapOf(session);
  bench.fact("memory of the page, after all this", "MB", 300, after);
  bench.fact(`memory that ${EVENTS} more events leave`, "MB", 4, Math.max(0, after - before));
}

export async function lists(bench: Bench): Promise<void> {
  const window = await bench.open("/");
  await runs(bench, window);
  await steps(bench, window);
  await moments(bench, window);
  await payloads(bench, window);
  await live(bench, window);
  await bench.close(window);
}
