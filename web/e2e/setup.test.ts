// Setting things up: a flow from a template, a secret that goes in and never out, somebody invited
// who then signs in with what their role allows.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Inside, openInside } from "./inside.ts";
import { axeFindings } from "./looks.ts";
import { field, goTo, visit, type World } from "./world.ts";

describe("setting up", () => {
  let inside: Inside;
  let world: World;
  before(async () => {
    inside = await openInside();
    world = inside.world;
  });
  after(() => inside.stop());

  test("a flow begins from a template", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await page.getByRole("button", { name: "New flow" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New flow" });
    await dialog.getByRole("option", { name: /^PayTrace payment to Dynamics 365/ }).click();
    await field(dialog, "Short name").fill("from-template");
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole("button", { name: "Make flow" }).click();
    await page.waitForURL("**/flows/from-template/setup");
    await page.getByRole("heading", { name: "1. Discovery" }).waitFor();
    await page.getByRole("button", { name: "Set paytrace_webhook" }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("link", { name: "Open the editor" }).click();
    await page.locator(".board").waitFor();
    await goTo(page, "/flows?q=from-template");
    await page.getByRole("row", { name: /PayTrace payment to Dynamics 365/ }).waitFor();
    await inside.close(screen);
  });

  test("a secret goes in, is listed by name, and is removed", async () => {
    const screen = await inside.open("/connections?tab=secrets");
    const { page } = screen;
    await page.getByRole("button", { name: "New secret" }).click();
    const dialog = page.getByRole("dialog", { name: "New secret" });
    await field(dialog, "Name").fill("shop_key");
    await field(dialog, "Value").fill("very secret 4711");
    await field(dialog, "May be sent to").fill("https://login.example.com");
    await dialog.getByRole("button", { name: "Save" }).click();
    const row = page.getByRole("row", { name: /shop_key/ });
    await row.waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.ok(!(await page.content()).includes("4711"));
    await row.getByRole("button", { name: "Remove shop_key" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    await inside.close(screen);
  });

  test("a connection is made from its system's form; its secret is not seen again", async () => {
    const screen = await inside.open("/connections?tab=shared");
    const { page } = screen;
    await page.getByRole("button", { name: "New connection" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New connection" });
    await field(dialog, "Name").fill("sl");
    await dialog.getByRole("button", { name: /System/ }).click();
    await page.getByRole("option", { name: "Microsoft Dynamics SL" }).click();
    await field(dialog, "Server").fill("https://sl.contoso.example");
    await field(dialog, "User").fill("weft");
    await field(dialog, "Company").fill("0060");
    await field(dialog, "Password").fill("very secret 4712");
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("row", { name: /sl/ }).waitFor();
    await page.getByRole("button", { name: "Change sl" }).click();
    await page.getByText("The vault has it as sl_production_password", { exact: false }).waitFor();
    assert.ok(!(await page.content()).includes("4712"));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Remove sl" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page.getByRole("row", { name: /sl/ }).waitFor({ state: "detached" });
    await inside.close(screen);
  });

  test("somebody is invited, comes in, and sees what their role allows", async () => {
    const admin = await inside.open("/users");
    await admin.page.getByRole("button", { name: "Invite somebody" }).click();
    const dialog = admin.page.getByRole("dialog", { name: "Invite somebody" });
    await field(dialog, "Name").fill("ben");
    await dialog.getByRole("button", { name: "Invite", exact: true }).click();
    const link = await admin.page
      .getByRole("alertdialog", { name: "The invitation" })
      .locator("code")
      .textContent();
    const ben = await visit(world, { dark: true }); // in a browser of his own
    await ben.page.goto(link ?? "");
    await field(ben.page, "Password").fill("nine brown owls at dawn");
    await field(ben.page, "Password, again").fill("nine brown owls at dawn");
    assert.deepEqual(await axeFindings(ben.page), []);
    await ben.page.getByRole("button", { name: "Choose this password" }).click();
    await ben.page.getByRole("heading", { name: "Hello, ben" }).waitFor();
    const places = ben.page.getByRole("navigation", { name: "Places" });
    assert.equal(await places.getByRole("link", { name: "People" }).count(), 0);
    await goTo(ben.page, "/users");
    await ben.page.getByRole("alert").waitFor();
    assert.deepEqual(await axeFindings(ben.page), []);
    await inside.close(ben);
    await inside.close(admin);
  });
});
