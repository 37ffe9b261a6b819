// Every operation of the contract × every role × one's own workspace, another's and none: made from the contract, held
// against the table below. Each request has a parameter that there is not: who may ask is told so (400), everybody else
// is refused before anybody looks at what they ask, so nothing is done.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  type Answer, Contract, type Fields, type Operation, type Target, type Value, ask, fill,
} from "./contract.ts";
import { Asker } from "./contract_ask.ts";
import { type Cases, prepare } from "./contract_cases.ts";
import { writeSecretFlows } from "./contract_secrets.ts";
import { Visitor, password } from "./people.ts";
import { type Server, World } from "./world.ts";

const sees = ["runs.read", "flows.read", "exceptions.read", "connections.read", "alerts.read"];
const may: Record<string, string[]> = {
  admin: [...sees, "payloads.read", "runs.act", "exceptions.decide", "flows.write", "rules.write", "rules.publish",
    "flows.deploy", "connections.write", "secrets.write", "alerts.write", "audit.read", "users.manage",
    "settings.write"],
  integrator: [...sees, "payloads.read", "runs.act", "flows.write", "rules.write", "rules.publish",
    "flows.deploy", "connections.write", "secrets.write", "alerts.write"],
  consultant: [...sees, "payloads.read", "rules.write", "rules.publish"],
  operator: [...sees, "payloads.read", "payloads.reveal", "runs.act", "exceptions.decide", "alerts.write"],
  approver: [...sees, "payloads.read", "exceptions.approve", "deploy.approve"],
  auditor: [...sees, "payloads.read", "audit.read"],
  customer: [...sees, "payloads.read", "runs.act", "exceptions.decide", "flows.write", "rules.write", "rules.publish",
    "flows.deploy", "connections.write", "secrets.write"],
  viewer: ["runs.read", "flows.read", "exceptions.read", "alerts.read"],
};

const world = new World();
let server: Server, cases: Cases, contract: Contract, asker: Asker, open: Target;
const people: Record<string, Visitor> = {};
let closeSystem: () => void;
let stranger: Visitor; // an administrator, of another workspace

/** Somebody with a role in a workspace, signed in. */
async function member(name: string, role: string, workspace: string): Promise<Visitor> {
  const made = await world.commandAsync(["user", "add", name, "--role", role, "--workspace", workspace, "--json",
    "--data", world.data]);
  assert.equal(made.code, 0, made.stderr);
  const { invitation } = JSON.parse(made.stdout) as { invitation: { token: string } };
  const person = new Visitor(() => server);
  const answer = await person.ask("POST", "/invitation", { token: invitation.token, password });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return person;
}

before(async () => {
  closeSystem = await writeSecretFlows(world);
  cases = await prepare(world);
  server = cases.server;
  open = { host: "127.0.0.1", port: server.port };
  const first = await member("first", "admin", "main");
  assert.equal((await first.ask("POST", "/workspaces", { workspace: "acme" })).status, 201);
  for (const role of Object.keys(may)) people[role] = await member(role, role, "main");
  stranger = await member("stranger", "admin", "acme");
  const document = await ask(open, { method: "GET", path: "/openapi.json", headers: { cookie: first.cookie } });
  contract = new Contract(document.json as Fields);
  asker = new Asker(contract, cases, { socketPath: join(world.data, "weft.sock") });
});
after(async () => {
  cases.secrets.live.end();
  await world.end();
  closeSystem();
});

