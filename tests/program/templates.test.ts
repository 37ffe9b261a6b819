// The tests that stand beside the templates (docs/TESTING.md), run by the program itself: each of them is a test here,
// so that a template that breaks is named.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readJson } from "../systems/lib/json.ts";
import { templates, World } from "./world.ts";

interface Result { file: string; test: string; passed: boolean; text?: string }

/** Runs `weft test` on a folder; its results and exit code. */
function testsOf(folder: string): { code: number | null; results: Result[] } {
  const world = new World();
  try {
    const done = world.command(["test", folder, "--json"]);
    const results = readJson(done.stdout);
    assert.ok(Array.isArray(results), done.stderr);
    return { code: done.code, results: results as unknown as Result[] };
  } finally {
    void world.end();
  }
}

for (const name of readdirSync(templates)) {
  const folder = join(templates, name);
  if (!existsSync(join(folder, "flow.json"))) continue;
  describe(name, () => {
    const { code, results } = testsOf(folder);
    it("has tests of the flow and of its rules", () => {
      assert.ok(results.some((result) => result.file.startsWith("tests/")));
      assert.ok(results.some((result) => result.file.startsWith("rules/")));
      assert.equal(code, 0);
    });
    for (const result of results)
      it(`${result.file}: ${result.test}`, () => { assert.equal(result.passed, true, result.text); });
  });
}

interface Step { type: string; connection?: string; config?: { body?: { nodes?: Step[] } } }

interface Template {
  description?: string;
  nodes: Step[];
  vars?: Record<string, unknown>;
  parameters?: { name: string; description?: string }[];
}

/** All steps of a flow, those within steps included. */
function stepsOf(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => [step, ...stepsOf(step.config?.body?.nodes ?? [])]);
}

describe("what a template consists of", () => {
  const overview = readFileSync(join(templates, "README.md"), "utf8");
  for (const name of readdirSync(templates).filter((each) => existsSync(join(templates, each, "flow.json"))))
    it(`${name}: parameters, connections to bind, samples, and a README with its picture and its fields`, () => {
      const file = (path: string): string => readFileSync(join(templates, name, path), "utf8");
      const flow = JSON.parse(file("flow.json")) as Template;
      assert.ok((flow.description ?? "").length > 20, "says nothing of itself");
      const asked = (flow.parameters ?? []).map((each) => each.name).sort();
      const plain = Object.entries(flow.vars ?? {}).filter(([, value]) => typeof value !== "object");
      assert.deepEqual(asked, plain.map(([key]) => key).sort(), "does not ask for what can be set");
      for (const { name: key, description = "" } of flow.parameters ?? [])
        assert.match(description, /^[A-Z0-9].{30,}\.$/, `does not explain ${key}`);
      const { connections } = JSON.parse(file("connections.json")) as { connections: Record<string, object> };
      for (const { connection } of stepsOf(flow.nodes))
        assert.ok(connection === undefined || connection in connections, `${connection} is not in connections.json`);
      const samples = readdirSync(join(templates, name, "tests"))
        .map((each) => JSON.parse(file(`tests/${each}`)) as object);
      assert.ok(samples.some((each) => "input" in each), "no test has an event");
      const readme = file("README.md");
      assert.match(readme, /```\n[^`]*(?:─►|►)[^`]*```/, "no picture of the flow");
      assert.match(readme, /^\|.*\|\n\|[-| ]+\|\n\|/m, "no table of fields");
      assert.ok(readme.includes(`weft test flows/${name}`), "does not say how it is tested");
      assert.ok(!readme.includes("connections.json"), "says where a file has it, not where a person enters it");
      assert.ok(overview.includes(`[${name}](${name}/README.md)`), "is not in flows/README.md");
    });
});

describe("the table of bad input in flows/README.md", () => {
  const rows = readFileSync(join(templates, "README.md"), "utf8").split("## Bad input")[1]?.split("\n## ")[0]
    ?.split("\n").filter((line) => line.startsWith("| [")) ?? [];
  it("has a row for every template that begins by itself", () => {
    for (const name of readdirSync(templates).filter((each) => existsSync(join(templates, each, "flow.json")))) {
      const flow = JSON.parse(readFileSync(join(templates, name, "flow.json"), "utf8")) as { nodes: Step[] };
      if (flow.nodes.every((node) => node.type === "trigger.call" || !node.type.startsWith("trigger."))) continue;
      assert.ok(rows.some((row) => row.startsWith(`| [${name}]`)), `${name} has no row`);
    }
  });
  it("names tests that are there", () => {
    for (const row of rows) {
      const [name = "", ...cells] = row.slice(1, -1).split("|").map((cell) => cell.trim());
      const own = /^\[([\w-]+)\]/.exec(name)?.[1] ?? "";
      assert.equal(cells.length, 12, `${own}: a cell for each kind of bad input`);
      for (const test of cells.flatMap((cell) => cell.split(", ")).filter((cell) => cell !== "–")) {
        const [folder, file] = test.includes("/") ? test.split("/") : [own, test];
        assert.ok(existsSync(join(templates, folder ?? "", "tests", `${file}.json`)), `${own}: ${test}`);
      }
    }
  });
});

describe("weft test", () => {
  it("says last what it did, and fails with what was expected and what came", () => {
    const world = new World();
    try {
      const done = world.command(["test", join(templates, "notice")]);
      assert.match(done.stdout, /\d+ passed, 0 failed\n$/);
      assert.equal(done.code, 0);
      world.flow("broken", { weft: 1, name: "B", nodes: [{ id: "a", type: "trigger.manual" }] }, {
        "lookups/t.json": { rows: { a: 1 } },
        "lookups/t.test.json": [{ name: "one", key: "a", expected: 2 }],
      });
      const failed = world.command(["test", "flows/broken"]);
      assert.equal(failed.code, 1);
      assert.equal(failed.stdout, "flows/broken/lookups/t.test.json: one: expected 2, got 1\n0 passed, 1 failed\n");
      assert.equal(world.command(["test", "flows/absent"]).code, 2);
    } finally {
      void world.end();
    }
  });
});
