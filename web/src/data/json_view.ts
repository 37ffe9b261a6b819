// What of an indexed JSON text is to be seen: which branches are open, which rows that makes, and
// where a word is found. Lives in the worker; plain data goes to the page.
import { isBranch, type JsonIndex, Kind, nameOf, pathOf } from "./json_index.ts";

const TEXT_MAX = 400; // of a value, in a row
const HITS_MAX = 10_000;

export interface DataRow {
  at: number;
  depth: number;
  kind: Kind;
  name: string | undefined;
  place: number | undefined;
  /** The value as written, cut short; of a branch empty. */
  text: string;
  /** There is more of it: of a value than is shown, of a branch than has come. */
  cut: boolean;
  children: number;
  open: boolean | undefined;
}

export class JsonView {
  private readonly index: JsonIndex;
  private readonly open: Uint8Array;
  private visible: Uint32Array = new Uint32Array(0);

  /** before: what was seen of the text's beginning; what is open there stays open. */
  constructor(index: JsonIndex, before?: JsonView) {
    this.index = index;
    this.open = new Uint8Array(index.count);
    if (before) {
      this.open.set(before.open);
      this.list();
    } else this.openFirst();
  }

  /** The levels that fit on a screen are open from the start. */
  private openFirst(): void {
    let shown = 1;
    for (let depth = 0; depth < 4; depth++) {
      const level: number[] = [];
      let more = 0;
      for (let at = 0; at < this.index.count && more + shown < 400; at++) {
        if (this.index.depth[at] !== depth || !isBranch(this.index, at)) continue;
        if (!this.isSeen(at)) continue;
        level.push(at);
        more += this.index.children[at] ?? 0;
      }
      if (depth > 0 && shown + more > 60) break;
      for (const at of level) this.open[at] = 1;
      shown += more;
    }
    this.list();
  }

  private isSeen(at: number): boolean {
    let depth = this.index.depth[at] ?? 0;
    for (let up = at - 1; up >= 0 && depth > 0; up--) {
      if (this.index.depth[up] !== depth - 1) continue;
      if (this.open[up] === 0) return false;
      depth--;
    }
    return true;
  }

  private list(): void {
    const { index } = this;
    const rows = new Uint32Array(index.count);
    let count = 0;
    for (let at = 0; at < index.count; ) {
      rows[count++] = at;
      at = isBranch(index, at) && this.open[at] === 0 ? (index.next[at] ?? at + 1) : at + 1;
    }
    this.visible = rows.slice(0, count);
  }

  get count(): number {
    return this.visible.length;
  }

  rows(first: number, last: number): DataRow[] {
    const rows: DataRow[] = [];
    for (let row = Math.max(0, first); row < Math.min(last, this.count); row++) {
      rows.push(this.row(this.visible[row] as number));
    }
    return rows;
  }

  private row(at: number): DataRow {
    const { index } = this;
    const branch = isBranch(index, at);
    const start = index.start[at] ?? 0;
    const end = index.end[at] ?? 0;
    return {
      at,
      depth: index.depth[at] ?? 0,
      kind: (index.kind[at] ?? Kind.Word) as Kind,
      name: nameOf(index, at)?.slice(0, TEXT_MAX),
      place: at > 0 && index.nameEnd[at] === 0 ? index.place[at] : undefined,
      text: branch ? "" : index.text.slice(start, Math.min(end, start + TEXT_MAX)),
      cut: branch ? index.cut && end === index.text.length : end - start > TEXT_MAX,
      children: index.children[at] ?? 0,
      open: branch ? this.open[at] === 1 : undefined,
    };
  }

  toggle(at: number, open: boolean): void {
    this.open[at] = open ? 1 : 0;
    this.list();
  }

  toggleAll(open: boolean): void {
    this.open.fill(open ? 1 : 0);
    if (!open) this.open[0] = 1;
    this.list();
  }

  /** Opens what hides a record; the row it is in then. */
  show(at: number): number {
    let depth = this.index.depth[at] ?? 0;
    for (let up = at - 1; up >= 0 && depth > 0; up--) {
      if (this.index.depth[up] !== depth - 1) continue;
      this.open[up] = 1;
      depth--;
    }
    this.list();
    return this.visible.indexOf(at);
  }

  /** Records whose name or value has the words, upper or lower case. */
  search(words: string): number[] {
    const { index } = this;
    const hits: number[] = [];
    const pattern = new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
    let at = 0;
    for (let hit = pattern.exec(index.text); hit; hit = pattern.exec(index.text)) {
      at = this.recordAt(hit.index, at);
      if (hits.at(-1) !== at) hits.push(at);
      if (hits.length >= HITS_MAX) break;
      if (hit[0].length === 0) pattern.lastIndex++;
    }
    return hits;
  }

  /** The last record that begins at or before a character. */
  private recordAt(offset: number, from: number): number {
    const { index } = this;
    const begin = (at: number) =>
      index.nameEnd[at] === 0 ? (index.start[at] ?? 0) : (index.nameStart[at] ?? 0);
    let low = from;
    let high = index.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (begin(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  whole(at: number): string {
    return this.index.text.slice(this.index.start[at], this.index.end[at]);
  }

  path(at: number): (string | number)[] {
    return pathOf(this.index, at);
  }
}
