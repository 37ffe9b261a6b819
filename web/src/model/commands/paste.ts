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
  type Box,
  freeSpot,
  geometryOf,
  layoutOf,
  noteAt,
  noteKey,
  notesOf,
  originOf,
  type Point,
  withAllPlaces,
  withLayout,
  withPlaces,
} from "../layout.ts";
import { withStepNames } from "./edit.ts";
import { freeId } from "./ids.ts";
import { did, type Outcome, refuse } from "./outcome.ts";

/** Of steps inside of others that are copied too only the outer ones are taken. */
export function outermost(draft: Draft, ids: readonly string[]): string[] {
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
  const notes = ids.flatMap((id) => noteAt(draft, id) ?? []);
  if (chosen.length + notes.length === 0) {
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
    layout: {
      ...(steps.length === 0 ? {} : { steps: kept }),
      ...(notes.length === 0
        ? {}
        : { notes: notesAt(draft, notes, index.steps.get(chosen[0] ?? "")?.level ?? null) }),
    },
  };
}

/** Notes stand on the flow's own level; what is copied counts from the level of its steps. */
function notesAt(
  draft: Draft,
  notes: readonly (Box & { id: string })[],
  level: LevelId,
): JsonObject {
  const origin = originOf(draft, level);
  const all = objectOf(layoutOf(draft).notes);
  return Object.fromEntries(
    notes.map(({ id, x, y }) => [id, { ...objectOf(all[id]), x: x - origin.x, y: y - origin.y }]),
  );
}

export function copyText(draft: Draft, ids: readonly string[]): string | undefined {
  const fragment = fragmentOf(draft, ids);
  return fragment === undefined ? undefined : writeJson(fragment, 2);
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
  if (!isArray(flow.nodes)) {
    return undefined;
  }
  const layout = isObject(flow.layout) ? flow.layout : objectOf((holder as JsonObject).layout);
  const read = draftOf({
    flow: { nodes: flow.nodes, edges: isArray(flow.edges) ? flow.edges : [] },
    layout,
  });
  return indexOf(read).steps.size + notesOf(read).length === 0 ? undefined : read;
}

export interface PasteOptions {
  readonly level?: LevelId;
  readonly middle?: Point /* of what is pasted; else it stands a little beside where it was */;
  readonly name?: "paste" | "duplicate";
}

export function paste(
  draft: Draft,
  catalog: Catalog,
  text: string,
  options: PasteOptions = {},
): Outcome {
  const read = readFragment(text);
  if (read === undefined) {
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
  const notes = notesOf(fresh);
  const boxes = ids.length === 0 ? notes : ids.flatMap((id) => geometry.get(id) ?? []);
  const corner = {
    x: Math.min(...boxes.map((box) => box.x)),
    y: Math.min(...boxes.map((box) => box.y)),
  };
  const base = withAllPlaces(draft, level);
  const { middle } = options;
  const size = {
    x: Math.max(...boxes.map((box) => box.x + box.w)) - corner.x,
    y: Math.max(...boxes.map((box) => box.y + box.h)) - corner.y,
  };
  const wanted =
    middle === undefined
      ? { x: corner.x + 40, y: corner.y + 40 }
      : { x: middle.x - size.x / 2, y: middle.y - size.y / 2 };
  const spot = ids.length === 0 ? wanted : freeSpot(base, level, wanted);
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
  next = withPlaces(next, places);
  const origin = originOf(base, level);
  const keys = notes.map((note) => {
    const id = freeId("note", new Set(notesOf(next).map((one) => one.id)));
    const x = origin.x + spot.x + note.x - corner.x;
    const y = origin.y + spot.y + note.y - corner.y;
    const whole = objectOf(objectOf(layoutOf(fresh).notes)[note.id]);
    next = withLayout(next, ["notes", id], { ...whole, x, y });
    return noteKey(id);
  });
  if (ids.length === 0) {
    return did("addNote", next, { select: keys });
  }
  const name = options.name ?? "paste";
  const values = { count: ids.length, name: top[0]?.title ?? "" };
  return did(name, next, { values, select: [...ids, ...keys] });
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
