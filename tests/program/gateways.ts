// Every system that takes or books money, each with a flow that does so once for an event {id, amount}, and the books
// of its stand-in: what became of each payment, and what all of it comes to.
import { demoAccount, demoCustomer, openCybersource, seedCybersource } from "../systems/cybersource/cybersource.ts";
import { demoClient, openDynamics365 } from "../systems/dynamics365/dynamics365.ts";
import { openDynamicsSL, seedSL } from "../systems/dynamics_sl/dynamics_sl.ts";
import { type JsonObject, isObject, scalar } from "../systems/lib/json.ts";
import { cents } from "../systems/lib/money.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { openPayTrace, seedPayTrace, seedPayTraceCustomer } from "../systems/paytrace/paytrace.ts";
import { cuts } from "../systems/sage500/door.ts";
import { Sage500 } from "../systems/sage500/sage500.ts";
import { demoShop, openShopify } from "../systems/shopify/shopify.ts";
import { cybersourceConnection, kinds, paySecret, paytraceConnection, random, spoil, type Spoiled } from "./pay.ts";
import { slFiles, slFlow, slSecrets } from "./sl_flow.ts";
import type { RunShown } from "./world.ts";

/** What one payment came to: how often it was taken, less what was undone, and of how much. */
export interface Taken {
  times: number;
  amount: bigint;
}

export interface Gateway {
  name: string;
  path: string; // of the webhook
  flow: object;
  files: Record<string, unknown>;
  declined?: string; // an amount that is refused
  kinds: number; // of faults
  spoil(chance: number, state: { seed: number }): Spoiled;
  calm(): void;
  taken(): Map<string, Taken>; // by the payment's number
  balance(): bigint;
  proof(shown: RunShown): string; // what the run says the system made; "": nothing
  close(): Promise<void>;
}

export const gatewaySecrets = {
  WEFT_DEMO_PAY_SECRET: paySecret, WEFT_DEMO_CYBERSOURCE_SECRET: demoAccount.secret, ERP_SECRET: demoClient.secret,
  SHOP_SECRET: demoShop.secret, SAGE_PASSWORD: "canary-sage-books", ...slSecrets,
};

/** How many payments there are, among all systems. */
export const payments = Number(process.env.WEFT_PAY_OPERATIONS ?? 300);

const retry = { attempts: 12, backoff: "exponential", initial: "50ms", max: "500ms", jitter: 0.1 };
const amount = "=decimal(trigger.body.amount)";
const days = { search_from: "=date.format(date.add(now(), -1, 'days'), 'MM/dd/yyyy')",
  search_to: "=date.format(date.add(now(), 7, 'days'), 'MM/dd/yyyy')" };

function flowOf(path: string, type: string, input: object, before: object[] = [], more: object = {}): object {
  const hook = { id: "hook", type: "trigger.webhook", config: { path, respond: "accepted", verify: { type: "none" } } };
  const sale = { id: "sale", type, connection: "pay", timeout: "1s", retry, config: { input, ...more } };
  const nodes = [hook, ...before, sale] as { id: string }[];
  return { weft: 1, name: `Sale by ${path}`, settings: { dedupe: "=trigger.body.id" }, nodes,
    edges: nodes.slice(1).map((node, n) => ({ from: nodes[n]?.id, to: node.id })) };
}

function outputOf(shown: RunShown, step: string): JsonObject {
  const output = shown.steps.find((one) => one.step === step)?.output;
  return isObject(output) ? output : {};
}

function count<T>(rows: Iterable<T>, key: (row: T) => string, value: (row: T) => bigint): Map<string, Taken> {
  const taken = new Map<string, Taken>();
  for (const row of rows) {
    const had = taken.get(key(row)) ?? { times: 0, amount: 0n };
    taken.set(key(row), { times: had.times + 1, amount: had.amount + value(row) });
  }
  return taken;
}

interface Place {
  name: string;
  standIn: StandIn;
  type: string;
  connection: object;
  input: object;
  acts: RegExp; // what the requests go to of which another one's answer can be told
  telling?: false; // it can't: an answer names nothing of what was asked for
  config?: object; // of the node, beside its input
}

function httpGateway(place: Place): Omit<Gateway, "taken" | "balance"> {
  const { name, standIn, type, connection, input, acts, telling = true, config } = place;
  const path = `sale/${name}`;
  return {
    name, path, flow: flowOf(path, type, input, [], config), kinds: telling ? kinds : kinds - 1,
    files: { "connections.json": { weft: 1, connections: { pay: connection } } },
    spoil: (chance, state) => spoil(standIn, chance, state, acts, telling),
    calm: () => { standIn.faults.take = () => undefined; },
    proof: (shown) => {
      const { transaction_id, id, payment_id, LineNumber, check_transaction_id, transaction, refund } =
        outputOf(shown, "sale");
      const made = isObject(transaction) ? transaction : isObject(refund) ? refund : {};
      return scalar(transaction_id ?? id ?? payment_id ?? LineNumber ?? check_transaction_id ?? made.id);
    },
    close: () => standIn.close(),
  };
}

