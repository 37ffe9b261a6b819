// The vault of the real program: secrets are set and never shown, bound to their origins, missed where they are named
// and not there, kept while something refers to them; both keys are changed under load and over every crash.
import assert from "node:assert/strict";
import {
  chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Done, eventually, type Server, World } from "./world.ts";

const secret = {
  hook: "canary-hook-9c1f2a", api: "canary-api-7d3e5b", file: "canary-file-1b8c4d", credential: "canary-cred-6a2f9e",
};

let world: World;
let server: Server;
let peer: ReturnType<typeof createServer>;
let url: string;
const asked: { path: string; authorization: string }[] = [];
const said: string[] = [];

const hooked = (path: string, name: string): object => ({
  weft: 1, name: "Hook",
  nodes: [{ id: "paid", type: "trigger.webhook", config: { path, verify: { type: "bearer", secret: name } } }],
  edges: [],
});
const calling = (path: string): object => ({
  weft: 1, name: "Call",
  nodes: [{ id: "go", type: "trigger.webhook", config: { path, verify: { type: "none" } } },
    { id: "ask", type: "connector.http", connection: "erp", config: { method: "GET", path: `/${path}` } }],
  edges: [{ from: "go", to: "ask" }],
});
const connection = (base: string, from: object): object => ({
  weft: 1, connections: { erp: { connector: "http", base_url: base, auth: { type: "bearer", secret: "key" },
    secrets: { key: from } } },
});

function weft(args: string[], input = "", env: Record<string, string> = {}): Done {
  const done = world.command(["vault", ...args, "--data", world.data], { input, env });
  said.push(done.stdout, done.stderr);
  return done;
}
async function post(path: string, headers: Record<string, string> = {}): Promise<{ status: number; run: string }> {
  const answer = await fetch(server.hook(path), { method: "POST", body: "{}",
    headers: { "content-type": "application/json", ...headers } });
  const text = await answer.text();
  said.push(text);
  return { status: answer.status, run: answer.ok ? (JSON.parse(text) as { run: string }).run : "" };
}
async function call(path: string): Promise<string | undefined> {
  const { run } = await post(path);
  const done = await world.settled(run);
  said.push(JSON.stringify(done));
  assert.equal(done.status, "succeeded", JSON.stringify(done.error));
  return asked.findLast((ask) => ask.path === `/${path}`)?.authorization;
}
async function reload(wanted: RegExp): Promise<void> {
  const before = world.stderr.length;
  server.signal("SIGHUP");
  await eventually(`the log says ${String(wanted)}`, () => wanted.test(world.stderr.slice(before)));
}

