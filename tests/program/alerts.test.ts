// Alerts of the real program: a rule finds failed runs, the notice goes to a webhook with a signature and to a real
// mail server, a kill tells nothing twice, a channel that fails is seen; and what the dashboard asks for.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, request, type Server as HttpServer } from "node:http";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { SMTPServer } from "smtp-server";
import { certificate } from "../systems/mail/mail.ts";
import { type Answer, type Fields, type Value, ask, text } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

interface Notice { notice: string; what: string; subject: string; text: string; alert: Fields | null }

const world = new World();
const key = "canary-hook-key-91c2";
const notices: Notice[] = [];
const mails: string[] = [];
const chats: Record<string, Fields[]> = { "/services/T0/B0/chat-7c": [], "/teams/webhook/team-7c": [] };
const ids: string[] = [];
const live: string[] = [];
let server: Server, desk: HttpServer, sink: SMTPServer, opened: SMTPServer;
let origin = "", mailUrl = "", openUrl = "", down = false;

/** Asks the local socket. */
function local(method: string, path: string, body?: Value, headers: Record<string, string> = {}): Promise<Answer> {
  const rest = body === undefined ? {} : { body: JSON.stringify(body) };
  return ask({ socketPath: join(world.data, "weft.sock") },
    { method, path, headers: { "content-type": "application/json", ...headers }, ...rest });
}
async function done(method: string, path: string, body?: Value): Promise<Fields> {
  const answer = await local(method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json as Fields;
}
async function faults(path: string, body: Value): Promise<string[]> {
  const answer = await local("PUT", path, body);
  assert.equal(answer.status, 422, answer.text);
  return ((answer.json as Fields).faults as Fields[]).map((one) => `${text(one.pointer)}: ${text(one.message)}`);
}

/** A desk that checks what it takes. */
function openDesk(): Promise<void> {
  desk = createServer((asked, answer) => {
    const parts: Buffer[] = [];
    asked.on("data", (part: Buffer) => parts.push(part));
    asked.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8"), chat = chats[asked.url ?? ""];
      if (chat !== undefined) {
        chat.push(JSON.parse(body) as Fields);
        answer.writeHead(200).end("ok");
        return;
      }
      const [, time, sign] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(asked.headers["weft-signature"])) ?? [];
      const right = createHmac("sha256", key).update(`${String(time)}.${body}`).digest("hex") === sign;
      if (right && !down) {
        notices.push(JSON.parse(body) as Notice);
        ids.push(String(asked.headers["weft-notice"]));
      }
      answer.writeHead(right ? down ? 503 : 204 : 401).end();
    });
  });
  return new Promise((resolve) => desk.listen(0, "127.0.0.1", () => {
    origin = `http://127.0.0.1:${(desk.address() as AddressInfo).port}`;
    resolve();
  }));
}
/** A mail server with TLS from the first byte, or by STARTTLS. */
async function openMail(tls: object, secure: boolean): Promise<SMTPServer> {
  const server = new SMTPServer({
    secure, logger: false, ...tls,
    onAuth: (auth, session, next) => {
      if (auth.password === "canary-mail-77d0" && session.secure) next(null, { user: "weft" });
      else next(new Error("wrong password"));
    },
    onData: (stream, _session, next) => {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => { mails.push(Buffer.concat(parts).toString("latin1")); next(); });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return server;
}
function port(server: SMTPServer): number {
  return (server.server.address() as AddressInfo).port;
}
/** Mail servers whose certificate the program is told to trust. */
async function openSinks(): Promise<void> {
  const { key, cert } = certificate(world.folder);
  sink = await openMail({ key, cert }, true);
  opened = await openMail({ key, cert }, false);
  mailUrl = `smtps://127.0.0.1:${port(sink)}`;
  openUrl = `smtp://127.0.0.1:${port(opened)}`;
}

/** What is told at once, topic by topic. */
function watch(): void {
  const listen = request({ socketPath: join(world.data, "weft.sock"),
    path: "/api/v1/events?topics=alert,connection,deployment&workspace=main" }, (answer) => {
    answer.setEncoding("utf8");
    answer.on("data", (part: string) => live.push(part));
    answer.on("error", () => undefined);
  });
  listen.on("error", () => undefined);
  listen.end();
}
async function serve(): Promise<void> {
  const env = { WEFT_EGRESS_ALLOW: "127.0.0.1", WEFT_ALERTS_CA_FILE: join(world.folder, "cert") };
  server = await world.serve({ env });
}
async function post(total: unknown): Promise<void> {
  const answer = await fetch(server.hook("orders"), { method: "POST", body: JSON.stringify({ total }),
    headers: { "content-type": "application/json" } });
  await answer.text();
}
async function alerts(query = ""): Promise<Fields[]> {
  return (await done("GET", `/alerts${query}`)).items as Fields[];
}

before(async () => {
  await openDesk();
  await openSinks();
  world.flow("orders", {
    weft: 1, name: "Orders",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "orders", verify: { type: "none" } } },
      { id: "wait", type: "branch.wait", config: { for: "20ms" } }, // a run of no millisecond is not slow
      { id: "map", type: "transform.map", config: { fields: [{ to: "total", from: "=trigger.body.total * 2" }] } },
    ],
    edges: [{ from: "hook", to: "wait" }, { from: "wait", to: "map" }],
  });
  world.flow("asked", {
    weft: 1, name: "Asked",
    nodes: [{ id: "new", type: "trigger.poll", config: { every: "1m", items: "=steps.ask.body", id: "=item.id",
      body: { nodes: [{ id: "ask", type: "connector.http", config: { url: "http://127.0.0.1:9/list" } }],
        edges: [] } } }],
    edges: [],
  });
  await serve();
  watch();
  await done("POST", "/vault/hook_key/set", { value: key, origins: [origin] });
  await done("POST", "/vault/mail_key/set", { value: "canary-mail-77d0", origins: [mailUrl, openUrl] });
  for (const path of Object.keys(chats))
    await done("POST", `/vault/${path.split("/").at(-1) ?? ""}/set`, { value: origin + path, origins: [origin] });
});
after(async () => {
  await world.end();
  desk.close();
  sink.close();
  opened.close();
});

