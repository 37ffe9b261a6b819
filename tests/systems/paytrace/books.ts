// PayTrace's books: customer profiles, transactions, batches. Every movement stands in the ledger once. What a gateway
// keeps of a card is its mask.
import { type JsonObject, number } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import { money, moneyNumber } from "../lib/money.ts";

export type Kind = "SALE" | "AUTHORIZATION" | "REFUND";
export type State = "pending" | "settled" | "voided" | "declined";

export interface Transaction {
  id: number;
  kind: Kind;
  state: State;
  amount: bigint;
  customer: string;
  masked: string;
  texts: JsonObject; // invoice_id, description, customer_reference_id, external_transaction_id
  of: number; // what a refund gives back; 0: nothing
  refunded: bigint;
  created: Date;
  settled: Date | undefined;
  batch: number;
  message: string; // the processor's
}

export interface Customer {
  id: string;
  masked: string;
  month: string;
  year: string;
  fields: JsonObject; // billing_address, email, phone, description
}

export interface Recurrence {
  id: number;
  customer: string;
  fields: JsonObject;
}

/** A bank payment (ACH). */
export interface Check {
  id: number;
  kind: "sale" | "refund";
  state: "held" | "pending" | "voided";
  amount: bigint;
  customer: string;
  refunded: bigint;
}

/** A refusal: what it is about in the words of the v1 codes. */
export class Refusal extends Error {
  readonly code: number; // response_code
  readonly field: string; // key of "errors"; "": none
  readonly transaction: Transaction | undefined;
  constructor(code: number, field: string, message: string, transaction?: Transaction) {
    super(message);
    this.code = code;
    this.field = field;
    this.transaction = transaction;
  }
}

export interface Order {
  customer: string;
  amount: bigint | undefined;
  texts: JsonObject;
}

export class Books {
  listsAll = false; // whether an export of sales has those that were declined or voided: not documented
  readonly customers = new Map<string, Customer>();
  readonly transactions = new Map<number, Transaction>();
  readonly recurrences = new Map<number, Recurrence>();
  readonly checks = new Map<number, Check>();
  readonly levels = new Map<number, JsonObject>(); // level 3 data, by transaction
  readonly batches: { number: number; at: Date; transactions: Transaction[] }[] = [];
  readonly #ledger: Ledger;
  readonly #now: () => number;
  #next = 392483065;

  constructor(ledger: Ledger, now: () => number) {
    this.#ledger = ledger;
    this.#now = now;
  }

  /** What was taken and not given back or voided, of a customer or of all. */
  balance(customer?: string): bigint {
    let sum = 0n;
    for (const each of this.transactions.values()) {
      if (customer !== undefined && each.customer !== customer) continue;
      if (each.state === "voided" || each.state === "declined") continue;
      if (each.kind === "SALE") sum += each.amount;
      if (each.kind === "REFUND") sum -= each.amount;
    }
    return sum;
  }

  addCustomer(customer: Customer): Customer {
    if (this.customers.has(customer.id))
      throw new Refusal(1, "171", "Please provide a unique customer ID.");
    this.customers.set(customer.id, customer);
    this.#ledger.add("create", "customers", customer.id, customer.fields, Object.keys(customer.fields));
    return customer;
  }

  customer(id: string): Customer {
    const found = this.customers.get(id);
    if (found === undefined)
      throw new Refusal(1, "30", "The customer ID provided was not found or is incomplete.");
    return found;
  }

  changeCustomer(id: string, fields: JsonObject): Customer {
    const customer = this.customer(id);
    Object.assign(customer.fields, fields);
    this.#ledger.add("update", "customers", id, customer.fields, Object.keys(fields));
    return customer;
  }

  removeCustomer(id: string): void {
    this.customer(id);
    this.customers.delete(id);
    this.#ledger.add("delete", "customers", id, {}, []);
  }

  /** A sale or an authorization. The table of outcomes by amount is the sandbox's (0.29) and our own (0.31). */
  pay(kind: "SALE" | "AUTHORIZATION", order: Order): Transaction {
    const customer = this.customer(order.customer);
    const made = this.#add(kind, customer, amountOf(order.amount), order.texts);
    if (made.amount === 29n) {
      made.state = "declined";
      made.message = "    EXPIRED CARD - Expired card";
      throw new Refusal(102, "", "Your transaction was not approved.", made);
    }
    if (made.amount === 31n) {
      made.state = "voided";
      throw new Refusal(103, "", "Your transaction was approved, then voided: the address did not match.", made);
    }
    this.#write(kind === "SALE" ? "sale" : "authorize", made);
    return made;
  }

  capture(id: number, amount: bigint | undefined): Transaction {
    const found = this.transaction(id);
    if (found.kind !== "AUTHORIZATION" || found.state !== "pending")
      throw new Refusal(113, "", "Your transaction was not captured: it is not an open authorization.", found);
    if (amount !== undefined && (amount <= 0n || amount > found.amount))
      throw new Refusal(113, "", "Your transaction was not captured: the amount is more than was authorized.", found);
    found.amount = amount ?? found.amount;
    found.kind = "SALE";
    this.#write("capture", found);
    return found;
  }

