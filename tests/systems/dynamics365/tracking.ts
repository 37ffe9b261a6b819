// Change tracking: Prefer: odata.track-changes gives all rows in pages and at their end a delta link; that link gives
// what was made, changed and deleted since.
import { type Json, type JsonObject } from "../lib/json.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";
import { codes, ODataError } from "./errors.ts";
import { shownRow } from "./odata.ts";
import type { Table } from "./table.ts";

interface Change {
  n: number;
  set: string;
  id: string;
  deleted: boolean;
}

export class Tracking {
  readonly #changes: Change[] = [];
  #expired = 0; // tokens of this number and below are too old
  pageSize: number | undefined; // a test's own; else what Prefer says

  note(set: string, id: string, deleted: boolean): void {
    this.#changes.push({ n: this.#changes.length + 1, set, id, deleted });
  }

  /** As after 7 days: no delta link given so far is good any more. */
  expire(): void {
    this.#expired = this.#changes.length + 1;
    this.note("", "", false);
  }

  wanted(ask: Ask): boolean {
    return /\bodata\.track-changes\b/.test(ask.headers.prefer ?? "") || ask.query.has("$deltatoken");
  }

  answer(ask: Ask, table: Table, root: string): Answer {
    for (const name of ["$filter", "$orderby", "$expand", "$top"])
      if (ask.query.has(name))
        throw new ODataError(400, codes.badQuery,
          `The "${name}" query parameter isn't supported when Change Tracking is enabled.`);
    const token = ask.query.get("$deltatoken");
    const body = token === null ? this.#all(ask, table, root) : this.#since(ask, table, root, token);
    return { status: 200, headers: { "preference-applied": "odata.track-changes" }, body };
  }

  #link(ask: Ask, table: Table, root: string, name: string, value: string): string {
    const select = ask.query.get("$select");
    const query = new URLSearchParams(select === null ? {} : { $select: select });
    query.set(name, value);
    return `${root}${table.shape.set}?${query.toString()}`;
  }

  #page(ask: Ask): number {
    return this.pageSize ?? Number(/odata\.maxpagesize=(\d+)/.exec(ask.headers.prefer ?? "")?.[1] ?? 5000);
  }

  // What changes while the pages are read stands behind the delta link, which is of the first page's moment.
  #all(ask: Ask, table: Table, root: string): JsonObject {
    const [from = 0, began = this.#changes.length] = (ask.query.get("$skiptoken") ?? "").split(",")
      .filter((part) => part !== "").map(Number);
    const rows = [...table.rows.values()];
    const page = rows.slice(from, from + this.#page(ask));
    const body: JsonObject = { "@odata.context": `${root}$metadata#${table.shape.set}`,
      value: page.map((row): Json => shownRow(ask, table, row)) };
    const end = from + page.length;
    if (end < rows.length) body["@odata.nextLink"] = this.#link(ask, table, root, "$skiptoken", `${end},${began}`);
    else body["@odata.deltaLink"] = this.#link(ask, table, root, "$deltatoken", `${began}!11/21/2026 08:10:44`);
    return body;
  }

  #since(ask: Ask, table: Table, root: string, token: string): JsonObject {
    const since = Number(/^(\d+)!/.exec(token)?.[1] ?? Number.NaN);
    if (Number.isNaN(since)) throw new ODataError(400, codes.badQuery, "Invalid delta token.");
    if (since < this.#expired)
      throw new ODataError(400, codes.badQuery, "Version information expired. Perform a full sync.");
    const latest = new Map<string, Change>();
    for (const change of this.#changes.slice(since))
      if (change.set === table.shape.set) {
        latest.delete(change.id);
        latest.set(change.id, change);
      }
    const changes = [...latest.values()].slice(0, this.#page(ask));
    const value = changes.map((change): Json => {
      const row = table.find(change.id);
      return row === undefined
        ? { "@odata.context": `${root}$metadata#${table.shape.set}/$deletedEntity`, id: change.id, reason: "deleted" }
        : shownRow(ask, table, row);
    });
    const more = changes.length < latest.size;
    const reached = more ? (changes.at(-1)?.n ?? since) : this.#changes.length;
    const link = this.#link(ask, table, root, "$deltatoken", `${reached}!11/21/2026 08:10:44`);
    return { "@odata.context": `${root}$metadata#${table.shape.set}/$delta`, value,
      [more ? "@odata.nextLink" : "@odata.deltaLink"]: link };
  }
}