it("says what is wrong with a rule or a channel, each place", async () => {
  const rate = { kind: "failure_rate", flow: "nope", channels: ["none"], of: "queue" };
  assert.deepEqual(await faults("/alert-rules/x", rate), [
    "/of: \"of\" says nothing in a rule of the kind failure_rate",
    "/above: a rule of the kind failure_rate needs \"above\"",
    "/flow: there is no flow \"nope\"",
    "/channels/0: there is no channel \"none\": PUT /channels/none makes it",
  ]);
  const due = { time: "07:00", zone: "Mars/Olympus", except: ["2026-02-30"] };
  const missing = await faults("/alert-rules/x", { kind: "missing", flow: "orders", due });
  assert.match(missing[0] ?? "", /^\/due\/zone: there is no time zone "Mars\/Olympus"/);
  assert.match(missing[1] ?? "", /^\/due\/except\/0: there is no day 2026-02-30/);
  const connection = await faults("/alert-rules/x", { kind: "connection", connection: "main/production/orders/erp" });
  assert.match(connection[0] ?? "", /^\/connection: no flow uses a connection/);
  const metric = await local("PUT", "/alert-rules/x", { kind: "count", metric: "runs.lost", above: 1 });
  assert.equal(metric.status, 422);
  assert.match(metric.text, /\/metric/);
  const webhook = await faults("/channels/x", { kind: "webhook", url: `${origin}/notices` });
  assert.match(webhook[0] ?? "", /^\/secret: a webhook channel needs "secret"/);
  const elsewhere = { kind: "webhook", url: "https://elsewhere.example/x", secret: "hook_key" };
  const foreign = await faults("/channels/x", elsewhere);
  assert.match(foreign[0] ?? "", /^\/secret: secret "hook_key" is bound to http:\/\/127.0.0.1/);
  const broken = { kind: "mail", url: mailUrl, from: "weft@example.com", to: ["a@b\r\nBcc: c"] };
  const mail = await faults("/channels/x", broken);
  assert.match(mail[0] ?? "", /^\/to: .*control character/);
});

