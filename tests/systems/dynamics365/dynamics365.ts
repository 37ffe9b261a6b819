// Microsoft Dynamics 365 as one stand-in: Entra ID's token end point, the Dataverse Web API below /api/data/v9.2/ and
// Finance & Operations below /data/, behind one address.
import { type JsonObject, Numeral } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";
import { Dataverse } from "./dataverse.ts";
import { Entra } from "./entra.ts";
import { codes, dataverseAnswer, ODataError } from "./errors.ts";
import { Finance } from "./finance.ts";
import type { Row } from "./table.ts";

const dataverseRoot = /^\/api\/data\/v9\.[0-2]\//;
const financeRoot = "/data/";

export interface Dynamics365Options extends StandInOptions {
  tenant?: string;
  clientId?: string;
  clientSecret?: string;
  lifetime?: number; // of a token, in seconds
  now?: () => number; // wall clock, in milliseconds
  company?: string;
  requestLimit?: number; // service protection: requests in 300 s; absent: none
}

export const demoClient = { tenant: "contoso", id: "5f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10", secret: "demo-erp-secret" };

// The three limits of service protection; refusals name them in turn.
const protections = [
  [codes.requests, "Number of requests exceeded the limit of 6000 over time window of 300 seconds."],
  [codes.execution, "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time "
    + "window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again "
    + "later."],
  [codes.concurrent, "Number of concurrent requests exceeded the limit of 52."],
] as const;

export class Dynamics365 implements System {
  readonly entra: Entra;
  readonly dataverse: Dataverse;
  readonly finance: Finance;
  readonly #requestLimit: number | undefined;
  #refused = 0;
  #window: number[] = []; // times of the last 300 s

  constructor(ledger: Ledger, options: Dynamics365Options) {
    this.entra = new Entra({
      tenants: [options.tenant ?? demoClient.tenant, "3b1f9d2e-7c47-4c55-8a35-1f2d3c4b5a69"],
      clients: { [options.clientId ?? demoClient.id]: options.clientSecret ?? demoClient.secret },
      lifetime: options.lifetime ?? 3599,
      now: options.now ?? Date.now,
      knownResource: (resource) => forDataverse(resource) || forFinance(resource),
    });
    this.dataverse = new Dataverse(ledger);
    this.finance = new Finance(ledger, options.company ?? "usmf");
    this.#requestLimit = options.requestLimit;
  }

  async answer(ask: Ask): Promise<Answer> {
    if (/^\/[^/]+\/oauth2\//.test(ask.path)) return this.entra.answer(ask);
    const base = `http://${ask.headers.host ?? "127.0.0.1"}`;
    const root = dataverseRoot.exec(ask.path)?.[0] ?? (ask.path.startsWith(financeRoot) ? financeRoot : undefined);
    if (root === undefined)
      return { status: 404, body: { error: { code: "", message: "There is no such service." } } };
    const isFinance = root === financeRoot;
    const audience = isFinance ? forFinance : forDataverse;
    if (!await this.entra.accepts(ask.headers.authorization, audience))
      return unauthorized(base);
    if (this.#overLimit()) return this.throttled(30);
    const path = ask.path.slice(root.length);
    return isFinance ? this.finance.answer(ask, path, base + root) : this.dataverse.answer(ask, path, base + root);
  }

  throttled(seconds: number): Answer {
    const [code, text] = protections[this.#refused++ % protections.length] ?? protections[0];
    const answer = dataverseAnswer(new ODataError(429, code, text));
    const headers = { "retry-after": String(seconds), "x-ms-ratelimit-burst-remaining-xrm-requests": "0" };
    return { ...answer, headers };
  }

  expireTokens(): void {
    this.entra.expireTokens();
  }

  #overLimit(): boolean {
    if (this.#requestLimit === undefined) return false;
    const now = Date.now();
    this.#window = this.#window.filter((at) => at > now - 300_000);
    if (this.#window.length >= this.#requestLimit) return true;
    this.#window.push(now);
    return false;
  }

  /** A row that is there from the start; it is no entry of the ledger. */
  seed(set: string, values: JsonObject): string {
    const table = this.dataverse.tables.get(set) ?? this.finance.table(set);
    return table.insert(values).id;
  }

  /** A person changes a row: change tracking tells of it. */
  change(set: string, row: Row, values: JsonObject): void {
    const table = this.dataverse.table(set);
    table.update(row, values);
    this.dataverse.tracking.note(set, row.id, false);
  }
}

function isLocal(resource: string): boolean {
  return /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/?$/.test(resource);
}

// Dataverse's audience may end with a slash, Finance & Operations' may not.
function forDataverse(resource: string): boolean {
  return isLocal(resource) || /^https:\/\/[\w-]+(\.api)?\.crm\d*\.dynamics\.com\/?$/.test(resource);
}

function forFinance(resource: string): boolean {
  return isLocal(resource) || /^https:\/\/[\w-]+(\.sandbox)?\.operations\.dynamics\.com$/.test(resource);
}

function unauthorized(base: string): Answer {
  return {
    status: 401,
    headers: { "www-authenticate": `Bearer authorization_uri=${base}/${demoClient.tenant}/oauth2/authorize, `
      + `resource_id=${base}/` },
  };
}

/** What every demo and test begins with: two customers and three open invoices. */
export function seedDemo(system: Dynamics365): void {
  for (const [accountnumber, name] of [["CUST-1001", "Fabrikam"], ["CUST-1002", "Adventure Works"]] as const) {
    system.seed("accounts", { accountnumber, name });
    system.seed("CustomersV3", { dataAreaId: "usmf", CustomerAccount: accountnumber, OrganizationName: name });
  }
  for (const [invoicenumber, name, total] of [
    ["ORD-5001", "Paper", "100.10"], ["ORD-5002", "Ink", "250.00"], ["ORD-5003", "Desk", "1299.95"],
  ] as const)
    system.seed("invoices", { invoicenumber, name, totalamount: new Numeral(total) });
}

export async function openDynamics365(options: Dynamics365Options = {}): Promise<{
  system: Dynamics365; standIn: StandIn;
}> {
  const ledger = options.ledger ?? new Ledger();
  const system = new Dynamics365(ledger, options);
  const standIn = await StandIn.open(system, { ...options, ledger });
  return { system, standIn };
}
