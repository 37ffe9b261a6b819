// A tree of any size whose visible rows the caller lists in order: steps, fields, folders.
// One Tab stop; arrows walk, right opens, left closes or goes to the parent, Enter chooses.
import {
  type KeyboardEvent,
  type ReactNode,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { cx } from "./cx.ts";
import { TreeLine, type TreeRow } from "./TreeLine.tsx";
import { useVirtual } from "./Virtual.ts";

export type { TreeRow } from "./TreeLine.tsx";

export interface TreeProps {
  label: string;
  /** How many rows are visible in all. */
  count: number;
  /** The row at this place; undefined: it is still on its way. */
  rowAt: (at: number) => TreeRow | undefined;
  rowHeight: number;
  chosen?: string | undefined;
  onChoose?: (key: string, at: number, byKey: boolean) => void;
  onToggle?: (key: string, open: boolean, at: number) => void;
  /** Told which rows are in view, for rows that come from elsewhere. */
  onView?: (first: number, last: number) => void;
  cursor?: number;
  onCursor?: (at: number) => void;
  onKey?: (event: KeyboardEvent, at: number) => void;
  /** Told how far it is scrolled and how high it is, for what is drawn beside it. */
  onScrolled?: (top: number, height: number) => void;
  /** Brings a row into view, and the cursor there; another stamp does it again. */
  reveal?: { at: number; stamp: number };
  className?: string;
  /** Rows begin at one line; their content shows its depth by itself. */
  flat?: boolean;
}

function move(key: string, at: number, count: number): number | undefined {
  if (key === "ArrowDown") return Math.min(at + 1, count - 1);
  if (key === "ArrowUp") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key === "PageDown") return Math.min(at + 15, count - 1);
  if (key === "PageUp") return Math.max(at - 15, 0);
  return undefined;
}

export function Tree(props: TreeProps) {
  const { count, rowAt, rowHeight } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const { view, onScroll, reveal } = useVirtual(box, count, rowHeight, props.onScrolled);
  const [own, setOwn] = useState(-1);
  const at = Math.min(props.cursor ?? own, count - 1);
  props.onView?.(view.first, view.last);

  const wanted = props.reveal;
  const shown = useRef(0);
  const [told, setTold] = useState(0);
  if (wanted && wanted.stamp !== told && wanted.at >= 0) {
    setTold(wanted.stamp); // with the rows themselves: the next key already acts on this one
    setOwn(wanted.at);
  }
  useLayoutEffect(() => {
    if (!wanted || wanted.stamp === shown.current || wanted.at < 0) return;
    shown.current = wanted.stamp;
    reveal(wanted.at);
  }, [wanted, reveal]);

  const go = (to: number) => {
    setOwn(to);
    props.onCursor?.(to);
    reveal(to);
  };
  const parentOf = (from: number): number => {
    const depth = rowAt(from)?.depth ?? 0;
    for (let up = from - 1; up >= 0; up--) {
      const row = rowAt(up);
      if (row && row.depth < depth) return up;
    }
    return from;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rowAt(at);
    const to = count > 0 ? move(event.key, at, count) : undefined;
    if (to !== undefined) go(to);
    else if (!row) return;
    else if (event.key === "ArrowRight" && row.open === false) props.onToggle?.(row.key, true, at);
    else if (event.key === "ArrowRight" && row.open) go(Math.min(at + 1, count - 1));
    else if (event.key === "ArrowLeft" && row.open) props.onToggle?.(row.key, false, at);
    else if (event.key === "ArrowLeft") go(parentOf(at));
    else if (event.key === "Enter" || event.key === " ") props.onChoose?.(row.key, at, true);
    else {
      props.onKey?.(event, at);
      return;
    }
    event.preventDefault();
  };

  const acts = useRef({ press: (_at: number) => {}, turn: (_at: number) => {} });
  acts.current = {
    press: (index) => {
      const row = rowAt(index);
      setOwn(index);
      props.onCursor?.(index);
      if (!row) return;
      if (props.onChoose) props.onChoose(row.key, index, false);
      else if (row.open !== undefined) props.onToggle?.(row.key, !row.open, index);
    },
    turn: (index) => {
      const row = rowAt(index);
      if (row) props.onToggle?.(row.key, !row.open, index);
    },
  };
  const rows: ReactNode[] = [];
  for (let index = view.first; index < view.last; index++) {
    const row = rowAt(index);
    rows.push(
      <TreeLine
        key={row?.key ?? index}
        id={`${id}-${index}`}
        index={index}
        depth={row?.depth ?? 0}
        open={row?.open}
        tone={row?.tone}
        content={row?.content}
        isAt={index === at}
        isChosen={row !== undefined && row.key === props.chosen}
        height={rowHeight}
        flat={props.flat === true}
        acts={acts}
      />,
    );
  }
  return (
    <div
      className={cx("tree", props.className)}
      role="tree"
      ref={box}
      tabIndex={0}
      aria-label={props.label}
      aria-activedescendant={at >= view.first && at < view.last ? `${id}-${at}` : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onFocus={() => {
        if (at < 0 && count > 0) go(0);
      }}
    >
      <div className="tree-rows" role="presentation" style={{ height: view.height }}>
        <div role="presentation" className="tree-window" style={{ top: view.offset }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
