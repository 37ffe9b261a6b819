// The template that gives Sage 500 its receipts by a file, at work: PayTrace's answers are lost in every way, the
// program is killed while it waits for the answer of Sage, and a job of Sage's own takes the file: what was taken is a
// receipt, each once and to the cent, or a person is told of it.
//
// WEFT_OPERATIONS: how many payments fit (default 6).
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { money } from "../systems/lib/money.ts";
import { seedPayTraceCustomer } from "../systems/paytrace/paytrace.ts";
import { Desk } from "./desk.ts";
import { dashboardSays, decide, reviews, settle, takeTemplate, type Task, under } from "./pairing.ts";
import { openSageWorld, type SageDay } from "./sage_day.ts";

const operations = Number(process.env.WEFT_OPERATIONS ?? 6);
const today = new Date().toISOString().slice(0, 10);
const asked = (task: Task): boolean => task.kind === "review";
const nothing = (): Promise<undefined> => Promise.resolve(undefined); // no step of it can be in doubt
const amountOf = (n: number): bigint => BigInt(1000 + n * 137);

/** The job of Sage's Data Import Manager: takes each file that is said to be whole, and comes to its control totals. */
class ImportJob {
  readonly #sage: SageDay["sage"];
  readonly #folder: string;
  readonly taken: string[] = [];