/** v3 never says whose decline it is: there nothing is declined. */
async function paytrace(version: "v1" | "v3"): Promise<Gateway> {
  const { system, standIn } = await openPayTrace({ password: paySecret });
  seedPayTrace(system);
  const name = version === "v1" ? "paytrace" : "paytrace_v3";
  return {
    ...httpGateway({ name, standIn, type: `connector.${name}.sale`, acts: /\/sale\//,
      connection: paytraceConnection(standIn.url, version),
      input: { customer_id: "CUST-1001", amount, invoice_id: "=trigger.body.id", ...days } }),
    ...(version === "v1" ? { declined: "0.29" } : {}),
    taken: () => count([...system.books.transactions.values()].filter((each) => each.state === "pending"),
      ({ texts }) => scalar(texts.invoice_id ?? texts.invoice_number), (each) => each.amount),
    balance: () => system.books.balance(),
  };
}

/** Paid to a stored customer, and looked for as a sale is. */
async function paytraceRefunds(): Promise<Gateway> {
  const { system, standIn } = await openPayTrace({ password: paySecret });
  seedPayTrace(system);
  for (let n = 1; n <= payments; n += 1) seedPayTraceCustomer(system, `P-${n}`);
  return {
    ...httpGateway({ name: "paytrace_refunds", standIn, type: "connector.paytrace.refund_customer",
      acts: /\/refund\//, connection: paytraceConnection(standIn.url, "v1"),
      input: { customer_id: "=trigger.body.id", amount, ...days } }),
    taken: () => count(system.books.transactions.values(), (each) => each.customer, (each) => each.amount),
    balance: () => -system.books.balance(),
  };
}

/** Bank payments: an answer names none of them, and nothing can be asked. */
async function paytraceChecks(): Promise<Gateway> {
  const { system, standIn } = await openPayTrace({ password: paySecret });
  for (let n = 1; n <= payments; n += 1) seedPayTraceCustomer(system, `P-${n}`);
  return {
    ...httpGateway({ name: "paytrace_checks", standIn, type: "connector.paytrace.check_sale", acts: /\/checks\/sale/,
      telling: false, connection: paytraceConnection(standIn.url, "v1"),
      input: { customer_id: "=trigger.body.id", amount } }),
    taken: () => count(system.books.checks.values(), (each) => each.customer, (each) => each.amount),
    balance: () => system.books.checkBalance(),
  };
}

/** reversed: the search shows nothing, so that what may have been taken is voided by its reference, and taken again. */
async function cybersource(reversed: boolean): Promise<Gateway> {
  const { system, standIn } = await openCybersource(reversed ? { searchLag: 3_600_000 } : {});
  seedCybersource(system);
  return {
    ...httpGateway({ name: reversed ? "cybersource_reversed" : "cybersource", standIn, config: { reverse: reversed },
      type: "connector.cybersource.sale", acts: /\/payments$/,
      connection: cybersourceConnection(standIn.url),
      input: { customer_id: demoCustomer, amount, code: "=trigger.body.id", currency: "USD" } }),
    declined: "2402.00",
    taken: () => count([...system.books.movements.values()].filter((each) =>
      each.reason === "" && !each.voided && !each.reversed), (each) => each.code, (each) => each.amount),
    balance: () => system.books.balance(),
  };
}

/** Given back out of one large sale. */
async function refunds(): Promise<Gateway> {
  const { system, standIn } = await openCybersource();
  seedCybersource(system);
  const { made } = system.books.pay(true, { code: "LARGE", reference: "", user: "", amount: 10n ** 14n,
    currency: "USD", customer: demoCustomer });
  return {
    ...httpGateway({ name: "cybersource_refunds", standIn, type: "connector.cybersource.refund_payment",
      acts: /\/refunds$/, connection: cybersourceConnection(standIn.url),
      input: { payment_id: made.id, amount, code: "=trigger.body.id", currency: "USD" } }),
    taken: () => count([...system.books.movements.values()].filter((each) => each.kind === "refunds"),
      (each) => each.code, (each) => each.amount),
    balance: () => 10n ** 14n - system.books.balance(),
  };
}