function path(operation: Operation): string {
  const values: Record<string, Value | undefined> = {};
  for (const param of operation.params) if (param.in === "path") values[param.name] = param.example ?? "none";
  return fill(operation.path, values);
}
function headersOf(person: Visitor, method: string): Record<string, string> {
  return { cookie: person.cookie, ...method === "GET" ? {} : { "x-csrf": person.csrf } };
}
/** With the parameter that there is not. */
function harmless(operation: Operation, headers: Record<string, string>): Promise<Answer> {
  return ask(open, { method: operation.method, path: `${path(operation)}?no_such_parameter=1`, headers });
}
function code(answer: Answer): Value | undefined {
  return (answer.json as Fields | undefined)?.code;
}
function permitted(role: string, operation: Operation): boolean {
  return ["open", "self"].includes(operation.permission) || may[role]?.includes(operation.permission) === true;
}
function expects(operation: Operation, answer: Answer, status: number, who: string): void {
  const wanted = operation.local ? 404 : status;
  const about = `${operation.id} (${operation.permission}) by ${who}: ${answer.status} ${answer.text}`;
  assert.equal(answer.status, wanted, about);
  assert.equal(contract.wrong(operation, answer), undefined, about);
  if (wanted === 400) assert.equal(code(answer), "unknown_field", about);
}

test("the program's roles are those of the table", async () => {
  const answer = await people.viewer?.ask("GET", "/roles");
  const roles = (answer?.body.items ?? []) as unknown as { role: string; permissions: string[] }[];
  assert.deepEqual(Object.fromEntries(roles.map((one) => [one.role, one.permissions.toSorted()])),
    Object.fromEntries(Object.entries(may).map(([role, names]) => [role, names.toSorted()])));
});

test("every operation × every role in their own workspace", async () => {
  for (const operation of contract.operations)
    for (const [role, person] of Object.entries(people)) {
      const answer = await harmless(operation, headersOf(person, operation.method));
      expects(operation, answer, permitted(role, operation) ? 400 : 403, role);
      if (answer.status === 403) assert.match(answer.text, new RegExp(`needs the permission ${operation.permission}`));
    }
});

test("every operation × every role in a workspace that is not theirs", async () => {
  for (const operation of contract.operations)
    for (const [role, person] of Object.entries(people))
      for (const workspace of ["acme", "there-is-none"]) {
        const headers = { ...headersOf(person, operation.method), "weft-workspace": workspace };
        const answer = await harmless(operation, headers);
        expects(operation, answer, operation.permission === "open" ? 400 : 403, `${role} in ${workspace}`);
      }
});

test("every operation without a session", async () => {
  for (const operation of contract.operations)
    expects(operation, await harmless(operation, {}), operation.permission === "open" ? 400 : 401, "nobody");
});

test("every operation that changes something is refused to a cookie without its X-CSRF", async () => {
  const person = people.admin;
  assert.ok(person !== undefined);
  for (const operation of contract.operations) {
    if (operation.method === "GET") continue;
    for (const headers of [{ cookie: person.cookie }, { cookie: person.cookie, "x-csrf": "guess" }]) {
      const answer = await harmless(operation, headers);
      expects(operation, answer, operation.permission === "open" ? 400 : 403, "a foreign page");
    }
  }
});

test("a token may what its scopes say, as far as its owner may", async () => {
  const owner = people.operator;
  assert.ok(owner !== undefined);
  for (const scopes of [["runs.read"], ["runs.read", "runs.act"]]) {
    const made = await owner.ask("POST", "/tokens", { name: scopes.join(" "), scopes, days: 1 });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const headers = { authorization: `Bearer ${made.body.secret ?? ""}` };
    for (const operation of contract.operations) {
      const answer = await harmless(operation, headers);
      if (operation.local) expects(operation, answer, 404, "a token");
      else if (operation.permission === "self") assert.ok([400, 403].includes(answer.status), answer.text);
      else {
        const status = operation.permission === "open" || scopes.includes(operation.permission) ? 400 : 403;
        expects(operation, answer, status, `a token for ${scopes.join(", ")}`);
      }
    }
  }
  assert.notEqual((await owner.ask("POST", "/tokens", { name: "more", scopes: ["flows.write"] })).status, 201,
    "more than its owner may");
});

// What is there whatever the workspace is: its names are the program's, not the customers'.
const everybodys =
  /^\/(catalog|functions|connectors|roles|environments|templates|session|tokens|users|view-defaults)\b/;

/** Whether it has made one of that name in the caller's own workspace. */
function madeOwn(operation: Operation, answer: Answer): boolean {
  if (operation.id === "setSecret") return answer.status === 200;
  return operation.method === "PUT" && answer.status < 300 && (answer.json as Fields).revision === 1;
}

