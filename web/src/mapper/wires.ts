/* Where the lines run between the two trees: between rows in view, to what holds a folded row, and
 * to the edge where a row is scrolled away. */
import type { Line } from "./lines.ts";
import { sourceParent, targetParent } from "./paths.ts";
import type { Shown } from "./trees.ts";

export interface Side {
  readonly shown: Shown;
  readonly top: number /* how far it is scrolled */;
  readonly height: number;
}

export interface Wire {
  readonly key: string;
  readonly from: number /* y of its ends */;
  readonly to: number;
  readonly source: string;
  readonly target: string;
  readonly count: number /* lines that run here together */;
  readonly list: boolean;
  readonly folded: boolean;
}

export interface Stub {
  readonly side: "source" | "target";
  readonly edge: "above" | "below";
  readonly count: number;
  readonly next: string /* the nearest row there */;
}

export interface Drawn {
  readonly wires: readonly Wire[];
  readonly stubs: readonly Stub[];
}

export interface Link {
  readonly source: string;
  readonly target: string;
  readonly list: boolean;
}

export function linksOf(lines: readonly Line[]): Link[] {
  return lines.flatMap((line) =>
    line.reads.map((source) => ({
      source,
      target: line.target,
      list: line.kind === "list" && source === line.scopes[0]?.root?.slice(0, -2),
    })),
  );
}

/** The row of a place, or of the nearest thing that holds it and is shown. */
export function rowAt(
  shown: Shown,
  key: string,
  parent: (key: string) => string,
): { index: number; key: string } | undefined {
  for (let at = key; at !== ""; at = parent(at)) {
    const index = shown.at.get(at);
    if (index !== undefined) {
      return { index, key: at };
    }
  }
  return undefined;
}

const MOST_WIRES = 300; /* more would be a grey field */

/** A link with the rows that it runs between; those of the same two rows are one. */
export interface Placed {
  readonly a: number;
  readonly b: number;
  readonly source: string;
  readonly target: string;
  readonly count: number;
  readonly list: boolean;
  readonly folded: boolean;
}

/** Made once for the rows as they are; scrolling then only counts. */
export function placed(links: readonly Link[], source: Shown, target: Shown): Placed[] {
  const out = new Map<string, Placed>();
  for (const link of links) {
    const a = rowAt(source, link.source, sourceParent);
    const b = rowAt(target, link.target, targetParent);
    if (a !== undefined && b !== undefined) {
      const key = `${a.index} ${b.index}`;
      const known = out.get(key);
      out.set(key, {
        a: a.index,
        b: b.index,
        source: a.key,
        target: b.key,
        count: (known?.count ?? 0) + 1,
        list: known?.list === true || link.list,
        folded: known?.folded === true || a.key !== link.source || b.key !== link.target,
      });
    }
  }
  return [...out.values()];
}

/** Lines of which one end is scrolled away run to the edge, unless only whole ones are wanted. */
export function drawn(
  links: readonly Placed[],
  source: Omit<Side, "shown">,
  target: Omit<Side, "shown">,
  row: number,
  whole = false,
): Drawn {
  const wires: Wire[] = [];
  const stubs = new Map<string, { stub: Stub; near: number }>();
  const out = (height: number, at: number): Stub["edge"] | undefined =>
    at < 0 ? "above" : at > height ? "below" : undefined;
  const stub = (side: Stub["side"], edge: Stub["edge"], link: Placed, far: number): void => {
    const name = `${side} ${edge}`;
    const known = stubs.get(name);
    const nearer = known === undefined || far < known.near;
    const count = (known?.stub.count ?? 0) + link.count;
    const next = nearer ? link[side] : known.stub.next;
    stubs.set(name, { stub: { side, edge, count, next }, near: nearer ? far : known.near });
  };
  for (const link of links) {
    const from = (link.a + 0.5) * row - source.top;
    const to = (link.b + 0.5) * row - target.top;
    const [fromOut, toOut] = [out(source.height, from), out(target.height, to)];
    const outs = (fromOut === undefined ? 0 : 1) + (toOut === undefined ? 0 : 1);
    if (outs === 2 || (whole && outs > 0)) {
      continue;
    }
    if (fromOut !== undefined) {
      stub("source", fromOut, link, Math.abs(from - source.height / 2));
    }
    if (toOut !== undefined) {
      stub("target", toOut, link, Math.abs(to - target.height / 2));
    }
    if (wires.length < MOST_WIRES) {
      wires.push({
        key: `${link.a} ${link.b}`,
        from: Math.min(Math.max(from, 0), source.height),
        to: Math.min(Math.max(to, 0), target.height),
        source: link.source,
        target: link.target,
        count: link.count,
        list: link.list,
        folded: link.folded,
      });
    }
  }
  return { wires, stubs: [...stubs.values()].map(({ stub: one }) => one) };
}

export function curve(wire: { from: number; to: number }, width: number): string {
  const bend = width * 0.45;
  return `M0 ${wire.from}C${bend} ${wire.from} ${width - bend} ${wire.to} ${width} ${wire.to}`;
}

/** Lines that look alike; those that run alike are one. */
export interface Strokes {
  readonly look: string;
  readonly paths: readonly string[];
}

function pathsOf(wires: readonly Pick<Wire, "from" | "to">[], width: number): string[] {
  return [...new Set(wires.map((wire) => curve(wire, width)))];
}

/** What is painted. All lines from one row to what is scrolled away run alike: of thousands of fields in
 * a few groups hundreds do, and each would cost as much as one that is seen. Those of lists are double;
 * what is chosen lies above. */
export function strokesOf(
  wires: readonly Wire[],
  width: number,
  isLit: (wire: Wire) => boolean,
): Strokes[] {
  const lists = wires.filter((wire) => wire.list);
  const single = wires.filter((wire) => !wire.list);
  const plain = single.filter((wire) => !isLit(wire));
  const lit = single.filter(isLit);
  const folded = (of: readonly Wire[], is: boolean) => of.filter((wire) => wire.folded === is);
  const looks: [string, readonly Wire[]][] = [
    ["map-wire map-wire-list", lists.filter((wire) => !isLit(wire))],
    ["map-wire map-wire-list map-wire-chosen", lists.filter(isLit)],
    ["map-wire map-wire-inner", folded(lists, false)],
    ["map-wire map-wire-inner map-wire-folded", folded(lists, true)],
    ["map-wire", folded(plain, false)],
    ["map-wire map-wire-folded", folded(plain, true)],
    ["map-wire map-wire-chosen", folded(lit, false)],
    ["map-wire map-wire-folded map-wire-chosen", folded(lit, true)],
  ];
  return looks.map(([look, alike]) => ({ look, paths: pathsOf(alike, width) }));
}
