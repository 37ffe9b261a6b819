// A mail server that delivers nothing: it keeps what it takes, and shows it as a page that a person can open. TLS with
// a certificate of its own, of which the file is said: a connection trusts it as "CA file".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export const demoMail = { user: "weft", password: "canary-mail-5e1f" };

export interface Taken {
  from: string;
  to: string[]; // whom the envelope names
  text: string; // as it came, a byte a character
  user: string | undefined;
  secure: boolean;
}

export interface Certificate {
  key: string;
  cert: string;
  file: string; // of cert
}

/** One for 127.0.0.1, in files of the folder. */
export function certificate(folder: string): Certificate {
  const [key, file] = [join(folder, "key"), join(folder, "cert")];
  const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail",
    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", file], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`openssl makes no certificate: ${made.error?.message ?? made.stderr}`);
  return { key: readFileSync(key, "utf8"), cert: readFileSync(file, "utf8"), file };
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
}

async function shown(mail: Taken): Promise<string> {
  const { subject = "", text = "" } = await PostalMime.parse(Buffer.from(mail.text, "latin1"));
  return `<article><h2>${escaped(subject)}</h2>\n<p>from ${escaped(mail.from)} to ${escaped(mail.to.join(", "))}</p>\n`
    + `<pre>${escaped(text)}</pre></article>\n`;
}

/** Takes what is for anybody but "nobody…", from who signs in as demoMail. */
export class Mail {
  readonly taken: Taken[] = [];
  readonly #server: SMTPServer;
  port = 0;

  /** lose: it takes each mail, and never says so. */
  constructor(options: SMTPServerOptions, lose = false) {
    this.#server = new SMTPServer({
      authOptional: false, logger: false,
      onAuth: (auth, _session, done) => {
        if (auth.username === demoMail.user && auth.password === demoMail.password) done(null, { user: demoMail.user });
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
    this.port = (this.#server.server.address() as AddressInfo).port;
    return this;
  }

  close(): Promise<void> {
    return new Promise((resolve) => { this.#server.close(resolve); });
  }

  /** What was taken as HTML, the newest first. */
  async page(): Promise<string> {
    const all = await Promise.all(this.taken.toReversed().map(shown));
    return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Mails</title>`
      + `<meta http-equiv="refresh" content="5"></head>\n<body><h1>Mails that were sent: ${all.length}</h1>\n`
      + `${all.join("")}</body></html>\n`;
  }
}

export interface MailStandIn {
  mail: Mail;
  url: string; // of the server
  certificate: string; // the file of what is to be trusted
  page: string; // where a person sees what came
  close: () => Promise<void>;
}

function openPage(mail: Mail): Promise<Server> {
  const server = createServer((_ask, answer) => {
    void mail.page().then((text) => {
      answer.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store",
        "content-security-policy": "default-src 'none'" }).end(text);
    });
  });
  return new Promise((resolve) => { server.listen(0, "127.0.0.1", () => { resolve(server); }); });
}

export async function openMail(): Promise<MailStandIn> {
  const folder = mkdtempSync(join(tmpdir(), "mail-"));
  const made = certificate(folder);
  const mail = await new Mail({ secure: true, key: made.key, cert: made.cert }).open();
  const server = await openPage(mail);
  return {
    mail, url: `smtps://127.0.0.1:${mail.port}`, certificate: made.file,
    page: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      await mail.close();
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
      rmSync(folder, { recursive: true });
    },
  };
}
