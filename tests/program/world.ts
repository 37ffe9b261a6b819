// The real program in a folder of its own: starts it, asks it, stops or kills it. Every test makes a fresh World, with
// flows as files, a data directory and (where wanted) a stand-in of the ERP in this process.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Json, readJson } from "../systems/lib/json.ts";

export const program = resolve(process.env.WEFT ?? join(import.meta.dirname, "../../build/weft"));
export const templates = resolve(import.meta.dirname, "../../flows");
export const paytraceSecret = "canary-paytrace-7f3a9c1e5b";
export const erpSecret = "canary-erp-client-2d8e6f4a0c";

if (!existsSync(program)) throw new Error(`${program} does not exist: build it, or name it by WEFT`);

export interface RunRow {
  run: string;
  flow: string;
  status: string;
  dedupe?: string;
  order_key?: string;
  error?: { kind: string; text: string };
}
export interface StepRow {
  step: string;
  status: string;
  port?: string;
  output?: Json;
  attempts?: { attempt: number; error: { kind: string; text: string } }[];
}
export interface RunShown extends RunRow {
  input: Json;
  error?: { kind: string; text: string; step?: string };
  steps: StepRow[];
}

export interface Done {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface ServeOptions {
  flows?: string[]; // folders given by --flows; default: the world's own
  env?: Record<string, string>;
  arguments?: string[];
  listen?: string;
  wrapper?: string[]; // a command that runs the program given behind it
}

/** Polls until `probe` gives something other than undefined or false. */
export async function eventually<T>(what: string, probe: () => T | Promise<T>, ms = 60_000): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`after ${ms} ms still not: ${what}`);
    await sleep(15);
  }
}

// Also when a test was cut short no server outlives it.
const children = new Set<ChildProcess>();
process.once("exit", () => { for (const child of children) child.kill("SIGKILL"); });
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));

/** What a stand-in answered is what the manifest's output_schema promises, in every test that drives an action. */
function promisesKept(log: string): void {
  const broken = /^.*does not fit the output_schema of.*$/m.exec(log);
  if (broken !== null) throw new Error(broken[0]);
}

export class Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly #world: World;

  constructor(world: World, child: ChildProcess, url: string) {
    this.#world = world;
    this.child = child;
    this.url = url;
  }

  hook(path: string): string {
    return `${this.url}/hooks/main/production/${path}`;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Everything said on stderr by this world's servers so far. */
  get log(): string {
    return this.#world.stderr;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async exit(): Promise<{ code: number | null; signal: string | null }> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await new Promise((resolve) => this.child.once("exit", resolve));
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    return (await this.exit()).code;
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exit();
  }
}

