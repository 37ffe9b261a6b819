// Every operation of the contract against the real program: with requests made from its examples, with each kind of
// bad input, and without a right to ask. Every answer must be one that the contract promises, and hold none of the
// secrets that are at work meanwhile.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import {
  type Answer, type Asked, Contract, type Fields, type Operation, type Target, type Value, ask, query, unfit,
} from "./contract.ts";
import { Asker, code } from "./contract_ask.ts";
import { type Cases, prepare } from "./contract_cases.ts";
import { tellsNone, writeSecretFlows } from "./contract_secrets.ts";
import { type Server, World, eventually } from "./world.ts";

const world = new World();
let server: Server;
let local: Target, open: Target;
let contract: Contract;
let cases: Cases;
let asker: Asker;
let closeSystem: () => void;

before(async () => {
  closeSystem = await writeSecretFlows(world);
  cases = await prepare(world);
  server = cases.server;
  local = { socketPath: join(world.data, "weft.sock") };
  open = { host: "127.0.0.1", port: server.port };
  contract = new Contract((await ask(local, { method: "GET", path: "/openapi.json" })).json as Fields);
  asker = new Asker(contract, cases, local);
});
after(async () => {
  cases.secrets.live.end();
  await world.end();
  closeSystem();
});

function promised(operation: Operation, asked: Asked, answer: Answer): void {
  const wrong = contract.wrong(operation, answer);
  const about = `${operation.id}: ${asked.method} ${asked.path} ${(asked.body ?? "").toString().slice(0, 300)}`;
  tellsNone(about, answer.text + JSON.stringify(answer.headers));
  assert.equal(wrong, undefined, `${about}: ${answer.status}: ${wrong ?? ""}`);
  assert.ok(answer.status < 500, `${about}: ${answer.status} ${answer.text.slice(0, 300)}`);
}

/** Asks, and holds the answer against the contract. */
async function asks(operation: Operation, asked: Asked, target = local): Promise<Answer> {
  const answer = await ask(target, asked);
  promised(operation, asked, answer);
  return answer;
}

const unfitting = new Set(["usage", "unknown_field", "syntax", "media", "method", "unauthenticated", "precondition"]);

/** Refused for its form, and not for what is there. */
function isUnfit(answer: Answer): boolean {
  return unfitting.has(code(answer)) || (answer.json as Fields | undefined)?.faults !== undefined;
}
const order = ["GET", "PUT", "PATCH", "POST", "DELETE"];

test("every operation answers what its examples ask, as it promises", async (t) => {
  const unreached: string[] = [];
  const all = contract.operations.toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  for (const operation of all) {
    const own = cases.operations[operation.id];
    if (own?.skip === true) continue;
    const session = own?.session === undefined ? undefined : await own.session();
    const asked = await asker.good(operation);
    const answer = await asks(operation, { ...asked, headers: { ...asked.headers, ...session } },
      session === undefined ? local : open);
    if (answer.status < 400) {
      const revised = ["PUT", "PATCH"].includes(operation.method)
        && operation.params.some((param) => param.in === "header" && param.name === "If-Match");
      assert.ok(!revised || answer.headers.etag !== undefined, `${operation.id}: its answer has no ETag`);
      continue;
    }
    unreached.push(`${operation.id} (${answer.status} ${code(answer)})`);
    assert.ok(!isUnfit(answer) || own?.refused === true,
      `${operation.id}: its own example is refused: ${asked.path} ${asked.body?.toString() ?? ""}: ${answer.text}`);
  }
  t.diagnostic(`${all.length} operations; refused: ${unreached.join(", ")}`);
  assert.ok(unreached.length < all.length / 6, "the success of most is seen: give what is new a case");
});

test("each parameter of a query is taken as its schema says", async () => {
  for (const operation of contract.operations)
    for (const param of operation.params) {
      if (param.in !== "query" || operation.method !== "GET" || cases.operations[operation.id]?.skip === true) continue;
      if (param.name === "cursor") continue;
      const value = cases.query[param.name] ?? param.example ?? contract.sample(param.schema);
      const asked = (given: Value): Asked =>
        ({ method: "GET", path: asker.path(operation) + query({ ...asker.needed(operation), [param.name]: given }) });
      const answer = await asks(operation, asked(value));
      assert.ok(answer.status < 400 || !["unknown_field", "syntax"].includes(code(answer)),
        `${operation.id}: ${param.name}=${JSON.stringify(value)}: ${answer.text}`);
      const type = param.schema.type;
      if (type !== "integer" && type !== "boolean") continue;
      const bad = await asks(operation, asked("x"));
      assert.equal(bad.status, 400, `${operation.id}: ${param.name}=x: ${bad.text}`);
      assert.equal((bad.json as Fields).path, param.name);
    }
});

test("a parameter that there is not is refused by its name", async () => {
  for (const operation of contract.operations) {
    const asked = await asker.good(operation);
    asked.path += `${asked.path.includes("?") ? "&" : "?"}no_such_parameter=1`;
    const answer = await asks(operation, asked);
    assert.equal(answer.status, 400, `${operation.id}: ${answer.text}`);
    assert.equal(code(answer), "unknown_field");
    assert.equal((answer.json as Fields).path, "no_such_parameter");
  }
});