  void(id: number): Transaction {
    const found = this.transaction(id);
    if (found.state !== "pending")
      throw new Refusal(110, "", `Your transaction could not be voided: it is ${found.state}.`, found);
    found.state = "voided";
    const original = this.transactions.get(found.of);
    if (original !== undefined) original.refunded -= found.amount;
    this.#write("void", found);
    return found;
  }

  adjust(id: number, amount: bigint | undefined): Transaction {
    const found = this.transaction(id);
    const wanted = amountOf(amount);
    if (found.state !== "pending" || wanted * 10n > found.amount * 13n)
      throw new Refusal(1, "58", "The amount can't be adjusted so.");
    found.amount = wanted;
    this.#write("adjust", found);
    return found;
  }

  refund(id: number, amount: bigint | undefined, texts: JsonObject): Transaction {
    const found = this.transaction(id);
    const wanted = amount ?? found.amount - found.refunded;
    if (found.state !== "settled")
      throw new Refusal(1, "817",
        "The transaction ID that you provided has not settled; void it instead.");
    if (found.kind !== "SALE" || wanted <= 0n || found.refunded + wanted > found.amount)
      throw new Refusal(107, "", "Your transaction was not refunded: there is not so much to give back.", found);
    found.refunded += wanted;
    const made = this.#add("REFUND", this.customers.get(found.customer) ?? ghost(found), wanted, texts);
    made.of = id;
    this.#write("refund", made);
    return made;
  }

  refundCustomer(order: Order): Transaction {
    const made = this.#add("REFUND", this.customer(order.customer), amountOf(order.amount), order.texts);
    this.#write("refund", made);
    return made;
  }

  /** Closes the open batch: what is pending, authorizations excepted, is settled. 0: there was nothing. */
  settle(): number {
    const open = [...this.transactions.values()].filter((each) => each.state === "pending"
      && each.kind !== "AUTHORIZATION");
    if (open.length === 0) return 0;
    const batch = { number: this.batches.length + 1, at: new Date(this.#now()), transactions: open };
    for (const each of open) Object.assign(each, { state: "settled", settled: batch.at, batch: batch.number });
    this.batches.push(batch);
    this.#ledger.add("settle", "batches", String(batch.number), { count: number(open.length) }, []);
    return batch.number;
  }

  /** What was taken from bank accounts and not given back or voided. What is held is not taken. */
  checkBalance(): bigint {
    let sum = 0n;
    for (const each of this.checks.values())
      if (each.state === "pending") sum += each.kind === "sale" ? each.amount : -each.amount;
    return sum;
  }

  payByCheck(state: "held" | "pending", customer: string, amount: bigint | undefined): Check {
    this.customer(customer);
    return this.#addCheck("sale", state, customer, amountOf(amount));
  }

  fundCheck(id: number, amount: bigint | undefined): Check {
    const found = this.#check(id, "held");
    if (amount !== undefined && (amount <= 0n || amount > found.amount))
      throw new Refusal(125, "", "The check was not processed: the amount is more than is held.");
    Object.assign(found, { state: "pending", amount: amount ?? found.amount });
    this.#writeCheck("fund", found);
    return found;
  }

  refundCheck(id: number, amount: bigint | undefined): Check {
    const found = this.#check(id, "pending");
    const wanted = amount ?? found.amount - found.refunded;
    if (found.kind !== "sale" || wanted <= 0n || found.refunded + wanted > found.amount)
      throw new Refusal(125, "", "The check was not processed: there is not so much to give back.");
    found.refunded += wanted;
    return this.#addCheck("refund", "pending", found.customer, wanted);
  }

  voidCheck(id: number): Check {
    const found = this.checks.get(id);
    if (found === undefined || found.state === "voided" || found.refunded > 0n)
      throw new Refusal(125, "80", "Please provide a valid check ID.");
    found.state = "voided";
    this.#writeCheck("void", found);
    return found;
  }

  #check(id: number, state: Check["state"]): Check {
    const found = this.checks.get(id);
    if (found?.state !== state) throw new Refusal(125, "80", "Please provide a valid check ID.");
    return found;
  }

  #addCheck(kind: Check["kind"], state: Check["state"], customer: string, amount: bigint): Check {
    const made: Check = { id: 981619 + this.checks.size, kind, state, amount, customer, refunded: 0n };
    this.checks.set(made.id, made);
    this.#writeCheck(state === "held" ? "hold" : kind, made);
    return made;
  }

