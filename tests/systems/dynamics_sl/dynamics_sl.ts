// Microsoft Dynamics SL behind Catalina's ctAPI, as one stand-in: SOAP below /ctapi/services/ctDynamicsSL/, the current
// REST below /ctDynamicsSL/api/, and the older REST of payment entry below /ctDynamicsSLAPI/api/. Where the sheet is
// uncertain there is an option.
import { type JsonObject, Numeral, isObject, readJson, scalar } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { cents } from "../lib/money.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";
import { Books, type Document, type Memo, type Payment, periodOf, Refused } from "./books.ts";
import { checkOrder, type Field, readTypes, space, writeRecord } from "./catalogue.ts";
import { fieldsOf, journalLines, readJournal, readMemo, readPayment } from "./screens.ts";
import { docFields, padded, quickQuery, writeDataSet } from "./views.ts";
import { type Call, escape, get, isXml, readCall, text, writeEnvelope, writeFault, type Xml } from "./xml.ts";

export const demo = {
  license: "canary-license-51c7", siteKey: "canary-site-key-9e2b", site: "DEFAULT", company: "0060",
  user: "api", password: "canary-sl-password-77aa", apiKey: "canary-sl-apikey", apiSecret: "canary-sl-apisecret",
};

const denied: Answer = { status: 401, body: { Message: "Authorization has been denied" } };
const soapRoot = "/ctapi/services/ctDynamicsSL/";
const restRoot = "/ctDynamicsSL/api/";
const oldRoot = "/ctDynamicsSLAPI/api/accountsReceivable/paymentEntry/";

export interface DynamicsSLOptions extends StandInOptions {
  loginAsFault?: boolean; // a wrong key is a fault, else an errorMessage (the sheet does not know)
}

export class DynamicsSL implements System {
  readonly books: Books;
  readonly #types = new Map<string, Map<string, Field[]>>();
  readonly #options: DynamicsSLOptions;
  #customers = 0;

  constructor(ledger: Ledger, options: DynamicsSLOptions) {
    this.books = new Books(ledger);
    this.#options = options;
    for (const service of ["paymentEntry", "paymentApplication", "invoiceAndMemo", "journalTransactions"])
      this.#types.set(service, readTypes(service));
    this.#types.set("quickQuery", new Map());
  }

