// docs/API.md: its examples, against the real program.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { sayWhatThePageSays } from "./examples.ts";
import { World } from "./world.ts";

const world = new World();
after(async () => { await world.end(); });

test("every example of the page says what the page says", async () => {
  const server = await world.serve({ flows: [] });
  assert.ok(await sayWhatThePageSays(world, "API.md", { "127.0.0.1:8080": `127.0.0.1:${server.port}` }) > 10);
});
