/* Dragging from a source to a target by the pointer. The keys and clicks do the same without it. */
import { type PointerEvent, useCallback, useRef } from "react";
import { cx } from "../ui/cx.ts";
import { lead } from "./acts.ts";
import { useMapping } from "./mapping.tsx";

const NEAR = 4; /* pixels that are still a click */
const EDGE = 28;
const PACE = 12;

export function Port({ on, picked }: { on: boolean; picked?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={cx("map-port", on && "map-port-on", picked && "map-port-picked")}
    />
  );
}

function targetAt(x: number, y: number): string | undefined {
  const row = document.elementFromPoint(x, y)?.closest(".tree-row, tr[data-target]");
  const holder = row?.matches("[data-target]") ? row : row?.querySelector("[data-target]");
  return holder?.getAttribute("data-target") ?? undefined;
}

/** Near the edge of the targets they go on, so that any of them can be reached. */
function follow(y: number): void {
  const tree = document.querySelector(".map-tree-target");
  const box = tree?.getBoundingClientRect();
  if (tree !== null && box !== undefined) {
    tree.scrollTop += y > box.bottom - EDGE ? PACE : y < box.top + EDGE ? -PACE : 0;
  }
}

export function useDragFrom(): (event: PointerEvent, source: string) => void {
  const mapping = useMapping();
  const { store } = mapping;
  /* another's change may come in while something is dragged */
  const now = useRef(mapping);
  now.current = mapping;
  return useCallback(
    (down, source) => {
      if (down.button !== 0) {
        return;
      }
      const begun = { x: down.clientX, y: down.clientY };
      let dragging = false;
      const move = (event: globalThis.PointerEvent): void => {
        const { clientX: x, clientY: y } = event;
        dragging ||= Math.hypot(x - begun.x, y - begun.y) > NEAR;
        if (dragging) {
          event.preventDefault();
          store.setState({ drag: { source, x, y } });
          follow(y);
          mark(targetAt(x, y));
        }
      };
      const end = (event: globalThis.PointerEvent): void => {
        stop();
        const target = targetAt(event.clientX, event.clientY);
        if (dragging && target !== undefined) {
          lead(now.current, source, target);
        }
        if (dragging) {
          swallowClick();
        }
      };
      const leave = (event: KeyboardEvent): void => {
        if (event.key === "Escape") {
          event.preventDefault();
          stop();
        }
      };
      const stop = (): void => {
        removeEventListener("pointermove", move);
        removeEventListener("pointerup", end);
        removeEventListener("pointercancel", stop);
        removeEventListener("keydown", leave, true);
        store.setState({ drag: undefined });
        mark(undefined);
      };
      addEventListener("pointermove", move);
      addEventListener("pointerup", end);
      addEventListener("pointercancel", stop);
      addEventListener("keydown", leave, true);
    },
    [store],
  );
}

/** The row that would get it; by a class of its own, so that ten thousand rows are not drawn anew. */
function mark(target: string | undefined): void {
  for (const row of document.querySelectorAll(".map-drop")) {
    row.classList.remove("map-drop");
  }
  if (target !== undefined) {
    const holder = document.querySelector(`[data-target="${CSS.escape(target)}"]`);
    holder?.closest(".tree-row, tr")?.classList.add("map-drop");
  }
}

/** The click that the browser makes of the end of a drag chooses nothing. */
function swallowClick(): void {
  const swallow = (event: Event): void => event.stopPropagation();
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
}
