// Cybersource as one stand-in: signatures checked, payments, tokens, subscriptions, search, reports, and the
// subscription of webhooks (their sender is event.ts).
import { randomUUID } from "node:crypto";
import { isObject, type JsonObject, readJson } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";
import { type Account, refused } from "./auth.ts";
import { Books, Refusal } from "./books.ts";
import { Payments } from "./payments.ts";
import { Reports } from "./reports.ts";
import { Tokens } from "./tokens.ts";

export interface CybersourceOptions extends StandInOptions {
  merchant?: string;
  keyId?: string;
  secret?: string;
  now?: () => number; // wall clock, in milliseconds
  requestLimit?: number; // requests in a second; absent: none
  // What is not certain of the real system:
  skew?: number; // seconds, default 300
  unknownReference?: 400 | 404; // a time-out void of what never came
  duplicates?: boolean; // the same code and amount within 15 minutes is DUPLICATE_REQUEST
  searchLag?: number; // milliseconds
}

export const demoAccount = {
  merchant: "acme_test", keyId: "11111111-2222-3333-4444-555555555555",
  secret: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
};
export const demoCustomer = "AB695DA801DD1BB6E05341588E0A3BDC";

export const demoIdentifier = "7010000000016241111";

export class Cybersource implements System {
  readonly books: Books;
  readonly tokens: Tokens;
  readonly reports: Reports;
  readonly webhooks = new Map<string, JsonObject>();
  readonly #payments: Payments;
  readonly #account: Account;
  readonly #requestLimit: number | undefined;
  #window: number[] = [];

  constructor(ledger: Ledger, options: CybersourceOptions) {
    const now = options.now ?? Date.now;
    this.#account = { merchant: options.merchant ?? demoAccount.merchant, keyId: options.keyId ?? demoAccount.keyId,
      secret: options.secret ?? demoAccount.secret, skew: options.skew ?? 300, now };
    this.#requestLimit = options.requestLimit;
    this.books = new Books(ledger, now, options.duplicates ?? false);
    this.tokens = new Tokens(ledger, this.books);
    this.reports = new Reports(this.books);
    this.#payments = new Payments(this.books, { now, unknownReference: options.unknownReference ?? 400,
      searchLag: options.searchLag ?? 0, knownToken: (id) => this.tokens.knows(id) });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface's other systems wait
  async answer(ask: Ask): Promise<Answer> {
    const answer = this.#answered(ask);
    return { ...answer, headers: { "content-type": "application/hal+json;charset=utf-8",
      "v-c-correlation-id": randomUUID(), ...answer.headers } };
  }

  throttled(seconds: number): Answer {
    return { status: 429, headers: { "retry-after": String(seconds) },
      body: { response: { rmsg: "Too Many Requests" } } };
  }

  expireTokens(): void {
    // every request is signed by itself
  }

  #answered(ask: Ask): Answer {
    if (refused(ask, this.#account) !== undefined)
      return { status: 401, body: { response: { rmsg: "Authentication Failed" } } };
    if (this.#overLimit()) return this.throttled(1);
    try {
      const json = ask.body === "" ? {} : readJson(ask.body);
      const body = isObject(json) ? json : {};
      return this.#payments.answer(ask.method, ask.path, body) ?? this.tokens.answer(ask, body)
        ?? this.reports.answer(ask, body) ?? this.#webhook(ask, body)
        ?? { status: 404, body: { response: { rmsg: "Resource not found" } } };
    } catch (reason) {
      if (reason instanceof SyntaxError) return invalid(new Refusal("INVALID_DATA", "The JSON can't be read."));
      if (reason instanceof Refusal) return invalid(reason);
      throw reason;
    }
  }

  #webhook(ask: Ask, body: JsonObject): Answer | undefined {
    if (ask.method === "GET" && ask.path.startsWith("/notification-subscriptions/v2/products/"))
      return { status: 200, body: [{ productId: "decisionManager", productName: "Decision Manager",
        eventTypes: [{ eventName: "risk.profile.decision.reject" }] }] };
    const found = /^\/notification-subscriptions\/v2\/webhooks(?:\/([\w-]+))?(\/status)?$/.exec(ask.path);
    if (found === null) return undefined;
    const id = found[1] ?? "";
    if (ask.method === "POST" && id === "") {
      const made = randomUUID();
      this.webhooks.set(made, { webhookId: made, ...body, status: "INACTIVE" });
      return { status: 201, body: { webhookId: made, status: "INACTIVE", createdOn: new Date().toISOString() } };
    }
    const webhook = this.webhooks.get(id);
    if (webhook === undefined) return { status: 404, body: { message: "The webhook was not found." } };
    if (ask.method === "PUT" && found[2] !== undefined) {
      webhook.status = body.status ?? "INACTIVE";
      return { status: 200, body: webhook };
    }
    if (ask.method === "DELETE") {
      this.webhooks.delete(id);
      return { status: 200 };
    }
    return ask.method === "GET" ? { status: 200, body: webhook } : undefined;
  }

  #overLimit(): boolean {
    if (this.#requestLimit === undefined) return false;
    const now = Date.now();
    this.#window = this.#window.filter((at) => at > now - 1000);
    if (this.#window.length >= this.#requestLimit) return true;
    this.#window.push(now);
    return false;
  }
}

function invalid(reason: Refusal): Answer {
  return { status: reason.status, body: {
    submitTimeUtc: new Date().toISOString(), status: "INVALID_REQUEST", reason: reason.reason, message: reason.message,
    ...(reason.field === "" ? {} : { details: [{ field: reason.field,
      reason: reason.reason === "MISSING_FIELD" ? "MISSING_FIELD" : "INVALID_DATA" }] }) } };
}

/** What every demo and test begins with: one customer token with its card. */
export function seedCybersource(system: Cybersource): void {
  system.tokens.addCustomer(demoCustomer, { buyerInformation: { merchantCustomerID: "CUST-1001" } });
  system.tokens.instruments.seed(demoCustomer, demoIdentifier);
}

export async function openCybersource(options: CybersourceOptions = {}): Promise<{
  system: Cybersource; standIn: StandIn;
}> {
  const ledger = options.ledger ?? new Ledger();
  const system = new Cybersource(ledger, options);
  const standIn = await StandIn.open(system, { ...options, ledger });
  return { system, standIn };
}
