// From one version to the next: compared as a drawing and line by line, taken on to production after
// its checks, rolled back in one act.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ask, type Inside, openInside } from "./inside.ts";
import { Keys } from "./keys.ts";
import { axeFindings, looksWell, shot } from "./looks.ts";
import { field, goTo, type Visit } from "./world.ts";

interface Node {
  id: string;
  title?: string;
  [member: string]: unknown;
}

/** Two versions of the flow: the first in production, the second in the sandbox. */
async function publishTwo(screen: Visit): Promise<void> {
  const draft = await ask(screen, "POST", "/flows/orders/draft");
  const publish = async (tag: string, message: string, environment: string) => {
    const made = await ask(screen, "POST", "/flows/orders/versions", { message }, tag);
    assert.equal(made.status, 201);
    const where = { version: made.body.version, environment };
    assert.equal((await ask(screen, "POST", "/flows/orders/deployments", where)).status, 201);
  };
  await publish(draft.tag, "as it came", "production");
  const now = await ask(screen, "GET", "/flows/orders/draft");
  const bundle = now.body.bundle as { flow: { nodes: Node[]; edges: { to: string }[] } };
  const [, lines, total] = bundle.flow.nodes;
  if (lines) lines.title = "Each line of it";
  if (total) total.id = "sum";
  bundle.flow.edges.forEach((edge) => {
    if (edge.to === "total") edge.to = "sum";
  });
  const put = await ask(screen, "PUT", "/flows/orders/draft", { bundle }, now.tag);
  assert.equal(put.status, 200, JSON.stringify(put.body));
  await publish(put.tag, "sums", "sandbox");
}

