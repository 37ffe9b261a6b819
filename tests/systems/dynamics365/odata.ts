// What both products share on the wire: the Prefer header, versions as ETags, $select, $filter, $orderby, $top, pages.
import { type Json, type JsonObject, number } from "../lib/json.ts";
import type { Ask } from "../lib/stand_in.ts";
import { codes, ODataError } from "./errors.ts";
import { type Among, type Filter, readFilter } from "./filter.ts";
import type { Row, Table } from "./table.ts";

export function etagOf(row: Row): string {
  return `W/"${row.version}"`;
}

export function prefers(ask: Ask, preference: string): boolean {
  return (ask.headers.prefer ?? "").split(",").some((part) => part.trim().toLowerCase() === preference);
}

/** A conditional header's value; "null" stands for its absence (Dataverse's samples send it so). */
export function condition(ask: Ask, name: "if-match" | "if-none-match"): string | undefined {
  const value = ask.headers[name];
  return value === undefined || value === "null" ? undefined : value.trim();
}

export function checkVersion(ask: Ask, row: Row): void {
  const match = condition(ask, "if-match");
  if (match !== undefined && match !== "*" && match !== etagOf(row))
    throw new ODataError(412, codes.concurrency,
      "The version of the existing record doesn't match the RowVersion property provided.");
}

function selected(ask: Ask, table: Table): string[] | undefined {
  const select = ask.query.get("$select");
  if (select === null || select === "*") return undefined;
  const names = select.split(",").map((name) => name.trim());
  for (const name of names)
    if (!table.hasColumn(name))
      throw new ODataError(400, codes.badQuery,
        `Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${table.shape.logical}'.`);
  return names;
}

/** The row as it is answered, without context. */
export function shownRow(ask: Ask, table: Table, row: Row): JsonObject {
  const names = selected(ask, table);
  const shown: JsonObject = { "@odata.etag": etagOf(row) };
  for (const [name, value] of Object.entries(row.values))
    if (names === undefined || names.includes(name) || name === table.shape.id) shown[name] = value;
  return shown;
}

function ordered(ask: Ask, table: Table, rows: Row[]): Row[] {
  const text = ask.query.get("$orderby");
  if (text === null) return rows;
  const [name = "", direction = "asc"] = text.trim().split(/\s+/);
  if (!table.hasColumn(name))
    throw new ODataError(400, codes.badQuery, `Could not find a property named '${name}' for '$orderby'.`);
  const sign = direction === "desc" ? -1 : 1;
  const rank = (row: Row): string | number => {
    const value = row.values[name] ?? null;
    return typeof value === "string" ? value : value === null ? "" : Number(JSON.stringify(value));
  };
  return [...rows].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x < y ? -sign : x > y ? sign : 0;
  });
}

function count(ask: Ask, name: string): number | undefined {
  const text = ask.query.get(name);
  if (text === null) return undefined;
  if (!/^\d+$/.test(text))
    throw new ODataError(400, codes.badQuery, `Invalid value '${text}' for ${name} query option.`);
  return Number(text);
}

const known = new Set(["$select", "$filter", "$orderby", "$top", "$count", "$skiptoken", "$skip", "cross-company"]);

export interface Listing {
  rows: Row[];
  total: number;
  next: number | undefined; // skip token of the next page
}

/** The rows that can be what a filter asks for: of values of a key those that have them, not all of 100,000. */
function candidates(among: Among | undefined, table: Table): Iterable<Row> {
  if (among === undefined || !table.shape.keys.some((key) => key.length === 1 && key[0] === among.column))
    return table.rows.values();
  const { column, texts } = among;
  return new Set(texts.flatMap((text) => table.findByKey([column], { [column]: text }) ?? []));
}

interface Found {
  query: string;
  rows: Row[];
}
const all: Filter = { test: () => true };
const lastFound = new WeakMap<Table, Found>(); // what the pages of one query are cut from

/** What a query finds, in its order. Behind its first page nothing is looked for again, as by a cookie of paging. */
function foundRows(ask: Ask, table: Table, within?: (row: Row) => boolean): Row[] {
  const filter = ask.query.get("$filter");
  const query = JSON.stringify([filter, ask.query.get("$orderby"), ask.query.get("cross-company")]);
  const last = lastFound.get(table);
  if (ask.query.get("$skiptoken") !== null && last?.query === query) return last.rows;
  const { test, among } = filter === null ? all : readFilter(filter, (name) => table.hasColumn(name));
  const found: Row[] = [];
  for (const row of candidates(among, table))
    if ((within?.(row) ?? true) && test(row.values)) found.push(row);
  const rows = ordered(ask, table, found);
  lastFound.set(table, { query, rows });
  return rows;
}

/** The rows that a query asks for; `within` limits what may be seen at all. */
export function listRows(ask: Ask, table: Table, pageMax: number, within?: (row: Row) => boolean): Listing {
  for (const name of ask.query.keys())
    if (name.startsWith("$") && !known.has(name))
      throw new ODataError(501, codes.badQuery, `The query option ${name} is not in this stand-in.`);
  const rows = foundRows(ask, table, within);
  const top = count(ask, "$top");
  const preferred = /odata\.maxpagesize=(\d+)/.exec(ask.headers.prefer ?? "")?.[1];
  const page = Math.min(pageMax, preferred === undefined ? pageMax : Number(preferred));
  const from = Number(ask.query.get("$skiptoken") ?? 0);
  const size = top === undefined ? page : Math.min(top, pageMax);
  const more = top === undefined && from + size < rows.length;
  return { rows: rows.slice(from, from + size), total: rows.length, next: more ? from + size : undefined };
}

export function listJson(ask: Ask, table: Table, listing: Listing, root: string): JsonObject {
  const body: JsonObject = { "@odata.context": `${root}$metadata#${table.shape.set}` };
  if (ask.query.get("$count") === "true") body["@odata.count"] = number(listing.total);
  body.value = listing.rows.map((row): Json => shownRow(ask, table, row));
  if (listing.next !== undefined) {
    const query = new URLSearchParams(ask.query);
    query.set("$skiptoken", String(listing.next));
    body["@odata.nextLink"] = `${root}${table.shape.set}?${query.toString()}`;
  }
  return body;
}
