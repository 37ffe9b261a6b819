// The tests that stand beside the templates: flows/NAME/tests/*.json, each one event and what must come of it. They run
// with the connectors simulated; the form is described in the templates' README.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isObject, type Json, type JsonObject, readJson, writeJson } from "../systems/lib/json.ts";
import { templates, World } from "./world.ts";

interface Case {
  name: string;
  input: Json;
  expect: { status: string; steps?: JsonObject; not_run?: string[]; error?: JsonObject };
}

function readCase(file: string): Case {
  const json = readJson(readFileSync(file, "utf8"));
  assert.ok(isObject(json) && typeof json.name === "string" && isObject(json.expect), `${file} is no test`);
  const known = ["status", "steps", "not_run", "error"];
  for (const name of Object.keys(json.expect)) assert.ok(known.includes(name), `${file}: expect has no "${name}"`);
  return json as unknown as Case;
}

/** Members sorted, numbers by their digits: equal texts are equal values. */
function canonical(json: Json): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join(",")}]`;
  if (!isObject(json)) return writeJson(json);
  const members = Object.keys(json).sort().map((name) => `${writeJson(name)}:${canonical(json[name] ?? null)}`);
  return `{${members.join(",")}}`;
}

function runCase(folder: string, test: Case): void {
  const world = new World();
  try {
    const done = world.command(["run", folder, "--input", "-", "--simulate", "--data", world.data],
      { input: writeJson(test.input) });
    assert.equal(done.code, test.expect.status === "succeeded" ? 0 : 1, done.stderr);
    const list = readJson(world.command(["runs", "--data", world.data, "--json"]).stdout) as { run: string }[];
    const shown = world.command(["show", list[0]?.run ?? "", "--data", world.data, "--json"]);
    assert.equal(shown.code, 0, shown.stderr);
    const run = readJson(shown.stdout) as { status: string; error?: JsonObject; steps: JsonObject[] };
    assert.equal(run.status, test.expect.status, writeJson(run.error ?? null));
    const steps = new Map(run.steps.map((step) => [step.step, step]));
    for (const [id, output] of Object.entries(test.expect.steps ?? {}))
      assert.equal(canonical(steps.get(id)?.output ?? null), canonical(output), `the output of ${id}`);
    for (const id of test.expect.not_run ?? []) assert.equal(steps.has(id), false, `${id} ran`);
    for (const [name, value] of Object.entries(test.expect.error ?? {})) assert.deepEqual(run.error?.[name], value);
  } finally {
    void world.end();
  }
}

for (const name of readdirSync(templates)) {
  const folder = join(templates, name);
  if (!existsSync(join(folder, "flow.json"))) continue;
  describe(name, () => {
    const files = existsSync(join(folder, "tests")) ? readdirSync(join(folder, "tests")) : [];
    it("has tests", () => { assert.ok(files.length > 0); });
    for (const file of files) {
      const test = readCase(join(folder, "tests", file));
      it(`${file}: ${test.name}`, () => { runCase(folder, test); });
    }
  });
}