describe("versions and environments", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  test("two versions are compared, one goes on, and is taken back", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    await publishTwo(screen);
    await goTo(page, "/flows/orders/versions");
    await page.getByRole("row", { name: /^v2 sums/ }).click();
    await page.getByRole("group", { name: /^sum,.*added/ }).waitFor();
    await page.getByRole("group", { name: /^total,.*removed/ }).waitFor();
    await page.getByRole("group", { name: /^Each line of it,.*changed/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("tab", { name: /Changes/ }).click();
    await page.getByRole("rowheader", { name: /Step lines/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("tab", { name: "Line by line" }).click();
    await page.getByRole("textbox", { name: "Lines of flow.json" }).waitFor();
    assert.deepEqual(await axeFindings(page), []);

    await goTo(page, "/environments");
    await page.getByRole("button", { name: "On to production" }).click();
    const deploy = page.getByRole("dialog", { name: "Deploy v2" });
    await deploy.getByText("nothing is verified", { exact: false }).waitFor();
    await deploy.getByText(/changes$/).click();
    assert.deepEqual(await axeFindings(page), []);
    await field(deploy, "Message").fill("the sums are right");
    await deploy.getByRole("button", { name: "Deploy" }).click();
    await page.getByText("Version v2 works in production").waitFor();
    await page.getByRole("button", { name: "On to production" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "New environment" }).click();
    const made = page.getByRole("dialog", { name: "New environment" });
    await field(made, "Name").fill("check");
    await made.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "On to check" }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "environments-three");
    const later = page.getByRole("button", { name: "check later on the way" });
    await later.click();
    await page.getByRole("button", { name: "check later on the way", disabled: true }).waitFor();
    const orders = page.getByRole("row", { name: /^orders/i });
    await orders.getByRole("button", { name: "On to check" }).waitFor();

    await goTo(page, "/flows/orders/versions");
    await page.getByRole("button", { name: "Roll back" }).click();
    const back = page.getByRole("dialog", { name: "Roll back" });
    await back.getByRole("button", { name: "Roll back" }).click();
    await page.getByText("Version v1 works in production").waitFor();

    await goTo(page, "/");
    await page.getByText("Went live in this time:").waitFor();
    const plot = page.getByRole("region", { name: "Runs", exact: true });
    await plot.getByText("As a table").click();
    const told = plot.getByRole("table", { name: "Runs" });
    await told.getByRole("cell", { name: /orders 2, production/ }).waitFor();
    await page.locator(".went-live").getByRole("link", { name: "orders 2, production" }).click();
    await page.getByRole("heading", { level: 1, name: "Versions" }).waitFor();
    await inside.close(screen);
  });

  test("many flows: the address says which, and three are paused by keys, of which one is refused", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    const made = await ask(screen, "POST", "/flows", { flow: "aside", name: "Aside" });
    assert.equal(made.status, 201);
    const grid = page.getByRole("grid", { name: "Flows" });
    const count = (rows: number) =>
      page.locator(`[role=grid][aria-rowcount="${rows + 1}"]`).waitFor();
    await count(3);
    await grid.getByRole("button", { name: "Flow" }).click();
    await page.waitForURL(/sort=-name/);
    await page.goto(`${inside.world.url}/flows?state=nowhere&sort=-name`);
    await count(1);
    await grid.getByRole("row", { name: /Aside/ }).waitFor();
    await page.getByRole("searchbox", { name: "Find a flow" }).fill("nothing like it");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await count(3);
    assert.equal(new URL(page.url()).search, "?sort=-name");

    const keys = new Keys(page);
    await grid.focus();
    await keys.press("Home", " ", "j", " ", "j", " ");
    const bar = page.getByRole("toolbar", { name: "Acts on what is chosen" });
    await bar.getByText("3 are chosen").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await shot(page, "flows-chosen");
    await keys.to("Pause", "Shift+Tab");
    await keys.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Pause" });
    await dialog.getByText(/^\d of \d can be$/).waitFor();
    await dialog.getByText("it works nowhere yet").waitFor();
    await looksWell(page, "flows-pause");
    await keys.to("Cancel");
    await keys.press("Tab", "Enter");
    await dialog.getByText(/^\d of \d are done$/).waitFor();
    await dialog.getByText("it works nowhere yet").waitFor();
    await keys.arrived("Close");
    await keys.press("Enter");
    await bar.waitFor({ state: "detached" });
    await page.goto(`${inside.world.url}/flows?state=paused`);
    await count(2);
    await grid.getByRole("row", { name: /Orders of the shop.*Paused/ }).waitFor();
    const acts = [
      { act: "resume", filter: { state: "paused" } },
      { act: "delete", flows: ["aside"] },
    ];
    for (const body of acts) {
      const back = await ask(screen, "POST", "/flows/bulk", body);
      assert.equal(back.body.refused, 0, JSON.stringify(back.body));
    }
    await inside.close(screen);
  });

  test("some flows go on to the next environment, by keys, with what they call", async () => {
    const screen = await inside.open("/flows");
    const { page } = screen;
    const part = {
      weft: 1,
      name: "The part",
      nodes: [{ id: "begin", type: "trigger.call" }],
      edges: [],
    };
    const caller = (name: string) => ({
      weft: 1,
      name,
      nodes: [
        { id: "hook", type: "trigger.webhook", config: { path: name, verify: { type: "none" } } },
        { id: "call", type: "branch.call", config: { flow: "the-part" } },
      ],
      edges: [{ from: "hook", to: "call" }],
    });
    for (const [flow, definition] of [
      ["the-part", part],
      ["first-caller", caller("first-caller")],
      ["second-caller", caller("second-caller")],
    ] as const) {
      const made = await ask(screen, "POST", "/flows", { flow, bundle: { flow: definition } });
      const version = await ask(screen, "POST", `/flows/${flow}/versions`, {}, made.tag);
      const where = { version: version.body.version, environment: "sandbox" };
      const there = await ask(screen, "POST", `/flows/${flow}/deployments`, where);
      assert.equal(there.status, 201, JSON.stringify(there.body));
    }
    await goTo(page, "/environments");
    const keys = new Keys(page);
    await page.getByRole("row", { name: /second-caller/ }).waitFor();
    await keys.to("Flows to the next environment");
    await keys.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Flows to the next environment" });
    await keys.to("first-caller");
    await keys.press("Space");
    await dialog.getByText("Needed by first-caller").waitFor();
    const going = dialog.locator(".promote-going > li");
    assert.deepEqual(await going.locator("strong").allTextContents(), ["The part", "first-caller"]);
    await looksWell(page, "promote", "[role=dialog]");
    await keys.to("Deploy 2 flows");
    await keys.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByText("2 flows work in Production.").waitFor();
    assert.deepEqual(keys.lost, []);
    const live = async (flow: string) =>
      ((await ask(screen, "GET", `/flows/${flow}`)).body.deployments as { environment: string }[])
        .map((one) => one.environment)
        .sort();
    assert.deepEqual(await live("the-part"), ["production", "sandbox"]);
    assert.deepEqual(await live("second-caller"), ["sandbox"]);
    await inside.close(screen);
  });

  test("an environment is renamed, and removed when nothing works in it", async () => {
    const screen = await inside.open("/environments");
    const { page } = screen;
    assert.equal((await ask(screen, "PUT", "/environments/stage", { title: "Stage" })).status, 200);
    await page.reload();
    await page.getByRole("button", { name: "Rename Stage" }).click();
    const rename = page.getByRole("dialog", { name: "Rename Stage" });
    await field(rename, "Title").fill("Rehearsal");
    await rename.getByRole("button", { name: "Save" }).click();
    await rename.waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "Rehearsal", exact: true }).waitFor();
    await looksWell(page, "environments-renamed");
    const remove = page.getByRole("button", { name: "Remove Rehearsal" });
    await remove.click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page
      .getByRole("heading", { name: "Rehearsal", exact: true })
      .waitFor({ state: "detached" });
    await inside.close(screen);
  });
});

