/* A node type dragged from the palette onto the board, onto an edge, or into a loop. */
import { type DragEvent, useMemo } from "react";
import { addStep } from "../model/commands/steps.ts";
import { indexOf, stepOf } from "../model/flow.ts";
import { originOf, type Point } from "../model/layout.ts";
import { useEditor } from "./context.tsx";
import type { Editor } from "./store.ts";

export const TYPE_MIME = "application/x-weft-type";

function put(editor: Editor, name: string, screen: Point): void {
  const { draft, catalog } = editor.getState();
  const type = catalog.byName.get(name);
  const at = editor.board?.toBoard(screen);
  if (type === undefined || at === undefined) {
    return;
  }
  const under = document.elementFromPoint(screen.x, screen.y);
  const edge = under?.closest(".react-flow__edge")?.getAttribute("data-id") ?? "";
  if (indexOf(draft).edges.has(edge)) {
    editor.run(addStep(draft, catalog, type, { onEdge: edge }));
    return;
  }
  const loop = under?.closest(".react-flow__node-loop")?.getAttribute("data-id");
  const level = stepOf(draft, loop)?.id ?? null;
  const origin = originOf(draft, level);
  editor.run(
    addStep(draft, catalog, type, {
      level,
      at: { x: at.x - origin.x - 98, y: at.y - origin.y - 36 },
    }),
  );
}

export function useBoardDrop() {
  const editor = useEditor();
  return useMemo(
    () => ({
      onDragOver: (event: DragEvent) => {
        if (event.dataTransfer.types.includes(TYPE_MIME)) {
          event.preventDefault();
          event.dataTransfer.dropEffect = "copy";
        }
      },
      onDrop: (event: DragEvent) => {
        const name = event.dataTransfer.getData(TYPE_MIME);
        if (name !== "") {
          event.preventDefault();
          put(editor, name, { x: event.clientX, y: event.clientY });
          editor.focusView();
        }
      },
    }),
    [editor],
  );
}
