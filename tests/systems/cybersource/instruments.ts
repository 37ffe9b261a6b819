// /tms: what is kept beside a customer token: payment instruments, shipping addresses, and the identifiers of cards'
// numbers. Numbers themselves are nowhere.
import { type JsonObject, isObject, number, scalar } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { member } from "./payments.ts";

/** A refusal in the words of Token Management. */
export class TokenRefusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export function tokenRefused(reason: TokenRefusal): Answer {
  return { status: reason.status, body: { errors: [{ type: reason.type, message: reason.message }] } };
}

/** Rows of one kind, each of an owner ("": of nobody). What was removed is remembered: it is gone, not unknown. */
class Shelf {
  readonly rows = new Map<string, { owner: string; row: JsonObject }>();
  readonly #gone = new Set<string>();

  find(id: string, owner: string): JsonObject {
    const found = this.rows.get(id);
    if (found?.owner === owner) return found.row;
    if (this.#gone.has(id)) throw new TokenRefusal(410, "notAvailable", "Token not available.");
    throw new TokenRefusal(404, "notFound", "Token not found.");
  }

  of(owner: string): JsonObject[] {
    return [...this.rows.values()].filter((each) => each.owner === owner).map((each) => each.row);
  }

  remove(id: string, owner: string): void {
    this.find(id, owner);
    this.rows.delete(id);
    this.#gone.add(id);
  }
}

const embedded: Record<string, string> = {
  "payment-instruments": "paymentInstruments", "shipping-addresses": "shippingAddresses",
};

export class Instruments {
  readonly identifiers = new Shelf();
  readonly #shelves: Record<string, Shelf> = { "payment-instruments": new Shelf(), "shipping-addresses": new Shelf(),
    instrumentidentifiers: this.identifiers };
  readonly #ledger: Ledger;
  #next = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** What is there from the start: the token of a number, as the checkout makes it, and a customer's card with it. */
  seed(customer: string, identifier: string): void {
    this.identifiers.rows.set(identifier, { owner: "",
      row: { id: identifier, object: "instrumentIdentifier", state: "ACTIVE", card: { number: "411111XXXXXX1111" },
        metadata: { creator: "acme_test" } } });
    const id = `AA${customer.slice(2)}`;
    this.#shelves["payment-instruments"]?.rows.set(id, { owner: customer, row: { id, object: "paymentInstrument",
      state: "ACTIVE", default: true, instrumentIdentifier: { id: identifier },
      card: { type: "001", expirationMonth: "12", expirationYear: "2031" } } });
  }

  knows(id: string): boolean {
    return Object.values(this.#shelves).some((shelf) => shelf.rows.has(id));
  }

  /** what: payment-instruments, shipping-addresses, instrumentidentifiers. */
  answer(ask: Ask, what: string, owner: string, id: string, body: JsonObject): Answer | undefined {
    const shelf = this.#shelves[what];
    if (shelf === undefined) return undefined;
    if (id === "" && ask.method === "GET" && embedded[what] !== undefined)
      return { status: 200, body: page(ask, shelf.of(owner), embedded[what]) };
    if (id === "" && ask.method === "POST" && what !== "instrumentidentifiers")
      return { status: 201, body: this.#create(what, owner, body) };
    if (id === "") return undefined;
    if (ask.method === "GET") return { status: 200, body: shelf.find(id, owner) };
    if (ask.method === "PATCH") {
      const row = merged(shelf.find(id, owner), body);
      if (row.default === true) this.#only(shelf, owner, id);
      this.#ledger.add("update", what, id, row, Object.keys(body));
      return { status: 200, body: row };
    }
    if (ask.method !== "DELETE") return undefined;
    if (what === "instrumentidentifiers" && this.#isUsed(id))
      throw new TokenRefusal(409, "instrumentIdentifierDeletionError",
        "Action cannot be performed as the InstrumentIdentifier is associated with one or more PaymentInstruments.");
    shelf.remove(id, owner);
    this.#ledger.add("delete", what, id, {}, []);
    return { status: 204 };
  }

  #create(what: string, owner: string, body: JsonObject): JsonObject {
    const shelf = this.#shelves[what] ?? new Shelf();
    const identifier = scalar(member(body, "instrumentIdentifier").id);
    if (what === "payment-instruments" && !this.identifiers.rows.has(identifier))
      throw new TokenRefusal(400, "invalidFields", "The instrumentIdentifier is unknown.");
    this.#next += 1;
    const id = `${what === "payment-instruments" ? "BC" : "5A"}${String(this.#next).padStart(30, "0")}`;
    const row: JsonObject = { id, object: what === "payment-instruments" ? "paymentInstrument" : "shippingAddress",
      state: "ACTIVE", default: false, ...body, metadata: { creator: "acme_test" } };
    shelf.rows.set(id, { owner, row });
    if (row.default === true) this.#only(shelf, owner, id);
    this.#ledger.add("create", what, id, row, Object.keys(body));
    return row;
  }

  #only(shelf: Shelf, owner: string, id: string): void {
    for (const row of shelf.of(owner)) row.default = row.id === id;
  }

  #isUsed(identifier: string): boolean {
    return [...this.#shelves["payment-instruments"]?.rows.values() ?? []].some(({ row }) =>
      member(row, "instrumentIdentifier").id === identifier);
  }
}

/** Objects are changed member by member, as a PATCH of Cybersource does. */
export function merged(row: JsonObject, change: JsonObject): JsonObject {
  for (const [name, value] of Object.entries(change)) {
    const had = row[name];
    row[name] = isObject(value) && isObject(had) ? merged(had, value) : value;
  }
  return row;
}

export function slice(ask: Ask, rows: JsonObject[], most = 100): { offset: number; limit: number; part: JsonObject[] } {
  const offset = Number(ask.query.get("offset") ?? "0");
  const limit = Math.min(Number(ask.query.get("limit") ?? "20"), most);
  return { offset, limit, part: rows.slice(offset, offset + limit) };
}

function page(ask: Ask, rows: JsonObject[], name: string): JsonObject {
  const { offset, limit, part } = slice(ask, rows);
  return { offset: number(offset), limit: number(limit), count: number(part.length), total: number(rows.length),
    _embedded: { [name]: part } };
}
