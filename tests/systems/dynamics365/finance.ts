// Finance & Operations OData: customer payment journals and general journals. Keys are of columns, there is no upsert,
// a POST answers with the row, enums go by name, only the default company is seen without cross-company=true.
import { type JsonObject, number, Numeral, scalar } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { readBody } from "./dataverse.ts";
import { financeAnswer, ODataError } from "./errors.ts";
import { checkVersion, etagOf, listJson, listRows, shownRow } from "./odata.ts";
import { type Key, readResource } from "./path.ts";
import { type Row, Table } from "./table.ts";
import { financeTables } from "./tables.ts";

const pageMax = 10_000;
const headers = "CustomerPaymentJournalHeaders";
const lines = "CustomerPaymentJournalLines";
const ledgerHeaders = "LedgerJournalHeaders";
const ledgerLines = "LedgerJournalLines";
const actions = "Microsoft.Dynamics.DataEntities.";

export class Finance {
  readonly tables = new Map<string, Table>(financeTables.map((shape) => [shape.set, new Table(shape)]));
  readonly #ledger: Ledger;
  readonly #company: string;
  #lastBatch = 0;

  /** company: the user's default one. */
  constructor(ledger: Ledger, company: string) {
    this.#ledger = ledger;
    this.#company = company;
  }

  answer(ask: Ask, path: string, root: string): Answer {
    try {
      const answer = this.#route(ask, path, root);
      return { ...answer, headers: { "odata-version": "4.0", ...answer.headers } };
    } catch (reason) {
      if (reason instanceof ODataError) return financeAnswer(reason);
      throw reason;
    }
  }

  table(set: string): Table {
    const table = this.tables.get(set);
    if (table === undefined) throw new ODataError(404, "", `Resource not found for the segment '${set}'.`);
    return table;
  }

