// The real program with a fresh store, and a real browser before it. Whatever the browser reports
// as an error or as a breach of the content security policy fails the test that caused it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
  type Request,
} from "playwright-core";

export const WEFT = process.env.WEFT ?? resolve(import.meta.dirname, "../../build/weft");
const READY_MS = 60_000;
const SETTLED_MS = 60_000;
/** How many times slower a page's own thread is made, for tests of the tests. */
const SLOW = Number(process.env.SLOW ?? 1);

export const password = "seven grey herons at noon";

export interface World {
  url: string;
  /** The address at which the first administrator is made. */
  first: string;
  browser: Browser;
  /** Ends the program as a power cut does. */
  kill: () => Promise<void>;
  /** Starts it again, with the same store at the same address. */
  again: () => Promise<void>;
  stop: () => Promise<void>;
}

interface Started {
  process: ChildProcess;
  url: string;
  first: string;
}

/** A flow that adds up what comes in, and fails where a line has no price. */
const orders = {
  weft: 1,
  name: "Orders of the shop",
  settings: { dedupe: "=trigger.body.id" },
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "orders", verify: { type: "none" } } },
    {
      id: "lines",
      title: "Each line",
      type: "branch.foreach",
      config: {
        items: "=trigger.body.lines",
        body: {
          nodes: [
            {
              id: "price",
              type: "transform.map",
              config: { fields: [{ to: "sum", from: "=item.price * item.count" }] },
            },
          ],
          edges: [],
        },
        collect: "=steps.price.sum",
      },
    },
    {
      id: "total",
      type: "transform.map",
      config: {
        fields: [
          { to: "order", from: "=trigger.body.id" },
          { to: "lines", from: "=steps.lines" },
        ],
      },
    },
  ],
  edges: [
    { from: "hook", to: "lines" },
    { from: "lines", to: "total" },
  ],
};

/** A flow that asks a person which invoice a payment belongs to; two of them above 1,000. */
const match = {
  weft: 1,
  name: "Payments to match",
  settings: { order_by: "=trigger.body.customer or trigger.body.id" },
  nodes: [
    { id: "hook", type: "trigger.webhook", config: { path: "payments", verify: { type: "none" } } },
    {
      id: "which",
      type: "branch.review",
      config: {
        title: "='Match payment ' .. trigger.body.id",
        ports: [{ port: "post" }, { port: "reject" }],
        data: "={ payment = trigger.body, candidates = trigger.body.invoices }",
        form: {
          type: "object",
          properties: { invoice: { type: "string", minLength: 1 } },
          required: ["invoice"],
        },
        four_eyes_above: { amount: "1000.00", value: "=trigger.body.amount" },
      },
    },
  ],
  edges: [{ from: "hook", to: "which" }],
};

function writeFlows(data: string): string {
  const folder = join(data, "flows");
  for (const [name, flow] of Object.entries({ orders, match })) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "flow.json"), JSON.stringify(flow));
  }
  return folder;
}