it("tries a channel", async () => {
  await done("PUT", "/channels/desk", { kind: "webhook", url: `${origin}/notices`, secret: "hook_key" });
  await done("PUT", "/channels/post", { kind: "mail", url: mailUrl, from: "Weft <weft@example.com>",
    to: ["desk@example.com"], user: "weft", secret: "mail_key" });
  await done("PUT", "/channels/lost", { kind: "mail", url: "smtp://10.255.255.1", from: "weft@example.com",
    to: ["desk@example.com"] });
  assert.equal((await done("POST", "/channels/desk/test")).delivered, true);
  const mailed = await done("POST", "/channels/post/test");
  assert.equal(mailed.delivered, true, JSON.stringify(mailed));
  const lost = await done("POST", "/channels/lost/test");
  assert.equal(lost.delivered, false);
  assert.equal(lost.code, "policy", JSON.stringify(lost));
  assert.equal(notices.pop()?.what, "test");
  assert.match(mails.pop() ?? "", /Subject: \[test\] The channel post works/);
  assert.equal((await local("DELETE", "/channels/lost", undefined, { "if-match": "\"1\"" })).status, 204);
});

it("speaks to chats as they want it, and to mail servers by STARTTLS", async () => {
  await done("PUT", "/channels/chat", { kind: "slack", url: origin, secret: "chat-7c" });
  await done("PUT", "/channels/team", { kind: "teams", url: origin, secret: "team-7c" });
  await done("PUT", "/channels/open", { kind: "mail", url: openUrl, from: "weft@example.com",
    to: ["desk@example.com"], user: "weft", secret: "mail_key" });
  for (const name of ["chat", "team", "open"]) {
    const tried = await done("POST", `/channels/${name}/test`);
    assert.equal(tried.delivered, true, `${name}: ${JSON.stringify(tried)}`);
  }
  const [slack, teams] = Object.values(chats).map((all) => all.pop());
  assert.match(text(slack?.text), /\[test\] The channel chat works/);
  assert.equal((slack?.blocks as Fields[]).length, 2);
  const [card] = teams?.attachments as Fields[];
  assert.equal(card?.contentType, "application/vnd.microsoft.card.adaptive");
  assert.match(JSON.stringify(card.content), /The channel team works/);
  assert.match(mails.pop() ?? "", /Subject: \[test\] The channel open works/);
  const shown = await done("GET", "/channels");
  assert.doesNotMatch(JSON.stringify(shown), /services|webhook\/team/, "a chat's address is its secret");
});

it("tells once what fails, by webhook and by mail, also over a kill", async () => {
  await done("PUT", "/alert-rules/fails", { kind: "count", metric: "runs.failed", above: 1, window_s: 3600,
    title: "Orders fail, call 4111 1111 1111 1111", channels: ["desk", "post", "chat", "team"] });
  await post(1);
  await post("canary-payload-3f");
  assert.deepEqual(await alerts(), []);
  await post("canary-payload-3f");
  await eventually("both notices", () => notices.length === 1 && mails.length === 1);
  const [notice] = notices;
  assert.equal(notice?.what, "firing");
  assert.match(notice.text, /runs\.failed of production\/orders: 2 in 1 hour/);
  const mailed = Buffer.from((mails[0] ?? "").split("\r\n\r\n")[1] ?? "", "base64").toString("utf8");
  assert.match(mailed, /runs\.failed of production\/orders: 2 in 1 hour/);
  await eventually("both chats", () => Object.values(chats).every((all) => all.length === 1));
  for (const told of [JSON.stringify(notice), mails[0] ?? "", mailed, JSON.stringify(chats)])
    assert.doesNotMatch(told, /canary|1111 1111/, "no payload, no secret, no card number");
  await eventually("it was told at once", () => /event: alert\n.*\n.*"state":"firing"/.test(live.join("")));
  for (const name of ["desk", "post"])
    await eventually("it is known as delivered", async () => (await done("GET", `/channels/${name}`)).waiting === 0);
  await done("PUT", "/alert-rules/systems", { kind: "connection" }); // and is on the disk, as all before this
  await server.kill(); // the counts of the open minute are gone, the alert is not
  await serve();
  const [alert] = await alerts("?state=open");
  const said = await done("POST", `/alerts/${text(alert?.alert)}/acknowledge`, { note: "mine" });
  assert.equal(said.state, "acknowledged");
  assert.equal((said.acknowledged as Fields).note, "mine");
  assert.deepEqual([notices.length, mails.length], [1, 1]);
});

