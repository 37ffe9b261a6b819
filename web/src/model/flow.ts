/*
 * The flow document: the draft as the program keeps it. `flow` is flow.json, `layout` holds what is
 * only for the eye, and all other members (rules, lookups, ...) are kept as they are.
 *
 * A level is the flow itself or the body of a step; it is named by the id of that step, the flow's
 * own level by null. Ids are unique in the whole flow. What is no object with an id is not drawn,
 * but kept in its place.
 */
import {
  arrayOf,
  isObject,
  type Json,
  type JsonArray,
  type JsonObject,
  objectOf,
  textOf,
  withMember,
} from "./json.ts";
import type { Path } from "./pointer.ts";

export interface Draft extends JsonObject {
  readonly flow: JsonObject;
}

/** The format of flows that we read and write. */
const FORMAT = 1;

export function formatOf(draft: Draft): string {
  return String(draft.flow.weft ?? FORMAT);
}

/** It was made by a newer program: what its members mean is not known here. */
export function isNewer(draft: Draft): boolean {
  return Number(formatOf(draft)) > FORMAT;
}

export type LevelId = string | null;

export interface Step {
  readonly id: string;
  readonly type: string;
  readonly title: string /* the step's own, or its id */;
  readonly node: JsonObject;
  readonly level: LevelId;
  readonly depth: number /* 0: the flow's own level */;
  readonly path: Path /* in flow.json */;
  readonly body: boolean /* it has a level of its own */;
}

export interface Edge {
  readonly key: string;
  readonly from: string;
  readonly port: string;
  readonly to: string;
  readonly level: LevelId;
  readonly path: Path;
  readonly edge: JsonObject;
}

export interface Level {
  readonly id: LevelId;
  readonly depth: number;
  readonly path: Path /* of what holds nodes and edges */;
  readonly steps: readonly Step[];
  readonly edges: readonly Edge[];
}

export interface FlowIndex {
  readonly steps: ReadonlyMap<string, Step> /* in the order of the file, breadth within depth */;
  readonly levels: ReadonlyMap<LevelId, Level>;
  readonly edges: ReadonlyMap<string, Edge>;
  readonly incoming: ReadonlyMap<string, readonly Edge[]>;
  readonly outgoing: ReadonlyMap<string, readonly Edge[]>;
}

export const DEFAULT_PORT = "out";
export const ERROR_PORT = "error";
const MAX_BODIES = 16;

export function edgeKey(from: string, port: string, to: string): string {
  return `${from}:${port}>${to}`;
}

export function emptyFlow(name: string): JsonObject {
  return { weft: 1, name, nodes: [], edges: [] };
}

export function draftOf(value: Json | undefined): Draft {
  const object = objectOf(value);
  return { ...object, flow: objectOf(object.flow) };
}

const indexes = new WeakMap<JsonObject, FlowIndex>();
/* what has been read of an object before: a state of the flow shares what has not changed */
const readSteps = new WeakMap<JsonObject, Step>();
const readEdges = new WeakMap<JsonObject, Edge>();

function standsAt(one: Step | Edge | undefined, level: LevelId, path: Path): boolean {
  return (
    one?.level === level &&
    one.path.length === path.length &&
    path.every((part, i) => part === one.path[i])
  );
}

/** What stands where; made once for each state of the flow. */
export function indexOf(draft: Draft): FlowIndex {
  const known = indexes.get(draft.flow);
  if (known !== undefined) {
    return known;
  }
  const index = new Indexer().read(draft.flow);
  indexes.set(draft.flow, index);
  return index;
}

class Indexer {
  private readonly steps = new Map<string, Step>();
  private readonly levels = new Map<LevelId, Level>();
  private readonly edges = new Map<string, Edge>();
  private readonly incoming = new Map<string, Edge[]>();
  private readonly outgoing = new Map<string, Edge[]>();

