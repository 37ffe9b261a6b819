// What people and their browsers may send to the API that is wrong or none of their business: each has its refusal.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ask } from "./contract.ts";
import { Desk } from "./desk.ts";
import { echoFlow } from "./flows.ts";
import { password, Visitor } from "./people.ts";
import { type Server, World } from "./world.ts";

let world: World;
let server: Server;
let desk: Desk;

function user(...args: string[]): string {
  const done = world.command(["user", ...args, "--data", world.data]);
  assert.equal(done.code, 0, done.stderr);
  return done.stdout;
}
function invitation(name: string, role: string): string {
  const made = JSON.parse(user("add", name, "--role", role, "--json")) as { invitation: { token: string } };
  return made.invitation.token;
}
async function invited(name: string, role: string, word = password): Promise<Visitor> {
  const person = new Visitor(() => server);
  const answer = await person.ask("POST", "/invitation", { token: invitation(name, role), password: word });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return person;
}

before(async () => {
  world = new World();
  world.flow("echo", echoFlow({ path: "echo" }));
  world.flow("kept", { weft: 1, name: "Kept", edges: [], nodes: [
    { id: "in", type: "trigger.webhook", config: { path: "kept", verify: { type: "bearer", secret: "hook_key" } } }] });
  assert.equal(world.command(["vault", "set", "hook_key", "--data", world.data], { input: "s3cret\n" }).code, 0);
  server = await world.serve();
  desk = new Desk(world);
});
after(() => world.end());

describe("a password", () => {
  it("of a megabyte or with a NUL is refused before it is computed; 64 characters are taken, to the last", async () => {
    const token = invitation("long", "viewer");
    const person = new Visitor(() => server);
    const long = await person.ask("POST", "/invitation", { token, password: "x".repeat(1024 * 1024) });
    assert.ok([400, 413, 422].includes(long.status), JSON.stringify(long.body));
    const word = "seven grey herons at noon and again.".padEnd(63, "x") + "y";
    const cut = await person.ask("POST", "/invitation", { token, password: word.replace("herons", "her\0ns") });
    assert.equal(cut.status, 400, JSON.stringify(cut.body));
    assert.equal((await person.ask("POST", "/invitation", { token, password: word })).status, 201);
    const sign = async (given: string): Promise<number> =>
      (await new Visitor(() => server).signIn("long", given)).status;
    assert.equal(await sign(word.slice(0, 63)), 401);
    assert.equal(await sign(`${word.slice(0, 63)}z`), 401);
    assert.equal(await sign(word), 201);
  });
});

describe("what is asked for", () => {
  it("has a code of its own: nobody, an unknown member, a foreign object, a stale cursor", async () => {
    const anna = await invited("anna", "admin");
    const told = async (person: Visitor, method: string, path: string, body?: object): Promise<unknown> => {
      const answer = await person.ask(method, path, body);
      return [answer.status, answer.body.code];
    };
    const nobody = new Visitor(() => server), guess = new Visitor(() => server);
    guess.bearer = "weft_00000000000000000000000000000000";
    assert.deepEqual(await told(nobody, "GET", "/runs"), [401, "unauthenticated"]);
    assert.equal((await guess.ask("GET", "/runs")).status, 401);
    for (const member of ["role", "owner_id", "workspace"])
      assert.deepEqual(await told(anna, "PUT", "/groups/clerks", { members: [], [member]: "admin" }),
        [400, "unknown_field"], member);
    assert.deepEqual(await told(anna, "GET", "/runs/01JD3K8QZ7M2A"), [404, "not_found"]);
    assert.deepEqual(await told(anna, "GET", "/runs?cursor=d01JD3K8QZ7M2A"), [400, "cursor"]);
    assert.deepEqual(await told(anna, "GET", "/runs?no_such=1"), [400, "unknown_field"]);
    for (const flow of ["one", "two"])
      assert.equal((await anna.ask("POST", "/flows", { flow, name: flow })).status, 201);
    const { next } = (await anna.ask("GET", "/flows?limit=1")).body as { next?: string };
    const stale = await anna.ask("GET", `/flows?limit=1&search=o&cursor=${String(next)}`);
    assert.deepEqual([stale.status, stale.body.code], [400, "cursor"]);
    assert.match(String(stale.body.detail), /of another listing/);
  });

  it("is searched for as it is written: no sign stands for others", async () => {
    for (const sign of ["%", "_", "*", "'", "\"; drop table runs; --"]) {
      const found = await desk.get(`/search?q=${encodeURIComponent(sign)}`);
      assert.deepEqual([found.status, found.body.items], [200, []], sign);
    }
    assert.equal((await desk.get("/search?q=ech")).body.items?.length, 1);
    const posted = await fetch(server.hook("echo"), { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ transactionId: "S-1", amount: "1.00", currency: "USD", note: "Müller & Söhne" }) });
    assert.ok(posted.status < 300);
    const found = async (query: string): Promise<unknown> => (await desk.get(`/runs?${query}`)).body.items?.length;
    assert.equal(await found("find=S-1"), 1);
    for (const sign of ["%", "S_1", "S%1", "S*1", "S'1", "[S]-1"])
      for (const query of ["find=", "key=", "field=body.transactionId&find=", "error="])
        assert.equal(await found(query + encodeURIComponent(sign)), 0, query + sign);
  });

  it("comes on a stream to pages of our own only", async () => {
    const anna = new Visitor(() => server);
    await anna.signIn("anna", password);
    const headers = { origin: "https://evil.example" };
    const answer = await anna.ask("GET", "/events?no_such=1", undefined, { headers });
    assert.ok([400, 403].includes(answer.status));
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  });
});

describe("what is kept", () => {
  it("is no formula in a sheet, and is verified all the same", async () => {
    await desk.ask("PUT", "/environments/sheet", { title: "Sheet", by: "=cmd|'/C calc'!A0" });
    const local = { socketPath: join(world.data, "weft.sock") };
    const csv = (await ask(local, { method: "GET", path: "/audit/export?format=csv" })).text;
    assert.ok(csv.includes(`,"'=cmd|'/C calc'!A0",`), csv);
    assert.doesNotMatch(csv, /,"=/);
    const file = join(world.folder, "audit.csv");
    writeFileSync(file, csv);
    const verified = world.command(["audit", "verify", "--file", file, "--data", world.data]);
    assert.match(verified.stdout, /records, each as it was written/, verified.stderr);
  });

  it("is not removed while it is used, and the audit not at all", async () => {
    const refused = await desk.post("/vault/hook_key/remove", {});
    assert.equal(refused.status, 409, refused.text);
    assert.match(refused.text, /used by production\/kept: node in/);
    for (const method of ["DELETE", "PUT", "PATCH", "POST"])
      assert.equal((await desk.ask(method, "/audit", {})).status, 405, method);
  });

  it("is shown as text, whatever it says", async () => {
    const html = "<script>alert(1)</script>";
    const posted = await fetch(server.hook("echo"), { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ transactionId: "H-1", amount: "1.00", currency: "USD", note: html }) });
    assert.ok(posted.status < 300);
    const [run] = await world.runs();
    const path = `/payloads/${run?.run ?? ""}-input`;
    const anna = new Visitor(() => server);
    await anna.signIn("anna", password);
    const answer = await anna.ask("GET", path);
    assert.match(answer.headers["content-type"] ?? "", /^application\/json/);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
  });
});
