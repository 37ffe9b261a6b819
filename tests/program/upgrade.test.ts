// A store that an earlier program wrote (stores/5.tar.gz: its data directory, its key and its flows, ended while two
// runs of one order key were under way) is opened by this one: what was there is, and what was under way goes on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { type Value, ask, text } from "./contract.ts";
import { eventually, World } from "./world.ts";

const ids = { waits: "4", behind: "5" };

it("a store of an earlier program is brought up to date, and its runs go on", async (t) => {
  const world = new World();
  t.after(() => world.end());
  execFileSync("tar", ["-xzf", join(import.meta.dirname, "stores", "5.tar.gz"), "-C", world.folder]);
  const flows = [join(world.folder, "flows")];
  const refused = world.command(["runs"]);
  assert.equal(refused.code, 2, refused.stdout);
  assert.match(refused.stderr, /is store number 5, this program reads \d+; weft serve brings it up/);

  const server = await world.serve({ flows });
  const local = { socketPath: join(world.data, "weft.sock") };
  const items = async (query: string): Promise<Record<string, Value>[]> => {
    const answer = await ask(local, { method: "GET", path: `/runs?${query}`, headers: { "weft-workspace": "main" } });
    assert.equal(answer.status, 200, answer.text);
    return (answer.json as { items: Record<string, Value>[] }).items;
  };
  const send = async (path: string, body: unknown): Promise<Response> => fetch(server.hook(path),
    { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const states = async (query: string): Promise<string> =>
    (await items(query)).map((run) => `${text(run.flow)} ${text(run.status)}`).sort().join(", ");

  assert.equal(await states("key=C-1"), "fails failed, ok succeeded"); // by the order key, with its error:
  const failed = (await items("key=C-1&status=failed"))[0]?.error as { text: string } | undefined;
  assert.match(failed?.text ?? "", /no such customer/);
  assert.equal(await states("status=failed"), "fails failed");
  assert.equal(await states("flow=ok"), "ok succeeded, ok succeeded");

  assert.equal((await send("ok", { id: "1", customer: "C-1", amount: 12.5 })).status, 200); // known: no new run
  assert.equal((await items("flow=ok")).length, 2);

  assert.equal(await states("flow=waits"), "waits active, waits waiting"); // one after the other, still
  for (const id of Object.values(ids)) {
    await eventually(`the run of ${id} waits`, async () => (await items("flow=waits&status=waiting")).length === 1);
    assert.equal((await send("tell", { id })).status, 200);
    await eventually(`the run of ${id} has ended`, async () =>
      (await items("flow=waits&status=succeeded")).length === Number(id) - 3);
  }
  assert.equal(await server.stop(), 0);
  const audit = world.command(["audit", "verify"]);
  assert.equal(audit.code, 0, audit.stderr);
  const secrets = world.command(["vault", "list"]);
  assert.match(secrets.stdout, /token/);
});
