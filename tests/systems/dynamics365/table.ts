// A table of rows with keys, columns and versions, as both products have it.
import { randomUUID } from "node:crypto";
import { isObject, type Json, type JsonObject, scalar } from "../lib/json.ts";
import { type Column, readColumn } from "./columns.ts";
import { badProperty } from "./errors.ts";

export interface TableShape {
  set: string; // "accounts"
  logical: string; // "account"
  id: string; // surrogate key column ("" where the key is of columns: Finance & Operations)
  keys: readonly (readonly string[])[]; // alternate keys, or the one composite key
  columns: Readonly<Record<string, Column>>;
  defaults?: JsonObject;
}

export interface Row {
  id: string;
  version: number;
  values: JsonObject;
}

let lastVersion = 468_025;

export class Table {
  readonly shape: TableShape;
  readonly rows = new Map<string, Row>();
  readonly #index = new Map<string, Row>(); // key columns and their values, folded
  #before: Map<string, Row | undefined> | undefined; // within a change set: what it has touched, as it was

  constructor(shape: TableShape) {
    this.shape = shape;
  }

  hasColumn(name: string): boolean {
    return name === this.shape.id || name in this.shape.columns
      || (name.startsWith("_") && name.endsWith("_value") && name.slice(1, -6) in this.shape.columns);
  }

  find(id: string): Row | undefined {
    return this.rows.get(id.toLowerCase());
  }

  findByKey(names: readonly string[], values: JsonObject): Row | undefined {
    const text = keyText(names, values);
    return text === undefined ? undefined : this.#index.get(text);
  }

  /** A row whose values collide with one of the table's keys, other than `self`. */
  collision(values: JsonObject, self?: Row): Row | undefined {
    for (const names of this.shape.keys) {
      const other = this.findByKey(names, values);
      if (other !== undefined && other !== self) return other;
    }
    return undefined;
  }

  insert(values: JsonObject, id: string = randomUUID()): Row {
    const row: Row = { id: id.toLowerCase(), version: ++lastVersion, values: { ...this.shape.defaults, ...values } };
    if (this.shape.id !== "") row.values[this.shape.id] = row.id;
    this.#note(row.id);
    this.rows.set(row.id, row);
    this.#enter(row);
    return row;
  }

  update(row: Row, values: JsonObject): void {
    this.#note(row.id);
    this.#leave(row);
    Object.assign(row.values, values);
    row.version = ++lastVersion;
    this.#enter(row);
  }

  /** From now on until end() it is kept how rows were. */
  begin(): void {
    this.#before = new Map();
  }

  /** All that was done since begin() is kept, or taken back. */
  end(keep: boolean): void {
    const before = this.#before ?? new Map<string, Row | undefined>();
    this.#before = undefined;
    if (keep) return;
    for (const [id, was] of before) {
      const now = this.rows.get(id);
      if (now !== undefined) this.#leave(now);
      if (was === undefined) this.rows.delete(id);
      else this.rows.set(id, was);
    }
    for (const was of before.values()) if (was !== undefined) this.#enter(was);
  }

  #note(id: string): void {
    if (this.#before === undefined || this.#before.has(id)) return;
    const row = this.rows.get(id);
    this.#before.set(id, row && { ...row, values: { ...row.values } });
  }

  remove(row: Row): void {
    this.#note(row.id);
    this.#leave(row);
    this.rows.delete(row.id);
  }

  /** Reads a request's object: the columns by name; `bind` resolves NAME@odata.bind to a row's id. */
  read(json: Json, bind: (set: string, reference: string) => string): JsonObject {
    if (!isObject(json)) throw badProperty("Microsoft.OData.ODataException: the payload is not an object.");
    const values: JsonObject = {};
    for (const [name, value] of Object.entries(json)) {
      if (name.endsWith("@odata.bind")) {
        const column = this.#bound(name.slice(0, -"@odata.bind".length));
        if (typeof value !== "string") throw badProperty(`'${name}' must be a text.`);
        values[`_${column.name}_value`] = bind(column.to, value);
      } else if (name.includes("@") || name === "@odata.type") {
        continue; // annotations carry no data
      } else {
        const column = this.shape.columns[name];
        if (name === this.shape.id && typeof value === "string") values[name] = value.toLowerCase();
        else if (column === undefined)
          throw badProperty(`Microsoft.OData.ODataException: Invalid property '${name}' was found in entity `
            + `'Microsoft.Dynamics.CRM.${this.shape.logical}'.`);
        else values[name] = readColumn(name, column, value);
      }
    }
    return values;
  }

  #bound(navigation: string): { name: string; to: string } {
    for (const [name, column] of Object.entries(this.shape.columns))
      if (column.type === "lookup" && column.binds.includes(navigation)) return { name, to: column.to };
    throw badProperty(`An undeclared property '${navigation}' which only has property annotations in the payload but `
      + "no property value was found in the payload.");
  }

  #enter(row: Row): void {
    for (const names of this.shape.keys) {
      const text = keyText(names, row.values);
      if (text !== undefined) this.#index.set(text, row);
    }
  }

  #leave(row: Row): void {
    for (const names of this.shape.keys) {
      const text = keyText(names, row.values);
      if (text !== undefined) this.#index.delete(text);
    }
  }
}

function keyText(names: readonly string[], values: JsonObject): string | undefined {
  const parts: string[] = [];
  for (const name of names) {
    const value = values[name];
    if (value === undefined || value === null) return undefined;
    parts.push(`${name}=${JSON.stringify(scalar(value).toLowerCase())}`);
  }
  return parts.join(",");
}
