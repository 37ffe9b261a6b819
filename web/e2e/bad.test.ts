// What may come to the browser side and should not: names and payloads of somebody hostile, a server
// that fails, is slow or silent, a flow of a newer program. Each has its words and its way out.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, goLive, type Inside, openInside } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";
import { field, goTo, send } from "./world.ts";

const MARKUP = '<img src=x onerror="document.title=1"><b>bold</b>';
const TURNED = "Invoice \u202Egnp.exe\u2066 \u200F";
const WIDE = "W".repeat(200);
const LONG = "n".repeat(10_000);

const flowNamed = (name: string) => ({
  weft: 1,
  name,
  nodes: [
    {
      id: "hook",
      title: name,
      type: "trigger.webhook",
      config: { path: "bad", verify: { type: "none" } },
    },
  ],
  edges: [],
});

const newer = { weft: 2, name: "From tomorrow", steps: [{ kind: "unknown" }] };

describe("bad input", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  test("a name with markup or turned letters is text, and turns nothing around it", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    for (const [flow, name] of [
      ["markup", MARKUP],
      ["turned", TURNED],
    ] as const) {
      const made = await ask(screen, "POST", "/flows", { flow, bundle: { flow: flowNamed(name) } });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const row = page.getByRole("row", { name: new RegExp(flow) });
      await row.waitFor(); // an open list shows what others make
      await goTo(page, `/flows?q=${flow}`);
      await row.getByText(name.trim(), { exact: false }).first().waitFor();
      assert.equal(await row.locator("img, b").count(), 0);
      const isolates = await row
        .getByText(name.slice(0, 8), { exact: false })
        .first()
        .evaluate((shown) => {
          const foreign = shown.closest(".foreign");
          return foreign !== null && getComputedStyle(foreign).unicodeBidi === "isolate";
        });
      assert.ok(isolates, `${flow} stands apart`);
      await goTo(page, `/flows/${flow}`);
      await page.locator("#step-hook .card-title").getByText(name.trim().slice(0, 8)).waitFor();
      assert.equal(await page.locator(".editor img, .editor-title b").count(), 0);
      await shot(page, `bad-${flow}`);
      await goTo(page, "/flows");
    }
    assert.ok(!(await page.title()).startsWith("1"));
    const made = await ask(screen, "POST", "/flows", {
      flow: "wide",
      bundle: { flow: flowNamed(WIDE) },
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await goLive(screen, "wide", made.tag);
    // The list was read before the flow was there, seconds ago.
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of [
      "/",
      "/flows",
      "/environments",
      "/flows/wide/versions",
      "/flows/wide/setup",
    ]) {
      await goTo(page, path);
      const main = page.locator("main");
      await main
        .getByText(/WWWW|wide/)
        .first()
        .waitFor();
      const widths = await main.evaluate((main) => [main.scrollWidth, main.clientWidth] as const);
      assert.ok(widths[0] <= widths[1], `${path} is ${widths.join(" of ")} wide`);
    }
    await inside.close(screen);
  });

  test("a name of 10,000 characters ends where names end; a longer one is refused in words", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await page.getByRole("button", { name: "New flow" }).first().click();
    await field(page, "Name").pressSequentially("x");
    await page.evaluate((text) => document.execCommand("insertText", false, text), LONG);
    assert.equal((await field(page, "Name").inputValue()).length, 200);
    await page.getByText("It has all of the 200 characters that it may have.").waitFor();
    const wide = { flow: "signs", bundle: { flow: flowNamed("\u540d".repeat(200)) } };
    assert.equal((await ask(screen, "POST", "/flows", wide)).status, 201);
    const checked = await ask(screen, "POST", "/flows/signs/draft/validate");
    assert.doesNotMatch(JSON.stringify(checked.body), /characters|bytes/);
    const refused = await ask(screen, "POST", "/flows", { flow: "long", name: LONG });
    assert.ok(refused.status === 400 || refused.status === 422, JSON.stringify(refused.body));
    assert.match(JSON.stringify(refused.body), /name/);
    screen.complaints.splice(0); // the refusal that was asked for
    await inside.close(screen);
  });

  test("a payload with hostile names is shown name by name", async () => {
    const keys = {
      ["__proto__"]: { admin: true },
      constructor: 2,
      "": 3,
      "\u0001\u202E": 4,
      ["k".repeat(1000)]: 5,
    };
    await send(inside.world, "orders", JSON.stringify({ ...keys, id: "hostile", lines: [] }));
    const twice = await fetch(`${inside.world.url}/hooks/main/production/orders`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"id": "H-2", "id": "H-3"}',
    });
    assert.equal(twice.status, 400, "a name that stands twice");
    const screen = await inside.open("/runs");
    const { page } = screen;
    await page.getByRole("row", { name: /hostile/ }).click();
    await page.getByRole("treeitem", { name: /Each line/ }).click();
    const pane = page.getByRole("tabpanel");
    for (const name of ["__proto__", "constructor", "kkkkkkkkkk"])
      await pane.getByText(name).first().waitFor();
    await shot(page, "bad-payload");
    assert.equal(await page.evaluate(() => "admin" in {}), false);
    await inside.close(screen);
  });

  test("a server that fails, is slow or does not answer: words, and a way on", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    let answer: "fail" | "slow" | "none" | "well" = "fail";
    let release = (): void => undefined;
    await page.route("**/api/v1/audit*", async (route) => {
      if (answer === "fail") {
        const body =
          '{"title": "internal error", "status": 500, "code": "internal", "trace": "T1"}';
        await route.fulfill({ status: 500, contentType: "application/problem+json", body });
      } else if (answer === "none") {
        await route.abort();
      } else {
        if (answer === "slow") {
          await new Promise<void>((done) => {
            release = done;
          });
        }
        await route.continue();
      }
    });
    await goTo(page, "/audit");
    const alert = page.locator("main [role=alert]");
    await alert.getByRole("button", { name: /T1/ }).waitFor();
    answer = "none";
    await alert.getByRole("button", { name: "Try again" }).click();
    await alert.getByText("Weft does not answer").waitFor();
    answer = "well";
    await alert.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("row").nth(1).waitFor();
    answer = "slow";
    await page.reload();
    await page.locator("main .skeleton").getByText("It is still waited for").waitFor();
    await shot(page, "bad-slow");
    answer = "well";
    release();
    await page.getByRole("row").nth(1).waitFor();
    screen.complaints.splice(0); // the answers that were asked for
    await inside.close(screen);
  });

  test("an act whose answer is lost is done once, however often it is asked", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await page.getByRole("button", { name: "New flow" }).first().click();
    await field(page, "Name").fill("Asked twice");
    await page.route("**/api/v1/flows", async (route) => {
      await route.fetch(); // it is done, and nobody hears of it
      await route.abort();
    });
    await page.getByRole("button", { name: "Make flow" }).click();
    await page.getByRole("alert").getByText("Weft does not answer").waitFor();
    assert.equal(await field(page, "Name").inputValue(), "Asked twice");
    await page.unroute("**/api/v1/flows");
    await page.getByRole("button", { name: "Make flow" }).click();
    await page.waitForURL("**/flows/asked-twice");
    screen.complaints.splice(0); // the answer that was cut off
    await inside.close(screen);
  });

  test("a flow of a newer program is not judged, and says what helps", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    const made = await ask(screen, "POST", "/flows", { flow: "newer", bundle: { flow: newer } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await goTo(page, "/flows/newer");
    await page.getByText("made by a newer Weft").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Add a step" }).count(), 0);
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "bad-newer");
    await page.getByRole("button", { name: "Show its source" }).click();
    await page.locator(".cm-content", { hasText: "unknown" }).waitFor();
    await inside.close(screen);
  });
});
