/* What can stand where somebody types in a module: the library's functions with their words, the
 * flow's other rules, and the fields that a sample has. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Place } from "../inspector/sample.ts";
import type { LibraryFunction } from "./server.ts";

export interface Known {
  readonly functions: readonly LibraryFunction[];
  readonly places: readonly Place[];
  readonly rules: readonly string[] /* names of modules, for require */;
  readonly tables: readonly string[];
  readonly lookups: readonly string[];
  /** The arguments of the functions here, by what they are called with: event -> trigger.body */
  readonly params: ReadonlyMap<string, string>;
}

const KEYWORDS = [
  ..."and break do else elseif end false for function if in local nil not null or repeat".split(
    " ",
  ),
  ..."return then true until while require ipairs pairs".split(" "),
];

/** The words beside a completion: what it does, and an example. */
export function about(one: LibraryFunction): Node {
  const box = document.createElement("div");
  box.className = "lua-about";
  const add = (tag: string, text: string): void => {
    const part = document.createElement(tag);
    part.textContent = text;
    box.append(part);
  };
  add("code", one.call);
  add("p", one.text.replaceAll("`", ""));
  const [example] = one.examples;
  if (example !== undefined) {
    add("code", `${example.code}  → ${example.result}`);
  }
  return box;
}

function functionOptions(known: Known, method: boolean): Completion[] {
  const seen = new Set<string>();
  const out: Completion[] = [];
  for (const one of known.functions) {
    if (one.name.startsWith(":") !== method || seen.has(one.name)) {
      continue;
    }
    seen.add(one.name);
    out.push({
      label: method ? one.name.slice(1) : one.name,
      detail: /\(.*/.exec(one.call.replaceAll("`", ""))?.[0] ?? "",
      type: "function",
      info: () => about(one),
    });
  }
  return out;
}

/** Fields behind `event.`: those of what the function is called with. */
function fieldOptions(known: Known, typed: string): Completion[] {
  const [head = ""] = typed.split(".", 1);
  const source = known.params.get(head) ?? head;
  const stem = source + typed.slice(head.length, typed.lastIndexOf(".") + 1);
  const out: Completion[] = [];
  for (const place of known.places) {
    if (place.path.startsWith(stem) && !/[.[]/.test(place.path.slice(stem.length))) {
      const own = head + place.path.slice(source.length);
      out.push({ label: own, detail: place.text, type: "property", boost: 2 });
    }
  }
  return out;
}

/** Names within the quotes of require 'rules.', decide(', lookup('. */
function nameOptions(context: CompletionContext, known: Known): CompletionResult | null {
  const found = context.matchBefore(
    /(?:require\s*\(?\s*['"][\w.]*|(?:decide|lookup(?:\.\w+)?)\s*\(\s*['"]\w*)$/,
  );
  if (found === null) {
    return null;
  }
  const quote = Math.max(found.text.lastIndexOf("'"), found.text.lastIndexOf('"'));
  const names = found.text.startsWith("require")
    ? known.rules.map((name) => `rules.${name}`)
    : found.text.startsWith("decide")
      ? known.tables
      : known.lookups;
  return {
    from: found.from + quote + 1,
    options: names.map((label) => ({ label, type: "constant" })),
  };
}

export function completeLua(context: CompletionContext, known: Known): CompletionResult | null {
  const names = nameOptions(context, known);
  if (names !== null) {
    return names;
  }
  const method = context.matchBefore(/:[A-Za-z_]*$/);
  if (method !== null) {
    return { from: method.from + 1, options: functionOptions(known, true) };
  }
  const word = context.matchBefore(/[A-Za-z_][A-Za-z0-9_.]*$/);
  if (word === null && !context.explicit) {
    return null;
  }
  const typed = word?.text ?? "";
  const from = word?.from ?? context.pos;
  const params = [...known.params.keys()].map((label) => ({ label, type: "variable", boost: 3 }));
  return {
    from,
    options: [
      ...fieldOptions(known, typed),
      ...params,
      ...functionOptions(known, false),
      ...["trigger", "steps", "vars", "run"].map((label) => ({ label, type: "variable" })),
      ...KEYWORDS.map((label) => ({ label, type: "keyword", boost: -1 })),
    ],
    validFor: /^[A-Za-z0-9_]*$/,
  };
}
