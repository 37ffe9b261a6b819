// An administrator's day: a rule and a channel made, tried, fired and taken in hand; a connection
// that gets its consent, is tried, halted and used again; a setting changed and found in the audit.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Route } from "playwright-core";
import { ask, goLive, type Inside, openInside } from "./inside.ts";
import { axeFindings, shot } from "./looks.ts";
import { openPeer, type Peer } from "./peer.ts";
import { field, goTo, send, type Visit, type World } from "./world.ts";

/** A flow that calls the peer, which wants a person's consent. */
const shipments = (peer: string) => ({
  flow: {
    weft: 1,
    name: "Shipments",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "ship", verify: { type: "none" } } },
      {
        id: "call",
        type: "connector.http",
        connection: "shop",
        config: { method: "GET", path: "/orders" },
      },
    ],
    edges: [{ from: "hook", to: "call" }],
  },
  connections: {
    weft: 1,
    connections: {
      shop: {
        connector: "http",
        base_url: peer,
        auth: {
          type: "oauth2_authorization_code",
          authorize_url: `${peer}/consent`,
          token_url: `${peer}/token`,
          client_id: "weft",
        },
        limits: { requests: 60, per: "1m" },
      },
    },
  },
});

async function makeShipments(screen: Visit, peer: Peer): Promise<void> {
  const body = { weft: "flow/1", flow: "shipments", bundle: shipments(peer.url) };
  const made = await ask(screen, "POST", "/flows/import", body);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await goLive(screen, "shipments", made.tag);
}

