// Two versions as one drawing: what has gone stands beside what has come, and each is marked.
import type { components } from "../api/schema.d.ts";
import type { Mark } from "../canvas/store.ts";
import { diffOf } from "../model/diff.ts";
import { changeLevel, type Draft, edgeKey, indexOf } from "../model/flow.ts";
import { type Json, type JsonObject, objectOf } from "../model/json.ts";
import { withLayout } from "../model/layout.ts";

export type Change = components["schemas"]["Change"];

export interface Drawing {
  draft: Draft;
  marks: ReadonlyMap<string, Mark>;
}

/** The later version with the steps and edges of the former one that are not in it any more. */
function withRemoved(before: Draft, after: Draft): Draft {
  const [old, now] = [indexOf(before), indexOf(after)];
  const places = objectOf(objectOf(before.layout).steps);
  let merged = after;
  for (const [id, level] of old.levels) {
    if (id !== null && !now.levels.has(id)) continue;
    const steps = level.steps.filter((step) => !now.steps.has(step.id));
    const here = new Set([
      ...(now.levels.get(id)?.steps ?? []).map((step) => step.id),
      ...steps.map((step) => step.id),
    ]);
    const edges = level.edges.filter(
      (edge) => !now.edges.has(edge.key) && here.has(edge.from) && here.has(edge.to),
    );
    merged = changeLevel(merged, id, (nodes, all) => ({
      nodes: [...nodes, ...steps.map((step) => step.node as Json)],
      edges: [...all, ...edges.map((edge) => edge.edge as Json)],
    }));
    for (const step of steps) {
      const place = places[step.id];
      if (place !== undefined) merged = withLayout(merged, ["steps", step.id], place);
    }
  }
  return merged;
}

/** The steps that the program says have changed: by their settings, or by a line of their mapping. */
function changedSteps(changes: readonly Change[]): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const change of changes) {
    if (change.what === "node" && change.id !== undefined) {
      // A setting that was added to a step has changed the step.
      const whole = /\/nodes\/\d+$/.test(change.pointer);
      marks.set(change.id, whole ? change.kind : "changed");
    } else if (change.what === "mapping" && change.node !== undefined) {
      marks.set(change.node, "changed");
    }
  }
  return marks;
}

export function drawingOf(before: Draft, after: Draft, changes: readonly Change[]): Drawing {
  const diff = diffOf(before, after);
  const marks = changedSteps(changes);
  for (const step of diff.steps) {
    if (step.kind !== "changed" || !marks.has(step.id)) marks.set(step.id, step.kind);
  }
  for (const edge of diff.edges) marks.set(edgeKey(edge.from, edge.port, edge.to), edge.kind);
  return { draft: withRemoved(before, after), marks };
}

/** The files of a version as texts, by their names, for a comparison line by line. */
export function filesOf(draft: Draft, write: (value: Json) => string): Map<string, string> {
  const files = new Map<string, string>([["flow.json", write(draft.flow)]]);
  for (const [part, value] of Object.entries(draft)) {
    if (part === "flow" || part === "layout" || value === undefined) continue;
    if (part === "connections") files.set("connections.json", write(value));
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value as JsonObject)) {
        const text = typeof inner === "string";
        const ending = part === "rules" ? ".lua" : text ? "" : ".json";
        files.set(`${part}/${name}${ending}`, text ? inner : write(inner ?? null));
      }
    } else files.set(`${part}.json`, write(value));
  }
  return files;
}

/** The names of the files that differ, in their order. */
export function differing(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>) {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}
