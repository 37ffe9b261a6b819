// The desk: a failed run is settled, a payment matched to a candidate, and a large one by two people.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type Inside, openInside } from "./inside.ts";
import { axeFindings, cutOff, looksWell, shot } from "./looks.ts";
import { field, goTo, send, settled, type World } from "./world.ts";

const invoices =
  '[{"invoice": "INV-9921", "amount": 149.90, "score": 0.96},' +
  ' {"invoice": "INV-9877", "amount": 150.00, "score": 0.61}]';
const payment = (id: string, amount: string) =>
  `{"id": "${id}", "amount": ${amount}, "invoices": ${invoices}}`;

describe("the desk", () => {
  let inside: Inside;
  let world: World;
  before(async () => {
    inside = await openInside();
    world = inside.world;
  });
  after(() => inside.stop());

  test("a failed run is settled with a reason", async () => {
    const screen = await inside.open("/exceptions");
    const { page } = screen;
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    await send(world, "orders", '{"id": "SO-2", "lines": [{"count": 1}]}');
    await page.getByRole("row", { name: /Failed SO-2/ }).click();
    await page.getByText("Mend the cause, then replay", { exact: false }).waitFor();
    await page.getByText("A rule or mapping failed on this input").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("button", { name: "I take it" }).click();
    await page.getByText("anna has it").waitFor();
    await field(page, "Reason").fill("booked by hand");
    await page.getByRole("button", { name: "Settle" }).click();
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    await inside.close(screen);
  });

  test("by keys: the way out is chosen, the reason said, gone; what is no way says so", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await send(world, "orders", '{"id": "SO-3", "lines": [{"count": 1}]}');
    await goTo(page, "/exceptions");
    await page.getByRole("row", { name: /Failed/ }).click();
    await page.getByText("Nobody has it").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText("Choose a way out first.").waitFor();
    await page.keyboard.press("x");
    await page.getByText("Ctrl+Enter: Settle").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("status").getByText("Say the reason first.").waitFor();
    await page.keyboard.type("rx stays text");
    assert.equal(await field(page, "Reason").inputValue(), "rx stays text");
    await shot(page, "desk-keys");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Decided: Settle").waitFor();
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    await inside.close(screen);
  });

  test("what somebody else has taken meanwhile is not taken from them", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await send(world, "orders", '{"id": "SO-7", "lines": [{"count": 1}]}');
    await goTo(page, "/exceptions");
    await page.getByRole("row", { name: /Failed/ }).click();
    await page.getByText("Nobody has it").waitFor();
    const { body } = await ask(screen, "GET", "/exceptions");
    const [one] = body.items as { exception: string }[];
    assert.ok(one);
    await ask(screen, "POST", "/users", { name: "bert", roles: { main: "operator" } });
    const path = `/exceptions/${encodeURIComponent(one.exception)}`;
    // Until anna has pressed her window hears nothing of it.
    const pressed = Promise.withResolvers<void>();
    await page.route("**/api/v1/exceptions**", async (route) => {
      if (route.request().method() === "GET") await pressed.promise;
      await route.continue();
    });
    const taken = await ask(screen, "PATCH", path, { assignee: "bert" }, '"1"');
    assert.equal(taken.status, 200, JSON.stringify(taken.body));
    await page.getByRole("button", { name: "I take it" }).click();
    await page.getByText("anna was quicker: bert has it now").waitFor();
    pressed.resolve();
    await page.getByText("bert has it", { exact: true }).waitFor();
    await shot(page, "desk-quicker");
    const decided = await ask(screen, "POST", `${path}/decide`, {
      port: "settle",
      reason: "booked by hand",
    });
    assert.equal(decided.status, 200, JSON.stringify(decided.body));
    await inside.close(screen);
  });

  test("a payment is matched to a candidate, which answers the form", async () => {
    const screen = await inside.open("/", { dark: true });
    const { page } = screen;
    await send(world, "payments", payment("P-1", "149.90"));
    await goTo(page, "/exceptions?type=unmatched");
    await page.getByRole("grid", { name: "Exceptions" }).focus();
    await page.keyboard.press("j");
    const candidate = page.getByRole("row", { name: /INV-9921/ });
    await candidate.getByText("149.90", { exact: true }).waitFor();
    await page.getByRole("button", { name: "post" }).waitFor();
    await page.keyboard.press("r");
    await page.getByText("That is no way out of this one. There is: post, reject").waitFor();
    await candidate.getByRole("button", { name: "Take over" }).click();
    assert.equal(await field(page, "Invoice").inputValue(), "INV-9921");
    assert.deepEqual(await axeFindings(page), []);
    await field(page, "Reason").fill("same order");
    await page.getByRole("button", { name: "post" }).click();
    await page.getByText("Decided: post").waitFor();
    await goTo(page, "/runs?status=succeeded");
    await page.getByRole("row", { name: /match/ }).waitFor();
    await inside.close(screen);
  });

  test("a large payment waits for a second pair of eyes", async () => {
    const screen = await inside.open("/");
    const { page } = screen;
    await send(world, "payments", payment("P-2", "1000.01"));
    await goTo(page, "/exceptions");
    await page.getByRole("row", { name: /P-2/ }).click();
    await page.getByText("Two people must choose the same here.").waitFor();
    await page
      .getByRole("row", { name: /INV-9877/ })
      .getByRole("button", { name: "Take over" })
      .click();
    await field(page, "Reason").fill("the amount fits");
    await page.getByRole("button", { name: "post" }).click();
    await page.getByText("Decided: post").waitFor();
    await goTo(page, "/exceptions");
    await page.getByRole("row", { name: /P-2/ }).click();
    await page.getByText('anna has chosen "post".', { exact: false }).waitFor();
    await page.keyboard.press("a");
    await page.getByRole("button", { name: "Give it back" }).waitFor();
    await page.keyboard.press("a");
    await page.getByRole("button", { name: "I take it", exact: true }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await inside.close(screen);
  });

  test("on a phone every control of an operator's screens is whole, and a row tells its key", async () => {
    const screen = await inside.open("/runs?key=SO-2", { width: 390, dark: true });
    const { page } = screen;
    const key = page.getByRole("row", { name: /SO-2/ }).getByText("SO-2");
    await key.waitFor();
    const box = await key.boundingBox();
    assert.ok(box && box.x + box.width <= 390, "the key is in view without scrolling sideways");
    assert.deepEqual(await cutOff(page), []);
    await shot(page, "phone-runs");
    await key.click();
    await page.getByRole("treeitem", { name: /price/ }).first().waitFor();
    assert.deepEqual(await cutOff(page), []);
    await shot(page, "phone-run");
    for (const [path, there] of [
      ["/exceptions", /P-2/],
      ["/flows", /Orders of the shop/],
      ["/environments", /Orders of the shop/],
      ["/users", /anna/],
    ] as const) {
      await goTo(page, path);
      await page.getByRole("row", { name: there }).first().waitFor();
      await settled(page);
      assert.deepEqual(await cutOff(page), [], path);
      await shot(page, `phone-${path}`);
    }
    await inside.close(screen);
  });

  test("on a phone every place is a tap or two away, and says its name", async () => {
    const screen = await inside.open("/runs", { width: 390 });
    const { page } = screen;
    const rail = page.getByRole("navigation", { name: "Places" });
    assert.deepEqual(
      (await rail.locator(".rail-link").allInnerTexts()).map((text) => text.trim()),
      ["Home", "Runs", "Exceptions", "Alerts", "More"],
    );
    assert.deepEqual(await cutOff(page, ".rail"), []);
    for (const place of [
      "Flows",
      "Settlements",
      "Connections",
      "Environments",
      "People",
      "Audit",
    ]) {
      await rail.getByRole("button", { name: "More" }).click();
      await page.getByRole("menuitem", { name: place }).click();
      await page.getByRole("heading", { level: 1, name: place }).waitFor();
    }
    for (const place of ["Administration", "Settings"]) {
      await rail.getByRole("button", { name: "More" }).click();
      if (place === "Administration") await looksWell(page, "phone-more", ".menu");
      await page.getByRole("menuitem", { name: place }).click();
      await page.getByRole("heading", { level: 1, name: place }).waitFor();
    }
    await rail.getByRole("link", { name: "Exceptions" }).click();
    await page.getByRole("heading", { level: 1, name: "Exceptions" }).waitFor();
    await inside.close(screen);
  });
});
