// How a screen looks: what axe finds in both themes, words that nobody translated, pictures.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);
const EVERY = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What the theme alone decides: it changes colours and nothing else. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/** In windows narrower than this nothing is scrolled sideways. */
const PHONE = 500;

interface Axe {
  run: (
    part: string,
    options: object,
  ) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
}

/** What axe finds in a part of the screen, as "rule: html, why" lines. */
export async function axeFindings(
  page: Page,
  rules: string[] = EVERY,
  part = "html",
): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  return page.evaluate(
    async ([runOnly, part]) => {
      const { axe } = window as unknown as { axe: Axe };
      const found = await axe.run(part, { runOnly, resultTypes: ["violations"] });
      return found.violations.flatMap((one) =>
        one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`),
      );
    },
    [rules, part] as const,
  );
}

/** The other colours, when they are all there. */
async function inTheme(page: Page, theme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.locator(`html[data-theme=${theme}]`).waitFor();
  await page.evaluate(async () => {
    const changes = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
    do {
      await Promise.allSettled(changes().map((one) => one.finished));
      await new Promise(requestAnimationFrame);
    } while (changes().length > 0); // what ends one can begin another: colours are inherited
  });
}

/** What one can press or read the state from, and what is cut of it at a side: by the window, or by
 * something around it that shows less than it holds. */
export async function cutOff(page: Page, part = "body"): Promise<string[]> {
  return page.evaluate((part) => {
    const what = "a[href], button, input, select, textarea, [role=tab], .badge";
    const found: string[] = [];
    for (const one of document.querySelectorAll(`${part} :is(${what})`)) {
      const box = one.getBoundingClientRect();
      if (box.width < 2 || one.closest(".visually-hidden, .skip, [aria-hidden=true]")) continue;
      if (one.matches("label input")) continue; // what stands for it is seen
      if (one.closest(".react-flow__viewport")) continue; // a board is moved to see the rest of it
      let [left, right] = [0, innerWidth];
      for (let around = one.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflowX === "visible") continue;
        const hold = around.getBoundingClientRect();
        [left, right] = [Math.max(left, hold.left), Math.min(right, hold.right)];
      }
      if (box.left < left - 2 || box.right > right + 2) {
        found.push(
          `${Math.round(box.right)} of ${Math.round(right)}: ${one.outerHTML.slice(0, 160)}`,
        );
      }
    }
    return found;
  }, part);
}

/** Nothing for axe in either theme, and nothing wider or longer than the window. Where one part alone has
 * changed since the whole was looked at, that part. */
export async function looksWell(page: Page, name: string, part = "html"): Promise<void> {
  assert.deepEqual(await axeFindings(page, EVERY, part), [], name);
  await shot(page, name);
  const isDark = await page.evaluate(() => document.documentElement.dataset.theme === "dark");
  const themes = isDark ? (["light", "dark"] as const) : (["dark", "light"] as const);
  await inTheme(page, themes[0]);
  assert.deepEqual(await axeFindings(page, COLOURS, part), [], `${name}, ${themes[0]}`);
  await shot(page, `${name}-${themes[0]}`);
  await inTheme(page, themes[1]);
  const [wide, width] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    window.innerWidth,
  ]);
  assert.ok((wide ?? 0) <= (width ?? 0), `${name} is ${wide} wide in a window of ${width}`);
  const [tall, height] = await page.evaluate(() => [
    document.documentElement.scrollHeight,
    window.innerHeight,
  ]);
  assert.ok(
    (tall ?? 0) <= (height ?? 0),
    `${name}: the window itself scrolls, ${tall} in ${height}`,
  );
  if ((width ?? 0) < PHONE) assert.deepEqual(await cutOff(page, part), [], name);
}

/** A picture, when somebody wants pictures (SHOTS). */
export async function shot(page: Page, name: string): Promise<void> {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: `${process.env.SHOTS}/${name.replace(/\W+/g, "_")}.png` });
}

/** In the pseudo-locale: words on the screen that are not from our catalogue. */
export async function bareWords(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    const theirs =
      "script, style, noscript, kbd, code, time, .foreign, .mono, .num, .brand, .avatar, option, " +
      ".react-flow__attribution";
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? "";
      if (!/[A-Za-z]{2}/.test(text) || text.includes("[") || text.endsWith("~]")) continue;
      if (node.parentElement?.closest(theirs)) continue;
      found.push(text);
    }
    return found.filter((text) => text !== "English");
  });
}
