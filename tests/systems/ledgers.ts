// The general ledgers of the ERPs as a person reads them, and a journal that one enters by hand.
import type { Dynamics365 } from "./dynamics365/dynamics365.ts";
import type { DynamicsSL } from "./dynamics_sl/dynamics_sl.ts";
import { type JsonObject, scalar } from "./lib/json.ts";
import { cents, money } from "./lib/money.ts";
import type { Sage500 } from "./sage500/sage500.ts";

/** A journal of a general ledger: its accounts with debits above zero and credits below. */
interface Journal {
  name: string;
  lines: [account: string, amount: bigint][];
}

/** As somebody reads them who closes the books: each with its sums by account, and whether it balances. */
function told(journals: readonly Journal[]): string {
  const each = journals.map(({ name, lines }) => {
    const sums = new Map<string, bigint>();
    for (const [account, amount] of lines) sums.set(account, (sums.get(account) ?? 0n) + amount);
    const off = lines.reduce((total, [, amount]) => total + amount, 0n);
    return `${name}: ${[...sums].map(([account, sum]) => `${account} ${money(sum)}`).join(", ")}${off === 0n ? ""
      : ` (out of balance by ${money(off)})`}`;
  });
  return each.length === 0 ? "the ledger is empty" : `ledger: ${each.join("; ")}`;
}

/** What somebody types who enters one: "PayTrace PT20261120A1b2c: 1030-00-00 12.50, 4000-00-00 -12.50". */
function typed(words: string): Journal | string {
  const [name = "", rest = "", ...more] = words.split(":").map((each) => each.trim());
  const lines = rest.split(",").map((line): [string, bigint | undefined] => {
    const [account = "", amount = "", ...others] = line.trim().split(/\s+/);
    return [account, others.length > 0 ? undefined : cents(amount)];
  });
  const whole = lines.flatMap(([account, amount]): Journal["lines"] => amount === undefined ? [] : [[account, amount]]);
  if (name === "" || more.length > 0 || whole.length !== lines.length)
    return "say: enter COMMENT: ACCOUNT AMOUNT, ACCOUNT AMOUNT (credits below zero)";
  const off = whole.reduce((total, [, amount]) => total + amount, 0n);
  return off === 0n ? { name, lines: whole } : `the journal is out of balance by ${money(off)}`;
}

export function ledgerOfSL({ books }: DynamicsSL): string {
  return told(books.journals.map((one) => ({
    name: `${one.batNbr}${one.released ? "" : " not released"}, ${one.lines[0]?.extRefNbr ?? ""}`,
    lines: one.lines.map((line) => [line.acct, line.debit - line.credit]) })));
}

export function ledgerOfDynamics365({ finance }: Dynamics365): string {
  const rows = (set: string): JsonObject[] => [...finance.table(set).rows.values()].map((row) => row.values);
  return told(rows("LedgerJournalHeaders").map((head) => ({
    name: `${scalar(head.JournalBatchNumber)}, ${scalar(head.Description)}`,
    lines: rows("LedgerJournalLines").filter((line) => line.JournalBatchNumber === head.JournalBatchNumber)
      .flatMap((line): Journal["lines"] => {
        const amount = (cents(line.DebitAmount) ?? 0n) - (cents(line.CreditAmount) ?? 0n);
        return [[scalar(line.AccountDisplayValue), amount], [scalar(line.OffsetAccountDisplayValue), -amount]];
      }) })));
}

/** As it would be entered and posted in Sage 500's own screens, which are not here. */
export function enterInSage(sage: Sage500, words: string): string {
  const journal = typed(words);
  if (typeof journal === "string") return journal;
  const keys = new Map(sage.rows("SELECT GLAcctNo, GLAcctKey FROM tglAccount").map(([no = "", key = ""]) => [no, key]));
  const unknown = journal.lines.find(([account]) => !keys.has(account));
  if (unknown !== undefined)
    return `there is no account ${unknown[0]}; there are ${[...keys.keys()].join(", ")}`;
  if (/[^\w .-]/.test(journal.name) || journal.name.length > 50) return `"${journal.name}" is no comment`;
  const [[last = "0"] = []] = sage.rows("SELECT coalesce(max(glTranKey), 0) FROM tglTransaction");
  const rows = journal.lines.map(([account, amount], at) => `(${Number(last) + at + 1}, ${keys.get(account) ?? ""},
    lpad('${Number(last) + 1}', 10, '0'), ${money(amount)}, 'USD', current_date, '${journal.name}')`);
  sage.ask(`INSERT INTO tglTransaction VALUES ${rows.join(", ")}`);
  return `posted: ${journal.name}`;
}

export function ledgerOfSage(sage: Sage500): string {
  const rows = sage.rows(`SELECT TranNo, PostCmnt, GLAcctNo, PostAmt::decimal(15,2) FROM tglTransaction
    JOIN tglAccount USING (GLAcctKey) ORDER BY glTranKey`);
  const journals = new Map<string, Journal>();
  for (const [no = "", comment = "", account = "", amount = ""] of rows) {
    const one = journals.get(no) ?? { name: `${no}, ${comment}`, lines: [] };
    one.lines.push([account, cents(amount) ?? 0n]);
    journals.set(no, one);
  }
  return told([...journals.values()]);
}
