// docs/OPERATIONS.md: what an operator types, against the real program.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { sayWhatThePageSays } from "./examples.ts";
import { World } from "./world.ts";

const canary = "canary-of-an-operator-58d1";
const world = new World();
after(async () => { await world.end(); });

test("every example of the page says what the page says, and the diagnostics hold no secret", async () => {
  const backups = join(world.folder, "backups");
  mkdirSync(backups);
  writeFileSync(join(world.folder, "secret.txt"), canary);
  await world.serve({ flows: [] });
  const examples = await sayWhatThePageSays(world, "OPERATIONS.md",
    { "/var/lib/weft": world.data, "/var/backups/weft": backups });
  assert.ok(examples > 30);
  assert.doesNotMatch(readFileSync(join(world.folder, "weft.json"), "utf8"), new RegExp(canary));
});
