// Cybersource's books: payments with what followed on them. Every movement stands in the ledger once.
import type { JsonObject } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import { money } from "../lib/money.ts";

export type Kind = "payments" | "captures" | "refunds" | "credits";

export interface Movement {
  id: string;
  kind: Kind;
  capture: boolean; // a payment that is a sale
  status: string;
  reason: string; // of a decline
  code: string;
  reference: string; // transactionId
  user: string; // applicationUser
  amount: bigint;
  currency: string;
  customer: string;
  instrument?: string; // where another one than the customer's default was named
  of: Movement | undefined; // what a capture or refund belongs to
  followed: bigint; // captured of an authorization, refunded of a sale or capture
  voided: boolean;
  reversed: boolean;
  settled: boolean;
  at: number; // milliseconds
}

/** A void or a reversal, which the search knows, too. */
export interface Undone {
  id: string;
  status: "VOIDED" | "REVERSED";
  code: string;
  user: string;
  amount: bigint;
  currency: string;
  at: number;
}

/** A refusal as 400 (or as `status` says) with a reason of the sheet. */
export class Refusal extends Error {
  readonly reason: string;
  readonly field: string;
  readonly status: number;
  constructor(reason: string, message: string, field = "", status = 400) {
    super(message);
    this.reason = reason;
    this.field = field;
    this.status = status;
  }
}

// By amount, of our own choice: the sandbox's triggers differ from processor to processor.
const declines: Record<string, [string, string]> = {
  "2401.00": ["EXPIRED_CARD", "Decline - Expired card."],
  "2402.00": ["INSUFFICIENT_FUND", "Decline - Insufficient funds in the account."],
  "2403.00": ["PROCESSOR_DECLINED", "Decline - General decline of the card."],
  "2404.00": ["STOLEN_LOST_CARD", "Decline - Stolen or lost card."],
  "2405.00": ["EXCEEDS_CREDIT_LIMIT", "Decline - The card has reached the credit limit."],
  "2406.00": ["INVALID_ACCOUNT", "Decline - Invalid account number."],
  "2407.00": ["AVS_FAILED", "Soft Decline - The authorization request was approved, but AVS failed."],
  "2408.00": ["UNAUTHORIZED_CARD", "Decline - Inactive card or card not authorized."],
};
const statuses: Record<string, string> = {
  "2480.00": "AUTHORIZED_PENDING_REVIEW", "2481.00": "AUTHORIZED_RISK_DECLINED", "2482.00": "PENDING_AUTHENTICATION",
};

export interface Order {
  code: string;
  reference: string;
  user: string;
  amount: bigint;
  currency: string;
  customer: string;
  instrument?: string;
}

export class Books {
  readonly movements = new Map<string, Movement>();
  readonly undone: Undone[] = []; // voids and reversals: requests of their own
  readonly #byReference = new Map<string, Movement>();
  readonly #byCode = new Map<string, Movement[]>();
  readonly #unavailable = new Set<string>(); // codes whose bank could not be asked once
  readonly #ledger: Ledger;
  readonly #now: () => number;
  readonly #duplicates: boolean;
  #next = 0n;

  constructor(ledger: Ledger, now: () => number, duplicates: boolean) {
    this.#ledger = ledger;
    this.#now = now;
    this.#duplicates = duplicates;
  }

  /** What was taken and not given back, voided or reversed. */
  balance(): bigint {
    let sum = 0n;
    for (const each of this.movements.values()) {
      if (each.voided || each.reversed || each.reason !== "") continue;
      if (each.kind === "captures" || (each.kind === "payments" && each.capture)) sum += each.amount;
      if (each.kind === "refunds" || each.kind === "credits") sum -= each.amount;
    }
    return sum;
  }

  /** A decline is no error: it is kept, and has a reason. The message stands for people. */
  pay(capture: boolean, order: Order): { made: Movement; message: string } {
    if (this.#duplicates && this.#isThere(order))
      throw new Refusal("DUPLICATE_REQUEST", "The merchantReferenceCode sent with this request matches another.");
    const amount = money(order.amount);
    if (amount === "2490.00" && !this.#unavailable.has(order.code)) {
      this.#unavailable.add(order.code);
      return this.#declined(capture, order, "ISSUER_UNAVAILABLE", "Decline - Issuing bank unavailable.");
    }
    const decline = declines[amount];
    if (decline !== undefined) return this.#declined(capture, order, ...decline);
    const made = this.#add("payments", order, undefined, statuses[amount] ?? "AUTHORIZED");
    made.capture = capture;
    if (made.status === "AUTHORIZED_RISK_DECLINED" || made.status === "PENDING_AUTHENTICATION") {
      made.reason = made.status === "PENDING_AUTHENTICATION" ? "CONSUMER_AUTHENTICATION_REQUIRED"
        : "DECISION_PROFILE_REJECT";
      return { made, message: "The order has been rejected by Decision Manager." };
    }
    this.#write(capture ? "sale" : "authorize", made);
    return { made, message: "" };
  }

  #declined(capture: boolean, order: Order, reason: string, message: string): { made: Movement; message: string } {
    const made = this.#add("payments", order, undefined, "DECLINED");
    Object.assign(made, { capture, reason });
    return { made, message };
  }

  #isThere(order: Order): boolean {
    return this.ofCode(order.code).some((each) => each.kind === "payments" && each.amount === order.amount
      && each.reason === "" && each.at > this.#now() - 900_000);
  }

