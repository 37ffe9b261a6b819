// Hears every key of the page and runs the command it stands for, or says why it cannot be run now.
import { useEffect } from "react";
import { findCommand, useKeySettings, useRegistry } from "./registry.ts";

const SEQUENCE_MS = 1200;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "button", "range"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** What lies over the page, where the page's keys wait. */
function coverOf(target: EventTarget | null): Element | null {
  return target instanceof Element
    ? target.closest("[role=dialog], [role=alertdialog], [role=listbox], [role=menu]")
    : null;
}

export function KeyListener({ onReason }: { onReason: (reason: string) => void }) {
  useEffect(() => {
    let before = "";
    let until = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const cover = coverOf(event.target);
      if (event.timeStamp > until) before = "";
      const inside = (element: Element | null) =>
        (element?.contains(event.target as Node | null) ?? false) &&
        (cover === null || cover.contains(element));
      const commands = [...useRegistry.getState().commands.values()];
      const found = findCommand(
        // What a dialog shows has keys of its own there, too: a board, say.
        cover === null ? commands : commands.filter((command) => command.within !== undefined),
        useKeySettings.getState(),
        before,
        event,
        inside,
        isTyping(event.target),
      );
      before = found.before;
      until = event.timeStamp + SEQUENCE_MS;
      if (!found.command && !found.waiting) return;
      event.preventDefault();
      if (found.command?.reason) onReason(found.command.reason);
      else found.command?.run();
    };
    /* buttons and editors take Enter with whatever is held beside it, and tell nobody: first, then */
    const onEnter = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      onKeyDown(event);
      if (event.defaultPrevented) event.stopPropagation();
    };
    window.addEventListener("keydown", onKeyDown);
    window.addEventListener("keydown", onEnter, true);
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      window.removeEventListener("keydown", onEnter, true);
    };
  }, [onReason]);
  return null;
}
