// /tms and /rbs: customer tokens with what belongs to them, and the plans and subscriptions that charge them.
import { type Json, type JsonObject, number, scalar } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { type Books, Refusal } from "./books.ts";
import { Instruments, merged, slice, TokenRefusal, tokenRefused } from "./instruments.ts";
import { member } from "./payments.ts";

const customers = /^\/tms\/v2\/customers(?:\/(\w+))?(?:\/([\w-]+))?(?:\/(\w+))?$/;
const loose = /^\/tms\/v1\/(paymentinstruments|instrumentidentifiers)(?:\/(\w+))?$/;
const recurring = /^\/rbs\/v1\/(plans|subscriptions)(?:\/([\w-]+))?(?:\/([\w-]+))?$/;

interface Subscription {
  id: string;
  status: string;
  body: JsonObject;
  skipped: Json[];
}

export class Tokens {
  readonly customers = new Map<string, JsonObject>();
  readonly instruments: Instruments;
  readonly plans = new Map<string, JsonObject>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly #ledger: Ledger;
  readonly #books: Books;

  constructor(ledger: Ledger, books: Books) {
    this.#ledger = ledger;
    this.#books = books;
    this.instruments = new Instruments(ledger);
  }

  addCustomer(id: string, body: JsonObject): JsonObject {
    const row = { id, ...body, metadata: { creator: "acme_test" } };
    this.customers.set(id, row);
    return row;
  }

  /** Whether a payment may be taken from it. */
  knows(token: string): boolean {
    return this.customers.has(token) || this.instruments.knows(token);
  }

  answer(ask: Ask, body: JsonObject): Answer | undefined {
    try {
      const owned = customers.exec(ask.path);
      if (owned !== null) return this.#customer(ask, owned[1] ?? "", owned[2] ?? "", owned[3] ?? "", body);
      const free = loose.exec(ask.path);
      if (free !== null)
        return this.instruments.answer(ask, free[1] === "paymentinstruments" ? "payment-instruments" : free[1] ?? "",
          "", free[2] ?? "", body);
    } catch (reason) {
      if (reason instanceof TokenRefusal) return tokenRefused(reason);
      throw reason;
    }
    const found = recurring.exec(ask.path);
    if (found === null) return undefined;
    const [, what, id = "", verb = ""] = found;
    return what === "plans" ? this.#plan(ask, id, verb, body) : this.#subscription(ask, id, verb, body);
  }

