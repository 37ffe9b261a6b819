// PayTrace's JSON API v1: POST below /v1, refusals as 400 (or 200, as an option) with the same shape of body.
import { isObject, type Json, type JsonObject, number, Numeral, readJson, scalar } from "../lib/json.ts";
import { cents } from "../lib/money.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { batchRow, type Books, type Check, type Customer, Refusal, rowOf, select, type Transaction } from "./books.ts";

const texts = ["invoice_id", "description", "customer_reference_id", "external_transaction_id", "tax_amount"] as const;
const profile = ["billing_address", "email", "phone", "description"] as const;

export class V1 {
  readonly #books: Books;
  readonly #refusedStatus: number;
  readonly #echoes: boolean;

  constructor(books: Books, refusedStatus: number, echoes: boolean) {
    this.#books = books;
    this.#refusedStatus = refusedStatus;
    this.#echoes = echoes;
  }

  answer(ask: Ask): Answer {
    if (ask.path === "/v1/ping") return good({ status: "ok" });
    const { status, body = {} } = this.#answered(ask);
    const silent = !this.#echoes && isObject(body) && "external_transaction_id" in body;
    return { status, headers, body: silent ? { ...body, external_transaction_id: "" } : body };
  }

  #answered(ask: Ask): Answer {
    try {
      const body = readJson(ask.body);
      const operation = ask.method === "POST" && isObject(body) ? this.#operations[ask.path.slice(3)] : undefined;
      if (operation === undefined || !isObject(body)) return { status: 404, body: { message: "Not Found" } };
      return good(operation(body));
    } catch (reason) {
      if (reason instanceof SyntaxError) return { status: 400, body: refusal(new Refusal(1, "", "Invalid JSON.")) };
      if (reason instanceof Refusal) return { status: this.#refusedStatus, headers, body: refusal(reason) };
      throw reason;
    }
  }

