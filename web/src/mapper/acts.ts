/* What can be done in the mapper, by name: keys, buttons, the mouse and the palette call these. */
import { isExpression } from "../model/expressions.ts";
import { addField, connect, drop, type Edit, removeLines } from "./edits.ts";
import type { Mapping } from "./mapping.tsx";
import { targetParent } from "./paths.ts";
import type { Suggestion } from "./server.ts";

/** Leads the source to the target; both are places of the trees. */
export function lead(mapping: Mapping, source: string, target: string): boolean {
  const [from, to] = [mapping.sources.get(source), mapping.nodes.get(target)];
  if (from === undefined || to === undefined) {
    return false;
  }
  const done = mapping.change("connect", { source, target }, drop(mapping.config, from, to));
  mapping.store.setState({ picked: undefined, target, tab: "field" });
  return done;
}

export function remove(mapping: Mapping, target: string): void {
  const lines = mapping.targets.get(target) ?? [];
  if (lines.length === 0) {
    mapping.change("remove", { target, count: 0 }, { why: "notMapped" });
    return;
  }
  const paths = lines.map((line) => line.path);
  const config = removeLines(mapping.config, paths);
  mapping.change("remove", { target, count: paths.length }, { config });
}

/** A line that is still to be written. */
export function begin(
  mapping: Mapping,
  target: string,
  value: Parameters<typeof addField>[2],
): void {
  mapping.change("add", { target }, addField(mapping.config, target, value));
}

function accepted(config: Mapping["config"], one: Suggestion): Edit {
  const plain = one.how === "copy" || !isExpression(one.expression);
  return plain
    ? connect(config, one.from, one.to)
    : addField(config, one.to, { from: one.expression ?? "=" });
}

/** The sure ones first; one that needs a list comes behind the one that makes it. */
export function accept(mapping: Mapping, suggestions: readonly Suggestion[]): void {
  let { config } = mapping;
  let count = 0;
  for (const one of suggestions) {
    const next = accepted(config, one);
    if ("config" in next) {
      config = next.config;
      count++;
    }
  }
  const [only] = suggestions;
  mapping.change(
    count === 1 ? "accept" : "acceptAll",
    { count, target: only?.to ?? "" },
    count === 0 ? { why: "noList" } : { config },
  );
}

export function suggestionFor(
  mapping: Mapping,
  target: string | undefined,
): Suggestion | undefined {
  return mapping.suggestions.find((one) => one.to === target);
}

/** The next target, in the order of the tree, that nothing fills. */
export function nextUnmapped(
  mapping: Mapping,
  from: string | undefined,
  by: 1 | -1,
): string | undefined {
  const nodes = [...mapping.nodes.values()];
  const start = nodes.findIndex((node) => node.key === from);
  const free = (i: number): boolean => {
    const node = nodes[i];
    return node !== undefined && node.children.length === 0 && !isFilled(mapping, node.key);
  };
  for (let i = 1; i <= nodes.length; i++) {
    const at = (start + by * i + 2 * nodes.length) % nodes.length;
    if (free(at)) {
      return nodes[at]?.key;
    }
  }
  return undefined;
}

/** A line fills the target, or the whole that it is part of. */
export function isFilled(mapping: Pick<Mapping, "targets">, target: string): boolean {
  for (let at = target; at !== ""; at = targetParent(at)) {
    const lines = mapping.targets.get(at);
    if (lines?.some((line) => at === target || line.kind !== "list") === true) {
      return true;
    }
  }
  return false;
}
