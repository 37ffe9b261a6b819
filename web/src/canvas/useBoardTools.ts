/* What the rest of the editor asks of the board: to show a step, to fit, to zoom. */
import { useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect } from "react";
import { indexOf } from "../model/flow.ts";
import { geometryOf, noteAt, originOf } from "../model/layout.ts";
import { useEditor } from "./context.tsx";

const MARGIN = 60;

export function useBoardTools(element: RefObject<HTMLDivElement | null>): void {
  const editor = useEditor();
  const flow = useReactFlow();
  useEffect(() => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const duration = still ? 0 : 180;
    const size = () => element.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 800, 600);
    editor.board = {
      fit: (selection = false) => {
        const nodes = selection ? [...editor.getState().selected].map((id) => ({ id })) : undefined;
        void flow.fitView({
          duration,
          padding: 0.12,
          maxZoom: 1,
          ...(nodes?.length ? { nodes } : {}),
        });
      },
      zoomTo: (zoom) => void flow.zoomTo(zoom, { duration }),
      zoomBy: (factor) => void flow.zoomTo(flow.getZoom() * factor, { duration }),
      toBoard: (screen) => flow.screenToFlowPosition(screen),
      middle: () => {
        const box = size();
        return flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
      },
      reveal: (id) => {
        const { draft } = editor.getState();
        const at = geometryOf(draft).get(id) ?? noteAt(draft, id);
        if (at === undefined) {
          return;
        }
        const origin = originOf(draft, indexOf(draft).steps.get(id)?.level ?? null);
        const { x, y, zoom } = flow.getViewport();
        const box = size();
        const left = (origin.x + at.x) * zoom + x;
        const top = (origin.y + at.y) * zoom + y;
        const dx = into(left, Math.min(at.w, 260) * zoom, box.width);
        const dy = into(top, 72 * zoom, box.height);
        if (dx !== 0 || dy !== 0) {
          void flow.setViewport({ x: x + dx, y: y + dy, zoom }, { duration });
        }
      },
    };
    editor.focusView = () => element.current?.focus({ preventScroll: true });
    return () => {
      editor.board = undefined;
    };
  }, [editor, flow, element]);

  /* what is looked at stays in view, also when a panel opens beside it */
  useEffect(() => {
    const keep = (): void => {
      requestAnimationFrame(() => {
        const { inspected } = editor.getState();
        if (inspected !== undefined) {
          editor.board?.reveal(inspected);
        }
      });
    };
    const stop = editor.subscribe((now, before) => {
      if (now.goto !== before.goto && now.goto !== undefined) {
        const { id } = now.goto;
        requestAnimationFrame(() => requestAnimationFrame(() => editor.board?.reveal(id)));
      } else if (now.inspected !== before.inspected || now.wide !== before.wide) {
        keep();
      }
    });
    /* the panel beside it comes when its part of the program is there */
    const sizes = new ResizeObserver(keep);
    if (element.current !== null) {
      sizes.observe(element.current);
    }
    return () => {
      stop();
      sizes.disconnect();
    };
  }, [editor, element]);
}

/** How far to move so that a span of `length` at `from` is seen whole. */
function into(from: number, length: number, room: number): number {
  if (from < MARGIN) {
    return MARGIN - from;
  }
  return from + length > room - MARGIN ? room - MARGIN - (from + length) : 0;
}
