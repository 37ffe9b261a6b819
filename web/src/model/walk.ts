/* Walking the graph with the arrow keys, and choosing what leads to or follows from a step. */
import { type Draft, indexOf, type LevelId } from "./flow.ts";
import {
  geometryOf,
  isCollapsed,
  noteAt,
  noteKey,
  notesOf,
  originOf,
  type Point,
} from "./layout.ts";

export type Direction = "left" | "right" | "up" | "down";

function centre(draft: Draft, id: string): Point | undefined {
  const note = noteAt(draft, id);
  if (note !== undefined) {
    return { x: note.x + note.w / 2, y: note.y + Math.min(note.h / 2, 36) };
  }
  const box = geometryOf(draft).get(id);
  const step = indexOf(draft).steps.get(id);
  if (box === undefined || step === undefined) {
    return undefined;
  }
  const origin = originOf(draft, step.level);
  return { x: origin.x + box.x + box.w / 2, y: origin.y + box.y + 36 };
}

/** Along the edges to the right and left; between neighbours of the level up and down. Notes are
 * neighbours, too, and lie where no edge leads on. */
export function walk(
  draft: Draft,
  from: string | undefined,
  direction: Direction,
): string | undefined {
  const index = indexOf(draft);
  if (from === undefined || centre(draft, from) === undefined) {
    return index.levels.get(null)?.steps[0]?.id ?? notesIn(draft, null)[0];
  }
  if (!index.steps.has(from)) {
    return towards(draft, from, direction);
  }
  if (direction === "left" || direction === "right") {
    const edges = (direction === "left" ? index.incoming : index.outgoing).get(from) ?? [];
    const ids = edges.map((edge) => (direction === "left" ? edge.from : edge.to));
    return (
      nearest(draft, from, ids) ?? aside(draft, from, direction) ?? noteOn(draft, from, direction)
    );
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

function notesIn(draft: Draft, level: LevelId): string[] {
  return level === null ? notesOf(draft).map((note) => noteKey(note.id)) : [];
}

function noteOn(draft: Draft, from: string, direction: "left" | "right"): string | undefined {
  const level = indexOf(draft).steps.get(from)?.level ?? null;
  return closest(draft, from, direction, notesIn(draft, level));
}

/** From a note: to whatever lies that way. */
function towards(draft: Draft, from: string, direction: Direction): string | undefined {
  const steps = indexOf(draft).levels.get(null)?.steps ?? [];
  const all = [...steps.map((step) => step.id), ...notesIn(draft, null)];
  return closest(draft, from, direction, all);
}

function closest(
  draft: Draft,
  from: string,
  direction: Direction,
  ids: readonly string[],
): string | undefined {
  const at = centre(draft, from);
  const across = direction === "left" || direction === "right";
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  let best: { id: string; distance: number } | undefined;
  for (const id of ids) {
    const to = centre(draft, id);
    if (at === undefined || to === undefined || id === from) {
      continue;
    }
    const [dx, dy] = [to.x - at.x, to.y - at.y];
    const along = sign * (across ? dx : dy);
    const distance = along + 2 * Math.abs(across ? dy : dx);
    if (along > 0 && (best === undefined || distance < best.distance)) {
      best = { id, distance };
    }
  }
  return best?.id;
}

function beside(draft: Draft, from: string, direction: "up" | "down"): string | undefined {
  const index = indexOf(draft);
  const step = index.steps.get(from);
  if (step === undefined) {
    return undefined;
  }
  if (direction === "down" && step.body && !isCollapsed(draft, from)) {
    const first = index.levels.get(from)?.steps[0]?.id;
    if (first !== undefined) {
      return first;
    }
  }
  const level = index.levels.get(step.level)?.steps.map((other) => other.id) ?? [];
  const next = closest(draft, from, direction, [...level, ...notesIn(draft, step.level)]);
  return next ?? (direction === "up" && step.level !== null ? step.level : undefined);
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
