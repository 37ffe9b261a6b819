// The stand-ins of tests/systems, as far as browser tests need them: the gateway and the ERP of one
// pairing, and a template of flows/ between them.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const PASSWORD = "canary-paytrace-api-5c0ffee1";
const SECRET = "canary-erp-client-secret-0123456789";

interface StandIn {
  url: string;
  close: () => Promise<void>;
}
interface Gateway {
  books: {
    pay: (type: string, order: object) => { id: number };
    settle: () => void;
  };
}
interface Erp {
  seed: (table: string, row: object) => void;
}
interface Systems {
  openPayTrace: (options: object) => Promise<{ system: Gateway; standIn: StandIn }>;
  seedPayTrace: (gateway: Gateway) => void;
  openDynamics365: (options: object) => Promise<{ system: Erp; standIn: StandIn }>;
  Numeral: new (digits: string) => object;
}

export interface Pairing {
  gateway: Gateway;
  erp: Erp;
  /** For the program: where the stand-ins are, and their secrets. */
  env: Record<string, string>;
  number: (digits: string) => object;
  close: () => Promise<void>;
}

export async function openPairing(): Promise<Pairing> {
  const systems: Systems = Object.assign(
    {},
    ...(await Promise.all(
      ["paytrace/paytrace.ts", "dynamics365/dynamics365.ts", "lib/json.ts"].map(
        (file) => import(join(ROOT, "tests/systems", file)),
      ),
    )),
  );
  const pay = await systems.openPayTrace({ password: PASSWORD });
  const erp = await systems.openDynamics365({ clientSecret: SECRET });
  systems.seedPayTrace(pay.system);
  return {
    gateway: pay.system,
    erp: erp.system,
    env: {
      WEFT_DEMO_PAYTRACE_URL: pay.standIn.url,
      WEFT_DEMO_PAYTRACE_PASSWORD: PASSWORD,
      WEFT_DEMO_ERP_URL: erp.standIn.url,
      WEFT_DEMO_ERP_SECRET: SECRET,
    },
    number: (digits) => new systems.Numeral(digits),
    close: async () => {
      await pay.standIn.close();
      await erp.standIn.close();
    },
  };
}

/** What is paid now is of this day in the books of the stand-ins. */
export const utcDay = (): string => new Date().toISOString().slice(0, 10);

export interface Payout {
  /** One is captured at the gateway; its id, under which the books may have it, too. */
  pay: (amount: bigint, order: string) => string;
  post: (id: string, amount: bigint, order: string) => void;
  /** What each of them costs from now on, in cents. */
  fee: (cents: bigint) => void;
  env: Record<string, string>;
  close: () => Promise<void>;
}

/** Cybersource, which tells its fees, and Dynamics SL. */
export async function openPayout(): Promise<Payout> {
  const [gateway, ledger, books] = await Promise.all(
    ["cybersource/cybersource.ts", "dynamics_sl/dynamics_sl.ts", "dynamics_sl/books.ts"].map(
      (file) => import(join(ROOT, "tests/systems", file)),
    ),
  );
  const { system: cyber, standIn: there } = await gateway.openCybersource();
  const { system: erp, standIn: here } = await ledger.openDynamicsSL();
  gateway.seedCybersource(cyber);
  cyber.reports.standing.add("Weft-Settlement");
  erp.books.customers.set("C300", { CustId: "C300", Name: "C300" });
  return {
    pay: (amount, code) => {
      const customer = gateway.demoCustomer;
      const order = { code, reference: "", user: "", amount, currency: "USD", customer };
      return cyber.books.pay(true, order).made.id;
    },
    post: (user1, amount, order) => {
      const refNbr = String(erp.books.documents.length + 1).padStart(6, "0");
      const own = { refNbr, batNbr: refNbr, custId: "C300", amount, balance: amount, user1 };
      const rest = { user2: "", perPost: books.periodOf(), date: utcDay(), order, released: true };
      erp.books.documents.push({ docType: "PA", ...own, ...rest });
    },
    fee: (cents) => {
      cyber.reports.fee = cents;
    },
    env: {
      WEFT_DEMO_CYBERSOURCE_URL: there.url,
      WEFT_DEMO_CYBERSOURCE_SECRET: gateway.demoAccount.secret,
      WEFT_DEMO_SL_URL: here.url,
      WEFT_DEMO_SL_PASSWORD: ledger.demo.password,
      WEFT_DEMO_SL_LICENSE: ledger.demo.license,
      WEFT_DEMO_SL_SITE_KEY: ledger.demo.siteKey,
    },
    close: async () => {
      await there.close();
      await here.close();
    },
  };
}

/** Puts a template, with what it shares with others, among the flows; its clock is UTC. */
export function takeTemplate(flows: string, name: string): void {
  cpSync(join(ROOT, "flows", name), join(flows, name), { recursive: true });
  cpSync(join(ROOT, "flows/common"), join(flows, "common"), { recursive: true });
  const file = join(flows, name, "flow.json");
  const text = readFileSync(file, "utf8").replaceAll('"America/New_York"', '"UTC"');
  writeFileSync(file, text);
}
