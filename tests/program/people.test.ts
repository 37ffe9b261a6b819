// People at the real program: the first administrator, signing in and out, cookies, CSRF, the ends of sessions,
// throttled guessing, second factors, invitations, roles, workspaces, tokens, and what the audit says of it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { code, firstToken, password, Visitor } from "./people.ts";
import { type Done, eventually, type Server, World } from "./world.ts";

const other = "a quiet cobalt tramway";

let world: World;
let server: Server;
let anna: Visitor;
const visitor = (): Visitor => new Visitor(() => server);

function user(args: string[]): Done {
  return world.command(["user", ...args, "--data", world.data]);
}
interface Told { by: string; what: string; object: string; detail?: Record<string, unknown> }
function audit(): Told[] {
  const done = world.command(["audit", "list", "--json", "--limit", "5000", "--data", world.data]);
  assert.equal(done.code, 0, done.stderr);
  return done.stdout.trim().split("\n").map((line) => (JSON.parse(line) as { record: Told }).record);
}
async function restart(env: Record<string, string> = {}): Promise<void> {
  assert.equal(await server.stop(), 0);
  server = await world.serve({ env });
}
/** Somebody new with a role, signed in. */
async function invited(name: string, role: string, workspace = "main"): Promise<Visitor> {
  const made = user(["add", name, "--role", role, "--workspace", workspace, "--json"]);
  assert.equal(made.code, 0, made.stderr);
  const { invitation } = JSON.parse(made.stdout) as { invitation: { token: string } };
  const person = visitor();
  const answer = await person.ask("POST", "/invitation", { token: invitation.token, password });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return person;
}

before(async () => {
  world = new World();
  world.flow("seen", { weft: 1, name: "Seen", edges: [],
    nodes: [{ id: "go", type: "trigger.webhook", config: { path: "seen", verify: { type: "none" } } }] });
  server = await world.serve();
});
after(() => world.end());

