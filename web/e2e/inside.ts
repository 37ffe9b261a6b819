// A world in which somebody is signed in: each test begins at a screen, not at the door.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import {
  field,
  makeFirst,
  openWorld,
  password,
  type Visit,
  visit,
  type World,
  type WorldOptions,
} from "./world.ts";

export interface Inside {
  world: World;
  /** A new window that has not gone anywhere yet, signed in as the administrator anna. */
  blank: (options?: { dark?: boolean; width?: number }) => Promise<Visit>;
  /** The same at this address. */
  open: (path: string, options?: { dark?: boolean; width?: number }) => Promise<Visit>;
  /** Closes a window; fails for what the browser has complained of. */
  close: (screen: Visit) => Promise<void>;
  stop: () => Promise<void>;
}

export async function openInside(options: WorldOptions = {}): Promise<Inside> {
  const world = await openWorld(options);
  const first = await visit(world);
  await makeFirst(world, first);
  const { cookies } = await first.context.storageState();
  await first.context.close();
  const blank: Inside["blank"] = async (options = {}) => {
    const screen = await visit(world, options);
    await screen.context.addCookies(cookies);
    return screen;
  };
  return {
    world,
    blank,
    open: async (path, options = {}) => {
      const screen = await blank(options);
      await screen.page.goto(world.url + path);
      await screen.page.getByRole("navigation", { name: "Places" }).waitFor();
      return screen;
    },
    close: async ({ complaints, context }) => {
      assert.deepEqual(complaints, []);
      await context.close();
    },
    stop: world.stop,
  };
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

/** Somebody with this role, in a window of their own; anna, whose screen it is, invites them. */
export async function openAs(
  inside: Inside,
  admin: Visit,
  name: string,
  role: string,
): Promise<Visit> {
  const made = await ask(admin, "POST", "/users", { name, roles: { main: role } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const one = await visit(inside.world);
  const { path } = made.body.invitation as { path: string };
  await one.page.goto(inside.world.url + path);
  await field(one.page, "Password").fill(password);
  await field(one.page, "Password, again").fill(password);
  await one.page.getByRole("button", { name: "Choose this password" }).click();
  await one.page.getByRole("heading", { name: `Hello, ${name}` }).waitFor();
  return one;
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
