// PayTrace's API v3: an envelope of status and data, many transactions at once, DELETE and GET for profiles. What
// stands below "data" is documented for its id only; the rest follows v1's names.
import { isObject, type JsonObject, number, readJson, scalar } from "../lib/json.ts";
import { cents } from "../lib/money.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { batchRow, type Books, Refusal, rowOf, select, type Transaction } from "./books.ts";
import { customerRow } from "./v1.ts";

type Operation = (body: JsonObject, part: string) => JsonObject | JsonObject[];

export class V3 {
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
  }

  answer(ask: Ask): Answer {
    const integrator = ask.headers["x-integrator-id"] ?? "";
    if (integrator === "" || integrator.length > 12)
      return failed(422, "Validation Error: X-Integrator-Id must have 1 to 12 characters.", {});
    try {
      const body = ask.body === "" ? {} : readJson(ask.body);
      for (const [method, pattern, operation] of this.#operations) {
        const found = ask.method === method ? pattern.exec(ask.path.slice(3)) : null;
        if (found === null || !isObject(body)) continue;
        return { status: 200, headers, body: { status: "success",
          data: operation(body, decodeURIComponent(found[1] ?? "")) } };
      }
      return failed(404, "Not Found", {});
    } catch (reason) {
      if (reason instanceof SyntaxError) return failed(422, "Validation Error", {});
      if (reason instanceof Refusal) return refused(reason);
      throw reason;
    }
  }

  readonly #operations: [string, RegExp, Operation][] = [
    ["POST", /^\/card\/sale\/customer\/([^/]+)$/, (body, part) => this.#pay("SALE", body, part)],
    ["POST", /^\/card\/authorize\/customer\/([^/]+)$/, (body, part) => this.#pay("AUTHORIZATION", body, part)],
    ["POST", /^\/card\/batch\/capture$/, (body) =>
      items(body, (id, item) => this.#books.capture(id, cents(item.amount)))],
    ["POST", /^\/card\/batch\/void$/, (body) => items(body, (id) => this.#books.void(id))],
    ["POST", /^\/card\/batch\/refund$/, (body) =>
      items(body, (id, item) => this.#books.refund(id, cents(item.amount), {}))],
    ["POST", /^\/card\/transaction\/adjust\/(\d+)$/, (body, part) =>
      shown(this.#books.adjust(Number(part), cents(merchant(body).amount)))],
    ["POST", /^\/transaction\/export\/(\d+)$/, (_body, part) => rowOf(this.#books.transaction(Number(part)))],
    ["POST", /^\/transactions\/export\/by-date$/, (body) => {
      const found = select(this.#books, body);
      if (found === undefined) throw new Refusal(1, "51", "Validation Error: start_date and end_date");
      return { transactions: found.map(rowOf) };
    }],
    ["POST", /^\/batch\/export\/by-date$/, () => ({ batches: this.#books.batches.flatMap((batch) =>
      batchRow(this.#books, batch.number) ?? []) })],
    ["POST", /^\/batch\/export$/, (body) =>
      batchRow(this.#books, Number(scalar(body.batch_number)) || this.#books.batches.length) ?? {}],
    ["POST", /^\/batch\/export\/transactions$/, (body) => ({ transactions:
      (this.#books.batches[Number(scalar(body.batch_number)) - 1]?.transactions ?? []).map(rowOf) })],
    ["POST", /^\/customer\/create\/by-transaction$/, (body) => {
      const of = this.#books.transaction(Number(scalar(merchant(body).transaction_id)));
      const address = isObject(body.billing_address) ? { billing_address: body.billing_address } : {};
      return customerRow(this.#books.addCustomer({ id: scalar(body.customer_label), masked: of.masked, month: "12",
        year: "2031", fields: address }));
    }],
    ["GET", /^\/customer$/, () => [...this.#books.customers.values()].map(customerRow)],
    ["GET", /^\/customer\/([^/]+)$/, (_body, part) => customerRow(this.#books.customer(part))],
    ["DELETE", /^\/customer\/([^/]+)$/, (_body, part) => {
      if (this.#books.customers.has(part)) this.#books.removeCustomer(part);
      return {};
    }],
    ["POST", /^\/recurrence\/create$/, (body) => ({ id: number(this.#books.addRecurrence(
      scalar(merchant(body).customer_id), isObject(body.recurrence) ? body.recurrence : {}).id) })],
    ["DELETE", /^\/recurrence$/, (body) => {
      const id = Number(scalar(isObject(body.recurrence) ? body.recurrence.id : undefined));
      if (this.#books.recurrences.has(id)) this.#books.removeRecurrence(id);
      return {};
    }],
    ["GET", /^\/user\/self$/, () => ({ user_name: "weft-api" })],
  ];

  #pay(kind: "SALE" | "AUTHORIZATION", body: JsonObject, customer: string): JsonObject {
    const { invoice_number, customer_reference_id, description } = merchant(body);
    const texts: JsonObject = {};
    for (const [name, value] of Object.entries({ invoice_number, customer_reference_id, description }))
      if (value !== undefined) texts[name] = value;
    return shown(this.#books.pay(kind, { customer, amount: cents(body.amount), texts }));
  }
}

const headers = { "content-type": "application/json" };

function failed(status: number, message: string, data: JsonObject): Answer {
  return { status, headers, body: { status: "failure", message, data } };
}

function refused(reason: Refusal): Answer {
  const { transaction } = reason;
  return failed(422, reason.message, {
    response_code: number(reason.field === "" ? reason.code : Number(reason.field)),
    ...(transaction === undefined ? {} : { transaction_id: number(transaction.id),
      ...(transaction.state === "declined" ? { approval_message: transaction.message.trim() } : {}) }),
  });
}

/** merchant_id is an integer and required. */
function merchant(body: JsonObject): JsonObject {
  if (!/^\d+$/.test(scalar(body.merchant_id))) throw new Refusal(1, "51", "Validation Error: merchant_id");
  return body;
}

function items(body: JsonObject, each: (id: number, item: JsonObject) => Transaction): JsonObject[] {
  const list = merchant(body).batch_items;
  if (!Array.isArray(list) || list.length === 0) throw new Refusal(1, "51", "Validation Error: batch_items");
  return list.filter(isObject).map((item) => shown(each(Number(scalar(item.transaction_id)), item)));
}

function shown(each: Transaction): JsonObject {
  return { transaction_id: number(each.id), approval_code: "TAS610", approval_message: each.message.trim(),
    avs_response: "No Match", csc_response: "", masked_card_number: each.masked };
}
