// The rules with which a workspace begins: nobody has made one, and a halted connection is an alert all the same.
import assert from "node:assert/strict";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { type Answer, type Fields, type Value, ask } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

const world = new World();
let server: Server, erp: HttpServer;

function local(method: string, path: string, body?: Value, headers: Record<string, string> = {}): Promise<Answer> {
  const rest = body === undefined ? {} : { body: JSON.stringify(body) };
  return ask({ socketPath: join(world.data, "weft.sock") },
    { method, path, headers: { "content-type": "application/json", ...headers }, ...rest });
}
async function items(path: string, workspace = "main"): Promise<Fields[]> {
  const answer = await local("GET", path, undefined, { "weft-workspace": workspace });
  assert.equal(answer.status, 200, answer.text);
  return (answer.json as Fields).items as Fields[];
}
const names = async (workspace?: string): Promise<unknown[]> =>
  (await items("/alert-rules", workspace)).map((one) => [one.rule, one.kind, one.by, one.severity]);
const standard = [["connections", "connection", "weft", "critical"], ["polls", "age", "weft", "critical"]];

before(async () => {
  erp = createServer((_, answer) => { answer.writeHead(401).end("who are you?"); });
  await new Promise<void>((resolve) => { erp.listen(0, "127.0.0.1", resolve); });
  const { port } = erp.address() as AddressInfo;
  world.flow("post", {
    weft: 1, name: "Post",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "post", respond: "accepted", verify: { type: "none" } } },
      { id: "send", type: "connector.http", connection: "erp",
        config: { method: "GET", path: "/orders", effect: "none" } },
    ],
    edges: [{ from: "hook", to: "send" }],
  }, { "connections.json": { weft: 1, connections: { erp: { connector: "http",
    base_url: `http://127.0.0.1:${port}`, auth: { type: "bearer", secret: "key" },
    secrets: { key: { env: "ERP_TOKEN" } } } } } });
  server = await world.serve({ env: { ERP_TOKEN: "of-yesterday" } });
});
after(async () => {
  await world.end();
  erp.close();
});

it("tells of a connection that halts, although nobody has made a rule", async () => {
  await eventually("they are there", async () => (await items("/alert-rules")).length === 2);
  assert.deepEqual(await names(), standard);
  assert.deepEqual(await items("/alerts"), []);
  const taken = await fetch(server.hook("post"), { method: "POST", body: "{}",
    headers: { "content-type": "application/json" } });
  assert.equal(taken.status, 202);
  const alert = await eventually("it is told", async () => (await items("/alerts")).at(0));
  assert.deepEqual([alert.rule, alert.state, alert.severity], ["connections", "firing", "critical"]);
  assert.match(JSON.stringify(alert), /main\/production\/post\/erp/);
});

it("leaves them as people want them: changed, removed, also after a restart", async () => {
  const revision = (await items("/alert-rules"))[0]?.revision as number;
  const quiet = { kind: "connection", title: "Ours", severity: "info" };
  const changed = await local("PUT", "/alert-rules/connections", quiet,
    { "if-match": `"${revision}"` });
  assert.equal(changed.status, 200, changed.text);
  assert.equal((await local("DELETE", "/alert-rules/polls", undefined, { "if-match": "\"1\"" })).status, 204);
  await server.stop();
  server = await world.serve({ env: { ERP_TOKEN: "of-yesterday" } });
  assert.deepEqual((await items("/alert-rules")).map((one) => [one.rule, one.title]), [["connections", "Ours"]]);
});

it("begins each new workspace with them", async () => {
  const made = await local("POST", "/workspaces", { workspace: "acme", title: "Acme" });
  assert.equal(made.status, 201, made.text);
  await eventually("they are there", async () => (await items("/alert-rules", "acme")).length === 2);
  assert.deepEqual(await names("acme"), standard);
});
