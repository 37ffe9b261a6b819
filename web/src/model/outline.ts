/*
 * The flow as a list, from top to bottom: what follows stands below, what happens only on one of
 * several ways stands under the exit it is reached by, and where ways come together the list goes
 * on behind them. A loop's body stands under the loop. Every edge can be read from it: one that
 * leads to a step written elsewhere is a row that names it. Notes stand at the end.
 */
import type { Catalog } from "./catalog.ts";
import {
  type Draft,
  type Edge,
  indexOf,
  inOrder,
  type Level,
  type LevelId,
  type Step,
} from "./flow.ts";
import { noteKey, notesOf } from "./layout.ts";
import { portsOf } from "./ports.ts";

export type RowKind = "step" | "exit" | "jump" | "body" | "note";

export interface OutlineRow {
  readonly key: string;
  readonly kind: RowKind;
  readonly id: string /* the step it is, or belongs to; the key of a note */;
  readonly port?: string /* of an exit or jump */;
  readonly target?: string /* where a jump leads */;
  readonly depth: number;
  readonly children: readonly OutlineRow[];
}

export function outlineOf(draft: Draft, catalog: Catalog): OutlineRow[] {
  const notes = notesOf(draft).map((note): OutlineRow => {
    const key = noteKey(note.id);
    return { key, kind: "note", id: key, depth: 0, children: [] };
  });
  return [...new Outliner(draft, catalog).level(null, 0), ...notes];
}

class Outliner {
  private readonly draft: Draft;
  private readonly catalog: Catalog;

  constructor(draft: Draft, catalog: Catalog) {
    this.draft = draft;
    this.catalog = catalog;
  }

  level(id: LevelId, depth: number): OutlineRow[] {
    const level = indexOf(this.draft).levels.get(id);
    if (level === undefined) {
      return [];
    }
    const tree = dominated(level);
    const rows: OutlineRow[] = [];
    for (const step of tree.roots) {
      rows.push(...this.sequence(step, tree, depth));
    }
    return rows;
  }

  /** The step, its ways, and what comes when they have come together. */
  private sequence(first: Step, tree: Tree, depth: number): OutlineRow[] {
    const rows: OutlineRow[] = [];
    const open: Step[] = [first];
    for (let step = open.shift(); step !== undefined; step = open.shift()) {
      const under = new Map<string, Step[]>();
      const after: Step[] = [];
      const children = tree.children.get(step.id) ?? [];
      const ways = this.ways(step);
      for (const child of children) {
        const exits = tree.exits.get(child.id) ?? new Set<string>();
        const [only] = exits;
        const follows =
          exits.size !== 1 || only === undefined || (ways.length < 2 && children.length < 2);
        if (follows) {
          after.push(child);
        } else {
          under.set(only, [...(under.get(only) ?? []), child]);
        }
      }
      rows.push(this.row(step, ways, under, tree, depth));
      open.unshift(...after);
    }
    return rows;
  }

  private ways(step: Step): string[] {
    const outgoing = indexOf(this.draft).outgoing.get(step.id) ?? [];
    return portsOf(step, this.catalog.byName.get(step.type), outgoing).map((port) => port.name);
  }

  private row(
    step: Step,
    ways: readonly string[],
    under: Map<string, Step[]>,
    tree: Tree,
    depth: number,
  ): OutlineRow {
    const children: OutlineRow[] = [];
    if (step.body) {
      const inner = this.level(step.id, depth + 2);
      children.push({
        key: `${step.id}/body`,
        kind: "body",
        id: step.id,
        depth: depth + 1,
        children: inner,
      });
    }
    const outgoing = indexOf(this.draft).outgoing.get(step.id) ?? [];
    if (ways.length > 1 || under.size > 0) {
      for (const port of ways) {
        children.push(this.exit(step, port, under.get(port) ?? [], outgoing, tree, depth + 1));
      }
    } else {
      children.push(...this.jumps(step, outgoing, tree, depth + 1));
    }
    return { key: step.id, kind: "step", id: step.id, depth, children };
  }

