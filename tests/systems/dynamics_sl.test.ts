// The stand-in of Dynamics SL behaves as its sheet says.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { demo, type DynamicsSL, openDynamicsSL, seedSL } from "./dynamics_sl/dynamics_sl.ts";
import { space } from "./dynamics_sl/catalogue.ts";
import type { StandIn } from "./lib/stand_in.ts";

let system: DynamicsSL;
let standIn: StandIn;

before(async () => {
  ({ system, standIn } = await openDynamicsSL());
  seedSL(system);
});
after(() => standIn.close());

async function soap(service: string, operation: string, message: string, license = demo.license): Promise<string> {
  const body = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
    + `<ctDynamicsSLHeader xmlns="${space}"><licenseKey>${license}</licenseKey><siteID>${demo.site}</siteID>`
    + `<siteKey>${demo.siteKey}</siteKey><cpnyID>${demo.company}</cpnyID></ctDynamicsSLHeader></s:Header><s:Body>`
    + `<${operation} xmlns="${space}">${message}</${operation}></s:Body></s:Envelope>`;
  const answer = await fetch(`${standIn.url}/ctapi/services/ctDynamicsSL/${service}.asmx`, { method: "POST", body,
    headers: { "content-type": "text/xml; charset=utf-8", soapaction: `"${space}/${operation}"` } });
  return answer.text();
}

const screen = (amount: string, cust = "C300"): string => "<actionType>ADD</actionType><inScreen><myBatch>"
  + `<CuryCrTot>${amount}</CuryCrTot></myBatch><myARDoc><BankAcct>1030</BankAcct><CuryOrigDocAmt>10.00</CuryOrigDocAmt>`
  + `<CustId>${cust}</CustId><PerPost>202611</PerPost><User1>T1</User1></myARDoc><myARTran><ARTran>`
  + "<CuryTranAmt>10.00</CuryTranAmt><SiteId>000456</SiteId></ARTran></myARTran></inScreen>";

describe("ctAPI by SOAP", () => {
  it("adds a payment and lowers the invoice's balance", async () => {
    const answer = await soap("paymentEntry", "editScreen", screen("10.00"));
    assert.match(answer, /<errorMessage><\/errorMessage>.*<RefNbr>000001<\/RefNbr>/);
    assert.equal(system.books.find("IN", "000456")?.balance, 99_990_00n);
    assert.match(await soap("invoiceAndMemo", "searchInvoiceAndMemo", "<docType>PA</docType><parms><nameValuePairs>"
      + "<name>USER1</name><value>T1</value></nameValuePairs></parms>"), /<RefNbr>000001<\/RefNbr>/);
  });
  it("refuses what SL refuses, and saves nothing", async () => {
    assert.match(await soap("paymentEntry", "editScreen", screen("11.00")), /out of balance/);
    assert.match(await soap("paymentEntry", "editScreen", screen("10.00", "GHOST")), /GHOST does not exist/);
    assert.match(await soap("paymentEntry", "editScreen", screen("10.00"), "wrong"), /license key is not valid/);
    assert.equal(standIn.ledger.entries.length, 1);
  });
  it("adds a credit memo where its types fit, and finds it", async () => {
    const memo = (tranType: string): string => "<actionType>ADD</actionType><inScreen><myBatch><CuryCrTot>4.00"
      + "</CuryCrTot></myBatch><myARDoc><CuryOrigDocAmt>4.00</CuryOrigDocAmt><CustId>C300</CustId><DocType>CM</DocType>"
      + "<PerPost>202611</PerPost><User1>R1</User1></myARDoc><myARTran><ARTran><Acct>4010</Acct>"
      + `<CuryTranAmt>4.00</CuryTranAmt><TranType>${tranType}</TranType></ARTran></myARTran></inScreen>`;
    const before = standIn.ledger.entries.length;
    assert.match(await soap("invoiceAndMemo", "editScreen", memo("IN")), /does not fit the transaction type IN/);
    assert.equal(standIn.ledger.entries.length, before);
    assert.match(await soap("invoiceAndMemo", "editScreen", memo("CM")), /<errorMessage><\/errorMessage>/);
    assert.match(await soap("invoiceAndMemo", "searchInvoiceAndMemo", "<docType>CM</docType><parms><nameValuePairs>"
      + "<name>USER1</name><value>R1</value></nameValuePairs></parms>"), /<DocType>CM<\/DocType>/);
  });
  it("gives the rows of a view as a DataSet, and none of a view without them", async () => {
    system.books.enter({ perPost: "202611", lines: [{ acct: "1010", sub: "0000", debit: 500n, credit: 0n,
      refNbr: "B1", extRefNbr: "B1" }, { acct: "1030", sub: "0000", debit: 0n, credit: 500n, refNbr: "B1",
      extRefNbr: "B1" }] });
    const asked = (reference: string): Promise<string> => soap("quickQuery", "getScreen",
      "<queryViewName>GLTrans</queryViewName><filters><queryFilter><name>ExtRefNbr</name>"
      + `<value>${reference}</value><comparisonType>=</comparisonType></queryFilter></filters>`);
    assert.match(await asked("B1"),
      /<NewDataSet xmlns=""><Table diffgr:id="Table1".*<ExtRefNbr>B1 +<\/ExtRefNbr>.*Table2/);
    const none = await asked("B2");
    assert.doesNotMatch(none, /<Table /);
    assert.match(none, /<errorMessage><\/errorMessage>/);
  });
  it("refuses elements out of the WSDL's order", async () => {
    const swapped = screen("10.00").replace(/<BankAcct>1030<\/BankAcct>/, "")
      .replace("<User1>", "<BankAcct>1030</BankAcct><User1>");
    assert.match(await soap("paymentEntry", "editScreen", swapped), /out of the order of ARDoc/);
  });
});

describe("ctAPI by REST", () => {
  it("keeps customers, with blanks behind CHAR values", async () => {
    const headers = { authorization: `Basic ${Buffer.from(`${demo.user}:${demo.password}`).toString("base64")}`,
      siteid: demo.site, cpnyid: demo.company };
    const base = `${standIn.url}/ctDynamicsSL/api/financial/accountsReceivable/customer`;
    const read = await (await fetch(`${base}/C300`, { headers })).json() as { CustId: string };
    assert.equal(read.CustId, "C300".padEnd(15));
    const add = async (): Promise<string> => (await fetch(base, { method: "POST", headers,
      body: '{"myCustomer":{"CustId":"N1","Name":"New"}}' })).text();
    assert.match(await add(), /"errorMessage":""/);
    assert.match(await add(), /already exists/);
    assert.equal((await fetch(base, { headers: {} })).status, 401);
  });
});
