// The Dataverse Web API v9.2: create, read, update, upsert by id or alternate key, delete, lists.
import { randomUUID } from "node:crypto";
import { isObject, type Json, type JsonObject, Numeral, readJson, scalar } from "../lib/json.ts";
import type { Ledger } from "../lib/ledger.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { answerBatch } from "./batch.ts";
import { guidPattern } from "./columns.ts";
import { badProperty, codes, dataverseAnswer, ODataError } from "./errors.ts";
import { checkVersion, condition, etagOf, listJson, listRows, prefers, shownRow } from "./odata.ts";
import { type Key, readResource, type Resource } from "./path.ts";
import { type Row, Table } from "./table.ts";
import { dataverseTables, invoiceStates } from "./tables.ts";
import { Tracking } from "./tracking.ts";

const pageMax = 5000;
const odataHeaders = { "odata-version": "4.0", "cache-control": "no-cache" };

export class Dataverse {
  readonly tables = new Map<string, Table>(dataverseTables.map((shape) => [shape.set, new Table(shape)]));
  readonly tracking = new Tracking();
  readonly #ledger: Ledger;
  #pending: (() => void)[] | undefined; // within a change set: what is entered in the books when all is done

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Enters what was done in the books, at once or with the rest of its change set. */
  #done(did: string, table: Table, row: Row, changed: string[]): void {
    const values = { ...row.values };
    const enter = (): void => {
      this.#ledger.add(did, table.shape.set, row.id, values, changed);
      if (did !== "action") this.tracking.note(table.shape.set, row.id, did === "delete");
    };
    if (this.#pending === undefined) enter();
    else this.#pending.push(enter);
  }

