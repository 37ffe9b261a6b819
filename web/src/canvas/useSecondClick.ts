/* The second click of a double click belongs to the card of the first one, also when the board has
 * moved in between: a click opens the step's form, and neither the form nor another card may take
 * what the hand meant for the first. */
import { type RefObject, useEffect } from "react";
import { stepOf } from "../model/flow.ts";
import { useEditor } from "./context.tsx";

const DOUBLE_CLICK_MS = 400;
const STILL_PX = 6;
const EVENTS = ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "dblclick"] as const;

interface First {
  readonly id: string | undefined;
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

const cardUnder = (event: Event): string | undefined =>
  event.target instanceof Element
    ? (event.target.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? undefined)
    : undefined;

export function useSecondClick(element: RefObject<HTMLDivElement | null>): void {
  const editor = useEditor();
  useEffect(() => {
    const board = element.current;
    if (board === null) {
      return;
    }
    let first: First | undefined;
    let held: string | undefined; /* whose second click this is */
    const isSecond = (event: MouseEvent): boolean =>
      first !== undefined &&
      event.timeStamp - first.at < DOUBLE_CLICK_MS &&
      Math.hypot(event.clientX - first.x, event.clientY - first.y) < STILL_PX;
    const down = (event: MouseEvent): void => {
      const id = cardUnder(event);
      held = isSecond(event) && first?.id !== id ? first?.id : undefined;
      if (held === undefined) {
        const isOurs = event.button === 0 && board.contains(event.target as Node);
        first = !isOurs
          ? undefined
          : { id, x: event.clientX, y: event.clientY, at: event.timeStamp };
      }
    };
    const on = (event: MouseEvent): void => {
      if (event.type === "pointerdown") {
        down(event);
      }
      if (held === undefined) {
        return;
      }
      event.stopPropagation();
      event.preventDefault();
      if (event.type === "click") {
        setTimeout(() => {
          held = undefined; /* behind the dblclick of the same press; later clicks are others */
        });
      }
      if (event.type === "click" && stepOf(editor.getState().draft, held) !== undefined) {
        editor.inspect(held, true);
      }
    };
    for (const name of EVENTS) {
      window.addEventListener(name, on, true);
    }
    return () => {
      for (const name of EVENTS) {
        window.removeEventListener(name, on, true);
      }
    };
  }, [editor, element]);
}
