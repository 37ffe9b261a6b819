/* The cursor of a grid of cells, what is chosen and what is being typed; keys and clipboard. */
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from "react";
import { tellWhy } from "../app/toasts.tsx";
import { readCsv, writeTsv } from "../data/csv.ts";
import { useText } from "../i18n/text.tsx";

export interface Spot {
  readonly row: number;
  readonly column: number;
}

export interface Editing extends Spot {
  readonly text: string;
}

export interface GridActs {
  readonly rows: number;
  readonly columns: number;
  readonly readOnly: boolean;
  readonly textAt: (row: number, column: number) => string;
  readonly onEdit: (row: number, column: number, text: string) => void;
  readonly onPaste: (row: number, column: number, cells: readonly (readonly string[])[]) => void;
  readonly onMoveRow?: ((from: number, to: number) => void) | undefined;
  readonly onMoveColumn?: ((from: number, to: number) => void) | undefined;
  readonly onInsert?: ((at: number) => void) | undefined;
  readonly onRemove?: ((from: number, to: number) => void) | undefined;
  readonly onMenu: (spot: Spot) => void;
  readonly reveal: (spot: Spot) => void;
  readonly focus: () => void;
}

const PAGE = 15;
const MOST_COPIED = 200_000;

function step(key: string, mod: boolean, at: Spot, acts: GridActs): Spot | undefined {
  const { row, column } = at;
  const [bottom, right] = [acts.rows - 1, acts.columns - 1];
  switch (key) {
    case "ArrowUp":
      return { row: mod ? 0 : row - 1, column };
    case "ArrowDown":
      return { row: mod ? bottom : row + 1, column };
    case "ArrowLeft":
      return { row, column: mod ? 0 : column - 1 };
    case "ArrowRight":
      return { row, column: mod ? right : column + 1 };
    case "Home":
      return { row: mod ? 0 : row, column: 0 };
    case "End":
      return { row: mod ? bottom : row, column: right };
    case "PageUp":
      return { row: row - PAGE, column };
    case "PageDown":
      return { row: row + PAGE, column };
    default:
      return undefined;
  }
}

export interface GridState {
  readonly at: Spot;
  readonly anchor: Spot;
  readonly editing: Editing | undefined;
  readonly go: (to: Spot, extend?: boolean) => void;
  readonly begin: (spot: Spot, text?: string) => void;
  readonly type: (text: string) => void;
  /** down, right: where the cursor goes then. */
  readonly commit: (down: number, right: number) => void;
  readonly cancel: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onCopy: (event: ClipboardEvent) => void;
  readonly onPaste: (event: ClipboardEvent) => void;
}

export function rangeOf(at: Spot, anchor: Spot): { from: Spot; to: Spot } {
  return {
    from: { row: Math.min(at.row, anchor.row), column: Math.min(at.column, anchor.column) },
    to: { row: Math.max(at.row, anchor.row), column: Math.max(at.column, anchor.column) },
  };
}

