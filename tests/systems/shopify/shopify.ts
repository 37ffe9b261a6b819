// A Shopify store: the token end point of the client credentials grant, the REST Admin API (orders, transactions,
// refunds, cancelling, customers, webhooks) with Link paging and its bucket, and of GraphQL what the connector uses.
import { randomBytes } from "node:crypto";
import { isObject, type Json, type JsonObject, number, Numeral, readJson, scalar } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { cents, money } from "../lib/money.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";

export interface ShopifyOptions extends StandInOptions {
  clientId?: string;
  clientSecret?: string;
  version?: string;
  bucket?: number; // requests that fit; absent: as many as you like
  leak?: number; // of them in a second; default 2
}
export const demoShop = { id: "shop-app", secret: "shop-secret" };

class ShopError extends Error {
  readonly status: number;
  readonly errors: Json;
  constructor(status: number, errors: Json) {
    super("refused");
    this.status = status;
    this.errors = errors;
  }
}

const notFound = (): ShopError => new ShopError(404, "Not Found");

// What the gateway behind Shopify says no to: status 201 all the same. By amount, of our own choice.
const refusals: Record<string, JsonObject> = {
  "0.02": { status: "failure", error_code: "card_declined", message: "Bogus Gateway: Forced failure" },
  "0.03": { status: "error", error_code: "processing_error", message: "Bogus Gateway: Use CreditCard number 1" },
};

export class Shopify implements System {
  readonly orders = new Map<string, JsonObject>();
  readonly customers: JsonObject[] = [];
  readonly options: ShopifyOptions;
  throttleGraphQl = 0; // so many queries are answered THROTTLED
  readonly #ledger: Ledger;
  readonly #transactions = new Map<string, JsonObject[]>();
  readonly #tokens = new Set<string>();
  #lastId = 5_678_901_234_567_890_000n;
  #level = 0;
  #levelAt = performance.now();

  constructor(ledger: Ledger, options: ShopifyOptions) {
    this.#ledger = ledger;
    this.options = options;
  }