  readonly #operations: Record<string, (body: JsonObject) => JsonObject> = {
    "/transactions/sale/by_customer": (body) => approved(this.#books.pay("SALE", order(body))),
    "/transactions/authorization/by_customer": (body) => approved(this.#books.pay("AUTHORIZATION", order(body))),
    "/transactions/authorization/capture": (body) =>
      done(112, "Your transaction was successfully captured.", this.#books.capture(id(body), cents(body.amount))),
    "/transactions/void": (body) =>
      done(109, "Your transaction was successfully voided.", this.#books.void(id(body))),
    "/transactions/refund/for_transaction": (body) => done(106, "Your transaction was successfully refunded.",
      this.#books.refund(id(body), cents(body.amount), textsOf(body))),
    "/transactions/refund/to_customer": (body) =>
      done(106, "Your transaction was successfully refunded.", this.#books.refundCustomer(order(body))),
    "/transactions/settle": () => {
      this.#books.settle();
      return said(1, "Your batch was successfully settled.");
    },
    "/transactions/export/by_id": (body) => listed(this.#one(body)),
    "/transactions/export/by_date_range": (body) => {
      const found = select(this.#books, body);
      if (found === undefined) throw new Refusal(1, "51", "Please provide a valid date range.");
      return listed(found);
    },
    "/batches/export": () => ({ ...said(1, ""), batches: this.#books.batches.flatMap((batch) =>
      batchRow(this.#books, batch.number) ?? []) }),
    "/batches/transaction_list": (body) =>
      listed(this.#books.batches[Number(scalar(body.batch_number)) - 1]?.transactions ?? []),
    "/customer/create": (body) => {
      const made = this.#books.addCustomer(customer(body));
      return { ...said(160, `The customer profile for ${made.id} was successfully created`), customer_id: made.id,
        masked_card_number: made.masked };
    },
    "/customer/update": (body) => {
      const changed = this.#books.changeCustomer(scalar(body.customer_id), pick(body, profile));
      return { ...said(161, "The customer profile was successfully updated."), customer_id: changed.id };
    },
    "/customer/delete": (body) => {
      this.#books.removeCustomer(scalar(body.customer_id));
      return { ...said(162, "The customer profile was successfully deleted."), customer_id: body.customer_id ?? null };
    },
    "/customer/export": (body) => {
      const all = [...this.#books.customers.values()].filter((each) => body.customer_id === undefined
        || each.id === scalar(body.customer_id));
      return { ...said(1, ""), customers: all.map(customerRow) };
    },
    "/recurrence/create": (body) => {
      const fields = isObject(body.recurrence) ? body.recurrence : {};
      const made = this.#books.addRecurrence(scalar(body.customer_id), fields);
      return { ...said(1, "The recurring payment was created."), recurrence: { id: number(made.id) } };
    },
    "/recurrence/update": (body) => {
      const fields = isObject(body.recurrence) ? { ...body.recurrence } : {};
      const found = this.#books.recurrence(Number(scalar(fields.id)));
      delete fields.id;
      Object.assign(found.fields, fields);
      return said(1, "The recurring payment was updated.");
    },
    "/recurrence/delete": (body) => {
      this.#books.removeRecurrence(Number(scalar(isObject(body.recurrence) ? body.recurrence.id : undefined)));
      return said(1, "The recurring payment was deleted.");
    },
    "/recurrence/export": (body) => ({ ...said(1, ""), recurrences: [...this.#books.recurrences.values()]
      .filter((each) => each.customer === scalar(body.customer_id))
      .map((each) => ({ id: number(each.id), customer_id: each.customer, ...each.fields })) }),
    "/recurrence/export_approved": (body) => listed([...this.#books.transactions.values()].filter((each) =>
      each.customer === scalar(body.customer_id) && each.state !== "declined").slice(-1)),
    "/checks/sale/by_customer": (body) => checked(120, "processed",
      this.#books.payByCheck("pending", scalar(body.customer_id), cents(body.amount))),
    "/checks/hold/by_customer": (body) => checked(120, "processed",
      this.#books.payByCheck("held", scalar(body.customer_id), cents(body.amount))),
    "/checks/manage/fund": (body) => checked(124, "managed", this.#books.fundCheck(check(body), cents(body.amount))),
    "/checks/refund/by_transaction": (body) =>
      checked(122, "refunded", this.#books.refundCheck(check(body), cents(body.amount))),
    "/checks/manage/void": (body) => checked(124, "managed", this.#books.voidCheck(check(body))),
    "/level_three/visa": (body) => this.#level3(body),
    "/level_three/mastercard": (body) => this.#level3(body),
    "/transactions/sale/by_transaction": (body) => approved(this.#books.pay("SALE",
      { ...order(body), customer: this.#books.transaction(id(body)).customer })),
  };

  #level3(body: JsonObject): JsonObject {
    const envelope = ["transaction_id", "integrator_id"];
    this.#books.addLevel3(id(body),
      Object.fromEntries(Object.entries(body).filter(([name]) => !envelope.includes(name))));
    return { ...said(170, "Visa/MasterCard enhanced data was successfully added."),
      transaction_id: body.transaction_id ?? null };
  }

  #one(body: JsonObject): Transaction[] {
    const found = this.#books.transactions.get(Number(scalar(body.transaction_id)));
    return found === undefined ? [] : [found];
  }
}

const headers = { "content-type": "application/json; charset=utf-8" };

function good(body: JsonObject): Answer {
  return { status: 200, headers, body };
}

function said(code: number, message: string): JsonObject {
  return { success: true, response_code: number(code), status_message: message };
}

function checked(code: number, did: string, each: Check): JsonObject {
  return { ...said(code, `Your check was successfully ${did}.`), check_transaction_id: number(each.id) };
}

function check(body: JsonObject): number {
  return body.check_transaction_id instanceof Numeral ? body.check_transaction_id.value : 0;
}

function approved(each: Transaction): JsonObject {
  return {
    ...said(101, "Your transaction was successfully approved."), transaction_id: number(each.id),
    approval_code: "TAS610", approval_message: each.message, avs_response: "No Match", csc_response: "",
    external_transaction_id: each.texts.external_transaction_id ?? "", masked_card_number: each.masked,
  };
}

function done(code: number, message: string, each: Transaction): JsonObject {
  return { ...said(code, message), transaction_id: number(each.id), external_transaction_id: "" };
}

function listed(found: Transaction[]): JsonObject {
  return { ...said(1, "The export was successful."), transactions: found.map(rowOf) };
}

function refusal(reason: Refusal): JsonObject {
  const { transaction, code, field } = reason;
  const body: JsonObject = {
    success: false, response_code: number(code),
    status_message: field === "" ? reason.message : "One or more errors has occurred.",
    external_transaction_id: transaction?.state === "declined" ? transaction.texts.external_transaction_id ?? "" : "",
  };
  if (field !== "") body.errors = { [field]: [reason.message] };
  if (transaction === undefined) return body;
  return { ...body, transaction_id: number(transaction.id), approval_code: "",
    approval_message: transaction.state === "declined" ? transaction.message : "", avs_response: "No Match",
    csc_response: "", masked_card_number: transaction.masked };
}

/** A JSON number of up to 64 bits; a text is no id. */
function id(body: JsonObject): number {
  return body.transaction_id instanceof Numeral ? body.transaction_id.value : 0;
}

export function order(body: JsonObject): { customer: string; amount: bigint | undefined; texts: JsonObject } {
  return { customer: scalar(body.customer_id), amount: cents(body.amount), texts: textsOf(body) };
}

function textsOf(body: JsonObject): JsonObject {
  return pick(body, texts);
}

function pick(body: JsonObject, names: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const name of names) {
    const value: Json | undefined = body[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function customer(body: JsonObject): Customer {
  const card = isObject(body.credit_card) ? body.credit_card : {};
  const plain = scalar(card.number);
  if (scalar(card.encrypted_number).length < 300 && !/^\d{13,19}$/.test(plain))
    throw new Refusal(1, "35", "Please provide a valid Credit Card Number.");
  if (!/^(0?[1-9]|1[0-2])$/.test(scalar(card.expiration_month)))
    throw new Refusal(1, "43", "Please provide a valid Expiration Month.");
  return {
    id: scalar(body.customer_id), masked: `xxxxxxxxxxxx${plain === "" ? "1111" : plain.slice(-4)}`,
    month: scalar(card.expiration_month), year: scalar(card.expiration_year), fields: pick(body, profile),
  };
}

export function customerRow(each: Customer): JsonObject {
  return { customer_id: each.id, ...each.fields,
    credit_card: { masked_number: each.masked, expiration_month: each.month, expiration_year: each.year } };
}
