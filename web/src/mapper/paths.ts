/*
 * Names of places, of both sides of a mapping.
 *
 * A source is called by its key: what an expression would say, with [] for the elements of a list:
 * trigger.body.lines[].sku, steps.entry['Doc No']. A target is written as in `to`: lines[].sku, a
 * dot that belongs to a name behind a backslash.
 */
import { member } from "../inspector/sample.ts";
import { type TargetName, targetNames } from "../model/targets.ts";

const SOURCE_LAST = /(\[\]|\.[A-Za-z_][A-Za-z0-9_]*|\['(?:[^'\\]|\\.)*'\])$/;

/** What the place stands in: of lines[].sku the elements, lines[]; "" above the first name. */
export function sourceParent(key: string): string {
  const last = SOURCE_LAST.exec(key)?.[0];
  return last === undefined ? "" : key.slice(0, -last.length);
}

export function sourceMember(key: string, name: string): string {
  return key === "" ? name : member(key, name);
}

export function targetText(names: readonly TargetName[]): string {
  return names.map(({ name, list }) => name.replaceAll(".", "\\.") + (list ? "[]" : "")).join(".");
}

export function targetMember(holder: string, name: string): string {
  const own = name.replaceAll(".", "\\.");
  return holder === "" ? own : `${holder}.${own}`;
}

/** lines[].sku stands in lines, and that in what holds it; "" above the first name. */
export function targetParent(to: string): string {
  const names = targetNames(to);
  const last = names.at(-1);
  if (last?.list) {
    return targetText([...names.slice(0, -1), { ...last, list: false }]);
  }
  const rest = names.slice(0, -1);
  const outer = rest.at(-1);
  return outer === undefined ? "" : targetText([...rest.slice(0, -1), { ...outer, list: false }]);
}

/** The list whose elements the target is in: of a.lines[].tax.net "a.lines"; undefined: none. */
export function listAround(to: string): { list: string; rest: string } | undefined {
  const names = targetNames(to);
  const at = names.slice(0, -1).findLastIndex((name) => name.list);
  const last = names[at];
  if (last === undefined) {
    return undefined;
  }
  return {
    list: targetText([...names.slice(0, at), { ...last, list: false }]),
    rest: targetText(names.slice(at + 1)),
  };
}

/** The lists on the way to a source, the outermost first: trigger.body.orders, ...[].lines. */
export function listsOf(key: string): string[] {
  const out: string[] = [];
  for (let at = key.indexOf("[]"); at >= 0; at = key.indexOf("[]", at + 2)) {
    out.push(key.slice(0, at));
  }
  return out;
}

export function isWithin(key: string, root: string): boolean {
  return key === root || (key.startsWith(root) && /^[.[]/.test(key.slice(root.length)));
}

/** Names are alike whatever their case and their separators. */
export function alike(a: string, b: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  return plain(a) === plain(b) && plain(a) !== "";
}