  answer(ask: Ask): Promise<Answer> {
    if (ask.path.startsWith(soapRoot)) return Promise.resolve(this.#soap(ask, ask.path.slice(soapRoot.length)));
    if (ask.path.startsWith(oldRoot)) return Promise.resolve(this.#old(ask, ask.path.slice(oldRoot.length)));
    if (ask.path.startsWith(restRoot)) return Promise.resolve(this.#rest(ask, ask.path.slice(restRoot.length)));
    return Promise.resolve({ status: 404, text: "<html>404</html>", headers: { "content-type": "text/html" } });
  }

  throttled(seconds: number): Answer {
    return { status: 503, headers: { "retry-after": String(seconds) } };
  }

  expireTokens(): void { /* there are none */ }

  // ---- SOAP

  #soap(ask: Ask, path: string): Answer {
    const xml = (status: number, content: string): Answer =>
      ({ status, text: content, headers: { "content-type": "text/xml; charset=utf-8" } });
    const service = path.replace(/\.asmx$/, "");
    const types = this.#types.get(service);
    if (types === undefined) return xml(404, writeFault("Client", "There is no such service"));
    try {
      const call = readCall(ask.body);
      const operation = call.operation.startsWith(`{${space}}`) ? call.operation.slice(space.length + 2) : "";
      if (ask.headers.soapaction !== `"${space}/${operation}"`)
        return xml(500, writeFault("Client", "Server did not recognize the value of HTTP Header SOAPAction"));
      if (!/^text\/xml; ?charset=utf-8$/i.test(ask.headers["content-type"] ?? ""))
        return xml(415, writeFault("Client", "The content type is not text/xml"));
      const refused = this.#signIn(call);
      if (refused !== undefined && this.#options.loginAsFault !== false)
        return xml(500, writeFault("Server", `System.Web.Services.Protocols.SoapException: ${refused}`));
      return xml(200, writeEnvelope(this.#operation(types, service, operation, call.message, refused)));
    } catch (reason) {
      return xml(500, writeFault("Client", reason instanceof Error ? reason.message : "?"));
    }
  }

  #signIn(call: Call): string | undefined {
    const header = get(call.header, space, "ctDynamicsSLHeader");
    if (text(header, space, "licenseKey") !== demo.license) return "The license key is not valid";
    if (text(header, space, "siteKey") !== demo.siteKey || text(header, space, "siteID") !== demo.site)
      return "The site key is not valid";
    return text(header, space, "cpnyID") === demo.company ? undefined : "The company does not exist";
  }

  #operation(types: Map<string, Field[]>, service: string, operation: string, message: Xml,
    refused: string | undefined): string {
    const docType = service === "invoiceAndMemo" ? "IN" : "PA";
    const wrap = (content: string): string =>
      `<${operation}Response xmlns="${space}"><${operation}Result>${content}</${operation}Result>`
      + `</${operation}Response>`;
    const record = (type: string, given: Record<string, string>): string => writeRecord(types, type, given);
    const arg = (name: string): string => text(message, space, name).trim();
    if (service === "quickQuery") return wrap(this.#dataSet(operation, message, refused));
    if (service === "journalTransactions") return wrap(this.#journals(types, operation, message, refused));
    switch (operation) {
      case "getScreenByBatNbr":
        return wrap(this.#screenOf(types, arg("batNbr"), refused));
      case "getNewscreen":
        return wrap(`<errorMessage>${escape(refused ?? "")}</errorMessage><myBatch>`
          + record("Batch", { CpnyID: demo.company, Module: "AR", Status: "H", PerPost: periodOf() })
          + "</myBatch><myARDoc>" + record("ARDoc", { CpnyID: demo.company, DocType: docType, PerPost: periodOf() })
          + "</myARDoc><myARTran />");
      case "getNewARDoc":
        return wrap(record("ARDoc", { CpnyID: demo.company, DocType: docType, PerPost: periodOf(),
          CustId: text(get(message, space, "inTemplate"), space, "CustId") }));
      case "getNewARTran":
        return wrap(record("ARTran", { CpnyID: demo.company, TranType: docType,
          CustId: text(get(message, space, "inTemplate"), space, "CustId") }));
      case "editScreen":
        return wrap(this.#editScreen(types, service, arg("actionType"), get(message, space, "inScreen"), refused));
      case "applyPayment":
        return wrap(this.#applyPayment(arg, refused));
      case "getOpenInvoices":
        return wrap(this.books.openInvoices(arg("custID"))
          .filter((one) => arg("refNbr") === "" || one.refNbr === arg("refNbr"))
          .map((one) => `<ARDoc>${record("ARDoc", docFields(one))}</ARDoc>`).join(""));
      case "searchInvoiceAndMemo":
        return wrap(this.#search(types, message));
      default:
        throw new Error(`there is no operation ${operation}`);
    }
  }

  /** A screen that was saved: batch and document. */
  #screenOf(types: Map<string, Field[]>, batNbr: string, refused: string | undefined): string {
    const found = this.books.documents.find((one) => one.batNbr === batNbr && one.docType !== "IN");
    const said = refused ?? (found === undefined ? `Batch ${batNbr} does not exist` : "");
    return `<errorMessage>${escape(said)}</errorMessage><myBatch>`
      + writeRecord(types, "Batch", { CpnyID: demo.company, Module: "AR", BatNbr: found?.batNbr ?? "" })
      + `</myBatch><myARDoc>${writeRecord(types, "ARDoc", found === undefined ? {} : docFields(found))}</myARDoc>`;
  }

  #journals(types: Map<string, Field[]>, operation: string, message: Xml, refused: string | undefined): string {
    const screen = (said: string, batch: Record<string, string>, lines: Record<string, string>[] = []): string =>
      `<errorMessage>${escape(said)}</errorMessage><myBatch>${writeRecord(types, "Batch", batch)}</myBatch><myGLTran>`
      + lines.map((line) => `<GLTran>${writeRecord(types, "GLTran", line)}</GLTran>`).join("") + "</myGLTran>";
    const batch = { CpnyID: demo.company, Module: "GL", Status: "H", PerPost: periodOf() };
    const given = get(message, space, "inScreen");
    switch (operation) {
      case "getNewscreen": return screen(refused ?? "", batch);
      case "getNewGLTran": return writeRecord(types, "GLTran", { CpnyID: demo.company, TranType: "GL" });
      case "getScreenByBatNbr":
        return screen(refused ?? "", { ...batch, BatNbr: text(message, space, "batNbr").trim() });
      case "editScreen":
        checkOrder(types, "screen", given);
        return this.#saved((batNbr, said) => screen(said, { ...fieldsOf(get(given, space, "myBatch")), BatNbr: batNbr },
          journalLines(given)), refused, () => this.#editJournal(text(message, space, "actionType"), given));
      default: throw new Error(`there is no operation ${operation}`);
    }
  }

  /** Rows of a view as .NET writes a DataSet: its schema, then a diffgram. */
  #dataSet(operation: string, message: Xml, refused: string | undefined): string {
    if (operation !== "getScreen") throw new Error(`there is no operation ${operation}`);
    const given = get(get(message, space, "filters"), space, "queryFilter");
    const filters = (Array.isArray(given) ? given : [given]).filter(isXml).map((one) => ({
      name: text(one, space, "name"), value: text(one, space, "value"),
      comparisonType: text(one, space, "comparisonType") }));
    const answer = quickQuery(this.books, text(message, space, "queryViewName"), { filters });
    return writeDataSet(answer, refused);
  }

  #editJournal(action: string, screen: Xml): string {
    const batNbr = text(get(screen, space, "myBatch"), space, "BatNbr").trim();
    if (action === "RELEASENOW") this.books.releaseJournal(batNbr);
    else if (action !== "ADD") throw new Refused(`The action ${action} is not known`);
    else return this.books.enter(readJournal(screen)).batNbr;
    return batNbr;
  }

  /** What SL refuses stands in the answer's errorMessage. */
  #saved(answer: (batNbr: string, said: string) => string, refused: string | undefined, save: () => string): string {
    if (refused !== undefined) return answer("", refused);
    try {
      return answer(save(), "");
    } catch (reason) {
      if (reason instanceof Refused) return answer("", reason.message);
      throw reason;
    }
  }

  #editScreen(types: Map<string, Field[]>, service: string, action: string, screen: Xml,
    refused: string | undefined): string {
    const batch = get(screen, space, "myBatch");
    const answer = (message: string, batNbr = "", refNbr = ""): string =>
      `<errorMessage>${escape(message)}</errorMessage><myBatch>`
      + writeRecord(types, "Batch", { ...fieldsOf(batch), BatNbr: batNbr }) + "</myBatch><myARDoc>"
      + writeRecord(types, "ARDoc", { ...fieldsOf(get(screen, space, "myARDoc")), BatNbr: batNbr, RefNbr: refNbr })
      + "</myARDoc>";
    checkOrder(types, "screen", screen);
    if (refused !== undefined) return answer(refused);
    try {
      if (action === "RELEASENOW") {
        const batNbr = text(batch, space, "BatNbr").trim();
        this.books.release(batNbr);
        return answer("", batNbr);
      }
      if (action !== "ADD" && action !== "VALIDATEONLY") throw new Refused(`The action ${action} is not known`);
      const made = service === "invoiceAndMemo" ? this.#enterMemo(action, readMemo(screen))
        : this.#enterPayment(action, readPayment(screen));
      return answer("", made?.batNbr, made?.refNbr);
    } catch (reason) {
      if (reason instanceof Refused) return answer(reason.message);
      throw reason;
    }
  }

  #enterPayment(action: string, payment: Payment): Document | undefined {
    if (action === "ADD") return this.books.pay(payment);
    this.books.check(payment);
    return undefined;
  }

  #enterMemo(action: string, memo: Memo): Document | undefined {
    if (action === "ADD") return this.books.memo(memo);
    this.books.checkMemo(memo);
    return undefined;
  }

