// What was really done to a system, in the order it was done. Tests compare it with what was promised.
import { appendFileSync, writeFileSync } from "node:fs";
import { type JsonObject, number, writeJson } from "./json.ts";

export interface Entry {
  n: number; // from 1, without gaps
  at: string; // ISO time
  did: string; // "create", "update", "delete", "upsert_create", ...
  table: string;
  key: string; // the row's own key
  row: JsonObject; // the row as it stood afterwards
  changed: string[]; // names of the columns that the request carried
}

export class Ledger {
  readonly entries: Entry[] = [];
  readonly #file: string | undefined;

  /** file: each entry is appended to it as one line of JSON before the answer leaves. */
  constructor(file?: string) {
    this.#file = file;
    if (file !== undefined) writeFileSync(file, "", { flag: "a" });
  }

  add(did: string, table: string, key: string, row: JsonObject, changed: string[]): Entry {
    const entry: Entry = {
      n: this.entries.length + 1, at: new Date().toISOString(), did, table, key, row: { ...row }, changed,
    };
    this.entries.push(entry);
    if (this.#file !== undefined) appendFileSync(this.#file, writeJson(entryJson(entry)) + "\n");
    return entry;
  }

  of(table: string): Entry[] {
    return this.entries.filter((entry) => entry.table === table);
  }
}

export function entryJson(entry: Entry): JsonObject {
  return { ...entry, n: number(entry.n) };
}
