// Where requests may go: nowhere private unless somebody allowed it, by the address really connected to.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openBox } from "./box.ts";
import { effectFlow } from "./flows.ts";
import { type RunShown, type Server, World } from "./world.ts";

let box: StandIn;
before(async () => { box = await openBox(); });
after(() => box.close());

/** Serves one flow for each URL and runs each once. */
async function visits(world: World, urls: string[]): Promise<RunShown[]> {
  for (const [n, url] of urls.entries())
    world.flow(`visit${n}`, { ...effectFlow({ path: `visit/${n}`, method: "POST", url: "", verify: { type: "none" } }),
      nodes: [
        { id: "hook", type: "trigger.webhook", config: { path: `visit/${n}`, verify: { type: "none" } } },
        { id: "send", type: "connector.http", timeout: "3s", config: { method: "GET", url } },
      ] });
  const server: Server = await world.serve();
  const shown: RunShown[] = [];
  for (const n of urls.keys()) {
    const answer = await fetch(server.hook(`visit/${n}`), { method: "POST", body: `{"transactionId":"PT-${n}"}`,
      headers: { "content-type": "application/json" } });
    assert.equal(answer.status, 202);
    shown.push(await world.settled((await answer.json() as { run: string }).run));
  }
  return shown;
}

describe("egress", () => {
  it("goes to no address of this machine or its neighbours, however it is written", async (t) => {
    const world = new World({ WEFT_EGRESS_ALLOW: "" });
    t.after(() => world.end());
    const { port } = box;
    const urls = [
      "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f.0.0.1", "2130706433", "0.0.0.0",
      "017700000001", "[::]", "169.254.169.254", "10.0.0.1", "192.168.0.1", "[fe80::1]", "[64:ff9b::7f00:1]",
    ].map((host) => `http://${host}:${port}/rows`);
    const asked = box.requests.length;
    for (const [n, run] of (await visits(world, urls)).entries()) {
      assert.equal(run.status, "failed", urls[n]);
      const { kind = "" } = run.error ?? {};
      assert.ok(["policy", "invalid"].includes(kind), `${urls[n] ?? ""}: ${JSON.stringify(run.error)}`);
    }
    assert.equal(box.requests.length, asked);
  });

  it("goes where it is allowed, and only to that port", async (t) => {
    const world = new World({ WEFT_EGRESS_ALLOW: `127.0.0.1:${box.port}` });
    t.after(() => world.end());
    const [good, bad] = await visits(world, [`${box.url}/rows`, "http://127.0.0.1:1/rows"]);
    assert.equal(good?.status, "succeeded");
    assert.equal(bad?.error?.kind, "policy");
  });

  it("follows no redirect, wherever it points", async (t) => {
    const asked: string[] = [];
    const bait: HttpServer = createServer((request, response) => {
      asked.push(request.url ?? "");
      const status = Number(/\d{3}/.exec(request.url ?? "")?.[0] ?? 200);
      response.writeHead(status, { location: "/target" }).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => bait.once("listening", resolve));
    const world = new World();
    t.after(async () => {
      await world.end();
      bait.closeAllConnections();
      bait.close();
    });
    const { port } = bait.address() as AddressInfo;
    const statuses = [301, 302, 303, 307, 308];
    const runs = await visits(world, statuses.map((status) => `http://127.0.0.1:${port}/${status}`));
    for (const run of runs) assert.notEqual(run.status, "succeeded");
    assert.deepEqual(asked, statuses.map((status) => `/${status}`));
  });
});