  #applyPayment(arg: (name: string) => string, refused: string | undefined): string {
    const answer = (code: number, message: string): string =>
      `<errorCode>${code}</errorCode><errorMessage>${escape(message)}</errorMessage>`;
    if (refused !== undefined) return answer(1, refused);
    try {
      if (arg("actionType") !== "ADD") throw new Refused("The action is not known");
      this.books.apply(arg("custID"), arg("paymentRefNbr"), arg("invoiceRefNbr"), cents(arg("applyAmount")) ?? 0n);
      return answer(0, "");
    } catch (reason) {
      if (reason instanceof Refused) return answer(1, reason.message);
      throw reason;
    }
  }

  #search(types: Map<string, Field[]>, message: Xml): string {
    const wanted = get(get(message, space, "parms"), space, "nameValuePairs");
    const pairs = Array.isArray(wanted) ? wanted : [wanted];
    const key = pairs.find((one) => text(one, space, "name") === "USER1");
    const user1 = text(key, space, "value");
    const docType = text(message, space, "docType");
    return this.books.documents
      .filter((one) => (docType === "" || one.docType === docType) && (user1 === "" || one.user1 === user1))
      .map((one) => `<ARDoc>${writeRecord(types, "ARDoc", docFields(one))}</ARDoc>`).join("");
  }

  // ---- REST as it is now

  #rest(ask: Ask, path: string): Answer {
    const wanted = `Basic ${Buffer.from(`${demo.user}:${demo.password}`).toString("base64")}`;
    if (ask.headers.authorization !== wanted) return denied;
    if (ask.headers.siteid !== demo.site || ask.headers.cpnyid !== demo.company)
      return { status: 400, body: { Message: "SiteID or CpnyID is not known" } };
    const query = /^quickQuery\/([\w]+)$/.exec(path)?.[1];
    if (query !== undefined && ask.method === "POST")
      return { status: 200, body: quickQuery(this.books, query, readJson(ask.body)) };
    const found = /^financial\/accountsReceivable\/customer(?:\/([^/]+))?$/.exec(path);
    if (found === null) return { status: 404, body: { Message: "No HTTP resource was found" } };
    const id = found[1] === undefined ? undefined : decodeURIComponent(found[1]);
    if (ask.method === "GET" && id !== undefined) {
      const customer = this.books.customers.get(id);
      return customer === undefined ? { status: 404, body: { Message: `Customer ${id} does not exist` } }
        : { status: 200, body: padded(customer) };
    }
    const body = readJson(ask.body);
    const given = isObject(body) && isObject(body.myCustomer) ? body.myCustomer : {};
    if (ask.method === "POST" && id === undefined) return this.#addCustomer(given);
    const customer = id === undefined ? undefined : this.books.customers.get(id);
    if (ask.method !== "PATCH" || id === undefined || customer === undefined)
      return { status: 404, body: { Message: "There is no such customer" } };
    Object.assign(customer, given);
    this.books.ledger.add("update", "customer", id, customer, Object.keys(given));
    return { status: 200, body: { myCustomer: padded(customer) } };
  }

  #addCustomer(given: JsonObject): Answer {
    this.#customers += 1;
    const id = typeof given.CustId === "string" ? given.CustId : `C${String(this.#customers).padStart(5, "0")}`;
    if (this.books.customers.has(id))
      return { status: 200, body: { errorMessage: `Customer ${id} already exists`, myCustomer: {} } };
    const row = { ...given, CustId: id };
    this.books.customers.set(id, row);
    this.books.ledger.add("create", "customer", id, row, Object.keys(given));
    return { status: 200, body: { errorMessage: "", myCustomer: padded(row) } };
  }

  // ---- REST of 2015: the screens of payment entry

  #old(ask: Ask, path: string): Answer {
    const wanted = Buffer.from(`${demo.apiKey},${demo.apiSecret}`).toString("base64");
    if (ask.headers.authorization !== wanted) return denied;
    const body = ask.body === "" ? {} : readJson(ask.body);
    const screen = isObject(body) ? body : {};
    if (ask.method === "POST" && path === "templates/getNewScreen")
      return { status: 200, body: { errorMessage: "", myBatch: { BatNbr: "", CuryCrTot: new Numeral("0") },
        myARDoc: { CustId: "", RefNbr: "", DocType: "PA", PerPost: periodOf() }, myARTran: [], batchNote: {},
        documentNote: {} } };
    if (ask.method === "POST" && path === "templates/getNewARTran")
      return { status: 200, body: { ...screen, TranType: "PA", CuryTranAmt: new Numeral("0"), TranDesc: "" } };
    if (path !== "screen" || (ask.method !== "POST" && ask.method !== "PUT"))
      return { status: 404, body: { Message: "No HTTP resource was found" } };
    const doc = isObject(screen.myARDoc) ? screen.myARDoc : {};
    if (ask.method === "POST")
      return { status: 200, body: { ...screen, errorMessage: this.books.customers.has(scalar(doc.CustId)) ? ""
        : `Customer ${scalar(doc.CustId)} does not exist` } };
    try {
      const lines = Array.isArray(screen.myARTran) ? screen.myARTran.filter(isObject) : [];
      const total = cents(isObject(screen.myBatch) ? screen.myBatch.CuryCrTot : undefined);
      const amount = cents(doc.CuryOrigDocAmt) ?? 0n;
      if (total !== amount) throw new Refused("The batch is out of balance");
      const made = this.books.pay({ custId: scalar(doc.CustId), amount, bankAcct: scalar(doc.BankAcct),
        perPost: scalar(doc.PerPost), user1: scalar(doc.User1),
        invoices: lines.map((one) => ({ refNbr: "", amount: cents(one.CuryTranAmt) ?? 0n })) });
      return { status: 200, body: { ...screen, errorMessage: "", myBatch: { BatNbr: made.batNbr },
        myARDoc: { ...doc, RefNbr: made.refNbr } } };
    } catch (reason) {
      if (reason instanceof Refused) return { status: 200, body: { ...screen, errorMessage: reason.message } };
      throw reason;
    }
  }
}

/** One customer with an invoice; what tests begin with. */
export function seedSL(system: DynamicsSL): void {
  for (const id of ["C300", "C301"]) {
    system.books.customers.set(id, { CustId: id, Name: id === "C300" ? "Fabrikam & Co" : "Adventure <Works>",
      ClassId: "TRADE", Terms: "30" });
    system.books.invoice(id, id === "C300" ? "000456" : "000457", 100_000_00n);
  }
}

export async function openDynamicsSL(options: DynamicsSLOptions = {}): Promise<{
  system: DynamicsSL; standIn: StandIn;
}> {
  const ledger = options.ledger ?? new Ledger();
  const system = new DynamicsSL(ledger, options);
  const standIn = await StandIn.open(system, { ...options, ledger });
  return { system, standIn };
}
