// A world in which somebody is signed in: each test begins at a screen, not at the door.
import assert from "node:assert/strict";
import { makeFirst, openWorld, type Visit, visit, type World, type WorldOptions } from "./world.ts";

export interface Inside {
  world: World;
  /** A new window at this address, signed in as the administrator anna. */
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
  return {
    world,
    open: async (path, options = {}) => {
      const screen = await visit(world, options);
      await screen.context.addCookies(cookies);
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

/** What the program answers a screen's own session, for what a test wants to be there. */
export async function ask(
  { page }: Visit,
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
        ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
      return { status: response.status, tag: response.headers.get("ETag") ?? "", body: answer };
    },
    [method, path, body, ifMatch] as const,
  );
}
