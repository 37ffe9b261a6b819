// The cells of a loop's strip: which iteration a step belongs to, and where keys lead.

/** The number of the loop's iteration in which a step stands; 0: it stands in none of them. */
export function iterationIn(path: string, loop: string): number {
  if (!path.startsWith(`${loop}[`)) return 0;
  return Number.parseInt(path.slice(loop.length + 1), 10) || 0;
}

/** The loop that is looked at with a step: itself, or the one it stands in; "": none. */
export function loopOf(path: string, isLoop: boolean): string {
  return isLoop ? path : path.slice(0, Math.max(0, path.lastIndexOf("[")));
}

/** The cell to which a key leads, with Shift the next in which something failed. */
export function cellTo(
  cells: readonly { failed: number }[],
  at: number,
  key: string,
  shift: boolean,
): number | undefined {
  const last = cells.length - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return undefined;
  if (!shift) return Math.min(last, Math.max(0, at + (key === "ArrowRight" ? 1 : -1)));
  const failed = (one: { failed: number }) => one.failed > 0;
  const to =
    key === "ArrowRight"
      ? cells.findIndex((one, index) => index > at && failed(one))
      : cells.slice(0, Math.max(0, at)).findLastIndex(failed);
  return to < 0 ? at : to;
}
