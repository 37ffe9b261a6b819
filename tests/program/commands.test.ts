// The commands: what they print, where, and with which exit code.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBox } from "./box.ts";
import { echoFlow, effectFlow, secrets } from "./flows.ts";
import { templates, World } from "./world.ts";

const world = new World();
let echo = "";

before(() => {
  echo = world.flow("echo", echoFlow({ path: "echo" }));
});
after(() => world.end());

describe("weft run", () => {
  const event = '{"transactionId":"PT-1","amount":0.10,"currency":"USD"}';

  it("prints the last output on stdout and nothing else there", () => {
    const done = world.command(["run", echo, "--input", "-"], { input: event });
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /"amount"\s*:\s*0\.10?\b/);
    const output = JSON.parse(done.stdout) as Record<string, unknown>;
    assert.equal(output.id, "PT-1");
    assert.equal(output.double, 0.2);
  });

  it("reads its input from a file, and takes none for null", () => {
    const file = join(world.folder, "event.json");
    writeFileSync(file, event);
    assert.equal(world.command(["run", echo, "--input", file]).code, 0);
    const none = world.command(["run", echo]);
    assert.equal(none.code, 1); // decimal(nil) is a fault of the rule
    assert.match(none.stderr, /entry/);
  });

  it("fails with 1, naming the node and the line of the rule", () => {
    const done = world.command(["run", echo, "--input", "-"], { input: '{"amount":"ten"}' });
    assert.equal(done.code, 1);
    assert.equal(done.stdout.includes("PT-1"), false);
    assert.match(done.stderr, /entry/);
  });

  it("leaves with 3 when nobody knows whether an effect happened, and names the step", async (t) => {
    const box = await openBox();
    t.after(() => box.close());
    const flow = world.flow("once", effectFlow({ path: "once", method: "POST", url: box.url }),
      { "connections.json": secrets });
    box.fault({ kind: "status", status: 500 });
    const done = await world.commandAsync(["run", flow, "--input", "-"], { input: event });
    assert.equal(done.code, 3, done.stderr);
    assert.match(done.stderr, /send/);
    assert.equal(box.requests.length, 1);
  });

  it("sends nothing when it simulates", async (t) => {
    const box = await openBox();
    t.after(() => box.close());
    const flow = world.flow("dry", effectFlow({ path: "dry", method: "POST", url: box.url }),
      { "connections.json": secrets });
    const done = await world.commandAsync(["run", flow, "--input", "-", "--simulate"], { input: event });
    assert.equal(done.code, 0, done.stderr);
    assert.equal(box.requests.length, 0);
  });

  it("refuses a flow that is not valid with 2, and input that is no JSON", () => {
    const broken = world.flow("broken", { weft: 1, name: "Broken", nodes: [{ id: "a", type: "transform.mapp" }] });
    assert.equal(world.command(["run", broken, "--input", "-"], { input: event }).code, 2);
    const input = world.command(["run", echo, "--input", "-"], { input: "{" });
    assert.equal(input.code, 2);
    assert.match(input.stderr, /line 1, column/);
    assert.equal(world.command(["run", join(world.folder, "nowhere")]).code, 2);
  });
});

