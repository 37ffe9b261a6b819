// The settlement of a large day, line by line. The real program with the real template, on one core; stand-ins of both
// systems beside it.
//
//     tests/node tests/bench/settlement.ts [PAIRING [LINES [LINES OF A BATCH]]]
//
// PAIRING: sl-paytrace (the default), d365-paytrace, sl-cybersource, sage500-paytrace. LINES: 100000; the first has
// them in one batch, or in several. WEFT names the program (default build/weft). The clock runs from the moment at
// which the program is up until every run has ended; then the books are compared. It prints the seconds, those in
// which the program itself computed, and the most memory that it had. Anything but equal books is an error.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Desk } from "../program/desk.ts";
import { d365Paytrace } from "./settlement/d365_paytrace.ts";
import type { Day } from "./settlement/day.ts";
import { sage500 } from "./settlement/sage500.ts";
import { slCybersource } from "./settlement/sl_cybersource.ts";
import { slPaytrace } from "./settlement/sl_paytrace.ts";

const pairings: Record<string, (lines: number, each: number) => Promise<Day>> = {
  "sl-paytrace": slPaytrace, "d365-paytrace": d365Paytrace, "sl-cybersource": slCybersource,
  "sage500-paytrace": sage500,
};

const pairing = process.argv[2] ?? "sl-paytrace";
const lines = Number(process.argv[3] ?? 100_000);
const make = pairings[pairing];
assert.ok(make !== undefined && lines > 0, `PAIRING is one of ${Object.keys(pairings).join(", ")}; LINES is a number`);
const day = await make(lines, Number(process.argv[4] ?? lines));

const server = await day.world.serve({ wrapper: ["taskset", "-c", "0"], env: { WEFT_FILES_ROOT: day.world.folder } });
const pid = server.child.pid ?? 0;
const began = performance.now();
await day.begin(new Desk(day.world));
while (!await day.over()) {
  const failed = (await day.world.page("status=failed&limit=1")).items[0];
  assert.equal(failed, undefined, JSON.stringify(failed));
  assert.ok(performance.now() - began < 900_000, "it is not over after 900 s");
  await sleep(100);
}
const seconds = (performance.now() - began) / 1000;
const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
const computed = (Number(stat[11]) + Number(stat[12])) / 100;
const most = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";

await day.prove();
process.stdout.write(`${pairing}: ${lines} lines ${day.what} in ${seconds.toFixed(1)} s; the program computed for `
  + `${computed.toFixed(1)} s of them on one core, and had ${(Number(most) / 1024).toFixed(0)} MiB at most\n`);
await day.world.end();
await day.close();
