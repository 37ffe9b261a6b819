// Quick Query: rows of views, with filters that must all hold. CHAR columns are padded with blanks.
import { isObject, type Json, type JsonObject, scalar } from "../lib/json.ts";
import { money } from "../lib/money.ts";
import type { Books, Document } from "./books.ts";
import { escape } from "./xml.ts";

type Row = Record<string, string>;

export function docFields(one: Document): Row {
  return { DocType: one.docType, RefNbr: one.refNbr, BatNbr: one.batNbr, CustId: one.custId, User1: one.user1,
    User2: one.user2, CustOrdNbr: one.order, CuryId: "USD", DocDate: one.date, CuryOrigDocAmt: money(one.amount),
    OrigDocAmt: money(one.amount), CuryDocBal: money(one.balance), DocBal: money(one.balance),
    Rlsed: one.released ? "1" : "0", OpenDoc: one.balance > 0n ? "1" : "0" };
}

/** CHAR columns are padded with blanks. */
export function padded(row: JsonObject): JsonObject {
  const made: JsonObject = {};
  for (const [name, value] of Object.entries(row)) made[name] = typeof value === "string" ? value.padEnd(15) : value;
  return made;
}

/** What User1 may be, by a filter; undefined: there is none. So 100,000 documents are no rows at each ask. */
function wantedUsers(filters: readonly Json[]): Set<string> | undefined {
  const own = filters.find((one) =>
    isObject(one) && scalar(one.name) === "User1" && scalar(one.comparisonType) === "IN");
  return isObject(own) ? new Set(scalar(own.value).split(",")) : undefined;
}

const views: Record<string, (books: Books, filters: readonly Json[]) => Row[]> = {
  ARDocs: (books, filters) => {
    const users = wantedUsers(filters);
    const found = users === undefined ? books.documents : books.documents.filter((one) => users.has(one.user1));
    return found.map(docFields);
  },
  GLTrans: (books) => books.journals.flatMap((journal) => journal.lines.map((line) => ({ BatNbr: journal.batNbr,
    Acct: line.acct, Sub: line.sub, RefNbr: line.refNbr, ExtRefNbr: line.extRefNbr, CuryDrAmt: money(line.debit),
    CuryCrAmt: money(line.credit), Rlsed: journal.released ? "1" : "0" }))),
  /** Invoices that are due, joined with their customers. */
  RenewalsDue: (books) => books.documents.filter((one) => one.docType === "IN").map((one) => {
    const customer = books.customers.get(one.custId) ?? {};
    const text = (name: string): string => scalar(customer[name]);
    return { ...docFields(one), DueDate: one.date, Name: text("Name"), EMailAddr: text("EMailAddr"),
      Status: text("Status") === "" ? "A" : text("Status"), User1: text("User1"), User5: text("User5") };
  }),
  Customers: (books) => [...books.customers.values()].map((customer) => Object.fromEntries(
    Object.entries(customer).map(([name, value]) => [name, scalar(value)]))),
};

function holds(row: Row, filter: Json): boolean {
  if (!isObject(filter)) return false;
  const [value, wanted] = [row[scalar(filter.name)] ?? "", scalar(filter.value)];
  const [left, right] = /^-?[\d.]+$/.test(value) && /^-?[\d.]+$/.test(wanted) ? [Number(value), Number(wanted)]
    : [value, wanted];
  switch (scalar(filter.comparisonType)) {
    case "=": return left === right;
    case "<>": return left !== right;
    case "<": return value !== "" && left < right;
    case "<=": return value !== "" && left <= right;
    case ">": return left > right;
    case ">=": return left >= right;
    case "IN": return wanted.split(",").includes(value);
    case "NOT IN": return !wanted.split(",").includes(value);
    default: return false;
  }
}

export function quickQuery(books: Books, view: string, body: Json): JsonObject {
  const filters = isObject(body) && Array.isArray(body.filters) ? body.filters : [];
  const rows = views[view]?.(books, filters);
  if (rows === undefined) return { errorMessage: `There is no view ${view}`, myQueryResults: {} };
  const found = rows.filter((row) => filters.every((filter) => holds(row, filter)));
  return { errorMessage: "", myQueryResults: { Table: found.map((row) => padded(row)) } };
}

/** The screen of Quick Query by SOAP; without rows the diffgram is empty. */
export function writeDataSet(answer: JsonObject, refused?: string): string {
  const results = isObject(answer.myQueryResults) ? answer.myQueryResults : {};
  const rows = refused === undefined && Array.isArray(results.Table) ? results.Table.filter(isObject) : [];
  const columns = Object.keys(rows[0] ?? {});
  const schema = '<xs:schema id="NewDataSet" xmlns="" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    + 'xmlns:msdata="urn:schemas-microsoft-com:xml-msdata"><xs:element name="NewDataSet" msdata:IsDataSet="true">'
    + '<xs:complexType><xs:choice minOccurs="0" maxOccurs="unbounded"><xs:element name="Table"><xs:complexType>'
    + `<xs:sequence>${columns.map((name) => `<xs:element name="${name}" type="xs:string" minOccurs="0" />`).join("")}`
    + "</xs:sequence></xs:complexType></xs:element></xs:choice></xs:complexType></xs:element></xs:schema>";
  const tables = rows.map((row, at) => `<Table diffgr:id="Table${at + 1}" msdata:rowOrder="${at}">`
    + Object.entries(row).map(([name, value]) => `<${name}>${escape(scalar(value))}</${name}>`).join("") + "</Table>");
  return "<myQueryView><errorMessage /><resultCode>0</resultCode></myQueryView><myQueryResults>" + schema
    + '<diffgr:diffgram xmlns:msdata="urn:schemas-microsoft-com:xml-msdata" '
    + 'xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1">'
    + (rows.length > 0 ? `<NewDataSet xmlns="">${tables.join("")}</NewDataSet>` : "")
    + "</diffgr:diffgram></myQueryResults>"
    + `<errorMessage>${escape(refused ?? scalar(answer.errorMessage))}</errorMessage>`;
}
