// A shop with an API of its own: it is told how the payment of an order stands, and tells of orders, signed.
import { createHmac } from "node:crypto";
import { isObject, type Json, type JsonObject, readJson, scalar } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";

export const demoShop = { token: "canary-shop", secret: "canary-shop-hooks-90d1" };

/** What the shop was told, by order and refund. */
export class Shop implements System {
  readonly told = new Map<string, JsonObject>();

  answer(ask: Ask): Promise<Answer> {
    const body: Json = ask.body === "" ? {} : readJson(ask.body);
    if (ask.method !== "PUT" || !isObject(body)) return Promise.resolve({ status: 404, body: {} });
    this.told.set(ask.path, body);
    return Promise.resolve({ status: 200, body: {} });
  }

  throttled(seconds: number): Answer {
    return { status: 429, headers: { "retry-after": String(seconds) }, body: {} };
  }

  expireTokens(): void { /* there are none */ }

  status(path: string): string {
    return scalar(this.told.get(path)?.status);
  }
}

/** The header of what the shop tells. */
export function signature(body: string): string {
  return createHmac("sha256", demoShop.secret).update(body).digest("base64");
}

export async function openShop(options: StandInOptions = {}): Promise<{ system: Shop; standIn: StandIn }> {
  const system = new Shop();
  const standIn = await StandIn.open(system, { ...options, ledger: options.ledger ?? new Ledger() });
  return { system, standIn };
}