  read(flow: JsonObject): FlowIndex {
    this.level(null, flow, [], 0);
    return {
      steps: this.steps,
      levels: this.levels,
      edges: this.edges,
      incoming: this.incoming,
      outgoing: this.outgoing,
    };
  }

  private level(id: LevelId, holder: JsonObject, path: Path, depth: number): void {
    const steps: Step[] = [];
    arrayOf(holder.nodes).forEach((node, i) => {
      const step = this.step(node, id, depth, [...path, "nodes", i]);
      if (step !== undefined) {
        steps.push(step);
      }
    });
    const inside = new Set(steps.map((step) => step.id));
    const edges: Edge[] = [];
    arrayOf(holder.edges).forEach((edge, i) => {
      const read = this.edge(edge, id, [...path, "edges", i]);
      if (read !== undefined && inside.has(read.from) && inside.has(read.to)) {
        edges.push(read);
      }
    });
    for (const edge of edges) {
      this.note(edge);
    }
    this.levels.set(id, { id, depth, path, steps, edges });
    for (const step of steps) {
      if (step.body && depth < MAX_BODIES) {
        this.level(step.id, bodyOf(step.node), [...step.path, "config", "body"], depth + 1);
      }
    }
  }

  private step(node: Json, level: LevelId, depth: number, path: Path): Step | undefined {
    if (!isObject(node)) {
      return undefined;
    }
    const id = textOf(node.id);
    if (id === undefined || id === "" || this.steps.has(id)) {
      return undefined;
    }
    const before = readSteps.get(node);
    if (before !== undefined && standsAt(before, level, path)) {
      this.steps.set(id, before);
      return before;
    }
    const step: Step = {
      id,
      type: textOf(node.type) ?? "",
      title: textOf(node.title) || id,
      node,
      level,
      depth,
      path,
      body: isObject(objectOf(node.config).body) && isBodyType(textOf(node.type) ?? "", node),
    };
    this.steps.set(id, step);
    readSteps.set(node, step);
    return step;
  }

  private edge(value: Json, level: LevelId, path: Path): Edge | undefined {
    if (!isObject(value)) {
      return undefined;
    }
    const from = textOf(value.from);
    const to = textOf(value.to);
    if (from === undefined || to === undefined) {
      return undefined;
    }
    const port = textOf(value.port) ?? DEFAULT_PORT;
    const key = edgeKey(from, port, to);
    if (this.edges.has(key)) {
      return undefined;
    }
    const before = readEdges.get(value);
    if (before !== undefined && standsAt(before, level, path)) {
      return before;
    }
    const edge: Edge = { key, from, port, to, level, path, edge: value };
    readEdges.set(value, edge);
    return edge;
  }

  private note(edge: Edge): void {
    if (this.edges.has(edge.key)) {
      return;
    }
    this.edges.set(edge.key, edge);
    pushTo(this.outgoing, edge.from, edge);
    pushTo(this.incoming, edge.to, edge);
  }
}

function pushTo(map: Map<string, Edge[]>, id: string, edge: Edge): void {
  const list = map.get(id);
  if (list === undefined) {
    map.set(id, [edge]);
  } else {
    list.push(edge);
  }
}

/** connector.http has a body, too, but that is what it sends. */
function isBodyType(type: string, node: JsonObject): boolean {
  return (
    !type.startsWith("connector.") && Array.isArray(objectOf(objectOf(node.config).body).nodes)
  );
}

export function bodyOf(node: JsonObject): JsonObject {
  return objectOf(objectOf(node.config).body);
}

/* ---- Changing a level */

export type LevelChange = (
  nodes: JsonArray,
  edges: JsonArray,
) => { nodes?: JsonArray; edges?: JsonArray };

/** The draft with one level's nodes and edges changed; the same draft when nothing does. */
export function changeLevel(draft: Draft, level: LevelId, change: LevelChange): Draft {
  const found = indexOf(draft).levels.get(level);
  if (found === undefined) {
    return draft;
  }
  const flow = changeHolder(draft.flow, found.path, change);
  return flow === draft.flow ? draft : { ...draft, flow };
}

