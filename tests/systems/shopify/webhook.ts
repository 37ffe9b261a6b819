// Shopify as a sender of webhooks: signed over the raw bytes, the same id on each try, at least once and in any order.
import { createHmac, randomUUID } from "node:crypto";
import { type JsonObject, writeJson } from "../lib/json.ts";

export interface Delivery {
  body: string;
  headers: Record<string, string>;
}

export function hmacOf(secret: string, body: string): string {
  return createHmac("sha256", secret).update(Buffer.from(body, "utf8")).digest("base64");
}

export function delivery(secret: string, topic: string, payload: JsonObject, id: string = randomUUID()): Delivery {
  const body = writeJson(payload);
  return { body, headers: {
    "content-type": "application/json", "x-shopify-topic": topic, "x-shopify-hmac-sha256": hmacOf(secret, body),
    "x-shopify-shop-domain": "contoso.myshopify.com", "x-shopify-api-version": "2026-07", "x-shopify-webhook-id": id,
    "x-shopify-event-id": `event-${id}`, "x-shopify-triggered-at": new Date().toISOString(),
  } };
}

/** The newer kind, whose headers have no X-. */
export function eventDelivery(secret: string, topic: string, payload: JsonObject, id: string = randomUUID()): Delivery {
  const old = delivery(secret, topic, payload, id);
  const headers = Object.entries(old.headers).map(([name, value]) => [name.replace(/^x-shopify/, "shopify"), value]);
  return { body: old.body, headers: Object.fromEntries(headers) as Record<string, string> };
}
