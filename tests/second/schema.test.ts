// The cases of tests/unit/schema/ put to a second implementation of JSON Schema 2020-12, ajv: what the
// validator of ours must say of them (tests/unit/schema.c) is what ajv says, too. Left to ours alone:
// numbers that a double cannot hold, formats (an extension of ajv), and groups marked "alone", of
// which ajv says something else than the standard.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { AnySchema } from "ajv/dist/2020.js";

interface Group { about: string, schema: AnySchema, fits: unknown[], not: unknown[], alone?: unknown }

const folder = join(import.meta.dirname, "../unit/schema");

function groups(name: string): Group[] {
  const all = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Group[];
  return all.filter((group) => group.alone === undefined);
}

function verdicts(group: Group): void {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
  const validate = ajv.compile(group.schema);
  for (const value of group.fits)
    assert.equal(validate(value), true, `${JSON.stringify(value)} fits`);
  for (const value of group.not)
    assert.equal(validate(value), false, `${JSON.stringify(value)} does not fit`);
}

for (const name of ["core", "validation", "applicator", "unevaluated", "patterns"])
  describe(name, () => {
    for (const group of groups(name))
      it(group.about, () => { verdicts(group); });
  });