  async answer(ask: Ask): Promise<Answer> {
    await Promise.resolve();
    if (ask.path === "/admin/oauth/access_token") return this.#token(ask);
    const headers: Record<string, string> = { "x-request-id": randomBytes(8).toString("hex") };
    try {
      if (!this.#tokens.has(ask.headers["x-shopify-access-token"] ?? ""))
        throw new ShopError(401,
          "[API] Invalid API key or access token (unrecognized login or wrong password)");
      const root = `/admin/api/${this.options.version ?? "2026-07"}/`;
      if (!ask.path.startsWith(root)) throw notFound();
      const bucket = this.#fill(headers);
      if (bucket !== undefined) return bucket;
      const answer = this.#route(ask, ask.path.slice(root.length), root);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    } catch (reason) {
      if (reason instanceof ShopError) return { status: reason.status, headers, body: { errors: reason.errors } };
      throw reason;
    }
  }

  throttled(seconds: number): Answer {
    return { status: 429, headers: { "retry-after": `${seconds}.0` },
      body: { errors: "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted "
        + "service." } };
  }

  expireTokens(): void {
    this.#tokens.clear();
  }

  /** An order that is there from the start. */
  seed(values: JsonObject): string {
    const id = this.#id();
    this.orders.set(id.text, { id, admin_graphql_api_id: `gid://shopify/Order/${id.text}`, currency: "USD",
      financial_status: "pending", cancelled_at: null, note: null, tags: "", created_at: new Date().toISOString(),
      updated_at: new Date().toISOString(), ...values });
    return id.text;
  }

  /** A payment of it that is there from the start; its id. */
  pay(order: string, amount: string): string {
    const row = this.orders.get(order) ?? {};
    const id = this.#id();
    this.#transactions.set(order, [...this.#transactions.get(order) ?? [], { id, order_id: row.id ?? null, kind: "sale",
      status: "success", amount, currency: row.currency ?? "USD", parent_id: null }]);
    return id.text;
  }

  #id(): Numeral {
    return new Numeral(String(++this.#lastId));
  }

  // A leaky bucket, told in a header of each answer.
  #fill(headers: Record<string, string>): Answer | undefined {
    const { bucket, leak = 2 } = this.options;
    if (bucket === undefined) return undefined;
    const now = performance.now();
    this.#level = Math.max(0, this.#level - (now - this.#levelAt) / 1000 * leak);
    this.#levelAt = now;
    if (this.#level + 1 > bucket) return this.throttled(1);
    this.#level += 1;
    headers["x-shopify-shop-api-call-limit"] = `${Math.ceil(this.#level)}/${bucket}`;
    return undefined;
  }

  #token(ask: Ask): Answer {
    const json = (ask.headers["content-type"] ?? "").includes('json');
    const form = json ? readJson(ask.body) : Object.fromEntries(new URLSearchParams(ask.body));
    if (!isObject(form) || form.grant_type !== "client_credentials"
      || form.client_id !== (this.options.clientId ?? demoShop.id)
      || form.client_secret !== (this.options.clientSecret ?? demoShop.secret))
      return { status: 400, body: { error: "application_cannot_be_found" } };
    const token = `shpat_${randomBytes(16).toString("hex")}`;
    this.#tokens.add(token);
    return { status: 200,
      body: { access_token: token, scope: "read_orders,write_orders", expires_in: number(86_399) } };
  }

  #route(ask: Ask, path: string, root: string): Answer {
    const one = /^orders\/(\d+)(?:\/(transactions|refunds|cancel))?\.json$/.exec(path);
    if (one !== null) return this.#onOrder(ask, one[1] ?? "", one[2] ?? "");
    const route = `${ask.method} ${path}`;
    if (route === "GET orders.json") return this.#list(ask, root);
    if (route === "GET customers/search.json") return this.#search(ask);
    if (route === "POST graphql.json") return this.#graphQl(ask);
    if (route === "POST webhooks.json") return this.#subscribe(ask);
    throw notFound();
  }

  #onOrder(ask: Ask, id: string, what: string): Answer {
    const order = this.orders.get(id);
    if (order === undefined) throw notFound();
    switch (`${ask.method} ${what}`) {
      case "GET ": return { status: 200, body: { order } };
      case "GET transactions": return { status: 200, body: { transactions: this.#transactions.get(id) ?? [] } };
      case "POST transactions": return this.#transact(order, member(ask, "transaction"));
      case "POST refunds": return this.#refund(order, member(ask, "refund"));
      case "POST cancel":
        this.#change("cancel", order, { cancelled_at: new Date().toISOString() });
        return { status: 200, body: { order } };
      default: throw notFound();
    }
  }

  // `status` is any unless asked for otherwise; what follows the first page has page_info and limit alone.
  #list(ask: Ask, root: string): Answer {
    const info = ask.query.get("page_info");
    if (info !== null && [...ask.query.keys()].some((name) => !["page_info", "limit", "fields"].includes(name)))
      throw new ShopError(400, "page_info: no other filter is allowed");
    const limit = Number(ask.query.get("limit") ?? 50);
    if (limit > 250 || limit < 1) throw new ShopError(400, "limit: must be between 1 and 250");
    const [since, from] = info === null ? [ask.query.get("updated_at_min"), 0]
      : JSON.parse(Buffer.from(info, "base64url").toString()) as [string | null, number];
    const all = [...this.orders.values()].filter((order) =>
      since === null || Date.parse(scalar(order.updated_at)) >= Date.parse(since));
    const orders = all.slice(from, from + limit);
    const next = Buffer.from(JSON.stringify([since, from + limit])).toString("base64url");
    const base = `http://${ask.headers.host ?? ""}${root}orders.json`;
    const link = from + limit < all.length ? { link: `<${base}?page_info=${next}&limit=${limit}>; rel="next"` } : {};
    return { status: 200, headers: link, body: { orders } };
  }

  #search(ask: Ask): Answer {
    const email = /^email:"([^"]+)"$/.exec(ask.query.get("query") ?? "")?.[1];
    return { status: 200, body: { customers: this.customers.filter((customer) => customer.email === email) } };
  }

  #subscribe(ask: Ask): Answer {
    const { topic, address } = member(ask, "webhook");
    if (typeof topic !== "string" || typeof address !== "string")
      throw new ShopError(422, { address: ["can't be blank"] });
    const webhook: JsonObject = { id: this.#id(), topic, address, format: "json", fields: [],
      metafield_namespaces: [], api_version: this.options.version ?? "2026-07" };
    this.#ledger.add("create", "webhooks", scalar(webhook.id), webhook, ["topic", "address"]);
    return { status: 201, body: { webhook } };
  }

  #change(did: string, order: JsonObject, values: JsonObject): void {
    Object.assign(order, values, { updated_at: new Date().toISOString() });
    this.#ledger.add(did, "orders", scalar(order.id), order, Object.keys(values));
  }

  #paid(order: JsonObject): bigint {
    const sign: Record<string, bigint> = { sale: 1n, capture: 1n, refund: -1n };
    return (this.#transactions.get(scalar(order.id)) ?? []).reduce((sum, transaction) =>
      sum + (sign[scalar(transaction.kind)] ?? 0n) * (cents(transaction.amount) ?? 0n), 0n);
  }

  #book(order: JsonObject, values: JsonObject): JsonObject {
    const id = scalar(order.id);
    const transaction: JsonObject = { id: this.#id(), order_id: new Numeral(id), status: "success",
      currency: order.currency ?? "USD", parent_id: null, processed_at: new Date().toISOString(), ...values };
    this.#transactions.set(id, [...this.#transactions.get(id) ?? [], transaction]);
    this.#ledger.add("create", "transactions", scalar(transaction.id), transaction, Object.keys(values));
    return transaction;
  }

  #transact(order: JsonObject, values: JsonObject): Answer {
    if (!["authorization", "capture", "sale", "void", "refund"].includes(scalar(values.kind)))
      throw new ShopError(422, { kind: ["is not a valid transaction"] });
    const amount = cents(values.amount ?? order.total_price ?? "0");
    if (amount === undefined || amount < 0n) throw new ShopError(422, { amount: ["is not a number"] });
    if (values.currency !== undefined && values.currency !== order.currency)
      throw new ShopError(422, { currency: ["is not the order's currency"] });
    const refused = refusals[money(amount)];
    if (refused !== undefined)
      return { status: 201,
        body: { transaction: { id: this.#id(), order_id: order.id ?? null, ...values, ...refused } } };
    const transaction = this.#book(order, { ...values, amount: money(amount) });
    return { status: 201, body: { transaction } };
  }

  #refund(order: JsonObject, values: JsonObject): Answer {
    const wanted = Array.isArray(values.transactions) ? values.transactions.filter(isObject) : [];
    const total = wanted.reduce((sum, item) => sum + (cents(item.amount) ?? 0n), 0n);
    if (total > this.#paid(order)) throw new ShopError(422, { base: ["Refund amount is greater than what was paid"] });
    const transactions = wanted.map((item) => this.#book(order, { ...item, kind: "refund" }));
    const refund: JsonObject = { id: this.#id(), order_id: order.id ?? null, note: values.note ?? null, transactions };
    this.#ledger.add("create", "refunds", scalar(refund.id), refund, Object.keys(values));
    return { status: 201, body: { refund } };
  }

  #graphQl(ask: Ask): Answer {
    const { query, variables } = readBody(ask);
    const given = isObject(variables) ? variables : {};
    const cost: JsonObject = { requestedQueryCost: number(10), actualQueryCost: number(10), throttleStatus: {
      maximumAvailable: number(1000), currentlyAvailable: number(990), restoreRate: number(100) } };
    if (this.throttleGraphQl > 0) {
      this.throttleGraphQl -= 1;
      return { status: 200, body: { errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
        extensions: { cost: { ...cost, actualQueryCost: null, throttleStatus: { maximumAvailable: number(1000),
          currentlyAvailable: number(0), restoreRate: number(100) } } } } };
    }
    const field = /^\s*(?:query|mutation)[^{]*\{\s*(\w+)/.exec(scalar(query))?.[1] ?? "";
    const data = this.#field(field, given);
    if (data === undefined)
      return { status: 200, body: { errors: [{ message: `Field '${field}' doesn't exist on type 'QueryRoot'` }] } };
    return { status: 200, body: { data: { [field]: data }, extensions: { cost } } };
  }

  #byGid(gid: Json | undefined): JsonObject | undefined {
    return this.orders.get(/^gid:\/\/shopify\/Order\/(\d+)$/.exec(scalar(gid))?.[1] ?? "");
  }

  #field(field: string, given: JsonObject): Json | undefined {
    const input = isObject(given.input) ? given.input : {};
    const order = this.#byGid(given.id ?? input.id);
    const gid = order?.admin_graphql_api_id ?? null;
    const refused = (name: string): JsonObject =>
      ({ [name]: null, userErrors: [{ field: ["id"], message: "Order does not exist" }] });
    switch (field) {
      case "order": return order === undefined ? null : this.#shown(order);
      case "orders": return this.#edges(given);
      case "orderMarkAsPaid":
        if (order === undefined) return refused("order");
        if (order.financial_status === "paid" || order.cancelled_at !== null)
          return { order: null, userErrors: [{ field: ["id"], message: "Order cannot be marked as paid." }] };
        this.#book(order, { kind: "sale", gateway: "manual", amount: order.total_price ?? "0.00" });
        this.#change("mark_paid", order, { financial_status: "paid" });
        return { order: this.#shown(order), userErrors: [] };
      case "orderUpdate":
        if (order === undefined) return refused("order");
        this.#change("update", order, { ...(input.note === undefined ? {} : { note: input.note }),
          ...(input.customAttributes === undefined ? {} : { note_attributes: input.customAttributes }) });
        return { order: { id: gid }, userErrors: [] };
      case "tagsAdd": {
        if (order === undefined) return refused("node");
        const tags = new Set(scalar(order.tags).split(", ").filter((tag) => tag !== ""));
        for (const tag of Array.isArray(given.tags) ? given.tags : []) tags.add(scalar(tag));
        this.#change("tags", order, { tags: [...tags].join(", ") });
        return { node: { id: gid }, userErrors: [] };
      }
      default: return undefined;
    }
  }

  #shown(order: JsonObject): JsonObject {
    const id = scalar(order.id);
    return { id: order.admin_graphql_api_id ?? null, name: order.name ?? null, updatedAt: order.updated_at ?? null,
      displayFinancialStatus: scalar(order.financial_status).toUpperCase(),
      totalPriceSet: { shopMoney: { amount: order.total_price ?? null, currencyCode: order.currency ?? null } },
      transactions: (this.#transactions.get(id) ?? []).map((transaction) => ({
        id: `gid://shopify/OrderTransaction/${scalar(transaction.id)}`, kind: scalar(transaction.kind).toUpperCase(),
        status: "SUCCESS", gateway: transaction.gateway ?? null,
        authorizationCode: transaction.authorization ?? null })) };
  }

  #edges(given: JsonObject): JsonObject {
    const since = /^updated_at:>='([^']+)'$/.exec(scalar(given.query))?.[1] ?? "";
    const name = /^name:"([^"]+)"$/.exec(scalar(given.query))?.[1];
    const rank = (order: JsonObject): string =>
      `${new Date(scalar(order.updated_at)).toISOString()} ${scalar(order.id)}`;
    const after = given.after === undefined ? "" : Buffer.from(scalar(given.after), "base64").toString();
    const found = [...this.orders.values()].filter((order) => name === undefined || scalar(order.name) === name)
      .map((order) => ({ order, at: rank(order) }))
      .filter(({ at }) => (since === "" || Date.parse(at.split(" ")[0] ?? "") >= Date.parse(since)) && at > after)
      .sort((a, b) => a.at < b.at ? -1 : 1);
    const edges = found.slice(0, 50).map(({ order, at }): JsonObject =>
      ({ cursor: Buffer.from(at).toString("base64"), node: this.#shown(order) }));
    return { edges, nodes: edges.map((edge) => edge.node ?? null),
      pageInfo: { hasNextPage: found.length > 50, endCursor: edges.at(-1)?.cursor ?? null } };
  }
}

function readBody(ask: Ask): JsonObject {
  if (!/^application\/json\b/.test(ask.headers["content-type"] ?? "")) throw new ShopError(406, "Not Acceptable");
  try {
    const json = readJson(ask.body);
    if (isObject(json)) return json;
  } catch (reason) {
    if (!(reason instanceof SyntaxError)) throw reason;
  }
  throw new ShopError(400, "Bad Request");
}

function member(ask: Ask, name: string): JsonObject {
  const value = readBody(ask)[name];
  if (!isObject(value)) throw new ShopError(400, { [name]: "Required parameter missing or invalid" });
  return value;
}

export async function openShopify(options: ShopifyOptions = {}): Promise<{ system: Shopify; standIn: StandIn }> {
  const ledger = options.ledger ?? new Ledger();
  const system = new Shopify(ledger, options);
  return { system, standIn: await StandIn.open(system, { ...options, ledger }) };
}