/** A template of one's own, as it is in the data directory. */
function writeTemplate(data: string, from: string, fee: string): void {
  const flow = {
    weft: 1,
    name: "Shop orders",
    nodes: [
      { id: "order", type: "trigger.manual" },
      { id: "entry", type: "transform.map", config: { fields: [{ to: "amount", from }] } },
    ],
    edges: [{ from: "order", to: "entry" }],
  };
  const files = { "flow.json": JSON.stringify(flow), "rules/fee.lua": fee };
  for (const [name, text] of Object.entries(files)) {
    const file = join(data, "templates", "shop-orders", name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text);
  }
}

describe("a template that has changed", () => {
  let inside: Inside;
  let data = "";
  before(async () => {
    inside = await openInside({
      fill: (folder) => {
        data = folder;
        writeTemplate(data, "=trigger.body.total", "return { of = 1 }");
      },
    });
  });
  after(() => inside.stop());

  test("comes into the draft, beside what was changed here", async () => {
    const begun = await inside.open("/flows");
    const made = await ask(begun, "POST", "/templates/shop-orders/instantiate", { flow: "web" });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const patch = [
      { op: "replace", path: "/flow/nodes/1/config/fields/0/from", value: "=trigger.body.net" },
    ];
    const mine = await ask(begun, "PATCH", "/flows/web/draft", { patch }, made.tag);
    assert.equal(mine.status, 200, JSON.stringify(mine.body));
    await inside.close(begun); // a window would complain of the program that is gone
    await inside.world.kill();
    writeTemplate(data, "=trigger.body.gross", "return { of = 2 }");
    await inside.world.again();

    const screen = await inside.open("/flows");
    const { page } = screen;
    await page.getByRole("row", { name: /Shop orders Template changed/ }).waitFor();
    await goTo(page, "/flows/web/versions");
    await page.getByRole("button", { name: "Template's changes" }).click();
    const dialog = page.getByRole("dialog", { name: "What the template has become" });
    await dialog.getByRole("rowheader", { name: /Rule fee/ }).waitFor();
    await dialog.getByRole("rowheader", { name: /Mapping of entry: amount/ }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    const take = dialog.getByRole("button", { name: "Into the draft" });
    assert.equal(await take.getAttribute("aria-disabled"), "true", "one place is not decided");
    await dialog.getByRole("button", { name: /What shall stand at/ }).click();
    await page.getByRole("option", { name: "Take the template's" }).click();
    await take.click();
    await page.getByText("The template's changes are in the draft.").waitFor();
    const draft = await ask(screen, "GET", "/flows/web/draft");
    const bundle = JSON.stringify(draft.body.bundle);
    assert.match(bundle, /=trigger\.body\.gross.*return \{ of = 2 \}/);
    await inside.close(screen);
  });
});
