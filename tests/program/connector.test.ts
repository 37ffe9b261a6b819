// docs/CONNECTOR_GUIDE.md, followed to the letter: a system that Weft does not know becomes a connector without a
// compiler. Then what a person gets wrong: faulty manifests, names that are taken, changes under a running server.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually, type Server, World } from "./world.ts";

interface Block { language: string; file: string; text: string }

const guide = readFileSync(join(import.meta.dirname, "../../docs/CONNECTOR_GUIDE.md"), "utf8");
const blocks: Block[] = [...guide.matchAll(/^```(\w*) ?(\S*)\n([\s\S]*?)^```$/gm)]
  .map(([, language = "", file = "", text = ""]) => ({ language, file, text }));
const file = (name: string): string => {
  const found = blocks.find((block) => block.file === name);
  assert.ok(found, `the guide shows ${name}`);
  return found.text;
};

let world: World;
let shop: ChildProcess;
let url = "";

function write(name: string, text: string): void {
  const path = join(world.folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The commands of a block, each with what it is shown to say. */
function commands(text: string): { command: string; lines: string[] }[] {
  const list: { command: string; lines: string[] }[] = [];
  for (const line of text.trimEnd().split("\n"))
    if (line.startsWith("$ weft ")) list.push({ command: line.slice(7), lines: [] });
    else list.at(-1)?.lines.push(line);
  return list;
}

before(async () => {
  world = new World();
  write("stand-in.ts", file("stand-in.ts"));
  shop = spawn(process.execPath, ["stand-in.ts"], { cwd: world.folder, stdio: ["ignore", "pipe", "inherit"] });
  url = await new Promise<string>((resolve) => {
    shop.stdout?.once("data", (part: Buffer) => { resolve(part.toString("utf8").trim()); });
  });
  Object.assign(world.env, { BOOKSHOP_URL: url, BOOKSHOP_KEY: "open-sesame", BOOKSHOP_HOOK: "hook-key" });
});
after(async () => {
  shop.kill();
  await world.end();
});

void describe("the guide", () => {
  void it("its stand-in has about sixty lines", () => {
    assert.ok(file("stand-in.ts").split("\n").length <= 66);
  });

  void it("every file is written and every command says what is shown", async () => {
    let done = 0;
    for (const block of blocks) {
      if (block.file !== "") write(block.file, block.text);
      if (block.file === "connectors/bookshop/manifest.json")
        write("wrong/bookshop/manifest.json", block.text.replace("key_header", "key_heder"));
      if (block.language !== "sh") continue;
      for (const { command, lines } of commands(block.text)) {
        const said = await world.commandAsync(command.split(" "));
        for (const line of lines)
          assert.ok(`${said.stdout}\n${said.stderr}`.includes(line),
            `weft ${command}\nshould say: ${line}\nsaid: ${said.stdout}${said.stderr}`);
        assert.notEqual(said.code, null);
        done += 1;
      }
    }
    assert.ok(done >= 9);
    const books = await (await fetch(`${url}/books`, { headers: { "x-shop-key": "open-sesame" } })).json();
    assert.deepEqual(books, [{ id: "R-1", order: "B-4", amount: 15 }], "one refund, though its first answer was lost");
  });
});

void describe("the events of the guide's system", () => {
  let server: Server;
  const sign = (text: string): string => createHmac("sha256", "hook-key").update(text).digest("base64");
  const post = (text: string, signature: string, query = ""): Promise<Response> =>
    fetch(`${server.hook("bookshop/paid")}${query}`, { method: "POST", body: text,
      headers: { "content-type": "application/json", "x-shop-signature": signature } });

  before(async () => {
    server = await world.serve({ arguments: ["--connectors", join(world.folder, "connectors")] });
  });

  void it("a signed webhook begins a run, a forged one does not", async () => {
    const text = '{"id":"B-9"}';
    assert.equal((await post(text, sign(`${text} `))).status, 401);
    const answer = await post(text, sign(text));
    assert.equal(answer.status, 202);
    const run = await world.settled(((await answer.json()) as { run: string }).run);
    assert.equal(run.status, "succeeded");
    assert.deepEqual(run.steps.at(-1)?.output, { order: "B-9" });
  });

  void it("the handshake is answered without a run, and only with what is plain text", async () => {
    const before = (await world.runs()).filter((one) => one.flow === "paid").length;
    const answer = await post("", "", "?challenge=abc-123");
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/);
    assert.equal(await answer.text(), "abc-123");
    assert.equal((await post("{}", "", "?challenge=%3Cscript%3E")).status, 401);
    assert.equal((await world.runs()).filter((one) => one.flow === "paid").length, before);
  });

  void it("the poll finds each order once, over its pages and over a restart", async () => {
    const found = async (): Promise<string[]> => {
      const rows = (await world.runs()).filter((one) => one.flow === "changed");
      const shown = await Promise.all(rows.map((row) => world.show(row.run)));
      return shown.map((run) => (run.input as { body: { id: string } }).body.id).sort();
    };
    await eventually("five orders are there", async () => (await found()).length >= 5, 30_000);
    await server.stop();
    server = await world.serve({ arguments: ["--connectors", join(world.folder, "connectors")] });
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    assert.deepEqual(await found(), ["B-1", "B-2", "B-3", "B-4", "B-5"]);
  });

  void it("at SIGHUP a new system is there, and one that is in use stays as it was", async () => {
    const manifest = file("connectors/bookshop/manifest.json");
    write("connectors/papershop/manifest.json", manifest.replace('"name": "bookshop"', '"name": "papershop"'));
    write("connectors/bookshop/manifest.json", manifest.replace('"title": "Refund"', '"title": "Pay back"'));
    write("connectors/broken/manifest.json", "{");
    write("flows/paper/flow.json", file("flows/paid/flow.json").replace("bookshop.order_paid", "papershop.order_paid")
      .replace('"secret": "bookshop_hook"', '"secret": "bookshop_hook", "path": "paper"'));
    write("flows/paper/connections.json", file("flows/paid/connections.json"));
    const said = server.log.length;
    server.signal("SIGHUP");
    await eventually("all flows are deployed", () => server.log.slice(said).includes("flows in main/production"));
    const log = server.log.slice(said);
    assert.match(log, /bookshop\/manifest\.json:1:1: .*it has changed.*counts from the next start/);
    assert.match(log, /broken\/manifest\.json:1:\d+: /);
    const text = '{"id":"P-1"}';
    const answer = await fetch(server.hook("paper"), { method: "POST", body: text,
      headers: { "content-type": "application/json", "x-shop-signature": sign(text) } });
    assert.equal(answer.status, 202);
  });
});

void describe("what a person gets wrong", () => {
  void it("a name that the program brings, and a folder of another name", async () => {
    const own = (await world.commandAsync(["connector", "show", "dynamics365", "--json"])).stdout;
    write("taken/dynamics365/manifest.json", own);
    write("taken/other/manifest.json", file("connectors/bookshop/manifest.json"));
    const { stderr } = await world.commandAsync(["connector", "list", "--connectors", "taken"]);
    assert.match(stderr, /taken\/dynamics365\/manifest\.json:1:1: \/name: the program itself brings the system/);
    assert.match(stderr, /taken\/other\/manifest\.json:1:1: \/name: the system is called "bookshop", but its folder/);
  });

  void it("a folder of systems is checked system by system, and one without any is told so", async () => {
    write("several/good/manifest.json", file("connectors/bookshop/manifest.json"));
    write("sound/one/manifest.json", file("connectors/bookshop/manifest.json"));
    write("several/bad/manifest.json", "{");
    write("several/notes/README.md", "no system");
    const several = await world.commandAsync(["connector", "check", "several"]);
    assert.equal(several.code, 2);
    assert.match(several.stdout, /^several\/bad\/manifest\.json:1:\d+: [^\n]*\n$/);
    const good = await world.commandAsync(["connector", "check", "several/good", "sound"]);
    assert.equal(good.code, 0);
    assert.match(good.stderr, /^2 manifests checked/);
    const none = await world.commandAsync(["connector", "check", "several/notes"]);
    assert.equal(none.code, 2);
    assert.match(none.stdout, /several\/notes:1:1: .*no manifest\.json.*weft connector new/);
  });

  void it("all faults at once, each with its place and remedy; exit 2", async () => {
    const text = file("connectors/bookshop/manifest.json")
      .replace('"per": "1s"', '"per": "soon"')
      .replace('"type": "cursor"', '"type": "cursors"')
      .replace('"kind": "transient"', '"kind": "down"')
      .replace("{input.order}", "{input.ordre}")
      .replace('"output": { "items"', '"outptu": { "items"')
      .replace('"encoding": "base64"', '"encoding": "base46"')
      .replace('"last_item": "changed"', '"last_item": "changed", "field": "x"');
    write("faulty/manifest.json", text);
    const done = await world.commandAsync(["connector", "check", "faulty"]);
    assert.equal(done.code, 2);
    for (const wanted of [
      /^faulty\/manifest\.json:\d+:\d+: \/limits\/per: "per" is a time such as/m,
      /\/actions\/list_orders\/pages: the type is next_link, link_header, cursor, offset or page, not "cursors"/,
      /\/errors\/1: the kind is transient, timeout/,
      /\/actions\/refund\/body\/order: "\{input\.ordre\}" is not in the input's schema/,
      /\/actions\/list_orders\/example\/outptu: there is no member "outptu" here; did you mean "output"\?/,
      /\/events\/order_paid\/webhook\/verify: "encoding" is one of hex, base64, not "base46"/,
      /\/events\/order_changed\/poll\/cursor: a cursor is/,
    ]) assert.match(done.stdout, wanted);
    const json = await world.commandAsync(["connector", "check", "faulty", "--json"]);
    const faults = JSON.parse(json.stdout) as { file: string }[];
    assert.ok(faults.length >= 7 && faults.every((fault) => fault.file === "faulty/manifest.json"));
  });
});

void describe("pages by the header Link", () => {
  void it("are followed to the last, and not out of the base URL", async () => {
    const asked: string[] = [];
    const peer = createServer((request, answer) => {
      asked.push(request.url ?? "");
      const page = Number(new URL(request.url ?? "/", "http://x").searchParams.get("p") ?? 1);
      const links = [`<${here}/api/list?p=1>; rel="first"`,
        `<${here}/api/list?p=${page + 1}>; title="a, b"; rel="next last"`];
      if (page === 5) links[1] = '<https://elsewhere.example/api/list>; rel=next';
      answer.writeHead(200, { "content-type": "application/json", ...(page === 3 ? {} : { link: links.join(", ") }) })
        .end(JSON.stringify([page]));
    });
    await new Promise<void>((resolve) => { peer.listen(0, "127.0.0.1", resolve); });
    const here = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
    write("systems/linked/manifest.json", JSON.stringify({
      weft: 1, name: "linked", title: "L", version: "1", help: "L.",
      environments: { production: { base_url: `${here}/api` } }, sign_in: { type: "none" },
      actions: { list: { title: "L", help: "L.", method: "GET", path: "/list", query: { p: "{input.p}" },
        pages: { type: "link_header" },
        input: { type: "object", properties: { p: { type: "integer" } } },
        example: { input: {}, output: { items: [], next: null } } } } }));
    write("linked/flow.json", JSON.stringify({ weft: 1, name: "L",
      nodes: [{ id: "go", type: "trigger.manual" }, { id: "all", type: "connector.linked.list", connection: "one",
        config: { input: "=trigger.body" } }], edges: [{ from: "go", to: "all" }] }));
    write("linked/connections.json", JSON.stringify({ weft: 1,
      connections: { one: { connector: "linked", allow: "127.0.0.1" } } }));
    const run = (input: string): Promise<{ stdout: string; stderr: string }> =>
      world.commandAsync(["run", "linked", "--connectors", "systems", "--input", "-"], { input });
    assert.equal((await run("{}")).stdout.trim(), '{"items":[1,2,3],"next":null}');
    assert.deepEqual(asked, ["/api/list", "/api/list?p=2", "/api/list?p=3"]);
    assert.match((await run('{"p":5}')).stderr, /policy: the link "https:\/\/elsewhere\.example/);
    assert.deepEqual(asked.slice(3), ["/api/list?p=5"]);
    peer.close();
  });
});

interface Schema {
  properties?: Record<string, unknown>;
  required?: string[];
  allOf?: Schema[];
  exclusiveMinimum?: number;
}
interface Draft {
  sign_in: unknown;
  environments: Record<string, { base_url: string }>;
  actions: Record<string, { path: string; key_header?: string; files?: unknown;
    example: { input: unknown; output: unknown };
    input: { $defs: Record<string, Schema> } }>;
}

void describe("a draft from OpenAPI", () => {
  const draft = (name: string): Draft =>
    JSON.parse(readFileSync(join(world.folder, "drafts", name, "manifest.json"), "utf8")) as Draft;

  void it("is sound, carries schemas and sign-in, and lists what it left out", async () => {
    cpSync(join(import.meta.dirname, "openapi/ledger.yaml"), join(world.folder, "ledger.yaml"));
    const done = await world.commandAsync(["connector", "import", "ledger.yaml", "-o", "drafts"]);
    assert.equal(done.code, 0, done.stderr);
    for (const part of ["5 actions", "schemas/Round leads only in a circle",
      "a body of image/png is not supported", "other.yaml#/Thing leads out",
      'the parameter "session" (cookie)', "method head is not supported", 'sign in "person" is not used'])
      assert.ok(done.stdout.includes(part), `${part}\n${done.stdout}`);
    assert.equal((await world.commandAsync(["connector", "check", "drafts/contoso_ledger"])).code, 0);
    const made = draft("contoso_ledger");
    assert.deepEqual(Object.keys(made.actions),
      ["get_invoice", "create_payment", "make_token", "upload_file", "keep_scan"]);
    assert.deepEqual(made.actions.keep_scan?.files, { body: { help: "The page.", type: "application/octet-stream" } });
    assert.deepEqual(made.sign_in, { type: "header", header: "X-Ledger-Key", secret: "key" });
    assert.equal(made.environments.production?.base_url, "https://{region}.ledger.example/v2");
    assert.equal(made.actions.get_invoice?.path, "/invoices/{input.invoice_no}");
    assert.equal(made.actions.create_payment?.key_header, "Idempotency-Key");
    const defs = made.actions.create_payment.input.$defs;
    const payment = defs.NewPayment?.allOf?.[0];
    assert.equal(payment?.properties?.id, undefined, "what only answers have is no input");
    assert.deepEqual(payment?.required, ["invoice", "amount"]);
    assert.equal(defs.Money?.exclusiveMinimum, 0);
  });

  void it("makes settings of all places in an address, and says why nothing could be carried over", async () => {
    const get = { get: { operationId: "ping", responses: { 200: { description: "ok" } } } };
    const drafted = async (name: string, more: object): ReturnType<World["commandAsync"]> => {
      write(`${name}.json`, JSON.stringify({ openapi: "3.0.3", info: { title: name, version: "1" }, ...more }));
      return world.commandAsync(["connector", "import", `${name}.json`, "-o", "drafts"]);
    };
    const placed = await drafted("placed", { paths: { "/ping": get }, servers: [
      { url: "https://{siteName}.example.com/merchants/{merchantAccount}/",
        variables: { siteName: { default: "eu" } } },
      { url: "{server}/api", description: "test", variables: { server: { default: "https://test.example.com" } } }] });
    assert.equal(placed.code, 0, placed.stderr);
    assert.match(placed.stdout, /1 actions[^]*the server's URL has \{merchantAccount\}, which is not declared/);
    assert.equal((await world.commandAsync(["connector", "check", "drafts/placed"])).code, 0);
    assert.deepEqual(draft("placed").environments, {
      production: { base_url: "https://{site_name}.example.com/merchants/{merchant_account}" },
      sandbox: { base_url: "{server}/api" } });
    const none = await drafted("none", { paths: { "/ping": { post: { ...get.get, requestBody: { required: true,
      content: { "image/png": {} } } } } }, servers: [{ url: "https://a.example.com" }] });
    assert.equal(none.code, 2);
    assert.match(none.stdout, /POST \/ping: a body of image\/png is not supported/);
    assert.match(none.stderr, /none\.json: no operation of it could be carried over/);
    const hooks = await drafted("hooks", { webhooks: { paid: get } });
    assert.match(hooks.stderr, /hooks\.json: it has no "paths".*"events" by hand/);
  });

  void it("keeps an operation whose examples are hard to make up, and says what it gave up", async () => {
    cpSync(join(import.meta.dirname, "openapi/odd.yaml"), join(world.folder, "odd.yaml"));
    const done = await world.commandAsync(["connector", "import", "odd.yaml", "-o", "drafts"]);
    assert.equal(done.code, 0, done.stderr);
    const told = done.stdout.split("\n").filter((line) => line.startsWith("  ")).map((line) => line.trim());
    assert.deepEqual(told, [
      'GET /orders: the parameter "filter" is an object: write its members out as parameters',
      'GET /orders: the parameter "ids" is a list in one value: make it a text, parted as the system wants it',
      "GET /orders: the document calls it deprecated",
      'POST /orders: alternatives that overlap: "oneOf" became "anyOf"',
      "GET /codes/{code}: the pattern ^Q[0-9]{7}X$ is left out, for no example of it could be made",
      'GET /never: left out: "output" is too short: it has 2 characters, at least 5 are needed',
    ]);
    assert.equal((await world.commandAsync(["connector", "check", "drafts/odd"])).code, 0);
    const made = draft("odd").actions;
    assert.deepEqual(Object.keys(made), ["list_orders", "create_order", "change_order", "get_code"]);
    assert.deepEqual(made.list_orders?.example.output, [{ value: "12.50" }]);
    assert.deepEqual(made.create_order?.example.output, { no: "ZZ-001", short: "te" }, "its own where it fits");
    assert.deepEqual(made.change_order?.example, { input: { body: { note: "text" } }, output: { name: 1 } });
  });

  void it("takes what is chosen, and nothing else", async () => {
    const done = await world.commandAsync(["connector", "import", "ledger.yaml", "--operations", "payments,makeToken",
      "--name", "some", "-o", "drafts"]);
    assert.equal(done.code, 0, done.stderr);
    const made = draft("some");
    assert.deepEqual(Object.keys(made.actions), ["create_payment", "make_token"]);
    const again = await world.commandAsync(["connector", "import", "ledger.yaml", "--name", "some", "-o", "drafts"]);
    assert.equal(again.code, 2, "a manifest is not written over");
  });

  void it("says what is wrong with a document", async () => {
    for (const [text, wanted] of [
      ["swagger: '2.0'\npaths: {}\n", /Swagger 2\.0; convert it/],
      ["a: 1\n", /no OpenAPI 3 document/],
      ["openapi: 3.0.0\npaths: [\n", /bad\.yaml: line \d+, column \d+: /],
      ["a: &a [*a]\n", /an alias of what contains it/],
      ["a: 1\na: 2\n", /line 2, column 1: this key is there already/],
      ["openapi: 3.1.0\ninfo: {title: X, version: '1'}\npaths: {/a: {get: {parameters: [{$ref: 'x.yaml'}]}}}\n",
        /no operation of it/],
    ] as const) {
      write("bad.yaml", text);
      const done = await world.commandAsync(["connector", "import", "bad.yaml", "-o", "drafts"]);
      assert.equal(done.code, 2, text);
      assert.match(done.stderr, wanted);
    }
  });
});