before(async () => {
  peer = createServer((ask, answer) => {
    asked.push({ path: ask.url ?? "", authorization: ask.headers.authorization ?? "" });
    const refused = ask.headers.authorization === "Bearer wrong";
    answer.writeHead(refused ? 401 : 200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => { peer.listen(0, "127.0.0.1", resolve); });
  url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
  world = new World({ WEFT_LOG_LEVEL: "debug" });
  mkdirSync(join(world.folder, "credentials"));
  writeFileSync(join(world.folder, "credentials", "erp"), `${secret.credential}\n`);
  writeFileSync(join(world.folder, "erp.secret"), `${secret.file}\n`);
  world.flow("hook", hooked("hook", "paid_hook"));
});
after(async () => {
  await world.end();
  peer.close();
});

describe("weft vault", () => {
  it("sets a secret before there is a server; a flow that names one that is not there is refused", async () => {
    assert.equal(weft(["set", "paid_hook"], `${secret.hook}\n`).code, 0);
    assert.match(weft(["list"]).stdout, /^paid_hook +20\S+Z +\(is not sent\)$/m);
    world.flow("other", hooked("other", "not_there"));
    server = await world.serve();
    assert.match(world.stderr, /\/nodes\/0\/config\/verify\/secret: node paid: the vault has no secret "not_there"/);
    assert.match(world.stderr, /no secret "not_there": weft vault set not_there/);
    assert.equal((await post("hook", { authorization: `Bearer ${secret.hook}` })).status, 202);
    assert.equal((await post("hook", { authorization: "Bearer guess" })).status, 401);
    assert.equal((await post("other")).status, 404);
    assert.equal(weft(["set", "not_there"], secret.hook).code, 0);
    await reload(/2 flows in main\/production/);
    assert.equal((await post("other", { authorization: `Bearer ${secret.hook}` })).status, 202);
  });

  it("shows names, dates, origins and uses, and never a value", () => {
    const listed = weft(["list", "--json"]);
    const list = JSON.parse(listed.stdout) as { name: string; set_at: string; origins: string[]; used_by: string[] }[];
    assert.deepEqual(list.map((one) => one.name), ["not_there", "paid_hook"]);
    assert.deepEqual(list[1]?.used_by, ["production/hook: node paid"]);
    assert.deepEqual(list[1].origins, []);
  });

  it("does not remove what a deployed flow refers to", async () => {
    const refused = weft(["remove", "paid_hook"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /"paid_hook" is used by production\/hook: node paid/);
    assert.equal(weft(["set", "spare"], "x").code, 0);
    assert.equal(weft(["remove", "spare"]).code, 0);
    assert.equal(weft(["remove", "spare"]).code, 1);
    assert.equal((await post("hook", { authorization: `Bearer ${secret.hook}` })).status, 202);
  });

  it("says what is wrong with a name, an origin, a value", () => {
    assert.match(weft(["set", "a/b"], "x").stderr, /name of a secret is letters/);
    assert.match(weft(["set", "x", "--origin", "ftp://a"], "x").stderr, /an origin is like https/);
    assert.match(weft(["set", "x"], "").stderr, /empty secret/);
    assert.equal(weft(["frobnicate"]).code, 2);
    assert.match(world.command(["vault", "--help"]).stdout, /Example:/);
  });
});

describe("an origin", () => {
  it("is where a secret may go, and nowhere else", async () => {
    assert.equal(weft(["set", "erp_key", "--origin", `${url}/any/path`], secret.api).code, 0);
    world.flow("call", calling("call"), { "connections.json": connection(url, { vault: "erp_key" }) });
    await reload(/3 flows in main\/production/);
    assert.equal(await call("call"), `Bearer ${secret.api}`);
    world.flow("thief", calling("thief"),
      { "connections.json": connection(url.replace("127.0.0.1", "localhost"), { vault: "erp_key" }) });
    await reload(/may not go to http:\/\/localhost/);
    assert.equal((await post("thief")).status, 404);
    world.flow("thief", calling("thief"), { "connections.json": connection(url, { vault: "paid_hook" }) });
    await reload(/"paid_hook" is bound to no origin/);
    assert.match(weft(["list"]).stdout, /used by production\/call: connection erp/);
  });

  it("that is another one after the deployment stops the secret at its use", async () => {
    assert.equal(weft(["set", "erp_key", "--origin", "https://elsewhere.example"], secret.api).code, 0);
    const before = asked.length;
    const { run } = await post("call");
    const done = await world.settled(run);
    assert.equal(done.error?.kind, "policy", JSON.stringify(done));
    assert.match(done.error.text, /bound to https:\/\/elsewhere\.example and may not go to http:\/\/127\.0\.0\.1/);
    assert.equal(asked.length, before);
    assert.equal(weft(["set", "erp_key", "--origin", url], secret.api).code, 0);
    assert.equal(await call("call"), `Bearer ${secret.api}`);
  });
});

describe("a secret of a connection", () => {
  it("comes from a file, or from systemd's credentials", async () => {
    world.flow("filed", calling("filed"),
      { "connections.json": connection(url, { file: join(world.folder, "erp.secret") }) });
    world.flow("thief", calling("given"), { "connections.json": connection(url, { credential: "erp" }) });
    await server.stop();
    server = await world.serve({ env: { CREDENTIALS_DIRECTORY: join(world.folder, "credentials") } });
    assert.equal(await call("filed"), `Bearer ${secret.file}`);
    assert.equal(await call("given"), `Bearer ${secret.credential}`);
  });
});

describe("a credential that a system refuses", () => {
  it("halts its connection, and its runs go on by themselves when it is set again", async () => {
    assert.equal(weft(["set", "erp_key", "--origin", url], "wrong").code, 0);
    const { run } = await post("call");
    await eventually("the connection is halted", () => world.stderr.includes("halted"));
    assert.equal((await world.show(run)).status === "succeeded", false);
    assert.equal(weft(["set", "erp_key", "--origin", url], secret.api).code, 0);
    await eventually("the run goes on", async () => (await world.show(run)).status === "succeeded");
  });
});

describe("keys", () => {
  it("are changed while the server works, and after it", async () => {
    const old = readFileSync(join(world.folder, "master.key"));
    const rotated = weft(["rotate"]);
    assert.equal(rotated.code, 0, rotated.stderr);
    assert.match(rotated.stdout, /5 secrets were sealed again/);
    assert.equal(await call("call"), `Bearer ${secret.api}`);
    const master = weft(["rotate", "--master"]);
    assert.equal(master.code, 0, master.stderr);
    assert.notDeepEqual(readFileSync(join(world.folder, "master.key")), old);
    assert.equal(statSync(join(world.folder, "master.key")).mode & 0o777, 0o600);
    assert.equal(await call("call"), `Bearer ${secret.api}`);
    await server.kill();
    assert.equal(weft(["rotate"]).code, 0); // without a server, too
    assert.equal(weft(["rotate", "--master"]).code, 0);
    server = await world.serve({ env: { CREDENTIALS_DIRECTORY: join(world.folder, "credentials") } });
    assert.equal(await call("given"), `Bearer ${secret.credential}`);
    assert.equal(world.command(["audit", "verify", "--data", world.data]).code, 0); // its key is another one
    const list = world.command(["audit", "list", "--data", world.data]).stdout;
    for (const what of ["vault.set", "vault.remove", "vault.rotate", "secret.use"])
      assert.ok(list.includes(what), what);
    said.push(list);
  });

  it("are changed while runs go on: each has its secret, whichever key it is sealed under", async () => {
    const before = asked.length;
    let over = false;
    const turn = async (): Promise<void> => {
      while (!over && asked.length < before + 60) await call("call");
    };
    const turns = [turn(), turn(), turn()];
    for (const more of [[], ["--master"], [], ["--master"]]) {
      const changed = await world.commandAsync(["vault", "rotate", ...more, "--data", world.data]);
      assert.equal(changed.code, 0, changed.stderr);
    }
    over = true;
    await Promise.all(turns);
    await call("call");
    assert.deepEqual([...new Set(asked.slice(before).map((ask) => ask.authorization))], [`Bearer ${secret.api}`]);
    assert.ok(asked.length > before + 4, "runs went on meanwhile");
  });

  it("survive a kill at any moment of a change", async () => {
    for (let round = 0; round < 6; round++) {
      const change = world.commandAsync(["vault", "rotate", ...round % 2 === 0 ? ["--master"] : [],
        "--data", world.data]);
      await new Promise((resolve) => { setTimeout(resolve, 3 + round * 7); });
      await server.kill();
      await change;
      server = await world.serve({ env: { CREDENTIALS_DIRECTORY: join(world.folder, "credentials") } });
      assert.equal(await call("call"), `Bearer ${secret.api}`, `round ${round}`);
      assert.equal((await post("hook", { authorization: `Bearer ${secret.hook}` })).status, 202);
    }
  });

  it("that are wrong refuse the start, and say what does not fit", async () => {
    await server.stop();
    const file = join(world.folder, "master.key");
    copyFileSync(file, `${file}.right`);
    writeFileSync(file, `${"ab".repeat(32)}\n`);
    await assert.rejects(world.serve(), /sealed under the master key [0-9a-f]{8}, and this one is [0-9a-f]{8}/);
    copyFileSync(`${file}.right`, file);
    chmodSync(file, 0o644);
    await assert.rejects(world.serve(), /others can read the master key file/);
    chmodSync(file, 0o600);
    // systemd hands it over with a mode that shows the mask of its access list
    copyFileSync(file, join(world.folder, "credentials", "weft-master-key"));
    chmodSync(join(world.folder, "credentials", "weft-master-key"), 0o440);
    server = await world.serve({ env: { CREDENTIALS_DIRECTORY: join(world.folder, "credentials"),
      WEFT_MASTER_KEY_FILE: "" } });
    assert.equal(await call("call"), `Bearer ${secret.api}`);
  });
});

it("no secret stands anywhere: not in the log, the data directory, a backup, or what is said", async () => {
  const backup = join(world.data, "copy.backup");
  assert.equal(world.command(["backup", backup, "--data", world.data]).code, 0);
  assert.ok(existsSync(backup));
  for (const { run } of await world.runs())
    said.push(world.command(["show", run, "--json", "--data", world.data]).stdout);
  await server.stop();
  const files = readdirSync(world.data, { recursive: true, encoding: "utf8" }).map((name) => join(world.data, name))
    .filter((name) => statSync(name).isFile()).map((name) => ({ name, content: readFileSync(name) }));
  const places: string[] = [];
  for (const { name, content } of [...files, { name: "the log", content: Buffer.from(world.stderr) },
    { name: "what was said", content: Buffer.from(said.join("\n")) }])
    for (const text of Object.values(secret))
      for (const form of [text, Buffer.from(text).toString("base64").replace(/=+$/, ""),
        Buffer.from(text).toString("hex")])
        if (content.includes(form)) places.push(`${text} in ${name}`);
  assert.deepEqual(places, []);
});
