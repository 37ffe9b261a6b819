/*
 * Tidy-up: each level from the innermost outwards is laid out from left to right. Who stands above
 * whom among the targets of one step stays as it is on the board, or follows the order of its exits.
 * Loaded only when it is asked for: the layout library is not small.
 */
import { layout as dagre, Graph } from "@dagrejs/dagre";
import { type Draft, indexOf, type Level, type LevelId } from "./flow.ts";
import {
  BODY_HEAD,
  BODY_PAD,
  CARD_HEIGHT,
  CARD_WIDTH,
  COLUMN_GAP,
  geometryOf,
  isCollapsed,
  type Point,
  placeOf,
  ROW_GAP,
  snap,
} from "./layout.ts";

type Size = { w: number; h: number };

/** New places of all steps; with `only`, of these steps alone, around where they stand. */
export function tidyPlaces(draft: Draft, only?: ReadonlySet<string>): Map<string, Point> {
  const out = new Map<string, Point>();
  tidyLevel(draft, null, out, only);
  return out;
}

function tidyLevel(
  draft: Draft,
  id: LevelId,
  out: Map<string, Point>,
  only?: ReadonlySet<string>,
): Size {
  const level = indexOf(draft).levels.get(id);
  if (level === undefined || level.steps.length === 0) {
    return { w: CARD_WIDTH, h: CARD_HEIGHT };
  }
  const sizes = new Map<string, Size>();
  for (const step of level.steps) {
    sizes.set(step.id, { w: CARD_WIDTH, h: CARD_HEIGHT });
    if (step.body) {
      const inner = tidyLevel(draft, step.id, out, only);
      if (!isCollapsed(draft, step.id)) {
        sizes.set(step.id, { w: inner.w + 2 * BODY_PAD, h: inner.h + BODY_HEAD + BODY_PAD });
      }
    }
  }
  const chosen = only === undefined ? level.steps : level.steps.filter((step) => only.has(step.id));
  if (chosen.length > 0) {
    place(draft, level, new Set(chosen.map((step) => step.id)), sizes, out, only !== undefined);
  }
  return extent(draft, level, sizes, out);
}

function extent(
  draft: Draft,
  level: Level,
  sizes: Map<string, Size>,
  places: Map<string, Point>,
): Size {
  const geometry = geometryOf(draft);
  let [w, h] = [0, 0];
  for (const step of level.steps) {
    const at = places.get(step.id) ?? geometry.get(step.id) ?? { x: 0, y: 0 };
    const size = sizes.get(step.id) ?? { w: 0, h: 0 };
    w = Math.max(w, at.x + size.w);
    h = Math.max(h, at.y + size.h);
  }
  return { w, h };
}

function place(
  draft: Draft,
  level: Level,
  ids: ReadonlySet<string>,
  sizes: Map<string, Size>,
  out: Map<string, Point>,
  keepCorner: boolean,
): void {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: ROW_GAP, ranksep: COLUMN_GAP, ranker: "tight-tree" });
  graph.setDefaultEdgeLabel(() => ({}));
  const geometry = geometryOf(draft);
  const steps = level.steps.filter((step) => ids.has(step.id));
  const top = (id: string): number => geometry.get(id)?.y ?? 0;
  for (const step of [...steps].sort((a, b) => top(a.id) - top(b.id))) {
    const size = sizes.get(step.id) ?? { w: CARD_WIDTH, h: CARD_HEIGHT };
    graph.setNode(step.id, { width: size.w, height: size.h });
  }
  const settled = level.steps.every((step) => placeOf(draft, step) !== undefined);
  const inside = level.edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to));
  const edges = settled ? [...inside].sort((a, b) => top(a.to) - top(b.to)) : inside;
  for (const edge of edges) {
    graph.setEdge(edge.from, edge.to);
  }
  /* the order in which nodes and edges were given stays: no heuristic turns them round */
  dagre(graph, { disableOptimalOrderHeuristic: true });
  const corner = keepCorner
    ? cornerOf(steps.map((step) => geometry.get(step.id) ?? { x: 0, y: 0 }))
    : { x: 0, y: 0 };
  const corners = new Map<string, Point>();
  for (const step of steps) {
    const node = graph.node(step.id) as { x?: number; y?: number; width: number; height: number };
    corners.set(step.id, { x: (node.x ?? 0) - node.width / 2, y: (node.y ?? 0) - node.height / 2 });
  }
  const least = cornerOf([...corners.values()]);
  for (const [id, at] of corners) {
    out.set(id, { x: snap(corner.x + at.x - least.x), y: snap(corner.y + at.y - least.y) });
  }
}

function cornerOf(points: readonly Point[]): Point {
  return { x: Math.min(...points.map((p) => p.x)), y: Math.min(...points.map((p) => p.y)) };
}
