// What the contract test works on: a program with something of everything, and for operations whose example cannot
// know it, what to ask for.
import { join } from "node:path";
import type { Value } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

export interface Case {
  path?: Record<string, Value>;
  query?: Record<string, Value>;
  body?: Value;
  skip?: boolean;    // it cannot be asked here; why stands beside it
  refused?: boolean; // its example is well-formed, and refused all the same
}
export interface Cases {
  server: Server;
  path: Record<string, Value>;  // for a path's parameter of that name
  query: Record<string, Value>; // for a query's
  operations: Record<string, Case>;
}

const orders = {
  weft: 1, name: "Orders",
  nodes: [
    { id: "in", type: "trigger.webhook", config: { path: "orders", verify: { type: "none" } } },
    { id: "map", type: "transform.map", config: { fields: [{ to: "total", from: "=trigger.body.total * 2" }] } },
  ],
  edges: [{ from: "in", to: "map" }],
};

async function post(server: Server, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" };
  await fetch(server.hook("orders"), { method: "POST", headers, body: JSON.stringify(body) });
}

/** A program with a flow, a run that succeeded and one that failed. */
export async function prepare(world: World): Promise<Cases> {
  world.flow("orders", orders);
  const server = await world.serve();
  world.command(["user", "add", "anna", "--role", "admin", "--data", world.data]);
  await post(server, { total: 1 });
  await post(server, { total: "none" });
  const runs = await eventually("two runs", async () => {
    const found = await world.runs();
    return found.length === 2 && found.every((run) => run.status !== "active") ? found : undefined;
  });
  const failed = runs.find((run) => run.status === "failed");
  if (failed === undefined) throw new Error("no run failed");
  return {
    server,
    path: { payload: `${failed.run}-input`, exception: `dead-${failed.run}`,
      user: "anna", run: failed.run, flow: "orders", secret: "pay_key", key: "data", environment: "production" },
    query: { before: failed.run, flow: "orders" },
    operations: {
      listenEvents: { skip: true }, // its answer stays open
      getRunStep: { query: { path: "map" } },
      diffPayloads: { body: { left: { payload: `${failed.run}-input` }, right: { value: { body: 1 } } } },
      actOnRuns: { body: { act: "replay", runs: [failed.run], dry_run: true } },
      actOnExceptions: { body: { exceptions: [`dead-${failed.run}`], port: "settle", dry_run: true } },
      replayRun: { body: { reason: "to see", from: "map", dry_run: true } },
      // names and passwords that nobody has
      signIn: { refused: true },
      makeToken: { body: { user: "anna", name: "nightly report", scopes: ["runs.read"] } },
      makeBackup: { body: { file: join(world.folder, "backup.db") } },
    },
  };
}