it("looks at rates, times and ages of what really ran", async () => {
  const kinds = { rate: { kind: "failure_rate", above: 0.1, least: 2, window_s: 3600 },
    slow: { kind: "latency", percentile: 95, above: 0, least: 2, window_s: 3600 },
    old: { kind: "age", of: "exception", above: 0 }, deaf: { kind: "age", of: "poll", above: 0, flow: "asked" } };
  for (const [rule, terms] of Object.entries(kinds))
    await done("PUT", `/alert-rules/${rule}`, { flow: "orders", ...terms });
  await post("none"); // of the runs before the kill nothing is counted
  await post("none");
  for (const [rule, says] of [["rate", /%/], ["slow", /ms/], ["old", /exception/],
    ["deaf", /a poll of production.asked fails for/]] as const)
    await eventually(`${rule} fires`, async () => (await alerts("?state=open"))
      .some((one) => one.rule === rule && says.test(JSON.stringify(one))), 30_000);
  for (const rule of Object.keys(kinds))
    assert.equal((await local("DELETE", `/alert-rules/${rule}`, undefined, { "if-match": "\"1\"" })).status, 204);
});

it("shows a channel that fails, and delivers when it works again", async () => {
  down = true;
  const before = notices.length;
  await done("PUT", "/alert-rules/more", { kind: "count", metric: "runs.failed", above: 0, channels: ["desk"] });
  await post("none");
  await eventually("the failure is seen", async () => (await done("GET", "/channels/desk")).state === "failing");
  const channel = await done("GET", "/channels/desk");
  assert.equal(channel.code, "unavailable");
  assert.ok(Number(channel.waiting) >= 1);
  down = false; // a change of the channel tries at once what waits for it
  const kept = await local("PUT", "/channels/desk", { kind: "webhook", url: `${origin}/notices`, secret: "hook_key",
    title: "The desk" }, { "if-match": `"${text(channel.revision)}"` });
  assert.equal(kept.status, 200, kept.text);
  await eventually("it is delivered", () => notices.length > before);
  await eventually("it works", async () => (await done("GET", "/channels/desk")).state === "ok");
  assert.equal(new Set(ids).size, ids.length);
  const used = await local("DELETE", "/channels/desk", undefined, { "if-match": "\"2\"" });
  assert.equal(used.status, 409, "a rule names it");
});

it("answers what the dashboard asks, and /metrics has it too", async () => {
  const overview = await done("GET", "/overview?zone=America/New_York");
  assert.ok(Number((overview.today as Fields).started) >= 1);
  assert.equal((overview.exceptions as Fields).dead, 5);
  const asked = "metrics=runs.started,latency.p95,failure_rate&step=1d&zone=Asia/Kolkata&by=flow";
  const answer = await local("GET", `/series?${asked}&from=2026-01-01T00:00:00Z&to=2026-01-11T00:00:00Z`);
  assert.equal(answer.status, 200, answer.text);
  const days = await done("GET", "/series?metrics=runs.started&step=1d&zone=Asia/Kolkata");
  const times = days.times as number[];
  assert.ok(times.every((time) => (time + 19800) % 86400 === 0), "a day begins at midnight of the zone");
  const [column] = days.series as Fields[];
  assert.ok((column?.values as number[]).reduce((a, b) => a + b, 0) >= 1);
  const wrong = await local("GET", "/series?metrics=runs.lost");
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /there is no metric .*runs\.lost/);
  const measured = await new Promise<string>((resolve, reject) => {
    const asked = request({ socketPath: join(world.data, "weft.sock"), path: "/metrics" }, (given) => {
      let body = "";
      given.setEncoding("utf8").on("data", (part: string) => { body += part; }).on("end", () => { resolve(body); });
    });
    asked.on("error", reject);
    asked.end();
  });
  for (const name of [/^weft_alerts\{state="acknowledged"\} 1$/m, /^weft_notices_waiting 0$/m,
    /^weft_rule_budgets_total\{budget="time"\} 0$/m, /^weft_runs_queued\{.*\} 0$/m, /^weft_lanes\{.*\} 0$/m])
    assert.match(measured, name);
});