/** Taken in parts out of one large authorization, and voided where nobody knows. */
async function captures(): Promise<Gateway> {
  const { system, standIn } = await openCybersource();
  seedCybersource(system);
  const { made } = system.books.pay(false, { code: "LARGE", reference: "", user: "", amount: 10n ** 14n,
    currency: "USD", customer: demoCustomer });
  return {
    ...httpGateway({ name: "cybersource_captures", standIn, type: "connector.cybersource.capture",
      acts: /\/captures$/, config: { reverse: true }, connection: cybersourceConnection(standIn.url),
      input: { payment_id: made.id, amount, code: "=trigger.body.id", currency: "USD" } }),
    taken: () => count([...system.books.movements.values()].filter((each) => each.kind === "captures" && !each.voided),
      (each) => each.code, (each) => each.amount),
    balance: () => system.books.balance(),
  };
}

function dynamics(url: string): object {
  return { connector: "dynamics365", allow: "127.0.0.1", secrets: { client_secret: { env: "ERP_SECRET" } },
    settings: { resource: url, authority: url, tenant: demoClient.tenant, client_id: demoClient.id } };
}

async function dataverse(): Promise<Gateway> {
  const { system, standIn } = await openDynamics365();
  const made = (): JsonObject[] => standIn.ledger.of("new_payments").filter((entry) => entry.did === "upsert_create")
    .map((entry) => entry.row);
  const gateway = httpGateway({ name: "dataverse", standIn, type: "connector.dynamics365.create_payment",
    acts: /new_payments\(/, connection: dynamics(standIn.url),
    input: { transaction_id: "=trigger.body.id", amount, currency: "USD" } });
  return {
    ...gateway,
    proof: (shown) => outputOf(shown, "sale").duplicate === true ? "under its number" : gateway.proof(shown),
    taken: () => count(made(), (row) => scalar(row.new_paytracetransactionid), (row) => cents(row.new_amount) ?? 0n),
    balance: () => [...system.dataverse.table("new_payments").rows.values()].reduce((sum, row) =>
      sum + (cents(row.values.new_amount) ?? 0n), 0n),
  };
}

async function finance(): Promise<Gateway> {
  const { system, standIn } = await openDynamics365();
  const journal = { dataAreaId: "usmf", JournalBatchNumber: "00001" };
  system.finance.table("CustomerPaymentJournalHeaders").insert({ ...journal, JournalName: "CustPay", IsPosted: "No" });
  const rows = (): JsonObject[] =>
    [...system.finance.table("CustomerPaymentJournalLines").rows.values()].map((row) => row.values);
  return {
    ...httpGateway({ name: "finance", standIn, type: "connector.dynamics365.add_payment_journal_line",
      acts: /JournalLines$/, connection: dynamics(standIn.url),
      input: { ...journal, AccountType: "Cust", AccountDisplayValue: "CUST-1001", TransactionDate: "2026-11-21",
        CreditAmount: amount, CurrencyCode: "USD", PaymentReference: "=trigger.body.id" } }),
    taken: () => count(rows(), (row) => scalar(row.PaymentReference), (row) => cents(row.CreditAmount) ?? 0n),
    balance: () => rows().reduce((sum, row) => sum + (cents(row.CreditAmount) ?? 0n), 0n),
  };
}

function shop(url: string): object {
  return { connector: "shopify", allow: "127.0.0.1", secrets: { client_secret: { env: "SHOP_SECRET" } },
    settings: { shop: url, client_id: demoShop.id }, limits: { requests: 1000, per: "1s", burst: 1000 } };
}

async function shopify(): Promise<Gateway> {
  const { system, standIn } = await openShopify();
  const order = system.seed({ total_price: "100000000.00" });
  const made = (): JsonObject[] => standIn.ledger.of("transactions").map((entry) => entry.row);
  return {
    ...httpGateway({ name: "shopify", standIn, type: "connector.shopify.create_transaction",
      acts: /transactions\.json$/,
      connection: shop(standIn.url),
      input: { order_id: order, kind: "sale", amount: "=trigger.body.amount", currency: "USD",
        authorization: "=trigger.body.id" } }),
    taken: () => count(made(), (row) => scalar(row.authorization), (row) => cents(row.amount) ?? 0n),
    balance: () => made().reduce((sum, row) => sum + (cents(row.amount) ?? 0n), 0n),
  };
}

/** Given back out of one large sale. */
async function shopifyRefunds(): Promise<Gateway> {
  const { system, standIn } = await openShopify();
  const order = system.seed({ total_price: "100000000.00" });
  const sale = system.pay(order, "100000000.00");
  const made = (): JsonObject[] => standIn.ledger.of("refunds").map((entry) => entry.row);
  const sumOf = (row: JsonObject): bigint => (Array.isArray(row.transactions) ? row.transactions : [])
    .reduce((sum: bigint, each) => sum + (isObject(each) ? cents(each.amount) ?? 0n : 0n), 0n);
  return {
    ...httpGateway({ name: "shopify_refunds", standIn, type: "connector.shopify.create_refund",
      acts: /refunds\.json$/, connection: shop(standIn.url),
      input: { order_id: order, currency: "USD", note: "=trigger.body.id",
        transactions: [{ parent_id: `=decimal('${sale}')`, amount: "=trigger.body.amount", kind: "refund" }] } }),
    taken: () => count(made(), (row) => scalar(row.note), sumOf),
    balance: () => made().reduce((sum, row) => sum + sumOf(row), 0n),
  };
}

/** Entered through ctAPI's screens. */
async function dynamicsSL(): Promise<Gateway> {
  const { system, standIn } = await openDynamicsSL();
  seedSL(system);
  system.books.invoice("C300", "999999", 10n ** 14n);
  const made = (): { user1: string; amount: bigint }[] =>
    system.books.documents.filter((one) => one.docType === "PA");
  return {
    ...httpGateway({ name: "dynamics_sl", standIn, type: "", connection: {}, input: {}, acts: /paymentEntry/ }),
    path: "sl", flow: slFlow({ retry, timeout: "1s", customer: "C300", invoice: "999999" }),
    files: slFiles(standIn.url),
    proof: (shown) => {
      const result = outputOf(shown, "add");
      return Object.keys(result).length > 0 ? "made" : "";
    },
    taken: () => count(made(), (one) => one.user1, (one) => one.amount),
    balance: () => 10n ** 14n - (system.books.find("IN", "999999")?.balance ?? 0n),
  };
}

/** Faults hit each COMMIT, and what the database itself does is its fault: killed there, a deadlock. */
async function sage500(): Promise<Gateway> {
  const sage = await Sage500.open(gatewaySecrets.SAGE_PASSWORD);
  const connection = { connector: "sage500", settings: { driver: "PostgreSQL Unicode", host: "127.0.0.1",
    port: String(sage.door.port), database: "postgres", user: "weft", tls: "off", company: "SOA",
    query_timeout: "1s" }, secrets: { password: { env: "SAGE_PASSWORD" } } };
  const session = { id: "session", type: "connector.sage500.new_session", connection: "pay", retry,
    config: { input: {} } };
  const rows = (sql: string): string[][] => sage.ask(sql).split("\n").filter((row) => row !== "")
    .map((row) => row.split("|"));
  return {
    name: "sage500", path: "sale/sage500", kinds: cuts.length,
    flow: flowOf("sale/sage500", "connector.sage500.enter_receipt", { session: "=steps.session.session",
      customer: "CUST-0001", day: "2026-11-21", amount, currency: "USD", reference: "=trigger.body.id" }, [session]),
    files: { "connections.json": { weft: 1, connections: { pay: connection } } },
    spoil: (chance, state) => {
      const spoiled: Spoiled = { hits: new Map(), acted: 0 };
      const { hits } = spoiled;
      sage.door.lot = () => {
        spoiled.acted += 1;
        const kind = cuts[Math.floor(random(state) / chance)];
        if (kind !== undefined) hits.set(kind, (hits.get(kind) ?? 0) + 1);
        return kind;
      };
      return spoiled;
    },
    calm: () => { sage.door.lot = () => undefined; },
    proof: (shown) => scalar(outputOf(shown, "sale").status) === "1" ? "booked" : "",
    // A receipt that is sent twice under two sessions is refused by Sage as a duplicate: that is twice, too.
    taken: () => new Map(rows("SELECT reference, count(*) + (SELECT count(*) FROM tdmMigrationLogWrk l "
      + "WHERE l.EntityID = reference AND l.Duplicate = 1), round(sum(amount) * 100) FROM books.entry "
      + "WHERE did = 'receipt' GROUP BY 1").map(([reference = "", times, sum]) =>
      [reference, { times: Number(times), amount: BigInt(sum ?? "0") }])),
    balance: () => BigInt(sage.ask("SELECT coalesce(round(sum(TranAmt) * 100), 0) FROM tarCustPmt")),
    close: () => sage.close(),
  };
}

export function openGateways(): Promise<Gateway[]> {
  return Promise.all([paytrace("v1"), paytrace("v3"), paytraceRefunds(), paytraceChecks(), cybersource(false),
    cybersource(true), refunds(), captures(), dataverse(), finance(), shopify(), shopifyRefunds(), dynamicsSL(),
    sage500()]);
}
