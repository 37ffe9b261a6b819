// /reporting/v3 and /pts/v1/transaction-batches: made from the books, so that a reconciliation has something to find.
import { type JsonObject, number, scalar } from "../lib/json.ts";
import { money } from "../lib/money.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { type Books, type Movement, Refusal } from "./books.ts";
import { slice } from "./instruments.ts";

export interface Chargeback {
  code: string;
  request: string;
  amount: bigint;
  reason: string;
}

export class Reports {
  readonly chargebacks: Chargeback[] = [];
  fee = 25n; // cents for each movement
  standing = new Set<string>(); // names of reports that are made every day, without being ordered
  readonly #books: Books;
  readonly #ordered = new Map<string, JsonObject>();

  constructor(books: Books) {
    this.#books = books;
  }

  answer(ask: Ask, body: JsonObject): Answer | undefined {
    const { path, method } = ask;
    if (method === "POST" && path === "/reporting/v3/reports") return this.#order(body);
    if (method !== "GET") return undefined;
    if (path === "/reporting/v3/report-downloads") return this.#download(ask);
    if (path === "/reporting/v3/reports")
      return { status: 200, body: { reportSearchResults: [...this.#ordered].map(([reportName, order]) =>
        ({ reportId: `r-${reportName}`, reportName, status: "COMPLETED",
          reportMimeType: order.reportMimeType ?? "" })) } };
    if (path.startsWith("/pts/v1/transaction-batch-details/"))
      return { status: 200, headers: { "content-type": "text/csv" }, text: ["TransactionId,Status",
        ...[...this.#books.movements.values()].map((each) => `${each.id},COMPLETED`), ""].join("\n") };
    const make = this.#timed[path];
    if (make === undefined) return undefined;
    const [from, to] = ["startTime", "endTime"].map((name) => Date.parse(ask.query.get(name) ?? ""));
    if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to) || from > to)
      throw new Refusal("INVALID_DATA", "startTime and endTime must be times.", "startTime");
    const rows = [...this.#books.movements.values()].filter((each) => each.at >= from && each.at < to
      && each.reason === "" && !each.voided && !each.reversed);
    return { status: 200, body: { startTime: ask.query.get("startTime") ?? "", endTime: ask.query.get("endTime") ?? "",
      ...make(rows, ask) } };
  }

  readonly #timed: Record<string, (rows: Movement[], ask: Ask) => JsonObject> = {
    "/reporting/v3/net-fundings": (rows) => {
      const [sales, refunds] = [sum(rows.filter(isSale)), sum(rows.filter(isRefund))];
      const back = this.chargebacks.reduce((total, each) => total + each.amount, 0n);
      const fees = this.fee * BigInt(rows.length);
      const total = (value: bigint): JsonObject[] => [{ currency: "USD", value: money(value) }];
      return { netFundingSummaries: [], totalPurchases: total(sales), totalRefunds: total(refunds),
        totalFees: total(fees), totalChargebacks: total(back), netTotal: total(sales - refunds - fees - back) };
    },
    "/reporting/v3/payment-batch-summaries": (rows) => ({ paymentBatchSummaries: [{
      currencyCode: "USD", paymentSubTypeDescription: "VI", salesCount: number(rows.filter(isSale).length),
      salesAmount: money(sum(rows.filter(isSale))), creditCount: number(rows.filter(isRefund).length),
      creditAmount: money(sum(rows.filter(isRefund))), merchantId: "acme_test" }] }),
    "/reporting/v3/chargeback-details": () => ({ chargebackDetails: this.chargebacks.map((each) => ({
      merchantReferenceNumber: each.code, requestId: each.request, natureOfDispute: "Fraud", amount: money(each.amount),
      sign: "-", currencyCode: "USD", reasonCode: each.reason })) }),
    "/reporting/v3/chargeback-summaries": () => ({ chargebackSummaries: [{ count: number(this.chargebacks.length),
      accountId: "acme_test" }] }),
    "/reporting/v3/retrieval-details": () => ({ retrievalDetails: [] }),
    "/reporting/v3/retrieval-summaries": () => ({ retrievalSummaries: [] }),
    "/reporting/v3/purchase-refund-details": (rows, ask) => ({ requestDetails:
      slice(ask, rows.filter((each) => isSale(each) || isRefund(each)).map((each) => ({ requestId: each.id })), 2000)
        .part }),
    "/pts/v1/transaction-batches": (rows) => ({ transactionBatches: [{ id: "123456", status: "COMPLETED",
      transactionCount: number(rows.length) }] }),
  };

  #order(body: JsonObject): Answer {
    const name = scalar(body.reportName);
    if (name === "" || this.#ordered.has(name))
      throw new Refusal("INVALID_DATA", "A report needs a name of its own.", "reportName");
    this.#ordered.set(name, body);
    return { status: 201 };
  }

  /** One that was ordered has all there is; a standing one what was done on its day (UTC). */
  #download(ask: Ask): Answer {
    const name = ask.query.get("reportName") ?? "";
    const day = this.standing.has(name) ? ask.query.get("reportDate") : null;
    if (day === null && !this.#ordered.has(name))
      throw new Refusal("NOT_FOUND", "The report was not found.", "", 404);
    const lines = [...this.#books.movements.values()].filter((each) => each.reason === ""
      && (day === null || (new Date(each.at).toISOString().startsWith(day) && !each.voided && !each.reversed)))
      .map((each) => [each.id, each.code, money(each.amount), each.currency, each.kind, applicationOf(each)].join(","));
    return { status: 200, headers: { "content-type": "text/csv" },
      text: ["RequestID,MerchantReferenceNumber,Amount,CurrencyCode,Kind,Applications", ...lines, ""].join("\n") };
  }
}

/** What the report calls it. */
function applicationOf(each: Movement): string {
  return isSale(each) ? "ics_bill" : isRefund(each) ? "ics_credit" : "ics_auth";
}

function isSale(each: Movement): boolean {
  return each.kind === "captures" || (each.kind === "payments" && each.capture);
}

function isRefund(each: Movement): boolean {
  return each.kind === "refunds" || each.kind === "credits";
}

function sum(rows: Movement[]): bigint {
  return rows.reduce((total, each) => total + each.amount, 0n);
}
