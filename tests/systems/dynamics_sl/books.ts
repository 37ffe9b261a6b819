// What a Dynamics SL knows: customers, invoices, payments in batches, and what is applied to what. Amounts are cents.
import { type JsonObject, number } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import { money } from "../lib/money.ts";

export class Refused extends Error {}

export interface Document {
  docType: string; // IN invoice, PA payment, CM credit memo, RP payment that was taken back
  refNbr: string;
  batNbr: string;
  custId: string;
  amount: bigint;
  balance: bigint;
  user1: string;
  user2: string;
  perPost: string;
  date: string; // 2026-11-20
  order: string; // CustOrdNbr
  released: boolean;
}

export interface Payment {
  custId: string;
  amount: bigint;
  bankAcct: string;
  perPost: string;
  user1: string;
  user2?: string;
  date?: string;
  order?: string;
  invoices: { refNbr: string; amount: bigint }[];
}

export interface Memo {
  docType: string; // only credit memos are made here
  tranType: string;
  custId: string;
  amount: bigint;
  lines: { acct: string; amount: bigint }[];
  perPost: string;
  user1: string;
  user2?: string;
  date?: string;
  order?: string;
}

/** The fiscal period of a day: 202611. */
export function periodOf(day = new Date().toISOString()): string {
  return day.slice(0, 7).replace("-", "");
}

/** A batch of the general ledger. */
export interface Journal {
  batNbr: string;
  perPost: string;
  released: boolean;
  lines: { acct: string; sub: string; debit: bigint; credit: bigint; refNbr: string; extRefNbr: string }[];
}