async function refusedBody(operation: Operation, value: Value, about: string): Promise<Answer> {
  const asked = { ...await asker.good(operation), ...asker.withBody(operation, value) };
  const answer = await asks(operation, asked);
  assert.ok([400, 422].includes(answer.status),
    `${operation.id}: ${about}: ${asked.body?.toString() ?? ""}: ${answer.status} ${answer.text}`);
  return answer;
}

test("bodies are held against their schemas: missing, unknown and unfitting members", async () => {
  for (const operation of contract.operations) {
    const media = operation.bodies.find((body) => body.type.includes("json"));
    const example = asker.jsonBody(operation);
    if (media?.schema === undefined || typeof example !== "object" || example === null) continue;
    if (Array.isArray(example)) continue;
    const schema = media.schema;
    for (const name of (schema.required ?? []) as string[]) {
      const rest = Object.fromEntries(Object.entries(example).filter(([other]) => other !== name));
      const answer = await refusedBody(operation, rest, `without ${name}`);
      assert.match(answer.text, new RegExp(name));
    }
    if (schema.additionalProperties === false || schema.unevaluatedProperties === false) {
      const answer = await refusedBody(operation, { ...example, no_such_member: 1 }, "with an unknown member");
      assert.equal(code(answer), "unknown_field", `${operation.id}: ${answer.text}`);
      assert.equal((answer.json as Fields).path, "/no_such_member");
    }
    for (const [name, own] of Object.entries((schema.properties ?? {}) as Record<string, Value>)) {
      const value = unfit(contract.follow(own));
      if (value !== undefined) await refusedBody(operation, { ...example, [name]: value }, `${name} unfit`);
    }
  }
});

test("bodies that are no JSON, of another type, absent or unasked for", async () => {
  for (const operation of contract.operations) {
    const media = operation.bodies.find((body) => body.type.includes("json"));
    const asked = await asker.good(operation);
    const typed = (type: string, body: string): Promise<Answer> =>
      asks(operation, { ...asked, headers: { ...asked.headers, "content-type": type }, body });
    if (operation.bodies.length === 0) {
      const answer = await typed("application/json", "{}");
      assert.equal(answer.status, 400, `${operation.id}: a body that nobody asked for: ${answer.text}`);
      continue;
    }
    if (media !== undefined) {
      assert.equal((await typed(media.type, "{\"a\": }")).status, 400, operation.id);
      assert.equal((await typed(media.type, "{\"a\":1,\"a\":2}")).status, 400, operation.id);
    }
    if (!operation.bodies.some((body) => body.type === "*/*")) {
      const answer = await typed("application/x-weft-none", "{}");
      assert.equal(answer.status, 415, `${operation.id}: ${answer.text}`);
    }
    if (operation.bodies[0]?.required === true)
      assert.equal((await asks(operation, { method: asked.method, path: asked.path })).status, 400, operation.id);
  }
});

test("nobody who does not say who they are gets behind the door", async () => {
  for (const operation of contract.operations) {
    const asked = await asker.good(operation);
    if (operation.permission === "open") continue;
    const tries: Record<string, string>[] = [{}, { authorization: "Bearer weft_no_such_token" },
      { cookie: "weft_session=none; __Host-weft_session=none" }];
    for (const headers of tries) {
      const answer = await ask(open, { ...asked, headers: { ...asked.headers, ...headers } });
      promised(operation, asked, answer);
      assert.equal(answer.status, operation.local ? 404 : 401, `${operation.id}: ${answer.status} ${answer.text}`);
    }
  }
});

test("what is there says which methods it takes", async () => {
  const paths = new Map(contract.operations.map((operation) => [operation.path, operation]));
  for (const operation of paths.values()) {
    const methods = contract.operations.filter((other) => other.path === operation.path).map((other) => other.method);
    const answer = await ask(local, { method: "OPTIONS", path: asker.path(operation) });
    assert.equal(answer.status, 204, `${operation.path}: ${answer.text}`);
    for (const method of methods) assert.ok(answer.headers.allow?.includes(method), `${operation.path}: ${method}`);
    const other = ["GET", "POST", "PUT", "PATCH", "DELETE"].find((method) => !methods.includes(method));
    if (other === undefined) continue;
    const refused = await ask(local, { method: other, path: asker.path(operation) });
    assert.equal(refused.status, 405, `${other} ${operation.path}: ${refused.text}`);
    assert.equal(refused.headers.allow, answer.headers.allow);
  }
});

test("no secret that was used was told: not of its runs and connection, not live, not in the log", async () => {
  const { live, runs, connection } = cases.secrets;
  for (const run of runs)
    for (const operation of contract.operations) {
      if (operation.method !== "GET" || !/\{(run|connection)\}/.test(operation.path)) continue;
      Object.assign(cases.path, { run, connection, step: "last" });
      cases.operations[operation.id] = {};
      await asks(operation, await asker.good(operation));
    }
  const before = live.events.length;
  const { run } = await (await fetch(server.hook("orders"), { method: "POST", body: "{\"total\":3}",
    headers: { "content-type": "application/json" } })).json() as { run: string };
  await eventually("its end is told", () => live.events.slice(before).join("").includes(run));
  tellsNone("what is told live", live.events.join(""));
  tellsNone("the log", world.stderr);
});
