// What needs other eyes: a masked value is shown to who may and says why, and a version comes to
// production when somebody else has approved it. Both stand in the audit.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type Inside, openAs, openInside } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";
import { field, goTo, send, type Visit, type World } from "./world.ts";

const order = '{"id": "SO-7", "lines": [], "customer": {"name": "Ada", "password": "canary-7"}}';

describe("other eyes", () => {
  let inside: Inside;
  let world: World;
  let admin: Visit;
  before(async () => {
    inside = await openInside();
    world = inside.world;
    admin = await inside.open("/");
  });
  after(() => inside.stop());

  const audited = async (what: string) => {
    const { body } = await ask(admin, "GET", `/audit?what=${what}`);
    return body.items as { by: string; detail?: { reason?: string } }[];
  };

  test("a masked value is shown to who may see it, with a reason", async () => {
    await send(world, "orders", order);
    const otto = await openAs(inside, admin, "otto", "operator", "/runs?key=SO-7");
    const { page } = otto;
    await page.getByRole("row", { name: /SO-7/ }).click();
    await page.getByRole("button", { name: "Show masked values" }).click();
    const dialog = page.getByRole("dialog", { name: "Show what is masked" });
    assert.ok(!(await page.content()).includes("canary-7"));
    await field(dialog, "Reason").fill("the customer asked");
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole("button", { name: "Show", exact: true }).click();
    for (const name of [/^body/, /^customer/]) {
      await dialog.getByRole("row", { name }).getByRole("button").click();
    }
    await dialog.getByText("canary-7").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    const [look] = await audited("payload.reveal");
    assert.deepEqual([look?.by, look?.detail?.reason], ["otto", "the customer asked"]);
    await inside.close(otto);
  });

  test("a version comes to production when somebody else approves it", async () => {
    const { page } = admin;
    await goTo(page, "/environments");
    const production = page
      .locator("section.stack")
      .filter({ has: page.getByRole("heading", { name: "production" }) });
    await production.getByRole("switch", { name: /Another person must approve/ }).focus();
    await page.keyboard.press("Space");
    await page.getByText("is kept", { exact: false }).waitFor();
    // Who approves has her screen open all the time, and is told.
    const vera = await openAs(inside, admin, "vera", "approver");
    await vera.page.getByText("Live", { exact: true }).waitFor();
    // A consultant publishes what changes a mapping only, and asks for the environment.
    const cora = await openAs(inside, admin, "cora", "consultant");
    const draft = await ask(cora, "POST", "/flows/orders/draft");
    const patch = [
      { op: "add", path: "/flow/nodes/2/config/fields/-", value: { to: "kind", from: "order" } },
    ];
    const kept = await ask(cora, "PATCH", "/flows/orders/draft", { patch }, draft.tag);
    assert.equal(kept.status, 200, JSON.stringify(kept.body));
    await goTo(cora.page, "/flows/orders");
    await cora.page.getByRole("button", { name: "Publish", exact: true }).click();
    const publish = cora.page.getByRole("dialog", { name: "Publish this draft" });
    await publish.getByText(/You publish rules, mappings, tables and tests/).waitFor();
    await field(publish, "What is new").fill("its kind");
    await publish.getByRole("button", { name: /From now on/ }).click();
    await cora.page.getByRole("option", { name: /Production/ }).click();
    await publish.getByRole("button", { name: "Publish", exact: true }).click();
    await cora.page.getByText("Version 1 waits for approval for production").waitFor();
    await inside.close(cora);

    const waits = vera.page.getByRole("link", { name: /Version 1 waits for approval.*cora/ });
    await waits.click();
    await vera.page.getByRole("button", { name: "Approve" }).click();
    const dialog = vera.page.getByRole("dialog");
    await dialog.getByText(/Asked for by cora: its kind/).waitFor();
    await dialog.getByText("One change").click();
    await dialog.getByRole("rowheader", { name: /Mapping of total: kind/ }).waitFor();
    await dialog.getByText("Against the last runs").click();
    await dialog.getByRole("button", { name: "Begin" }).click();
    await dialog
      .getByText(/No run has succeeded or failed here yet|\d of \d runs: \d the same/)
      .waitFor();
    assert.deepEqual(await axeFindings(vera.page), []);
    await shot(vera.page, "approve-effect");
    await dialog.getByRole("button", { name: "Approve" }).click();
    await vera.page.getByText("v1 works in production.").waitFor();
    await inside.close(vera);
    await inside.close(admin);
  });
});
