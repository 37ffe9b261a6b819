// What the contract test works on: a program with something of everything, and for operations whose example cannot
// know it, what to ask for.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Answer, type Fields, type Value, ask } from "./contract.ts";
import { Visitor, code as factorCode, password } from "./people.ts";
import { secretEnv, type Secrets, useSecrets } from "./contract_secrets.ts";
import { type Server, World, eventually } from "./world.ts";

export interface Case {
  path?: Record<string, Value>;
  query?: Record<string, Value>;
  body?: Value;
  etag?: string;     // the path whose ETag it names
  skip?: boolean;    // it cannot be asked here; why stands beside it
  refused?: boolean; // its example is well-formed, and refused all the same
  session?: () => Promise<Record<string, string>>; // it is asked with these headers at the open listener
}
export interface Cases {
  server: Server;
  secrets: Secrets;
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

const day = {
  weft: 1, name: "A day",
  nodes: [
    { id: "in", type: "trigger.webhook", config: { path: "day", verify: { type: "none" } } },
    { id: "compare", type: "transform.reconcile", config: { left: "=trigger.body.left", right: "=trigger.body.right",
      amount: { left: "amount" }, passes: [{ name: "transaction", keys: [{ left: "id" }] }] } },
  ],
  edges: [{ from: "in", to: "compare" }],
};

/** Asks the local socket, as somebody, for what must be done. */
async function done(world: World, method: string, path: string, body?: Value, headers = {}): Promise<Answer> {
  const asked = body === undefined ? { method, path, headers }
    : { method, path, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  const answer = await ask({ socketPath: join(world.data, "weft.sock") }, asked);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}

/** A flow that people keep: a draft, two versions, deployed twice, and once more where somebody has to say yes. */
async function keepFlow(world: World): Promise<Record<string, Value>> {
  const hook = { id: "in", type: "trigger.webhook", config: { path: "demo", verify: { type: "none" } } };
  const bundle = (name: string): Value => ({ flow: { ...orders, name, nodes: [hook, orders.nodes[1] ?? {}] } });
  await done(world, "POST", "/flows", { flow: "demo", name: "Demo" });
  for (const version of ["1", "2"]) {
    const seen = { "if-match": (await done(world, "GET", "/flows/demo/draft")).headers.etag };
    const draft = { bundle: bundle(`Demo ${version}`) };
    const kept = await done(world, "PUT", "/flows/demo/draft", draft, seen);
    await done(world, "POST", "/flows/demo/versions", { message: version }, { "if-match": kept.headers.etag });
    await done(world, "POST", "/flows/demo/deployments", { version, environment: "production" });
  }
  await done(world, "POST", "/flows/demo/samples", { sample: "kept", input: { total: 1 } });
  await done(world, "PUT", "/flows/demo/pins/map", { output: { total: 2 } });
  await done(world, "PUT", "/environments/guarded", { title: "Guarded", approval: true });
  await done(world, "POST", "/flows", { flow: "spare", name: "Spare" });
  const asked = { version: "2", environment: "guarded", by: "ben" };
  const waiting = await done(world, "POST", "/flows/demo/deployments", asked);
  return { deployment: (waiting.json as Fields).deployment ?? "none" };
}

/** Somebody new, signed in. */
async function visitor(world: World, server: () => Server, name: string): Promise<Visitor> {
  const made = await world.commandAsync(["user", "add", name, "--role", "operator", "--json", "--data", world.data]);
  const { invitation } = JSON.parse(made.stdout) as { invitation: { token: string } };
  const person = new Visitor(server);
  assert.equal((await person.ask("POST", "/invitation", { token: invitation.token, password })).status, 201);
  return person;
}

async function post(server: Server, body: unknown, hook = "orders"): Promise<string> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(server.hook(hook), { method: "POST", headers, body: JSON.stringify(body) });
  return (await answer.json() as { run: string }).run;
}

/** Two lists that were compared, as cases of what settlements are asked. */
async function keepSettlement(world: World, server: Server): Promise<Record<string, Case>> {
  const left = [{ id: 1, amount: 1 }, { id: 2, amount: 2 }];
  const run = await post(server, { left, right: left.slice(0, 1) }, "day");
  await world.settled(run);
  return Object.fromEntries(["getSettlement", "listSettlementLines", "exportSettlement", "previewSettlement"]
    .map((operation) => [operation, { path: { run } }]));
}

/** Headers of somebody signed in, who has proved it just now. */
type Session = () => Promise<Record<string, string>>;
function sessions(world: World, server: Server): (name: string, ready?: (person: Visitor) => Promise<void>) => Session {
  return (name, ready) => async () => {
    const person = await visitor(world, () => server, name);
    await ready?.(person);
    return { cookie: person.cookie, "x-csrf": person.csrf };
  };
}

/** What people ask of their own sessions: each by somebody of their own. */
function ownSessions(world: World, server: Server): Record<string, Case> {
  const session = sessions(world, server);
  const wrong = { refused: true }; // names and passwords that nobody has
  const begun = async (person: Visitor): Promise<void> => {
    const { body } = await person.ask("POST", "/session/second-factor");
    Object.assign(own.confirmSecondFactor ?? {}, { body: { code: factorCode(body.secret ?? "") } });
  };
  const factor = async (person: Visitor): Promise<void> => {
    const { body } = await person.ask("POST", "/session/second-factor");
    await person.ask("POST", "/session/second-factor/confirm", { code: factorCode(body.secret ?? "") });
  };
  const second = async (person: Visitor): Promise<void> => {
    await new Visitor(() => server).signIn("ended");
    const { body } = await person.ask("GET", "/session/others");
    const other = body.items?.find((one) => one.own !== true)?.id ?? "none";
    Object.assign(own.endSession ?? {}, { path: { session: other } });
  };
  const own: Record<string, Case> = {
    signIn: wrong, signInSecondFactor: wrong, makeFirstUser: wrong, acceptInvitation: wrong,
    signOut: { session: session("out") },
    proveSession: { session: session("prove"), body: { password } },
    changePassword: { session: session("change"), body: { old: password, new: "a quiet cobalt tramway" } },
    endOtherSessions: { session: session("others") },
    endSession: { session: session("ended", second) },
    beginSecondFactor: { session: session("begin") },
    confirmSecondFactor: { session: session("confirm", begun) },
    renewRecoveryCodes: { session: session("renew", factor) },
    removeSecondFactor: { session: session("unfactor", factor) },
  };
  return own;
}

/** A backup, and the job that made it. */
async function keepBackup(world: World): Promise<Record<string, Value>> {
  const job = ((await done(world, "POST", "/backups")).json as Fields).job ?? "none";
  const result = await eventually("a backup", async () =>
    ((await done(world, "GET", `/jobs/${job as string}`)).json as Fields).result as Fields | undefined);
  return { job, backup: result.backup ?? "none" };
}

function tokenId(made: Answer): Value {
  return ((made.json as Fields).token as Fields).id ?? "none";
}

/** A channel, a rule, and the alert that it finds: some run has failed. */
async function keepAlert(world: World): Promise<Record<string, Value>> {
  const desk = { kind: "mail", url: "smtp://127.0.0.1:9", from: "weft@example.com", to: ["desk@example.com"] };
  await done(world, "PUT", "/channels/desk", desk);
  await done(world, "PUT", "/channels/spare", desk);
  await done(world, "PUT", "/alert-rules/failures", { kind: "count", metric: "runs.failed", above: 0 });
  await done(world, "PUT", "/alert-rules/spare", { kind: "connection" });
  const alert = await eventually("an alert", async () => {
    const { items } = (await done(world, "GET", "/alerts")).json as { items: { alert: string }[] };
    return items[0]?.alert;
  });
  for (const group of ["finance", "spare"]) await done(world, "PUT", `/groups/${group}`, { members: ["anna"] });
  return { alert, rule: "failures", channel: "desk", group: "finance" };
}

/** A program with flows, a run that succeeded and one that failed, people. */
export async function prepare(world: World): Promise<Cases> {
  world.flow("orders", orders);
  world.flow("day", day);
  const server = await world.serve({ env: secretEnv });
  await world.commandAsync(["user", "add", "anna", "--role", "admin", "--data", world.data]);
  await world.commandAsync(["user", "add", "cleo", "--role", "viewer", "--data", world.data]);
  await post(server, { total: 1 });
  await post(server, { total: "none" });
  const runs = await eventually("two runs", async () => {
    const found = await world.runs();
    return found.length === 2 && found.every((run) => run.status !== "active") ? found : undefined;
  });
  const failed = runs.find((run) => run.status === "failed");
  if (failed === undefined) throw new Error("no run failed");
  const kept = { ...await keepFlow(world), ...await keepAlert(world), ...await keepBackup(world) };
  const secrets = await useSecrets(world, server);
  const view = { list: "runs", name: "Failed", query: { status: "failed" }, shared: true };
  kept.view = ((await done(world, "POST", "/views", view)).json as Fields).view ?? "none";
  const token = await done(world, "POST", "/tokens", { user: "anna", name: "old", scopes: ["runs.read"] });
  const bundle = { flow: { ...orders, name: "More" } };
  return {
    server,
    secrets,
    path: {
      payload: `${failed.run}-input`, exception: `dead-${failed.run}`, user: "cleo", run: failed.run, flow: "demo",
      secret: "pay_key", key: "data", environment: "production", version: "1", step: "map", sample: "kept",
      type: "transform.map", template: "paytrace-payment-to-dynamics365", ...kept,
    },
    query: { before: failed.run, flow: "orders" },
    operations: {
      ...ownSessions(world, server),
      ...await keepSettlement(world, server),
      listenEvents: { skip: true }, // its answer stays open
      putAlertRule: { path: { rule: "another" } },
      putChannel: { path: { channel: "another" } },
      putViewDefault: { path: { list: "runs" }, session: sessions(world, server)("views") },
      putGroup: { path: { group: "another" } },
      deleteGroup: { path: { group: "spare" }, etag: "/groups/spare" },
      deleteAlertRule: { path: { rule: "spare" }, etag: "/alert-rules/spare" },
      deleteChannel: { path: { channel: "spare" }, etag: "/channels/spare" },
      getRunStep: { query: { path: "map" } },
      diffPayloads: { body: { left: { payload: `${failed.run}-input` }, right: { value: { body: 1 } } } },
      actOnRuns: { body: { act: "replay", runs: [failed.run], dry_run: true } },
      actOnExceptions: { body: { exceptions: [`dead-${failed.run}`], port: "settle", dry_run: true } },
      replayRun: { body: { reason: "to see", from: "map", dry_run: true } },
      makeToken: { body: { user: "anna", name: "nightly report", scopes: ["runs.read"] } },
      makeBackup: { body: { file: join(world.folder, "backup.db") } },
      putDraft: { path: { flow: "spare" } },
      openDraft: { path: { flow: "orders" } },
      removeToken: { path: { token: tokenId(token) } },
      createFlow: { body: { flow: "another", name: "Another" } },
      importFlow: { body: { weft: "flow/1", flow: "brought", bundle } },
      diffVersions: { query: { from: "1", to: "2" } },
      publishFlow: { etag: "/flows/demo/draft" },
      changeSettings: { etag: "/settings" },
      deployFlow: { body: { version: "2", environment: "sandbox" } },
      createSample: { body: { sample: "another", input: { total: 1 } } },
      deleteFlow: { path: { flow: "another" }, etag: "/flows/another/draft" },
    },
  };
}