test("what belongs to one workspace is not there in another one", async () => {
  const own = new Set<string>(); // what the stranger has made
  for (const operation of contract.operations) {
    const named = operation.params.some((param) => param.in === "path");
    if (!named || operation.local || operation.permission === "open") continue;
    if (everybodys.test(operation.path)) continue;
    const asked = await asker.good(operation);
    const headers = { ...asked.headers, ...headersOf(stranger, operation.method) };
    const answer = await ask(open, { ...asked, headers });
    const depth = operation.path.split("/").findIndex((piece) => piece.startsWith("{"));
    const thing = asked.path.split("/").slice(0, depth + 1).join("/");
    if (madeOwn(operation, answer)) own.add(thing);
    if (own.has(thing)) continue;
    assert.ok([403, 404].includes(answer.status), `${operation.id} ${asked.path}: ${answer.status} ${answer.text}`);
  }
});

// ---- Who writes rules publishes them

const loop = (from: string): Fields => ({ id: "lines", type: "branch.foreach", config: { items: "=trigger.body.lines",
  body: { nodes: [{ id: "price", type: "transform.map", config: { fields: [{ to: "sum", from }] } }], edges: [] } } });
const entry = (from: string): Fields => ({ id: "entry", type: "transform.map",
  config: { fields: [{ to: "net", from }] } });
const wait = (s: number): Fields => ({ id: "wait", type: "branch.wait", config: { for: `${s}s` } });
const till = {
  flow: { weft: 1, name: "Till", settings: { dedupe: "=trigger.body.id" }, vars: { currency: "USD" },
    nodes: [{ id: "hook", type: "trigger.webhook", config: { path: "till", verify: { type: "none" } } },
      loop("=item.sum"), entry("=trigger.body.net"), wait(1)],
    edges: [{ from: "hook", to: "lines" }, { from: "lines", to: "entry" }, { from: "entry", to: "wait" }] },
  rules: { fee: "return { of = function(o) return o.id * 2 end }" },
  lookups: { accounts: { columns: ["kind", "account"], keys: ["kind"], rows: [["card", "1200"]] } },
  tests: { "rules/fee": [{ name: "doubled", function: "of", input: { id: 2 }, expected: 4 }] },
  schemas: { sale: { type: "object" } },
};
type Till = typeof till;
function changed(change: (one: Till) => void): Till {
  const one = structuredClone(till);
  change(one);
  return one;
}
const [hook] = till.flow.nodes;
const rulesOnly: Record<string, Till> = {
  "a line of a mapping": changed((one) => { one.flow.nodes[2] = entry("=trigger.body.gross"); }),
  "a line in a loop": changed((one) => { one.flow.nodes[1] = loop("=item.total"); }),
  "a rule": changed((one) => { one.rules.fee = one.rules.fee.replace("* 2", "+ 2"); }),
  "a table": changed((one) => { one.lookups.accounts.rows.push(["cash", "1000"]); }),
  "a test": changed((one) => { one.tests["rules/fee"] = []; }),
  "a place on the canvas": changed((one) => { one.flow.nodes[3] = { ...wait(1), ui: { x: 40, y: 7 } }; }),
};
const more: Record<string, [RegExp, Till]> = {
  "a step's setting": [/node wait changed/, changed((one) => { one.flow.nodes[3] = wait(2); })],
  "a new step": [/node other added/, changed((one) => { one.flow.nodes.push({ ...wait(1), id: "other" }); })],
  "a step less": [/node wait removed, edge entry\.out -> wait removed/,
    changed((one) => { one.flow.nodes.pop(); one.flow.edges.pop(); })],
  "an edge": [/edge entry\.out -> wait removed, edge lines\.out -> wait added/,
    changed((one) => { one.flow.edges[2] = { from: "lines", to: "wait" }; })],
  "the order of the edges": [/the order of its steps or edges/, changed((one) => { one.flow.edges.reverse(); })],
  "a trigger": [/node hook changed/, changed((one) => {
    one.flow.nodes[0] = { ...hook, config: { path: "tills", verify: { type: "none" } } };
  })],
  "a step in a loop": [/node also added/, changed((one) => {
    const lines = one.flow.nodes[1]?.config as { body: { nodes: Fields[] } };
    lines.body.nodes.push({ ...entry("=1"), id: "also" });
  })],
  "how often a mapping is tried": [/node entry added/,
    changed((one) => { one.flow.nodes[2] = { ...entry("=trigger.body.net"), retry: { attempts: 2 } }; })],
  "a mapping that is something else now": [/node entry changed/,
    changed((one) => { one.flow.nodes[2] = { ...wait(1), id: "entry" }; })],
  "a setting": [/setting dedupe changed/, changed((one) => { one.flow.settings.dedupe = "=trigger.body.no"; })],
  "a variable": [/setting currency changed/, changed((one) => { one.flow.vars.currency = "EUR"; })],
  "the name": [/flow name changed/, changed((one) => { one.flow.name = "Tills"; })],
  "a schema": [/schema sale changed/, changed((one) => { one.schemas.sale.type = "array"; })],
  "a connection": [/connection shop added/, { ...till, connections: { weft: 1,
    connections: { shop: { connector: "http", base_url: "https://shop.example" } } } } as Till],
};