  #route(ask: Ask, path: string, root: string): Answer {
    const resource = readResource(path);
    const table = this.table(resource.set);
    if (resource.keys.length === 0) {
      if (ask.method === "POST") return this.#create(ask, table, root);
      if (ask.method !== "GET") throw new ODataError(405, "", "Method not allowed.");
      const all = ask.query.get("cross-company") === "true";
      const listing = listRows(ask, table, pageMax, (row) => all || row.values.dataAreaId === this.#company);
      return { status: 200, body: listJson(ask, table, listing, root) };
    }
    const row = this.#find(table, resource.keys);
    if (row === undefined) throw new ODataError(404, "", `No resource was found for '${path}'.`);
    if (resource.rest.startsWith(actions)) return this.#act(ask, table, row, resource.rest.slice(actions.length));
    switch (ask.method) {
      case "GET":
        return { status: 200, headers: { etag: etagOf(row) }, body: this.#single(ask, table, row, root) };
      case "PATCH":
        return this.#update(ask, table, row);
      case "DELETE":
        checkVersion(ask, row);
        table.remove(row);
        this.#ledger.add("delete", table.shape.set, rowKey(table, row), row.values, []);
        return { status: 204 };
      default:
        throw new ODataError(405, "", "Method not allowed.");
    }
  }

  #create(ask: Ask, table: Table, root: string): Answer {
    const values: JsonObject = { dataAreaId: this.#company, ...table.read(readBody(ask), noBind) };
    if (table.shape.set === headers || table.shape.set === ledgerHeaders) this.#prepareHeader(table, values);
    if (table.shape.set === lines) this.#prepareLine(table, headers, "TransactionDate", values);
    if (table.shape.set === ledgerLines) this.#prepareLine(table, ledgerHeaders, "TransDate", values);
    if (table.collision(values) !== undefined)
      throw writeFailed(table, `Cannot create a record in ${table.shape.logical}. The record already exists.`);
    const row = table.insert(values);
    this.#ledger.add("create", table.shape.set, rowKey(table, row), row.values, Object.keys(values));
    return { status: 201, headers: { location: `${root}${table.shape.set}(${rowKey(table, row)})` },
      body: this.#single(ask, table, row, root) };
  }

  /** "post" as a custom action of the environment: a journal is posted once, when it has lines. */
  #act(ask: Ask, table: Table, row: Row, action: string): Answer {
    if (ask.method !== "POST" || table.shape.set !== headers || action !== "post")
      throw new ODataError(404, "", `There is no action '${action}'.`);
    if (row.values.IsPosted === "Yes") throw writeFailed(table, "The journal is posted already.");
    if (this.#linesOf(this.table(lines), row).length === 0) throw writeFailed(table, "The journal has no lines.");
    table.update(row, { IsPosted: "Yes" });
    this.#ledger.add("post", table.shape.set, rowKey(table, row), row.values, ["IsPosted"]);
    return { status: 204 };
  }

  #prepareHeader(table: Table, values: JsonObject): void {
    if (typeof values.JournalName !== "string" || values.JournalName === "")
      throw writeFailed(table, "Field 'Name' must be filled in.");
    this.#lastBatch += 1;
    values.JournalBatchNumber ??= String(this.#lastBatch).padStart(5, "0");
  }

  #prepareLine(table: Table, head: string, day: string, values: JsonObject): void {
    const header = this.table(head).findByKey(["dataAreaId", "JournalBatchNumber"], values);
    if (header === undefined)
      throw writeFailed(table, `Journal batch number '${scalar(values.JournalBatchNumber)}' does not exist.`);
    if (header.values.IsPosted === "Yes") throw writeFailed(table, "The journal is posted and can't be changed.");
    for (const name of ["AccountDisplayValue", "CurrencyCode", day])
      if (typeof values[name] !== "string" || values[name] === "")
        throw writeFailed(table, `Field '${name}' must be filled in.`);
    const amount = (name: string): number => values[name] instanceof Numeral ? values[name].value : 0;
    if ((amount("CreditAmount") !== 0) === (amount("DebitAmount") !== 0))
      throw writeFailed(table, "Either a debit or a credit amount must be filled in.");
    values.LineNumber ??= number(this.#linesOf(table, header).length + 1);
  }

  #linesOf(table: Table, header: Row): Row[] {
    const { dataAreaId, JournalBatchNumber } = header.values;
    return [...table.rows.values()].filter((row) => row.values.dataAreaId === dataAreaId
      && row.values.JournalBatchNumber === JournalBatchNumber);
  }

  #update(ask: Ask, table: Table, row: Row): Answer {
    checkVersion(ask, row);
    const values = table.read(readBody(ask), noBind);
    for (const name of table.shape.keys[0] ?? [])
      if (name in values) throw writeFailed(table, `The key field '${name}' can't be changed.`);
    table.update(row, values);
    this.#ledger.add("update", table.shape.set, rowKey(table, row), row.values, Object.keys(values));
    return { status: 204, headers: { etag: etagOf(row) } };
  }

  #find(table: Table, keys: Key[]): Row | undefined {
    const names = table.shape.keys[0] ?? [];
    if (keys.length !== names.length || keys.some((key) => !names.includes(key.name)))
      throw new ODataError(400, "", `The key must name ${names.join(", ")}.`);
    return table.findByKey(names, Object.fromEntries(keys.map((key) => [key.name, key.value])));
  }

  #single(ask: Ask, table: Table, row: Row, root: string): JsonObject {
    return { "@odata.context": `${root}$metadata#${table.shape.set}/$entity`, ...shownRow(ask, table, row) };
  }
}

function noBind(): string {
  throw new ODataError(400, "", "This product has no @odata.bind.");
}

function rowKey(table: Table, row: Row): string {
  return (table.shape.keys[0] ?? []).map((name) => {
    const value = row.values[name];
    return value instanceof Numeral ? `${name}=${value.text}` : `${name}='${scalar(value)}'`;
  }).join(",");
}

function writeFailed(table: Table, text: string): ODataError {
  return new ODataError(400, "", `Write failed for table row of type '${table.shape.logical}Entity'. Infolog: Error: `
    + text);
}
