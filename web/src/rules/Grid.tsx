/*
 * A grid of cells that are typed into, of any length: only the rows in view exist. One Tab stop;
 * arrows move, Shift extends, Enter or a letter types, Alt+arrows move rows and columns.
 */
import { type ReactNode, type Ref, useId, useImperativeHandle, useRef, useState } from "react";
import { cx } from "../ui/cx.ts";
import type { Act } from "../ui/Menu.tsx";
import { scrollFor, useVirtual } from "../ui/Virtual.ts";
import { Acts, HEAD_HEIGHT, Heads, NUMBERS, ROW_HEIGHT } from "./GridParts.tsx";
import { GridRow, type RowActs } from "./GridRow.tsx";
import { rangeOf, type Spot, useGrid } from "./useGrid.ts";

export interface GridColumn {
  readonly key: string;
  readonly title: string;
  readonly hint?: string | undefined;
  readonly width: number;
  readonly look?: "in" | "out" | "key" | undefined;
  readonly end?: boolean;
}

export interface GridHandle {
  go: (spot: Spot) => void;
}

export interface GridProps {
  readonly label: string;
  readonly columns: readonly GridColumn[];
  readonly rows: number;
  readonly readOnly: boolean;
  readonly textAt: (row: number, column: number) => string;
  readonly toneAt?: (row: number, column: number) => "err" | "dim" | undefined;
  readonly rowTone?: (row: number) => "hit" | "err" | undefined;
  readonly rowHead?: (row: number) => ReactNode;
  readonly actsAt: (spot: Spot) => Act[];
  readonly onOpenColumn?: ((column: number) => void) | undefined;
  readonly onEdit: (row: number, column: number, text: string) => void;
  readonly onPaste: (row: number, column: number, cells: readonly (readonly string[])[]) => void;
  readonly onMoveRow?: ((from: number, to: number) => void) | undefined;
  readonly onMoveColumn?: ((from: number, to: number) => void) | undefined;
  readonly onInsert?: ((at: number) => void) | undefined;
  readonly onRemove?: ((from: number, to: number) => void) | undefined;
  readonly handle?: Ref<GridHandle>;
}

export function Grid(props: GridProps) {
  const { columns, rows } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<Spot>();
  const [dragged, setDragged] = useState<{ from: number; over: number }>();
  const { view, onScroll } = useVirtual(box, rows, ROW_HEIGHT);
  const cellId = (spot: Spot): string => `${id}-${spot.row}-${spot.column}`;
  const lefts = [NUMBERS];
  for (const column of columns) {
    lefts.push((lefts.at(-1) ?? 0) + column.width);
  }

  const reveal = (spot: Spot): void => {
    const element = box.current;
    if (element === null) {
      return;
    }
    const high = element.clientHeight - HEAD_HEIGHT;
    const top = scrollFor(spot.row, rows, ROW_HEIGHT, element.scrollTop, high);
    if (top !== undefined) {
      element.scrollTop = top;
    }
    const [left, right] = [lefts[spot.column] ?? 0, lefts[spot.column + 1] ?? 0];
    if (left - NUMBERS < element.scrollLeft) {
      element.scrollLeft = left - NUMBERS;
    } else if (right > element.scrollLeft + element.clientWidth) {
      element.scrollLeft = right - element.clientWidth;
    }
    onScroll();
  };
  const grid = useGrid({
    ...props,
    rows,
    columns: columns.length,
    reveal,
    onMenu: setMenu,
    focus: () => box.current?.focus(),
  });
  const { at, editing } = grid;
  const { from, to } = rangeOf(at, grid.anchor);
  useImperativeHandle(props.handle, () => ({
    go: (spot) => {
      grid.go(spot);
      box.current?.focus();
    },
  }));
  const acts = useRef({} as RowActs);
  acts.current = {
    grid,
    menu: setMenu,
    drag: (row) => setDragged({ from: row, over: row }),
    dragOver: (row) => {
      if (dragged !== undefined && dragged.over !== row) {
        setDragged({ ...dragged, over: row });
      }
    },
    drop: (event) => {
      event.preventDefault();
      if (dragged !== undefined && dragged.from !== dragged.over) {
        props.onMoveRow?.(dragged.from, dragged.over);
        grid.go({ row: dragged.over, column: at.column });
      }
      setDragged(undefined);
    },
    leave: () => setDragged(undefined),
  };

  const lines: ReactNode[] = [];
  for (let row = view.first; row < view.last; row++) {
    const isIn = row >= from.row && row <= to.row;
    lines.push(
      <GridRow
        key={row}
        of={props}
        id={id}
        row={row}
        at={at.row === row ? at.column : -1}
        from={isIn ? from.column : -1}
        to={isIn ? to.column : -1}
        over={dragged?.over === row && dragged.from !== row}
        typing={editing?.row === row ? grid : undefined}
        acts={acts}
      />,
    );
  }
  return (
    <div className="cells-frame">
      <div
        ref={box}
        role="grid"
        aria-label={props.label}
        aria-rowcount={rows + 1}
        aria-colcount={columns.length + 1}
        aria-multiselectable="true"
        aria-readonly={props.readOnly}
        aria-activedescendant={at.row >= view.first && at.row < view.last ? cellId(at) : undefined}
        tabIndex={0}
        className={cx("cells", rows === 0 && "cells-none")}
        onScroll={onScroll}
        onKeyDown={(event) => event.target === box.current && grid.onKeyDown(event)}
        onCopy={(event) => event.target === box.current && grid.onCopy(event)}
        onCut={(event) => event.target === box.current && grid.onCopy(event)}
        onPaste={(event) => event.target === box.current && grid.onPaste(event)}
      >
        <div role="rowgroup" className="cells-top" style={{ width: lefts.at(-1) }}>
          <Heads props={props} onMenu={(column) => setMenu({ row: at.row, column })} />
        </div>
        <div role="rowgroup" style={{ height: view.height, width: lefts.at(-1) }}>
          <div role="presentation" className="cells-window" style={{ top: view.offset }}>
            {lines}
          </div>
        </div>
      </div>
      {menu !== undefined && (
        <Acts
          acts={props.actsAt(menu)}
          on={document.getElementById(cellId(menu)) ?? box.current}
          onClose={() => {
            setMenu(undefined);
            box.current?.focus();
          }}
        />
      )}
    </div>
  );
}
