// What the tests of the templates of Dynamics SL and Cybersource share: both stand-ins, the shop's API, and what their
// books say where an answer got lost.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Kind, Movement } from "../systems/cybersource/books.ts";
import { type Cybersource, demoAccount, openCybersource, seedCybersource } from "../systems/cybersource/cybersource.ts";
import { isObject, type JsonObject, scalar } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { demoShop, openShop, type Shop, signature } from "../systems/shop/shop.ts";
import { takeTemplate, type Task, type Truth } from "./pairing.ts";
import { documentOf, journalOf, openSLWorld, type SLWorld } from "./sl_pairing.ts";
import type { Server } from "./world.ts";

export const seed = Number(process.env.WEFT_SEED ?? 1);
export const operations = Number(process.env.WEFT_OPERATIONS ?? 6);
export const chance = 0.005; // of each of nine kinds of fault, for each request
export const hooks = { keyId: demoAccount.keyId, key: Buffer.from("canary-notifications-1c").toString("base64") };

/** What the shop tells, signed. */
export async function say(server: Server, path: string, event: object): Promise<void> {
  const body = JSON.stringify(event);
  const answer = await fetch(server.hook(path), { method: "POST", body,
    headers: { "content-type": "application/json", "x-shop-signature": signature(body) } });
  assert.ok(answer.ok, await answer.text());
}

export interface Setting extends SLWorld {
  gateway: Cybersource;
  shop: Shop;
  all: StandIn[];
}

export async function open(t: TestContext): Promise<Setting> {
  const { system: gateway, standIn: cybersource } = await openCybersource();
  const { system: shop, standIn: store } = await openShop();
  seedCybersource(gateway);
  gateway.reports.standing.add("Weft-Settlement");
  const sl = await openSLWorld(t, [cybersource, store], { WEFT_DEMO_CYBERSOURCE_URL: cybersource.url,
    WEFT_DEMO_CYBERSOURCE_SECRET: demoAccount.secret, WEFT_DEMO_SHOP_URL: store.url,
    WEFT_DEMO_SHOP_TOKEN: demoShop.token, WEFT_DEMO_SHOP_SECRET: demoShop.secret,
    WEFT_DEMO_CYBERSOURCE_WEBHOOK: hooks.key });
  takeTemplate(sl.world, "dynamics-sl-receivable");
  return { ...sl, gateway, shop, all: [sl.sl, cybersource, store] };
}

export function ofCode({ gateway }: Setting, kind: Kind, code: string): Movement | undefined {
  return gateway.books.ofCode(code).find((each) => each.kind === kind && each.reason === "" && !each.voided
    && !each.reversed);
}

/** What the systems did, where their answers got lost. */
export function truthOf(setting: Setting): Truth {
  return async (flow, step, run) => {
    const { input, steps } = await setting.world.show(run);
    const output = (name: string): JsonObject => {
      const found = steps.find((each) => each.step === name)?.output;
      return isObject(found) ? found : {};
    };
    const made = (movement: Movement | undefined): JsonObject | undefined => movement === undefined ? undefined
      : { id: movement.id, status: movement.status };
    if (flow === "dynamics-sl-receivable") return documentOf(setting, run, step);
    if (step.endsWith("/gl_add")) return journalOf(setting, run);
    if (step === "auth") return made(ofCode(setting, "payments", scalar(output("plan").order)));
    if (step.endsWith("/capture")) return made(ofCode(setting, "captures", scalar(output("step").code)));
    if (step.endsWith("/sale"))
      return made(ofCode(setting, "payments", scalar(output(step.replace("sale", "charge")).code)));
    if (step === "release") {
      const known = setting.gateway.books.ofCode(scalar(output("step").order));
      const free = known.find((each) => each.kind === "payments" && each.reversed);
      return free === undefined ? undefined : { id: free.id, status: "REVERSED" };
    }
    const body = isObject(input) && isObject(input.body) ? input.body : {};
    assert.equal(step, "refund", flow);
    return made(ofCode(setting, "refunds", `R-${scalar(body.refund)}`));
  };
}

/** How many runs wait for a person: a shipment is called by the run of its event. */
export function asked(task: Task): number {
  return task.kind !== "review" ? 0 : task.flow === "cybersource-shipment-to-dynamics-sl" ? 2 : 1;
}

export const amountOf = (n: number): bigint => BigInt(2000 + n * 111);
