// What the tests of the business systems share: the real program with the stand-ins of Dynamics 365, Shopify and Azure
// Machine Learning, and a flow for each action.
import assert from "node:assert/strict";
import { type AzureMl, keys, openAzureMl } from "../systems/azure_ml/azure_ml.ts";
import { demoClient, type Dynamics365, openDynamics365, seedDemo } from "../systems/dynamics365/dynamics365.ts";
import { isObject, type Json, type JsonObject, readJson, scalar, writeJson } from "../systems/lib/json.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { demoShop, openShopify, type Shopify } from "../systems/shopify/shopify.ts";
import { type Server, World } from "./world.ts";

export const shopSecret = "canary-shop-secret-51b7";
export const rowKey = "canary-row-key-0a83";
export const actions: Record<string, string[]> = {
  dynamics365: ["who_am_i", "list_rows", "get_row", "create_row", "update_row", "upsert_row", "delete_row",
    "change_rows", "upsert_rows", "call_action", "find_account", "find_contact", "find_sales_order", "find_payment",
    "create_task", "create_case", "list_records", "update_record", "find_payment_journal", "post_payment_journal",
    "create_payment_journal", "add_payment_journal_line", "find_payment_journal_line", "create_ledger_journal",
    "add_ledger_journal_line", "create_payment", "find_invoice", "update_invoice"],
  shopify: ["get_order", "list_orders", "list_transactions", "create_transaction", "create_refund", "cancel_order",
    "mark_paid", "update_order", "add_tags", "find_customer", "graphql", "graphql_mutation", "create_webhook"],
  azure_ml: ["score", "score_custom"],
  azure_ml_entra: ["score", "score_custom"],
};

interface Places {
  erp: StandIn;
  shop: StandIn;
  ml: StandIn;
}

function connections(places: Places): object {
  const entra = { tenant: demoClient.tenant, client_id: demoClient.id };
  return {
    weft: 1,
    connections: {
      dynamics365: { connector: "dynamics365", secrets: { client_secret: { env: "ERP_SECRET" } },
        settings: { resource: places.erp.url, authority: places.erp.url, post_action: "post", ...entra } },
      shopify: { connector: "shopify", secrets: { client_secret: { env: "SHOP_SECRET" } },
        settings: { shop: places.shop.url, client_id: demoShop.id },
        limits: { requests: 1000, per: "1s", burst: 1000 } },
      azure_ml: { connector: "azure_ml", secrets: { key: { env: "ML_KEY" } }, settings: { endpoint: places.ml.url } },
      azure_ml_entra: { connector: "azure_ml_entra", secrets: { client_secret: { env: "ERP_SECRET" } },
        settings: { endpoint: places.ml.url, authority: places.ml.url, ...entra } },
    },
    secrets: { shop_hooks: { env: "SHOP_HOOKS" }, row_hooks: { env: "ROW_HOOKS" } },
  };
}

export const retry = { attempts: 60, backoff: "exponential", initial: "50ms", max: "400ms", jitter: 0.2 };

export function actionFlow(system: string, action: string, more: object = {}): object {
  return {
    weft: 1, name: `${system} ${action}`,
    nodes: [
      { id: "hook", type: "trigger.webhook",
        config: { path: `${system}/${action}`, respond: "result", verify: { type: "none" } } },
      { id: "it", type: `connector.${system}.${action}`, connection: system, config: { input: "=trigger.body" },
        retry: { attempts: 1 }, ...more },
      { id: "say", type: "connector.respond", config: { status: 200, body: "=steps.it" } },
    ],
    edges: [{ from: "hook", to: "it" }, { from: "it", to: "say" }],
  };
}

/** A flow that keeps what its trigger gives, to be looked at through its runs. */
export function eventFlow(type: string, config: object, more: object = {}): object {
  return {
    weft: 1, name: `Event ${type}`, ...more,
    nodes: [
      { id: "event", type, config, ...(type.includes("changed") ? { connection: type.split(".")[1] } : {}) },
      { id: "kept", type: "transform.map", config: { fields: [{ to: "body", from: "=trigger.body" }] } },
    ],
    edges: [{ from: "event", to: "kept" }],
  };
}

export let world: World;
export let server: Server;

export async function serve(): Promise<Server> {
  server = await world.serve();
  return server;
}

export let erp: { system: Dynamics365; standIn: StandIn };
export let shop: { system: Shopify; standIn: StandIn };
export let ml: { system: AzureMl; standIn: StandIn };

export async function open(): Promise<void> {
  world = new World({ ERP_SECRET: demoClient.secret, SHOP_SECRET: demoShop.secret, ML_KEY: keys[1],
    SHOP_HOOKS: shopSecret, ROW_HOOKS: rowKey });
  erp = await openDynamics365();
  seedDemo(erp.system);
  shop = await openShopify();
  ml = await openAzureMl();
}

export async function close(): Promise<void> {
  await world.end();
  for (const { standIn } of [erp, shop, ml]) await standIn.close();
}

export function setUp(name: string, flow: object): void {
  const places = { erp: erp.standIn, shop: shop.standIn, ml: ml.standIn };
  world.flow(name, flow, { "connections.json": connections(places) });
}

interface Called {
  status: number;
  json: JsonObject;
}

export async function call(action: string, input: unknown): Promise<Called> {
  const answer = await fetch(server.hook(action.replace(".", "/")), { method: "POST",
    headers: { "content-type": "application/json" }, body: JSON.stringify(input) });
  const json = readJson(await answer.text());
  assert.ok(isObject(json));
  return { status: answer.status, json };
}

export async function done(action: string, input: unknown): Promise<JsonObject> {
  const { status, json } = await call(action, input);
  assert.equal(status, 200, `${action}: ${writeJson(json)}`);
  return json;
}

export async function refused(action: string, input: unknown, kind: string, part: RegExp): Promise<void> {
  const { status, json } = await call(action, input);
  const text = writeJson(json);
  assert.notEqual(status, 200, text);
  const { error } = await world.settled(scalar(json.run));
  assert.equal(error?.kind, kind, text);
  assert.match(error.text, part);
}

export function list(json: Json | undefined): JsonObject[] {
  assert.ok(Array.isArray(json));
  return json.filter(isObject);
}

export function inner(json: Json | undefined): JsonObject {
  assert.ok(isObject(json), writeJson(json ?? null));
  return json;
}
