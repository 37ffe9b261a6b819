// Sage 500 as an integration sees it: a database with staging tables and import procedures, here a real PostgreSQL, and
// a door before it that can cut lines. It keeps books (schema.sql) and misbehaves when told to.
import { join } from "node:path";
import { Door } from "./door.ts";
import { Postgres } from "./postgres.ts";

export type Fault = "import.deadlock" | "import.lock_timeout" | "import.slow" | "import.killed" | "commit.killed";

export class Sage500 {
  readonly server: Postgres;
  readonly door: Door;

  private constructor(server: Postgres, door: Door) {
    this.server = server;
    this.door = door;
  }

  /** password: of the user "weft", who may do what a flow needs and no more. */
  static async open(password: string): Promise<Sage500> {
    const server = await Postgres.open("owner-of-the-stand-in");
    server.load(join(import.meta.dirname, "schema.sql"));
    server.ask(`CREATE ROLE weft LOGIN PASSWORD '${password}';
      GRANT ALL ON ALL TABLES IN SCHEMA public, books TO weft; GRANT USAGE ON SCHEMA books TO weft;
      GRANT ALL ON ALL SEQUENCES IN SCHEMA public, books TO weft; GRANT pg_signal_backend TO weft;`);
    return new Sage500(server, await Door.open(server.port));
  }

  ask(sql: string): string {
    return this.server.ask(sql);
  }

  /** Rows of columns without "|" in them. */
  rows(sql: string): string[][] {
    return this.ask(sql).split("\n").filter((row) => row !== "").map((row) => row.split("|"));
  }

  number(sql: string): number {
    return Number(this.ask(sql));
  }

  /** The next imports or commits of receipts go wrong, and no others; at most one kind of each. */
  misbehave(kinds: Fault | Fault[], times = 1): void {
    const rows = [kinds].flat().map((kind) => `('${kind}', ${times})`);
    this.ask(`DELETE FROM books.fault; INSERT INTO books.fault VALUES ${rows.join(", ")};
      ALTER SEQUENCE books.hit_import RESTART; ALTER SEQUENCE books.hit_commit RESTART`);
  }

  behave(): void {
    this.ask("DELETE FROM books.fault; DELETE FROM books.rule");
  }

  /** What this site does from now on. */
  rule(name: "no duplicates" | "module inactive" | "stopped"): void {
    this.ask(`INSERT INTO books.rule VALUES ('${name}')`);
  }

  /** How often each reference was booked. */
  receipts(): Map<string, number> {
    return this.did("receipt");
  }

  /** How often it was done, by reference, as the database itself wrote it down. */
  did(what: "receipt" | "credit memo" | "customer made" | "customer changed"): Map<string, number> {
    const rows = this.rows(`SELECT reference, count(*) FROM books.entry WHERE did = '${what}' GROUP BY 1`);
    return new Map(rows.map(([reference = "", times]): [string, number] => [reference, Number(times)]));
  }

  /** Every receipt has its application, every invoice what is left of it: the sum of what is wrong. */
  differences(): string {
    return this.ask(`SELECT i.TranNo, i.Balance FROM tarInvoice i LEFT JOIN tarCustPmtAppl a USING (InvcKey)
      GROUP BY i.InvcKey HAVING i.TranAmt - coalesce(sum(a.ApplyAmt), 0) <> i.Balance`);
  }

  async close(): Promise<void> {
    await this.door.close();
    await this.server.close();
  }
}
