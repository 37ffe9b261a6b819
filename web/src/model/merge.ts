/*
 * Two people changed the same draft. What only one of them changed is taken from them; a place that
 * both changed differently is a conflict, for which a person chooses. Steps are recognised by their
 * id, edges by their ends, wherever they stand in their lists.
 */
import { type Draft, draftOf, type FlowIndex, indexOf } from "./flow.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonArray,
  type JsonObject,
  objectOf,
  sameJson,
} from "./json.ts";
import { type Path, pointerOf } from "./pointer.ts";

export type Side = "mine" | "theirs";

export interface Conflict {
  readonly pointer: string;
  readonly path: Path;
  readonly step?: string | undefined /* the innermost step it is in */;
  readonly base?: Json | undefined;
  readonly mine?: Json | undefined;
  readonly theirs?: Json | undefined;
}

export interface Merged {
  readonly draft: Draft;
  readonly conflicts: readonly Conflict[] /* where nothing was chosen, `mine` stands */;
}

type Steps = FlowIndex["steps"];

export type Choices = ReadonlyMap<string, Side>;

export function mergeDrafts(
  base: Draft,
  mine: Draft,
  theirs: Draft,
  choices: Choices = new Map(),
): Merged {
  const conflicts: Conflict[] = [];
  const draft = new Merger(choices, conflicts).value(base, mine, theirs, [], undefined);
  return { draft: draftOf(draft), conflicts };
}

class Merger {
  private readonly choices: Choices;
  private readonly conflicts: Conflict[];

  constructor(choices: Choices, conflicts: Conflict[]) {
    this.choices = choices;
    this.conflicts = conflicts;
  }

  value(
    base: Json | undefined,
    mine: Json | undefined,
    theirs: Json | undefined,
    path: Path,
    step: string | undefined,
  ): Json | undefined {
    if (sameJson(mine, theirs) || sameJson(base, theirs)) {
      return mine;
    }
    if (sameJson(base, mine)) {
      return theirs;
    }
    if (isObject(mine) && isObject(theirs) && !(path.length === 1 && clash(base, mine, theirs))) {
      const own = typeof mine.id === "string" ? mine.id : step;
      return this.object(isObject(base) ? base : {}, mine, theirs, path, own);
    }
    if (isArray(mine) && isArray(theirs) && isMarked(base, mine, theirs)) {
      return this.list(isArray(base) ? base : [], mine, theirs, path, step);
    }
    return this.conflict({ pointer: pointerOf(path), path, step, base, mine, theirs });
  }

  private conflict(conflict: Conflict): Json | undefined {
    this.conflicts.push(conflict);
    return this.choices.get(conflict.pointer) === "theirs" ? conflict.theirs : conflict.mine;
  }

  private object(
    base: JsonObject,
    mine: JsonObject,
    theirs: JsonObject,
    path: Path,
    step?: string,
  ): JsonObject {
    const out: Record<string, Json> = {};
    for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
      const value = this.value(base[name], mine[name], theirs[name], [...path, name], step);
      if (value !== undefined) {
        out[name] = value;
      }
    }
    return out;
  }

  /** In my order; what they added stands behind what it follows in theirs. */
  private list(
    base: JsonArray,
    mine: JsonArray,
    theirs: JsonArray,
    path: Path,
    step?: string,
  ): JsonArray {
    const marks = (list: JsonArray): Map<string, Json> =>
      new Map(list.map((item) => [markOf(item) ?? "", item]));
    const [old, own, other] = [marks(base), marks(mine), marks(theirs)];
    const out: { mark: string; value: Json }[] = [];
    for (const [mark, item] of own) {
      const value = this.value(old.get(mark), item, other.get(mark), [...path, mark], step);
      if (value !== undefined) {
        out.push({ mark, value });
      }
    }
    let before: string | undefined;
    for (const [mark, item] of other) {
      if (!own.has(mark)) {
        const value = this.value(old.get(mark), undefined, item, [...path, mark], step);
        const at = before === undefined ? 0 : out.findIndex((entry) => entry.mark === before) + 1;
        if (value !== undefined) {
          out.splice(at === 0 && before !== undefined ? out.length : at, 0, { mark, value });
        }
      }
      before = mark;
    }
    return out.map((entry) => entry.value);
  }
}

export function markOf(item: Json): string | undefined {
  if (!isObject(item)) {
    return undefined;
  }
  if (typeof item.id === "string") {
    return item.id;
  }
  if (typeof item.from === "string" && typeof item.to === "string") {
    return `${item.from}:${typeof item.port === "string" ? item.port : "out"}>${item.to}`;
  }
  return undefined;
}

/**
 * Both have made flows of the same steps: with both calls in it they would be done twice, so that a
 * person chooses one of the two as a whole.
 */
function clash(base: Json | undefined, mine: JsonObject, theirs: JsonObject): boolean {
  const [old, own, other] = [base, mine, theirs].map(
    (flow) => indexOf(draftOf({ flow: objectOf(flow) })).steps,
  ) as [Steps, Steps, Steps];
  const calls = (steps: Steps): boolean =>
    [...steps.values()].some((step) => step.type === "branch.call" && !old.has(step.id));
  return calls(own) && calls(other) && [...old.keys()].some((id) => !own.has(id) && !other.has(id));
}

/** A list whose items tell themselves apart, on all sides. */
function isMarked(...lists: (Json | undefined)[]): boolean {
  return lists.every((list) => {
    if (!isArray(list)) {
      return true;
    }
    const marks = list.map(markOf);
    return !marks.includes(undefined) && new Set(marks).size === marks.length;
  });
}
