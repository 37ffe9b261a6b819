// A grid in a place too narrow for its columns, as on a phone: each row has several lines, and nothing
// is cut or scrolled sideways. What wraps is left to the browser; here is only how high that gets.
import type { CSSProperties } from "react";
import type { Column } from "./GridHead.tsx";

/** Of a column's least width, so much in a folded row: two short ones beside each other. */
const SHARE = 0.8;
const TICK_REM = 2.25;
const PADDING_REM = 1;
/** In less than this a sentence or a name is not read. */
const PROSE_REM = 14;

export interface Fold {
  lines: number;
  styleOf: (id: string) => CSSProperties | undefined;
}

interface Cell {
  id: string;
  /** In rem; its share of what is left over, none for what never grows. */
  least: number;
  share: number;
  prose: boolean;
}

const PROSE: CSSProperties = {
  flex: "1 0 100%",
  display: "-webkit-box",
  WebkitBoxOrient: "vertical",
  WebkitLineClamp: 2,
  whiteSpace: "normal",
  overflowWrap: "anywhere",
};

function cellOf<T>({ id, width, prose = false }: Column<T>): Cell {
  const [, least = "0"] = /([\d.]+)rem/.exec(width) ?? [];
  const [, share = "0.5"] = /([\d.]+)fr/.exec(width) ?? [];
  return { id, least: Number(least), share: id === "acts" ? 0 : Number(share), prose };
}

/** As many cells a line as there is room for, in their order. A sentence between them parts lines, but
 * leaves none alone. */
function linesOf(cells: readonly Cell[], room: number): Cell[][] {
  const lines: Cell[][] = [];
  let left = 0;
  for (const cell of cells) {
    if (cell.prose) {
      if (lines.at(-1)?.[1]) left = 0;
      continue;
    }
    const least = Math.min(cell.least * SHARE, room);
    if (least > left || lines.length === 0) {
      lines.push([]);
      left = room;
    }
    left -= least;
    lines.at(-1)?.push({ ...cell, least });
  }
  return lines;
}

/** How the columns are folded in a grid of this width, in rem; nothing when they fit. */
export function foldOf<T>(
  columns: readonly Column<T>[],
  width: number,
  ticks: boolean,
): Fold | undefined {
  const cells = columns.map(cellOf);
  const room = width - PADDING_REM - (ticks ? TICK_REM : 0);
  const prose = cells.filter((one) => one.prose);
  for (const one of prose) one.least = Math.max(one.least, PROSE_REM);
  if (cells.reduce((sum, { least }) => sum + least, 0) <= room) return undefined;
  const lines = linesOf(cells, room);
  const styles = new Map<string, CSSProperties>();
  const fixedOf = (line: Cell[]) =>
    line.reduce((sum, { least, share }) => sum + (share > 0 ? 0 : least), 0);
  const half = (room - Math.max(...lines.map(fixedOf))) / 2;
  for (const line of lines) {
    const growing = line.filter(({ share }) => share > 0);
    for (const { id, least, share } of line) {
      /* of two beside each other the second begins where it does on every line */
      const isHalf = growing.length === 2 && share > 0;
      const wide = (isHalf ? half : least) - 0.01;
      const grows = isHalf && id === growing[0]?.id ? 0 : Math.ceil(share);
      styles.set(id, { flex: `${grows} 1 ${wide.toFixed(2)}rem` });
    }
  }
  // What does not begin the row ends it: the short ones stay together.
  for (const one of prose) styles.set(one.id, { ...PROSE, order: cells.indexOf(one) });
  return { lines: lines.length + 2 * prose.length, styleOf: (id) => styles.get(id) };
}
