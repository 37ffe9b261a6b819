/*
 * The two sides of a mapping as trees: sources from samples, targets from a JSON Schema and from the
 * lines that there are. Trees of ten thousand fields are made at once, and shown a window at a time.
 */
import {
  arrayOf,
  isArray,
  isNumber,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
} from "../model/json.ts";
import { resolved, type Shape, schemaType, typeOf } from "../model/shape.ts";
import type { Line } from "./lines.ts";
import { sourceMember, targetMember, targetParent } from "./paths.ts";

export type NodeKind = "object" | "list" | "leaf";

export interface TreeNode {
  readonly key: string;
  readonly name: string;
  readonly kind: NodeKind;
  readonly type: string /* as JSON Schema calls it; "" is not known */;
  readonly children: TreeNode[];
  readonly required?: boolean;
  readonly limit?: string /* length, format or choices, short */;
  readonly help?: string | undefined;
  readonly sample?: Json | undefined;
  readonly strange?: boolean /* a target that the schema does not have */;
}

const DEEPEST = 12;
const DEEPEST_BARE = 6; /* of what no sample has: a schema may contain itself */
const MOST = 20_000;

export function leavesOf(node: TreeNode): TreeNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leavesOf);
}

/* ---- Sources */

class Samples {
  private count = 0;

  /** One node for what all these values have at one place, and what is known of it without them. */
  node(
    key: string,
    name: string,
    values: readonly Json[],
    depth: number,
    shape: Shape | undefined,
  ): TreeNode {
    this.count++;
    const sample = values.find((value) => value !== null) ?? values[0];
    const bare = sample === undefined || sample === null;
    const type = bare ? (shape?.type ?? "") : typeOf(sample);
    const list = type === "array";
    const inner = list ? values.flatMap((value) => arrayOf(value)) : values;
    const objects = inner.filter(isObject);
    const holder = list ? `${key}[]` : key;
    const below = list ? shape?.item : shape;
    const deeper = depth < (objects.length > 0 ? DEEPEST : DEEPEST_BARE);
    const children =
      deeper && (list || type === "object") ? this.members(holder, objects, depth, below) : [];
    const kind = list ? "list" : type === "object" ? "object" : "leaf";
    const help = shape?.help;
    return { key, name, kind, type, children, sample, ...(help === undefined ? {} : { help }) };
  }

  private members(
    holder: string,
    objects: readonly JsonObject[],
    depth: number,
    shape: Shape | undefined,
  ): TreeNode[] {
    const names = new Map<string, Json[]>();
    for (const object of objects.slice(0, 50)) {
      for (const [name, value] of Object.entries(object)) {
        const list = names.get(name);
        if (value !== undefined && list === undefined) {
          names.set(name, [value]);
        } else if (value !== undefined) {
          list?.push(value);
        }
      }
    }
    for (const name of shape?.members.keys() ?? []) {
      names.set(name, names.get(name) ?? []);
    }
    const out: TreeNode[] = [];
    for (const [name, values] of names) {
      if (this.count >= MOST) {
        break;
      }
      out.push(
        this.node(sourceMember(holder, name), name, values, depth + 1, shape?.members.get(name)),
      );
    }
    return out;
  }
}

/** What the samples have, the chosen one first, whose values are shown; and what is known besides. */
export function sourceTree(contexts: readonly JsonObject[], shape?: Shape): TreeNode[] {
  const samples = new Samples();
  const names = new Set([
    ...(shape?.members.has("trigger") ? ["trigger"] : []),
    ...contexts.flatMap((context) => Object.keys(context)),
    ...(shape?.members.keys() ?? []),
  ]);
  return [...names].map((name) =>
    samples.node(
      name,
      name,
      contexts.flatMap((context) => context[name] ?? []),
      0,
      shape?.members.get(name),
    ),
  );
}

/* ---- Targets */

function limitOf(schema: JsonObject): string | undefined {
  const { maxLength, format, enum: choices } = schema;
  if (isNumber(maxLength)) {
    return `≤ ${maxLength}`;
  }
  if (isArray(choices)) {
    return choices.length <= 3 ? choices.map(String).join(" | ") : `${choices.length} ×`;
  }
  return textOf(format);
}

class Targets {
  private readonly root: JsonObject;
  private readonly defaults: boolean;
  private count = 0;

  constructor(root: JsonObject, defaults: boolean) {
    this.root = root;
    this.defaults = defaults;
  }

