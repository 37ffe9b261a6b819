// connector.sql with "save": a result of any length becomes a file row by row, and is read from there in pages. The
// database is a real PostgreSQL; what counts is that no row is missing, and that none but one is held.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type JsonObject, number, readJson, scalar, writeJson } from "../systems/lib/json.ts";
import { Sage500 } from "../systems/sage500/sage500.ts";
import { sageConnections, streamFlow } from "./sage_flows.ts";
import { type Server, World } from "./world.ts";

const password = "canary-sage-rows";
const rows = 300_000;

let sage: Sage500;
let world: World;
let server: Server;

before(async () => {
  sage = await Sage500.open(password);
  world = new World({ SAGE_PASSWORD: password });
  world.env.WEFT_FILES_ROOT = world.folder;
  world.env.ASAN_OPTIONS = "quarantine_size_mb=1";
  world.flow("stream", streamFlow(world.folder), { "connections.json": sageConnections({ port: sage.door.port }) });
  server = await world.serve();
});
after(async () => {
  await world.end();
  await sage.close();
});

async function ask(count: number): Promise<JsonObject> {
  const answer = await fetch(server.hook("stream"), { method: "POST", body: writeJson({ count: number(count) }),
    headers: { "content-type": "application/json" } });
  return readJson(await answer.text()) as JsonObject;
}

function memory(kind: string): number {
  const status = readFileSync(`/proc/${server.child.pid ?? 0}/status`, "utf8");
  return Number(new RegExp(`${kind}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

function left(): string[] {
  return readdirSync(world.folder).filter((name) => name.startsWith("rows-"));
}

describe("rows that become a file", () => {
  it(`${rows} of them take the memory of a page`, async (t) => {
    assert.equal(scalar((await ask(10)).rows), "10");
    const usual = memory("VmRSS");
    writeFileSync(`/proc/${server.child.pid ?? 0}/clear_refs`, "5"); // VmHWM begins anew
    const { count, file, rows: read, sum } = await ask(rows);
    assert.deepEqual([scalar(count), scalar(read), scalar(sum)], [String(rows), String(rows), "450001500.00"]);
    assert.ok(Number(scalar((file as JsonObject).size)) > 25_000_000);
    const grown = memory("VmHWM") - usual;
    t.diagnostic(`${grown.toFixed(1)} MiB more at the most`);
    assert.ok(grown < 60, `${grown} MiB more`);
    assert.deepEqual(left(), []);
  });

  it("are a failure when there are more than are allowed for: it says what to do, and no file is left", async () => {
    const { run } = await ask(rows + 1);
    const { error } = await world.settled(scalar(run));
    assert.equal(error?.kind, "limit");
    assert.match(error.text, /more than 300000 rows: raise "max_rows" of "save", or ask for less; nothing was kept/);
    assert.deepEqual(left(), []);
  });

  it("may be none: an empty list", async () => {
    const { count, rows: read } = await ask(0);
    assert.deepEqual([scalar(count), scalar(read)], ["0", "0"]);
  });
});
