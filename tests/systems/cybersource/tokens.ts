// /tms/v2 and /rbs/v1: customer tokens, and the plans and subscriptions that charge them.
import { type Json, type JsonObject, number, scalar } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { Refusal } from "./books.ts";
import { member } from "./payments.ts";

const paths = /^\/(tms\/v2\/customers|rbs\/v1\/plans|rbs\/v1\/subscriptions)(?:\/(\w+))?(?:\/([\w-]+))?$/;

interface Subscription {
  id: string;
  status: string;
  body: JsonObject;
}

export class Tokens {
  readonly customers = new Map<string, JsonObject>();
  readonly plans = new Map<string, JsonObject>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  addCustomer(id: string, body: JsonObject): JsonObject {
    const row = { id, ...body, metadata: { creator: "acme_test" } };
    this.customers.set(id, row);
    return row;
  }

  answer(ask: Ask, body: JsonObject): Answer | undefined {
    const found = paths.exec(ask.path);
    if (found === null) return undefined;
    const [, what, id = "", verb = ""] = found;
    if (what === "tms/v2/customers") return this.#customer(ask, id, verb, body);
    return what === "rbs/v1/plans" ? this.#plan(ask, id, body) : this.#subscription(ask, id, verb, body);
  }

  #customer(ask: Ask, id: string, verb: string, body: JsonObject): Answer | undefined {
    if (ask.method === "POST" && id === "") {
      const made = `AB${String(this.customers.size + 1).padStart(30, "0")}`;
      this.#ledger.add("create", "customers", made, body, Object.keys(body));
      return { status: 201, body: this.addCustomer(made, body) };
    }
    const row = this.customers.get(id);
    if (row === undefined) throw new Refusal("NOT_FOUND", "Token not found", "", 404);
    if (verb === "payment-instruments" && ask.method === "GET")
      return { status: 200, body: page(ask, [{ id: `${id.slice(0, 20)}01`, default: true, state: "ACTIVE",
        card: { type: "001", expirationMonth: "12", expirationYear: "2031" } }], "paymentInstruments") };
    if (ask.method === "GET") return { status: 200, body: row };
    if (ask.method === "PATCH") {
      Object.assign(row, body);
      this.#ledger.add("update", "customers", id, row, Object.keys(body));
      return { status: 200, body: row };
    }
    if (ask.method !== "DELETE") return undefined;
    this.customers.delete(id);
    this.#ledger.add("delete", "customers", id, {}, []);
    return { status: 204 };
  }

  #plan(ask: Ask, id: string, body: JsonObject): Answer | undefined {
    if (ask.method === "POST" && id === "") {
      const made = String(6_868_912_495_476_705_603_000n + BigInt(this.plans.size));
      this.plans.set(made, { id: made, ...body });
      this.#ledger.add("create", "plans", made, body, Object.keys(body));
      return { status: 201, body: { id: made, submitTimeUtc: new Date().toISOString(), status: "COMPLETED",
        planInformation: { status: member(body, "planInformation").status ?? "DRAFT" } } };
    }
    if (ask.method !== "GET") return undefined;
    if (id === "") return { status: 200, body: listed(ask, [...this.plans.values()], "plans") };
    const plan = this.plans.get(id);
    if (plan === undefined) throw new Refusal("NOT_FOUND", "The plan was not found.", "", 404);
    return { status: 200, body: plan };
  }

  #subscription(ask: Ask, id: string, verb: string, body: JsonObject): Answer | undefined {
    if (ask.method === "POST" && id === "") return this.#subscribe(body);
    if (ask.method === "GET" && id === "") {
      const [status, customer, code] = ["status", "customerId", "code"].map((name) => ask.query.get(name));
      const found = [...this.subscriptions.values()].filter((each) =>
        (status === null || each.status === status)
        && (customer === null || scalar(member(member(each.body, "paymentInformation"), "customer").id) === customer)
        && (code === null || scalar(member(each.body, "subscriptionInformation").code) === code));
      return { status: 200, body: listed(ask, found.map(shown), "subscriptions") };
    }
    const found = this.subscriptions.get(id);
    if (found === undefined) throw new Refusal("NOT_FOUND", "The subscription was not found.", "", 404);
    if (ask.method === "GET") return { status: 200, body: shown(found) };
    const next = { cancel: "CANCELLED", suspend: "SUSPENDED", activate: "ACTIVE" }[verb];
    if (ask.method !== "POST" || next === undefined) return undefined;
    if (found.status !== next) this.#ledger.add(verb, "subscriptions", id, { status: next }, ["status"]);
    found.status = next;
    return { status: 202, body: { id, status: "ACCEPTED", subscriptionInformation: { status: next } } };
  }

  #subscribe(body: JsonObject): Answer {
    const information = member(body, "subscriptionInformation");
    if (!this.plans.has(scalar(information.planId)))
      throw new Refusal("INVALID_DATA", "The plan is unknown.", "subscriptionInformation.planId");
    if (!this.customers.has(scalar(member(member(body, "paymentInformation"), "customer").id)))
      throw new Refusal("INVALID_DATA", "The customer is unknown.", "paymentInformation.customer.id");
    const made = String(6_868_917_413_086_701_203_000n + BigInt(this.subscriptions.size));
    this.subscriptions.set(made, { id: made, status: "ACTIVE", body });
    this.#ledger.add("create", "subscriptions", made, body, Object.keys(body));
    return { status: 201, body: { id: made, submitTimeUtc: new Date().toISOString(), status: "COMPLETED",
      subscriptionInformation: { code: information.code ?? made, status: "ACTIVE" } } };
  }
}

function shown(each: Subscription): JsonObject {
  const information = { ...member(each.body, "subscriptionInformation"), status: each.status };
  return { id: each.id, ...each.body, subscriptionInformation: information };
}

function slice(ask: Ask, rows: JsonObject[]): { offset: number; limit: number; part: JsonObject[] } {
  const offset = Number(ask.query.get("offset") ?? "0");
  const limit = Math.min(Number(ask.query.get("limit") ?? "20"), 100);
  return { offset, limit, part: rows.slice(offset, offset + limit) };
}

function page(ask: Ask, rows: JsonObject[], name: string): JsonObject {
  const { offset, limit, part } = slice(ask, rows);
  const embedded: Record<string, Json> = { [name]: part };
  return { offset: number(offset), limit: number(limit), count: number(part.length), total: number(rows.length),
    _embedded: embedded };
}

function listed(ask: Ask, rows: JsonObject[], name: string): JsonObject {
  return { submitTimeUtc: new Date().toISOString(), totalCount: number(rows.length), [name]: slice(ask, rows).part };
}
