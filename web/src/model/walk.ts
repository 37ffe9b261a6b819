/* Walking the graph with the arrow keys, and choosing what leads to or follows from a step. */
import { type Draft, indexOf, type LevelId } from "./flow.ts";
import { geometryOf, originOf, type Point } from "./layout.ts";

export type Direction = "left" | "right" | "up" | "down";

function centre(draft: Draft, id: string): Point | undefined {
  const box = geometryOf(draft).get(id);
  const step = indexOf(draft).steps.get(id);
  if (box === undefined || step === undefined) {
    return undefined;
  }
  const origin = originOf(draft, step.level);
  return { x: origin.x + box.x + box.w / 2, y: origin.y + box.y + 36 };
}

/** Along the edges to the right and left; between neighbours of the level up and down. */
export function walk(
  draft: Draft,
  from: string | undefined,
  direction: Direction,
): string | undefined {
  const index = indexOf(draft);
  if (from === undefined || !index.steps.has(from)) {
    return index.levels.get(null)?.steps[0]?.id;
  }
  if (direction === "left" || direction === "right") {
    const edges = (direction === "left" ? index.incoming : index.outgoing).get(from) ?? [];
    const ids = edges.map((edge) => (direction === "left" ? edge.from : edge.to));
    return nearest(draft, from, ids) ?? aside(draft, from, direction);
  }
  return beside(draft, from, direction);
}

function nearest(draft: Draft, from: string, ids: readonly string[]): string | undefined {
  const at = centre(draft, from);
  let best: { id: string; distance: number } | undefined;
  for (const id of ids) {
    const to = centre(draft, id);
    if (at !== undefined && to !== undefined) {
      const distance = Math.abs(to.y - at.y) + Math.abs(to.x - at.x) / 4;
      best = best === undefined || distance < best.distance ? { id, distance } : best;
    }
  }
  return best?.id;
}

/** Where no edge leads on: into a loop to the right, out of it to the left. */
function aside(draft: Draft, from: string, direction: "left" | "right"): string | undefined {
  const index = indexOf(draft);
  const level: LevelId = index.steps.get(from)?.level ?? null;
  return direction === "left" && level !== null ? level : undefined;
}

function beside(draft: Draft, from: string, direction: "up" | "down"): string | undefined {
  const index = indexOf(draft);
  const step = index.steps.get(from);
  const at = centre(draft, from);
  if (step === undefined || at === undefined) {
    return undefined;
  }
  if (direction === "down" && step.body) {
    const first = index.levels.get(from)?.steps[0]?.id;
    if (first !== undefined) {
      return first;
    }
  }
  let best: { id: string; distance: number } | undefined;
  for (const other of index.levels.get(step.level)?.steps ?? []) {
    const to = centre(draft, other.id);
    if (
      to === undefined ||
      other.id === from ||
      (direction === "down" ? to.y <= at.y : to.y >= at.y)
    ) {
      continue;
    }
    const distance = Math.abs(to.y - at.y) + 2 * Math.abs(to.x - at.x);
    best = best === undefined || distance < best.distance ? { id: other.id, distance } : best;
  }
  return best?.id ?? (direction === "up" && step.level !== null ? step.level : undefined);
}

export function stream(draft: Draft, from: readonly string[], direction: "up" | "down"): string[] {
  const index = indexOf(draft);
  const edges = direction === "up" ? index.incoming : index.outgoing;
  const out = new Set<string>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (!out.has(id)) {
      out.add(id);
      open.push(...(edges.get(id) ?? []).map((edge) => (direction === "up" ? edge.from : edge.to)));
    }
  }
  return [...out];
}
