// Somebody at a browser, or a machine: asks the real program over HTTP, keeps cookie and csrf as a browser would.
import { createHmac } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { eventually, type Server, type World } from "./world.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  cookies: string[];
  body: Body;
}
// What the tests look at of the answers.
export interface Body {
  signed_in?: boolean;
  public_url?: string;
  first?: boolean;
  ticket?: string;
  kind?: string;
  name?: string;
  workspace?: string;
  role?: string;
  permissions?: string[];
  workspaces?: { workspace: string; role: string }[];
  csrf?: string;
  second_factor?: { set: boolean; used: boolean; required: boolean; recovery_codes: number };
  recovery_codes?: string[];
  session?: Body & { id: string; address: string };
  secret?: string;
  uri?: string;
  code?: string;
  detail?: string;
  items?: (Body & { id: string; own?: boolean; used_at?: string | null })[];
  invitation?: { token: string; path: string };
  user?: { id: string; name: string };
  token?: { id: string };
  id?: string;
  sessions?: number;
  disabled?: boolean;
  revision?: number;
  roles?: Record<string, string>;
  retry_after_s?: number;
}

export interface Asking {
  headers?: Record<string, string>;
  from?: string; // the address it comes from: 127.0.0.x
}

export const password = "seven grey herons at noon";

export class Visitor {
  cookie = "";
  csrf = "";
  bearer = "";
  readonly #server: () => Server;

  constructor(server: () => Server) {
    this.#server = server;
  }

  ask(method: string, path: string, body?: object, asking: Asking = {}): Promise<Answer> {
    const url = new URL(`${this.#server().url}/api/v1${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const size = `${Buffer.byteLength(text ?? "")}`;
    const headers: Record<string, string> = {
      ...text === undefined ? {} : { "content-type": "application/json", "content-length": size },
      ...this.cookie === "" ? {} : { cookie: this.cookie },
      ...this.csrf === "" || method === "GET" ? {} : { "x-csrf": this.csrf },
      ...this.bearer === "" ? {} : { authorization: `Bearer ${this.bearer}` },
      ...asking.headers,
    };
    return new Promise((resolve, reject) => {
      const from = asking.from === undefined ? {} : { localAddress: asking.from };
      const sent = request(url, { method, headers, agent: false, ...from }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const said = Buffer.concat(parts).toString("utf8");
          resolve(this.#heard(answer.statusCode ?? 0, answer.headers, said));
        });
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  #heard(status: number, headers: NodeJS.Dict<string | string[]>, text: string): Answer {
    const cookies = [headers["set-cookie"] ?? []].flat();
    const body = text === "" ? {} : JSON.parse(text) as Body;
    for (const cookie of cookies) this.cookie = cookie.includes("Max-Age=0") ? "" : cookie.split(";")[0] ?? "";
    this.csrf = body.csrf ?? body.session?.csrf ?? this.csrf;
    const all = Object.entries(headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]);
    return { status, cookies, body, headers: Object.fromEntries(all) as Record<string, string> };
  }

  /** What happens, as it is told: what was heard so far, and when the stream ends. */
  listen(topic = "run"): Promise<{ stream: IncomingMessage; heard: () => string; ended: () => boolean }> {
    return new Promise((resolve, reject) => {
      const url = new URL(`${this.#server().url}/api/v1/events?topics=${topic}`);
      request(url, { headers: { cookie: this.cookie }, agent: false }, (stream) => {
        let said = "";
        let over = false;
        stream.on("close", () => { over = true; });
        stream.on("data", (part: Buffer) => { said += part.toString("utf8"); });
        stream.on("error", () => undefined);
        resolve({ stream, heard: () => said, ended: () => over });
      }).on("error", reject).end();
    });
  }

  signIn(name: string, secret = password, asking: Asking = {}): Promise<Answer> {
    return this.ask("POST", "/session", { name, password: secret }, asking);
  }

  state(): Promise<Answer> {
    return this.ask("GET", "/session");
  }
}

/** The token that the console shows while there is no administrator. */
export async function firstToken(world: World): Promise<string> {
  return eventually("the console shows the first token", () => /\/first#(\S+)$/m.exec(world.stderr)?.[1]);
}

/** An authenticator app: the code of a moment so many half minutes from now (RFC 6238). */
export function code(secret: string, steps = 0): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = secret.replace(/./g, (c) => alphabet.indexOf(c).toString(2).padStart(5, "0"));
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", bytes).update(counter).digest();
  const number = mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff;
  return `${number % 1_000_000}`.padStart(6, "0");
}
