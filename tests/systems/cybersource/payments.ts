// /pts/v2 and /tss/v2: payments, what follows on them, time-out voids, and the search.
import { isObject, type Json, type JsonObject, number, scalar } from "../lib/json.ts";
import { cents, money } from "../lib/money.ts";
import type { Answer } from "../lib/stand_in.ts";
import { type Books, type Kind, type Movement, type Order, Refusal, summaryOf, summaryOfUndone } from "./books.ts";

export interface PaymentOptions {
  knownToken: (id: string) => boolean;
  unknownReference: 400 | 404; // what a time-out void of an unknown reference is answered
  searchLag: number; // milliseconds until a transaction can be found
  now: () => number;
}

const followUp = /^\/pts\/v2\/(payments|captures|refunds|credits)\/(\w+)\/(captures|refunds|voids|reversals)$/;

/** Answers what is below its paths; undefined: it is no such path. */
export class Payments {
  readonly #books: Books;
  readonly #options: PaymentOptions;

  constructor(books: Books, options: PaymentOptions) {
    this.#books = books;
    this.#options = options;
  }

  answer(method: string, path: string, body: JsonObject): Answer | undefined {
    if (method === "GET") return this.#read(path);
    if (method === "PATCH") return this.#increase(path, body);
    if (method !== "POST") return undefined;
    const refreshed = /^\/pts\/v2\/refresh-payment-status\/(\w+)$/.exec(path)?.[1];
    if (refreshed !== undefined) {
      const each = this.#books.find("payments", refreshed);
      return made({ ...head(each, body), status: each.settled ? "SETTLED" : each.status });
    }
    if (path === "/tss/v2/searches") return made(this.#search(body));
    if (path === "/pts/v2/payments") return made(this.#pay(body));
    if (path === "/pts/v2/credits") return made(this.#followed(this.#books.credit(this.#order(body, true)), body));
    if (path === "/pts/v2/voids") return made(this.#voided(this.#books.void(this.#lost(body)), body));
    if (path === "/pts/v2/reversals")
      return made(this.#reversed(this.#books.reverse(this.#lost(body), reversalAmount(body)), body));
    const found = followUp.exec(path);
    if (found === null) return undefined;
    return this.#follow(found[1] as Kind, found[2] ?? "", found[3] ?? "", body);
  }

  #follow(kind: Kind, id: string, what: string, body: JsonObject): Answer | undefined {
    if (what === "voids") return made(this.#voided(this.#books.void(this.#books.find(kind, id)), body));
    if (what === "reversals" && kind === "payments")
      return made(this.#reversed(this.#books.reverse(this.#books.find(kind, id), reversalAmount(body)), body));
    if (what === "captures" && kind === "payments")
      return made(this.#followed(this.#books.capture(id, this.#order(body, false)), body));
    if (what === "refunds" && (kind === "payments" || kind === "captures"))
      return made(this.#followed(this.#books.refund(kind, id, this.#order(body, false)), body));
    return undefined;
  }

  #increase(path: string, body: JsonObject): Answer | undefined {
    const id = /^\/pts\/v2\/payments\/(\w+)$/.exec(path)?.[1];
    if (id === undefined) return undefined;
    const more = cents(member(member(body, "orderInformation"), "amountDetails").additionalAmount);
    if (more === undefined || more <= 0n)
      throw new Refusal("MISSING_FIELD", "Declined - The request is missing one or more fields",
        "orderInformation.amountDetails.additionalAmount");
    const each = this.#books.increase(id, more);
    return made({ ...head(each, body), status: each.status, processorInformation: { approvalCode: "831000" } });
  }

  #pay(body: JsonObject): JsonObject {
    const processing = member(body, "processingInformation");
    const { made: each, message } = this.#books.pay(processing.capture === true, this.#order(body, true));
    const amount = money(each.amount);
    const answer: JsonObject = {
      ...head(each, body), status: each.status,
      orderInformation: { amountDetails: { authorizedAmount: amount, totalAmount: amount, currency: each.currency } },
      processorInformation: { approvalCode: "831000", networkTransactionId: "016150703802094", responseCode: "00" },
      riskInformation: { score: { result: "12" } },
    };
    if (each.reason !== "") answer.errorInformation = { reason: each.reason, message };
    return answer;
  }

  #followed(each: Movement, body: JsonObject): JsonObject {
    const amount = money(each.amount);
    const details = each.kind === "captures"
      ? { orderInformation: { amountDetails: { totalAmount: amount, currency: each.currency } } }
      : { refundAmountDetails: { refundAmount: amount, currency: each.currency } };
    return { ...head(each, body), status: each.status, reconciliationId: each.id.slice(-10), ...details };
  }

  #voided(each: Movement, body: JsonObject): JsonObject {
    return { ...this.#undone(each, body, "VOIDED"),
      voidAmountDetails: { voidAmount: money(each.amount), currency: each.currency } };
  }

  #reversed(each: Movement, body: JsonObject): JsonObject {
    return { ...this.#undone(each, body, "REVERSED"),
      reversalAmountDetails: { reversedAmount: money(each.amount), currency: each.currency } };
  }

  #undone(each: Movement, body: JsonObject, status: "VOIDED" | "REVERSED"): JsonObject {
    const who = member(body, "clientReferenceInformation");
    const id = `${each.id.slice(0, 21)}${status === "VOIDED" ? 9 : 8}`;
    this.#books.undone.push({ id, status, code: scalar(who.code), user: scalar(who.applicationUser),
      amount: each.amount, currency: each.currency, at: this.#options.now() });
    return { ...head(each, body), id, status };
  }

  /** What a time-out void or reversal means. */
  #lost(body: JsonObject): Movement {
    const found = this.#books.byReference(scalar(member(body, "clientReferenceInformation").transactionId));
    if (found === undefined)
      throw new Refusal("INVALID_DATA", "Declined - One or more fields in the request contains invalid data", "",
        this.#options.unknownReference);
    return found;
  }

  #order(body: JsonObject, pays: boolean): Order {
    const who = member(body, "clientReferenceInformation");
    const details = member(member(body, "orderInformation"), "amountDetails");
    const [customer = "", instrument = "", identifier = ""] = ["customer", "paymentInstrument", "instrumentIdentifier"]
      .map((kind) => scalar(member(member(body, "paymentInformation"), kind).id));
    const tokens = [customer, instrument, identifier].filter((id) => id !== "");
    const amount = cents(details.totalAmount);
    if (typeof details.totalAmount !== "string" || amount === undefined || amount <= 0n)
      throw new Refusal(details.totalAmount === undefined ? "MISSING_FIELD" : "INVALID_DATA",
        "Declined - The request is missing one or more fields", "orderInformation.amountDetails.totalAmount");
    if (!/^[A-Z]{3}$/.test(scalar(details.currency)))
      throw new Refusal("INVALID_DATA", "Declined - One or more fields in the request contains invalid data",
        "orderInformation.amountDetails.currency");
    if (pays && (tokens.length === 0 || !tokens.every((id) => this.#options.knownToken(id))))
      throw new Refusal("INVALID_DATA", "Declined - One or more fields in the request contains invalid data",
        "paymentInformation.customer.id");
    return { code: scalar(who.code), reference: scalar(who.transactionId), user: scalar(who.applicationUser), amount,
      currency: scalar(details.currency), customer, ...(instrument === "" ? {} : { instrument }) };
  }

  #read(path: string): Answer | undefined {
    const id = /^\/tss\/v2\/transactions\/(\w+)$/.exec(path)?.[1];
    if (id === undefined) return undefined;
    const found = this.#books.movements.get(id);
    if (found === undefined) throw new Refusal("NOT_FOUND", "The transaction was not found.", "", 404);
    return { status: 200, body: summaryOf(found) };
  }

  #search(body: JsonObject): JsonObject {
    const query = scalar(body.query);
    const code = /(?:^| AND )clientReferenceInformation\.code:"?([\w.-]+)/.exec(query)?.[1];
    const among = code === undefined ? [...this.#books.movements.values()] : this.#books.ofCode(code);
    const undone = this.#books.undone.filter((each) => code === undefined || each.code === code);
    const seen = this.#options.now() - this.#options.searchLag;
    const found = [...among.filter((each) => each.at <= seen).map(summaryOf),
      ...undone.filter((each) => each.at <= seen).map(summaryOfUndone)].filter((row) => fits(row, query));
    found.sort((a, b) => scalar(a.submitTimeUtc) < scalar(b.submitTimeUtc) ? -1 : 1);
    if (scalar(body.sort).includes("submitTimeUtc:desc")) found.reverse();
    const [offset, limit] = [Number(scalar(body.offset)), Math.min(Number(scalar(body.limit)) || 20, 2500)];
    const page = found.slice(offset, offset + limit);
    return { searchId: "s-1", save: false, query, offset: number(offset), limit: number(limit),
      count: number(page.length), totalCount: number(found.length), submitTimeUtc: new Date().toISOString(),
      ...(page.length > 0 ? { _embedded: { transactionSummaries: page } } : {}) };
  }
}

/** Terms joined by AND; a range of times by NOW fits everything, one by moments those in it. */
function fits(row: JsonObject, query: string): boolean {
  return query.split(" AND ").every((term) => {
    const colon = term.indexOf(":");
    const [name, value] = [term.slice(0, colon), term.slice(colon + 1).replaceAll("\"", "")];
    if (name === "submitTimeUtc") return isWithin(scalar(row.submitTimeUtc), value);
    let at: Json | undefined = row;
    for (const part of name.split(".")) at = isObject(at) ? at[part] : undefined;
    return value === "*" || scalar(at) === value;
  });
}

function isWithin(time: string, range: string): boolean {
  const [from, to] = range.replace(/^\[|[\]}]$/g, "").split(" TO ").map((each) => Date.parse(each));
  const at = Date.parse(time);
  return !(at < (from ?? Number.NaN)) && !(at > (to ?? Number.NaN));
}

function made(body: JsonObject): Answer {
  return { status: 201, body };
}

export function member(json: JsonObject, name: string): JsonObject {
  const found = json[name];
  return isObject(found) ? found : {};
}

function reversalAmount(body: JsonObject): bigint {
  const amount = cents(member(member(body, "reversalInformation"), "amountDetails").totalAmount);
  if (amount === undefined)
    throw new Refusal("MISSING_FIELD", "Declined - The request is missing one or more fields",
      "reversalInformation.amountDetails.totalAmount");
  return amount;
}

function head(each: Movement, body: JsonObject): JsonObject {
  const code = scalar(member(body, "clientReferenceInformation").code);
  return {
    _links: { self: { method: "GET", href: `/pts/v2/${each.kind}/${each.id}` } }, id: each.id,
    submitTimeUtc: new Date(each.at).toISOString(),
    clientReferenceInformation: { code: code === "" ? each.code : code },
  };
}
