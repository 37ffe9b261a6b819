// How things are measured. Times are those of the page's own clock, from the act to the frame after
// the one in which what was waited for stands; beside each stands the processor time of the page's
// main thread, which other programs hardly lengthen. The pace says how much slower than the machine
// of the budgets this one is now: a loop of fixed work against what it takes there.
import type { CDPSession, Page } from "playwright-core";
import { settled, type Visit } from "../world.ts";

/** Milliseconds of the loop below on the quiet machine for which the budgets were made. */
const LOOP_MS = 20;
const LOOPS = 2;

/** Processor time of the main thread so far, in milliseconds. */
export async function threadTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * (metrics.find((one) => one.name === "TaskDuration")?.value ?? 0);
}

export async function watched(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return session;
}

/** How many times longer than on the machine of the budgets something takes here and now. */
export interface Pace {
  clock: number;
  /** The same of what the processor takes for it. */
  cpu: number;
}

export async function paceOf(page: Page, session: CDPSession): Promise<Pace> {
  const before = await threadTime(session);
  const times = await page.evaluate((loops) => {
    const once = (): number => {
      const begun = performance.now();
      const rows: { at: number; text: string }[] = [];
      for (let i = 0; i < 30_000; i++) rows.push({ at: (i * 7919) % 30_000, text: `row ${i}` });
      rows.sort((a, b) => a.at - b.at);
      if (JSON.parse(JSON.stringify(rows)).length !== rows.length) throw new Error();
      return performance.now() - begun;
    };
    return Array.from({ length: loops }, once);
  }, LOOPS);
  const cpu = ((await threadTime(session)) - before) / LOOPS;
  return { clock: Math.max(1, median(times) / LOOP_MS), cpu: Math.max(1, cpu / LOOP_MS) };
}

/** What is waited for: something that is there, or that is there with this text in it. */
export interface Wanted {
  selector: string;
  text?: string;
}

interface Watching {
  perf: { shown: (wanted: Wanted) => Promise<number>; told?: Promise<number> };
}

/** Gives every page of the window the clock that tells when something is on the screen. */
export async function giveClock({ context }: Visit): Promise<void> {
  await context.addInitScript(() => {
    const there = ({ selector, text }: Wanted): boolean =>
      [...document.querySelectorAll(selector)].some(
        (one) => text === undefined || one.textContent?.includes(text),
      );
    const shown = async (wanted: Wanted): Promise<number> => {
      const until = performance.now() + 60_000;
      while (!there(wanted)) {
        if (performance.now() > until) throw new Error(`${location.href}: no ${wanted.selector}`);
        await new Promise(requestAnimationFrame);
      }
      await new Promise(requestAnimationFrame);
      // What is posted in a frame comes after its picture.
      const { port1, port2 } = new MessageChannel();
      await new Promise((done) => {
        port1.onmessage = done;
        port2.postMessage(undefined);
      });
      return performance.now();
    };
    Object.assign(window, { perf: { shown } });
  });
}

/** Milliseconds from the beginning of the page until this is on the screen. */
export function begins(page: Page, url: string, wanted: Wanted): Promise<number> {
  return page
    .goto(url, { waitUntil: "commit" })
    .then(() =>
      page.evaluate((wanted) => (window as unknown as Watching).perf.shown(wanted), wanted),
    );
}

/** Goes to an address within the page; milliseconds until this is on the screen. */
export function opens(page: Page, path: string, wanted: Wanted): Promise<number> {
  return page.evaluate(
    async ([path, wanted]) => {
      const begun = performance.now();
      history.pushState(null, "", path);
      return (await (window as unknown as Watching).perf.shown(wanted)) - begun;
    },
    [path, wanted] as const,
  );
}

/** The same for something that is done with the mouse or a key, from the event that the page gets. */
export async function answers(
  page: Page,
  event: string,
  wanted: Wanted,
  act: () => Promise<void>,
): Promise<number> {
  await page.evaluate(
    ([event, wanted]) => {
      const { perf } = window as unknown as Watching;
      perf.told = new Promise((done) => {
        const on = (): void => {
          const begun = performance.now();
          // Once the event has been answered: what was there before is not what is waited for.
          queueMicrotask(() => perf.shown(wanted).then((now) => done(now - begun), done));
        };
        window.addEventListener(event, on, { capture: true, once: true });
      });
    },
    [event, wanted] as const,
  );
  await act();
  return page.evaluate(() => (window as unknown as Watching).perf.told ?? 0);
}

export interface Frames {
  count: number;
  fps: number;
  /** Milliseconds that only one frame in twenty is longer than. */
  p95: number;
}

function framesOf(times: number[]): Frames {
  const count = times.length;
  const fps = (1000 * count) / times.reduce((all, one) => all + one, 0);
  return { count, fps, p95: quantile(times, 0.95) };
}

/** Frames while something is scrolled to and fro, so many pixels a frame. */
export async function scrolls(page: Page, selector: string, frames: number): Promise<Frames> {
  const times = await page.evaluate(
    async ([selector, frames]) => {
      const box = document.querySelector(selector) as HTMLElement;
      const times: number[] = [];
      let last = await new Promise<number>(requestAnimationFrame);
      for (let i = 0; i < frames; i++) {
        box.scrollTop += i < frames / 2 ? 120 : -120;
        const now = await new Promise<number>(requestAnimationFrame);
        times.push(now - last);
        last = now;
      }
      return times;
    },
    [selector, frames] as const,
  );
  return framesOf(times);
}

/** Frames of the page while something is moved from outside so many times, at most once a frame. */
export async function framesOfAct(
  page: Page,
  moves: number,
  act: (at: number) => Promise<void>,
): Promise<Frames> {
  await page.evaluate(() => {
    const kept = { times: [] as number[], last: 0, on: true };
    Object.assign(window, { kept });
    const each = (now: number): void => {
      if (kept.last > 0) kept.times.push(now - kept.last);
      kept.last = now;
      if (kept.on) requestAnimationFrame(each);
    };
    requestAnimationFrame(each);
  });
  for (let i = 0; i < moves; i++) await act(i);
  const times = await page.evaluate(() => {
    const { kept } = window as unknown as { kept: { times: number[]; on: boolean } };
    kept.on = false;
    return kept.times;
  });
  return { ...framesOf(times), count: Math.max(moves, times.length) };
}

/** Kilobytes of scripts and styles that have come to the page since it began, as they travelled. */
export function loaded(page: Page): Promise<number> {
  return page.evaluate(() => {
    const all = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const ours = all.filter((one) => /\/assets\/.*\.(js|css)$/.test(one.name));
    return ours.reduce((sum, one) => sum + one.encodedBodySize, 0) / 1000;
  });
}

/** Megabytes of the page's own objects, after what is of no use any more has been thrown away. */
export async function heapOf(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1e6;
}

/** Elements on the page. */
export function elementsOf(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelectorAll("*").length);
}

export function quantile(times: readonly number[], part: number): number {
  const at = Math.min(Math.floor(times.length * part), times.length - 1);
  return [...times].sort((a, b) => a - b)[at] ?? 0;
}

export function median(times: readonly number[]): number {
  return quantile(times, 0.5);
}

/** Somewhere else, so that what comes is opened anew. */
export async function away({ page }: Visit): Promise<void> {
  await page.evaluate(() => history.pushState(null, "", "/nowhere"));
  await page.getByRole("heading", { level: 1, name: "Nothing is here" }).waitFor();
  await settled(page);
}
