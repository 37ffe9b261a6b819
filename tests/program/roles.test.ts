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
async function invited(role: string): Promise<Visitor> {
  const made = JSON.parse(user(["add", `a-${role}`, "--role", role, "--json"])) as { invitation: { token: string } };
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

before(async () => {
  world = new World();
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
