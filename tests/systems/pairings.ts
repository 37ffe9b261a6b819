// The systems of a whole pairing, with something in their books that belongs together, and what is typed into the forms
// of their connections.
import { demoAccount, demoCustomer, openCybersource, seedCybersource } from "./cybersource/cybersource.ts";
import { demoClient, openDynamics365, seedDemo } from "./dynamics365/dynamics365.ts";
import { demo as demoSL, type DynamicsSL, openDynamicsSL, seedSL } from "./dynamics_sl/dynamics_sl.ts";
import { enterInSage, ledgerOfDynamics365, ledgerOfSage, ledgerOfSL } from "./ledgers.ts";
import { number, Numeral } from "./lib/json.ts";
import { money } from "./lib/money.ts";
import { demoMail, type MailStandIn, openMail } from "./mail/mail.ts";
import { demoUser, openPayTrace, type PayTrace, seedPayTrace } from "./paytrace/paytrace.ts";
import { Sage500 } from "./sage500/sage500.ts";
import { demoShop as hookShop, openShop } from "./shop/shop.ts";
import { demoShop, openShopify } from "./shopify/shopify.ts";

/** What a connection asks, by the labels of its form. */
export interface Form {
  system: string;
  of?: string; // of which of several connections to this system it is the answer
  fields: Record<string, string>;
}

export interface Pairing {
  forms: Form[];
  /** Something was sold: a line that says what. */
  sell: () => string;
  /** Something was paid that no book knows of: a line that says what. */
  stray: () => string;
  /** The gateway pays out what was sold; a line that says what. */
  settle: () => string;
  /** What stands in the general ledger: a line. */
  ledger: () => string;
  /** Somebody enters a journal by hand, where there is no other way: a line that says what became of it. */
  enter?: (words: string) => string;
  /** Where a person sees the mails that were sent. */
  mails?: string;
  close: () => Promise<void>;
}

interface Open { close: () => Promise<void> }

const local = { "Private addresses that it may reach": "127.0.0.1" };

function payTraceForm(url: string): Form {
  return { system: "PayTrace", fields: { "API address": url, "API user": demoUser.name,
    "API password": demoUser.password, "Integrator id": "9999Weft0001", ...local } };
}

function slForms(url: string): Form[] {
  return [
    { system: "Microsoft Dynamics SL", fields: { "Server": url, "User": demoSL.user, "Password": demoSL.password,
      "Company": demoSL.company, ...local } },
    { system: "Any system over HTTP", of: "ctAPI's SOAP services", fields: {
      "Address": `${url}/ctapi/services/ctDynamicsSL`, "license_key": demoSL.license, "site_key": demoSL.siteKey,
      ...local } },
  ];
}

function mailForm({ url, certificate }: MailStandIn): Form {
  return { system: "Mail server (SMTP)", fields: { "Address": url, "User": demoMail.user,
    "Password": demoMail.password, "CA file": certificate, ...local } };
}

async function closeAll(all: Open[]): Promise<void> {
  for (const each of all) await each.close();
}

/** The number of the next sale: what is in the books from the start is not taken for it. */
function counter(first: number): () => number {
  let last = first - 1;
  return () => { last += 1; return last; };
}

function paidOut(gateway: PayTrace): string {
  const before = gateway.books.batches.length;
  gateway.books.settle();
  return gateway.books.batches.length > before ? `batch ${gateway.books.batches.length} is paid out`
    : "there is nothing to pay out";
}

/** Of more than one person may explain away by himself; by its last digits one is told from another. */
function strayed(gateway: PayTrace, no: number): string {
  const amount = 125_000n + BigInt(no);
  const sale = gateway.books.pay("SALE", { customer: "CUST-1001", amount, texts: { invoice_id: `COUNTER-${no}` } });
  return `sale ${sale.id}: ${money(amount)} for COUNTER-${no}, which is no invoice`;
}

function customerOf(erp: DynamicsSL, id: string): void {
  erp.books.customers.set(id, { CustId: id, Name: id });
}

async function dynamics365AndPayTrace(): Promise<Pairing> {
  const { system: gateway, standIn: pay } = await openPayTrace();
  const { system: erp, standIn: there } = await openDynamics365({ clientSecret: demoClient.secret });
  seedPayTrace(gateway);
  seedDemo(erp);
  const mail = await openMail();
  const usd = erp.seed("transactioncurrencies", { isocurrencycode: "USD" });
  const next = counter(1);
  return {
    forms: [
      { system: "Microsoft Dynamics 365", fields: { "Environment URL": there.url, "Sign-in service": there.url,
        "Directory (tenant) id": demoClient.tenant, "Application (client) id": demoClient.id,
        "Client secret": demoClient.secret, ...local } },
      payTraceForm(pay.url), mailForm(mail),
    ],
    mails: mail.page,
    sell: () => {
      const no = next();
      const amount = BigInt(no) * 111n;
      erp.seed("invoices", { invoicenumber: `INV-${no}`, totalamount: new Numeral(money(amount)), statecode: number(0),
        statuscode: number(4), _transactioncurrencyid_value: usd });
      const sale = gateway.books.pay("SALE", { customer: "CUST-1001", amount, texts: { invoice_id: `INV-${no}` } });
      return `sale ${sale.id}: ${money(amount)} for the invoice INV-${no}`;
    },
    stray: () => strayed(gateway, next()),
    settle: () => paidOut(gateway),
    ledger: () => ledgerOfDynamics365(erp),
    close: () => closeAll([pay, there, mail]),
  };
}

