/*
 * Copy and paste as text: a level cut out of the flow, {"weft": 1, "nodes", "edges", "layout"}. What
 * is pasted gets new ids where they are taken, and its expressions follow; names of steps that were
 * not copied stay, since they may mean steps of the flow it is pasted into.
 */
import { type Catalog, isTrigger } from "../catalog.ts";
import { changeLevel, type Draft, draftOf, indexOf, type LevelId, takenIds } from "../flow.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  parseJson,
  writeJson,
} from "../json.ts";
import {
  freeSpot,
  geometryOf,
  layoutOf,
  type Point,
  withAllPlaces,
  withPlaces,
} from "../layout.ts";
import { withStepNames } from "./edit.ts";
import { freeId } from "./ids.ts";
import { did, type Outcome, refuse } from "./outcome.ts";
import { removeSteps } from "./steps.ts";

/** Of steps inside of others that are copied too only the outer ones are taken. */
function outermost(draft: Draft, ids: readonly string[]): string[] {
  const { steps } = indexOf(draft);
  const chosen = new Set(ids);
  return ids.filter((id) => {
    for (let at = steps.get(id)?.level ?? null; at !== null; at = steps.get(at)?.level ?? null) {
      if (chosen.has(at)) {
        return false;
      }
    }
    return steps.has(id);
  });
}

function fragmentOf(draft: Draft, ids: readonly string[]): JsonObject | undefined {
  const index = indexOf(draft);
  const chosen = outermost(draft, ids);
  if (chosen.length === 0) {
    return undefined;
  }
  const set = new Set(chosen);
  const steps = [...index.steps.values()].filter((step) => set.has(step.id));
  const edges = [...index.edges.values()].filter((edge) => set.has(edge.from) && set.has(edge.to));
  const geometry = geometryOf(draft);
  const old = objectOf(layoutOf(draft).steps);
  const places: Record<string, Json> = { ...(old as Record<string, Json>) };
  for (const step of steps) {
    const { x, y } = geometry.get(step.id) ?? { x: 0, y: 0 };
    places[step.id] = { ...objectOf(old[step.id]), x, y };
  }
  const inner = new Set(takenIds(draftOf({ flow: { nodes: steps.map((step) => step.node) } })));
  const kept = Object.fromEntries(Object.entries(places).filter(([id]) => inner.has(id)));
  return {
    weft: 1,
    nodes: steps.map((step) => step.node),
    edges: edges.map((edge) => edge.edge),
    layout: { steps: kept },
  };
}

export function copyText(draft: Draft, ids: readonly string[]): string | undefined {
  const fragment = fragmentOf(draft, ids);
  return fragment === undefined ? undefined : writeJson(fragment, 2);
}

export function cut(
  draft: Draft,
  ids: readonly string[],
): { text: string; outcome: Outcome } | undefined {
  const text = copyText(draft, ids);
  return text === undefined
    ? undefined
    : { text, outcome: removeSteps(draft, outermost(draft, ids)) };
}

/** What was copied here, a whole flow, or a single node; undefined when it is none of these. */
function readFragment(text: string): Draft | undefined {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  if (isArray(value)) {
    value = { nodes: value };
  }
  if (isObject(value) && typeof value.type === "string" && typeof value.id === "string") {
    value = { nodes: [value] };
  }
  const holder = isObject(value) && isObject(value.flow) ? value : { flow: value };
  const flow = objectOf(holder.flow);
  if (!isArray(flow.nodes) || flow.nodes.length === 0) {
    return undefined;
  }
  const layout = isObject(flow.layout) ? flow.layout : objectOf((holder as JsonObject).layout);
  return draftOf({
    flow: { nodes: flow.nodes, edges: isArray(flow.edges) ? flow.edges : [] },
    layout,
  });
}

export interface PasteOptions {
  readonly level?: LevelId;
  readonly at?: Point /* where the corner of what is pasted comes to stand */;
  readonly name?: "paste" | "duplicate";
}

export function paste(
  draft: Draft,
  catalog: Catalog,
  text: string,
  options: PasteOptions = {},
): Outcome {
  const read = readFragment(text);
  if (read === undefined || indexOf(read).steps.size === 0) {
    return refuse("canvas.not.pasteable");
  }
  const level = options.level ?? null;
  if (level !== null && [...indexOf(read).steps.values()].some((step) => isTrigger(step.type))) {
    return refuse("canvas.not.triggerInside", { type: "" });
  }
  const fresh = withStepNames(read, catalog, freshNames(draft, read));
  const top = indexOf(fresh).levels.get(null)?.steps ?? [];
  const ids = top.map((step) => step.id);
  const geometry = geometryOf(fresh);
  const corner = {
    x: Math.min(...ids.map((id) => geometry.get(id)?.x ?? 0)),
    y: Math.min(...ids.map((id) => geometry.get(id)?.y ?? 0)),
  };
  const base = withAllPlaces(draft, level);
  const wanted = options.at ?? { x: corner.x + 40, y: corner.y + 40 };
  const spot = freeSpot(base, level, wanted);
  let next = changeLevel(base, level, (nodes, edges) => ({
    nodes: [...nodes, ...top.map((step) => step.node)],
    edges: [...edges, ...(indexOf(fresh).levels.get(null)?.edges ?? []).map((edge) => edge.edge)],
  }));
  next = {
    ...next,
    layout: {
      ...layoutOf(next),
      steps: { ...objectOf(layoutOf(next).steps), ...objectOf(layoutOf(fresh).steps) },
    },
  };
  const places = new Map<string, Point>();
  for (const id of ids) {
    const box = geometry.get(id) ?? corner;
    places.set(id, { x: spot.x + box.x - corner.x, y: spot.y + box.y - corner.y });
  }
  const name = options.name ?? "paste";
  const values = { count: ids.length, name: top[0]?.title ?? "" };
  return did(name, withPlaces(next, places), { values, select: ids });
}

function freshNames(draft: Draft, read: Draft): Map<string, string> {
  const taken = takenIds(draft);
  const names = new Map<string, string>();
  for (const id of takenIds(read)) {
    const name = freeId(id.replace(/_[0-9]+$/, "") || id, taken);
    const keeps = !taken.has(id);
    names.set(id, keeps ? id : name);
    taken.add(keeps ? id : name);
  }
  return names;
}

export function duplicate(draft: Draft, catalog: Catalog, ids: readonly string[]): Outcome {
  const text = copyText(draft, ids);
  if (text === undefined) {
    return refuse("canvas.not.gone");
  }
  const level = indexOf(draft).steps.get(outermost(draft, ids)[0] ?? "")?.level ?? null;
  return paste(draft, catalog, text, { level, name: "duplicate" });
}
