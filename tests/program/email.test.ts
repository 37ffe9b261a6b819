// connector.email against a real mail server (smtp-server of npm): TLS from the first byte and STARTTLS, signing in,
// refusals, and an answer that gets lost.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Certificate, certificate, demoMail, Mail } from "../systems/mail/mail.ts";
import { eventually, type RunShown, type Server, World } from "./world.ts";

describe("connector.email", () => {
  let world: World;
  let sink: Mail | undefined;
  let tls: Certificate;
  beforeEach(() => {
    world = new World();
    tls = certificate(world.folder);
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
    const settings = { user: demoMail.user, helo: "weft.example.com",
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
      MAIL_PASSWORD: way.password ?? demoMail.password, WEFT_FILES_ROOT: world.folder } });
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
    sink = await new Mail({ secure: true, ...tls }).open();
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
    const page = await sink.page(); // of the stand-in, for people
    assert.match(page, /<h2>Zahlung € 7<\/h2>\n<p>from billing@example\.com to ann@example\.com, audit@/);
    assert.match(page, /<pre>Dear Ann\n\.\n/);
    const id = /^Message-ID: (<\S+@example.com>)\r$/m.exec(taken.text)?.[1];
    assert.ok(JSON.stringify(shown.steps).includes(id ?? "none"));
  });

  it("sends by STARTTLS, and nothing at all to a server that has none", async () => {
    sink = await new Mail({ secure: false, ...tls }).open();
    assert.equal((await sends({ scheme: "smtp" })).status, "succeeded");
    assert.ok(sink.taken[0]?.secure);
    await sink.close();
    sink = await new Mail({ secure: false, disabledCommands: ["STARTTLS"], ...tls }).open();
    const shown = await sends({ scheme: "smtp" });
    assert.equal(shown.error?.kind, "policy");
    assert.equal(sink.taken.length, 0);
  });

  it("trusts no certificate that nobody vouches for", async () => {
    sink = await new Mail({ secure: true, ...tls }).open();
    const shown = await sends({ trusted: false });
    assert.equal(shown.error?.kind, "policy");
    assert.equal(sink.taken.length, 0);
  });

  it("with a wrong password halts the connection; a server that is down does not; the mail goes when each is mended",
    async () => {
      sink = await new Mail({ secure: true, ...tls }).open();
      const { server: first, run } = await begins({ password: "canary-mail-wrong" });
      const halted = await eventually("it is halted", () => world.connections().find((one) => one.state === "halted"));
      assert.match(halted.text ?? "", /refused the mail: 535.*wrong password/);
      await first.stop();
      const { port } = sink;
      await sink.close();
      const second = await world.serve({ env: { MAIL_PASSWORD: "canary-mail-5e1f", WEFT_FILES_ROOT: world.folder } });
      const down = await eventually("it is down", () => world.connections().find((one) => one.state === "broken"));
      assert.match(down.text ?? "", /127\.0\.0\.1: Failed to connect/);
      sink = await new Mail({ secure: true, ...tls }).open(port);
      await eventually("it goes", async () => {
        world.resume();
        return (await world.show(run)).status === "succeeded";
      });
      assert.deepEqual(sink.taken.map((mail) => mail.user), ["weft"]);
      await second.stop();
      assert.ok(!world.stderr.includes("canary-mail"));
    });

  it("is not halted by a server that cannot tell now whether a password is right", async () => {
    let asked = 0;
    sink = await new Mail({ secure: true, ...tls, onAuth: (auth, _session, done) => {
      asked++;
      if (asked > 1) done(null, { user: auth.username });
      else done(Object.assign(new Error("temporary authentication failure"), { responseCode: 454 }));
    } }).open();
    const shown = await sends();
    assert.equal(shown.status, "succeeded", JSON.stringify(shown.error));
    assert.equal(asked, 2);
    assert.match(world.stderr, /refused the mail: 454/);
  });

  it("goes to all recipients or to none, and not to another header", async () => {
    sink = await new Mail({ secure: true, ...tls }).open();
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
    sink = await new Mail({ secure: true, ...tls }, true).open();
    const shown = await sends({ timeout: "2s" });
    assert.equal(shown.status, "in_doubt", JSON.stringify(shown));
    assert.equal(sink.taken.length, 1);
  });
});
