// docs/GUIDE.md as what it is: steps with lines that somebody carries out. A line whose form is not
// known here is a mistake of the guide.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

export type Line =
  | { does: "press" | "choose" | "see" | "tick"; what: string }
  | { does: "type"; label: string; value: string }
  | { does: "typeAddress"; label: string }
  | { does: "openFirst" }
  | { does: "run"; command: string }
  | { does: "printed"; text: string };

export interface Step {
  title: string;
  lines: Line[];
}

const FORMS: [form: RegExp, line: (found: string[]) => Line][] = [
  [/^Press \*\*(.+)\*\*\.$/, ([what = ""]) => ({ does: "press", what })],
  [/^Choose \*\*(.+)\*\*\.$/, ([what = ""]) => ({ does: "choose", what })],
  [/^You see \*\*(.+)\*\*\.$/, ([what = ""]) => ({ does: "see", what })],
  [/^You see a green tick at \*\*(.+)\*\*\.$/, ([what = ""]) => ({ does: "tick", what })],
  [/^\*\*(.+)\*\*: `(.+)`$/, ([label = "", value = ""]) => ({ does: "type", label, value })],
  [
    /^\*\*(.+)\*\*: the address of the stand-in$/,
    ([label = ""]) => ({ does: "typeAddress", label }),
  ],
  [/^Open the address with `\/first#` that it has printed\.$/, () => ({ does: "openFirst" })],
];

function lineOf(text: string): Line {
  for (const [form, line] of FORMS) {
    const found = form.exec(text);
    if (found) return line(found.slice(1));
  }
  throw new Error(`docs/GUIDE.md: nobody knows how to carry out "${text}"`);
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  const parts = text.matchAll(/^```(\w*)\n([^`]*)^```$|^- (.+)$/gm);
  for (const [, language, block = "", item] of parts) {
    if (item !== undefined) lines.push(lineOf(item));
    else if (language === "sh") lines.push({ does: "run", command: block.trim() });
    else if (language === "text") lines.push({ does: "printed", text: block.trim() });
    else throw new Error(`docs/GUIDE.md: a block is "sh" or "text", not "${language}"`);
  }
  return lines;
}

const PAIRINGS = "The other pairings";

/** A row of the table of pairings: the template that one begins with, and the pairing's own name. */
export function readPairing(title: string): { template: string; pairing: string } {
  const row = new RegExp(
    `^\\| ${title} \\| (.+?) \\| \`tests/node tests/systems/serve\\.ts ([a-z0-9-]+)\` \\|$`,
    "m",
  );
  const found = row.exec(readFileSync(resolve(ROOT, "docs/GUIDE.md"), "utf8"));
  assert.ok(found, `docs/GUIDE.md has no row of ${title}`);
  return { template: found[1] ?? "", pairing: found[2] ?? "" };
}

export function readGuide(): Step[] {
  const [, ...all] = readFileSync(resolve(ROOT, "docs/GUIDE.md"), "utf8").split(/^## /m);
  const parts = all.filter((part) => !part.startsWith(PAIRINGS));
  return parts.map((part, at) => {
    const title = part.slice(0, part.indexOf("\n"));
    assert.ok(title.startsWith(`${at + 1}. `), `docs/GUIDE.md: "${title}" is step ${at + 1}`);
    const lines = linesOf(part);
    assert.ok(lines.length > 0, `docs/GUIDE.md: nothing is to be done in "${title}"`);
    return { title, lines };
  });
}