/** What /metrics tells at the local socket, where nobody has to say who they are. */
export async function measured(world: World): Promise<string> {
  return new Promise((resolve, reject) => {
    const ask = request({ socketPath: `${world.data}/weft.sock`, path: "/metrics" }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => { text += piece; });
      answer.on("end", () => { resolve(text); });
    });
    ask.on("error", reject);
    ask.end();
  });
}

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "weft-program-"));
  readonly data = join(this.folder, "data");
  readonly flows = join(this.folder, "flows");
  stderr = "";
  readonly env: Record<string, string>;
  #servers: Server[] = [];

  constructor(env: Record<string, string> = {}) {
    mkdirSync(this.flows);
    this.env = {
      PATH: process.env.PATH ?? "", HOME: this.folder, LANG: "C.UTF-8", TZ: "UTC",
      WEFT_MASTER_KEY_FILE: join(this.folder, "master.key"), WEFT_EGRESS_ALLOW: "127.0.0.1",
      WEFT_DEMO_PAYTRACE_SECRET: paytraceSecret, WEFT_DEMO_ERP_SECRET: erpSecret, ...env,
    };
  }

  /** Writes a flow as files: flow.json, and more by their paths. */
  flow(name: string, flow: unknown, more: Record<string, unknown> = {}): string {
    const folder = join(this.flows, name);
    for (const [path, content] of Object.entries({ "flow.json": flow, ...more })) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
    }
    return folder;
  }

  /** Starts `weft serve` and waits for its line; rejects with what it said when it ends instead. */
  async serve(options: ServeOptions = {}): Promise<Server> {
    const flows = (options.flows ?? [this.flows]).flatMap((folder) => ["--flows", folder]);
    const [first = program, ...words] = [...options.wrapper ?? [], program, "serve", "--data", this.data,
      "--listen", options.listen ?? "127.0.0.1:0", ...flows, ...options.arguments ?? []];
    const child = spawn(first, words, { env: { ...this.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (part: Buffer) => { this.stderr += part.toString("utf8"); });
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on("data", (part: Buffer) => {
        said += part.toString("utf8");
        this.stderr += part.toString("utf8");
        const found = /^weft: listening on ((?:https?:\/\/|unix:)\S+)$/m.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once("exit", (code) => { reject(new Error(`weft serve ended with ${code ?? "a signal"}:\n${said}`)); });
    });
    const server = new Server(this, child, url);
    children.add(child);
    child.once("exit", () => children.delete(child));
    this.#servers.push(server);
    return server;
  }

  /** Runs a command to its end. */
  command(args: string[], options: { input?: string; env?: Record<string, string>; ms?: number } = {}): Done {
    const done = spawnSync(program, args, {
      input: options.input ?? "", env: { ...this.env, ...options.env }, encoding: "utf8", timeout: options.ms ?? 60_000,
      cwd: this.folder,
    });
    promisesKept(done.stderr);
    return { code: done.status, signal: done.signal, stdout: done.stdout, stderr: done.stderr };
  }

  /** The same without holding this process up: for commands that talk to a stand-in in it. */
  async commandAsync(args: string[], options: { input?: string; env?: Record<string, string> } = {}): Promise<Done> {
    const child = spawn(program, args, { env: { ...this.env, ...options.env }, cwd: this.folder });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (part: Buffer) => { stdout += part.toString("utf8"); });
    child.stderr.on("data", (part: Buffer) => { stderr += part.toString("utf8"); });
    child.stdin.on("error", () => undefined); // a command that reads nothing may have ended by now
    child.stdin.end(options.input ?? "");
    await new Promise((resolve) => child.once("close", resolve));
    promisesKept(stderr);
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
  }

  /** Asks the running server through its local socket; numbers are Numeral, with their digits. */
  local(path: string): Promise<Json> {
    return new Promise((resolve, reject) => {
      request({ socketPath: join(this.data, "weft.sock"), path, headers: { host: "local" } }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          if (answer.statusCode === 200) resolve(readJson(text));
          else reject(new Error(`${path}: ${answer.statusCode ?? 0} ${text}`));
        });
      }).on("error", reject).end();
    });
  }

  /** Every run there is, the newest first. */
  async runs(query = ""): Promise<RunRow[]> {
    const all: RunRow[] = [];
    let more = "";
    for (;;) {
      const page = await this.page(`limit=200${query}${more}`);
      all.push(...page.items);
      if (page.next === undefined) return all;
      more = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  /** A page of runs: `status=active&limit=1`. */
  async page(query: string): Promise<{ items: RunRow[]; next?: string }> {
    return await this.local(`/api/v1/runs?${query}`) as unknown as { items: RunRow[]; next?: string };
  }

  async show(run: string): Promise<RunShown> {
    return await this.local(`/api/v1/runs/${run}/story`) as unknown as RunShown;
  }

  /** The run when it has nothing more to do: ended, or in doubt. */
  settled(run: string, ms?: number): Promise<RunShown> {
    return eventually(`run ${run} comes to rest`, async () => {
      const shown = await this.show(run);
      return shown.status === "active" ? undefined : shown;
    }, ms);
  }

  connections(): { connection: string; state: string; text?: string }[] {
    return JSON.parse(this.command(["connections", "--data", this.data, "--json"]).stdout) as
      { connection: string; state: string; text?: string }[];
  }

  /** Every connection is used at once, though it waits for its next try after faults: one that is open refuses. */
  resume(): void {
    for (const { connection } of this.connections())
      this.command(["connections", "resume", connection, "--data", this.data]);
  }

  /** Every run, when none has anything more to do. One goes between active and waiting until it ends, so rest is when
   * four times in a row there was neither. */
  async atRest(ms: number): Promise<RunRow[]> {
    let quiet = 0;
    await eventually("every run came to rest", async () => {
      await sleep(100);
      const left = await Promise.all(["active", "waiting"].map((status) =>
        this.page(`status=${status}&limit=1`)));
      quiet = left.every((page) => page.items.length === 0) ? quiet + 1 : 0;
      return quiet >= 4;
    }, ms);
    return this.runs();
  }

  async end(): Promise<void> {
    for (const server of this.#servers) await server.kill();
    this.#servers = [];
    rmSync(this.folder, { recursive: true, force: true });
    promisesKept(this.stderr);
  }
}
