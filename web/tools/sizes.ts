// Holds the build to its budgets: kilobytes as they travel (gzip). Prints a table; fails when a
// budget is crossed.
import { files, first, partsOf, sizeOf } from "./parts.ts";

const routeOf = (pattern: RegExp) => files.filter((name) => pattern.test(name));

const budgets: [what: string, files: string[], kilobytes: number][] = [
  // Without the words of the screens that are loaded later, which words.ts sees to.
  ["first load", first, 214],
  ["mapper", routeOf(/^Mapper-.*\.js$/), 28],
  // Groups of people who decide are a screen of their own: 3 kB, loaded with People.
  ["everything", files, 794],
];

let crossed = 0;
for (const [what, list, budget] of budgets) {
  const kilobytes = list.reduce((sum, name) => sum + sizeOf(name), 0);
  if (kilobytes > budget) crossed++;
  const mark = kilobytes > budget ? "  TOO MUCH" : "";
  process.stdout.write(
    `${what.padEnd(12)} ${kilobytes.toFixed(1).padStart(7)} kB of ${budget}${mark}\n`,
  );
}
for (const { what, kilobytes, budget } of partsOf()) {
  const over = kilobytes > budget ? "  over" : "";
  process.stdout.write(`  + ${what}: ${kilobytes.toFixed(1)} kB of ${budget}${over}\n`);
}
for (const name of routeOf(/\.route-|-route/)) {
  process.stdout.write(`  ${name} ${sizeOf(name).toFixed(1)} kB\n`);
}
process.exitCode = crossed > 0 ? 1 : 0;
