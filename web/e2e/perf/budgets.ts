// npm run budgets: every line of the budgets, measured at leisure on a machine that does nothing
// else. Prints the table; ends with 1 when something is over its budget.
import { Bench } from "./bench.ts";
import { editors } from "./editors.ts";
import { lists } from "./lists.ts";
import { loads } from "./loads.ts";
import { isOver, tableOf } from "./table.ts";

const TIMES = 5;
const FRAMES = 120;

const bench = await Bench.open({ times: TIMES, frames: FRAMES });
try {
  await loads(bench);
  await lists(bench);
  await editors(bench);
} finally {
  process.stdout.write(`${tableOf(bench.rows)}\n`);
  await bench.inside.stop();
}
process.exitCode = bench.rows.some(isOver) ? 1 : 0;