  capture(id: string, order: Order): Movement {
    const auth = this.find("payments", id);
    if (auth.capture || auth.reason !== "") throw new Refusal("MISSING_AUTH", "There is no open authorization.");
    if (auth.reversed) throw new Refusal("AUTH_ALREADY_REVERSED", "The authorization has already been reversed.");
    if (auth.followed + order.amount > auth.amount)
      throw new Refusal("EXCEEDS_AUTH_AMOUNT", "The requested capture amount exceeds the authorized amount.");
    auth.followed += order.amount;
    const made = this.#add("captures", { ...order, customer: auth.customer }, auth, "PENDING");
    this.#write("capture", made);
    return made;
  }

  refund(kind: "payments" | "captures", id: string, order: Order): Movement {
    const of = this.find(kind, id);
    if (of.reason !== "" || (kind === "payments" && !of.capture))
      throw new Refusal("INVALID_DATA", "There is nothing to refund.");
    if (of.voided) throw new Refusal("CAPTURE_ALREADY_VOIDED", "The capture was voided.");
    if (of.followed + order.amount > of.amount)
      throw new Refusal("INVALID_AMOUNT", "The refund is more than was captured.");
    of.followed += order.amount;
    const made = this.#add("refunds", { ...order, customer: of.customer }, of, "PENDING");
    this.#write("refund", made);
    return made;
  }

  credit(order: Order): Movement {
    const made = this.#add("credits", order, undefined, "PENDING");
    this.#write("credit", made);
    return made;
  }

  /** More on an open authorization. */
  increase(id: string, amount: bigint): Movement {
    const auth = this.find("payments", id);
    if (auth.capture || auth.reason !== "" || auth.reversed || auth.followed > 0n)
      throw new Refusal("NOT_SUPPORTED", "There is no open authorization.");
    auth.amount += amount;
    this.#write("increase", auth);
    return auth;
  }

  void(each: Movement): Movement {
    if (each.settled) throw new Refusal("TRANSACTION_ALREADY_SETTLED", "It was sent to the processor already.");
    if (each.voided || each.reversed || each.reason !== "")
      throw new Refusal("INVALID_DATA", "Declined - One or more fields in the request contains invalid data");
    if (each.kind === "payments" && !each.capture) return this.reverse(each, each.amount);
    each.voided = true;
    if (each.of !== undefined) each.of.followed -= each.amount;
    this.#write("void", each);
    return each;
  }

  reverse(each: Movement, amount: bigint): Movement {
    if (each.reversed) throw new Refusal("AUTH_ALREADY_REVERSED", "The authorization has already been reversed.");
    if (each.capture || each.reason !== "" || each.followed > 0n || amount > each.amount)
      throw new Refusal("TRANSACTION_ALREADY_REVERSED_OR_SETTLED", "There is no open authorization of that amount.");
    each.reversed = true;
    this.#write("reverse", each);
    return each;
  }

  /** What is there is sent to the processor: no longer voidable. */
  settle(): void {
    for (const each of this.movements.values())
      if (each.kind !== "payments" || each.capture) each.settled = true;
  }

  find(kind: Kind, id: string): Movement {
    const found = this.movements.get(id);
    if (found?.kind !== kind) throw new Refusal("INVALID_PAYMENT_ID", "The id is unknown.", "", 404);
    return found;
  }

  /** In the order in which they came. */
  ofCode(code: string): Movement[] {
    return this.#byCode.get(code) ?? [];
  }

  byReference(reference: string): Movement | undefined {
    return this.#byReference.get(reference);
  }

  #add(kind: Kind, order: Order, of: Movement | undefined, status: string): Movement {
    this.#next += 1n;
    const made: Movement = {
      ...order, id: String(7_323_456_789_000_000_000_000n + this.#next), kind, capture: false, status, reason: "", of,
      followed: 0n, voided: false, reversed: false, settled: false, at: this.#now(),
    };
    this.movements.set(made.id, made);
    this.#byCode.set(made.code, [...this.ofCode(made.code), made]);
    if (order.reference !== "") this.#byReference.set(order.reference, made);
    return made;
  }

  #write(did: string, each: Movement): void {
    this.#ledger.add(did, each.kind, each.id, summaryOf(each), []);
  }
}

export function summaryOf(each: Movement): JsonObject {
  return {
    id: each.id, submitTimeUtc: new Date(each.at).toISOString(), merchantId: "acme_test",
    status: each.reason !== "" ? each.status : each.voided ? "VOIDED" : each.reversed ? "REVERSED"
      : each.settled ? "TRANSMITTED" : each.status,
    applicationInformation: { reasonCode: each.reason === "" ? "100" : "203", rFlag: each.reason === "" ? "SOK"
      : "DCARDREFUSED", applications: [{ name: each.kind === "refunds" ? "ics_credit" : "ics_auth" }] },
    clientReferenceInformation: { code: each.code, applicationName: "Weft", applicationUser: each.user },
    ...(each.reason === "" ? {} : { errorInformation: { reason: each.reason } }),
    orderInformation: { amountDetails: { totalAmount: money(each.amount), currency: each.currency } },
    paymentInformation: { customer: { customerId: each.customer }, card: { suffix: "1111", prefix: "411111",
      type: "001" } },
    processorInformation: { approvalCode: each.reason === "" ? "831000" : "" },
  };
}

export function summaryOfUndone(each: Undone): JsonObject {
  return {
    id: each.id, submitTimeUtc: new Date(each.at).toISOString(), merchantId: "acme_test", status: each.status,
    applicationInformation: { reasonCode: "100", rFlag: "SOK",
      applications: [{ name: each.status === "VOIDED" ? "ics_void" : "ics_auth_reversal" }] },
    clientReferenceInformation: { code: each.code, applicationName: "Weft", applicationUser: each.user },
    orderInformation: { amountDetails: { totalAmount: money(each.amount), currency: each.currency } },
  };
}
