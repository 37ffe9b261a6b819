import { expect, test, vi } from "vitest";
import { presenceAt, REST_MS, restAt, THERE_MS } from "./presence.ts";

test("what a page asks by itself is marked", () => {
  const page = new EventTarget();
  let now = 1_000;
  const isThere = presenceAt(page, () => now);
  expect(isThere()).toBe(true);
  now += THERE_MS;
  expect(isThere()).toBe(false);
  page.dispatchEvent(new Event("keydown"));
  expect(isThere()).toBe(true);
  now += THERE_MS - 1;
  expect(isThere()).toBe(true);
  page.dispatchEvent(new Event("focus")); // windows get the focus without anybody
  now += 1;
  expect(isThere()).toBe(false);
});

test("what comes over the page waits until hands rest", () => {
  vi.useFakeTimers();
  const page = new EventTarget();
  const whenAtRest = restAt(page, Date.now);
  let calls = 0;
  const asked = (): void => whenAtRest(() => calls++);
  const passes = (ms: number): number => {
    vi.advanceTimersByTime(ms);
    return calls;
  };
  const hands = (...acts: string[]): void => {
    for (const act of acts) page.dispatchEvent(Object.assign(new Event(act), { buttons: 1 }));
  };
  asked();
  expect([calls, passes(0)]).toEqual([0, 1]); // nobody is there
  hands("pointerdown");
  asked();
  hands("pointermove", "keydown");
  expect(passes(2 * REST_MS)).toBe(1);
  page.addEventListener("pointerup", () => expect(calls).toBe(1));
  hands("pointerup");
  expect(passes(0)).toBe(2);
  hands("keydown");
  asked();
  expect(passes(REST_MS - 1)).toBe(2);
  hands("keydown");
  expect(passes(REST_MS - 1)).toBe(2);
  expect(passes(1)).toBe(3);
  hands("pointerdown", "dragstart", "pointercancel"); // as browsers tell of a drag of their own
  asked();
  expect(passes(REST_MS)).toBe(3);
  hands("drop");
  expect(passes(0)).toBe(4);
  hands("pointerdown");
  asked();
  page.dispatchEvent(Object.assign(new Event("pointermove"), { buttons: 0 })); // let go outside
  expect(passes(0)).toBe(5);
  expect(passes(REST_MS)).toBe(5);
  vi.useRealTimers();
});