export class Books {
  readonly customers = new Map<string, JsonObject>();
  readonly accounts = new Set(["1010", "1030", "1035", "1036", "2390", "4010", "6110", "6180"]);
  readonly journals: Journal[] = [];
  readonly closedPeriods = new Set<string>();
  readonly lockedCustomers = new Map<string, number>(); // how many more saves find the record locked
  readonly documents: Document[] = [];
  readonly ledger: Ledger;
  #batch = 0;
  #ref = 0;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  find(docType: string, refNbr: string): Document | undefined {
    return this.documents.find((one) => one.docType === docType && one.refNbr === refNbr.trim());
  }

  openInvoices(custId: string): Document[] {
    return this.documents.filter((one) => one.docType === "IN" && one.custId === custId && one.balance > 0n);
  }

  invoice(custId: string, refNbr: string, amount: bigint, order = ""): void {
    this.documents.push({ docType: "IN", refNbr, batNbr: "", custId, amount, balance: amount, user1: "", user2: "",
      perPost: periodOf(), date: new Date().toISOString().slice(0, 10), order, released: true });
  }

  /** What every document must have; the first that is wrong is said. */
  #checkDocument(custId: string, accounts: string[], perPost: string): void {
    if (!this.customers.has(custId)) throw new Refused(`Customer ${custId} does not exist`);
    for (const one of accounts)
      if (!this.accounts.has(one)) throw new Refused(`Account ${one} does not exist`);
    if (this.closedPeriods.has(perPost)) throw new Refused(`Fiscal period ${perPost} is closed`);
    const locked = this.lockedCustomers.get(custId) ?? 0;
    if (locked > 0) {
      this.lockedCustomers.set(custId, locked - 1);
      throw new Refused("The record is locked by another user");
    }
  }

  /** Checks all that SL checks, and says the first that is wrong. */
  check(payment: Payment): void {
    this.#checkDocument(payment.custId, [payment.bankAcct], payment.perPost);
    const total = payment.invoices.reduce((sum, one) => sum + one.amount, 0n);
    if (payment.amount <= 0n || total !== payment.amount) throw new Refused("The batch is out of balance");
    for (const one of payment.invoices) {
      const invoice = one.refNbr === "" ? undefined : this.find("IN", one.refNbr);
      if (one.refNbr !== "" && invoice === undefined) throw new Refused(`Invoice ${one.refNbr} does not exist`);
      if (invoice !== undefined && invoice.balance < one.amount)
        throw new Refused(`The amount is more than the balance of invoice ${one.refNbr}`);
    }
  }

  checkMemo(memo: Memo): void {
    if (memo.docType !== "CM" || memo.tranType !== "CM")
      throw new Refused(`The document type ${memo.docType} does not fit the transaction type ${memo.tranType}`);
    this.#checkDocument(memo.custId, memo.lines.map((one) => one.acct), memo.perPost);
    const total = memo.lines.reduce((sum, one) => sum + one.amount, 0n);
    if (memo.amount <= 0n || total !== memo.amount) throw new Refused("The batch is out of balance");
  }

  memo(memo: Memo): Document {
    this.checkMemo(memo);
    const { docType, custId, amount, user1, user2 = "", perPost, date = "", order = "" } = memo;
    const made: Document = { docType, ...this.#numbers(), custId, amount, balance: amount, user1, user2, perPost, date,
      order, released: false };
    this.documents.push(made);
    this.#note("memo", made);
    return made;
  }

  #numbers(): { refNbr: string; batNbr: string } {
    this.#batch += 1;
    this.#ref += 1;
    return { refNbr: String(this.#ref).padStart(6, "0"), batNbr: String(this.#batch).padStart(6, "0") };
  }

  pay(payment: Payment): Document {
    this.check(payment);
    let open = payment.amount;
    for (const one of payment.invoices) {
      const invoice = this.find("IN", one.refNbr);
      if (invoice === undefined) continue;
      invoice.balance -= one.amount;
      open -= one.amount;
    }
    const made: Document = {
      docType: "PA", ...this.#numbers(), custId: payment.custId, amount: payment.amount, balance: open,
      user1: payment.user1, user2: payment.user2 ?? "", perPost: payment.perPost, date: payment.date ?? "",
      order: payment.order ?? "", released: false,
    };
    this.documents.push(made);
    this.#note("payment", made);
    return made;
  }

  /** A person takes a payment back: what it had paid is open again. */
  reverse(refNbr: string): Document {
    const payment = this.find("PA", refNbr);
    if (payment === undefined) throw new Refused(`Payment ${refNbr} does not exist`);
    const invoice = this.documents.find((one) => one.docType === "IN" && one.order === payment.order);
    if (invoice !== undefined) invoice.balance += payment.amount - payment.balance;
    payment.balance = 0n;
    const made: Document = { ...payment, docType: "RP", batNbr: this.#numbers().batNbr, released: true };
    this.documents.push(made);
    this.#note("reverse", made);
    return made;
  }

  apply(custId: string, paymentRef: string, invoiceRef: string, amount: bigint): void {
    const [payment, invoice] = [this.find("PA", paymentRef), this.find("IN", invoiceRef)];
    if (payment?.custId !== custId) throw new Refused(`Payment ${paymentRef} does not exist`);
    if (invoice?.custId !== custId) throw new Refused(`Invoice ${invoiceRef} does not exist`);
    if (amount <= 0n || payment.balance < amount || invoice.balance < amount)
      throw new Refused("The amount is more than what is open");
    payment.balance -= amount;
    invoice.balance -= amount;
    this.#note("apply", payment);
  }

  checkJournal(journal: Omit<Journal, "batNbr" | "released">): void {
    if (this.closedPeriods.has(journal.perPost)) throw new Refused(`Fiscal period ${journal.perPost} is closed`);
    for (const { acct } of journal.lines)
      if (!this.accounts.has(acct)) throw new Refused(`Account ${acct} does not exist`);
    const [debit, credit] = [journal.lines.reduce((sum, one) => sum + one.debit, 0n),
      journal.lines.reduce((sum, one) => sum + one.credit, 0n)];
    if (journal.lines.length === 0 || debit !== credit) throw new Refused("The batch is out of balance");
  }

  enter(journal: Omit<Journal, "batNbr" | "released">): Journal {
    this.checkJournal(journal);
    const made: Journal = { ...journal, batNbr: this.#numbers().batNbr, released: false };
    this.journals.push(made);
    const entered = made.lines.map((one) => `${one.acct} ${money(one.debit - one.credit)}`).join(", ");
    this.ledger.add("journal", "gltran", made.batNbr, { lines: number(made.lines.length), entered }, []);
    return made;
  }

  releaseJournal(batNbr: string): void {
    const found = this.journals.find((one) => one.batNbr === batNbr);
    if (found === undefined) throw new Refused(`Batch ${batNbr} does not exist`);
    if (found.released) throw new Refused(`Batch ${batNbr} is released and cannot be edited`);
    found.released = true;
    this.ledger.add("release", "gltran", batNbr, {}, []);
  }

  release(batNbr: string): void {
    const found = this.documents.filter((one) => one.batNbr === batNbr && one.docType !== "IN");
    if (found.length === 0) throw new Refused(`Batch ${batNbr} does not exist`);
    for (const one of found) {
      if (one.released) throw new Refused(`Batch ${batNbr} is released and cannot be edited`);
      one.released = true;
      this.#note("release", one);
    }
  }

  #note(did: string, one: Document): void {
    this.ledger.add(did, "ardoc", one.refNbr, {
      RefNbr: one.refNbr, BatNbr: one.batNbr, CustId: one.custId, amount: money(one.amount), User1: one.user1,
      released: number(one.released ? 1 : 0),
    }, []);
  }
}
