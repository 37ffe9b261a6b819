import { expect, test } from "vitest";
import { presenceAt, THERE_MS } from "./presence.ts";

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
