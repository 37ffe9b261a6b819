// Gives each module the words that it names: the build finds the keys of en.json in its code and adds
// a call that registers them. So a screen that is loaded later brings its words, the first load has
// only its own, a word is written once, and a module cannot run before its words are there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, parseSync } from "vite";

const folder = join(import.meta.dirname, "..", "src", "i18n");
const SOURCE = join(folder, "en.json");
const REGISTRY = join(folder, "words.ts");

export function readWords(): Record<string, string> {
  return JSON.parse(readFileSync(SOURCE, "utf8"));
}

/** A key as a module names it, or the parts around the holes of a template: `run.status.${status}`. */
type Named = string | string[];

interface Node {
  type: string;
  [member: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value;

const textOf = (quasi: unknown) => (quasi as { value: { cooked: string } }).value.cooked;

/** A key that begins with a hole: nobody could say which words it needs. */
function isHeadless({ type, callee, arguments: given }: Node): boolean {
  if (type !== "CallExpression" || !isNode(callee) || !isNode((given as unknown[])[0]))
    return false;
  const [key] = given as Node[];
  const isWord = callee.name === "t" || callee.name === "isTextKey";
  return isWord && key?.type === "TemplateLiteral" && textOf((key.quasis as unknown[])[0]) === "";
}

/** Every text that the code holds, as a key or as the ends of one. */
function collect(node: unknown, into: Named[]): void {
  if (Array.isArray(node)) for (const one of node) collect(one, into);
  if (!isNode(node)) return;
  if (node.type === "ImportDeclaration") return;
  if (isHeadless(node))
    throw new Error("a key begins with a hole: name its section, as in `run.…`");
  if (node.type === "Literal" && typeof node.value === "string") into.push(node.value);
  if (node.type === "TemplateLiteral") into.push((node.quasis as unknown[]).map(textOf));
  for (const member of Object.values(node)) collect(member, into);
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What the keys look like that a template names, or a text that they go on from ("alert.severity"). */
function patternOf(one: Named): RegExp | undefined {
  const [head = "", ...rest] = typeof one === "string" ? [`${one}.`, ""] : one;
  if (!/^\w+\..*$/.test(typeof one === "string" ? one : head) || rest.length === 0)
    return undefined;
  // Behind the section alone a hole is one part, as in `user.${act}`; else it may hold dots itself.
  const hole = /^\w+\.$/.test(head) ? "[^.]+" : ".+";
  return new RegExp(`^${literal(head)}${hole}${rest.map(literal).join(".+")}$`);
}

/** The keys that a module names. */
export function keysIn(file: string, code: string, all: readonly string[]): string[] {
  const known = new Set(all);
  const named: Named[] = [];
  const { program, errors } = parseSync(file, code);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  collect(program, named);
  const keys = new Set<string>();
  for (const one of named) {
    if (typeof one === "string" && known.has(one)) keys.add(one);
    const pattern = patternOf(one);
    if (pattern) for (const key of all) if (pattern.test(key)) keys.add(key);
  }
  return [...keys];
}

export function wordsByModule(): Plugin {
  return {
    name: "weft-words",
    enforce: "post",
    transform: {
      filter: { id: /\/src\/.*\.tsx?$/ },
      handler(code, id) {
        this.addWatchFile(SOURCE);
        const words = readWords();
        const keys = keysIn(id, code, Object.keys(words));
        if (keys.length === 0) return undefined;
        const own = Object.fromEntries(keys.map((key) => [key, words[key]]));
        // At its end, so that every line stays where it was.
        const call = `import { addWords as $words } from ${JSON.stringify(REGISTRY)};`;
        return { code: `${code}\n${call}$words(${JSON.stringify(own)});`, map: null };
      },
    },
  };
}
