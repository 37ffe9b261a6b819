// connector.sftp against OpenSSH's own server, on a loopback port, as whoever runs the tests; the files are real.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync,
  writeFileSync,
} from "node:fs";
import { createConnection, createServer, type Server as NetServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Json } from "../systems/lib/json.ts";
import { eventually, type RunShown, type Server, World } from "./world.ts";

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === "object" && address !== null ? address.port : 0); });
    });
  });
}

function keygen(file: string, passphrase = ""): void {
  const done = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", file]);
  assert.equal(done.status, 0, String(done.stderr));
}

/** OpenSSH's sshd with keys of its own, for the user who runs it. */
class Sshd {
  readonly fingerprint: string;
  readonly #child: ChildProcess;
  said = "";

  private constructor(child: ChildProcess, fingerprint: string) {
    this.#child = child;
    this.fingerprint = fingerprint;
    child.stderr?.on("data", (part: Buffer) => { this.said += part.toString("utf8"); });
  }

  static async open(folder: string, port: number): Promise<Sshd> {
    if (!existsSync(join(folder, "host"))) keygen(join(folder, "host"));
    const line = spawnSync("ssh-keygen", ["-l", "-f", join(folder, "host.pub")], { encoding: "utf8" }).stdout;
    if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
    writeFileSync(join(folder, "sshd_config"), [
      `Port ${port}`, "ListenAddress 127.0.0.1", `HostKey ${join(folder, "host")}`, "PidFile none", "UsePAM no",
      `AuthorizedKeysFile ${join(folder, "authorized")}`, "StrictModes no", "PasswordAuthentication no",
      "PermitRootLogin yes", "Subsystem sftp internal-sftp",
    ].join("\n"));
    const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(folder, "sshd_config")],
      { stdio: ["ignore", "ignore", "pipe"] });
    const sshd = new Sshd(child, /SHA256:\S+/.exec(line)?.[0] ?? "");
    await eventually("sshd listens", () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${sshd.said}`);
      return sshd.said.includes("Server listening");
    });
    return sshd;
  }

  close(): void {
    this.#child.kill("SIGTERM");
  }
}

/** A line to the server that ends behind so many pieces of what the client says. */
class Line {
  readonly port: number;
  pieces = Infinity;
  longest = 0; // pieces that one call had
  cuts = 0;
  readonly #server: NetServer;

  private constructor(server: NetServer, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async open(to: number): Promise<Line> {
    const port = await freePort();
    const server = createServer((client) => {
      const peer = createConnection(to, "127.0.0.1");
      let said = 0;
      const end = (): void => { client.destroy(); peer.destroy(); };
      for (const [one, other] of [[client, peer], [peer, client]] as const) {
        one.on("error", end).on("close", end);
        one.on("data", (part: Buffer) => {
          if (one === client) line.longest = Math.max(line.longest, ++said);
          if (one === client && said > line.pieces) {
            line.cuts++;
            end();
          } else {
            other.write(part);
          }
        });
      }
    });
    const line = new Line(server, port);
    await new Promise<void>((resolve) => { server.listen(port, "127.0.0.1", resolve); });
    return line;
  }

  close(): void {
    this.#server.close();
  }
}

describe("connector.sftp", () => {
  let world: World;
  let sshd: Sshd;
  let port: number;
  let there: string; // what the server shows
  beforeEach(async () => {
    world = new World();
    there = join(world.folder, "there");
    mkdirSync(there);
    port = await freePort();
    keygen(join(world.folder, "client"));
    keygen(join(world.folder, "other"));
    keygen(join(world.folder, "closed"), "open sesame");
    writeFileSync(join(world.folder, "authorized"), readFileSync(join(world.folder, "client.pub"), "utf8")
      + readFileSync(join(world.folder, "closed.pub"), "utf8"));
    sshd = await Sshd.open(world.folder, port);
  });
  afterEach(async () => {
    sshd.close();
    await world.end();
  });

  interface Way {
    key?: string; hostKey?: string; allow?: string; passphrase?: boolean; port?: number; fault?: string;
    attempts?: number;
  }
  function serve(way: Way): Promise<Server> {
    return world.serve({ env: {
      BANK_KEY: readFileSync(join(world.folder, way.key ?? "client"), "utf8"), BANK_PHRASE: "open sesame",
      WEFT_EGRESS_ALLOW: way.allow ?? "127.0.0.1", WEFT_FILES_ROOT: world.folder,
      ...way.fault === undefined ? {} : { WEFT_FAULT: `${way.fault}:1` } } });
  }
  async function begins(config: object, way: Way): Promise<{ server: Server; run: string }> {
    world.flow("files", {
      weft: 1, name: "Files",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "files", respond: "accepted", verify: { type: "none" } } },
        { id: "it", type: "connector.sftp", connection: "bank", config,
          retry: { attempts: way.attempts ?? 1, initial: "100ms" } }],
      edges: [{ from: "event", to: "it" }],
    }, { "connections.json": { weft: 1, connections: { bank: {
      connector: "sftp", base_url: `sftp://127.0.0.1:${way.port ?? port}${there}`,
      settings: { user: userInfo().username, host_key: way.hostKey ?? sshd.fingerprint },
      secrets: { secret: { env: "BANK_KEY" },
        ...way.passphrase === true ? { passphrase: { env: "BANK_PHRASE" } } : {} },
    } } } });
    const server = await serve(way);
    return { server, run: await event(server) };
  }
  async function event(server: Server): Promise<string> {
    const answer = await fetch(server.hook("files"), { method: "POST", body: "{}",
      headers: { "content-type": "application/json" } });
    assert.equal(answer.status, 202);
    return (await answer.json() as { run: string }).run;
  }
  /** Does the one thing and shows the run. */
  async function does(config: object, way: Way = {}): Promise<RunShown> {
    const { server, run } = await begins(config, way);
    const shown = await world.settled(run);
    await server.stop();
    return shown;
  }
  async function gives(config: object, way?: Way): Promise<Json> {
    const shown = await does(config, way);
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    return JSON.parse(JSON.stringify(shown.steps.find((step) => step.step === "it")?.output ?? null)) as Json;
  }

  it("puts a file whole: under another name first, then renamed", async () => {
    const output = await gives({ action: "put", path: "a \"b\".csv", content: "1;2\n" });
    assert.equal(readFileSync(join(there, "a \"b\".csv"), "utf8"), "1;2\n");
    assert.deepEqual(readdirSync(there), ["a \"b\".csv"]);
    assert.match(JSON.stringify(output), /"changed":true/);
    const again = await gives({ action: "put", path: "a \"b\".csv", content: "1;2\n" });
    assert.match(JSON.stringify(again), /"changed":false/);
    const other = await does({ action: "put", path: "a \"b\".csv", content: "other" });
    assert.equal(other.error?.kind, "conflict");
    assert.equal(readFileSync(join(there, "a \"b\".csv"), "utf8"), "1;2\n");
    await gives({ action: "put", path: "a \"b\".csv", content: "other", exists: "replace" });
    assert.equal(readFileSync(join(there, "a \"b\".csv"), "utf8"), "other");
    assert.deepEqual(readdirSync(there), ["a \"b\".csv"]);
  });

  it("puts, looks at, renames and deletes an empty file", async () => {
    assert.match(JSON.stringify(await gives({ action: "put", path: "a", content: "" })), /"changed":true/);
    assert.match(JSON.stringify(await gives({ action: "put", path: "a", content: "" })), /"changed":false/);
    assert.match(JSON.stringify(await gives({ action: "stat", path: "a" })), /"exists":true,"size":0/);
    await gives({ action: "rename", path: "a", to: "b" });
    assert.deepEqual([readdirSync(there), readFileSync(join(there, "b"), "utf8")], [["b"], ""]);
    await gives({ action: "delete", path: "b" });
    assert.deepEqual(readdirSync(there), []);
  });

  it("puts a file that is larger than what is held in memory, once", async () => {
    const file = join(world.folder, "large.bin");
    const size = 65 * 1024 * 1024 + 7;
    writeFileSync(file, "begin");
    truncateSync(file, size);
    writeFileSync(file, "end", { flag: "a" });
    const config = { action: "put", path: "large.bin", folder: world.folder, file: "large.bin" };
    assert.match(JSON.stringify(await gives(config)), /"size":[^,]*68157450/);
    assert.equal(spawnSync("cmp", [file, join(there, "large.bin")]).status, 0);
    assert.deepEqual(readdirSync(there), ["large.bin"]);
    assert.match(JSON.stringify(await gives(config)), /"changed":false/);
    writeFileSync(file, "END", { flag: "r+" }); // the same size, another content
    assert.equal((await does(config)).error?.kind, "conflict");
    assert.equal((await does({ ...config, file: "none.bin" })).error?.kind, "not_found");
  });

  it("lists, looks, gets, renames and deletes", async () => {
    mkdirSync(join(there, "in"));
    writeFileSync(join(there, "in", "b b.txt"), "zwei");
    writeFileSync(join(there, "in", "a.txt"), Buffer.from([0x47, 0xfc]));
    const listed = JSON.stringify(await gives({ action: "list", path: "in" }));
    assert.match(listed, /"name":"a.txt","kind":"file","size":[^,]*2.*"name":"b b.txt","kind":"file","size":[^,]*4/);
    assert.match(JSON.stringify(await gives({ action: "stat", path: "in/b b.txt" })), /"exists":true,"size":.*4/);
    assert.match(JSON.stringify(await gives({ action: "stat", path: "in/none" })), /"exists":false/);
    const text = await gives({ action: "get", path: "in/a.txt", encoding: "iso-8859-1" });
    assert.match(JSON.stringify(text), /"text":"Gü"/);
    assert.equal((await does({ action: "get", path: "in/none" })).error?.kind, "not_found");
    await gives({ action: "get", path: "in/a.txt", folder: world.folder, file: "got/a.txt" });
    assert.deepEqual(readFileSync(join(world.folder, "got", "a.txt")), Buffer.from([0x47, 0xfc]));
    await gives({ action: "put", path: "back.txt", folder: world.folder, file: "got/a.txt" });
    assert.deepEqual(readFileSync(join(there, "back.txt")), Buffer.from([0x47, 0xfc]));
    await gives({ action: "rename", path: "back.txt", to: "in/c.txt" });
    assert.ok(existsSync(join(there, "in", "c.txt")));
    assert.equal((await does({ action: "rename", path: "in/c.txt", to: "in/a.txt" })).error?.kind, "conflict");
    await gives({ action: "delete", path: "in/c.txt" });
    assert.ok(!existsSync(join(there, "in", "c.txt")));
    assert.match(JSON.stringify(await gives({ action: "delete", path: "in/c.txt" })), /"changed":false/);
  });

  it("keeps no card data of what it gets, as a value or as a file, and sends a file as it is", async () => {
    const number = "4111111111111111";
    mkdirSync(join(there, "cards"));
    writeFileSync(join(there, "cards", "a.csv"), `id,number\n1,${number}\n`);
    writeFileSync(join(world.folder, "own.csv"), `${number}\n`);
    assert.match(JSON.stringify(await gives({ action: "get", path: "cards/a.csv" })), /1,411111\*{6}1111/);
    const run = await does({ action: "get", path: "cards/a.csv", folder: world.folder, file: "got.csv" });
    assert.equal(readFileSync(join(world.folder, "got.csv"), "utf8"), "id,number\n1,411111******1111\n");
    assert.match(JSON.stringify(run.steps), /"masked":\[?\{[^}]*1 card number/);
    await gives({ action: "put", path: "cards/b.csv", folder: world.folder, file: "own.csv" });
    assert.equal(readFileSync(join(there, "cards", "b.csv"), "utf8"), `${number}\n`);
  });

  it("says nothing to a server with another host key, and shows the key", async () => {
    const shown = await does({ action: "list" }, { hostKey: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU" });
    assert.equal(shown.error?.kind, "policy");
    assert.ok(shown.error.text.includes(sshd.fingerprint), shown.error.text);
    assert.ok(!sshd.said.includes("Accepted"), sshd.said);
  });

  it("with a key that nobody knows halts the connection; a server that is down does not; each mended, it goes on",
    async () => {
      const { server: first, run } = await begins({ action: "list" }, { key: "other" });
      const halted = await eventually("it is halted", () => world.connections().find((one) => one.state === "halted"));
      assert.match(halted.text ?? "", /127\.0\.0\.1: Authentication failure/);
      await first.stop();
      sshd.close();
      const second = await serve({});
      const down = await eventually("it is down", () => world.connections().find((one) => one.state === "broken"));
      assert.match(down.text ?? "", /127\.0\.0\.1: Failed to connect/);
      sshd = await Sshd.open(world.folder, port);
      await eventually("it goes on", async () => {
        world.resume();
        return (await world.show(run)).status === "succeeded";
      });
      await second.stop();
    });

  it("is not halted by a line that breaks, wherever it does while it is signed in", async () => {
    const line = await Line.open(port);
    try {
      const { server, run } = await begins({ action: "list" }, { port: line.port });
      assert.equal((await world.settled(run)).status, "succeeded");
      const said = new Set<string>();
      for (let pieces = 0, before = -1; before < line.cuts; pieces++) {
        before = line.cuts;
        line.pieces = pieces;
        const cut = await event(server);
        await eventually(`the end of the line behind ${pieces} pieces is told`, async () =>
          world.connections().some((one) => one.state === "broken" || one.state === "halted")
            || ["succeeded", "failed"].includes((await world.show(cut)).status));
        for (const one of world.connections()) {
          assert.notEqual(one.state, "halted", `${pieces} pieces: ${one.text ?? ""}`);
          said.add(one.text ?? "");
        }
        line.pieces = Infinity;
        world.resume();
        assert.notEqual((await world.settled(cut)).error?.kind, "auth");
      }
      assert.ok([...said].some((text) => text.includes("ended the connection while it was signed in to")),
        JSON.stringify([...said]));
      await server.stop();
    } finally {
      line.close();
    }
  });

  it("goes nowhere that the egress policy does not allow", async () => {
    const shown = await does({ action: "list" }, { allow: "10.0.0.1" });
    assert.equal(shown.error?.kind, "policy");
    assert.ok(shown.error.text.includes("egress policy"), shown.error.text);
    assert.ok(!sshd.said.includes("Connection from"), sshd.said);
  });

  it("signs in with a key that has a passphrase; no key is in what it says", async () => {
    await gives({ action: "list" }, { key: "closed", passphrase: true });
    for (const line of readFileSync(join(world.folder, "closed"), "utf8").split("\n").filter((one) => one.length > 40))
      assert.ok(!world.stderr.includes(line));
  });

  const text = (name: string): string => readFileSync(join(there, name), "utf8");
  function put(name: string, content: string, hours = 0): void {
    writeFileSync(join(there, name), content);
    const at = new Date(Date.now() - hours * 3600e3);
    utimesSync(join(there, name), at, at);
  }
  /** The program dies at that point of the step; then what the others do, and the run when it has come to rest. */
  async function diesAt(fault: string, config: object, meanwhile: () => void): Promise<RunShown> {
    const { server, run } = await begins(config, { fault });
    assert.equal((await server.exit()).signal, "SIGKILL");
    meanwhile();
    const second = await serve({});
    const shown = await world.settled(run);
    await second.stop();
    return shown;
  }
  function changed(shown: RunShown): void {
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.match(JSON.stringify(shown.steps.find((step) => step.step === "it")?.output), /"changed":true/);
  }

  it("has deleted a file when nobody knew of it, and leaves the one that came after it to a person", async () => {
    put("a", "first");
    const config = { action: "delete", path: "a" };
    const shown = await diesAt("sftp.done.kill", config, () => { put("a", "another one"); });
    assert.equal(shown.status, "in_doubt", JSON.stringify(shown));
    assert.equal(text("a"), "another one");
    changed(await diesAt("sftp.done.kill", config, () => { assert.ok(!existsSync(join(there, "a"))); }));
  });

  it("has renamed a file when nobody knew of it, and leaves the one that came after it alone", async () => {
    const config = { action: "rename", path: "a", to: "b", exists: "replace" };
    put("a", "first");
    put("b", "of before");
    changed(await diesAt("sftp.done.kill", config, () => { put("a", "another one"); }));
    assert.deepEqual([text("a"), text("b")], ["another one", "first"]);
    const taken = await diesAt("sftp.done.kill", config, () => { rmSync(join(there, "b")); put("a", "a third"); });
    assert.equal(taken.status, "in_doubt", JSON.stringify(taken));
    assert.deepEqual(readdirSync(there), ["a"]);
    assert.equal(text("a"), "a third");
  });

  it("does not take a file of the same size and second for the one that it has renamed", async () => {
    const config = { action: "rename", path: "a", to: "b" };
    put("a", "first");
    const at = statSync(join(there, "a")).mtime;
    const shown = await diesAt("sftp.done.kill", config, () => {
      rmSync(join(there, "b"));
      put("a", "other");
      utimesSync(join(there, "a"), at, at);
    });
    assert.equal(shown.status, "in_doubt", JSON.stringify(shown));
    assert.deepEqual([readdirSync(there), text("a")], [["a"], "other"]);
  });

  it("puts a file once, though whoever it is for has taken it before anybody knew", async () => {
    const config = { action: "put", path: "a", content: "100.00" };
    changed(await diesAt("sftp.done.kill", config, () => { assert.equal(text("a"), "100.00"); }));
    rmSync(join(there, "a"));
    const taken = await diesAt("sftp.done.kill", config, () => {
      renameSync(join(there, "a"), join(world.folder, "taken"));
    });
    assert.equal(taken.status, "in_doubt", JSON.stringify(taken));
    assert.deepEqual(readdirSync(there), []);
    changed(await diesAt("sftp.sent.kill", config, () => { assert.ok(!existsSync(join(there, "a"))); }));
    assert.deepEqual([readdirSync(there), text("a")], [["a"], "100.00"]);
  });

  it("renames a file once or leaves it to a person, wherever the line breaks", async () => {
    const line = await Line.open(port);
    try {
      put("a", "first", 1);
      const { server, run } = await begins({ action: "rename", path: "a", to: "b" }, { port: line.port, attempts: 4 });
      assert.equal((await world.settled(run)).status, "succeeded");
      const signed = line.longest - 10; // what is before it is tried above
      for (let pieces = signed, before = -1; before < line.cuts; pieces++) {
        before = line.cuts;
        rmSync(join(there, "b"));
        put("a", `of ${pieces}`, 1);
        line.pieces = pieces;
        const cut = await event(server);
        await eventually("the line has broken, or it went well", async () => {
          return line.cuts > before || (await world.show(cut)).status !== "active";
        });
        line.pieces = Infinity;
        const shown = await eventually("it comes to rest", async () => {
          world.resume();
          const now = await world.show(cut);
          return ["active", "waiting"].includes(now.status) ? undefined : now;
        });
        changed(shown);
        assert.deepEqual([readdirSync(there), text("b")], [["b"], `of ${pieces}`]);
      }
      await server.stop();
    } finally {
      line.close();
    }
  });
});