/** An order or a payment comes in; its text as it stands. */
export async function send(world: World, path: "orders" | "payments", text: string): Promise<void> {
  const response = await fetch(`${world.url}/hooks/main/production/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: text,
  });
  assert.equal(response.status, 202, await response.text());
}

export interface WorldOptions {
  env?: Record<string, string>;
  /** Puts more flows into the folder, before the program starts. */
  flows?: (folder: string) => void;
  /** Puts something into the store's folder, before the program has made a store of its own. */
  fill?: (folder: string) => void;
}

/** What a test has begun and not ended, as one that fails in between, ends with it: the runner would
 * wait for it until the time of the whole file is over. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const one of running) one.kill("SIGKILL");
});

/** On a store where somebody is known already no address for the first one is told. */
function start(
  data: string,
  more: WorldOptions,
  listen = "127.0.0.1:0",
  isNew = true,
): Promise<Started> {
  assert.ok(existsSync(WEFT), `${WEFT} is not built: ./run --build-only`);
  const flows = writeFlows(data);
  more.flows?.(flows);
  const options = ["--data", join(data, "store"), "--listen", listen, "--flows", flows];
  const child = spawn(WEFT, ["serve", ...options], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...more.env },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return new Promise((done, fail) => {
    const lines: string[] = [];
    const timer = setTimeout(
      () => fail(new Error(`weft is not ready:\n${lines.join("\n")}`)),
      READY_MS,
    );
    let url = "";
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      url ||= /^weft: listening on (\S+)/.exec(line)?.[1] ?? "";
      const path = isNew ? /http\S+(\/first#\S+)/.exec(line)?.[1] : "";
      if (path === undefined || url === "") return;
      clearTimeout(timer);
      done({ process: child, url, first: url + path });
    });
    child.once("exit", (code) =>
      fail(new Error(`weft has ended with ${code}:\n${lines.join("\n")}`)),
    );
  });
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const data = mkdtempSync(join(tmpdir(), "weft-browser-"));
  if (options.fill) {
    mkdirSync(join(data, "store"), { mode: 0o700 });
    options.fill(join(data, "store"));
  }
  let weft = await start(data, options);
  const browser = await openBrowser();
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    const ended = new Promise((done) => weft.process.once("exit", done));
    weft.process.kill(signal);
    await ended;
  };
  return {
    url: weft.url,
    first: weft.first,
    browser,
    kill: () => end("SIGKILL"),
    again: async () => {
      weft = await start(data, options, new URL(weft.url).host, false);
    },
    stop: async () => {
      await browser.close();
      await end("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** What the browser has complained of. */
  complaints: string[];
}

export interface Window {
  dark?: boolean;
  width?: number;
}

/** A refusal that a test asks for is told in the console, too; 408 is a machine under load. */
const EXPECTED =
  /Failed to load resource: the server responded with a status of (401|403|404|408|409)/;

/** A person's browser, with nothing in it yet: what its windows share is nobody else's. */
export function openContext({ browser }: Pick<World, "browser">): Promise<BrowserContext> {
  return browser.newContext({ reducedMotion: "reduce" });
}

/** A window that has not gone anywhere yet. */
export async function openWindow(context: BrowserContext, options: Window = {}): Promise<Visit> {
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  await page.setViewportSize({ width: options.width ?? 1440, height: 900 });
  await page.emulateMedia({ colorScheme: options.dark ? "dark" : "light" });
  if (SLOW > 1) {
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW });
  }
  watchRequests(page);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "error" || EXPECTED.test(message.text())) return;
    complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return { context, page, complaints };
}

export async function visit(world: Pick<World, "browser">, options: Window = {}): Promise<Visit> {
  return openWindow(await openContext(world), options);
}

interface Asked {
  /** What has not been answered yet. */
  open: Set<Request>;
  /** How often something was asked. */
  times: number;
}
const asked = new WeakMap<Page, Asked>();

function watchRequests(page: Page): void {
  const open = new Set<Request>();
  const own = { open, times: 0 };
  asked.set(page, own);
  page.on("request", (request) => {
    if (request.resourceType() !== "fetch") return;
    open.add(request);
    own.times++;
  });
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => open.delete(request));
}

/** Nothing on the screen is still on its way: while it was drawn nothing was asked or answered. An
 * answer that comes between two frames is not drawn yet, and may lead to another question. */
export async function settled(page: Page): Promise<void> {
  const drawn = (): Promise<boolean> =>
    page.evaluate(async () => {
      for (let frames = 0; frames < 2; frames++) {
        await new Promise(requestAnimationFrame);
        await new Promise((done) => setTimeout(done));
      }
      return document.querySelector(".skeleton, .spinner") === null;
    });
  const own = asked.get(page);
  assert.ok(own, "a window of openWindow");
  const until = performance.now() + SETTLED_MS;
  for (;;) {
    const [open, times] = [own.open.size, own.times];
    if ((await drawn()) && open === 0 && own.open.size === 0 && own.times === times) return;
    const still = [...own.open].map((one) => one.url()).join(", ");
    assert.ok(performance.now() < until, `${page.url()} does not settle: ${still}`);
  }
}

/** Goes to another place as a link of ours does, without a new start of the page. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((address) => history.pushState(null, "", address), path);
  await settled(page);
}

/** A field of a form by its whole label. */
export function field(page: Page | Locator, name: string): Locator {
  return page.getByRole("textbox", { name, exact: true });
}

/** Makes the first administrator and stands at home then. */
export async function makeFirst(world: World, { page }: Visit): Promise<void> {
  await page.goto(world.first);
  await field(page, "Name").fill("anna");
  await field(page, "Password").fill(password);
  await field(page, "Password, again").fill(password);
  await page.getByRole("button", { name: "Make administrator" }).click();
  await page.getByRole("navigation", { name: "Places" }).waitFor();
}

export async function signIn(world: World, { page }: Visit): Promise<void> {
  await page.goto(world.url);
  await field(page, "Name").fill("anna");
  await field(page, "Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Places" }).waitFor();
}
