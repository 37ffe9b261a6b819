/* How wide columns are: by what stands in the first rows, within bounds. */
const CHARACTER = 7.4;
const SMALL = 6;
const PADDING = 22;
const HEAD = 36;
const LEAST = 88;
const MOST = 300;
const ROWS = 200;

export function widthOf(
  title: string,
  hint: string,
  rows: number,
  textAt: (row: number) => string,
): number {
  let longest = 0;
  for (let row = 0; row < Math.min(rows, ROWS); row++) {
    longest = Math.max(longest, textAt(row).length);
  }
  const wide = Math.max(
    longest * CHARACTER + PADDING,
    Math.max(title.length * CHARACTER, hint.length * SMALL) + HEAD,
  );
  return Math.round(Math.min(MOST, Math.max(LEAST, wide)));
}