function changeHolder(holder: JsonObject, path: Path, change: LevelChange): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined) {
    const changed = change(arrayOf(holder.nodes), arrayOf(holder.edges));
    const next = changed.nodes === undefined ? holder : withMember(holder, "nodes", changed.nodes);
    if (changed.edges === undefined || (changed.edges.length === 0 && holder.edges === undefined)) {
      return next;
    }
    return withMember(next, "edges", changed.edges);
  }
  const inner = holder[String(head)];
  if (Array.isArray(inner)) {
    const [index, ...deeper] = rest;
    const changed = changeHolder(objectOf(inner[Number(index)]), deeper, change);
    return withMember(holder, String(head), replaceAt(inner, Number(index), changed));
  }
  return withMember(holder, String(head), changeHolder(objectOf(inner), rest, change));
}

function replaceAt(list: JsonArray, index: number, value: Json): JsonArray {
  return list[index] === value ? list : list.map((old, i) => (i === index ? value : old));
}

/** The draft with one step's object replaced; undefined takes the step out, with its edges. */
export function changeStep(
  draft: Draft,
  id: string,
  change: (node: JsonObject) => JsonObject,
): Draft {
  const step = indexOf(draft).steps.get(id);
  if (step === undefined) {
    return draft;
  }
  return changeLevel(draft, step.level, (nodes) => {
    const next = change(step.node);
    return next === step.node
      ? {}
      : { nodes: nodes.map((node) => (node === step.node ? next : node)) };
  });
}

/* ---- Questions */

export function stepOf(draft: Draft, id: string | null | undefined): Step | undefined {
  return id === null || id === undefined ? undefined : indexOf(draft).steps.get(id);
}

/** The level and all levels within it. */
export function levelsWithin(draft: Draft, id: string): Level[] {
  const index = indexOf(draft);
  const out: Level[] = [];
  const visit = (level: Level | undefined): void => {
    if (level !== undefined) {
      out.push(level);
      for (const step of level.steps) {
        if (step.body) {
          visit(index.levels.get(step.id));
        }
      }
    }
  };
  visit(index.levels.get(id));
  return out;
}

/** Every id of the flow, also of steps that are inside of others. */
export function takenIds(draft: Draft): Set<string> {
  return new Set(indexOf(draft).steps.keys());
}

/** Whether a path of edges leads from one step to another of its level. */
export function leadsTo(draft: Draft, from: string, to: string): boolean {
  const { outgoing } = indexOf(draft);
  const seen = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) {
      return true;
    }
    if (!seen.has(id)) {
      seen.add(id);
      for (const edge of outgoing.get(id) ?? []) {
        open.push(edge.to);
      }
    }
  }
  return false;
}

/** The steps of a level so that each stands behind those that lead to it; file order where free. */
export function inOrder(level: Level): Step[] {
  const waiting = new Map(level.steps.map((step) => [step.id, 0]));
  for (const edge of level.edges) {
    waiting.set(edge.to, (waiting.get(edge.to) ?? 0) + 1);
  }
  const byId = new Map(level.steps.map((step) => [step.id, step]));
  const ready = level.steps.filter((step) => waiting.get(step.id) === 0);
  const out: Step[] = [];
  const following = new Map<string, Edge[]>();
  for (const edge of level.edges) {
    pushTo(following, edge.from, edge);
  }
  for (let step = ready.shift(); step !== undefined; step = ready.shift()) {
    out.push(step);
    for (const { to } of following.get(step.id) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      const next = byId.get(to);
      if (left === 0 && next !== undefined) {
        ready.push(next);
      }
    }
  }
  if (out.length < level.steps.length) {
    const done = new Set(out);
    out.push(...level.steps.filter((step) => !done.has(step))); /* a circle */
  }
  return out;
}
