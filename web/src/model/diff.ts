/* What differs between two states of a flow by meaning: steps, edges, settings; looks count apart. */
import { type Draft, type Edge, indexOf, type Step } from "./flow.ts";
import { isArray, isObject, type Json, type JsonObject, sameJson } from "./json.ts";
import type { Path } from "./pointer.ts";

export interface MemberChange {
  readonly path: Path /* within the step, or the flow */;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

export interface StepChange {
  readonly id: string;
  readonly kind: "added" | "removed" | "changed";
  readonly title: string;
  readonly type: string;
  readonly moved: boolean /* to another level */;
  readonly members: readonly MemberChange[];
}

export interface FlowDiff {
  readonly steps: readonly StepChange[];
  readonly edges: readonly { kind: "added" | "removed"; from: string; port: string; to: string }[];
  readonly flow: readonly MemberChange[] /* name, settings, vars */;
  readonly parts: readonly MemberChange[] /* rules, lookups and the like */;
  readonly looks: boolean /* places, notes, groups differ */;
}

const LOOKS = new Set(["ui", "notes"]);

export function diffOf(before: Draft, after: Draft): FlowDiff {
  const [a, b] = [indexOf(before), indexOf(after)];
  const steps: StepChange[] = [];
  for (const old of a.steps.values()) {
    const now = b.steps.get(old.id);
    const change = now === undefined ? stepChange(old, "removed") : changedStep(old, now);
    if (change !== undefined) {
      steps.push(change);
    }
  }
  for (const now of b.steps.values()) {
    if (!a.steps.has(now.id)) {
      steps.push(stepChange(now, "added"));
    }
  }
  return {
    steps,
    edges: [...edgesOnly(a.edges, b.edges, "removed"), ...edgesOnly(b.edges, a.edges, "added")],
    flow: memberChanges(
      without(before.flow, ["nodes", "edges", "ui"]),
      without(after.flow, ["nodes", "edges", "ui"]),
      [],
    ),
    parts: memberChanges(
      without(before, ["flow", "layout"]),
      without(after, ["flow", "layout"]),
      [],
    ),
    looks: !sameJson(before.layout, after.layout),
  };
}

export function isEmptyDiff(diff: FlowDiff): boolean {
  return diff.steps.length + diff.edges.length + diff.flow.length + diff.parts.length === 0;
}

function stepChange(step: Step, kind: "added" | "removed"): StepChange {
  return { id: step.id, kind, title: step.title, type: step.type, moved: false, members: [] };
}

function changedStep(old: Step, now: Step): StepChange | undefined {
  const moved = old.level !== now.level;
  if (old.node === now.node && !moved) {
    return undefined;
  }
  const members = memberChanges(meaning(old), meaning(now), []);
  if (members.length === 0 && !moved) {
    return undefined;
  }
  return { id: now.id, kind: "changed", title: now.title, type: now.type, moved, members };
}

/** The node without its looks, and without the steps inside of it, which are compared themselves. */
function meaning(step: Step): JsonObject {
  const node = without(step.node, [...LOOKS]);
  return step.body && isObject(node.config)
    ? { ...node, config: without(node.config, ["body"]) }
    : node;
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

export function memberChanges(
  before: Json | undefined,
  after: Json | undefined,
  path: Path,
): MemberChange[] {
  if (before === after || sameJson(before, after)) {
    return [];
  }
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => memberChanges(before[name], after[name], [...path, name]));
  }
  if (isArray(before) && isArray(after) && before.length === after.length) {
    return before.flatMap((item, i) => memberChanges(item, after[i], [...path, i]));
  }
  return [{ path, before, after }];
}

function edgesOnly(
  of: ReadonlyMap<string, Edge>,
  other: ReadonlyMap<string, Edge>,
  kind: "added" | "removed",
): { kind: "added" | "removed"; from: string; port: string; to: string }[] {
  return [...of.values()]
    .filter((edge) => !other.has(edge.key))
    .map(({ from, port, to }) => ({ kind, from, port, to }));
}
