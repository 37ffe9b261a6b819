/* Tests beside a rule, and asking the program to run them on the draft as it is drawn. */
import type { Draft } from "../model/flow.ts";
import {
  arrayOf,
  isArray,
  isNumber,
  isObject,
  type Json,
  type JsonArray,
  type JsonObject,
  objectOf,
  textOf,
} from "../model/json.ts";
import type { Piece } from "./pieces.ts";

/** A flow that only stands around the rules: tests run whatever is drawn beside them. */
const AROUND: JsonObject = {
  weft: 1,
  name: "Rules",
  nodes: [
    {
      id: "hook",
      type: "trigger.webhook",
      config: { path: "rules", verify: { type: "none" } },
    },
  ],
  edges: [],
};

/** What the program needs of a draft to run rules. */
export function rulesBundle(draft: JsonObject, tests: JsonObject): JsonObject {
  const { vars } = objectOf(draft.flow);
  const bundle: Record<string, Json> = {
    flow: vars === undefined ? AROUND : { ...AROUND, vars },
    tests,
  };
  for (const part of ["rules", "lookups"]) {
    const own = draft[part];
    if (own !== undefined) {
      bundle[part] = own;
    }
  }
  return bundle;
}

export interface Result {
  readonly file: string;
  readonly name: string;
  readonly index: number;
  readonly passed: boolean;
  readonly text: string | undefined;
  readonly expected: Json | undefined;
  readonly got: Json | undefined;
}

export function resultsOf(answer: Json): Result[] {
  return arrayOf(objectOf(answer).results).map((value) => {
    const one = objectOf(value);
    return {
      file: textOf(one.file) ?? "",
      name: textOf(one.name) ?? "",
      index: Number(String(one.index ?? 0)),
      passed: one.passed === true,
      text: textOf(one.text),
      expected: one.expected,
      got: one.got,
    };
  });
}

/** The words of a rule's error, without those of the test around it. */
export function errorOf(result: Result): string | undefined {
  const [, error] = /got the error: (.*)$/s.exec(result.text ?? "") ?? [];
  return result.passed ? undefined : error;
}

/** What a test calls the rule with, as one line. */
export function inputMember(test: JsonObject): "input" | "arguments" | "key" | "call" {
  return test.call !== undefined
    ? "call"
    : test.arguments !== undefined
      ? "arguments"
      : test.key !== undefined
        ? "key"
        : "input";
}

export function newTest(piece: Piece, name: string, func: string | undefined): JsonObject {
  const start: JsonObject =
    piece.kind === "lookup"
      ? { name, key: "" }
      : piece.kind === "table"
        ? { name, input: {} }
        : { name, function: func ?? "rule", input: {} };
  return { ...start, expected: null };
}

/** Several calls of the draft's rules, each with what it sees: a list of tests that nobody keeps. */
export interface Trial {
  readonly call: string;
  readonly context: JsonObject;
}

export function trialTests(trials: readonly Trial[]): JsonArray {
  return trials.map(({ call, context }, i) => {
    const test: Record<string, Json> = { name: String(i), call: `=${call}`, expected: null };
    for (const member of ["trigger", "steps", "item", "input"] as const) {
      const value = context[member];
      if (value !== undefined) {
        test[member] = value;
      }
    }
    const now =
      textOf(objectOf(context.run).received_at) ?? textOf(objectOf(context.trigger).received_at);
    if (now !== undefined) {
      test.now = now;
    }
    return test;
  });
}

export const TRIALS = "rules/trials";

export function trialBundle(draft: Draft | JsonObject, trials: readonly Trial[]): JsonObject {
  return rulesBundle(draft, { [TRIALS]: trialTests(trials) });
}

export interface Outcome {
  readonly value?: Json | undefined;
  readonly error?: string | undefined;
}

export function outcomesOf(results: readonly Result[], count: number): Outcome[] {
  const out: Outcome[] = Array.from({ length: count }, () => ({}));
  for (const result of results) {
    const error = errorOf(result);
    out[result.index] = error === undefined ? { value: result.got } : { error };
  }
  return out;
}

/* ---- Differences as a tree: numbers digit by digit, as tests compare them */

export interface Branch {
  readonly name: string;
  readonly depth: number;
  readonly change: "same" | "changed" | "added" | "removed" | "inside";
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function isLeaf(value: Json | undefined): boolean {
  return !isObject(value) && !isArray(value);
}

function membersOf(value: Json | undefined): Map<string, Json> {
  if (isArray(value)) {
    return new Map(value.map((item, i) => [String(i + 1), item]));
  }
  const out = new Map<string, Json>();
  for (const [name, item] of Object.entries(objectOf(value))) {
    if (item !== undefined) {
      out.set(name, item);
    }
  }
  return out;
}

export function diffTree(before: Json | undefined, after: Json | undefined): Branch[] {
  const out: Branch[] = [];
  walk("", 0, before, after, out);
  return out;
}

function sameLeaf(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (isNumber(a) && isNumber(b) && String(a) === String(b));
}

/** true: something differs at or below it. */
function walk(
  name: string,
  depth: number,
  before: Json | undefined,
  after: Json | undefined,
  out: Branch[],
): boolean {
  const both = !isLeaf(before) && !isLeaf(after) && isArray(before) === isArray(after);
  if (!both) {
    const same = sameLeaf(before, after);
    const change = same
      ? "same"
      : before === undefined
        ? "added"
        : after === undefined
          ? "removed"
          : "changed";
    out.push({ name, depth, change, before, after });
    return !same;
  }
  const at = out.length;
  out.push({ name, depth, change: "same", before, after });
  const [a, b] = [membersOf(before), membersOf(after)];
  let differs = false;
  for (const member of new Set([...a.keys(), ...b.keys()])) {
    differs = walk(member, depth + 1, a.get(member), b.get(member), out) || differs;
  }
  if (differs) {
    out[at] = { name, depth, change: "inside", before, after };
  }
  return differs;
}
