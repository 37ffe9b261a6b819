// Every screen, in both themes, wide and narrow: nothing that axe finds, no complaint of the
// browser, nothing wider than the window. And what the keyboard does everywhere.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Inside, openInside } from "./inside.ts";
import { sequence } from "./keys.ts";
import { bareWords, looksWell } from "./looks.ts";
import { goTo, settled } from "./world.ts";

const screens: [path: string, heading: string][] = [
  ["/", "Hello, anna"],
  ["/?wall=1", "main: now"],
  ["/flows", "Flows"],
  ["/flows/orders/rules", "Orders of the shop"],
  ["/flows/orders/versions", "Versions"],
  ["/flows/orders/setup", "Set-up"],
  ["/environments", "Environments"],
  ["/runs", "Runs"],
  ["/runs?status=failed&key=none", "Runs"],
  ["/exceptions", "Exceptions"],
  ["/settlements", "Settlements"],
  ["/alerts", "Alerts"],
  ["/alerts?tab=rules", "Alerts"],
  ["/alerts?tab=channels", "Alerts"],
  ["/connections", "Connections"],
  ["/connections?tab=shared", "Connections"],
  ["/connections?tab=secrets", "Connections"],
  ["/connections/callback", "Consent"],
  ["/users", "People"],
  ["/users?tab=groups", "People"],
  ["/audit", "Audit"],
  ["/audit?period=between&by=nobody", "Audit"],
  ["/administration", "Administration"],
  ["/administration?tab=jobs", "Administration"],
  ["/administration?tab=backups", "Administration"],
  ["/administration?tab=diagnostics", "Administration"],
  ["/settings", "Settings"],
  ["/settings?tab=account", "Settings"],
  ["/settings?tab=tokens", "Settings"],
  ["/nowhere", "Nothing is here"],
];

describe("every screen", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  for (const [width, dark] of [
    [1440, false],
    [390, true],
  ] as const) {
    test(`${width} wide, in both themes`, async () => {
      const screen = await inside.open("/", { dark, width });
      const { page } = screen;
      for (const [path, heading] of screens) {
        await goTo(page, path);
        await page.getByRole("heading", { level: 1, name: heading }).waitFor();
        await settled(page);
        await looksWell(page, `${path}-${width}`);
      }
      await inside.close(screen);
    });
  }

  test("the keyboard alone finds every place", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await page.getByRole("heading", { level: 1 }).waitFor();
    await sequence(page, "g", "f");
    await page.waitForURL("**/flows");
    await page.waitForFunction(() => document.title === "Flows · Weft");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("go to set");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/settings");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("F6");
    await page.waitForFunction(() => document.activeElement?.closest("[data-region]") !== null);
    await inside.close(screen);
  });

  test("in the pseudo-locale every word of ours is in brackets", async () => {
    const screen = await inside.open("/", { width: 1100 });
    const { page } = screen;
    await page.evaluate(() => localStorage.setItem("weft.appearance", '{"language":"en-XA"}'));
    await page.reload();
    for (const [path] of screens) {
      await goTo(page, path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await settled(page);
      assert.deepEqual(await bareWords(page), [], path);
    }
    await inside.close(screen);
  });
});
