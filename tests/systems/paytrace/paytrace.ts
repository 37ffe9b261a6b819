// PayTrace as one stand-in: the token end points, the JSON API v1 and the API v3 over the same books.
import { isObject, type JsonObject, number, readJson, scalar } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";
import { Books } from "./books.ts";
import { Tokens } from "./tokens.ts";
import { V1 } from "./v1.ts";
import { V3 } from "./v3.ts";

export interface PayTraceOptions extends StandInOptions {
  user?: string;
  password?: string;
  lifetime?: number; // of a token, in seconds
  now?: () => number; // wall clock, in milliseconds
  requestLimit?: number; // requests in a second; absent: none
  // What is not certain of the real system:
  refusedStatus?: number; // of a decline in v1: 400 or 200
  echoes?: boolean; // whether v1 repeats an external_transaction_id that it was sent (default), or leaves it empty
  tokenAnswer?: "data" | "top"; // where v3 has its access_token, with 201 or with 200
}

export const demoUser = { name: "weft-api", password: "demo-paytrace-api" };

export class PayTrace implements System {
  readonly books: Books;
  readonly tokens: Tokens;
  readonly #options: PayTraceOptions;
  readonly #v1: V1;
  readonly #v3: V3;
  #window: number[] = []; // times of the last second

  constructor(ledger: Ledger, options: PayTraceOptions) {
    const now = options.now ?? Date.now;
    this.#options = options;
    this.books = new Books(ledger, now);
    this.tokens = new Tokens(options.lifetime ?? 7200, now);
    this.#v1 = new V1(this.books, options.refusedStatus ?? 400, options.echoes ?? true);
    this.#v3 = new V3(this.books);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface's other systems wait
  async answer(ask: Ask): Promise<Answer> {
    if (ask.path === "/oauth/token") return this.#token(ask, "v1");
    if (ask.path === "/v3/token") return this.#token(ask, "v3");
    if (ask.path !== "/v1/ping" && !this.tokens.accepts(ask.headers.authorization))
      return refused(401, "invalid_token", "The access token provided is invalid.");
    if (this.#overLimit()) return this.throttled(1);
    if (ask.path.startsWith("/v1/")) return this.#v1.answer(ask);
    if (ask.path.startsWith("/v3/")) return this.#v3.answer(ask);
    return { status: 404, headers, body: { message: "Not Found" } };
  }

  throttled(seconds: number): Answer {
    return { status: 429, headers: { ...headers, "retry-after": String(seconds) },
      body: { message: "Too Many Requests" } };
  }

  expireTokens(): void {
    this.tokens.expire();
  }

  #token(ask: Ask, version: "v1" | "v3"): Answer {
    const form = fields(ask);
    const [grant, user, password] = version === "v1" ? ["password", form.username, form.password]
      : ["client_credentials", form.client_id, form.client_secret];
    if (ask.method !== "POST" || form.grant_type !== grant)
      return refused(version === "v1" ? 400 : 422, "unsupported_grant_type", "The grant type is not supported.");
    if (user !== (this.#options.user ?? demoUser.name) || password !== (this.#options.password ?? demoUser.password))
      return refused(401, "invalid_grant", "The provided authorization grant is invalid.");
    const token: JsonObject = { access_token: this.tokens.issue(), token_type: "bearer",
      expires_in: number(this.tokens.lifetime) };
    if (version === "v1" || this.#options.tokenAnswer === "top") return { status: 200, headers, body: token };
    return { status: 201, headers, body: { status: "success", data: token } };
  }

  #overLimit(): boolean {
    if (this.#options.requestLimit === undefined) return false;
    const now = Date.now();
    this.#window = this.#window.filter((at) => at > now - 1000);
    if (this.#window.length >= this.#options.requestLimit) return true;
    this.#window.push(now);
    return false;
  }
}

const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };

function refused(status: number, error: string, description: string): Answer {
  return { status, headers, body: { error, error_description: description } };
}

/** v1 takes a form; v3 a form or JSON. */
function fields(ask: Ask): Record<string, string> {
  if (!/^application\/json\b/i.test(ask.headers["content-type"] ?? ""))
    return Object.fromEntries(new URLSearchParams(ask.body));
  const json = readJson(ask.body);
  return isObject(json) ? Object.fromEntries(Object.entries(json).map(([name, value]) => [name, scalar(value)])) : {};
}

/** What every demo and test begins with: two stored customers. */
export function seedPayTrace(system: PayTrace): void {
  seedPayTraceCustomer(system, "CUST-1001", "Fabrikam", "xxxxxxxxxxxx5439");
  seedPayTraceCustomer(system, "CUST-1002", "Adventure Works", "xxxxxxxxxxxx0057");
}

export function seedPayTraceCustomer(system: PayTrace, id: string, name = id, masked = "xxxxxxxxxxxx1111"): void {
  system.books.customers.set(id, { id, masked, month: "12", year: "2031", fields: { billing_address: { name } } });
}

export async function openPayTrace(options: PayTraceOptions = {}): Promise<{ system: PayTrace; standIn: StandIn }> {
  const ledger = options.ledger ?? new Ledger();
  const system = new PayTrace(ledger, options);
  const standIn = await StandIn.open(system, { ...options, ledger });
  return { system, standIn };
}
