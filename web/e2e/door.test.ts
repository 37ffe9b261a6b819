// The way in: the first administrator, sign-in and its refusals, and a session that ends while
// somebody works.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { axeFindings } from "./looks.ts";
import { field, makeFirst, openWorld, password, signIn, visit, type World } from "./world.ts";

describe("the door", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.stop());

  test("the console's address makes the first administrator, once", async () => {
    const door = await visit(world);
    await door.page.goto(world.first);
    await field(door.page, "One-time token").waitFor();
    assert.deepEqual(await axeFindings(door.page), []);
    await makeFirst(world, door);
    assert.equal(new URL(door.page.url()).hash, "", "the token is gone from the address");
    await door.page.getByRole("heading", { level: 1, name: "Hello, anna" }).waitFor();
    const other = await visit(world);
    await other.page.goto(world.first);
    await other.page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.deepEqual([...door.complaints, ...other.complaints], []);
    await door.context.close();
    await other.context.close();
  });

  test("a wrong password is refused in words, the right one lets in", async () => {
    const door = await visit(world, { dark: true });
    const { page } = door;
    await page.goto(world.url);
    await field(page, "Name").fill("anna");
    await field(page, "Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await field(page, "Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Places" }).waitFor();
    assert.deepEqual(door.complaints, []);
    await door.context.close();
  });

  test("a session that ends in the middle leaves the screen and goes on", async () => {
    const door = await visit(world);
    const { page } = door;
    await signIn(world, door);
    await page.goto(`${world.url}/flows`);
    await page.getByRole("button", { name: "New flow" }).first().click();
    await field(page, "Name").fill("Payments of the night");
    await door.context.clearCookies();
    await page.getByRole("button", { name: "Make flow" }).click();
    const dialog = page.getByRole("alertdialog", { name: "Your session has ended" });
    await dialog.waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await field(dialog, "Password").fill(password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/flows/payments-of-the-night");
    assert.deepEqual(door.complaints, []);
    await door.context.close();
  });

  test("after signing out nothing is left to see", async () => {
    const door = await visit(world);
    const { page } = door;
    await signIn(world, door);
    await page.getByRole("button", { name: /Account/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.goto(`${world.url}/users`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.equal(await page.getByRole("navigation").count(), 0);
    assert.deepEqual(door.complaints, []);
    await door.context.close();
  });
});
