/*
 * What can be done to a mapping, as changes of the settings of transform.map. Nothing else of the
 * settings is touched: members that nobody here knows stay as they are.
 */
import { isExpression } from "../model/expressions.ts";
import { arrayOf, type Json, type JsonObject, objectOf, withMember } from "../model/json.ts";
import { type Path, valueAt, withValueAt } from "../model/pointer.ts";
import { targetNames } from "../model/targets.ts";
import { chainOf, chainText } from "./chain.ts";
import { byTarget, type Line, linesOf, makerOf } from "./lines.ts";
import { alike, isWithin, listAround, listsOf } from "./paths.ts";
import { pathOnly, saidIn } from "./reads.ts";
import { leavesOf, type TreeNode } from "./trees.ts";

export type Why = "madeOtherwise" | "needsList" | "noList" | "nothingAlike" | "notMapped" | "full";
export type Edit = { readonly config: JsonObject } | { readonly why: Why };

export const MOST_FIELDS = 1000; /* of a list, as the program takes them */

function changed(config: JsonObject, path: Path, value: Json | undefined): JsonObject {
  return objectOf(withValueAt(config, path, value));
}

function push(config: JsonObject, list: Path, field: JsonObject): Edit {
  const before = arrayOf(valueAt(config, list));
  return before.length >= MOST_FIELDS
    ? { why: "full" }
    : { config: changed(config, list, [...before, field]) };
}

/* ---- One line */

export function setMember(
  config: JsonObject,
  path: Path,
  name: string,
  value: Json | undefined,
): JsonObject {
  return changed(config, [...path, name], value);
}

/** Takes lines out, with what stands in them; their lists stay. */
export function removeLines(config: JsonObject, paths: readonly Path[]): JsonObject {
  const later = (a: Path, b: Path): number => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const [x, y] = [a[i], b[i]];
      if (x !== y && typeof x === "number" && typeof y === "number") {
        return y - x;
      }
    }
    return b.length - a.length;
  };
  return [...paths].sort(later).reduce((now, path) => changed(now, path, undefined), config);
}

/** The line before or behind another of the same target: the first that holds counts. */
export function moveLine(config: JsonObject, path: Path, by: -1 | 1): JsonObject {
  const line = linesOf(config).find((one) => one.path.join() === path.join());
  const rivals = line === undefined ? [] : (byTarget(linesOf(config)).get(line.target) ?? []);
  const at = rivals.findIndex((one) => one.path.join() === path.join());
  const other = rivals[at + by];
  if (line === undefined || other === undefined || other.path.length !== path.length) {
    return config;
  }
  return changed(changed(config, path, other.field), other.path, line.field);
}

/** Another line for the same target, tried before this one, with a condition to be written. */
export function addCase(config: JsonObject, line: Line): Edit {
  const list = line.path.slice(0, -1);
  const at = Number(line.path.at(-1));
  const fields = arrayOf(valueAt(config, list));
  if (fields.length >= MOST_FIELDS) {
    return { why: "full" };
  }
  const { each: _each, fields: _fields, sort: _sort, ...plain } = line.field;
  const { group: _group, where: _where, as: _as, default: _default, ...field } = plain;
  return { config: changed(config, list, fields.toSpliced(at, 0, { ...field, when: "=" })) };
}

/* ---- New lines */

/** Where a field of this target belongs: the list that it is written in, and its name there. */
interface Home {
  readonly list: Path;
  readonly to: string;
  readonly scopes: Line["scopes"];
  readonly outer: Line | undefined /* the line that makes the list around it */;
}

function homeOf(config: JsonObject, target: string): Home | undefined {
  const around = listAround(target);
  if (around === undefined) {
    return { list: ["fields"], to: target, scopes: [], outer: undefined };
  }
  const maker = makerOf(linesOf(config), around.list);
  if (maker === undefined) {
    return undefined;
  }
  if (maker.kind === "list") {
    const list = [...maker.path, "fields"];
    return { list, to: around.rest, scopes: maker.scopes, outer: maker };
  }
  const through = listAround(maker.to);
  const to = through === undefined ? around.rest : `${through.list}[].${around.rest}`;
  return { list: maker.path.slice(0, -1), to, scopes: maker.scopes, outer: maker };
}

export function addField(config: JsonObject, target: string, rest: JsonObject): Edit {
  const home = homeOf(config, target);
  return home === undefined
    ? { why: "needsList" }
    : push(config, home.list, { to: home.to, ...rest });
}

/** A list whose elements are made of those of a source. */
function addList(config: JsonObject, target: string, source: string): Edit {
  const home = homeOf(config, target);
  if (home === undefined) {
    return { why: "needsList" };
  }
  const named = namedFor(config, home, source);
  const scopes = homeOf(named, target)?.scopes ?? home.scopes;
  return push(named, home.list, { to: home.to, each: `=${saidIn(source, scopes)}`, fields: [] });
}

/** An element of an outer list can be named from within an inner one when it has a name. */
function namedFor(config: JsonObject, home: Home, source: string): JsonObject {
  const outside = home.scopes.length === 0 ? undefined : home.outer;
  const hidden = outside?.outer.length === 0 ? undefined : outside;
  const lines = linesOf(config);
  const holder = lines.find(
    (line) =>
      line.makes !== undefined &&
      hidden?.makes?.startsWith(`${line.makes}[].`) === true &&
      line.field.as === undefined &&
      line.field.group === undefined &&
      line.scopes[0]?.root !== undefined &&
      isWithin(source, line.scopes[0].root),
  );
  const inner = home.scopes[0]?.root;
  if (holder === undefined || (inner !== undefined && isWithin(source, inner))) {
    return config;
  }
  const last =
    targetNames(holder.target)
      .at(-1)
      ?.name.replace(/[^A-Za-z0-9_]/g, "") ?? "";
  const single = /^[A-Za-z_]/.test(last) ? last.replace(/s$/i, "") : "outer";
  return setMember(config, holder.path, "as", `${single.slice(0, 40)}_item`);
}

