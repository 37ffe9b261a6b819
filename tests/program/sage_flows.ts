// Flows on a database that stands for Sage 500: what docs/CONNECTORS.md shows, and small ones for single questions.
import { quickRetry } from "./flows.ts";

interface Settings {
  port: number;
  [name: string]: unknown;
}

export function sageConnections(settings: Settings): object {
  return { weft: 1, connections: { sage: {
    connector: "sql",
    settings: { host: "127.0.0.1", database: "postgres", user: "weft", tls: "off", ...settings,
      port: String(settings.port) },
    secrets: { password: { env: "SAGE_PASSWORD" } },
  } } };
}

const hook = (path: string, respond = "accepted"): object => ({ id: "in", type: "trigger.webhook",
  config: { path, respond, verify: { type: "none" } } });

/** One statement (or several) for each event; its output is the answer. */
export function sqlFlow(path: string, config: object, more: object = {}): object {
  return { weft: 1, name: `SQL ${path}`,
    nodes: [hook(path, "result"),
      { id: "it", type: "connector.sql", connection: "sage", retry: quickRetry, config, ...more }],
    edges: [{ from: "in", to: "it" }] };
}

const procedure = "{call spARapiCustPmtIns(:continue, 0, :session, :company, 0, 0, 1, :processed, :failed, :total, "
  + ":ret)}";

/** A payment becomes a cash receipt: a session key, then staging and import in one transaction. */
export function receiptFlow(path: string, probe: boolean, retry: object = quickRetry): object {
  return { weft: 1, name: "Payment to Sage 500", settings: { dedupe: "=trigger.body.id" },
    nodes: [
      hook(path),
      { id: "session", type: "connector.sql", connection: "sage", retry, config: {
        statement: "{call spGetNextSurrogateKey(:table, :key)}", params: { table: "tsmMigrateSession" },
        out: { key: "integer" }, result: "none", effect: "idempotent" } },
      { id: "receipt", type: "connector.sql", connection: "sage", retry, config: {
        statements: [
          { statement: "INSERT INTO tsmMigrateSession (MigrateSessionKey, CompanyID, LastCompProcessMode, "
            + "LastCompProcessNo, StartTime, UserID) VALUES (:session, 'SOA', 1, 0, CURRENT_TIMESTAMP, CURRENT_USER)",
            params: { session: "=steps.session.out.key" }, result: "count", expect: 1 },
          { statement: "INSERT INTO StgCustPmt (SessionKey, CompanyID, CustID, TranDate, TranAmt, CurrID, "
              + "ApplyToTranNo, ApplyAmt, TranCmnt) "
              + "VALUES (:session, 'SOA', :customer, :day, :amount, 'USD', :invoice, :amount, :reference)",
            params: { session: "=steps.session.out.key", customer: "=trigger.body.customer", day: "=trigger.body.day",
              amount: "=trigger.body.amount", invoice: "=trigger.body.invoice or null", reference: "=trigger.body.id" },
            types: { day: "date", amount: "decimal" }, result: "count", expect: 1 },
          { statement: procedure, params: { session: "=steps.session.out.key", company: "SOA" },
            out: { continue: "integer", processed: "integer", failed: "integer", total: "integer", ret: "integer" },
            result: "none" },
        ],
        ...(probe ? { probe: {
          statement: "SELECT TranNo AS \"TranNo\" FROM tarCustPmt WHERE CompanyID = 'SOA' AND TranCmnt = :reference",
          params: { reference: "=trigger.body.id" }, settle: "100ms", read_after_write: true } } : {}) } },
      { id: "log", type: "connector.sql", connection: "sage", retry, config: {
        statement: "SELECT EntityID AS \"EntityID\", ColumnID AS \"ColumnID\", ColumnValue AS \"ColumnValue\", "
          + "Comment AS \"Comment\" FROM tdmMigrationLogWrk WHERE SessionKey = :session AND Status = 1",
        params: { session: "=steps.session.out.key" } } },
    ],
    edges: [{ from: "in", to: "session" }, { from: "session", to: "receipt" }, { from: "receipt", to: "log" }] };
}

/** Pages by key through a table that is larger than one would hold. */
export const pagesFlow = { weft: 1, name: "All rows by pages", settings: { timeout: "2m" },
  nodes: [
    hook("pages", "result"),
    { id: "pages", type: "branch.repeat", config: { limit: 1000, until: "=not steps.page.more",
      collect: "={ after = steps.page.rows[#steps.page.rows].id, "
        + "rows = (previous and previous.rows or 0) + steps.page.count, "
        + "sum = (previous and previous.sum or decimal('0')) + steps.sum }",
      body: { nodes: [
        { id: "page", type: "connector.sql", connection: "sage", config: {
          statement: "SELECT id, amount, note FROM big WHERE id > :after ORDER BY id",
          params: { after: "=previous and previous.after or 0" }, types: { after: "integer" }, max_rows: 1000 } },
        { id: "sum", type: "transform.script", config: {
          source: "local sum = decimal('0') for _, row in ipairs(steps.page.rows) do sum = sum + row.amount end "
            + "return sum" } },
      ], edges: [{ from: "page", to: "sum" }] } } },
  ],
  edges: [{ from: "in", to: "pages" }] };

