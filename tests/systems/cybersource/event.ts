// A webhook of Cybersource and its signature: v-c-signature: t=<ms>;keyId=<uuid>;sig=<base64>, HMAC-SHA256 over
// "<t>.<message>". What the message is, sources disagree about: the payload member alone, or the raw body.
import { createHmac, randomUUID } from "node:crypto";
import { type JsonObject, writeJson } from "../lib/json.ts";

export interface EventKey {
  keyId: string;
  key: string; // base64
}

export type Signed = "payload" | "body";

export function eventText(eventType: string, payload: JsonObject[], change: JsonObject = {}): string {
  return writeJson({
    webhookId: "d7f3a6b0-1111-2222-3333-444444444444", transactionTraceId: randomUUID(), productId: "payments",
    organizationId: "acme_test", eventType, eventDate: new Date().toISOString(),
    payload: payload.map((data) => ({ data, organizationId: "acme_test" })), requestType: "NEW", ...change,
  });
}

/** The payload as it stands in the text; it is written compactly above. */
export function payloadOf(text: string): string {
  return writeJson((JSON.parse(text) as { payload: JsonObject }).payload);
}

export function signature(text: string, key: EventKey, signed: Signed, at: number): string {
  const message = signed === "body" ? text : payloadOf(text);
  const sig = createHmac("sha256", Buffer.from(key.key, "base64")).update(`${at}.${message}`).digest("base64");
  return `t=${at};keyId=${key.keyId};sig=${sig}`;
}