/** The lists around a target that are still to be made, each of one of the source's lists. */
function withLists(config: JsonObject, target: string, source: string): Edit {
  const missing: string[] = [];
  for (let at = listAround(target); at !== undefined; at = listAround(at.list)) {
    if (makerOf(linesOf(config), at.list) !== undefined) {
      break;
    }
    missing.unshift(at.list);
  }
  const made = listAround(missing[0] ?? target);
  const root =
    made === undefined ? undefined : makerOf(linesOf(config), made.list)?.scopes[0]?.root;
  const lists = listsOf(source).filter((list) => root === undefined || isWithin(list, root));
  if (lists.length < missing.length) {
    return { why: "noList" };
  }
  const used = lists.slice(lists.length - missing.length);
  let now: Edit = { config };
  for (const [i, list] of missing.entries()) {
    now = "why" in now ? now : addList(now.config, list, used[i] ?? "");
  }
  return now;
}

/** Leads a source to a target; functions, conditions and defaults of a line that is there stay. */
export function connect(config: JsonObject, source: string, target: string): Edit {
  const there = byTarget(linesOf(config)).get(target)?.at(-1);
  if (there !== undefined) {
    return reconnect(config, there, source);
  }
  const ready = withLists(config, target, source);
  if ("why" in ready) {
    return ready;
  }
  const home = homeOf(ready.config, target);
  if (home === undefined) {
    return { why: "needsList" };
  }
  const named = namedFor(ready.config, home, source);
  const scopes = homeOf(named, target)?.scopes ?? home.scopes;
  return push(named, home.list, { to: home.to, from: `=${saidIn(source, scopes)}` });
}

function reconnect(config: JsonObject, line: Line, source: string): Edit {
  if (line.kind === "list") {
    return {
      config: setMember(config, line.path, "each", `=${saidIn(source, line.outer)}`),
    };
  }
  const { from } = line.field;
  const said = saidIn(source, line.scopes);
  if (!isExpression(from) || line.kind === "nothing") {
    return { config: setMember(config, line.path, "from", `=${said}`) };
  }
  const chain = chainOf(from.slice(1));
  if (pathOnly(chain.base, line.scopes) === undefined && chain.base.trim() !== "") {
    return { why: "madeOtherwise" };
  }
  return {
    config: setMember(config, line.path, "from", `=${chainText({ ...chain, base: said })}`),
  };
}

/** A list of a list, and its members by their names. */
export function connectLists(config: JsonObject, source: TreeNode, target: TreeNode): Edit {
  const there = byTarget(linesOf(config)).get(target.key)?.at(-1);
  if (there !== undefined) {
    return reconnect(config, there, source.key);
  }
  const around = withLists(config, target.key, source.key);
  if ("why" in around) {
    return around;
  }
  if (target.children.length === 0) {
    const home = homeOf(around.config, target.key);
    const said = saidIn(source.key, home?.scopes ?? []);
    return addField(around.config, target.key, { from: `=${said}` });
  }
  const made = addList(around.config, target.key, source.key);
  if ("why" in made) {
    return made;
  }
  const members = connectAlike(made.config, source, target);
  return "why" in members ? made : members;
}

/** Every target below one whose name, and way, is alike that of a source below the other. */
export function connectAlike(config: JsonObject, source: TreeNode, target: TreeNode): Edit {
  const start = (node: TreeNode): number => node.key.length + (node.kind === "list" ? 2 : 0);
  const way = (node: TreeNode, from: TreeNode): string =>
    node.key.slice(start(from)).replace(/^\./, "");
  const sources = leavesOf(source);
  const mapped = byTarget(linesOf(config));
  let now = config;
  for (const leaf of leavesOf(target)) {
    const from = sources.find((one) => alike(way(one, source), way(leaf, target)));
    const next =
      from === undefined || mapped.has(leaf.key) ? undefined : connect(now, from.key, leaf.key);
    now = next !== undefined && "config" in next ? next.config : now;
  }
  return now === config ? { why: "nothingAlike" } : { config: now };
}

/** Whatever is dropped on whatever. */
export function drop(config: JsonObject, source: TreeNode, target: TreeNode): Edit {
  if (source.kind === "list" && target.kind === "list") {
    return connectLists(config, source, target);
  }
  const there = byTarget(linesOf(config)).has(target.key);
  if (
    source.kind === "object" &&
    target.kind === "object" &&
    !there &&
    target.children.length > 0
  ) {
    return connectAlike(config, source, target);
  }
  return connect(config, source.key, target.key);
}

/* ---- For previews */

/** The settings with one line alone, in the lists around it. */
export function onlyLine(config: JsonObject, path: Path): JsonObject {
  const [, index, ...deeper] = path;
  const field = objectOf(arrayOf(config.fields)[Number(index)]);
  const single = deeper.length === 0 ? field : onlyLine(field, deeper);
  return { ...withMember(config, "schema", undefined), fields: [single] };
}
