// A list of objects as rows and columns, of any length: only the rows in view exist. One Tab stop;
// arrows or j/k move, Enter opens, Space ticks, Home/End and Page keys jump.
import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { cx } from "./cx.ts";
import { type Column, Heading, type Sort } from "./GridHead.tsx";
import { foldOf } from "./gridFold.ts";
import { remNow, useRowHeight, useVirtual } from "./Virtual.ts";

export type { Column, Sort } from "./GridHead.tsx";

export interface DataGridProps<T> {
  label: string;
  columns: Column<T>[];
  items: readonly T[];
  /** How many there are on the server, when it is known. */
  total?: number | undefined;
  keyOf: (item: T) => string;
  onOpen?: (item: T) => void;
  /** The one whose details are shown. */
  current?: string | undefined;
  onCurrent?: (item: T) => void;
  ticked?: ReadonlySet<string>;
  onTick?: (ticked: Set<string>) => void;
  tickLabel?: string;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  /** Called when the end comes near and there is more. */
  onMore?: (() => void) | undefined;
  /** Under the last row: what is loading, that this is all. */
  tail?: ReactNode;
  onKey?: (event: KeyboardEvent, item: T | undefined) => void;
  /** Told where the keyboard stands, for commands of the row. */
  onCursor?: (item: T | undefined) => void;
  toneOf?: (item: T) => "err" | "warn" | undefined;
}

const PAGE = 12;
const STILL_PX = 6;

function step(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "j":
      return Math.min(at + 1, count - 1);
    case "ArrowUp":
    case "k":
      return Math.max(at - 1, 0);
    case "PageDown":
      return Math.min(at + PAGE, count - 1);
    case "PageUp":
      return Math.max(at - PAGE, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** How wide it is, in pixels and in rem. */
function useWidth(box: React.RefObject<HTMLElement | null>): { px: number; rem: number } {
  const [width, setWidth] = useState({ px: 1200, rem: 75 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const read = () => {
      const px = element.clientWidth;
      setWidth({ px, rem: px / remNow() });
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

export function DataGrid<T>(props: DataGridProps<T>) {
  const { items, columns, keyOf, onMore, onTick } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const shown = columns.filter((column) => (column.from ?? 0) <= width.px);
  const fold = foldOf(shown, width.rem, onTick !== undefined);
  const rowHeight = Math.round(useRowHeight() * (fold ? 0.25 + 0.72 * fold.lines : 1));
  const id = useId();
  const { view, onScroll, reveal } = useVirtual(box, items.length, rowHeight);
  const [cursor, setCursor] = useState(-1);
  const tracks = fold
    ? {}
    : {
        gridTemplateColumns: [onTick ? "2.25rem" : "", ...shown.map((column) => column.width)].join(
          " ",
        ),
      };
  const at = Math.min(cursor, items.length - 1);
  const pressed = useRef<{ target: EventTarget; y: number }>(undefined);

  useEffect(() => {
    if (onMore && view.last >= items.length - 10) onMore();
  }, [onMore, view.last, items.length]);

  const { onCursor } = props;
  useEffect(() => onCursor?.(items[at]), [onCursor, items, at]);

  const go = (to: number) => {
    setCursor(to);
    reveal(to);
    const item = items[to];
    if (item !== undefined) props.onCurrent?.(item);
  };
  const tick = (item: T) => {
    if (!onTick) return;
    const next = new Set(props.ticked);
    const key = keyOf(item);
    if (!next.delete(key)) next.add(key);
    onTick(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const item = items[at];
    const to = items.length > 0 ? step(event.key, at, items.length) : undefined;
    if (to !== undefined) go(to);
    else if (event.key === "Enter" && item !== undefined) (props.onOpen ?? props.onCurrent)?.(item);
    else if (event.key === " " && item !== undefined && onTick) tick(item);
    else {
      props.onKey?.(event, item);
      return;
    }
    event.preventDefault();
  };
  const allTicked = items.length > 0 && items.every((item) => props.ticked?.has(keyOf(item)));

  return (
    <div
      className={cx("grid", fold && "grid-folded", onTick && "grid-ticked")}
      role="grid"
      ref={box}
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={(props.total ?? items.length) + 1}
      aria-activedescendant={at >= view.first && at < view.last ? `${id}-${at}` : undefined}
      aria-multiselectable={onTick ? true : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (event.target === event.currentTarget && at < 0 && items.length > 0) setCursor(0);
      }}
    >
      <div className="grid-head" role="row" aria-rowindex={1} style={tracks}>
        {onTick && (
          <div role="columnheader" className="grid-head-cell">
            <input
              type="checkbox"
              className="tick"
              aria-label={props.tickLabel}
              checked={allTicked}
              onChange={() => onTick(allTicked ? new Set() : new Set(items.map(keyOf)))}
            />
          </div>
        )}
        {shown.map((column) => (
          <Heading
            key={column.id}
            column={column}
            style={fold?.styleOf(column.id)}
            sort={props.sort}
            onSort={props.onSort}
          />
        ))}
      </div>
      <div className="grid-rows" role="rowgroup" style={{ height: view.height }}>
        <div
          className="grid-window"
          role="presentation"
          style={{ top: view.offset }}
          onPointerDown={({ target, clientY: y }) => {
            pressed.current = { target, y };
          }}
          onClick={({ target, currentTarget, clientY }) => {
            // A row that came above has moved it from under a hand that kept still.
            const was = pressed.current;
            if (target === currentTarget && was && Math.abs(clientY - was.y) < STILL_PX)
              was.target.dispatchEvent(
                new MouseEvent("click", { bubbles: true, cancelable: true }),
              );
          }}
        >
          {items.slice(view.first, view.last).map((item, offset) => {
            const index = view.first + offset;
            const key = keyOf(item);
            const tone = props.toneOf?.(item);
            return (
              <div
                key={key}
                id={`${id}-${index}`}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={onTick ? (props.ticked?.has(key) ?? false) : key === props.current}
                className={cx(
                  "grid-row",
                  index === at && "grid-row-at",
                  key === props.current && "grid-row-current",
                  props.onOpen || props.onCurrent ? "grid-row-open" : "",
                  tone && `grid-row-${tone}`,
                )}
                style={{ ...tracks, height: rowHeight }}
                onClick={(event) => {
                  if ((event.target as Element).closest("a, button, input")) return;
                  setCursor(index);
                  (props.onOpen ?? props.onCurrent)?.(item);
                }}
              >
                {onTick && (
                  <div role="gridcell" className="grid-cell">
                    <input
                      type="checkbox"
                      className="tick"
                      tabIndex={-1}
                      aria-label={key}
                      checked={props.ticked?.has(key) ?? false}
                      onChange={() => tick(item)}
                    />
                  </div>
                )}
                {shown.map((column) => (
                  <div
                    key={column.id}
                    role="gridcell"
                    style={fold?.styleOf(column.id)}
                    className={cx("grid-cell", column.align === "end" && "align-end num")}
                  >
                    {column.cell(item)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {props.tail && (
        <div className="grid-tail" role="presentation">
          {props.tail}
        </div>
      )}
    </div>
  );
}
