// connector.email against a real mail server (smtp-server of npm): TLS from the first byte and STARTTLS, signing in,
// refusals, and an answer that gets lost.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { eventually, type RunShown, type Server, World } from "./world.ts";

interface Taken { from: string; to: string[]; text: string; user: string | undefined; secure: boolean }

/** Keeps what it takes. */
class Sink {
  readonly taken: Taken[] = [];
  readonly #server: SMTPServer;
  port = 0;

  constructor(options: SMTPServerOptions, lose = false) {
    this.#server = new SMTPServer({
      authOptional: false, logger: false,
      onAuth: (auth, _session, done) => {
        if (auth.username === "weft" && auth.password === "canary-mail-5e1f") done(null, { user: "weft" });
        else done(new Error("wrong password"));
      },
      onRcptTo: (address, _session, done) => {
        done(address.address.startsWith("nobody") ? Object.assign(new Error("no such user"), { responseCode: 550 })
          : undefined);
      },
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          this.taken.push({
            from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
            to: session.envelope.rcptTo.map((one) => one.address), text: Buffer.concat(parts).toString("latin1"),
            user: session.user as string | undefined, secure: session.secure });
          if (!lose) done();
        });
      },
      ...options,
    });
    this.#server.on("error", () => undefined); // of clients that trust nobody
  }

  async open(port = 0): Promise<this> {
    await new Promise<void>((resolve) => { this.#server.listen(port, "127.0.0.1", resolve); });
    const address = this.#server.server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    return this;
  }

  close(): Promise<void> {
    return new Promise((resolve) => { this.#server.close(resolve); });
  }
}

describe("connector.email", () => {
  let world: World;
  let sink: Sink | undefined;
  let tls: { key: string; cert: string };
  beforeEach(() => {
    world = new World();
    const [key, cert] = [join(world.folder, "key"), join(world.folder, "cert")];
    const done = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
      "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]);
    assert.equal(done.status, 0, String(done.stderr));
    tls = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  });
  afterEach(async () => {
    await sink?.close();
    sink = undefined;
    await world.end();
  });

  const letter = { from: "Billing <billing@example.com>", to: "=trigger.body.to", bcc: "audit@example.com",
    subject: "=trigger.body.subject", text: "Dear Ann\n.\n", html: "<p>Dear Ann</p>" };
  interface Way {
    scheme?: string;
    password?: string;
    trusted?: boolean;
    body?: object;
    config?: object;
    timeout?: string;
  }
  async function begins(way: Way = {}): Promise<{ server: Server; run: string }> {
    const settings = { user: "weft", helo: "weft.example.com",
      ...way.trusted === false ? {} : { ca_file: join(world.folder, "cert") } };
    world.flow("mail", {
      weft: 1, name: "Mail",
      nodes: [
        { id: "event", type: "trigger.webhook", config: {
          path: "mail", respond: "accepted", verify: { type: "none" } } },
        { id: "it", type: "connector.email", connection: "post", config: { ...letter, ...way.config },
          retry: { attempts: 1 }, timeout: way.timeout ?? "20s" }],
      edges: [{ from: "event", to: "it" }],
    }, { "connections.json": { weft: 1, connections: { post: {
      connector: "email", base_url: `${way.scheme ?? "smtps"}://127.0.0.1:${sink?.port ?? 0}`, settings,
      secrets: { password: { env: "MAIL_PASSWORD" } },
    } } } });
    const server = await world.serve({ env: {
      MAIL_PASSWORD: way.password ?? "canary-mail-5e1f", WEFT_FILES_ROOT: world.folder } });
    const answer = await fetch(server.hook("mail"), { method: "POST",
      body: JSON.stringify(way.body ?? { to: ["ann@example.com"], subject: "Zahlung € 7" }),
      headers: { "content-type": "application/json" } });
    assert.equal(answer.status, 202);
    return { server, run: (await answer.json() as { run: string }).run };
  }
  async function sends(way: Way = {}): Promise<RunShown> {
    const { server, run } = await begins(way);
    const shown = await world.settled(run);
    await server.stop();
    assert.ok(!world.stderr.includes("canary-mail"));
    return shown;
  }

  it("sends over TLS, signed in, what was written", async () => {
    sink = await new Sink({ secure: true, ...tls }).open();
    writeFileSync(join(world.folder, "bill.pdf"), "%PDF");
    const shown = await sends({ config: { folder: world.folder, attachments: [
      { name: "a.csv", type: "text/csv", content: "1;2" }, { name: "bill.pdf", path: "bill.pdf" }] } });
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    const taken = sink.taken[0];
    assert.ok(taken !== undefined && sink.taken.length === 1);
    assert.deepEqual([taken.from, taken.to, taken.user, taken.secure],
      ["billing@example.com", ["ann@example.com", "audit@example.com"], "weft", true]);
    assert.match(taken.text, /^From: "Billing" <billing@example.com>\r$/m);
    assert.match(taken.text, /^Subject: =\?UTF-8\?B\?WmFobHVuZyDigqwgNw==\?=\r$/m);
    assert.match(taken.text, /^JVBERg==\r$/m);
    assert.ok(!taken.text.includes("audit@"));
    const id = /^Message-ID: (<\S+@example.com>)\r$/m.exec(taken.text)?.[1];
    assert.ok(JSON.stringify(shown.steps).includes(id ?? "none"));
  });

  it("sends by STARTTLS, and nothing at all to a server that has none", async () => {
    sink = await new Sink({ secure: false, ...tls }).open();
    assert.equal((await sends({ scheme: "smtp" })).status, "succeeded");
    assert.ok(sink.taken[0]?.secure);
    await sink.close();
    sink = await new Sink({ secure: false, disabledCommands: ["STARTTLS"], ...tls }).open();
    const shown = await sends({ scheme: "smtp" });
    assert.equal(shown.error?.kind, "policy");
    assert.equal(sink.taken.length, 0);
  });

  it("trusts no certificate that nobody vouches for", async () => {
    sink = await new Sink({ secure: true, ...tls }).open();
    const shown = await sends({ trusted: false });
    assert.equal(shown.error?.kind, "policy");
    assert.equal(sink.taken.length, 0);
  });

  it("with a wrong password halts the connection; a server that is down does not; the mail goes when each is mended",
    async () => {
      sink = await new Sink({ secure: true, ...tls }).open();
      const { server: first, run } = await begins({ password: "canary-mail-wrong" });
      const halted = await eventually("it is halted", () => world.connections().find((one) => one.state === "halted"));
      assert.match(halted.text ?? "", /refused the mail: 535.*wrong password/);
      await first.stop();
      const { port } = sink;
      await sink.close();
      const second = await world.serve({ env: { MAIL_PASSWORD: "canary-mail-5e1f", WEFT_FILES_ROOT: world.folder } });
      const down = await eventually("it is down", () => world.connections().find((one) => one.state === "broken"));
      assert.match(down.text ?? "", /127\.0\.0\.1: Failed to connect/);
      sink = await new Sink({ secure: true, ...tls }).open(port);
      await eventually("it goes", async () => {
        world.resume();
        return (await world.show(run)).status === "succeeded";
      });
      assert.deepEqual(sink.taken.map((mail) => mail.user), ["weft"]);
      await second.stop();
      assert.ok(!world.stderr.includes("canary-mail"));
    });

  it("goes to all recipients or to none, and not to another header", async () => {
    sink = await new Sink({ secure: true, ...tls }).open();
    const refused = await sends({ body: { to: ["ann@example.com", "nobody@example.com"], subject: "x" } });
    assert.equal(refused.error?.kind, "invalid");
    assert.match(refused.error.text, /no such user/);
    const injected = await sends({ body: { to: "ann@example.com", subject: "x\r\nBcc: all@example.com" } });
    assert.equal(injected.error?.kind, "invalid");
    const address = await sends({ body: { to: "ann@example.com>\r\nRCPT TO:<all@example.com", subject: "x" } });
    assert.equal(address.error?.kind, "invalid");
    assert.equal(sink.taken.length, 0);
  });

  it("is in doubt when the answer to the mail gets lost, and is not sent again", async () => {
    sink = await new Sink({ secure: true, ...tls }, true).open();
    const shown = await sends({ timeout: "2s" });
    assert.equal(shown.status, "in_doubt", JSON.stringify(shown));
    assert.equal(sink.taken.length, 1);
  });
});