/** All rows of a result into a file, row by row, and from there in pages: 300,000 of them unless asked for others. */
export const streamFlow = (folder: string): object => rowsFlow("stream", folder, "amount", {
  type: "connector.sql", config: {
    statement: "SELECT id, (id * 0.01)::numeric(12,2) AS amount, repeat('x', 60) AS note "
      + "FROM generate_series(1, :count) id",
    params: { count: "=trigger.body.count" }, types: { count: "integer" },
    save: { folder, file: "='rows-' .. run.id .. '.json'", max_rows: 300000 } } });

/** A node's rows become a file, which is read in pages; the sum of a column, and the file is gone. */
export const rowsFlow = (path: string, folder: string, amount: string, node: object): object => ({ weft: 1,
  name: "All rows by a file", settings: { timeout: "2m" }, nodes: [
    hook(path, "result"),
    { id: "rows", connection: "sage", timeout: "1m", ...node },
    { id: "pages", type: "branch.repeat", config: { limit: 1000, until: "=steps.page.last",
      collect: "={ next = steps.page.next, rows = (previous and previous.rows or 0) + #steps.page.items, "
        + "sum = (previous and previous.sum or decimal('0')) + steps.sum }",
      body: { nodes: [
        { id: "page", type: "connector.file", config: { action: "read", folder, path: "=steps.rows.file.path",
          as: "items", page: { lines: 4000, bytes: 2000000 }, cursor: "=previous and previous.next" } },
        { id: "sum", type: "transform.script", config: {
          source: "local sum = decimal('0') for _, row in ipairs(steps.page.items) do sum = sum + row." + amount
            + " end return sum" } },
      ], edges: [{ from: "page", to: "sum" }] } } },
    { id: "gone", type: "connector.file", config: { action: "delete", folder, path: "=steps.rows.file.path" } },
    { id: "told", type: "connector.respond", config: { body: "={ count = steps.rows.count, file = steps.rows.file, "
      + "rows = steps.pages.rows, sum = steps.pages.sum }" } },
  ],
  edges: [{ from: "in", to: "rows" }, { from: "rows", to: "pages" }, { from: "pages", to: "gone" },
    { from: "gone", to: "told" }] });

/** What is written, and a result that the driver reads by a cursor, which it closes without telling what came of it. */
export const spokenFlow = sqlFlow("spoken", { statements: [
  { statement: "INSERT INTO spoken VALUES (:n)", params: { n: "=trigger.body.n" }, types: { n: "integer" },
    result: "count", expect: 1 },
  { statement: "SELECT n FROM spoken WHERE n = :n", params: { n: "=trigger.body.n" }, types: { n: "integer" } },
], probe: { statement: "SELECT n FROM spoken WHERE n = :n", params: { n: "=trigger.body.n" }, types: { n: "integer" },
  settle: "100ms", read_after_write: true } });

const patient = { ...quickRetry, attempts: 100, max: "300ms" };

/** The flows of sql.test.ts, by their paths. */
export const sageFlows: Record<string, object> = {
  receipt: receiptFlow("receipt", true),
  unprobed: receiptFlow("unprobed", false),
  fire: receiptFlow("fire", true, patient),
  pages: pagesFlow,
  find: sqlFlow("find", { statement: "SELECT TranNo AS \"TranNo\", Balance AS \"Balance\" FROM tarInvoice "
      + "WHERE CompanyID = ? AND TranNo = ?",
    params: ["SOA", "=trigger.body.invoice"], result: "first" }),
  exact: sqlFlow("exact", { statements: [
    { statement: "INSERT INTO exact VALUES (:id, :n, :t, :b, :m, :w, :yes)", params: { id: "=trigger.body.id",
      n: "=trigger.body.n", t: "=trigger.body.t", b: "=trigger.body.b", m: "=trigger.body.m",
      w: "=trigger.body.w", yes: "=trigger.body.yes" },
      types: { id: "text", n: "decimal", b: "binary", m: "timestamp", w: "integer" }, result: "count" },
    { statement: "SELECT * FROM exact WHERE id = :id", params: { id: "=trigger.body.id" }, types: { id: "text" },
      result: "first" }] }),
  both: sqlFlow("both", { statements: [
    { statement: "INSERT INTO pairs VALUES (:a)", params: { a: "=trigger.body.a" }, types: { a: "integer" } },
    { statement: "INSERT INTO pairs VALUES (:b)", params: { b: "=trigger.body.b" }, types: { b: "integer" } }] }),
  again: sqlFlow("again", { statement: "INSERT INTO pairs VALUES (:a)", params: { a: "=trigger.body.a" },
    types: { a: "integer" }, duplicate: "done", result: "count" }),
  expect: sqlFlow("expect", {
    statement: "UPDATE tarInvoice SET UpdateCounter = UpdateCounter + 1 WHERE UpdateCounter = 0",
    expect: 1, result: "count" }),
  sneaky: sqlFlow("sneaky", { statement: "SELECT sneak()", result: "value" }),
  silent: receiptFlow("silent", true),
  look: sqlFlow("look", { statement: "SELECT 1" }, { retry: { attempts: 1 } }),
  sleepy: sqlFlow("sleepy", { statement: "SELECT pg_sleep(30)" }, { retry: { attempts: 1 } }),
  wrong: sqlFlow("wrong", { statement: "SELECT nothing FROM nowhere" }),
};
