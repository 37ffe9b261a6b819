/* How the board is first seen. */
import type { ReactFlowInstance } from "@xyflow/react";
import type { BoardNode, WireEdge } from "./view.ts";

const EDGE = 60;
const READABLE = 0.75;

/** The whole flow, or, where that would be too small to read, its beginning. */
export function begin(
  flow: ReactFlowInstance<BoardNode, WireEdge>,
  board: HTMLDivElement | null,
  nodes: readonly BoardNode[],
): void {
  if (document.activeElement?.matches("body, main") === true) {
    board?.focus({ preventScroll: true }); /* the keys are the board's at once */
  }
  const box = board?.getBoundingClientRect();
  const top = nodes.filter((node) => node.parentId === undefined);
  const [first] = top;
  if (box === undefined || first === undefined) {
    return;
  }
  const left = Math.min(...top.map((node) => node.position.x));
  const right = Math.max(...top.map((node) => node.position.x + (node.width ?? 0)));
  const upper = Math.min(...top.map((node) => node.position.y));
  const lower = Math.max(...top.map((node) => node.position.y + (node.height ?? 0)));
  const room = Math.min(
    (box.width - 2 * EDGE) / (right - left),
    (box.height - 2 * EDGE) / (lower - upper),
  );
  const zoom = Math.max(READABLE, Math.min(1, room));
  const fits = zoom <= room;
  const x = fits ? (box.width - (right + left) * zoom) / 2 : EDGE - left * zoom;
  const middle = fits ? (upper + lower) / 2 : first.position.y + 36;
  void flow.setViewport({ x, y: box.height / 2 - middle * zoom, zoom });
}