export function useGrid(acts: GridActs): GridState {
  const t = useText();
  const [where, setWhere] = useState<{ at: Spot; anchor: Spot }>({
    at: { row: 0, column: 0 },
    anchor: { row: 0, column: 0 },
  });
  const [editing, setEditing] = useState<Editing>();
  const typing = useRef<Editing | undefined>(undefined);
  const within = (spot: Spot): Spot => ({
    row: Math.max(0, Math.min(spot.row, acts.rows - 1)),
    column: Math.max(0, Math.min(spot.column, acts.columns - 1)),
  });
  const at = within(where.at);
  const anchor = within(where.anchor);

  const go = (to: Spot, extend = false): void => {
    const next = within(to);
    setWhere({ at: next, anchor: extend ? anchor : next });
    acts.reveal(next);
  };
  const edit = (next: Editing | undefined): void => {
    typing.current = next;
    setEditing(next);
  };
  const begin = (spot: Spot, text?: string): void => {
    if (!acts.readOnly && acts.rows > 0) {
      go(spot);
      edit({ ...spot, text: text ?? acts.textAt(spot.row, spot.column) });
    }
  };
  const commit = (down: number, right: number): void => {
    const done = typing.current;
    if (done === undefined) {
      return;
    }
    edit(undefined);
    if (done.text !== acts.textAt(done.row, done.column)) {
      acts.onEdit(done.row, done.column, done.text);
    }
    if (down !== 0 || right !== 0) {
      go({ row: done.row + down, column: done.column + right });
      acts.focus();
    }
  };
  const cancel = (): void => {
    edit(undefined);
    acts.focus();
  };
  const clear = (): void => {
    const { from, to } = rangeOf(at, anchor);
    const width = to.column - from.column + 1;
    const blank = Array.from({ length: to.row - from.row + 1 }, () => Array(width).fill(""));
    acts.onPaste(from.row, from.column, blank);
  };
  const moved = (key: string): boolean => {
    const down = { ArrowUp: -1, ArrowDown: 1 }[key];
    const right = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (down !== undefined && acts.onMoveRow) {
      acts.onMoveRow(at.row, at.row + down);
      go({ row: at.row + down, column: at.column });
    } else if (right !== undefined && acts.onMoveColumn) {
      acts.onMoveColumn(at.column, at.column + right);
      go({ row: at.row, column: at.column + right });
    } else {
      return false;
    }
    return true;
  };
  const changed = (event: KeyboardEvent, mod: boolean): boolean => {
    if (event.key === "Enter" || event.key === "F2") {
      begin(at);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (mod) {
        const { from, to } = rangeOf(at, anchor);
        acts.onRemove?.(from.row, to.row);
      } else {
        clear();
      }
    } else if (event.key === "Insert") {
      acts.onInsert?.(at.row);
    } else if (!mod && event.key.length === 1) {
      begin(at, event.key);
    } else {
      return false;
    }
    return true;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const mod = event.ctrlKey || event.metaKey;
    const to = event.altKey ? undefined : step(event.key, mod, at, acts);
    let done = true;
    if (to !== undefined) {
      go(to, event.shiftKey);
    } else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      acts.onMenu(at);
    } else if (mod && event.key.toLowerCase() === "a") {
      setWhere({
        at: { row: acts.rows - 1, column: acts.columns - 1 },
        anchor: { row: 0, column: 0 },
      });
    } else if (acts.readOnly) {
      done = false;
    } else {
      done = event.altKey ? moved(event.key) : changed(event, mod);
    }
    if (done) {
      event.preventDefault();
    }
  };
  const onCopy = (event: ClipboardEvent): void => {
    const { from, to } = rangeOf(at, anchor);
    const count = (to.row - from.row + 1) * (to.column - from.column + 1);
    if (acts.rows === 0 || count > MOST_COPIED) {
      return;
    }
    const lines: string[][] = [];
    for (let row = from.row; row <= to.row; row++) {
      const line: string[] = [];
      for (let column = from.column; column <= to.column; column++) {
        line.push(acts.textAt(row, column));
      }
      lines.push(line);
    }
    event.clipboardData.setData("text/plain", writeTsv(lines));
    event.preventDefault();
    if (event.type === "cut" && !acts.readOnly) {
      clear();
    }
  };
  const onPaste = (event: ClipboardEvent): void => {
    event.preventDefault();
    const { rows } = readCsv(event.clipboardData.getData("text/plain"), "\t");
    const { from } = rangeOf(at, anchor);
    if (!acts.readOnly && rows.length > 0) {
      acts.onPaste(from.row, from.column, rows);
      const room = acts.columns - from.column;
      const lost = rows.filter((row) => row.slice(room).some((text) => text.trim() !== "")).length;
      if (lost > 0) {
        tellWhy(t("rules.paste.lost", { count: lost }));
      }
    }
  };
  return {
    at,
    anchor,
    editing,
    go,
    begin,
    type: (text) => editing !== undefined && edit({ ...editing, text }),
    commit,
    cancel,
    onKeyDown,
    onCopy,
    onPaste,
  };
}
