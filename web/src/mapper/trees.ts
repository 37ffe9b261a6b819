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
import { pathOf, valueAt } from "../model/pointer.ts";
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
const MOST = 20_000;

export function leavesOf(node: TreeNode): TreeNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leavesOf);
}

/* ---- Sources */

function typeOf(value: Json): string {
  if (value === null) {
    return "";
  }
  if (isArray(value)) {
    return "array";
  }
  if (isNumber(value)) {
    return /^-?\d+$/.test(String(value)) ? "integer" : "number";
  }
  return isObject(value) ? "object" : typeof value === "boolean" ? "boolean" : "string";
}

class Samples {
  private count = 0;

  /** One node for what all these values have at one place. */
  node(key: string, name: string, values: readonly Json[], depth: number): TreeNode {
    this.count++;
    const sample = values.find((value) => value !== null) ?? values[0] ?? null;
    const type = typeOf(sample);
    const list = isArray(sample);
    const inner = list ? values.flatMap((value) => arrayOf(value)) : values;
    const objects = inner.filter(isObject);
    const holder = list ? `${key}[]` : key;
    const children =
      depth < DEEPEST && (list || isObject(sample)) ? this.members(holder, objects, depth) : [];
    const kind = list ? "list" : isObject(sample) ? "object" : "leaf";
    return { key, name, kind, type, children, sample };
  }

  private members(holder: string, objects: readonly JsonObject[], depth: number): TreeNode[] {
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
    const out: TreeNode[] = [];
    for (const [name, values] of names) {
      if (this.count >= MOST) {
        break;
      }
      out.push(this.node(sourceMember(holder, name), name, values, depth + 1));
    }
    return out;
  }
}

/** What the samples have: the chosen one first, whose values are shown. */
export function sourceTree(contexts: readonly JsonObject[]): TreeNode[] {
  const samples = new Samples();
  const names = new Set(contexts.flatMap((context) => Object.keys(context)));
  return [...names].map((name) =>
    samples.node(
      name,
      name,
      contexts.flatMap((context) => context[name] ?? []),
      0,
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

/** What $ref, allOf and the like come to, as far as fields are concerned. */
function resolved(schema: JsonObject, root: JsonObject, depth = 0): JsonObject {
  const ref = textOf(schema.$ref);
  const parts = [...arrayOf(schema.allOf), ...arrayOf(schema.anyOf), ...arrayOf(schema.oneOf)];
  if (depth > DEEPEST || (ref === undefined && parts.length === 0)) {
    return schema;
  }
  const target = ref?.startsWith("#/") ? objectOf(valueAt(root, pathOf(ref.slice(1)))) : {};
  const all = [target, ...parts.map(objectOf)].map((part) => resolved(part, root, depth + 1));
  const certain = [target, ...arrayOf(schema.allOf).map(objectOf)];
  const { $ref: _ref, allOf: _all, anyOf: _any, oneOf: _one, ...own } = schema;
  return {
    ...Object.assign({}, ...all),
    ...own,
    properties: Object.assign({}, ...all.map((part) => part.properties), own.properties),
    required: [...certain, own].flatMap((part) =>
      arrayOf(resolved(part, root, depth + 1).required),
    ),
  };
}

function schemaType(schema: JsonObject): string {
  const types = isArray(schema.type) ? schema.type : [schema.type ?? null];
  const named = types.find((type) => typeof type === "string" && type !== "null");
  if (named !== undefined) {
    return String(named);
  }
  const properties = objectOf(schema.properties);
  return Object.keys(properties).length > 0 ? "object" : schema.items !== undefined ? "array" : "";
}

class Targets {
  private readonly root: JsonObject;
  private count = 0;

  constructor(root: JsonObject) {
    this.root = root;
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
      required: required.has(name),
      help: textOf(whole.description) ?? textOf(whole.title),
      ...(limit === undefined ? {} : { limit }),
    };
  }
}

/** The schema's targets, then those that only lines have, each in the place it belongs to. */
export function targetTree(schema: JsonObject | undefined, lines: readonly Line[]): TreeNode[] {
  const tree = new Targets(schema ?? {}).members(schema ?? {}, "", 0);
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
