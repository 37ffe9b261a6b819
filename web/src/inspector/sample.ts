/*
 * What expressions see while they are written: a sample of the trigger and of the steps, kept for
 * each flow in this browser's memory of the session. Its numbers keep their digits.
 */
import { create } from "zustand";
import type { Catalog } from "../model/catalog.ts";
import { type Draft, indexOf, type Step } from "../model/flow.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  writeJson,
} from "../model/json.ts";
import { stream } from "../model/walk.ts";

export interface Sample {
  readonly name: string /* "" : made from examples of the node types */;
  readonly run?: string | undefined /* a run, whose values are asked for step by step */;
  readonly tested?: boolean /* the steps are from a test of this draft */;
  readonly context: JsonObject /* trigger, steps, vars, run */;
}

interface Samples {
  readonly chosen: Readonly<Record<string, Sample>>;
  readonly choose: (flow: string, sample: Sample | undefined) => void;
}

export const useSamples = create<Samples>((set) => ({
  chosen: {},
  choose: (flow, sample) =>
    set((state) => {
      const { [flow]: _old, ...rest } = state.chosen;
      return { chosen: sample === undefined ? rest : { ...rest, [flow]: sample } };
    }),
}));

/** Steps an expression of this step can see: what leads to it, on its level and outwards. */
export function seenFrom(draft: Draft, id: string): Step[] {
  const index = indexOf(draft);
  const out: Step[] = [];
  for (let at: string | null = id; at !== null; at = index.steps.get(at)?.level ?? null) {
    const own: string = at;
    const before = stream(draft, [own], "up").filter((one) => one !== own);
    out.push(...before.flatMap((one) => index.steps.get(one) ?? []));
  }
  return out;
}

/** The chosen sample for a step, filled up with the examples that node types have. */
export function contextFor(
  draft: Draft,
  catalog: Catalog,
  id: string,
  sample: Sample | undefined,
): JsonObject {
  const seen = seenFrom(draft, id);
  const given = objectOf(sample?.context);
  const steps: Record<string, Json> = {};
  for (const step of seen) {
    const own =
      objectOf(given.steps)[step.id] ??
      objectOf(catalog.byName.get(step.type)?.action?.example).output;
    if (own !== undefined) {
      steps[step.id] = own;
    }
  }
  const first = indexOf(draft).incoming.get(id)?.[0]?.from;
  const input =
    first === undefined
      ? undefined
      : (steps[first] ?? (isTriggerOf(draft, first) ? given.trigger : undefined));
  return {
    ...given,
    steps,
    vars: objectOf(draft.flow.vars),
    ...(input === undefined || given.input !== undefined ? {} : { input }),
  };
}

function isTriggerOf(draft: Draft, id: string): boolean {
  return indexOf(draft).steps.get(id)?.type.startsWith("trigger.") === true;
}

export interface Place {
  readonly path: string /* as Lua says it: steps.entry.amount */;
  readonly value: Json;
  readonly text: string /* the value, short */;
}

const MOST = 400;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function member(path: string, name: string): string {
  return NAME.test(name)
    ? `${path}.${name}`
    : `${path}['${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
}

/** Every place of a value by the path that an expression would name it by. */
export function placesOf(context: JsonObject): Place[] {
  const out: Place[] = [];
  const visit = (path: string, value: Json, depth: number): void => {
    if (out.length >= MOST) {
      return;
    }
    out.push({ path, value, text: short(value) });
    if (depth > 6) {
      return;
    }
    if (isArray(value) && value[0] !== undefined) {
      visit(`${path}[1]`, value[0], depth + 1);
    } else if (isObject(value)) {
      for (const [name, item] of Object.entries(value)) {
        if (item !== undefined) {
          visit(member(path, name), item, depth + 1);
        }
      }
    }
  };
  for (const [name, value] of Object.entries(context)) {
    if (value !== undefined) {
      visit(name, value, 0);
    }
  }
  return out;
}

export function short(value: Json): string {
  const text = writeJson(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