  /** All of it, or nothing. */
  #together(set: () => string[]): string[] {
    const pending: (() => void)[] = this.#pending = [];
    let whole = false;
    for (const table of this.tables.values()) table.begin();
    try {
      const answers = set();
      for (const enter of pending) enter();
      whole = true;
      return answers;
    } finally {
      for (const table of this.tables.values()) table.end(whole);
      this.#pending = undefined;
    }
  }

  #batch(ask: Ask, root: string): Answer {
    const service = new URL(root).pathname;
    return answerBatch(ask, randomUUID(), (inner) => inner.path.startsWith(service)
      ? this.answer(inner, inner.path.slice(service.length), root)
      : dataverseAnswer(new ODataError(404, "", "There is no such service.")), (set) => this.#together(set));
  }

  /** path: behind the service root. root: the service root's URL with a slash at its end. */
  answer(ask: Ask, path: string, root: string): Answer {
    try {
      checkHeaders(ask);
      const answer = this.#route(ask, path, root);
      return { ...answer, headers: { ...odataHeaders, ...answer.headers } };
    } catch (reason) {
      if (reason instanceof ODataError) return dataverseAnswer(reason);
      throw reason;
    }
  }

  table(set: string): Table {
    const table = this.tables.get(set);
    if (table === undefined)
      throw new ODataError(404, "0x8006088a", `Resource not found for the segment '${set}'.`);
    return table;
  }

  #route(ask: Ask, path: string, root: string): Answer {
    if (ask.method === "GET" && path === "WhoAmI") return whoAmI(root);
    if (path === "$batch") {
      if (ask.method !== "POST") throw new ODataError(405, "", "A batch is posted.");
      return this.#batch(ask, root);
    }
    const resource = readResource(path);
    const table = this.table(resource.set);
    if (resource.rest.startsWith("Microsoft.Dynamics.CRM.")) return this.#act(ask, table, resource);
    if (resource.rest !== "" && resource.rest !== "$count")
      throw new ODataError(501, "", "Single properties are not in this stand-in.");
    if (resource.keys.length === 0) return this.#onSet(ask, table, resource, root);
    switch (ask.method) {
      case "GET": return this.#read(ask, table, resource.keys, root);
      case "PATCH": return this.#upsert(ask, table, resource.keys, root);
      case "DELETE": return this.#remove(ask, table, resource.keys);
      default: throw new ODataError(405, "", "The requested resource does not support this http method.");
    }
  }

  #onSet(ask: Ask, table: Table, resource: Resource, root: string): Answer {
    if (ask.method === "POST" && resource.rest === "") return this.#create(ask, table, root);
    if (ask.method !== "GET")
      throw new ODataError(405, "", "The requested resource does not support this http method.");
    if (resource.rest === "" && this.tracking.wanted(ask)) return this.tracking.answer(ask, table, root);
    const listing = listRows(ask, table, pageMax);
    if (resource.rest === "$count") return { status: 200, body: new Numeral(String(listing.total)) };
    return { status: 200, body: listJson(ask, table, listing, root) };
  }

  #act(ask: Ask, table: Table, resource: Resource): Answer {
    if (ask.method !== "POST") throw new ODataError(405, "", "An action is posted.");
    const row = this.#find(table, resource.keys);
    if (row === undefined) throw missing(table, resource.keys);
    readBody(ask);
    this.#done("action", table, row, [resource.rest.slice("Microsoft.Dynamics.CRM.".length)]);
    return { status: 204 };
  }

  #create(ask: Ask, table: Table, root: string): Answer {
    const values = this.#readBody(ask, table);
    this.#refuseDuplicate(table, values);
    checkInvoiceState(table, values, {});
    const row = table.insert(values);
    this.#done("create", table, row, Object.keys(values));
    return written(ask, table, row, root, 201);
  }

  #read(ask: Ask, table: Table, keys: Key[], root: string): Answer {
    const row = this.#find(table, keys);
    if (row === undefined) throw missing(table, keys);
    if (condition(ask, "if-none-match") === etagOf(row)) return { status: 304, headers: { etag: etagOf(row) } };
    return { status: 200, headers: { etag: etagOf(row) }, body: single(ask, table, row, root) };
  }

  #upsert(ask: Ask, table: Table, keys: Key[], root: string): Answer {
    const values = this.#readBody(ask, table);
    const row = this.#find(table, keys);
    if (row === undefined) {
      if (condition(ask, "if-match") !== undefined) throw missing(table, keys);
      const named = keyValues(table, keys);
      checkSameKey(named, values);
      const whole = { ...values, ...named };
      this.#refuseDuplicate(table, whole);
      checkInvoiceState(table, whole, {});
      const id = named[table.shape.id];
      const made = table.insert(whole, typeof id === "string" ? id : undefined);
      this.#done("upsert_create", table, made, Object.keys(whole));
      return written(ask, table, made, root, 201);
    }
    if (condition(ask, "if-none-match") === "*")
      throw new ODataError(412, codes.duplicateKey, "A record with matching key values already exists.");
    checkVersion(ask, row);
    this.#refuseDuplicate(table, { ...row.values, ...values }, row);
    checkInvoiceState(table, values, row.values);
    table.update(row, values);
    this.#done("update", table, row, Object.keys(values));
    return written(ask, table, row, root, 200);
  }

  #remove(ask: Ask, table: Table, keys: Key[]): Answer {
    const row = this.#find(table, keys);
    if (row === undefined) throw missing(table, keys);
    checkVersion(ask, row);
    table.remove(row);
    this.#done("delete", table, row, []);
    return { status: 204 };
  }

  #find(table: Table, keys: Key[]): Row | undefined {
    const values = keyValues(table, keys);
    const id = values[table.shape.id];
    if (typeof id === "string") return table.find(id);
    return table.findByKey(Object.keys(values).sort(byKeyOrder(table, values)), values);
  }

  #readBody(ask: Ask, table: Table): JsonObject {
    return table.read(readBody(ask), (set, reference) => this.#bind(set, reference));
  }

  #bind(set: string, reference: string): string {
    const resource = readResource(reference.replace(/^.*\/api\/data\/v[\d.]+/, ""));
    if (resource.set !== set) throw badProperty(`'${reference}' does not name a row of '${set}'.`);
    const table = this.table(resource.set);
    const row = this.#find(table, resource.keys);
    if (row === undefined) throw missing(table, resource.keys);
    return row.id;
  }

  #refuseDuplicate(table: Table, values: JsonObject, self?: Row): void {
    if (table.collision(values, self) !== undefined)
      throw new ODataError(412, codes.duplicateKey, "A record with matching key values already exists.");
  }
}

export function readBody(ask: Ask): Json {
  const type = ask.headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(type))
    throw new ODataError(415, "", `The content type '${type}' is not supported: application/json is expected.`);
  try {
    const json = readJson(ask.body);
    if (!isObject(json)) throw badProperty("the payload is not an object.");
    return json;
  } catch (reason) {
    if (reason instanceof SyntaxError) throw badProperty(`Newtonsoft.Json.JsonReaderException: ${reason.message}`);
    throw reason;
  }
}