  constructor({ sage, world }: SageDay) {
    this.#sage = sage;
    this.#folder = join(world.folder, "sage500");
    for (const each of ["in", "out"]) mkdirSync(join(this.#folder, each), { recursive: true });
  }

  /** Rows of a file by its header; none of its values has a comma. */
  rows(path: string): Record<string, string>[] {
    const [header = "", ...lines] = readFileSync(join(this.#folder, path), "utf8").trimEnd().split("\r\n");
    const names = header.split(",");
    return lines.map((line) => Object.fromEntries(line.split(",").map((value, at) => [names[at] ?? "", value])));
  }

  waits(): boolean {
    return readdirSync(join(this.#folder, "in")).some((name) => name.endsWith(".ok"));
  }

  work(): void {
    for (const name of readdirSync(join(this.#folder, "in"))) {
      const file = name.replace(/\.ok$/, "");
      if (file === name || this.taken.includes(file)) continue;
      const rows = this.rows(`in/${file}.csv`);
      const [control = {}] = this.rows(`in/${name}`);
      const total = rows.reduce((sum, row) => sum + BigInt((row.TranAmt ?? "").replace(".", "")), 0n);
      assert.deepEqual({ Count: String(rows.length), Sum: money(total) }, control);
      this.taken.push(file);
      const answers = rows.map((row) => this.#enter(row));
      const out = join(this.#folder, "out", `${file}.result.csv`);
      writeFileSync(`${out}.part`, ["PmtNo,Status,TranNo,BatchID,TranAmt,ApplyAmt,BalanceBefore,BalanceAfter,Comment",
        ...answers, ""].join("\r\n"));
      renameSync(`${out}.part`, out);
    }
  }

  #enter(row: Record<string, string>): string {
    const value = (name: string): string => row[name] === "" ? "NULL" : `'${row[name] ?? ""}'`;
    const balance = (): string => row.ApplyToTranNo === "" ? ""
      : this.#sage.ask(`SELECT round(Balance, 2) FROM tarInvoice WHERE TranNo = ${value("ApplyToTranNo")}`);
    const before = balance();
    const session = this.#sage.ask("SELECT spGetNextSurrogateKey('tsmMigrateSession')");
    this.#sage.ask(`INSERT INTO StgCustPmt (SessionKey, CompanyID, CustID, TranDate, TranAmt, CurrID, ApplyToTranNo,
      ApplyAmt, TranCmnt) VALUES (${session}, ${["CompanyID", "CustID", "TranDate", "TranAmt", "CurrID",
    "ApplyToTranNo", "ApplyAmt", "ReferenceNo"].map(value).join(", ")});
      SELECT spARapiCustPmtIns(0, ${session}, 'SOA', 0, 0, 1)`);
    const posted = this.#sage.ask(`SELECT ProcessStatus FROM StgCustPmt WHERE SessionKey = ${session}`) === "1";
    const why = posted ? "" : this.#sage.ask(`SELECT replace(Comment, ',', ';') FROM tdmMigrationLogWrk
      WHERE SessionKey = ${session}`);
    return [row.PmtNo, posted ? "posted" : "refused", "", "", row.TranAmt, row.ApplyAmt, before, balance(), why]
      .join(",");
  }
}

function sell({ gateway, sage }: SageDay): void {
  for (const id of ["CUST-0007", "CUST-9999", "SHOP-CUSTOMER-1"]) seedPayTraceCustomer(gateway, id);
  const pay = (amount: bigint, invoice: string, customer = "CUST-0007"): void => {
    gateway.books.pay("SALE", { customer, amount, texts: { invoice_id: invoice } });
  };
  const open = (no: number, amount: bigint): void => {
    sage.ask(`INSERT INTO tarInvoice (InvcKey, CompanyID, TranID, TranNo, TranDate, CustKey, CurrID, TranAmt, Balance)
      VALUES (${no}, 'SOA', '000000${no}-IN', '000000${no}', '${today}', 7, 'USD', ${money(amount)},
        ${money(amount)})`);
  };
  for (let n = 1; n <= operations; n += 1) {
    open(2000 + n, amountOf(n));
    pay(amountOf(n), String(2000 + n));
  }
  open(3001, 10000n);
  pay(2500n, "3001"); // a part
  pay(777n, "shop order"); // no number of an invoice: on account
  open(3002, 5000n);
  pay(6000n, "3002"); // more than is open
  pay(888n, "", "CUST-9999"); // nobody in Sage
  pay(999n, "", "SHOP-CUSTOMER-1"); // more than 12 characters
  assert.throws(() => gateway.books.pay("SALE", { customer: "CUST-0007", amount: 29n, texts: { invoice_id: "2001" } }));
}

it("enters a day's payments by a file, each once and to the cent, whatever fails", async (t) => {
  const day = await openSageWorld();
  t.after(() => day.close());
  const { world, gateway, paytrace, sage } = day;
  const job = new ImportJob(day);
  takeTemplate(world, "paytrace-receipts-file-to-sage500", [['"delay": "15m"', '"delay": "1s"'],
    ['"/var/spool/weft/sage500"', JSON.stringify(join(world.folder, "sage500"))]]);
  sell(day);
  for (const fault of [{ kind: "reset_before" }, { kind: "half_body" }, { kind: "throttle", seconds: 0 },
    { kind: "status", status: 500 }] as const) paytrace.fault({ ...fault, path: "/transactions/export" });
  const server = await world.serve();
  const desk = new Desk(world);
  const start = async (status: number): Promise<void> => {
    const heard = await desk.post("/flows/paytrace-receipts-file-to-sage500/start",
      { trigger: "by_hand", body: { day: today } });
    assert.equal(heard.status, status, heard.text);
  };
  for (const status of [202, 409]) await start(status); // a day is one run, whoever starts it
  await under(world, nothing, "the file is there", () => job.waits());
  await server.kill();
  job.work();
  await world.serve();
  await under(world, nothing, "what is not posted is asked about", () => reviews(world).some(asked));
  await settle(world, nothing, asked);
  assert.deepEqual(paytrace.faults.list.map((fault) => fault.hits), [1, 1, 1, 1]);
  assert.deepEqual(job.taken, [`receipts-SOA-${today}`]);
  assert.equal(job.rows(`in/receipts-SOA-${today}.csv`).length, operations + 4);
  assert.deepEqual([...sage.receipts().values()], Array(operations + 2).fill(1), "a payment has two receipts, or none");
  assert.equal(sage.differences(), "");
  assert.equal(BigInt(Math.round(sage.number("SELECT sum(TranAmt) FROM tarCustPmt") * 100)),
    gateway.books.balance() - 6000n - 888n - 999n);
  assert.equal(sage.number("SELECT count(*) FROM tarInvoice WHERE InvcKey BETWEEN 2001 AND 2999 AND Balance = 0"),
    operations);
  const [task] = reviews(world);
  assert.equal(task?.title, `Cash receipts of ${today}: 3 payments are not posted`);
  decide(world, task.review, "explained", { explanation: "They are entered by hand" });
  await start(409);
  await settle(world, nothing, asked);
  assert.deepEqual((await world.runs("&flow=paytrace-receipts-file-to-sage500")).map((run) => run.status),
    ["succeeded"]);
  assert.equal((await world.runs("&flow=notice")).length, 1, "one letter of the day");
  await dashboardSays(world, { posted: money(gateway.books.balance() - 6000n - 888n - 999n), not_posted: "0" });
  assert.deepEqual(reviews(world), []);
  assert.ok(existsSync(join(world.folder, "sage500", "in", `receipts-SOA-${today}.ok`)));
});
