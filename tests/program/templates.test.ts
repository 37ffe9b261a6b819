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

describe("the table of bad input in flows/README.md", () => {
  const rows = readFileSync(join(templates, "README.md"), "utf8").split("## Bad input")[1]?.split("\n## ")[0]
    ?.split("\n").filter((line) => line.startsWith("| [")) ?? [];
  it("names tests that are there, for every template that is no sub-flow", () => {
    assert.ok(rows.length >= 19, `${rows.length} rows`);
    for (const row of rows) {
      const [name = "", ...cells] = row.slice(1, -1).split("|").map((cell) => cell.trim());
      const own = /^\[([\w-]+)\]/.exec(name)?.[1] ?? "";
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