test("who writes rules publishes rules and nothing else, and takes them where nothing else differs", async () => {
  const { integrator: builder, consultant: cora } = people;
  assert.ok(builder !== undefined && cora !== undefined);
  const told = async (who: Visitor, method: string, at: string, body?: object, tag?: string) => {
    const headers: Record<string, string> = tag === undefined ? {} : { "if-match": tag };
    const answer = await who.ask(method, `/flows/till${at}`, body, { headers });
    return { ...answer, code: answer.status, why: JSON.stringify(answer.body) };
  };
  const is = <A extends { code: number; why: string }>(answer: A, code: number, about: string): A => {
    assert.equal(answer.code, code, `${about}: ${answer.why}`);
    return answer;
  };
  const draftOf = async (bundle: Till): Promise<string> => {
    const { headers } = await told(builder, "GET", "/draft");
    return is(await told(builder, "PUT", "/draft", { bundle }, headers.etag), 200, "draft").headers.etag ?? "";
  };
  const publish = (who: Visitor, tag: string) => told(who, "POST", "/versions", { message: "x" }, tag);
  const deploy = (who: Visitor, version: unknown, environment: string) =>
    told(who, "POST", "/deployments", { version: String(version), environment });
  const first = await builder.ask("POST", "/flows", { flow: "till", bundle: till });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  assert.match(is(await publish(cora, first.headers.etag ?? ""), 403, "no flow works yet").why, /anywhere yet/);
  const v1 = is(await publish(builder, first.headers.etag ?? ""), 201, "v1").body as unknown as Fields;
  is(await deploy(builder, v1.number, "sandbox"), 201, "v1 in the sandbox");
  assert.match(is(await deploy(cora, v1.number, "production"), 403, "first there").why, /in production yet/);
  is(await deploy(builder, v1.number, "production"), 201, "v1 in production");

  for (const [what, bundle] of Object.entries(rulesOnly)) {
    const made = is(await publish(cora, await draftOf(bundle)), 201, what).body as unknown as Fields;
    is(await deploy(cora, made.number, "sandbox"), 201, `${what} in the sandbox`);
  }
  for (const [what, [words, bundle]] of Object.entries(more)) {
    const tag = await draftOf(bundle);
    assert.match(is(await publish(cora, tag), 403, what).why, words, what);
    const made = is(await publish(builder, tag), 201, what).body as unknown as Fields;
    assert.match(is(await deploy(cora, made.number, "production"), 403, what).why, words, what);
  }
  is(await told(cora, "POST", "/rollback", { environment: "sandbox" }), 403, "back");
  const approval = await people.admin?.ask("PUT", "/environments/production", { title: "Production", approval: true });
  assert.equal(approval?.status, 200, JSON.stringify(approval?.body));
  is(await deploy(cora, 2, "production"), 202, "asked for where approval is wanted");
});
