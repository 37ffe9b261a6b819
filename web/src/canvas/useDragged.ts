/* What is under the hand stands where the hand is; the draft changes when it is let go. */
import type { NodeChange } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import type { BoardNode } from "./view.ts";

/** Positions under the hand: overlaid on the draft's own until they are let go. */
export function useDragged(base: BoardNode[]): {
  nodes: BoardNode[];
  drag: (changes: NodeChange<BoardNode>[]) => void;
  clear: () => void;
} {
  const [over, setOver] = useState<ReadonlyMap<string, { x: number; y: number }>>(new Map());
  const drag = useCallback(
    (changes: NodeChange<BoardNode>[]) => {
      const moved = changes.flatMap((change) =>
        change.type === "position" && change.dragging && change.position !== undefined
          ? [{ id: change.id, position: change.position }]
          : [],
      );
      if (moved.length === 0) {
        return;
      }
      setOver((before) => {
        const next = new Map(before);
        for (const { id, position } of moved) {
          next.set(id, position);
          const group = base.find((node) => node.id === id && node.type === "group");
          if (group?.type === "group") {
            const [dx, dy] = [position.x - group.position.x, position.y - group.position.y];
            for (const node of base.filter((one) => group.data.group.steps.includes(one.id))) {
              next.set(node.id, { x: node.position.x + dx, y: node.position.y + dy });
            }
          }
        }
        return next;
      });
    },
    [base],
  );
  const clear = useCallback(() => setOver(new Map()), []);
  const nodes = useMemo(() => {
    if (over.size === 0) {
      return base;
    }
    return base.map((node) => {
      const position = over.get(node.id);
      return position === undefined ? node : ({ ...node, position } as BoardNode);
    });
  }, [base, over]);
  return { nodes, drag, clear };
}