  #customer(ask: Ask, id: string, what: string, which: string, body: JsonObject): Answer | undefined {
    if (ask.method === "POST" && id === "") {
      const made = `AB${String(this.customers.size + 1).padStart(30, "0")}`;
      this.#ledger.add("create", "customers", made, body, Object.keys(body));
      return { status: 201, body: this.addCustomer(made, body) };
    }
    const row = this.customers.get(id);
    if (row === undefined) throw new TokenRefusal(404, "notFound", "Token not found.");
    if (what !== "") return this.instruments.answer(ask, what, id, which, body);
    if (ask.method === "GET") return { status: 200, body: row };
    if (ask.method === "PATCH") {
      this.#ledger.add("update", "customers", id, merged(row, body), Object.keys(body));
      return { status: 200, body: row };
    }
    if (ask.method !== "DELETE") return undefined;
    this.customers.delete(id);
    this.#ledger.add("delete", "customers", id, {}, []);
    return { status: 204 };
  }

  #plan(ask: Ask, id: string, verb: string, body: JsonObject): Answer | undefined {
    if (ask.method === "POST" && id === "") {
      const made = String(6_868_912_495_476_705_603_000n + BigInt(this.plans.size));
      const information = { status: "DRAFT", ...member(body, "planInformation") };
      this.plans.set(made, { id: made, ...body, planInformation: information });
      this.#ledger.add("create", "plans", made, body, Object.keys(body));
      return planned(made, information, 201);
    }
    if (ask.method === "GET" && id === "") {
      const status = ask.query.get("status");
      return { status: 200, body: listed(ask, [...this.plans.values()].filter((plan) =>
        status === null || member(plan, "planInformation").status === status), "plans") };
    }
    if (ask.method === "GET" && id === "code") return { status: 200, body: { code: "1663693410" } };
    const plan = this.plans.get(id);
    if (plan === undefined) throw new Refusal("NOT_FOUND", "The plan was not found.", "", 404);
    if (ask.method === "GET") return { status: 200, body: plan };
    if (ask.method === "DELETE") return this.#removePlan(id);
    const information = member(plan, "planInformation");
    if (ask.method === "PATCH") merged(plan, body);
    else if (ask.method === "POST" && (verb === "activate" || verb === "deactivate"))
      information.status = switched(information.status, verb === "activate" ? "ACTIVE" : "INACTIVE");
    else return undefined;
    this.#ledger.add(verb === "" ? "update" : verb, "plans", id, plan, Object.keys(body));
    return planned(id, information, 200);
  }

  #removePlan(id: string): Answer {
    if ([...this.subscriptions.values()].some(({ body }) => member(body, "subscriptionInformation").planId === id))
      throw new Refusal("INVALID_DATA", "The plan has subscriptions.");
    this.plans.delete(id);
    this.#ledger.add("delete", "plans", id, {}, []);
    return { status: 200, body: { submitTimeUtc: new Date().toISOString(), status: "COMPLETED" } };
  }

  #subscription(ask: Ask, id: string, verb: string, body: JsonObject): Answer | undefined {
    if (ask.method === "POST" && id === "")
      return this.#subscribe(body, scalar(member(member(body, "paymentInformation"), "customer").id));
    if (ask.method === "POST" && id === "follow-ons") {
      const payment = this.#books.find("payments", verb);
      if (payment.reason !== "") throw new Refusal("INVALID_DATA", "The payment did not succeed.");
      return this.#subscribe({ ...body, paymentInformation: { customer: { id: payment.customer } } }, payment.customer);
    }
    if (ask.method === "GET" && id === "") return this.#list(ask);
    const found = this.subscriptions.get(id);
    if (found === undefined) throw new Refusal("NOT_FOUND", "The subscription was not found.", "", 404);
    if (verb === "payments") return this.#payments(ask, found, body);
    if (ask.method === "GET") return { status: 200, body: shown(found) };
    if (ask.method === "PATCH") {
      merged(found.body, body);
      this.#ledger.add("update", "subscriptions", id, shown(found), Object.keys(body));
      return { status: 200, body: { id, submitTimeUtc: new Date().toISOString(), status: "COMPLETED",
        subscriptionInformation: { status: found.status } } };
    }
    const next = { cancel: "CANCELLED", suspend: "SUSPENDED", activate: "ACTIVE" }[verb];
    if (ask.method !== "POST" || next === undefined) return undefined;
    found.status = switched(found.status, next);
    const missed = verb === "activate" ? { missed: ask.query.get("processMissedPayments") ?? "true" } : {};
    this.#ledger.add(verb, "subscriptions", id, { status: next, ...missed }, ["status"]);
    return { status: 202, body: { id, status: "ACCEPTED", subscriptionInformation: { status: next } } };
  }

  #list(ask: Ask): Answer {
    const [status, customer, code] = ["status", "customerId", "code"].map((name) => ask.query.get(name));
    const found = [...this.subscriptions.values()].filter((each) =>
      (status === null || each.status === status)
      && (customer === null || scalar(member(member(each.body, "paymentInformation"), "customer").id) === customer)
      && (code === null || scalar(member(each.body, "subscriptionInformation").code) === code));
    return { status: 200, body: listed(ask, found.map(shown), "subscriptions") };
  }

  #payments(ask: Ask, found: Subscription, body: JsonObject): Answer | undefined {
    if (ask.method === "PUT") {
      found.skipped = Array.isArray(body.billingCyclesToSkip) ? body.billingCyclesToSkip : [];
      this.#ledger.add("skip", "subscriptions", found.id, { skipped: found.skipped }, ["billingCyclesToSkip"]);
      return { status: 200, body: { status: "COMPLETED", billingCyclesToSkip: found.skipped } };
    }
    if (ask.method !== "GET") return undefined;
    const planned = Number(ask.query.get("scheduledPaymentsCount") ?? "5");
    return { status: 200, body: { totalCount: number(planned), billingCyclesToSkip: found.skipped,
      subscriptionPayment: Array.from({ length: planned }, (_, n) => ({ billingCycle: number(n + 1),
        status: "SCHEDULED" })) } };
  }

  #subscribe(body: JsonObject, customer: string): Answer {
    const information = member(body, "subscriptionInformation");
    if (!this.plans.has(scalar(information.planId)))
      throw new Refusal("INVALID_DATA", "The plan is unknown.", "subscriptionInformation.planId");
    if (!this.customers.has(customer))
      throw new Refusal("INVALID_DATA", "The customer is unknown.", "paymentInformation.customer.id");
    const made = String(6_868_917_413_086_701_203_000n + BigInt(this.subscriptions.size));
    this.subscriptions.set(made, { id: made, status: "ACTIVE", body, skipped: [] });
    this.#ledger.add("create", "subscriptions", made, body, Object.keys(body));
    return { status: 201, body: { id: made, submitTimeUtc: new Date().toISOString(), status: "COMPLETED",
      subscriptionInformation: { code: information.code ?? made, status: "ACTIVE" } } };
  }
}

/** What is so already can't become so: the second of two equal requests is refused. */
function switched(from: Json | undefined, to: string): string {
  if (from === to || from === "CANCELLED") throw new Refusal("INVALID_DATA", `It is ${scalar(from)} already.`);
  return to;
}

function planned(id: string, information: JsonObject, status: number): Answer {
  return { status, body: { id, submitTimeUtc: new Date().toISOString(), status: "COMPLETED",
    planInformation: { code: information.code ?? "1663693410", status: information.status ?? "DRAFT" } } };
}

function shown(each: Subscription): JsonObject {
  const information = { ...member(each.body, "subscriptionInformation"), status: each.status };
  return { id: each.id, ...each.body, subscriptionInformation: information };
}

function listed(ask: Ask, rows: JsonObject[], name: string): JsonObject {
  return { submitTimeUtc: new Date().toISOString(), totalCount: number(rows.length), [name]: slice(ask, rows).part };
}
