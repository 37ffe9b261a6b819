// What each part of the screens needs of the build beyond the first load, kilobytes as they travel
// (gzip): the chunk by which it begins, and every chunk that this one cannot begin without.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const dist = join(import.meta.dirname, "..", "dist");
const assets = join(dist, "assets");

export const files = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name));

/** The smallest files have no packed form. */
export function sizeOf(name: string, form: "gz" | "br" = "gz"): number {
  const packed = join(assets, `${name}.${form}`);
  return statSync(existsSync(packed) ? packed : join(assets, name)).size / 1000;
}

/** What the first page loads: the scripts and styles that index.html names. */
const html = readFileSync(join(dist, "index.html"), "utf8");
export const first = files.filter((name) => html.includes(`/assets/${name}`));

const IMPORT = /(?:from|import)"\.\/([^"]+\.js)"/g;

/** Adds the chunk and what it imports. */
function add(name: string, into: Set<string>): void {
  if (into.has(name)) return;
  into.add(name);
  for (const [, next = ""] of readFileSync(join(assets, name), "utf8").matchAll(IMPORT)) {
    add(next, into);
  }
}

/** A part, the chunks by which it begins, its budget; each is loaded after those before it. */
const PARTS: [what: string, begins: RegExp, kilobytes: number][] = [
  ["dashboard", /^(home\.route|Plot)-.*\.js$/, 35],
  ["board", /^editor\.route-.*\.js$/, 104],
  ["expressions", /^(Inspector|CodeEditor)-.*\.js$/, 140],
  ["mapper", /^Mapper-.*\.js$/, 28],
  ["tidy-up", /^tidy\.worker-.*\.js$/, 20],
];

export interface Part {
  what: string;
  /** Of its scripts. */
  kilobytes: number;
  budget: number;
}

export function partsOf(): Part[] {
  const known = new Set<string>();
  for (const name of files.filter((one) => /^(flows\.route)-.*\.js$/.test(one))) add(name, known);
  for (const name of first.filter((one) => one.endsWith(".js"))) add(name, known);
  return PARTS.map(([what, begins, budget]) => {
    const own = new Set(known);
    for (const name of files.filter((one) => begins.test(one))) add(name, own);
    const kilobytes = [...own].reduce((sum, one) => sum + (known.has(one) ? 0 : sizeOf(one)), 0);
    for (const name of own) known.add(name);
    return { what, kilobytes, budget };
  });
}
