// A payment, and a credit memo, in Dynamics SL through ctAPI's SOAP services, as docs/CONNECTORS.md tells it: the empty
// screen, the filled screen, its release. The gateway's transaction id stands in User1, by which a lost answer is
// looked for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { space, wsdlFolder } from "../systems/dynamics_sl/catalogue.ts";
import { demo } from "../systems/dynamics_sl/dynamics_sl.ts";

const header = `<ctDynamicsSLHeader xmlns="${space}"><licenseKey>{{secret: license_key}}</licenseKey>`
  + "<licenseName>SIM</licenseName><licenseExpiration></licenseExpiration><softwareName>CTAPI</softwareName>"
  + `<siteID>${demo.site}</siteID><siteKey>{{secret: site_key}}</siteKey><userName></userName>`
  + `<cpnyID>${demo.company}</cpnyID></ctDynamicsSLHeader>`;
const said = "//sl:errorMessage[normalize-space() != '']";
export const errors = [
  { code: "Server", message: "key is not valid", kind: "auth", not_processed: true },
  { path: said, message: "key is not valid", kind: "auth", not_processed: true },
  { path: said, message: "is locked", kind: "transient", not_processed: true },
  { path: said, message: "deadlock", kind: "transient", not_processed: true },
  { path: said, message: "already exists", kind: "duplicate" },
  { path: said, kind: "invalid", not_processed: true },
];
const common = { header, namespaces: { sl: space }, errors, partial: true };

export const slSecrets = { SL_LICENSE: demo.license, SL_SITE_KEY: demo.siteKey };

export function slConnections(url: string): object {
  return { weft: 1, connections: { sl: { connector: "http", base_url: `${url}/ctapi/services/ctDynamicsSL`,
    limits: { concurrency: 4 },
    secrets: { license_key: { env: "SL_LICENSE" }, site_key: { env: "SL_SITE_KEY" } } } } };
}

/** The WSDLs as files of the flow. */
export function slFiles(url: string): Record<string, unknown> {
  const files: Record<string, unknown> = { "connections.json": slConnections(url) };
  for (const name of ["paymentEntry", "paymentApplication", "invoiceAndMemo"])
    files[`wsdl/${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}.wsdl`] =
      readFileSync(join(wsdlFolder, `${name}.wsdl`), "utf8");
  return files;
}

interface SlOptions {
  retry?: object;
  timeout?: string;
  customer?: string; // for all payments, in place of the event's
  invoice?: string;
}

export function slFlow(options: SlOptions = {}): object {
  const retry = options.retry ?? { attempts: 8, initial: "50ms", max: "500ms" };
  const timeout = options.timeout ?? "5s";
  const customer = options.customer === undefined ? "trigger.body.customer" : `'${options.customer}'`;
  const invoice = options.invoice === undefined ? "trigger.body.invoice" : `'${options.invoice}'`;
  const soap = (id: string, config: object): object =>
    ({ id, type: "connector.soap", connection: "sl", retry, timeout, config: { ...common, ...config } });
  const nodes: object[] = [
    { id: "hook", type: "trigger.webhook", config: { path: "sl", verify: { type: "none" } } },
    soap("screen", { path: "/paymentEntry.asmx", wsdl: "payment_entry", operation: "getNewscreen", effect: "none" }),
    { id: "filled", type: "transform.script", config: { source: [
      "local s = steps.screen.body.getNewscreenResult",
      "local amount = decimal(trigger.body.amount)",
      "return merge(s, {",
      "  myBatch = merge(s.myBatch, { CuryCrTot = amount, CuryCtrlTot = amount, Descr = 'Card payment' }),",
      `  myARDoc = merge(s.myARDoc, { CustId = ${customer}, BankAcct = '1030', User1 = trigger.body.id,`,
      "    PerPost = trigger.body.period or s.myARDoc.PerPost, CuryOrigDocAmt = amount, OrigDocAmt = amount,",
      "    CuryDocBal = amount, DocBal = amount, LineCntr = 1 }),",
      `  myARTran = { ARTran = { { CustId = ${customer}, CuryTranAmt = amount, TranAmt = amount,`,
      `    CmmnPct = -amount, LineId = 1, LineNbr = 0, SiteId = ${invoice} } } },`,
      "})"].join("\n") } },
    soap("add", { path: "/paymentEntry.asmx", wsdl: "payment_entry", operation: "editScreen",
      input: { actionType: "ADD", inScreen: "=steps.filled" },
      probe: { path: "/invoiceAndMemo.asmx", wsdl: "invoice_and_memo", operation: "searchInvoiceAndMemo",
        input: { docType: "PA", parms: { nameValuePairs: [{ name: "USER1", value: "=trigger.body.id" }] } },
        found: "searchInvoiceAndMemoResult.ARDoc", settle: "100ms", read_after_write: true } }),
  ];
  const edges = [{ from: "hook", to: "screen" }, { from: "screen", to: "filled" }, { from: "filled", to: "add" }];
  return { weft: 1, name: "SL payment", settings: { dedupe: "=trigger.body.id" }, nodes, edges };
}

/** A refund: a credit memo of Invoice & Memo. */
export function slMemoFlow(): object {
  const soap = (id: string, config: object): object =>
    ({ id, type: "connector.soap", connection: "sl", retry: { attempts: 8, initial: "50ms", max: "500ms" },
      timeout: "600ms", config: { ...common, path: "/invoiceAndMemo.asmx", wsdl: "invoice_and_memo", ...config } });
  const nodes: object[] = [
    { id: "hook", type: "trigger.webhook", config: { path: "memo", verify: { type: "none" } } },
    soap("screen", { operation: "getNewscreen", effect: "none" }),
    { id: "filled", type: "transform.script", config: { source: [
      "local s = steps.screen.body.getNewscreenResult",
      "local amount = decimal(trigger.body.amount)",
      "return merge(s, {",
      "  myBatch = merge(s.myBatch, { CuryCrTot = amount, CuryCtrlTot = amount, Descr = 'Card refund' }),",
      "  myARDoc = merge(s.myARDoc, { DocType = 'CM', CustId = trigger.body.customer, User1 = trigger.body.id,",
      "    Terms = '30', CuryOrigDocAmt = amount, OrigDocAmt = amount, CuryDocBal = amount, DocBal = amount,",
      "    LineCntr = 1 }),",
      "  myARTran = { ARTran = { { TranType = 'CM', CustId = trigger.body.customer, Acct = trigger.body.account,",
      "    Sub = '0000', CuryTranAmt = amount, TranAmt = amount, TranDesc = 'Refund', LineId = 1 } } },",
      "})"].join("\n") } },
    soap("add", { operation: "editScreen", input: { actionType: "ADD", inScreen: "=steps.filled" },
      probe: { path: "/invoiceAndMemo.asmx", wsdl: "invoice_and_memo", operation: "searchInvoiceAndMemo",
        input: { docType: "CM", parms: { nameValuePairs: [{ name: "USER1", value: "=trigger.body.id" }] } },
        found: "searchInvoiceAndMemoResult.ARDoc", settle: "100ms", read_after_write: true } }),
  ];
  const edges = [{ from: "hook", to: "screen" }, { from: "screen", to: "filled" }, { from: "filled", to: "add" }];
  return { weft: 1, name: "SL refund", settings: { dedupe: "=trigger.body.id" }, nodes, edges };
}
