/* What a rule gives for real samples: as it is drawn, and as it is live. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useEdited } from "../canvas/context.tsx";
import { useSamples } from "../inspector/sample.ts";
import { useRunsOf } from "../inspector/useSeen.ts";
import { type Draft, indexOf } from "../model/flow.ts";
import { type Json, type JsonObject, objectOf, writeJson } from "../model/json.ts";
import { hitting } from "./decision.ts";
import { type Piece, pieceValue, testsKey } from "./pieces.ts";
import { referencesIn } from "./references.ts";
import { argumentsOf, contextOf, liveBundle, runTests, samplesOf } from "./server.ts";
import { type Outcome, outcomesOf, type Trial, trialBundle } from "./tests.ts";
import { callsOf } from "./used.ts";
import { type Asked, useAsked, useRulesOf } from "./useRuleCheck.ts";

const RUNS = 8;
const FRESH_MS = 60_000;

export interface Tried {
  readonly id: string;
  readonly label: string;
  readonly context: JsonObject;
}

/** A step whose view of a run is asked for: one that calls the rule, else any that has a step before it. */
function stepFor(draft: Draft, piece: Piece): string | undefined {
  const { steps, incoming } = indexOf(draft);
  const user = callsOf(draft, piece).find((one) => steps.has(one.step))?.step;
  return user ?? [...steps.keys()].find((id) => incoming.has(id)) ?? [...steps.keys()][0];
}

/** What was pasted, kept samples, the newest runs: each with what a step sees of it. */
export function useTried(piece: Piece): { tried: Tried[]; busy: boolean } {
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const step = useMemo(() => stepFor(draft, piece), [draft, piece]);
  const chosen = useSamples((state) => state.chosen[flow]);
  const runs = useRunsOf(flow).slice(0, RUNS);
  const samples = useQuery({
    queryKey: ["samples-of", flow],
    queryFn: () => samplesOf(flow),
    retry: false,
    staleTime: FRESH_MS,
  });
  const names = samples.data ?? [];
  const contexts = useQuery({
    queryKey: ["rule-contexts", flow, step, names.join(), runs.map((run) => run.value).join()],
    enabled: step !== undefined && !samples.isLoading && names.length + runs.length > 0,
    retry: false,
    staleTime: FRESH_MS,
    queryFn: async (): Promise<Tried[]> => {
      const of = [
        ...names.map((sample) => ({ id: `sample ${sample}`, label: sample, of: { sample } })),
        ...runs.map((run) => ({ id: run.value, label: run.label, of: { run: run.value } })),
      ];
      const all = await Promise.all(
        of.map((one) =>
          contextOf(flow, step ?? "", one.of).then(
            (context) => [{ id: one.id, label: one.label, context }],
            () => [] /* a run of a version without that step says nothing here */,
          ),
        ),
      );
      return all.flat();
    },
  });
  const own = chosen !== undefined && chosen.run === undefined ? chosen : undefined;
  const tried = useMemo(() => {
    const pasted: Tried[] =
      own === undefined ? [] : [{ id: "own", label: own.name, context: own.context }];
    return [...pasted, ...(contexts.data ?? [])];
  }, [own, contexts.data]);
  return { tried, busy: samples.isLoading || contexts.isLoading };
}

export function defaultCall(piece: Piece, func: string | undefined): string {
  switch (piece.kind) {
    case "module":
      return `require('rules.${piece.name}').${func ?? "rule"}(trigger.body)`;
    case "table":
      return `decide('${piece.name}', trigger.body)`;
    default:
      return `lookup('${piece.name}', trigger.body.key)`;
  }
}

function useTrials(
  bundle: JsonObject | undefined,
  call: string,
  tried: readonly Tried[],
): Asked<Outcome[]> {
  const flow = useEdited((state) => state.flow);
  const ask = useMemo(() => {
    if (bundle === undefined || tried.length === 0 || call.trim() === "") {
      return undefined;
    }
    const trials: Trial[] = tried.map(({ context }) => ({ call, context }));
    return async (signal: AbortSignal) =>
      outcomesOf(await runTests(flow, trialBundle(bundle, trials), signal), trials.length);
  }, [flow, bundle, call, tried]);
  return useAsked(ask);
}

export interface Tries {
  readonly live: boolean /* something is live to compare with */;
  readonly before: Asked<Outcome[]>;
  readonly after: Asked<Outcome[]>;
}

export function useTries(call: string, tried: readonly Tried[]): Tries {
  const flow = useEdited((state) => state.flow);
  const rules = useRulesOf();
  const live = useQuery({
    queryKey: ["live-bundle", flow],
    queryFn: async () => (await liveBundle(flow)) ?? null,
    retry: false,
    staleTime: FRESH_MS,
  });
  const before = useTrials(live.data ?? undefined, call, tried);
  const after = useTrials(rules, call, tried);
  return { live: live.data !== null && live.data !== undefined, before, after };
}

/** Numbers of the rows, from 0, that take the values of the sample. */
export function useHits(piece: Piece, call: string, one: Tried | undefined): readonly number[] {
  const rules = useRulesOf();
  const draft = useEdited((state) => state.draft);
  const own = referencesIn(call).find(
    (found) => found.kind === "table" && found.name === piece.name,
  )?.call;
  const bundle = useMemo(() => {
    if (piece.kind !== "table" || own === undefined) {
      return undefined;
    }
    const lookups = objectOf(rules.lookups);
    const table = hitting(objectOf(pieceValue(draft, piece)));
    return { ...rules, lookups: { ...lookups, [piece.name]: table } };
  }, [rules, draft, piece, own]);
  const list = useMemo(() => (one === undefined ? [] : [one]), [one]);
  const asked = useTrials(bundle, own ?? "", list);
  const value = asked.now?.[0]?.value;
  return useMemo(
    () => (Array.isArray(value) ? value.map((row) => Number(String(row))) : []),
    [value],
  );
}

export function sameOutcome(a: Outcome | undefined, b: Outcome | undefined): boolean {
  const text = (one: Outcome | undefined): string =>
    one?.error ?? (one?.value === undefined ? "nil" : writeJson(one.value));
  return text(a) === text(b);
}

/** A test of what came for a sample: with the values that the arguments had. */
export async function testFrom(
  flow: string,
  piece: Piece,
  call: string,
  one: Tried,
  outcome: Outcome,
): Promise<JsonObject> {
  const ends: JsonObject =
    outcome.error === undefined
      ? { expected: outcome.value ?? null }
      : { error: outcome.error.slice(0, 200) };
  const [own] = referencesIn(call);
  const whole = own?.call === call.trim() && testsKey(own) === testsKey(piece);
  const values =
    whole && own.args !== undefined && own.args !== ""
      ? await argumentsOf(flow, own.args, one.context)
      : undefined;
  const [first] = values ?? [];
  if (values === undefined || first === undefined) {
    const seen: Record<string, Json> = {};
    for (const member of ["trigger", "steps"] as const) {
      const value = one.context[member];
      if (value !== undefined) {
        seen[member] = value;
      }
    }
    return { name: one.label, call: `=${call}`, ...seen, ...ends };
  }
  if (own?.kind === "lookup") {
    return { name: one.label, key: values.length === 1 ? first : values, ...ends };
  }
  const given: JsonObject = values.length === 1 ? { input: first } : { arguments: values };
  const func = own?.func === undefined ? {} : { function: own.func };
  return { name: one.label, ...func, ...given, ...ends };
}