describe("the first administrator", () => {
  it("is made with the token of the console, once", async () => {
    const somebody = visitor();
    assert.deepEqual((await somebody.state()).body, { signed_in: false, first: true });
    assert.equal((await somebody.ask("GET", "/users")).status, 401);
    const wrong = await somebody.ask("POST", "/first", { token: "guess", name: "anna", password });
    assert.equal(wrong.status, 403);
    const token = await firstToken(world);
    const weak = await somebody.ask("POST", "/first", { token, name: "anna", password: "Password1234!" });
    assert.equal(weak.status, 422);
    assert.match(weak.body.detail ?? "", /tried first/);
    const both = [visitor(), visitor()]; // at once: one is made
    const answers = await Promise.all(both.map((one) =>
      one.ask("POST", "/first", { token, name: "Anna", title: "Anna Ode", password })));
    const made = answers.find((answer) => answer.status === 201) ?? wrong;
    assert.ok([403, 409].includes(answers.find((answer) => answer !== made)?.status ?? 0)); // the other one
    anna = both.find((one) => one.cookie !== "") ?? visitor();
    assert.equal(made.body.name, "anna");
    assert.deepEqual(made.body.workspaces, [{ workspace: "main", title: "main", role: "admin" }]);
    assert.equal((await visitor().ask("POST", "/first", { token, name: "eve", password })).status, 403);
    assert.equal((await visitor().state()).body.first, false);
  });

  it("has a cookie that scripts cannot read and other sites do not send", async () => {
    const answer = await visitor().signIn("anna");
    assert.equal(answer.status, 201);
    assert.match(answer.cookies[0] ?? "", /^weft=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    assert.equal(answer.headers["cache-control"], "no-store");
  });
});

describe("the way", () => {
  it("is HTTPS at a proxy that is trusted: the cookie is bound to this host, and to HTTPS", async () => {
    await restart({ WEFT_LISTEN_TRUSTED_PROXIES: "127.0.0.1" });
    const host = new URL(server.url).host;
    const headers = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", origin: `https://${host}` };
    const there = visitor();
    const answer = await there.signIn("anna", password, { headers });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.match(answer.cookies[0] ?? "",
      /^__Host-weft=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=\d+$/);
    const state = await there.ask("GET", "/session", undefined, { headers });
    assert.equal(state.body.session?.address, "203.0.113.9");
    assert.equal((await there.state()).body.signed_in, false); // over plain HTTP it is no cookie
  });

  it("is not plain HTTP from another machine, unless that is said", async () => {
    const headers = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http" };
    const refused = await visitor().signIn("anna", password, { headers });
    assert.equal(refused.status, 403);
    assert.match(refused.body.detail ?? "", /plain HTTP from another machine/);
    await restart({ WEFT_LISTEN_TRUSTED_PROXIES: "127.0.0.1", WEFT_SESSION_PLAIN_HTTP: "anywhere" });
    assert.equal((await visitor().signIn("anna", password, { headers })).status, 201);
    await restart();
  });

  it("says where others reach it, if that is known", async () => {
    const anna = visitor();
    await anna.signIn("anna");
    assert.equal((await anna.state()).body.public_url, undefined);
    await restart({ WEFT_SERVER_PUBLIC_URL: "https://weft.example.com" });
    assert.equal((await anna.state()).body.public_url, "https://weft.example.com");
    assert.equal((await visitor().state()).body.public_url, undefined); // nobody is told who has not signed in
    await restart();
  });
});

describe("a session", () => {
  it("gets another secret at each sign-in; the one before ends", async () => {
    const ben = visitor();
    await ben.signIn("anna");
    const before = ben.cookie;
    await ben.signIn("anna");
    assert.notEqual(ben.cookie, before);
    const old = visitor();
    old.cookie = before;
    await eventually("the old session ends", async () => (await old.state()).body.signed_in === false);
    assert.equal((await ben.state()).body.signed_in, true);
  });

  it("changes nothing without X-CSRF of its own, nor from another site's page", async () => {
    const eve = visitor();
    await eve.signIn("anna");
    const { csrf } = eve;
    eve.csrf = "";
    const workspace = { workspace: "csrf" };
    assert.equal((await eve.ask("POST", "/workspaces", workspace)).status, 403);
    eve.csrf = anna.csrf;
    assert.equal((await eve.ask("POST", "/workspaces", workspace)).status, 403);
    eve.csrf = csrf;
    const from = (headers: Record<string, string>) => eve.ask("POST", "/workspaces", workspace, { headers });
    assert.equal((await from({ origin: "https://evil.example" })).status, 403);
    assert.equal((await from({ origin: "null" })).status, 403);
    assert.equal((await from({ "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await from({ "sec-fetch-site": "same-site" })).status, 403);
    const made = await from({ origin: server.url, "sec-fetch-site": "same-origin" });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const foreign = await visitor().signIn("anna", password, { headers: { origin: "https://evil.example" } });
    assert.equal(foreign.status, 403);
    assert.deepEqual(foreign.cookies, []);
  });

  it("ends at sign-out for everybody who has its cookie", async () => {
    const ben = visitor();
    await ben.signIn("anna");
    const copy = visitor();
    copy.cookie = ben.cookie;
    assert.equal((await ben.ask("DELETE", "/session")).status, 204);
    assert.equal(ben.cookie, "");
    assert.equal((await copy.state()).body.signed_in, false);
    assert.equal((await copy.ask("GET", "/users")).status, 401);
  });

  it("is listed, and others are ended from one", async () => {
    const [one, two] = [visitor(), visitor()];
    await one.signIn("anna");
    await two.signIn("anna");
    const list = (await one.ask("GET", "/session/others")).body.items ?? [];
    const id = (await two.state()).body.session?.id ?? "";
    assert.ok(list.some((session) => session.id === id));
    assert.equal(list.filter((session) => session.own).length, 1);
    assert.equal((await one.ask("DELETE", `/session/others/${id}`)).status, 204);
    assert.equal((await two.state()).body.signed_in, false);
    await two.signIn("anna");
    assert.equal((await one.ask("DELETE", "/session/others")).status, 204);
    assert.equal((await two.state()).body.signed_in, false);
    assert.equal((await one.state()).body.signed_in, true);
    anna = one;
  });

  it("outlives a restart and a crash", async () => {
    await restart();
    assert.equal((await anna.state()).body.signed_in, true);
    await server.kill();
    server = await world.serve();
    assert.equal((await anna.state()).body.signed_in, true);
    assert.doesNotMatch(world.stderr.slice(-300), /nobody can sign in/);
  });

  it("ends when it is not used, and some time after its opening however much it is", async () => {
    await restart({ WEFT_SESSION_IDLE_S: "1" });
    const idle = visitor();
    await idle.signIn("anna");
    const used = (): number =>
      (JSON.parse(user(["list", "--json"]).stdout) as { sessions: number }[])[0]?.sessions ?? 0;
    assert.ok(used() > 0);
    await eventually("the session has ended by itself", () => used() === 0);
    assert.equal((await idle.ask("GET", "/users")).status, 401);
    await restart({ WEFT_SESSION_END_S: "1" });
    const busy = visitor();
    await busy.signIn("anna");
    await eventually("the session has ended", async () => (await busy.state()).body.signed_in === false);
    await restart();
    await anna.signIn("anna");
  });
});

describe("guessing", () => {
  it("gets the same answer for a wrong password and a name that is not there", async () => {
    const [known, unknown] = [await visitor().signIn("anna", "wrong"), await visitor().signIn("nobody", "wrong")];
    assert.equal(known.status, 401);
    assert.equal(unknown.status, 401);
    assert.equal(known.body.detail, unknown.body.detail);
    assert.deepEqual(Object.keys(known.headers).sort(), Object.keys(unknown.headers).sort());
  });

  it("has to wait longer and longer; from another address the name is free", async () => {
    await invited("gus", "viewer");
    const from = "127.0.0.7";
    for (let i = 0; i < 6; i++)
      assert.equal((await visitor().signIn("gus", `guess ${i}`, { from })).status, 401);
    const held = await visitor().signIn("gus", password, { from }); // also with the right one
    assert.equal(held.status, 429);
    assert.equal(held.body.code, "rate_limited");
    assert.ok((held.body.retry_after_s ?? 0) > 0);
    assert.equal(held.headers["retry-after"], `${held.body.retry_after_s ?? 0}`);
    assert.equal((await visitor().signIn("gus", password, { from: "127.0.0.8" })).status, 201);
    assert.equal((await visitor().signIn("anna", password, { from })).status, 201);
    const failures = audit().filter((record) => record.what === "session.fail" && record.by === "gus");
    assert.equal(failures.length, 6);
    assert.equal(failures.at(-1)?.detail?.address, from);
  });
});

describe("a password", () => {
  it("is changed with the old one only, and not back to one of the last four", async () => {
    const ben = await invited("ben", "operator");
    const second = visitor();
    await second.signIn("ben");
    const change = (old: string, wanted: string) => ben.ask("PUT", "/session/password", { old, new: wanted });
    assert.equal((await change("not the old one", other)).status, 403);
    assert.equal((await change(password, "ben-ben-ben-2026")).status, 422);
    assert.equal((await change(password, password)).status, 422);
    const before = ben.cookie;
    assert.equal((await change(password, other)).status, 200);
    assert.notEqual(ben.cookie, before);
    assert.equal((await ben.state()).body.signed_in, true);
    assert.equal((await second.state()).body.signed_in, false);
    assert.equal((await change(other, password)).status, 422);
    assert.equal((await visitor().signIn("ben")).status, 401);
    assert.equal((await visitor().signIn("ben", other)).status, 201);
  });

  it("is reset by an invitation that works once and ends all sessions", async () => {
    const cleo = await invited("cleo", "operator");
    const reset = await anna.ask("POST", "/users/cleo/reset", {});
    assert.equal(reset.status, 200, JSON.stringify(reset.body));
    assert.equal((await cleo.state()).body.signed_in, false);
    assert.equal((await visitor().signIn("cleo")).status, 401);
    const { token } = reset.body.invitation ?? { token: "" };
    const accept = (secret: string) => visitor().ask("POST", "/invitation", { token, password: secret });
    assert.equal((await accept(password)).status, 422); // the one of before
    assert.equal((await accept(other)).status, 201);
    assert.equal((await accept("yet another long one")).status, 403);
    assert.equal((await visitor().signIn("cleo", other)).status, 201);
  });
});

describe("a second factor", () => {
  it("is asked for behind the password; a code counts once, a recovery code too", async () => {
    const dora = await invited("dora", "integrator");
    const { secret = "", uri = "" } = (await dora.ask("POST", "/session/second-factor")).body;
    assert.match(uri, /^otpauth:\/\/totp\/Weft:dora\?secret=[A-Z2-7]{32}&issuer=Weft&/);
    assert.equal((await dora.ask("POST", "/session/second-factor/confirm", { code: "000000" })).status, 422);
    const first = code(secret);
    const confirmed = await dora.ask("POST", "/session/second-factor/confirm", { code: first });
    assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
    const recovery = confirmed.body.recovery_codes ?? [];
    assert.equal(recovery.length, 10);

    const enter = async (typed: string): Promise<{ status: number; person: Visitor }> => {
      const person = visitor();
      const answer = await person.signIn("dora");
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.cookies, []);
      const { ticket } = answer.body;
      return { status: (await person.ask("POST", "/session/mfa", { ticket, code: typed })).status, person };
    };
    assert.equal((await enter(first)).status, 401); // it was used to confirm
    const next = code(secret, 1);
    const { status, person } = await enter(next);
    assert.equal(status, 201);
    assert.equal((await person.state()).body.second_factor?.used, true);
    assert.equal((await enter(next)).status, 401);
    assert.equal((await enter(recovery[0] ?? "")).status, 201);
    assert.equal((await enter(recovery[0] ?? "")).status, 401);
    assert.equal((await person.state()).body.second_factor?.recovery_codes, 9);
    await restart();
    assert.equal((await enter(next)).status, 401); // the counter is kept
    assert.equal((await enter(recovery[1] ?? "")).status, 201);
  });

  it("can be required: without one there is nothing else to do", async () => {
    await restart({ WEFT_SESSION_SECOND_FACTOR: "required" });
    const eli = await invited("eli", "admin");
    assert.deepEqual((await eli.state()).body.permissions, []);
    assert.equal((await eli.ask("GET", "/users")).status, 403);
    const { secret = "" } = (await eli.ask("POST", "/session/second-factor")).body;
    assert.equal((await eli.ask("POST", "/session/second-factor/confirm", { code: code(secret) })).status, 200);
    assert.equal((await eli.ask("GET", "/users")).status, 200);
    assert.equal((await eli.ask("DELETE", "/session/second-factor")).status, 403);
    await restart();
    await anna.signIn("anna");
  });
});

describe("people and their roles", () => {
  it("lose their sessions at once when they are disabled, or their roles change", async () => {
    const fay = await invited("fay", "operator");
    const found = await anna.ask("GET", "/users/fay");
    const change = (body: object, etag = found.headers.etag ?? "") =>
      anna.ask("PATCH", `/users/${found.body.id ?? ""}`, body, { headers: { "if-match": etag } });
    assert.equal((await anna.ask("PATCH", "/users/fay", { disabled: true })).status, 428);
    const disabled = await change({ disabled: true });
    assert.equal(disabled.status, 200, JSON.stringify(disabled.body));
    assert.equal((await fay.ask("GET", "/session")).body.signed_in, false);
    assert.equal((await visitor().signIn("fay")).status, 401);
    assert.equal((await change({ disabled: false })).status, 409); // made from what is no longer so
    assert.equal((await change({ disabled: false }, disabled.headers.etag ?? '"2"')).status, 200);
    await fay.signIn("fay");
    assert.equal(user(["role", "fay", "viewer"]).code, 0);
    assert.equal((await fay.state()).body.signed_in, false);
    await fay.signIn("fay");
    assert.equal((await fay.state()).body.role, "viewer");
    assert.equal((await fay.ask("GET", "/users")).status, 403);
  });

  it("hear nothing more on a stream that was open when they were disabled", async () => {
    const kim = await invited("kim", "operator");
    const { stream, ended, heard } = await kim.listen();
    const happens = async (): Promise<void> => {
      const answer = await fetch(server.hook("seen"), { method: "POST", body: "{}",
        headers: { "content-type": "application/json" } });
      assert.equal(answer.status, 202);
    };
    await happens();
    await eventually("kim hears of the run", () => heard().includes("event: run"));
    assert.equal(user(["disable", "kim"]).code, 0);
    const before = heard();
    await happens();
    await eventually("the stream ends", ended);
    assert.equal(heard(), before);
    stream.destroy();
  });

  it("manage the people of their own workspace, and nobody who is also elsewhere", async () => {
    assert.equal((await anna.ask("POST", "/workspaces", { workspace: "acme", title: "Acme Inc." })).status, 201);
    const hal = await invited("hal", "admin", "acme");
    const seen = (await hal.ask("GET", "/users")).body.items?.map((one) => one.name);
    assert.deepEqual(seen, ["hal"]);
    assert.equal((await hal.ask("GET", "/users/anna")).status, 404);
    assert.equal((await hal.ask("POST", "/users", { name: "ivy", roles: { main: "admin" } })).status, 403);
    assert.equal((await hal.ask("POST", "/users", { name: "ivy", roles: { acme: "customer" } })).status, 201);
    assert.equal((await hal.ask("POST", "/workspaces", { workspace: "more" })).status, 403);
    assert.equal(user(["role", "ivy", "viewer"]).code, 0); // of main, too
    assert.equal((await hal.ask("POST", "/users/ivy/reset", {})).status, 403);
    const foreign = await hal.ask("GET", "/users", undefined, { headers: { "weft-workspace": "main" } });
    assert.equal(foreign.status, 403);
    const state = await hal.ask("GET", "/session", undefined, { headers: { "weft-workspace": "main" } });
    assert.equal(state.status, 403);
  });

  it("are removed while they and others are at work on them", async () => {
    const lou = await invited("lou", "operator");
    const { headers } = await anna.ask("GET", "/users/lou");
    const all = [visitor().signIn("lou"), lou.ask("POST", "/session/proof", { password }),
      anna.ask("POST", "/users/lou/reset", {}), visitor().signIn("lou"), lou.ask("DELETE", "/session/others"),
      anna.ask("DELETE", "/users/lou", undefined, { headers: { "if-match": headers.etag ?? "" } }),
      visitor().signIn("lou"), anna.ask("POST", "/users/lou/reset", {})];
    for (const answer of await Promise.all(all)) assert.ok(answer.status < 500, JSON.stringify(answer.body));
    await eventually("lou is removed", () => {
      const done = user(["remove", "lou"]);
      return done.code === 0 || done.stderr.includes("there is nobody");
    });
    assert.equal((await visitor().signIn("lou")).status, 401);
    assert.equal((await lou.state()).body.signed_in, false);
  });

  it("keep a last administrator", () => {
    assert.equal(user(["disable", "eli"]).code, 0);
    const last = user(["disable", "anna"]);
    assert.equal(last.code, 1);
    assert.match(last.stderr, /last administrator/);
    assert.equal(user(["remove", "anna"]).code, 1);
  });

  it("prove again who they are before what is sensitive", async () => {
    const again = await anna.ask("POST", "/session/proof", { password: "wrong" });
    assert.equal(again.status, 403);
    const before = anna.cookie;
    assert.equal((await anna.ask("POST", "/session/proof", { password })).status, 200);
    assert.notEqual(anna.cookie, before);
  });
});

describe("a token", () => {
  it("may what its scopes say and its owner may, in one workspace, until it is taken back", async () => {
    const made = await anna.ask("POST", "/tokens", { name: "report", scopes: ["users.manage"], days: 1 });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const machine = visitor();
    machine.bearer = made.body.secret ?? "";
    assert.match(machine.bearer, /^weft_[\w-]{43}$/);
    assert.equal((await machine.ask("GET", "/users")).status, 200);
    const state = (await machine.state()).body;
    assert.equal(state.kind, "token");
    assert.deepEqual(state.permissions, ["users.manage"]);
    const elsewhere = await machine.ask("GET", "/users", undefined, { headers: { "weft-workspace": "acme" } });
    assert.equal(elsewhere.status, 403);
    assert.equal((await machine.ask("POST", "/tokens", { name: "child", scopes: ["users.manage"] })).status, 403);
    const listed = (await anna.ask("GET", "/tokens")).body.items ?? [];
    assert.ok(listed[0]?.used_at);
    assert.doesNotMatch(JSON.stringify(listed), /weft_/);
    const gus = visitor();
    await gus.signIn("gus", password, { from: "127.0.0.9" });
    const much = await gus.ask("POST", "/tokens", { name: "much", scopes: ["secrets.write"] });
    assert.equal(much.status, 403);
    assert.equal((await anna.ask("DELETE", `/tokens/${made.body.token?.id ?? ""}`)).status, 204);
    assert.equal((await machine.ask("GET", "/users")).status, 401);
    assert.ok(audit().some((record) => record.what === "token.use"));
  });

  it("is made at the local socket for somebody, and is worth nothing when they are disabled", async () => {
    const made = user(["token", "add", "ben", "desk", "--scope", "runs.read"]);
    assert.equal(made.code, 0, made.stderr);
    const machine = visitor();
    machine.bearer = made.stdout.trim();
    assert.equal((await machine.ask("GET", "/roles")).status, 200);
    assert.equal(user(["disable", "ben"]).code, 0);
    assert.equal((await machine.ask("GET", "/roles")).status, 401);
    assert.match(user(["token", "list"]).stdout, /ben +desk +main/);
  });
});

describe("the audit", () => {
  it("has everything that people did, and no secret", () => {
    const records = audit();
    const what = new Set(records.map((record) => record.what));
    for (const wanted of ["user.make", "session.open", "session.fail", "session.close", "password.change",
      "password.set", "second_factor.set", "recovery_code.use", "user.change", "user.disable", "user.reset",
      "token.make", "token.remove", "workspace.make"])
      assert.ok(what.has(wanted), wanted);
    const all = JSON.stringify(records) + world.stderr.replace(/first#\S+/g, "");
    for (const secret of [password, other, "argon2id", "weft_"]) assert.ok(!all.includes(secret), secret);
    assert.equal(world.command(["audit", "verify", "--data", world.data]).code, 0);
  });
});
