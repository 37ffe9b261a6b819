// The budgets with real data, once through: prints the table. Fails for what no slow machine explains:
// elements, bytes, memory, and work of the page's main thread far over the budget. npm run budgets
// measures longer and holds each line to its budget.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Bench } from "./perf/bench.ts";
import { editors } from "./perf/editors.ts";
import { lists } from "./perf/lists.ts";
import { loads } from "./perf/loads.ts";
import { isFarOver, type Row, tableOf } from "./perf/table.ts";

describe("budgets", () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open({ times: 1, frames: 10 });
  });
  after(async () => {
    process.stdout.write(`${tableOf(bench.rows).replace(/^/gm, "# ")}\n`);
    await bench.inside.stop();
  });

  const told = ({ what, value }: Row): string => `${what}: ${value}`;
  for (const [name, measure] of Object.entries({ loads, lists, editors })) {
    test(name, async () => {
      const from = bench.rows.length;
      await measure(bench);
      const over = bench.rows.slice(from).filter(isFarOver);
      assert.deepEqual(over.map(told), []);
    });
  }
});
