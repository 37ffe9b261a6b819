/* Edges: which may be drawn, and drawing, changing, taking away. */
import { type Catalog, isTrigger } from "../catalog.ts";
import {
  changeLevel,
  DEFAULT_PORT,
  type Draft,
  type Edge,
  edgeKey,
  indexOf,
  leadsTo,
  type Step,
  stepOf,
} from "../flow.ts";
import { isObject, type Json, type JsonObject, withMember } from "../json.ts";
import { withAllPlaces } from "../layout.ts";
import { freePort, portsOf } from "../ports.ts";
import { did, type Outcome, type Refusal, refuse } from "./outcome.ts";

export function edgeObject(from: string, port: string, to: string): JsonObject {
  return port === DEFAULT_PORT ? { from, to } : { from, port, to };
}

/** Why no edge may lead from one step to another; undefined when it may. */
export function whyNot(
  draft: Draft,
  from: string,
  to: string,
  port?: string,
): Refusal["refused"] | undefined {
  const [a, b] = [stepOf(draft, from), stepOf(draft, to)];
  if (a === undefined || b === undefined) {
    return { id: "canvas.not.gone" };
  }
  const values = { from: a.title, to: b.title };
  if (from === to) {
    return { id: "canvas.not.itself", values };
  }
  if (isTrigger(b.type)) {
    return { id: "canvas.not.trigger", values };
  }
  if (a.level !== b.level) {
    return { id: "canvas.not.level", values };
  }
  if (port !== undefined && indexOf(draft).edges.has(edgeKey(from, port, to))) {
    return { id: "canvas.not.twice", values };
  }
  if (leadsTo(draft, to, from)) {
    return { id: "canvas.not.circle", values };
  }
  return undefined;
}

export function firstPort(draft: Draft, catalog: Catalog, step: Step): string | undefined {
  const outgoing = indexOf(draft).outgoing.get(step.id) ?? [];
  return freePort(portsOf(step, catalog.byName.get(step.type), outgoing), outgoing);
}

/* A card without a place of its own stands where edges put it: whoever changes edges lets it stay there. */

export function withEdge(draft: Draft, from: string, port: string, to: string): Draft {
  const step = stepOf(draft, from);
  if (step === undefined) {
    return draft;
  }
  return changeLevel(withAllPlaces(draft, step.level), step.level, (_nodes, edges) => ({
    edges: [...edges, edgeObject(from, port, to)],
  }));
}

export function connect(
  draft: Draft,
  catalog: Catalog,
  from: string,
  port: string | undefined,
  to: string,
): Outcome {
  const step = stepOf(draft, from);
  const exit = port ?? (step === undefined ? undefined : firstPort(draft, catalog, step));
  const reason = whyNot(draft, from, to, exit);
  if (reason !== undefined) {
    return { refused: reason };
  }
  if (step === undefined || exit === undefined) {
    return refuse("canvas.not.exit", { from: step?.title ?? from });
  }
  const values = { from: step.title, to: stepOf(draft, to)?.title ?? to };
  return did("connect", withEdge(draft, from, exit, to), { values });
}

function isEdge(value: Json, edge: Edge): boolean {
  return value === edge.edge;
}

export function withoutEdges(draft: Draft, keys: ReadonlySet<string>): Draft {
  const gone = [...indexOf(draft).edges.values()].filter((edge) => keys.has(edge.key));
  let next = draft;
  for (const level of new Set(gone.map((edge) => edge.level))) {
    const here = new Set<Json>(
      gone.filter((edge) => edge.level === level).map((edge) => edge.edge),
    );
    next = changeLevel(withAllPlaces(next, level), level, (_nodes, edges) => ({
      edges: edges.filter((edge) => !here.has(edge)),
    }));
  }
  return next;
}

export function disconnect(draft: Draft, keys: readonly string[]): Outcome {
  const edges = keys.filter((key) => indexOf(draft).edges.has(key));
  if (edges.length === 0) {
    return refuse("canvas.not.gone");
  }
  return did("disconnect", withoutEdges(draft, new Set(edges)), {
    values: { count: edges.length },
  });
}

/** Puts an end of an edge elsewhere; its place in the file, and what else it holds, stay. */
export function reconnect(
  draft: Draft,
  key: string,
  ends: { from?: string; port?: string; to?: string },
): Outcome {
  const edge = indexOf(draft).edges.get(key);
  if (edge === undefined) {
    return refuse("canvas.not.gone");
  }
  const from = ends.from ?? edge.from;
  const to = ends.to ?? edge.to;
  const port = ends.port ?? (ends.from === undefined ? edge.port : DEFAULT_PORT);
  const reason = whyNot(withoutEdges(draft, new Set([key])), from, to, port);
  if (reason !== undefined) {
    return { refused: reason };
  }
  const next = changeLevel(withAllPlaces(draft, edge.level), edge.level, (_nodes, edges) => ({
    edges: edges.map((old) => (isEdge(old, edge) ? withEnds(old, from, port, to) : old)),
  }));
  const values = { from: stepOf(draft, from)?.title ?? from, to: stepOf(draft, to)?.title ?? to };
  return did("reconnect", next, { values });
}

function withEnds(edge: Json, from: string, port: string, to: string): JsonObject {
  const object = isObject(edge) ? edge : {};
  const named = withMember(object, "port", port === DEFAULT_PORT ? undefined : port);
  return { ...named, from, to };
}

/** One after the other, in the order given. */
export function wireInSeries(draft: Draft, catalog: Catalog, ids: readonly string[]): Outcome {
  let next = draft;
  for (const [i, id] of ids.slice(1).entries()) {
    const from = ids[i] as string;
    if ((indexOf(next).outgoing.get(from) ?? []).some((edge) => edge.to === id)) {
      continue;
    }
    const outcome = connect(next, catalog, from, undefined, id);
    if ("refused" in outcome) {
      return outcome;
    }
    next = outcome.draft;
  }
  return next === draft
    ? refuse("canvas.not.series")
    : did("series", next, { values: { count: ids.length }, select: ids });
}
