// A PayTrace payment event as its webhook sends it, and its signature: HMAC-SHA256 over the raw body, hex, in
// X-Signature.
import { createHmac } from "node:crypto";
import { type JsonObject, Numeral, writeJson } from "../lib/json.ts";

export interface PaymentEvent {
  transactionId: string;
  amount: string; // digits of a JSON number: "100.10" is sent as 100.10
  currency: string;
  status: string; // "Approved", "Declined", "Refunded", "Pending"
  paymentMethodType: string; // "CreditCard", "ACH"
  customerId: string;
  orderId: string;
  timestamp: string; // ISO 8601
  processorResponseCode: string;
  transactionType: string; // "Sale", "Refund"
}

// Of yesterday, whose books are open; the same for each event, so that one that is sent again is no other.
const told = `${new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)}T15:30:00Z`;

export function paymentEvent(transactionId: string, change: Partial<PaymentEvent> = {}): PaymentEvent {
  return {
    transactionId, amount: "100.10", currency: "USD", status: "Approved", paymentMethodType: "CreditCard",
    customerId: "CUST-1001", orderId: "ORD-5001", timestamp: told, processorResponseCode: "00",
    transactionType: "Sale", ...change,
  };
}

export function eventText(event: PaymentEvent): string {
  const json: JsonObject = { ...event, amount: new Numeral(event.amount) };
  return writeJson(json);
}

export function sign(secret: string, body: string | Buffer): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}
