/* How one comes into the inspector. */
import { type MouseEvent, type RefObject, useEffect, useRef } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";

const DOUBLE_CLICK_MS = 500;

const FRAMES = 120; /* of waiting for what comes after the panel */

/** Once what the panel holds is there. */
function whenThere(box: RefObject<HTMLElement | null>, run: () => void, frames = FRAMES): void {
  requestAnimationFrame(() => {
    const waits = box.current?.querySelector(".tab-panel:empty") != null;
    if (waits && frames > 0) {
      whenThere(box, run, frames - 1);
    } else {
      run();
    }
  });
}

/** The focus goes into the panel when it was asked for by Enter, a problem or a search. */
export function useArrival(box: RefObject<HTMLElement | null>): void {
  const goto = useEdited((state) => state.goto);
  const first = useRef(goto);
  useEffect(() => {
    if (goto === first.current || goto?.path === undefined) {
      return;
    }
    const name = goto.path.filter((part) => part !== "config").at(-1);
    whenThere(box, () => {
      const fields = [
        ...(box.current?.querySelectorAll<HTMLElement>(
          ".tab-panel input, .tab-panel .code-text, .tab-panel textarea, .tab-panel .select-button",
        ) ?? []),
      ];
      const wanted = fields.find((field) =>
        (field.getAttribute("aria-label") ?? field.closest(".field")?.textContent ?? "")
          .toLowerCase()
          .startsWith(String(name).replaceAll("_", " ")),
      );
      const first = box.current?.querySelector<HTMLElement>(
        ".tab-panel :is(input, .code-text, textarea, button:not([disabled]))",
      );
      (wanted ?? first ?? box.current)?.focus();
    });
  }, [goto, box]);
}

/**
 * A double click on a card at the board's edge: the panel that the first click opens lies over the
 * card, and takes the second one. It is what the two together mean: open it wide.
 */
export function useSecondClick(): (event: MouseEvent) => void {
  const editor = useEditor();
  const open = useEdited((state) => state.inspected !== undefined);
  const since = useRef(0);
  useEffect(() => {
    since.current = open ? Date.now() : 0;
  }, [open]);
  return (event) => {
    if (event.detail > 1 && Date.now() - since.current < DOUBLE_CLICK_MS) {
      event.preventDefault();
      event.stopPropagation();
      editor.setState({ wide: true });
    }
  };
}
