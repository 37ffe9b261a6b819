/* Steps: adding, taking away, moving into and out of loops, switching off, replacing. */
import {
  type Catalog,
  hasBody,
  isTrigger,
  type NodeType,
  shortTitle,
  startConfig,
} from "../catalog.ts";
import {
  changeLevel,
  changeStep,
  type Draft,
  indexOf,
  type LevelId,
  levelsWithin,
  stepOf,
} from "../flow.ts";
import { type Json, type JsonObject, objectOf, withMember } from "../json.ts";
import {
  BODY_HEAD,
  CARD_HEIGHT,
  CARD_WIDTH,
  COLUMN_GAP,
  freeSpot,
  geometryOf,
  type Point,
  withAllPlaces,
  withNames,
  withPlaces,
} from "../layout.ts";
import { portsOf } from "../ports.ts";
import { edgeObject, firstPort, withEdge, withoutEdges } from "./connect.ts";
import { idForType } from "./ids.ts";
import { did, type Outcome, refuse } from "./outcome.ts";

export interface AddOptions {
  readonly level?: LevelId;
  readonly at?: Point /* within the level */;
  readonly after?: { id: string; port?: string | undefined };
  readonly before?: { id: string };
  readonly onEdge?: string;
}

function newNode(draft: Draft, type: NodeType): JsonObject {
  const id = idForType(draft, type.name);
  const config = startConfig(type);
  const node: Record<string, Json> = { id, type: type.name, title: shortTitle(type) };
  if (Object.keys(config).length > 0 || type.schema.required !== undefined) {
    node.config = config;
  }
  return node;
}

function levelFor(draft: Draft, options: AddOptions): LevelId {
  const beside = options.after?.id ?? options.before?.id;
  const edge = options.onEdge === undefined ? undefined : indexOf(draft).edges.get(options.onEdge);
  return edge?.level ?? stepOf(draft, beside)?.level ?? options.level ?? null;
}

function spotFor(draft: Draft, level: LevelId, options: AddOptions): Point {
  const geometry = geometryOf(draft);
  const edge = options.onEdge === undefined ? undefined : indexOf(draft).edges.get(options.onEdge);
  const after = geometry.get(edge?.from ?? options.after?.id ?? "");
  const before = geometry.get(options.before?.id ?? "");
  let wanted: Point = { x: 0, y: 0 };
  if (options.at !== undefined) {
    wanted = options.at;
  } else if (after !== undefined) {
    wanted = { x: after.x + after.w + COLUMN_GAP, y: after.y };
  } else if (before !== undefined) {
    wanted = { x: before.x - CARD_WIDTH - COLUMN_GAP, y: before.y };
  }
  const spot = edge === undefined ? freeSpot(draft, level, wanted) : wanted;
  return level === null ? spot : { x: Math.max(0, spot.x), y: Math.max(0, spot.y) };
}

export function addStep(
  draft: Draft,
  catalog: Catalog,
  type: NodeType,
  options: AddOptions = {},
): Outcome {
  const level = levelFor(draft, options);
  const trigger = isTrigger(type.name);
  if (trigger && level !== null) {
    return refuse("canvas.not.triggerInside", { type: type.title });
  }
  if (trigger && (options.after !== undefined || options.onEdge !== undefined)) {
    return addStep(draft, catalog, type, { level: null });
  }
  const node = newNode(draft, type);
  const id = String(node.id);
  const spot = spotFor(draft, level, options);
  let next = withAllPlaces(draft, level);
  if (options.onEdge !== undefined) {
    next = makeRoom(next, options.onEdge, spot);
  }
  next = changeLevel(next, level, (nodes, edges) => ({ nodes: [...nodes, node], edges }));
  next = withPlaces(next, new Map([[id, spot]]));
  next = wireNew(next, catalog, id, options);
  return did("add", next, { values: { name: shortTitle(type) }, select: [id] });
}

function wireNew(draft: Draft, catalog: Catalog, id: string, options: AddOptions): Draft {
  const step = stepOf(draft, id);
  if (step === undefined) {
    return draft;
  }
  const exit = firstPort(draft, catalog, step);
  const edge = options.onEdge === undefined ? undefined : indexOf(draft).edges.get(options.onEdge);
  if (edge !== undefined) {
    const parts: Json[] = [{ ...edge.edge, to: id }];
    if (exit !== undefined) {
      parts.push(edgeObject(id, exit, edge.to));
    }
    return changeLevel(draft, edge.level, (_nodes, edges) => ({
      edges: edges.flatMap((old) => (old === edge.edge ? parts : [old])),
    }));
  }
  if (options.after !== undefined) {
    const from = stepOf(draft, options.after.id);
    const port =
      options.after.port ?? (from === undefined ? undefined : firstPort(draft, catalog, from));
    return from === undefined || port === undefined ? draft : withEdge(draft, from.id, port, id);
  }
  if (options.before !== undefined && exit !== undefined) {
    return withEdge(draft, id, exit, options.before.id);
  }
  return draft;
}