describe("administration", () => {
  let inside: Inside;
  let world: World;
  let peer: Peer;
  before(async () => {
    inside = await openInside({ env: { WEFT_EGRESS_ALLOW: "127.0.0.1" } });
    world = inside.world;
    peer = await openPeer();
  });
  after(async () => {
    peer.stop();
    await inside.stop();
  });

  test("a rule is made with its channel, fires, and is taken in hand", async () => {
    const screen = await inside.open("/alerts?tab=channels");
    const { page } = screen;
    await page.getByRole("button", { name: "New channel" }).click();
    const channel = page.getByRole("dialog", { name: "New channel" });
    await field(channel, "Title").fill("The desk");
    await channel.getByRole("button", { name: /How/ }).click();
    await page.getByRole("option", { name: "Webhook" }).click();
    await field(channel, "Address").fill(`${peer.url}/notices`);
    await field(channel, "Key that signs").fill("canary-key");
    assert.deepEqual(await axeFindings(page), []);
    await channel.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "What can be done with The desk" }).click();
    await page.getByRole("menuitem", { name: "Send a test" }).click();
    await page.getByText("The other side has taken it").waitFor();
    assert.equal(peer.notices.length, 1);
    await page.keyboard.press("Escape");

    await page.getByRole("tab", { name: "Rules" }).click();
    await page.keyboard.press("n");
    const rule = page.getByRole("dialog", { name: "New rule" });
    await field(rule, "Title").fill("Orders fail");
    await rule.getByRole("button", { name: /What is looked at/ }).click();
    await page.getByRole("option", { name: "Number of runs or events" }).click();
    await field(rule, "Fires at more or fewer than").fill("0");
    await rule.getByText("The desk").click();
    assert.deepEqual(await axeFindings(page), []);
    await rule.getByRole("button", { name: "Save" }).click();
    await page.getByRole("row", { name: /Well Orders fail/ }).waitFor();

    await page.getByRole("tab", { name: "Alerts" }).click();
    await send(world, "orders", '{"id": "SO-2", "lines": [{"count": 1}]}');
    await page.getByRole("row", { name: /Warning.*Firing/ }).click();
    const alert = page.getByRole("dialog", { name: "Orders fail" });
    assert.deepEqual(await axeFindings(page), []);
    await alert.getByRole("button", { name: "Take it in hand" }).click();
    const taking = page.getByRole("dialog", { name: "Take it in hand" });
    await field(taking, "Note").fill("I look after it");
    await taking.getByRole("button", { name: "Take it in hand" }).click();
    await page.getByRole("row", { name: /In hand/ }).waitFor();
    await goTo(page, "/alerts?group=rule");
    await page.getByRole("row", { name: /Warning Orders fail 1/ }).click();
    await page.getByRole("row", { name: /In hand/ }).click();
    await page.getByText("I look after it").waitFor();
    while (peer.notices.length < 2) await page.waitForTimeout(50);
    assert.equal(peer.notices.length, 2);
    await inside.close(screen);
  });

  test("what somebody else has changed meanwhile is read in place, and what was typed is kept", async () => {
    const screen = await inside.open("/settings");
    const { page } = screen;
    const rule = { title: "Many fail", kind: "count", metric: "runs.failed", above: 50 };
    const made = await ask(screen, "PUT", "/alert-rules/many-fail", rule);
    assert.ok(made.status < 300, JSON.stringify(made.body));
    await goTo(page, "/alerts?tab=rules");
    await page.getByRole("button", { name: "What can be done with Many fail" }).click();
    await page.getByRole("menuitem", { name: "Change", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await field(dialog, "Title").fill("Very many fail");
    const tag = `"${made.body.revision}"`;
    const theirs = await ask(screen, "PUT", "/alert-rules/many-fail", { ...rule, above: 70 }, tag);
    assert.ok(theirs.status < 300, JSON.stringify(theirs.body));
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("button", { name: /^Read it anew/ }).click();
    await dialog.getByRole("status").getByText("what you have typed is kept").waitFor();
    assert.equal(await field(dialog, "Title").inputValue(), "Very many fail");
    assert.equal(await field(dialog, "Fires at more or fewer than").inputValue(), "70");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    const { body } = await ask(screen, "GET", "/alert-rules/many-fail");
    assert.deepEqual([body.title, body.above], ["Very many fail", 70]);
    await inside.close(screen);
  });

  test("a group is made, is changed by two at once, and removed", async () => {
    const screen = await inside.open("/users?tab=groups");
    const { page } = screen;
    for (const name of ["ben", "carla"])
      await ask(screen, "POST", "/users", { name, roles: { main: "operator" } });
    await page.getByRole("button", { name: "New group" }).click();
    const made = page.getByRole("dialog", { name: "New group" });
    await field(made, "Name").fill("sales");
    await made.getByRole("checkbox", { name: /^ben Operator/ }).check({ force: true });
    assert.deepEqual(await axeFindings(page), []);
    await made.getByRole("button", { name: "Save" }).click();
    await made.waitFor({ state: "detached" });
    await page.getByRole("row", { name: /^sales ben/ }).waitFor();

    // The set-up of a flow leads there by this address.
    await goTo(page, "/users?tab=groups&group=sales");
    const dialog = page.getByRole("dialog", { name: "Change sales" });
    await field(dialog, "Title").fill("Sales");
    const { tag } = await ask(screen, "GET", "/groups/sales");
    const theirs = await ask(screen, "PUT", "/groups/sales", { members: ["ben", "carla"] }, tag);
    assert.equal(theirs.status, 200, JSON.stringify(theirs.body));
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("button", { name: /^Read it anew/ }).click();
    await dialog.getByRole("status").getByText("what you have typed is kept").waitFor();
    assert.ok(await dialog.getByRole("checkbox", { name: /^carla Operator/ }).isChecked());
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("row", { name: /^Sales sales ben, carla/ }).waitFor();
    await dialog.waitFor({ state: "detached" });

    await page.getByRole("button", { name: "What can be done with sales" }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    const sure = page.getByRole("alertdialog", { name: "Remove Sales" });
    await sure.getByText("No live flow asks it.").waitFor();
    await sure.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("No group is here yet").waitFor();
    await inside.close(screen);
  });

  test("a consent that does not come: each way has its words, and leads back to the connection", async () => {
    const screen = await inside.open("/connections");
    const { page } = screen;
    await makeShipments(screen, peer);
    await page.reload();
    const shop = page.getByRole("dialog", { name: "shop" });
    const asks = async (says: Peer["says"], words: RegExp): Promise<void> => {
      peer.says = says;
      await shop.getByRole("button", { name: "Give consent" }).click();
      await page.getByRole("button", { name: "Go there" }).click();
      await page.getByRole("heading", { level: 1, name: "Consent" }).waitFor();
      await page.locator("main").filter({ hasText: words }).waitFor();
      const text = (await page.locator("main").textContent()) ?? "";
      assert.doesNotMatch(text, /administrator|It may pass|Weft could not/, says);
      assert.equal(new URL(page.url()).search, "", "nothing of the answer stays in the address");
      assert.deepEqual(await axeFindings(page), []);
      await shot(page, `consent-${says}`);
    };
    const missing = shop.getByText("Consent is missing");
    const again = async (): Promise<void> => {
      await page.getByRole("link", { name: /^Nothing was kept\. Begin again/ }).click();
      await missing.waitFor();
    };
    await page.getByRole("row", { name: /shop.*Consent is missing/ }).click();
    await asks("no", /The other system refused.*shop: consent was not given: access_denied/s);
    await again();
    await asks("a code that is none", /The other system refused.*invalid_grant/s);
    await again();
    await asks("another's state", /not asked for in this window/);
    await page.getByRole("link", { name: "To the connections" }).click();
    await page.getByRole("row", { name: /shop.*Consent is missing/ }).click();

    // Its time was over before the answer came.
    const used = async (route: Route): Promise<void> => {
      const { state } = route.request().postDataJSON() as { state: string };
      await ask(screen, "POST", "/connections/authorized", { state, error: "access_denied" });
      await route.continue();
    };
    await page.route("**/connections/authorized", used, { times: 1 });
    await asks("yes", /no longer there.*begun more than ten minutes ago/s);
    await again();
    screen.complaints.splice(0); // the refusals that were asked for
    await inside.close(screen);
  });

  test("a connection gets a consent, is tried, halted and used again", async () => {
    const screen = await inside.open("/connections");
    const { page } = screen;
    peer.says = "yes";
    await page.getByRole("row", { name: /shop.*Consent is missing/ }).click();
    const shop = page.getByRole("dialog", { name: "shop" });
    await shop.getByText("60 calls in 1 min").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await shop.getByRole("button", { name: "Give consent" }).click();
    const consent = page.getByRole("dialog", { name: "Consent for shop" });
    await consent.getByText(peer.url).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await consent.getByRole("button", { name: "Go there" }).click();
    await page.getByText("Consent is given").waitFor();
    assert.equal(new URL(page.url()).search, "");
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("link", { name: "To the connections" }).click();

    const act = async (name: string) => {
      await page.getByRole("button", { name: "What can be done with shop" }).click();
      await page.getByRole("menuitem", { name, exact: true }).click();
    };
    await act("Test");
    await page.getByText("It works", { exact: true }).waitFor();
    assert.deepEqual(peer.calls, ["Bearer T1"]);
    await page.keyboard.press("Escape");
    await act("Halt");
    await field(page, "Reason").fill("the shop is restored");
    await page.getByRole("button", { name: "Halt" }).click();
    await page.getByRole("row", { name: /shop Halted.*the shop is restored/ }).waitFor();
    await act("Use again");
    await field(page, "Reason").fill("it is back");
    await page.getByRole("button", { name: "Use again" }).click();
    await page.getByRole("row", { name: /shop Open/ }).waitFor();
    await inside.close(screen);
  });

  test("a sign-in that the system refuses is called so wherever the connection stands", async () => {
    const screen = await inside.open("/connections");
    const { page } = screen;
    peer.knows = "none";
    const event = await fetch(`${world.url}/hooks/main/production/ship`, { method: "POST" });
    assert.equal(event.status, 202);
    await page.getByRole("row", { name: /shop Sign-in refused/ }).waitFor();
    const refused = page
      .locator("li", { hasText: "main/production/shipments/shop" })
      .filter({ hasText: "Sign-in refused" });
    for (const path of ["/", "/?wall=1"]) {
      await goTo(page, path);
      await refused.waitFor();
      assert.equal(await page.getByText("Halted", { exact: true }).count(), 0, path);
    }
    await inside.close(screen);
  });

  test("an answer that this window has not asked for is not sent on", async () => {
    const screen = await inside.open("/connections/callback?state=theirs&code=theirs");
    await screen.page.getByText("not asked for in this window", { exact: false }).waitFor();
    await inside.close(screen);
  });

  test("a setting that is changed stands in the audit, which is whole", async () => {
    const screen = await inside.open("/administration");
    const { page } = screen;
    await field(page, "Days that ended runs are kept").fill("400");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Kept; it works from now on.").waitFor();
    await page.getByText("Set by people").waitFor();
    await goTo(page, "/audit?what=setting.change");
    await page.getByRole("row", { name: /anna Setting changed/ }).click();
    await page.getByRole("row", { name: /retention_days.*400/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox", { name: "Words of the object" }).fill("nothing has this");
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await page.getByRole("gridcell", { name: "Audit looked at" }).first().waitFor();
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page.getByText("It is whole, and as it was written").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("Escape");
    const file = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Export" }).click();
    assert.match((await file).suggestedFilename(), /^audit-.*\.ndjson$/);
    await inside.close(screen);
  });

  test("a backup is made as a job, and removed", async () => {
    const screen = await inside.open("/administration?tab=backups", { width: 390 });
    const { page } = screen;
    await page.getByRole("button", { name: "Make one now" }).click();
    await page.getByRole("dialog").getByText("Done", { exact: true }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /Remove weft-/ }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page.getByRole("heading", { name: "No backups yet" }).waitFor();
    await page.getByRole("tab", { name: "Jobs" }).click();
    await page.getByRole("row", { name: /Done Backup/ }).click();
    await page.getByText("weft-", { exact: false }).waitFor();
    await inside.close(screen);
  });

  test("p pauses the flow of the row, and the note takes it back", async () => {
    const screen = await inside.open("/flows?q=shipments");
    const { page } = screen;
    const row = page.getByRole("row", { name: /shipments/i });
    await row.getByText("production").waitFor();
    await page.getByRole("grid", { name: "Flows" }).focus();
    await page.keyboard.press("p");
    await row.getByText("Paused").waitFor();
    const note = page.locator(".toast", { hasText: "no new runs begin" });
    await note.getByRole("button", { name: "Resume in production" }).click();
    await row.getByText("Paused").waitFor({ state: "detached" });
    await inside.close(screen);
  });
});
