// The build's reader of the contract: what is not whole is refused, with its place, and no program is made of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { program } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "weft-pack-"));
after(() => { rmSync(folder, { recursive: true, force: true }); });

const whole = `
openapi: 3.1.0
paths:
  /things/{thing}:
    get:
      operationId: getThing
      tags: [things]
      summary: A thing
      x-permission: flows.read
      parameters:
        - { name: thing, in: path, required: true, schema: { type: string } }
      responses:
        "200":
          description: it
          content:
            application/json:
              schema: { $ref: "#/components/schemas/Thing" }
              example: { name: a }
        default: { $ref: "#/components/responses/Problem" }
    put:
      operationId: putThing
      tags: [things]
      summary: Put a thing
      x-permission: flows.write
      parameters:
        - { name: thing, in: path, required: true, schema: { type: string } }
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Thing" }
            example: { name: b }
      responses:
        "204": { description: done }
        default: { $ref: "#/components/responses/Problem" }
components:
  responses:
    Problem:
      description: refused
      content: { application/problem+json: { schema: { type: object }, example: { code: invalid } } }
  schemas:
    Thing:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: { type: string }
`;

function pack(text: string): { code: number | null; said: string } {
  const [from, to] = [join(folder, "openapi.yaml"), join(folder, "out.c")];
  writeFileSync(from, text);
  const done = spawnSync(join(dirname(program), "contract_pack"), [from, to], { encoding: "utf8" });
  return { code: done.status, said: done.stderr };
}

test("a contract that is whole becomes two texts", () => {
  const { code, said } = pack(whole);
  assert.equal(code, 0, said);
  assert.equal(said, "");
  assert.match(readFileSync(join(folder, "out.c"), "utf8"), /contract__packed\[\] = \{\n123,34,/);
});

const faults: [string, string | RegExp, string, RegExp][] = [
  ["a reference that leads nowhere", "schemas/Thing\" }\n              ex", "schemas/Thin\" }\n              ex",
    /\/paths\/~1things~1{thing}\/get\/responses.*"#\/components\/schemas\/Thin" leads nowhere/],
  ["no operationId", "      operationId: putThing\n", "", /PUT \/things\/{thing}: it has no operationId/],
  ["an operationId twice", "putThing", "getThing", /PUT \/things\/{thing}: the operationId getThing is there already/],
  ["no permission", "      x-permission: flows.write\n", "", /PUT .*: x-permission must be .* not missing/],
  ["a permission that there is not", "flows.write", "flows.writ", /PUT .*: x-permission must be .* not flows.writ/],
  ["no answer for refusals", /        default: .*\n    put/, "    put",
    /GET .*: it needs an answer for success and one for refusals/],
  ["a piece of the path that is no parameter", /- { name: thing.*\n/, "- { name: x, in: query, schema: {} }\n",
    /GET .*: {thing} of the path is no parameter/],
  ["a parameter that is not in the path", "name: thing, in: path", "name: thin, in: path",
    /GET .*: the parameter thin is not in the path/],
  ["a body whose unknown members are not spoken of", "      additionalProperties: false\n", "",
    /PUT .*: the body's schema needs "additionalProperties": false/],
  ["an answer without an example", "              example: { name: a }\n", "",
    /GET .*: an answer of type application\/json has no example/],
  ["a body without an example", "            example: { name: b }\n", "", /PUT .*: the body needs an example/],
  ["an example that does not fit", "example: { name: b }", "example: { nam: b }",
    /PUT .*: its example at .*: "name" is missing/],
  ["a keyword that our validator does not know", "name: { type: string }", "name: { nullable: true }", /"nullable"/],
  ["a format that is not checked", "name: { type: string }", "name: { format: nonsense }", /nonsense/],
  ["no summary", "      summary: A thing\n", "", /GET .*: it has no summary/],
  ["no tag", "tags: [things]\n      summary: A", "tags: []\n      summary: A", /GET .*: it has no tag/],
  ["no YAML", "openapi: 3.1.0", "openapi: [3.1.0", /openapi\.yaml: line \d+, column \d+/],
];

for (const [name, from, to, words] of faults)
  test(`refused: ${name}`, () => {
    const broken = whole.replace(from, to);
    assert.notEqual(broken, whole);
    const { code, said } = pack(broken);
    assert.equal(code, 1, said);
    assert.match(said, words);
  });
