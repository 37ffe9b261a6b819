// A file that is written for somebody who takes it away, by the real program, over kills: it is there once.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Server, World } from "./world.ts";

describe("a file for somebody who takes it away", () => {
  let world: World;
  let out: string;
  beforeEach(() => {
    world = new World({ WEFT_LOG_LEVEL: "info" });
    out = join(world.folder, "out");
    mkdirSync(out);
    world.flow("pay", {
      weft: 1, name: "Pay",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "pay", respond: "accepted", verify: { type: "none" } } },
        { id: "put", type: "connector.file", config: {
          action: "write", folder: out, path: "='pay-' .. trigger.body.number .. '.csv'",
          content: "=trigger.body.text" } }],
      edges: [{ from: "event", to: "put" }],
    });
  });
  afterEach(() => world.end());

  const served = (env: Record<string, string> = {}): Promise<Server> =>
    world.serve({ env: { WEFT_FILES_ROOT: world.folder, ...env } });
  async function pay(server: Server): Promise<string> {
    const answer = await fetch(server.hook("pay"), { method: "POST", body: JSON.stringify({ number: 1, text: "1,2" }),
      headers: { "content-type": "application/json" } });
    assert.equal(answer.status, 202);
    return (await answer.json() as { run: string }).run;
  }

  it("is not there a second time when the program died before it knew that it was there", async () => {
    let server = await served({ WEFT_FAULT: "files.shown.kill:1" });
    const run = await pay(server);
    assert.equal((await server.exit()).signal, "SIGKILL");
    assert.equal(readFileSync(join(out, "pay-1.csv"), "utf8"), "1,2");
    rmSync(join(out, "pay-1.csv")); // taken
    server = await served();
    const shown = await world.settled(run);
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.deepEqual(readdirSync(out), []);
  });

  it("is there, and nothing beside it, when the program died before it had its name", async () => {
    let server = await served({ WEFT_FAULT: "files.show.kill:1" });
    const run = await pay(server);
    assert.equal((await server.exit()).signal, "SIGKILL");
    assert.ok(!existsSync(join(out, "pay-1.csv")));
    assert.equal(readdirSync(out).length, 1);
    server = await served();
    const shown = await world.settled(run);
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.deepEqual(readdirSync(out), ["pay-1.csv"]);
    assert.equal(readFileSync(join(out, "pay-1.csv"), "utf8"), "1,2");
  });
});
