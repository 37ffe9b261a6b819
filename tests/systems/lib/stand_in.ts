// The HTTP side that every stand-in shares: reads a whole request, lets a fault spoil it, has the system answer it, and
// keeps a record of it. Listens on loopback only.
//
//   GET    /_ledger     what was done to the system          (?table=NAME)
//   GET    /_requests   what was asked of it, without secrets
//   GET    /_fault      the faults set, with their hits      } only with control
//   POST   /_fault      sets one, or a list                  }
//   DELETE /_fault      clears all                           }
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fault, FaultError, faultJson, type FaultRule, Faults, readFault } from "./faults.ts";
import { type Json, type JsonObject, number, readJson, writeJson } from "./json.ts";
import { entryJson, Ledger } from "./ledger.ts";

export interface Ask {
  method: string;
  target: string; // path and query as sent
  path: string; // decoded by the system itself where needed: as sent, without query
  query: URLSearchParams;
  headers: Record<string, string>; // lower-case names
  body: string;
}
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Json;
  text?: string; // in place of body, as it is
}
export interface System {
  answer(ask: Ask): Promise<Answer>;
  throttled(seconds: number): Answer; // how it says 429
  expireTokens(): void;
}

export interface RequestRecord {
  n: number;
  at: string;
  method: string;
  target: string;
  headers: Record<string, string>; // Authorization shows its scheme only
  size: number; // bytes of the body
  status: number; // 0: no answer left
  fault: string; // "" if none
  took_ms: number;
}

const bodyLimit = 8 * 1024 * 1024;
const recordLimit = 200_000;

export interface StandInOptions {
  port?: number; // 0 or absent: the system chooses
  control?: boolean;
  ledger?: Ledger;
}

export class StandIn {
  readonly ledger: Ledger;
  readonly faults = new Faults();
  readonly requests: RequestRecord[] = [];
  most = 0; // requests that were under way at once
  #open = 0;
  #server: Server;
  readonly #closing = new Set<Server>(); // those that listen no more, and still have connections
  readonly #dying = new WeakSet<Socket>(); // the next request on it gets no answer
  readonly #said = new Map<string, Answer>(); // the last answer to each kind of request
  #port = 0;
  #closed = false;
  readonly #control: boolean;
  readonly #system: System;

  private constructor(system: System, options: StandInOptions) {
    this.#system = system;
    this.ledger = options.ledger ?? new Ledger();
    this.#control = options.control ?? false;
    this.#server = this.#makeServer();
  }