function checkHeaders(ask: Ask): void {
  for (const name of ["odata-version", "odata-maxversion"])
    if (ask.headers[name] !== "4.0")
      throw new ODataError(400, codes.badArgument, `The header '${name}' must be 4.0.`);
  if (!/application\/json|\*\/\*/.test(ask.headers.accept ?? ""))
    throw new ODataError(415, codes.badArgument, "The header 'Accept' must allow application/json.");
}

function whoAmI(root: string): Answer {
  return { status: 200, body: {
    "@odata.context": `${root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`,
    BusinessUnitId: "3f6b3a30-0d1c-4b6a-9a53-7b6f2a4f0001", UserId: "3f6b3a30-0d1c-4b6a-9a53-7b6f2a4f0002",
    OrganizationId: "3f6b3a30-0d1c-4b6a-9a53-7b6f2a4f0003" } };
}

/** The key of a path as column values: of the primary key, or of one alternate key, complete. */
function keyValues(table: Table, keys: Key[]): JsonObject {
  const { id, columns } = table.shape;
  const values: JsonObject = {};
  for (const key of keys) {
    const name = key.name === "" ? id : key.name;
    if (name === id) {
      if (!guidPattern.test(key.value)) throw new ODataError(400, codes.badQuery, `'${key.value}' is not a guid.`);
      values[name] = key.value.toLowerCase();
    } else {
      const text = columns[name]?.type === "text";
      if (text !== key.quoted)
        throw new ODataError(400, codes.badQuery, `The key value of '${name}' has the wrong form.`);
      values[name] = text ? key.value : new Numeral(key.value);
    }
  }
  if (values[id] === undefined && !isKey(table, Object.keys(values)))
    throw new ODataError(400, codes.keyNotFound,
      `The specified key attributes are not a defined key for the ${table.shape.logical} entity.`);
  return values;
}

function isKey(table: Table, names: string[]): boolean {
  return table.shape.keys.some((key) => key.length === names.length && key.every((name) => names.includes(name)));
}

function byKeyOrder(table: Table, values: JsonObject): (a: string, b: string) => number {
  const key = table.shape.keys.find((names) => names.every((name) => name in values)) ?? [];
  return (a, b) => key.indexOf(a) - key.indexOf(b);
}

function checkSameKey(named: JsonObject, values: JsonObject): void {
  for (const [name, value] of Object.entries(named))
    if (name in values && scalar(values[name]) !== scalar(value))
      throw badProperty(`The value of '${name}' in the payload is not that of the URL.`);
}

function missing(table: Table, keys: Key[]): ODataError {
  const first = keys[0];
  if (first !== undefined && first.name !== "" && first.name !== table.shape.id)
    return new ODataError(404, codes.keyNotFound,
      `A record with the specified key values does not exist in ${table.shape.logical} entity`);
  return new ODataError(404, codes.notFound,
    `Entity '${table.shape.logical}' With Id = ${first?.value ?? ""} Does Not Exist`);
}

function single(ask: Ask, table: Table, row: Row, root: string): JsonObject {
  return { "@odata.context": `${root}$metadata#${table.shape.set}/$entity`, ...shownRow(ask, table, row) };
}

function written(ask: Ask, table: Table, row: Row, root: string, status: 200 | 201): Answer {
  const entity = `${root}${table.shape.set}(${row.id})`;
  if (!prefers(ask, "return=representation"))
    return { status: 204, headers: { "odata-entityid": entity, location: entity } };
  return { status, body: single(ask, table, row, root), headers: {
    "odata-entityid": entity, location: entity, "preference-applied": "return=representation", etag: etagOf(row) } };
}

function checkInvoiceState(table: Table, values: JsonObject, before: JsonObject): void {
  if (table.shape.set !== "invoices" || !("statecode" in values || "statuscode" in values)) return;
  const after = { ...table.shape.defaults, ...before, ...values };
  const [state, status] = [Number(scalar(after.statecode)), Number(scalar(after.statuscode))];
  if (!(invoiceStates[state] ?? []).includes(status))
    throw new ODataError(400, codes.badState,
      `${status} is not a valid status code for state code ${state} on invoice with Id ${scalar(after.invoiceid)}.`);
}