/** What follows an edge goes to the right where the new card would stand on it. */
function makeRoom(draft: Draft, key: string, spot: Point): Draft {
  const edge = indexOf(draft).edges.get(key);
  const target = geometryOf(draft).get(edge?.to ?? "");
  if (edge === undefined || target === undefined) {
    return draft;
  }
  const shift = spot.x + CARD_WIDTH + COLUMN_GAP - target.x;
  return shift <= 0 ? draft : withPlaces(draft, shifted(draft, edge.to, shift));
}

function shifted(draft: Draft, from: string, by: number): Map<string, Point> {
  const { outgoing } = indexOf(draft);
  const geometry = geometryOf(draft);
  const out = new Map<string, Point>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const box = geometry.get(id);
    if (!out.has(id) && box !== undefined) {
      out.set(id, { x: box.x + by, y: box.y });
      open.push(...(outgoing.get(id) ?? []).map((edge) => edge.to));
    }
  }
  return out;
}

/** Steps, and all that is inside of them. */
function withInner(draft: Draft, ids: readonly string[]): string[] {
  return ids.flatMap((id) => [
    id,
    ...levelsWithin(draft, id).flatMap((level) => level.steps.map((step) => step.id)),
  ]);
}

function withoutSteps(draft: Draft, ids: readonly string[]): Draft {
  const index = indexOf(draft);
  const chosen = new Set(ids);
  const edges = [...index.edges.values()].filter(
    (edge) => chosen.has(edge.from) || chosen.has(edge.to),
  );
  let next = withoutEdges(draft, new Set(edges.map((edge) => edge.key)));
  const names = new Map(withInner(draft, ids).map((id) => [id, undefined] as const));
  for (const id of ids) {
    const step = stepOf(next, id); /* undefined: it went with the loop around it */
    if (step !== undefined) {
      next = changeLevel(withAllPlaces(next, step.level), step.level, (nodes) => ({
        nodes: nodes.filter((node) => node !== step.node),
      }));
    }
  }
  return withNames(next, names);
}

export function removeSteps(
  draft: Draft,
  ids: readonly string[],
  keys: readonly string[] = [],
): Outcome {
  const there = ids.filter((id) => stepOf(draft, id) !== undefined);
  if (there.length === 0) {
    return refuse("canvas.not.gone");
  }
  const next = withoutSteps(withoutEdges(draft, new Set(keys)), there);
  const name = stepOf(draft, there[0])?.title ?? "";
  return did("remove", next, { values: { count: there.length, name }, select: [] });
}

/** Deletes, and leads what led to the steps to what followed them. */
export function removeAndReconnect(draft: Draft, ids: readonly string[]): Outcome {
  let next = draft;
  for (const id of ids) {
    const { incoming, outgoing } = indexOf(next);
    const into = incoming.get(id) ?? [];
    const out = (outgoing.get(id) ?? []).filter((edge) => edge.port !== "error");
    next = withoutSteps(next, [id]);
    for (const before of into) {
      for (const to of new Set(out.map((edge) => edge.to))) {
        const drawn = (indexOf(next).outgoing.get(before.from) ?? []).some(
          (edge) => edge.to === to && edge.port === before.port,
        );
        next = drawn ? next : withEdge(next, before.from, before.port, to);
      }
    }
  }
  if (next === draft) {
    return refuse("canvas.not.gone");
  }
  const name = stepOf(draft, ids[0])?.title ?? "";
  return did("removeReconnect", next, { values: { count: ids.length, name }, select: [] });
}

/** Off when any of them is on, else on. */
export function toggleDisabled(draft: Draft, ids: readonly string[]): Outcome {
  const steps = ids.flatMap((id) => stepOf(draft, id) ?? []);
  if (steps.length === 0) {
    return refuse("canvas.not.gone");
  }
  const off = steps.some((step) => step.node.disabled !== true);
  let next = draft;
  for (const step of steps) {
    next = changeStep(next, step.id, (node) =>
      withMember(node, "disabled", off ? true : undefined),
    );
  }
  const values = { count: steps.length, name: steps[0]?.title ?? "" };
  return did(off ? "disable" : "enable", next, { values });
}