async function dynamicsSLAndPayTrace(): Promise<Pairing> {
  const { system: gateway, standIn: pay } = await openPayTrace();
  const { system: shop, standIn: store } = await openShopify();
  const { system: erp, standIn: there } = await openDynamicsSL();
  seedPayTrace(gateway);
  for (const id of ["C300", "CARDSALES"]) customerOf(erp, id);
  const next = counter(1001);
  return {
    forms: [
      ...slForms(there.url),
      { system: "Shopify", fields: { "Store": store.url, "Client id": demoShop.id, "Client secret": demoShop.secret,
        ...local } },
      payTraceForm(pay.url),
    ],
    sell: () => {
      const name = String(next());
      const amount = BigInt(name) * 11n;
      shop.seed({ name: `#${name}`, total_price: money(amount), financial_status: "paid" });
      erp.books.invoice("C300", name.padStart(6, "0"), amount, `#${name}`);
      const sale = gateway.books.pay("SALE", { customer: "CUST-1001", amount, texts: { invoice_id: name } });
      return `sale ${sale.id}: ${money(amount)} for the order #${name}, invoice ${name.padStart(6, "0")}`;
    },
    stray: () => strayed(gateway, next()),
    settle: () => paidOut(gateway),
    ledger: () => ledgerOfSL(erp),
    close: () => closeAll([pay, store, there]),
  };
}

async function sage500AndPayTrace(): Promise<Pairing> {
  const { system: gateway, standIn: pay } = await openPayTrace();
  const password = "demo-sage";
  const sage = await Sage500.open(password);
  const mail = await openMail();
  seedPayTrace(gateway);
  const next = counter(2001);
  const today = new Date().toISOString().slice(0, 10);
  return {
    forms: [
      { system: "Sage 500", fields: { "Host": "127.0.0.1", "User": "weft", "Password": password, "TLS": "off",
        "Driver": "PostgreSQL Unicode", "Port": String(sage.door.port), "Database": "postgres", "Company": "SOA",
        ...local } },
      payTraceForm(pay.url), mailForm(mail),
    ],
    mails: mail.page,
    sell: () => {
      const no = next();
      const amount = money(BigInt(no) * 7n);
      sage.ask(`INSERT INTO tarInvoice
        (InvcKey, CompanyID, TranID, TranNo, TranDate, CustKey, CurrID, TranAmt, Balance) VALUES
        (${no}, 'SOA', '000000${no}-IN', '000000${no}', '${today}', 7, 'USD', ${amount}, ${amount})`);
      const sale = gateway.books.pay("SALE", { customer: "CUST-1001", amount: BigInt(no) * 7n,
        texts: { invoice_id: String(no) } });
      return `sale ${sale.id}: ${amount} for the invoice 000000${no}`;
    },
    stray: () => strayed(gateway, next()),
    settle: () => paidOut(gateway),
    ledger: () => ledgerOfSage(sage),
    enter: (words) => enterInSage(sage, words),
    close: () => closeAll([pay, sage, mail]),
  };
}

async function dynamicsSLAndCybersource(): Promise<Pairing> {
  const { system: gateway, standIn: cyber } = await openCybersource();
  const { standIn: shop } = await openShop();
  const { system: erp, standIn: there } = await openDynamicsSL();
  const mail = await openMail();
  seedCybersource(gateway);
  seedSL(erp);
  gateway.reports.standing.add("Weft-Settlement");
  const next = counter(1);
  return {
    forms: [
      { system: "Cybersource", fields: { "Which Cybersource": "custom", "Merchant id": demoAccount.merchant,
        "Key id": demoAccount.keyId, "Shared secret": demoAccount.secret, "Another address": cyber.url, ...local } },
      ...slForms(there.url),
      { system: "Any system over HTTP", of: "The shop's API", fields: { "Address": shop.url, "Token": hookShop.token,
        ...local } },
      mailForm(mail),
    ],
    mails: mail.page,
    sell: () => `orders come from the shop: its secret of webhooks is ${hookShop.secret}`,
    stray: () => {
      const code = `COUNTER-${next()}`;
      const { made } = gateway.books.pay(true, { code, reference: "", user: "", amount: 125_001n, currency: "USD",
        customer: demoCustomer });
      return `sale ${made.id}: 1250.01 for ${code}, which is no order`;
    },
    settle: () => "Cybersource makes its reports every day by itself",
    ledger: () => ledgerOfSL(erp),
    close: () => closeAll([cyber, shop, there, mail]),
  };
}

export const pairings: Record<string, () => Promise<Pairing>> = {
  "dynamics365-paytrace": dynamics365AndPayTrace,
  "dynamics-sl-paytrace": dynamicsSLAndPayTrace,
  "sage500-paytrace": sage500AndPayTrace,
  "dynamics-sl-cybersource": dynamicsSLAndCybersource,
};
