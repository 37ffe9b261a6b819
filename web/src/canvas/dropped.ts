/* What it means when cards are let go: moved, moved into a loop or out of it, notes and groups. */
import { moveSteps } from "../model/commands/arrange.ts";
import { moveToLevel } from "../model/commands/steps.ts";
import { type Draft, indexOf, type LevelId, levelsWithin, stepOf } from "../model/flow.ts";
import {
  BODY_HEAD,
  BODY_PAD,
  CARD_HEIGHT,
  CARD_WIDTH,
  geometryOf,
  groupsOf,
  isCollapsed,
  originOf,
  type Point,
} from "../model/layout.ts";
import type { Editor } from "./store.ts";
import type { BoardNode } from "./view.ts";

/** A node's place within its level, from what React Flow counts from the frame's corner. */
function within(draft: Draft, id: string, position: Point): Point {
  const inner = (stepOf(draft, id)?.level ?? null) !== null;
  return inner ? { x: position.x - BODY_PAD, y: position.y - BODY_HEAD } : position;
}

/** The innermost open loop at a point of the board that is not among those that move. */
function levelAt(draft: Draft, point: Point, moving: ReadonlySet<string>): LevelId {
  let found: { id: string; depth: number } | undefined;
  for (const step of indexOf(draft).steps.values()) {
    const box = geometryOf(draft).get(step.id);
    if (!step.body || box === undefined || isCollapsed(draft, step.id) || moving.has(step.id)) {
      continue;
    }
    const origin = originOf(draft, step.level);
    const [left, top] = [origin.x + box.x, origin.y + box.y];
    const hit =
      point.x > left &&
      point.x < left + box.w &&
      point.y > top + BODY_HEAD - 8 &&
      point.y < top + box.h;
    if (hit && (found === undefined || step.depth > found.depth)) {
      found = { id: step.id, depth: step.depth };
    }
  }
  return found?.id ?? null;
}

function moves(draft: Draft, nodes: readonly BoardNode[]): Map<string, Point> {
  const places = new Map<string, Point>();
  for (const node of nodes) {
    if (stepOf(draft, node.id) !== undefined) {
      places.set(node.id, within(draft, node.id, node.position));
    } else if (node.type === "note") {
      places.set(node.id, node.position);
    }
  }
  return places;
}

export function dropped(
  editor: Editor,
  nodes: readonly BoardNode[],
  absolute: (id: string) => Point | undefined,
): void {
  const { draft } = editor.getState();
  for (const node of nodes.filter((one) => one.type === "group")) {
    moveGroup(editor, node);
  }
  const places = moves(draft, nodes);
  const steps = [...places.keys()].filter((id) => stepOf(draft, id) !== undefined);
  const [first] = steps;
  if (first === undefined) {
    if (places.size > 0) {
      editor.run(moveSteps(editor.getState().draft, places));
    }
    return;
  }
  const moving = new Set(
    steps.flatMap((id) => [
      id,
      ...levelsWithin(draft, id).flatMap((l) => l.steps.map((s) => s.id)),
    ]),
  );
  const corner = absolute(first) ?? { x: 0, y: 0 };
  const level = levelAt(
    draft,
    { x: corner.x + CARD_WIDTH / 2, y: corner.y + CARD_HEIGHT / 2 },
    moving,
  );
  const from = stepOf(draft, first)?.level ?? null;
  const together = steps.every((id) => (stepOf(draft, id)?.level ?? null) === from);
  if (level !== from && together) {
    const origin = originOf(draft, level);
    const at = { x: corner.x - origin.x, y: corner.y - origin.y };
    const outcome = moveToLevel(draft, steps, level, at);
    if (!("refused" in outcome)) {
      editor.run(outcome);
      return;
    }
    editor.say(outcome.refused, true);
  }
  editor.run(moveSteps(draft, places));
}

function moveGroup(editor: Editor, node: BoardNode): void {
  const { draft } = editor.getState();
  const group = groupsOf(draft).find((one) => `group/${one.id}` === node.id);
  const old = group?.steps.map((id) => geometryOf(draft).get(id));
  const boxes = (old ?? []).filter((box) => box !== undefined);
  if (group === undefined || boxes.length === 0) {
    return;
  }
  const inner = (stepOf(draft, group.steps[0])?.level ?? null) !== null;
  const x = node.position.x - (inner ? BODY_PAD : 0);
  const y = node.position.y - (inner ? BODY_HEAD : 0);
  const pad = group.collapsed ? { x: 0, y: 0 } : { x: 18, y: 48 };
  const dx = x + pad.x - Math.min(...boxes.map((box) => box.x));
  const dy = y + pad.y - Math.min(...boxes.map((box) => box.y));
  const places = new Map<string, Point>();
  for (const id of group.steps) {
    const box = geometryOf(draft).get(id);
    if (box !== undefined) {
      places.set(id, { x: box.x + dx, y: box.y + dy });
    }
  }
  editor.run(moveSteps(draft, places));
}
