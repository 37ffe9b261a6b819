// What a screen of ctAPI holds: a document with its lines, or a journal; read from SOAP.
import { cents } from "../lib/money.ts";
import { type Journal, type Memo, type Payment, Refused } from "./books.ts";
import { space } from "./catalogue.ts";
import { get, isXml, text, type Xml } from "./xml.ts";

export function fieldsOf(record: Xml): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(isXml(record) ? record : {}))
    if (typeof value === "string") fields[name.slice(space.length + 2)] = value;
  return fields;
}

function linesOf(screen: Xml, list: string, one: string): Xml[] {
  const found = get(get(screen, space, list), space, one);
  return Array.isArray(found) ? found : found === undefined ? [] : [found];
}

interface Read {
  doc: (name: string) => string;
  lines: Xml[];
  amount: bigint;
  custId: string;
  perPost: string;
  user1: string;
  user2: string;
  date: string;
  order: string;
}

/** A document and its lines; the batch says the same amount. */
function readDocument(screen: Xml): Read {
  const record = get(screen, space, "myARDoc");
  const doc = (name: string): string => text(record, space, name).trim();
  const amount = cents(doc("CuryOrigDocAmt")) ?? 0n;
  if ((cents(text(get(screen, space, "myBatch"), space, "CuryCrTot")) ?? -1n) !== amount)
    throw new Refused("The batch is out of balance");
  return { doc, lines: linesOf(screen, "myARTran", "ARTran"), amount, custId: doc("CustId"), perPost: doc("PerPost"),
    user1: doc("User1"), user2: doc("User2"), date: doc("DocDate").slice(0, 10), order: doc("CustOrdNbr") };
}

export function readMemo(screen: Xml): Memo {
  const { doc, lines, ...read } = readDocument(screen);
  return { ...read, docType: doc("DocType"), tranType: text(lines[0], space, "TranType").trim(),
    lines: lines.map((one) => ({ acct: text(one, space, "Acct").trim(),
      amount: cents(text(one, space, "CuryTranAmt")) ?? 0n })) };
}

export function readPayment(screen: Xml): Payment {
  const { doc, lines, ...read } = readDocument(screen);
  return { ...read, bankAcct: doc("BankAcct"),
    invoices: lines.map((one) => ({ refNbr: text(one, space, "SiteId").trim(),
      amount: cents(text(one, space, "CuryTranAmt")) ?? 0n })) };
}

export function readJournal(screen: Xml): Omit<Journal, "batNbr" | "released"> {
  const batch = (name: string): string => text(get(screen, space, "myBatch"), space, name).trim();
  const lines = linesOf(screen, "myGLTran", "GLTran").map((line) => {
    const of = (name: string): string => text(line, space, name).trim();
    return { acct: of("Acct"), sub: of("Sub"), debit: cents(of("CuryDrAmt")) ?? 0n,
      credit: cents(of("CuryCrAmt")) ?? 0n, refNbr: of("RefNbr"), extRefNbr: of("ExtRefNbr") };
  });
  const total = lines.reduce((sum, one) => sum + one.debit, 0n);
  if (cents(batch("CuryDrTot")) !== total || cents(batch("CuryCrTot")) !== total)
    throw new Refused("The batch is out of balance");
  return { perPost: batch("PerPost"), lines };
}

export function journalLines(screen: Xml): Record<string, string>[] {
  return linesOf(screen, "myGLTran", "GLTran").map(fieldsOf);
}
