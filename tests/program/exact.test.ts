// Every digit of a number survives all that happens to it: webhook, checkpoint, kill -9, rule, mapping, the body of a
// request, the answer's, and what people are shown.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, it } from "node:test";
import { eventually, type Server, World } from "./world.ts";

const digits: Record<string, string> = {
  whole: "12345678901234567890123456789012345678",
  negative: "-99999999999999999999999999999999999999",
  fraction: "0.12345678901234567890123456789012345678",
  both: "1234567890123456789.0123456789012345678",
  beyond: "9007199254740993",
  unsigned: "18446744073709551616",
  cents: "100.10",
  scale: "1.000000",
  float: "0.1000000000000000055511151231257827",
};
const event = `{${Object.entries(digits).map(([key, value]) => `"${key}": ${value}`).join(", ")}}`;

const peer = { up: false, bodies: [] as string[] };
const system = createServer((req, res) => {
  let body = "";
  req.setEncoding("utf8").on("data", (part: string) => { body += part; }).on("end", () => {
    peer.bodies.push(body);
    res.writeHead(peer.up ? 200 : 503, { "content-type": "application/json" }).end(peer.up ? body : "{}");
  });
});
const world = new World();
let server: Server;

before(async () => {
  await new Promise<void>((resolve) => system.listen(0, "127.0.0.1", resolve));
  world.flow("exact", {
    weft: 1, name: "Every digit",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "exact", respond: "accepted", verify: { type: "none" } } },
      { id: "map", type: "transform.map",
        config: { fields: Object.keys(digits).map((key) => ({ to: key, from: `=trigger.body.${key}` })) } },
      { id: "rule", type: "transform.script",
        config: { source: "return { whole = trigger.body, list = { steps.map }, more = steps.map.cents + 0 }" } },
      { id: "send", type: "connector.http", timeout: "5s",
        retry: { attempts: 50, backoff: "fixed", initial: "100ms" },
        config: { method: "PUT", url: `http://127.0.0.1:${(system.address() as AddressInfo).port}/rows/1`,
          body: "=steps.rule" } },
      { id: "heard", type: "transform.script", config: { source: "return steps.send.body" } },
    ],
    edges: [{ from: "hook", to: "map" }, { from: "map", to: "rule" }, { from: "rule", to: "send" },
      { from: "send", to: "heard" }],
  });
  server = await world.serve();
});
after(async () => {
  await world.end();
  system.close();
});

/** Each number, written as it came, stands in the text so often. */
function has(text: string, times: number, where: string): void {
  for (const [key, value] of Object.entries(digits)) {
    const found = text.match(new RegExp(`"${key}":\\s*${value.replace(".", "\\.")}(?![\\d.eE])`, "g"));
    assert.equal(found?.length ?? 0, times, `${where}: ${key}: ${value} in ${text.slice(0, 2000)}`);
  }
}

it("each digit of 38 comes out as it went in, behind a kill, too", async () => {
  const answer = await fetch(server.hook("exact"), { method: "POST", body: event,
    headers: { "content-type": "application/json" } });
  const { run } = await answer.json() as { run: string };
  await eventually("a first attempt", () => peer.bodies.length > 0);
  await server.kill();
  peer.up = true;
  const attempts = peer.bodies.length;
  server = await world.serve();
  assert.equal((await world.settled(run)).status, "succeeded");
  assert.ok(peer.bodies.length > attempts);
  for (const body of peer.bodies) {
    has(body, 2, "a request");
    assert.match(body, /"more":\s*100\.10[,}]/);
  }
  const shown = world.command(["show", run, "--data", world.data, "--json"]);
  assert.equal(shown.code, 0, shown.stderr);
  has(shown.stdout, 8, "what weft show tells"); // the event, mapped, twice of the rule, sent and answered, heard
});
