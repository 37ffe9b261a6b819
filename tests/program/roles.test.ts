// Every operation of the contract for every role, and for a token without scopes of it: who has the permission comes
// through to the check of the parameters (400), who has not is refused in front of it (403), whatever the operation.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Contract, type Fields, type Operation, ask, fill } from "./contract.ts";
import { password, Visitor } from "./people.ts";
import { type Server, World } from "./world.ts";

const roles = ["admin", "integrator", "consultant", "operator", "approver", "auditor", "customer", "viewer"];

let world: World;
let server: Server;
let contract: Contract;

function user(args: string[]): string {
  const done = world.command(["user", ...args, "--data", world.data]);
  assert.equal(done.code, 0, done.stderr);
  return done.stdout;
}
async function invited(role: string, name = `a-${role}`): Promise<Visitor> {
  const made = JSON.parse(user(["add", name, "--role", role, "--json"])) as { invitation: { token: string } };
  const person = new Visitor(() => server);
  assert.equal((await person.ask("POST", "/invitation", { token: made.invitation.token, password })).status, 201);
  return person;
}
/** Which permission the role has, by the program's own word; tests/unit/who.c holds that against what was promised. */
async function permissions(role: string): Promise<Set<string>> {
  const answer = await ask({ socketPath: join(world.data, "weft.sock") }, { method: "GET", path: "/roles" });
  const { items } = answer.json as { items: { role: string; permissions: string[] }[] };
  return new Set(items.find((one) => one.role === role)?.permissions);
}
async function tries(person: Visitor, operation: Operation): Promise<number> {
  const answer = await person.ask(operation.method, `${fill(operation.path, {})}?no_such_parameter=1`);
  return answer.status;
}

const review = (role: string, more: object = {}): object => ({
  weft: 1, name: "Sure",
  nodes: [
    { id: "in", type: "trigger.webhook", config: { path: role, verify: { type: "none" } } },
    { id: "sure", type: "branch.review", config: { title: "Pay?", role, ports: [{ port: "yes" }], ...more } },
  ],
  edges: [{ from: "in", to: "sure" }],
});

before(async () => {
  world = new World();
  for (const role of ["finance", "approver"]) world.flow(role, review(role));
  world.flow("large", review("operator", { four_eyes_above: { amount: "1000.00", value: "=5000" } }));
  server = await world.serve();
  const local = { socketPath: join(world.data, "weft.sock") };
  contract = new Contract((await ask(local, { method: "GET", path: "/openapi.json" })).json as Fields);
});
after(() => world.end());

describe("each operation", () => {
  for (const role of roles)
    it(`is for the ${role} what the contract says`, async () => {
      const person = await invited(role);
      const may = await permissions(role);
      for (const operation of contract.operations) {
        const open = ["open", "self"].includes(operation.permission) || may.has(operation.permission);
        const wanted = operation.local ? 404 : open ? 400 : 403;
        assert.equal(await tries(person, operation), wanted, `${role}: ${operation.id} (${operation.permission})`);
      }
    });

  it("is for a token what its scopes say, though its owner may more", async () => {
    const machine = new Visitor(() => server);
    machine.bearer = user(["token", "add", "a-admin", "narrow", "--scope", "runs.read"]).trim();
    for (const operation of contract.operations) {
      const open = ["open", "self", "runs.read"].includes(operation.permission);
      const wanted = operation.local ? 404 : open ? 400 : 403;
      assert.equal(await tries(machine, operation), wanted, `token: ${operation.id} (${operation.permission})`);
    }
  });

  it("is for nobody without a session or token", async () => {
    for (const operation of contract.operations) {
      const wanted = operation.local ? 404 : operation.permission === "open" ? 400 : 401;
      assert.equal(await tries(new Visitor(() => server), operation), wanted, operation.id);
    }
  });
});