  #writeCheck(did: string, each: Check): void {
    this.#ledger.add(did, "checks", String(each.id),
      { amount: moneyNumber(each.amount), customer_id: each.customer, state: each.state }, []);
  }

  /** Takes the place of what was added before. */
  addLevel3(id: number, fields: JsonObject): void {
    const found = this.transaction(id);
    if (found.kind !== "SALE" || found.state !== "pending")
      throw new Refusal(1, "58", "Please provide a valid Transaction ID.");
    this.levels.set(id, fields);
    this.#ledger.add("level3", "transactions", String(id), fields, Object.keys(fields));
  }

  addRecurrence(customer: string, fields: JsonObject): Recurrence {
    this.customer(customer);
    const made = { id: 77001 + this.recurrences.size, customer, fields: { ...fields } };
    this.recurrences.set(made.id, made);
    this.#ledger.add("create", "recurrences", String(made.id), made.fields, Object.keys(fields));
    return made;
  }

  recurrence(id: number): Recurrence {
    const found = this.recurrences.get(id);
    if (found === undefined) throw new Refusal(1, "58", "Please provide a valid recurrence ID.");
    return found;
  }

  removeRecurrence(id: number): void {
    this.recurrence(id);
    this.recurrences.delete(id);
    this.#ledger.add("delete", "recurrences", String(id), {}, []);
  }

  transaction(id: number): Transaction {
    const found = this.transactions.get(id);
    if (found === undefined) throw new Refusal(1, "58", "Please provide a valid Transaction ID.");
    return found;
  }

  #add(kind: Kind, customer: Customer, amount: bigint, texts: JsonObject): Transaction {
    this.#next += 1;
    const made: Transaction = {
      id: this.#next, kind, state: "pending", amount, customer: customer.id, masked: customer.masked, texts, of: 0,
      refunded: 0n, created: new Date(this.#now()), settled: undefined, batch: 0,
      message: "  NO  MATCH - Approved and completed",
    };
    this.transactions.set(made.id, made);
    return made;
  }

  #write(did: string, each: Transaction): void {
    this.#ledger.add(did, "transactions", String(each.id), rowOf(each), []);
  }
}

function amountOf(amount: bigint | undefined): bigint {
  if (amount === undefined || amount <= 0n) throw new Refusal(1, "51", "Please provide a valid amount.");
  return amount;
}

/** The profile of a customer that was removed since. */
function ghost(of: Transaction): Customer {
  return { id: of.customer, masked: of.masked, month: "", year: "", fields: {} };
}

/** 11/20/2026 3:05:09 PM, of a zone that PayTrace does not tell: here UTC. */
export function stamp(at: Date | undefined): string {
  if (at === undefined) return "";
  const hour = at.getUTCHours();
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()} ${hour % 12 === 0 ? 12 : hour % 12}:`
    + `${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} ${hour < 12 ? "AM" : "PM"}`;
}

const stateNames: Record<State, string> = {
  pending: "Pending Settlement", settled: "Settled", voided: "Voided", declined: "Declined",
};

export function rowOf(each: Transaction): JsonObject {
  return {
    transaction_id: number(each.id), credit_card: { masked_number: each.masked },
    transaction_type: each.state === "voided" ? "VOID" : each.kind, amount: moneyNumber(each.amount),
    customer_id: each.customer, ...each.texts,
    approval_code: each.state === "declined" ? "" : "TAS610", approval_message: each.message,
    avs_response: "No Match", csc_response: "", status_message: stateNames[each.state],
    created: { through: "API", at: stamp(each.created), by: "weft" }, settled: stamp(each.settled),
  };
}

/** Those of the days (MM/DD/YYYY, both included), of a type or state, in which a text stands. */
export function select(books: Books, ask: JsonObject): Transaction[] | undefined {
  const [from, to] = [dayOf(ask.start_date), dayOf(ask.end_date)];
  if (from === undefined || to === undefined) return undefined;
  const [type, text, customer] = [ask.transaction_type, ask.including_text, ask.customer_id ?? ask.customer_label];
  return [...books.transactions.values()].filter((each) => each.created.getTime() >= from
    && each.created.getTime() < to + 86_400_000
    && (typeof type !== "string" || isOf(each, type, books.listsAll))
    && (typeof customer !== "string" || each.customer === customer)
    && (typeof text !== "string" || Object.values(each.texts).some((value) => typeof value === "string"
      && value.includes(text))));
}

function isOf(each: Transaction, type: string, all: boolean): boolean {
  if (type === "VOID" || type === "DECLINED" || type === "SETTLED" || type === "PENDING")
    return each.state === { VOID: "voided", DECLINED: "declined", SETTLED: "settled", PENDING: "pending" }[type];
  return each.kind === type && (all || (each.state !== "voided" && each.state !== "declined"));
}

function dayOf(json: unknown): number | undefined {
  const found = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(typeof json === "string" ? json : "");
  if (found === null) return undefined;
  return Date.UTC(Number(found[3]), Number(found[1]) - 1, Number(found[2]));
}

export function batchRow(books: Books, which: number): JsonObject | undefined {
  const batch = books.batches[which - 1];
  if (batch === undefined) return undefined;
  const of = (kind: Kind): Transaction[] => batch.transactions.filter((each) => each.kind === kind);
  const sum = (list: Transaction[]): bigint => list.reduce((total, each) => total + each.amount, 0n);
  const [sales, refunds] = [of("SALE"), of("REFUND")];
  return {
    batch_number: number(batch.number), settled: stamp(batch.at), transaction_count: number(batch.transactions.length),
    net_amount: money(sum(sales) - sum(refunds)), sales_count: number(sales.length), sales_amount: money(sum(sales)),
    refund_count: number(refunds.length), refund_amount: money(sum(refunds)),
  };
}