  private exit(
    step: Step,
    port: string,
    steps: readonly Step[],
    outgoing: readonly Edge[],
    tree: Tree,
    depth: number,
  ): OutlineRow {
    const inner = steps.flatMap((child) => this.sequence(child, tree, depth + 1));
    const own = outgoing.filter((edge) => edge.port === port);
    const jumps = this.jumps(
      step,
      own.filter((edge) => !steps.some((child) => child.id === edge.to)),
      tree,
      depth + 1,
      true,
    );
    return {
      key: `${step.id}:${port}`,
      kind: "exit",
      id: step.id,
      port,
      depth,
      children: [...jumps, ...inner],
    };
  }

  /** Edges that the order of the rows does not show. */
  private jumps(
    step: Step,
    edges: readonly Edge[],
    tree: Tree,
    depth: number,
    all = false,
  ): OutlineRow[] {
    return edges
      .filter((edge) => all || tree.parent.get(edge.to) !== step.id)
      .map((edge) => ({
        key: edge.key,
        kind: "jump" as const,
        id: step.id,
        port: edge.port,
        target: edge.to,
        depth,
        children: [],
      }));
  }
}

interface Tree {
  roots: Step[];
  parent: Map<string, string> /* the last step that every way to it passes */;
  children: Map<string, Step[]>;
  exits: Map<string, Set<string>> /* by which exits of its parent it is reached */;
}

/** Dominators of a graph without circles, in one pass over its order. */
function dominated(level: Level): Tree {
  const tree: Tree = { roots: [], parent: new Map(), children: new Map(), exits: new Map() };
  const depth = new Map<string, number>();
  const incoming = new Map<string, Edge[]>();
  for (const edge of level.edges) {
    incoming.set(edge.to, [...(incoming.get(edge.to) ?? []), edge]);
  }
  for (const step of inOrder(level)) {
    const into = (incoming.get(step.id) ?? []).filter((edge) => depth.has(edge.from));
    const parent = into
      .map((edge) => edge.from as string | undefined)
      .reduce((a, b) => meet(a, b, tree.parent, depth), into[0]?.from);
    depth.set(step.id, parent === undefined ? 0 : (depth.get(parent) ?? 0) + 1);
    if (parent === undefined) {
      tree.roots.push(step);
      continue;
    }
    tree.parent.set(step.id, parent);
    tree.children.set(parent, [...(tree.children.get(parent) ?? []), step]);
    tree.exits.set(step.id, exitsOf(parent, into, tree));
  }
  return tree;
}

function meet(
  a: string | undefined,
  b: string | undefined,
  parent: ReadonlyMap<string, string>,
  depth: ReadonlyMap<string, number>,
): string | undefined {
  let [x, y] = [a, b];
  while (x !== y && x !== undefined && y !== undefined) {
    if ((depth.get(x) ?? 0) >= (depth.get(y) ?? 0)) {
      x = parent.get(x);
    } else {
      y = parent.get(y);
    }
  }
  return x === y ? x : undefined;
}

/** Exits of `parent` that lead, directly or through what it dominates, to the edges' end. */
function exitsOf(parent: string, into: readonly Edge[], tree: Tree): Set<string> {
  const out = new Set<string>();
  for (const edge of into) {
    if (edge.from === parent) {
      out.add(edge.port);
      continue;
    }
    let at = edge.from;
    for (
      let up = tree.parent.get(at);
      up !== undefined && up !== parent;
      up = tree.parent.get(at)
    ) {
      at = up;
    }
    for (const port of tree.exits.get(at) ?? []) {
      out.add(port);
    }
  }
  return out;
}

/** All rows in the order in which they are shown. */
export function flatten(rows: readonly OutlineRow[]): OutlineRow[] {
  return rows.flatMap((row) => [row, ...flatten(row.children)]);
}
