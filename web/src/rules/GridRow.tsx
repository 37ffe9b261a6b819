/* One row of a grid of cells. While the grid is scrolled, or the cursor is in another row, it is not
 * drawn anew. */
import { MoreVertical } from "lucide-react";
import { type DragEvent, memo, type RefObject } from "react";
import { useText } from "../i18n/text.tsx";
import { cx } from "../ui/cx.ts";
import type { GridProps } from "./Grid.tsx";
import { NUMBERS, ROW_HEIGHT, Typing } from "./GridParts.tsx";
import type { GridState, Spot } from "./useGrid.ts";

/** What a row asks of the grid as it is when it is asked. */
export interface RowActs {
  readonly grid: GridState;
  readonly menu: (spot: Spot) => void;
  readonly drag: (row: number) => void;
  readonly dragOver: (row: number) => void;
  readonly drop: (event: DragEvent) => void;
  readonly leave: () => void;
}

interface GridRowProps {
  readonly of: GridProps;
  readonly id: string;
  readonly row: number;
  /** The columns of the cursor and of what is chosen; -1: none in this row. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly over: boolean /* another row would be put here */;
  readonly typing: GridState | undefined /* a cell of this row is typed into */;
  readonly acts: RefObject<RowActs>;
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { of, row, typing, acts } = props;
  const t = useText();
  const tone = of.rowTone?.(row);
  const isIn = (column: number): boolean => column >= props.from && column <= props.to;
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      className={cx("cells-row", tone && `cells-row-${tone}`, props.over && "cells-row-drop")}
      style={{ height: ROW_HEIGHT }}
      onDragOver={(event) => {
        event.preventDefault();
        acts.current.dragOver(row);
      }}
      onDrop={(event) => acts.current.drop(event)}
    >
      <span
        role="rowheader"
        className="cell-number num"
        style={{ width: NUMBERS }}
        draggable={!of.readOnly && of.onMoveRow !== undefined}
        onDragStart={() => acts.current.drag(row)}
        onDragEnd={() => acts.current.leave()}
      >
        {of.rowHead?.(row) ?? row + 1}
        {!of.readOnly && (
          <button
            type="button"
            tabIndex={-1}
            className="cell-menu"
            aria-label={t("rules.grid.actsOf", { row: row + 1 })}
            onClick={() => {
              const { grid, menu } = acts.current;
              grid.go({ row, column: grid.at.column });
              menu({ row, column: grid.at.column });
            }}
          >
            <MoreVertical size={13} aria-hidden="true" />
          </button>
        )}
      </span>
      {of.columns.map((column, i) => {
        const own = typing?.editing?.column === i ? typing : undefined;
        const cellTone = of.toneAt?.(row, i);
        return (
          <span
            key={column.key}
            id={`${props.id}-${row}-${i}`}
            role="gridcell"
            aria-selected={isIn(i)}
            className={cx(
              "cell mono foreign",
              column.end && "cell-end",
              isIn(i) && "cell-in",
              props.at === i && "cell-at",
              cellTone && `cell-${cellTone}`,
            )}
            style={{ width: column.width }}
            onMouseDown={(event) => {
              if (event.button === 0 && own === undefined) {
                const { grid } = acts.current;
                grid.commit(0, 0);
                grid.go({ row, column: i }, event.shiftKey);
              }
            }}
            onDoubleClick={() => acts.current.grid.begin({ row, column: i })}
          >
            {own ? <Typing grid={own} label={column.title} /> : of.textAt(row, i)}
          </span>
        );
      })}
    </div>
  );
});
