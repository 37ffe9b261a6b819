// The columns of a grid, and its head.
import { ArrowDown, ArrowUp } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { cx } from "./cx.ts";

export interface Column<T> {
  id: string;
  header: ReactNode;
  /** A track of CSS grid: "minmax(10rem, 2fr)", "7rem". */
  width: string;
  cell: (item: T) => ReactNode;
  align?: "end";
  /** A sentence or a name: where the grid is folded it has two lines for itself. */
  prose?: boolean;
  /** Left out below this width of the grid, in pixels. */
  from?: number;
  sortable?: boolean;
}

export interface Sort {
  by: string;
  down: boolean;
}

export function Heading<T>(props: {
  column: Column<T>;
  style?: CSSProperties | undefined;
  sort?: Sort | undefined;
  onSort?: ((sort: Sort) => void) | undefined;
}) {
  const { column, sort, onSort } = props;
  const sorted = sort?.by === column.id;
  const Arrow = sort?.down ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      style={props.style}
      className={cx("grid-head-cell", column.align === "end" && "align-end")}
      aria-sort={sorted ? (sort.down ? "descending" : "ascending") : undefined}
    >
      {column.sortable && onSort ? (
        <button
          type="button"
          className="grid-sort"
          onClick={() => onSort({ by: column.id, down: sorted ? !sort.down : true })}
        >
          {column.header}
          {sorted && <Arrow size={12} aria-hidden="true" />}
        </button>
      ) : (
        column.header
      )}
    </div>
  );
}