describe("a review", () => {
  const post = async (path: string): Promise<string> => {
    const answer = await fetch(server.hook(path), { method: "POST", body: "{}",
      headers: { "content-type": "application/json" } });
    const { run } = await answer.json() as { run: string };
    await world.settled(run);
    return `/exceptions/review-${run}-sure`;
  };
  let boss: Visitor;
  before(async () => { boss = await invited("admin", "boss"); });

  it("is decided by who is in its group, or has its role, and by no other", async () => {
    const clerk = await invited("operator", "clerk");
    const mine = await post("finance");
    const theirs = await post("approver");
    const can = async (path: string): Promise<unknown> => (await clerk.ask("GET", path)).body;
    const before = await can(mine) as { can: string[]; group_missing?: boolean; remedy: string };
    assert.deepEqual(before.can, ["change"]);
    assert.equal(before.group_missing, true);
    assert.match(before.remedy, /PUT \/groups\/finance/);
    const refused = await clerk.ask("POST", `${mine}/decide`, { port: "yes" });
    assert.equal(refused.status, 403);
    assert.match(String(refused.body.detail), /role or group "finance"/);
    const stranger = await boss.ask("PUT", "/groups/finance", { members: ["nobody"] });
    assert.equal(stranger.status, 422);
    assert.equal((await boss.ask("PUT", "/groups/finance", { members: ["clerk"] })).status, 200);
    assert.equal((await boss.ask("PUT", "/groups/finance", { members: [] })).status, 428);
    const after = await can(mine) as { can: string[]; group_missing?: boolean; remedy: string };
    assert.deepEqual(after.can, ["decide", "change"]);
    assert.equal(after.group_missing, undefined);
    assert.doesNotMatch(after.remedy, /PUT/);
    assert.equal((await clerk.ask("POST", `${mine}/decide`, { port: "yes" })).status, 200);
    assert.equal((await clerk.ask("POST", `${theirs}/decide`, { port: "yes" })).status, 403);
    assert.equal((await boss.ask("POST", `${theirs}/decide`, { port: "yes" })).status, 200);
  });

  it("above the amount of four eyes is decided by its role, and approved by who may approve", async () => {
    const clerk = await invited("operator", "carl"), eyes = await invited("approver", "cora");
    const path = await post("operator");
    assert.equal((await eyes.ask("POST", `${path}/decide`, { port: "yes" })).status, 403);
    assert.equal((await clerk.ask("POST", `${path}/decide`, { port: "yes" })).status, 200);
    assert.equal((await clerk.ask("POST", `${path}/approve`, {})).status, 403);
    assert.equal((await boss.ask("POST", `${path}/approve`, {})).status, 403);
    const seen = (await eyes.ask("GET", path)).body as { can?: string[] };
    assert.deepEqual(seen.can, ["approve"]);
    assert.equal((await eyes.ask("POST", `${path}/approve`, { reason: "seen" })).status, 200);
    assert.equal((await eyes.ask("GET", path)).status, 404);
  });

  it("is given to people of the workspace, and who comes later hears it", async () => {
    const path = await post("operator");
    assert.equal((await boss.ask("GET", path)).headers.etag, "\"1\"");
    assert.equal((await boss.ask("PATCH", path, { assignee: "nobody" })).status, 422);
    const given = await boss.ask("PATCH", path, { assignee: "boss" });
    assert.equal(given.headers.etag, "\"2\"");
    assert.equal((await boss.ask("PATCH", path, { comment: "the bank was asked" })).headers.etag, "\"3\"");
    const late = await boss.ask("PATCH", path, { assignee: null }, { headers: { "if-match": "\"2\"" } });
    assert.deepEqual([late.status, late.body.code], [409, "stale"]);
    assert.equal((await boss.ask("GET", path)).headers.etag, "\"3\"");
  });

  it("hears what eight people say at the same moment, each once", async () => {
    const path = await post("operator");
    const said = Array.from({ length: 8 }, (_, i) => `word ${i}`);
    const answers = await Promise.all(said.map((comment) => boss.ask("PATCH", path, { comment })));
    assert.deepEqual(answers.map((answer) => answer.status), said.map(() => 200));
    const kept = (await boss.ask("GET", path)).body as { comments?: { text: string }[] };
    assert.deepEqual((kept.comments ?? []).map((comment) => comment.text).sort(), said);
  });

  it("that names a group that nobody has made is told of a folder's flow, by the start and by weft check", () => {
    const told = server.log.split("\n").filter((line) => line.includes("there is no role or group"));
    assert.equal(told.length, 1, told.join("\n"));
    assert.match(told[0] ?? "", /flow finance, \/nodes\/1\/config\/role: .*"finance" in the workspace main/);
    assert.match(told[0] ?? "", /PUT \/groups\/finance/);
    const checked = world.command(["check", world.flows]);
    assert.equal(checked.code, 0, checked.stderr);
    const lines = checked.stdout.trim().split("\n");
    assert.equal(lines.filter((line) => line.includes("is no role")).length, 1, checked.stdout);
    assert.match(checked.stdout, /finance\/flow\.json:\d+:\d+: \/nodes\/1\/config\/role: warning: "finance"/);
  });

  it("that names neither is not published, and a template's groups are made", async () => {
    await boss.ask("POST", "/flows", { flow: "mine", name: "Mine" });
    const draft = await boss.ask("GET", "/flows/mine/draft");
    const kept = await boss.ask("PUT", "/flows/mine/draft", { bundle: { flow: review("treasury") } },
      { headers: { "if-match": draft.headers.etag ?? "" } });
    assert.equal(kept.status, 200, JSON.stringify(kept.body));
    const seen = { headers: { "if-match": kept.headers.etag ?? "" } };
    const refused = await boss.ask("POST", "/flows/mine/versions", { message: "first" }, seen);
    assert.equal(refused.status, 422);
    assert.match(JSON.stringify(refused.body), /no role or group \\"treasury\\"; there are admin, .*viewer, finance/);
    const valid = await boss.ask("POST", "/flows/mine/draft/validate", {});
    assert.match(JSON.stringify(valid.body), /nodes\/1\/config\/role/);
    assert.equal((await boss.ask("PUT", "/groups/treasury", { members: [] })).status, 200);
    const published = await boss.ask("POST", "/flows/mine/versions", { message: "first" }, seen);
    assert.ok(published.status < 300, JSON.stringify(published.body));
    const cloned = await boss.ask("POST", "/templates/paytrace-payment-to-sage500/instantiate", { flow: "receipts" });
    assert.ok(cloned.status < 300, JSON.stringify(cloned.body));
    const groups = (await boss.ask("GET", "/groups")).body.items as unknown as { group: string; members: string[] }[];
    const lead = groups.find((one) => one.group === "finance-lead");
    assert.deepEqual(lead?.members, ["boss"]);
  });

  it("of a group of nobody who may decide is told before the launch, and of those of a called flow", async () => {
    for (const [name, role] of [["alva", "approver"], ["gina", "customer"], ["olaf", "operator"]] as const)
      user(["add", name, "--role", role]);
    const part = { id: "part", type: "branch.call", config: { flow: "called" } };
    const calls = { ...review("desk", { due: "2d", escalate: "operator" }) } as { nodes: unknown[]; edges: unknown[] };
    calls.nodes.push(part);
    calls.edges.push({ from: "in", to: "part" });
    for (const [flow, definition] of [["calls", calls], ["called", review("vault")]] as const)
      assert.equal((await boss.ask("POST", "/flows", { flow, bundle: { flow: definition } })).status, 201);
    const points = async (): Promise<unknown> => {
      const { phases } = (await boss.ask("GET", "/flows/calls/checklist")).body as unknown as { phases: { phase: string;
        items: { item: string; done: boolean; group?: string; says?: { key: string; values: Fields } }[] }[] };
      const items = phases.find((one) => one.phase === "Configure & map")?.items ?? [];
      return items.filter((one) => one.item === "group")
        .map(({ done, group, says }) => [group, done, says?.key, says?.values.members, says?.values.deciders]);
    };
    const put = async (group: string, members: string[]): Promise<unknown> => {
      const { etag = "" } = (await boss.ask("GET", `/groups/${group}`)).headers;
      const answer = await boss.ask("PUT", `/groups/${group}`, { members }, { headers: { "if-match": etag } });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return (answer.body as unknown as { members: string[] }).members;
    };
    assert.deepEqual(await points(), [["desk", false, "noGroup", 0, 0], ["vault", false, "noGroup", 0, 0]]);
    await put("desk", []);
    await put("vault", ["alva"]);
    assert.deepEqual(await points(), [["desk", false, "nobodyDecides", 0, 0], ["vault", false, "nobodyDecides", 1, 0]]);
    assert.deepEqual(await put("desk", ["Gina"]), ["gina"]);
    await put("vault", ["alva", "olaf"]);
    assert.deepEqual(await points(), [["desk", true, "decided", 1, 1], ["vault", true, "decided", 2, 1]]);
    user(["disable", "olaf"]);
    assert.deepEqual(await points(), [["desk", true, "decided", 1, 1], ["vault", false, "nobodyDecides", 2, 0]]);
  });

  it("that wants two says so while nobody may be the second", async () => {
    const two = review("desk", { four_eyes_above: { amount: "10.00", value: "=trigger.body.amount" } });
    assert.equal((await boss.ask("POST", "/flows", { flow: "two", bundle: { flow: two } })).status, 201);
    const seconds = async (): Promise<unknown> => {
      const { phases } = (await boss.ask("GET", "/flows/two/checklist")).body as unknown as { phases: {
        items: { item: string; group?: string; says?: { key: string } }[] }[] };
      return phases.flatMap((one) => one.items).filter((one) => one.item === "second")
        .map(({ group, says }) => [group, says?.key]);
    };
    const members = async (...names: string[]): Promise<void> => {
      const { etag = "" } = (await boss.ask("GET", "/groups/desk")).headers;
      const answer = await boss.ask("PUT", "/groups/desk", { members: names }, { headers: { "if-match": etag } });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    };
    await members("gina");
    assert.deepEqual(await seconds(), [["desk", "noSecond"]]); // alva, who approves, is not of it
    await members("gina", "alva");
    assert.deepEqual(await seconds(), []);
    await members("alva"); // alone she cannot be both
    assert.deepEqual(await seconds(), [["desk", "noSecond"]]);
    await members("gina", "alva");
    user(["disable", "alva"]);
    assert.deepEqual(await seconds(), [["desk", "noSecond"]]);
    user(["enable", "alva"]);
  });

  it("names groups, each of which is shown with the live flows that do", async () => {
    const groups = (await boss.ask("GET", "/groups")).body.items as unknown as { group: string; flows: string[] }[];
    const named = groups.filter((one) => one.flows.length > 0).map((one) => [one.group, one.flows]);
    assert.deepEqual(named, [["finance", ["finance"]]]);
  });
});

describe("the audit", () => {
  it("names people, whom it has by ids, and who is no longer here", async () => {
    const chief = await invited("admin", "chief");
    user(["add", "mara", "--role", "viewer"]);
    const shown = async (what: string): Promise<unknown> => {
      const [one] = (await chief.ask("GET", `/audit?what=${what}&limit=1`)).body.items as unknown as
        { object: string; name?: string }[];
      return [one?.object.replace(/u[0-9a-f]{20}$/, "ID"), one?.name];
    };
    assert.deepEqual(await shown("user.make"), ["user//ID", "mara"]);
    assert.deepEqual(await shown("password.set"), ["credential//ID", "chief"]);
    user(["remove", "mara"]);
    assert.deepEqual(await shown("user.remove"), ["user//ID", "mara"]);
    assert.deepEqual(await shown("audit.read"), ["audit", undefined]);
  });
});
