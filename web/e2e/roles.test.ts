// Every role at every screen that it may see: nothing is asked that the program refuses, and what the
// role may not do is absent or greyed with its reason, before anybody has filled a form. Which role
// may do what is the program's own word (GET /session).
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type Inside, openAs, openInside } from "./inside.ts";
import { goTo, settled } from "./world.ts";

const ROLES = [
  "admin",
  "integrator",
  "consultant",
  "operator",
  "approver",
  "auditor",
  "customer",
  "viewer",
];

/** A screen, what it needs to be read, and its acts with what they need. */
const SCREENS: [path: string, reads: string, acts: [button: string, permission: string][]][] = [
  ["/", "runs.read", []],
  [
    "/flows",
    "flows.read",
    [
      ["New flow", "flows.write"],
      ["Import", "flows.write"],
    ],
  ],
  ["/flows/orders", "flows.read", [["Publish", "rules.publish"]]],
  ["/flows/orders/rules", "flows.read", [["New module", "rules.write"]]],
  [
    "/flows/orders/versions",
    "flows.read",
    [
      ["Deploy", "rules.publish"],
      ["Begin a draft from it", "flows.write"],
    ],
  ],
  ["/flows/orders/setup", "flows.read", []],
  ["/environments", "flows.read", [["Pause in production", "runs.act"]]],
  ["/runs", "runs.read", []],
  ["/exceptions", "exceptions.read", []],
  ["/settlements", "payloads.read", []],
  ["/alerts", "alerts.read", []],
  ["/alerts?tab=rules", "alerts.read", [["New rule", "alerts.write"]]],
  ["/alerts?tab=channels", "alerts.read", [["New channel", "alerts.write"]]],
  ["/connections?tab=shared", "connections.read", [["New connection", "connections.write"]]],
  ["/connections?tab=secrets", "connections.read", [["New secret", "secrets.write"]]],
  ["/users", "users.manage", [["Invite somebody", "users.manage"]]],
  ["/users?tab=groups", "flows.read", [["New group", "users.manage"]]],
  ["/audit", "audit.read", [["Export", "audit.read"]]],
  ["/administration", "runs.read", []],
  ["/settings?tab=tokens", "runs.read", []],
];

describe("roles", () => {
  let inside: Inside;
  before(async () => {
    inside = await openInside();
  });
  after(() => inside.stop());

  for (const role of ROLES) {
    test(`${role}: what may not be done is greyed or absent, and no screen asks what is refused`, async () => {
      const anna = await inside.open("/settings");
      const one = role === "admin" ? anna : await openAs(inside, anna, `some-${role}`, role);
      const { page } = one;
      const session = await ask(one, "GET", "/session");
      const may = new Set(session.body.permissions as string[]);
      const refused: string[] = [];
      page.on("response", (answer) => {
        if (answer.status() === 403) refused.push(new URL(answer.url()).pathname);
      });
      for (const [path, reads, acts] of SCREENS) {
        await goTo(page, path);
        await page.getByRole("heading", { level: 1 }).first().waitFor();
        await settled(page);
        if (may.has(reads)) assert.deepEqual(refused, [], `${role} at ${path}`);
        refused.length = 0;
        for (const [name, permission] of acts) {
          const button = page.getByRole("button", { name, exact: true }).first();
          if (may.has(permission)) {
            await button.waitFor();
            assert.ok(await button.isEnabled(), `${role} may "${name}" at ${path}`);
          } else if ((await button.count()) > 0) {
            assert.ok(await button.isDisabled(), `${role} may not "${name}" at ${path}`);
          }
        }
      }
      if (one !== anna) await inside.close(one);
      await inside.close(anna);
    });
  }

  test("what may not be done says who may: people of the workspace, or else the roles", async () => {
    const anna = await inside.open("/settings");
    const vera = await openAs(inside, anna, "vera", "viewer", "/flows");
    const { page } = vera;
    await page.keyboard.press("Tab"); // a tip comes to who goes by keys
    await page.getByRole("button", { name: "New flow", exact: true }).first().focus();
    const tip = page.getByRole("tooltip");
    await tip.getByText(/permission flows\.write here\. Ask .*anna/).waitFor();
    const { body } = await ask(vera, "GET", "/session");
    const others = body.others as Record<string, { roles: string[]; people: string[] }>;
    assert.deepEqual(others["payloads.reveal"]?.roles, ["operator"]);
    assert.equal(others["runs.read"], undefined, "what one may is not asked of others");
    await inside.close(vera);
    await inside.close(anna);
  });
});