  members(schema: JsonObject, holder: string, depth: number): TreeNode[] {
    const whole = resolved(schema, this.root);
    const required = new Set(arrayOf(whole.required));
    const out: TreeNode[] = [];
    for (const [name, member] of Object.entries(objectOf(whole.properties))) {
      if (this.count++ >= MOST) {
        break;
      }
      out.push(this.node(targetMember(holder, name), name, objectOf(member), required, depth));
    }
    return out;
  }

  private node(
    key: string,
    name: string,
    schema: JsonObject,
    required: ReadonlySet<Json>,
    depth: number,
  ): TreeNode {
    const whole = resolved(schema, this.root);
    const type = schemaType(whole);
    const list = type === "array";
    const items = list ? resolved(objectOf(whole.items), this.root) : whole;
    const deeper = depth < DEEPEST && schemaType(items) === "object";
    const limit = limitOf(list ? items : whole);
    return {
      key,
      name,
      kind: list ? "list" : type === "object" ? "object" : "leaf",
      type,
      children: deeper ? this.members(items, list ? `${key}[]` : key, depth + 1) : [],
      required: required.has(name) && !(this.defaults && whole.default !== undefined),
      help: textOf(whole.description) ?? textOf(whole.title),
      ...(limit === undefined ? {} : { limit }),
    };
  }
}

/** The schema's targets, then those that only lines have, each in the place it belongs to. Of an
 * action's input (`defaults`) what has a default may be left out. */
export function targetTree(
  schema: JsonObject | undefined,
  lines: readonly Line[],
  defaults = false,
): TreeNode[] {
  const tree = new Targets(schema ?? {}, defaults).members(schema ?? {}, "", 0);
  const known = new Map<string, TreeNode>();
  const note = (node: TreeNode): void => {
    known.set(node.key, node);
    node.children.forEach(note);
  };
  tree.forEach(note);
  const lists = new Set(lines.flatMap((line) => line.makes ?? []));
  const place = (key: string): void => {
    if (key === "" || known.has(key)) {
      return;
    }
    const parent = targetParent(key);
    place(parent);
    const isList = lists.has(key);
    const made: TreeNode = {
      key,
      name: lastName(key),
      kind: isList ? "list" : "leaf",
      type: isList ? "array" : "",
      children: [],
      strange: schema !== undefined,
    };
    known.set(key, made);
    (known.get(parent)?.children ?? tree).push(made);
  };
  for (const line of lines) {
    place(line.makes ?? "");
    place(line.target);
  }
  return tree;
}

function lastName(key: string): string {
  const parent = targetParent(key);
  return key
    .slice(parent.length)
    .replace(/^(\[\])?\.?/, "")
    .replaceAll("\\.", ".");
}

/* ---- Rows */

export interface Row {
  readonly node: TreeNode;
  readonly depth: number;
  readonly open: boolean | undefined /* undefined: nothing is in it */;
}

export interface Shown {
  readonly rows: readonly Row[];
  readonly at: ReadonlyMap<string, number>;
}

/** The rows that are to be seen: of open places, or of what fits and what leads there. */
export function rowsOf(
  tree: readonly TreeNode[],
  isOpen: (node: TreeNode, depth: number) => boolean,
  fits?: (node: TreeNode) => boolean,
): Shown {
  const rows: Row[] = [];
  const wanted = fits === undefined ? undefined : fitting(tree, fits);
  const visit = (node: TreeNode, depth: number): void => {
    if (wanted !== undefined && !wanted.has(node)) {
      return;
    }
    const inner = node.children.length > 0;
    const open = inner && (wanted !== undefined || isOpen(node, depth));
    rows.push({ node, depth, open: inner ? open : undefined });
    if (open) {
      for (const child of node.children) {
        visit(child, depth + 1);
      }
    }
  };
  for (const node of tree) {
    visit(node, 0);
  }
  return { rows, at: new Map(rows.map((row, i) => [row.node.key, i])) };
}

function fitting(tree: readonly TreeNode[], fits: (node: TreeNode) => boolean): Set<TreeNode> {
  const out = new Set<TreeNode>();
  const visit = (node: TreeNode): boolean => {
    let any = fits(node);
    for (const child of node.children) {
      any = visit(child) || any;
    }
    if (any) {
      out.add(node);
    }
    return any;
  };
  tree.forEach(visit);
  return out;
}

export function countOf(tree: readonly TreeNode[]): number {
  return tree.reduce((sum, node) => sum + 1 + countOf(node.children), 0);
}

/** The node and what it stands in, by its key. */
export function nodesOf(tree: readonly TreeNode[]): ReadonlyMap<string, TreeNode> {
  const out = new Map<string, TreeNode>();
  const visit = (node: TreeNode): void => {
    out.set(node.key, node);
    node.children.forEach(visit);
  };
  tree.forEach(visit);
  return out;
}