describe("weft check", () => {
  it("accepts the flows that come with the project", () => {
    const done = world.command(["check", templates]);
    assert.equal(done.code, 0, done.stdout + done.stderr);
  });

  it("names every fault with file, line, column, pointer and what would be right", () => {
    const text = `{
  "weft": 1,
  "name": "Broken",
  "nodes": [
    { "id": "hook", "type": "trigger.webhook", "config": { "path": "x", "verify": { "type": "none" } } },
    { "id": "map", "type": "transform.mapp", "config": { "fields": [] } },
    { "id": "say", "type": "connector.respond", "config": { "stattus": 200, "body": "=steps.map +" } }
  ],
  "edges": [ { "from": "hook", "to": "say" }, { "from": "hook", "to": "ghost" } ]
}
`;
    const folder = world.flow("faulty", text);
    const done = world.command(["check", folder]);
    assert.equal(done.code, 2);
    const lines = (done.stdout + done.stderr).split("\n").filter((line) => line.includes("flow.json:"));
    const fault = (pattern: RegExp): void => {
      assert.ok(lines.some((line) => pattern.test(line)), `${String(pattern)} is not among\n${lines.join("\n")}`);
    };
    assert.ok(lines.length >= 4, lines.join("\n"));
    for (const line of lines) assert.match(line, /^.*flow\.json:\d+:\d+: \S*: .+/);
    fault(/flow\.json:6:28: \/nodes\/1\/type: .*transform\.map\b/);
    fault(/flow\.json:7:\d+: \/nodes\/2\/config\/stattus: .*status/);
    fault(/flow\.json:7:\d+: \/nodes\/2\/config\/body: /);
    fault(/flow\.json:9:\d+: \/edges\/1\/to: .*ghost/);
  });

  it("says the same as JSON", () => {
    const done = world.command(["check", join(world.flows, "faulty"), "--json"]);
    assert.equal(done.code, 2);
    const faults = JSON.parse(done.stdout) as { file: string; line: number; column: number; pointer: string }[];
    assert.ok(faults.length >= 4);
    for (const fault of faults) {
      assert.match(fault.file, /flow\.json$/);
      assert.ok(fault.line > 0 && fault.column > 0);
      assert.ok(fault.pointer.startsWith("/") || fault.pointer === "");
    }
  });

  it("places faults in rules and lookups in their own files", () => {
    const flow = echoFlow({ path: "rules" });
    const folder = world.flow("rules", flow, {
      "rules/tax.lua": "local M = {}\nfunction M.rate( return 1 end\nreturn M\n",
      "lookups/accounts.json": '{\n  "rows": { "a": 1, "a": 2 }\n}\n',
    });
    const done = world.command(["check", folder]);
    assert.equal(done.code, 2);
    const said = done.stdout + done.stderr;
    assert.match(said, /rules\/tax\.lua:2:\d+: .+/);
    assert.match(said, /lookups\/accounts\.json:2:\d+: .*duplicate key/i);
  });

  it("tells a name that nobody knows in a rule and in an expression, with what was meant", () => {
    const right = JSON.stringify(echoFlow({ path: "names" }));
    const flow = JSON.parse(right.replace("=steps.entry.id", "=stesp.entry.id")) as object;
    const done = world.command(["check", world.flow("names", flow, {
      "rules/tax.lua": "local M = {}\nfunction M.rate(amount)\n  return amuont * 2\nend\nreturn M\n",
    })]);
    assert.equal(done.code, 2);
    const said = done.stdout + done.stderr;
    assert.match(said, /rules\/tax\.lua:3:\d+: .*'amuont'; do you mean 'amount'\?/);
    assert.match(said, /flow\.json:\d{2,}:\d+: .*'stesp'; do you mean 'steps'\?/);
  });
});

describe("weft schema and weft types", () => {
  it("prints a JSON Schema of a flow", () => {
    const done = world.command(["schema"]);
    assert.equal(done.code, 0, done.stderr);
    const schema = JSON.parse(done.stdout) as { $schema: string; type: string; properties: Record<string, unknown> };
    assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
    assert.ok("nodes" in schema.properties && "edges" in schema.properties && "settings" in schema.properties);
  });

  it("lists the node types, with their schemas as JSON", () => {
    const plain = world.command(["types"]);
    assert.equal(plain.code, 0, plain.stderr);
    const names = ["trigger.webhook", "trigger.manual", "transform.map", "transform.script", "branch.switch",
      "branch.filter", "connector.http", "connector.respond", "connector.dynamics365.create_payment"];
    for (const name of names) assert.ok(plain.stdout.includes(name), `${name} is missing`);
    const types = JSON.parse(world.command(["types", "--json"]).stdout) as { name: string; schema: object }[];
    for (const name of names) assert.equal(typeof types.find((type) => type.name === name)?.schema, "object");
  });
});

describe("wrong usage", () => {
  const wrong: [string[], RegExp][] = [
    [[], /usage: weft COMMAND/],
    [["frobnicate"], /frobnicate/],
    [["serve", "--data"], /--data/],
    [["serve", "--data", "x", "--listen", "nonsense"], /--listen/],
    [["serve", "--data", "x", "--listen", "127.0.0.1:70000"], /70000|--listen/],
    [["serve", "--data", "x", "--listen", "127.0.0.1:0", "--colour"], /--colour/],
    [["run"], /weft run FLOW/],
    [["check"], /weft check PATH/],
    [["show"], /weft show/],
    [["show", "not-an-id"], /not-an-id/],
  ];
  for (const [args, text] of wrong)
    it(`exit 2 and the right form: weft ${args.join(" ")}`, () => {
      const done = world.command(args);
      assert.equal(done.code, 2, done.stdout + done.stderr);
      assert.match(done.stderr, text);
      assert.equal(done.stdout, "");
    });

  it("--help is 0 and has an example, for each command", () => {
    for (const command of [[], ["serve"], ["run"], ["check"], ["runs"], ["show"], ["types"], ["schema"]]) {
      const done = world.command([...command, "--help"]);
      assert.equal(done.code, 0, `weft ${command.join(" ")} --help: ${done.stderr}`);
      assert.match(done.stdout, /weft /);
    }
  });
});
