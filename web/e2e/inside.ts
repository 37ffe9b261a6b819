// A world in which somebody is signed in: each test begins at a screen, not at the door. How the door
// itself opens is what door.test.ts and setup.test.ts see; here nobody waits for it.
import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import {
  openContext,
  openWindow,
  openWorld,
  password,
  type Visit,
  type Window,
  type World,
  type WorldOptions,
} from "./world.ts";

export interface Inside {
  world: World;
  /** A window that has not gone anywhere yet, in a browser of its own, signed in as the administrator anna. */
  blank: (options?: Window) => Promise<Visit>;
  /** One at this address, in the browser that anna has all day: what it has loaded is there, and her
   * windows know of each other. */
  open: (path: string, options?: Window) => Promise<Visit>;
  /** Closes a window of anna, or the whole browser of somebody else; fails for what it has complained of.
   * What was chosen in the window is forgotten. */
  close: (screen: Visit) => Promise<void>;
  stop: () => Promise<void>;
}

type Entry =
  | { path: "first" | "invitation"; body: { token: string; name?: string; password: string } }
  | { path: "session"; body: { name: string; password: string } };

/** Whoever comes in like that has the session in this browser then. */
async function enter(world: World, context: BrowserContext, { path, body }: Entry): Promise<void> {
  const answer = await fetch(`${world.url}/api/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
  const cookies = answer.headers.getSetCookie().map((one) => {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
    return { name, value, url: world.url, httpOnly: true, sameSite: "Strict" as const };
  });
  await context.addCookies(cookies);
}

/** What stands behind the # of an address that lets somebody in. */
const tokenOf = (address: string): string => address.slice(address.indexOf("#") + 1);

async function stand(world: World, screen: Visit, path: string): Promise<Visit> {
  await screen.page.goto(world.url + path);
  await screen.page.getByRole("navigation", { name: "Places" }).waitFor();
  return screen;
}

export async function openInside(options: WorldOptions = {}): Promise<Inside> {
  const world = await openWorld(options);
  const home = await openContext(world);
  const token = tokenOf(world.first);
  await enter(world, home, { path: "first", body: { token, name: "anna", password } });
  const blank: Inside["blank"] = async (options = {}) => {
    const context = await openContext(world);
    await context.addCookies(await home.cookies());
    return openWindow(context, options);
  };
  return {
    world,
    blank,
    open: async (path, options = {}) => stand(world, await openWindow(home, options), path),
    close: async ({ complaints, context, page }) => {
      assert.deepEqual(complaints, []);
      // What a test answers itself may be under way: its window goes, and nobody waits for it.
      await page.unrouteAll({ behavior: "ignoreErrors" });
      if (context !== home) return context.close();
      await page.evaluate(() => localStorage.clear());
      await page.close();
    },
    stop: world.stop,
  };
}

/** A browser in which anna has a session of its own: what ends it ends no other. */
export async function openOwn({ world }: Inside, path = "/"): Promise<Visit> {
  const context = await openContext(world);
  await enter(world, context, { path: "session", body: { name: "anna", password } });
  return stand(world, await openWindow(context), path);
}

/** A publication of the flow's draft, which works in production then. */
export async function goLive(screen: Visit, flow: string, tag: string): Promise<void> {
  const path = `/flows/${flow}`;
  const made = await ask(screen, "POST", `${path}/versions`, { message: "as it came" }, tag);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const where = { version: made.body.version, environment: "production" };
  const live = await ask(screen, "POST", `${path}/deployments`, where);
  assert.equal(live.status, 201, JSON.stringify(live.body));
}

/** Somebody with this role, in a browser of their own; anna, whose screen it is, invites them. */
export async function openAs(
  { world }: Inside,
  admin: Visit,
  name: string,
  role: string,
  path = "/",
): Promise<Visit> {
  const made = await ask(admin, "POST", "/users", { name, roles: { main: role } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { token } = made.body.invitation as { token: string };
  const context = await openContext(world);
  await enter(world, context, { path: "invitation", body: { token, password } });
  return stand(world, await openWindow(context), path);
}

/** What the program answers a screen's own session, for what a test wants to be there. */
export async function ask(
  { page }: Pick<Visit, "page">,
  method: string,
  path: string,
  body: unknown = {},
  ifMatch = "",
): Promise<{ status: number; tag: string; body: Record<string, unknown> }> {
  return page.evaluate(
    async ([method, path, body, ifMatch]) => {
      const session = (await (await fetch("/api/v1/session")).json()) as { csrf: string };
      const response = await fetch(`/api/v1${path}`, {
        method: method as string,
        headers: {
          "Content-Type": "application/json",
          "Idempotency-Key": crypto.randomUUID(),
          "X-CSRF": session.csrf,
          ...(ifMatch ? { "If-Match": ifMatch as string } : {}),
        },
        ...(method === "GET" || method === "DELETE" ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
      return { status: response.status, tag: response.headers.get("ETag") ?? "", body: answer };
    },
    [method, path, body, ifMatch] as const,
  );
}

export interface Asked {
  method: string;
  path: string;
  body?: unknown;
  match?: number;
}

/** The same, where nothing but a good answer will do. */
export async function answerTo<T>(page: Page, { method, path, body, match }: Asked): Promise<T> {
  const tag = match === undefined ? "" : `"${match}"`;
  const answer = await ask({ page }, method, path, body, tag);
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.body as T;
}
