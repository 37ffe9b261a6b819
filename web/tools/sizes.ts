// Holds the build to its budgets: kilobytes as they travel (gzip). Prints a table; fails when a
// budget is crossed.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const dist = join(import.meta.dirname, "..", "dist");
const assets = join(dist, "assets");
/** The smallest files have no packed form. */
const size = (name: string) => {
  const packed = join(assets, `${name}.gz`);
  return statSync(existsSync(packed) ? packed : join(assets, name)).size;
};
const files = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name));

/** What the first page loads: the scripts and styles that index.html names. */
const html = readFileSync(join(dist, "index.html"), "utf8");
const first = files.filter((name) => html.includes(`/assets/${name}`));
const routeOf = (pattern: RegExp) => files.filter((name) => pattern.test(name));

const budgets: [what: string, files: string[], kilobytes: number][] = [
  ["first load", first, 240],
  ["mapper", routeOf(/^Mapper-.*\.js$/), 25],
  ["everything", files, 750],
];

let crossed = 0;
for (const [what, list, budget] of budgets) {
  const kilobytes = list.reduce((sum, name) => sum + size(name), 0) / 1000;
  if (kilobytes > budget) crossed++;
  const mark = kilobytes > budget ? "  TOO MUCH" : "";
  process.stdout.write(
    `${what.padEnd(12)} ${kilobytes.toFixed(1).padStart(7)} kB of ${budget}${mark}\n`,
  );
}
for (const name of routeOf(/\.route-|-route/)) {
  process.stdout.write(`  ${name} ${(size(name) / 1000).toFixed(1)} kB\n`);
}
process.exitCode = crossed > 0 ? 1 : 0;
