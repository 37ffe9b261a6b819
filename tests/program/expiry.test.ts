// Saved files that are removed after a time: `keep` of connector.http's `save`, by the real program, over kills and
// with several runs at one path.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type RunShown, type Server, World, eventually } from "./world.ts";

describe("a saved file that is kept for a time", () => {
  let world: World;
  let into: string;
  let gone: boolean; // what was there to be fetched
  // Answers with the end of its path.
  const peer = createServer((request, answer) => {
    answer.writeHead(gone ? 404 : 200, { "content-type": "text/csv" });
    answer.end(request.url?.slice(1));
  });
  beforeEach(async () => {
    world = new World({ WEFT_LOG_LEVEL: "info" });
    into = join(world.folder, "in");
    mkdirSync(into);
    gone = false;
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    for (const [name, keep] of [["short", "200ms"], ["middle", "2s"], ["long", "1h"], ["ever", undefined]])
      world.flow(String(name), {
        weft: 1, name: String(name),
        nodes: [
          { id: "event", type: "trigger.webhook", config: {
            path: name, respond: "accepted", verify: { type: "none" } } },
          { id: "get", type: "connector.http", retry: { attempts: 1 }, config: {
            url: `='http://127.0.0.1:${String((peer.address() as AddressInfo).port)}/' .. trigger.body.text`,
            save: { folder: into, file: "=trigger.body.name", exists: "replace", keep } } }],
        edges: [{ from: "event", to: "get" }],
      });
  });
  afterEach(async () => {
    await world.end();
    peer.closeAllConnections();
    await new Promise((resolve) => peer.close(resolve));
  });

  const served = (env: Record<string, string> = {}): Promise<Server> =>
    world.serve({ env: { WEFT_FILES_ROOT: world.folder, ...env } });
  async function begin(server: Server, flow: string, name: string, text: string): Promise<string> {
    const answer = await fetch(server.hook(flow), { method: "POST", body: JSON.stringify({ name, text }),
      headers: { "content-type": "application/json" } });
    assert.equal(answer.status, 202);
    return (await answer.json() as { run: string }).run;
  }
  async function save(server: Server, flow: string, name: string, text: string): Promise<RunShown> {
    const shown = await world.settled(await begin(server, flow, name, text));
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    return shown;
  }
  const vanishes = (name: string): Promise<boolean> =>
    eventually(`${name} is removed`, () => !existsSync(join(into, name)));
  /** All that is due by now has been seen to: a round begins when the one before has ended. */
  async function rounds(server: Server): Promise<void> {
    for (const name of ["probe-1", "probe-2"]) {
      await save(server, "short", name, name);
      await vanishes(name);
    }
  }
  const text = (name: string): string => readFileSync(join(into, name), "utf8");

  it("is removed after it; one without a time stays, and one that is another by then", async () => {
    const server = await served();
    await save(server, "short", "a.csv", "1,2");
    await save(server, "ever", "b.csv", "1,2");
    await save(server, "short", "sub.csv", "1,2");
    writeFileSync(join(into, "sub.csv"), "3,4"); // by hand: the same place, the same size
    await vanishes("a.csv");
    await rounds(server);
    assert.deepEqual(readdirSync(into).sort(), ["b.csv", "sub.csv"]);
    assert.equal(text("sub.csv"), "3,4");
  });

  /** Saves the same twice, the second time by that flow and while the first one's file is there. */
  async function twice(server: Server, flow: string, name: string): Promise<void> {
    await eventually("the second came before the first one's time was over", async () => {
      await save(server, "middle", name, "first");
      const { output } = (await save(server, flow, name, "first")).steps.find((one) => one.step === "get") ?? {};
      return !(output as { file: { changed: boolean } }).file.changed;
    });
  }

  it("belongs to the run that saved it last", async () => {
    const server = await served();
    await save(server, "middle", "other", "first");
    await save(server, "long", "other", "second");
    await twice(server, "long", "same");
    await twice(server, "ever", "forever");
    await twice(server, "long", "extended");
    await save(server, "short", "extended", "first"); // an hour was promised
    await save(server, "middle", "last", "");
    await vanishes("last");
    await rounds(server);
    assert.deepEqual(readdirSync(into).sort(), ["extended", "forever", "other", "same"]);
    assert.equal(text("other"), "second");
  });

  it("stays when it was there before, though the same was saved once more", async () => {
    writeFileSync(join(into, "a.csv"), "1,2");
    const server = await served();
    await save(server, "short", "a.csv", "1,2");
    await rounds(server);
    assert.equal(text("a.csv"), "1,2");
  });

  it("is one whole file of two runs that save at once, until the later one's time", async () => {
    const server = await served();
    for (let i = 0; i < 3; i++) {
      const texts = ["x".repeat(3000), "y".repeat(3000)];
      const runs = await Promise.all(texts.map((one) => begin(server, "short", "both.csv", one)));
      for (const run of runs) assert.equal((await world.settled(run)).status, "succeeded");
      assert.ok(!existsSync(join(into, "both.csv")) || texts.includes(text("both.csv")));
    }
    await vanishes("both.csv");
  });

  for (const [point, when] of [
    ["files.show.kill", "before it has its name"], ["files.shown.kill", "when it has its name, and nobody knows"],
    ["files.delete.kill", "when it is removed, and nobody knows"]] as const)
    it(`is removed also when the program dies ${when}`, async () => {
      let server = await served({ WEFT_FAULT: `${point}:1` });
      const run = await begin(server, "short", "a.csv", "1,2");
      assert.equal((await server.exit()).signal, "SIGKILL");
      assert.equal(existsSync(join(into, "a.csv")), point === "files.shown.kill");
      gone = point === "files.shown.kill"; // it cannot be fetched again: its row alone tells of it
      server = await served();
      const shown = await world.settled(run);
      assert.equal(shown.status, gone ? "failed" : "succeeded");
      gone = false;
      await vanishes("a.csv");
      writeFileSync(join(into, "a.csv"), "1,2"); // nothing of it is left that could remove another
      await rounds(server);
      assert.deepEqual(readdirSync(into), ["a.csv"]);
    });

  it("waits where it cannot be removed, and the log says so", async () => {
    let server = await served({ WEFT_FAULT: "files.shown.kill:1" }); // before its time is over
    await begin(server, "short", "a.csv", "1,2");
    await server.exit();
    const elsewhere = join(world.folder, "elsewhere");
    mkdirSync(elsewhere);
    server = await served({ WEFT_FILES_ROOT: elsewhere });
    await eventually("the log tells of it", () => server.log.includes("a saved file is not removed"));
    assert.equal(text("a.csv"), "1,2");
  });
});