  static async open(system: System, options: StandInOptions = {}): Promise<StandIn> {
    const standIn = new StandIn(system, options);
    await standIn.#listen(options.port ?? 0);
    return standIn;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Sets a fault from within the process; "refuse" and "expire_tokens" act at once. */
  fault(rule: FaultRule): Fault {
    const fault = this.faults.add(rule);
    if (rule.kind === "expire_tokens") {
      this.#system.expireTokens();
      fault.hits = 1;
    }
    if (rule.kind === "refuse") {
      fault.hits = 1;
      void this.#refuse(rule.ms ?? 0);
    }
    return fault;
  }

  /** Closes the listener and every connection: the system is down, until up(). */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => { resolve(); }));
    for (const server of [this.#server, ...this.#closing]) server.closeAllConnections();
    await closed;
  }

  async up(): Promise<void> {
    this.#server = this.#makeServer();
    await this.#listen(this.#port);
  }

  /** Closes the kept connections on which nothing is under way, as a server does after a while. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#server.listening) await this.down();
  }

  async #refuse(ms: number): Promise<void> {
    await this.down();
    await sleep(ms, undefined, { ref: false });
    await this.up();
  }

  /** Takes no more connections for a while; those that are there stay. */
  async #deaf(ms: number): Promise<void> {
    const server = this.#server;
    if (!server.listening) return;
    this.#closing.add(server);
    server.close(() => this.#closing.delete(server));
    for (let up = false; !up;) { // somebody's own end may have taken the port for a moment
      await sleep(ms, undefined, { ref: false });
      up = this.#closed || await this.up().then(() => true, () => false);
    }
  }

  #makeServer(): Server {
    const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
      this.#serve(request, response).catch((reason: unknown) => {
        process.stderr.write(`stand-in: ${String(reason instanceof Error ? reason.stack : reason)}\n`);
        response.destroy();
      });
    });
    return server;
  }

  async #listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => { resolve(); });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ask = await readAsk(request);
    if (ask === undefined) {
      response.writeHead(413, { connection: "close" }).end();
      return;
    }
    if (ask.path.startsWith("/_")) {
      send(response, this.#own(ask));
      return;
    }
    const started = performance.now();
    const record: RequestRecord = {
      n: this.requests.length + 1, at: new Date().toISOString(), method: ask.method, target: request.url ?? "",
      headers: shownHeaders(ask.headers), size: Buffer.byteLength(ask.body), status: 0, fault: "", took_ms: 0,
    };
    if (this.requests.length < recordLimit) this.requests.push(record);
    const dies = this.#dying.has(request.socket);
    const fault: Fault | undefined = dies ? { kind: "reset_after", hits: 1, seen: 1 }
      : this.faults.take(ask.method, record.target);
    record.fault = dies ? "reuse_death" : fault?.kind ?? "";
    this.most = Math.max(this.most, ++this.#open);
    record.status = fault === undefined
      ? send(response, await this.#answer(ask))
      : await this.#spoil(fault, ask, response);
    this.#open--;
    record.took_ms = Math.round(performance.now() - started);
  }

  /** What the system says; kept by the kind of the request, which is its path without what it names. */
  async #answer(ask: Ask): Promise<Answer> {
    const answer = await this.#system.answer(ask);
    if (answer.status < 500 && answer.status !== 429 && answer.status !== 401) this.#said.set(kindOf(ask), answer);
    return answer;
  }

  /** Answers as the fault says; the status that left, 0 if none did. */
  async #spoil(fault: Fault, ask: Ask, response: ServerResponse): Promise<number> {
    const before = fault.kind === "reset_before" || fault.kind === "silent_before" || fault.kind === "throttle"
      || fault.kind === "refuse" || (fault.kind === "status" && fault.done === false);
    const other = this.#said.get(kindOf(ask));
    const answer = before ? { status: 204 } : await this.#answer(ask);
    switch (fault.kind) {
      case "reset_before": case "reset_after":
        response.socket?.resetAndDestroy();
        return 0;
      case "silent_before": case "silent_after":
        return 0;
      case "delay":
        await sleep(fault.ms ?? 0);
        return send(response, answer);
      case "status":
        return sendText(response, fault.status ?? 500, { "content-type": "application/json" },
          fault.body ?? '{"error":{"code":"","message":"An error has occurred."}}');
      case "half_body":
        return sendHalf(response, answer);
      case "wrong_body":
        return sendText(response, answer.status === 204 ? 200 : answer.status,
          { "content-type": "application/json" }, fault.body ?? "");
      case "throttle":
        return send(response, this.#system.throttled(fault.seconds ?? 1));
      case "other_answer":
        return send(response, other ?? answer);
      case "reuse_death":
        if (response.socket !== null) this.#dying.add(response.socket);
        return send(response, answer);
      case "refuse":
        response.socket?.resetAndDestroy();
        void this.#deaf(fault.ms ?? 0);
        return 0;
      case "expire_tokens":
        return send(response, answer);
    }
  }

  #own(ask: Ask): Answer {
    if (ask.method === "GET" && ask.path === "/_ledger") {
      const table = ask.query.get("table");
      const entries = table === null ? this.ledger.entries : this.ledger.of(table);
      return { status: 200, body: entries.map(entryJson) };
    }
    if (ask.method === "GET" && ask.path === "/_requests")
      return { status: 200, body: this.requests.map(recordJson) };
    if (ask.path === "/_fault" && this.#control) return this.#controlled(ask);
    return { status: 404, body: { error: "not a page of this stand-in" } };
  }

  #controlled(ask: Ask): Answer {
    if (ask.method === "GET") return { status: 200, body: this.faults.list.map(faultJson) };
    if (ask.method === "DELETE") {
      this.faults.clear();
      return { status: 204 };
    }
    if (ask.method !== "POST") return { status: 405, headers: { allow: "GET, POST, DELETE" } };
    try {
      const json = readJson(ask.body);
      const rules = (Array.isArray(json) ? json : [json]).map(readFault);
      return { status: 200, body: rules.map((rule) => faultJson(this.fault(rule))) };
    } catch (reason) {
      if (!(reason instanceof FaultError || reason instanceof SyntaxError)) throw reason;
      return { status: 400, body: { error: reason.message } };
    }
  }
}

async function readAsk(request: IncomingMessage): Promise<Ask | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > bodyLimit) return undefined;
    parts.push(part);
  }
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(", ") : value ?? "";
  return {
    method: request.method ?? "", target, headers, body: Buffer.concat(parts).toString("utf8"),
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
  };
}

function kindOf(ask: Ask): string {
  return `${ask.method} ${ask.path.replace(/'[^']*'|\d+|\b[\w-]{20,}\b/g, "*")} ${ask.headers.soapaction ?? ""}`;
}

function shownHeaders(headers: Record<string, string>): Record<string, string> {
  const shown = { ...headers };
  if (shown.authorization !== undefined) shown.authorization = `${shown.authorization.split(" ")[0] ?? ""} …`;
  return shown;
}

function recordJson(record: RequestRecord): JsonObject {
  const { n, size, status, took_ms, ...texts } = record;
  return { n: number(n), ...texts, size: number(size), status: number(status), took_ms: number(took_ms) };
}

function textOf(answer: Answer): string {
  return answer.text ?? (answer.body === undefined ? "" : writeJson(answer.body));
}

function send(response: ServerResponse, answer: Answer): number {
  const headers = { ...answer.headers };
  if (answer.body !== undefined && answer.text === undefined)
    headers["content-type"] ??= "application/json; odata.metadata=minimal";
  return sendText(response, answer.status, headers, textOf(answer));
}

function sendText(response: ServerResponse, status: number, headers: Record<string, string>, text: string): number {
  const bare = status === 204 || status === 304;
  response.writeHead(status, bare ? headers : { ...headers, "content-length": String(Buffer.byteLength(text)) });
  response.end(bare ? undefined : text);
  return status;
}

function sendHalf(response: ServerResponse, answer: Answer): number {
  const bytes = Buffer.from(textOf(answer) || '{"@odata.context":"cut"}');
  response.writeHead(answer.status === 204 ? 200 : answer.status, {
    ...answer.headers, "content-type": "application/json", "content-length": String(bytes.length),
  });
  response.write(bytes.subarray(0, bytes.length >> 1), () => { response.destroy(); });
  return response.statusCode;
}