/** Another type in the place of this one: what fits of the settings and edges stays. */
export function replaceStep(draft: Draft, catalog: Catalog, id: string, type: NodeType): Outcome {
  const step = stepOf(draft, id);
  if (step === undefined) {
    return refuse("canvas.not.gone");
  }
  const old = catalog.byName.get(step.type);
  const incoming = indexOf(draft).incoming.get(id) ?? [];
  if (isTrigger(type.name) && (incoming.length > 0 || step.level !== null)) {
    return refuse("canvas.not.trigger", { from: "", to: type.title });
  }
  let next = changeStep(draft, id, (node) => replaced(node, old, type));
  const after = stepOf(next, id);
  if (after === undefined) {
    return refuse("canvas.not.gone");
  }
  const ports = portsOf(after, type).map((port) => port.name);
  for (const edge of indexOf(next).outgoing.get(id) ?? []) {
    const port = ports.includes(edge.port) ? edge.port : ports[0];
    next = withoutEdges(next, new Set([edge.key]));
    const twice = indexOf(next).edges.has(`${id}:${port}>${edge.to}`);
    next = port === undefined || twice ? next : withEdge(next, id, port, edge.to);
  }
  return did("replace", next, { values: { name: step.title, type: type.title }, select: [id] });
}

function replaced(node: JsonObject, old: NodeType | undefined, type: NodeType): JsonObject {
  const known = objectOf(type.schema.properties);
  const was = objectOf(node.config);
  const kept = Object.fromEntries(
    Object.entries(was).filter(
      ([name]) => known[name] !== undefined && (name !== "body" || hasBody(type) === hasBody(old)),
    ),
  ) as JsonObject;
  const titled =
    old !== undefined && node.title === shortTitle(old)
      ? { ...node, title: shortTitle(type) }
      : node;
  const config = { ...startConfig(type), ...kept };
  const connected =
    old?.connector === type.connector ? titled : withMember(titled, "connection", undefined);
  return { ...connected, type: type.name, config };
}

/** Into the body of a loop, out of it, or from one to another; edges that would cross go. */
export function moveToLevel(
  draft: Draft,
  ids: readonly string[],
  level: LevelId,
  at?: Point,
): Outcome {
  const steps = ids.flatMap((id) => stepOf(draft, id) ?? []).filter((step) => step.level !== level);
  const inside = level === null ? [] : [level, ...outerOf(draft, level)];
  if (steps.length === 0) {
    return refuse("canvas.not.gone");
  }
  if (steps.some((step) => inside.includes(step.id))) {
    return refuse("canvas.not.intoItself");
  }
  if (level !== null && steps.some((step) => isTrigger(step.type))) {
    return refuse("canvas.not.triggerInside", { type: steps[0]?.title ?? "" });
  }
  const chosen = new Set(steps.map((step) => step.id));
  const edges = [...indexOf(draft).edges.values()];
  const kept = edges.filter((edge) => chosen.has(edge.from) && chosen.has(edge.to));
  const touched = edges.filter((edge) => chosen.has(edge.from) || chosen.has(edge.to));
  const geometry = geometryOf(draft);
  let next = withAllPlaces(withoutEdges(draft, new Set(touched.map((edge) => edge.key))), level);
  for (const step of steps) {
    const now = stepOf(next, step.id);
    if (now !== undefined) {
      next = changeLevel(withAllPlaces(next, now.level), now.level, (nodes) => ({
        nodes: nodes.filter((node) => node !== now.node),
      }));
    }
  }
  next = changeLevel(next, level, (nodes, old) => ({
    nodes: [...nodes, ...steps.map((step) => step.node)],
    edges: [...old, ...kept.map((edge) => edge.edge)],
  }));
  const first = geometry.get(steps[0]?.id ?? "") ?? { x: 0, y: 0 };
  const corner = at ?? { x: 0, y: level === null ? first.y + BODY_HEAD + CARD_HEIGHT : 0 };
  const places = new Map<string, Point>();
  for (const step of steps) {
    const box = geometry.get(step.id) ?? first;
    places.set(step.id, { x: corner.x + box.x - first.x, y: corner.y + box.y - first.y });
  }
  next = withPlaces(next, places);
  const name = steps[0]?.title ?? "";
  return did("moveLevel", next, { values: { count: steps.length, name }, select: ids });
}

function outerOf(draft: Draft, level: string): string[] {
  const outer = stepOf(draft, level)?.level ?? null;
  return outer === null ? [] : [outer, ...outerOf(draft, outer)];
}
