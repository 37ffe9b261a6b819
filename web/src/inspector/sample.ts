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
import type { Shape } from "../model/shape.ts";
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
  readonly text: string /* the value, short; of what no sample has its kind */;
}

const MOST = 400; /* of each name, so that none hides another */
const DEEPEST = 6;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Lua's own words, which are no names behind a dot: a member is often called "end". */
const WORDS = new Set(
  [
    "and break do else elseif end false for function goto if in",
    "local nil not or repeat return then true until while",
  ].flatMap((line) => line.split(" ")),
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is written in another way
const CONTROLS = /[\u0000-\u001f\u007f]/g;

export function member(path: string, name: string): string {
  if (NAME.test(name) && !WORDS.has(name)) return `${path}.${name}`;
  const text = name
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "\\'")
    .replace(CONTROLS, (one) => `\\${String(one.charCodeAt(0)).padStart(3, "0")}`);
  return `${path}['${text}']`;
}

class Places {
  readonly out: Place[] = [];
  private readonly words: (type: string) => string;
  private left = MOST;

  constructor(words: (type: string) => string) {
    this.words = words;
  }

  add(path: string, value: Json | undefined, shape: Shape | undefined, depth: number): void {
    if (depth === 0 || (depth === 1 && path.startsWith("steps."))) {
      this.left = MOST;
    }
    if (this.left-- <= 0) {
      return;
    }
    const bare = value === undefined || value === null;
    const kind = shape === undefined ? undefined : this.words(shape.type);
    this.out.push({ path, text: bare ? (kind ?? short(value ?? null)) : short(value) });
    if (depth > DEEPEST) {
      return;
    }
    if (isArray(value) || (bare && shape?.item !== undefined)) {
      const first = isArray(value) ? value[0] : undefined;
      if (first !== undefined || shape?.item !== undefined) {
        this.add(`${path}[1]`, first, shape?.item, depth + 1);
      }
    } else if (bare || isObject(value)) {
      const members = objectOf(value);
      for (const name of new Set([...Object.keys(members), ...(shape?.members.keys() ?? [])])) {
        this.add(member(path, name), members[name], shape?.members.get(name), depth + 1);
      }
    }
  }
}

/** Every place of what is seen by the path that an expression would name it by: the sample's, and
 * those that are known without one. */
export function placesOf(
  context: JsonObject,
  shape?: Shape,
  words: (type: string) => string = (type) => type,
): Place[] {
  const places = new Places(words);
  for (const name of new Set([...Object.keys(context), ...(shape?.members.keys() ?? [])])) {
    places.add(name, context[name], shape?.members.get(name), 0);
  }
  return places.out;
}

export function short(value: Json): string {
  const text = writeJson(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
