/* Questions to the program that follow what is edited: asked when the hand rests, the last answer
 * stays until the next one is there, and what comes too late is dropped. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Unread, useContextOf, useRunsOf } from "../inspector/useSeen.ts";
import type { JsonObject } from "../model/json.ts";
import { pointerOf } from "../model/pointer.ts";
import { onlyLine } from "./edits.ts";
import { linesOf } from "./lines.ts";
import * as server from "./server.ts";

const FRESH_MS = 60_000;
const PREVIEW_MS = 120;
const CHECK_MS = 400;
const BATCH = 200;

export interface Asked<T> {
  readonly now: T | undefined;
  readonly busy: boolean;
  readonly error: unknown;
  readonly again: () => void;
}

/** Asks anew whenever `of` is another; undefined asks nothing. */
export function useAsked<T, O>(
  of: O | undefined,
  wait: number,
  ask: (of: O, signal: AbortSignal) => Promise<T>,
): Asked<T> {
  const [state, setState] = useState<Omit<Asked<T>, "again">>({
    now: undefined,
    busy: false,
    error: undefined,
  });
  const [tries, setTries] = useState(0);
  const asking = useRef(ask);
  asking.current = ask;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try asks the same
  useEffect(() => {
    if (of === undefined) {
      setState({ now: undefined, busy: false, error: undefined });
      return;
    }
    const asked = new AbortController();
    setState((state) => ({ ...state, busy: true }));
    const timer = setTimeout(() => {
      asking.current(of, asked.signal).then(
        (now) => !asked.signal.aborted && setState({ now, busy: false, error: undefined }),
        (error: unknown) =>
          !asked.signal.aborted && setState((state) => ({ ...state, busy: false, error })),
      );
    }, wait);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [of, wait, tries]);
  const again = useCallback(() => setTries((count) => count + 1), []);
  return { ...state, again };
}

/* ---- Samples */

export interface SampleOf {
  readonly id: string /* "" is the one that the inspector shows, "sample NAME", "run ID" */;
  readonly label: string;
  readonly context: JsonObject;
}

export interface SampleChoice {
  readonly id: string;
  readonly label: string;
}

/** What can be looked at beside the sample that the inspector shows. */
export function useSampleChoices(flow: string): SampleChoice[] {
  const kept = useQuery({
    queryKey: ["samples-of", flow],
    queryFn: () => server.samplesOf(flow),
    retry: false,
    staleTime: FRESH_MS,
  });
  const runs = useRunsOf(flow);
  const all = [
    ...(kept.data ?? []).map((name) => ({ id: `sample ${name}`, label: name })),
    ...runs.map(({ value, label }) => ({ id: `run ${value}`, label })),
  ];
  const text = JSON.stringify(all);
  return useMemo(() => JSON.parse(text) as SampleChoice[], [text]);
}

function askedBy(id: string): { sample?: string; run?: string } {
  return id.startsWith("run ") ? { run: id.slice(4) } : { sample: id.slice(7) };
}

export function useSamplesOf(
  flow: string,
  step: string,
  chosen: readonly SampleChoice[],
  standard: string,
): { samples: SampleOf[]; unread: Unread | undefined } {
  const { context, sample, unread } = useContextOf(step);
  const told = useRunsOf(flow).find((run) => run.value === sample?.run)?.label;
  const others = useQueries({
    queries: chosen.map((choice) => ({
      queryKey: ["context-of", flow, step, choice.id],
      queryFn: () => server.contextOf(flow, step, askedBy(choice.id)),
      retry: false,
      staleTime: FRESH_MS,
    })),
    combine: (all) => all.map((one) => one.data),
  });
  const samples = useMemo(() => {
    const more = chosen.flatMap((choice, i) => {
      const own = others[i];
      return own === undefined ? [] : [{ ...choice, context: own }];
    });
    const own = { id: "", label: told ?? (sample?.name || standard), context };
    /* examples say little once there is something real */
    return sample === undefined && more.length > 0 ? more : [own, ...more];
  }, [context, sample, told, standard, chosen, others]);
  return { samples, unread };
}

/* ---- Preview, check */

/** Where several lines share a target's error, each is tried by itself: whose error it is. */
async function pinned(
  flow: string,
  told: server.Previewed,
  samples: readonly JsonObject[],
  signal: AbortSignal,
): Promise<server.Previewed> {
  const lines = linesOf(told.config);
  const outcomes = await Promise.all(
    told.outcomes.map(async (outcome, i) => {
      const failed = lines.filter((line) => outcome.errors.has(`/fields/${line.path[1]}`));
      const shared = failed.filter(
        (line) => line.kind !== "list" && failed.some((other) => other !== line),
      );
      if (shared.length < 2 || shared.length > BATCH) {
        return outcome;
      }
      const configs = shared.map((line) => onlyLine(told.config, line.path));
      const each = await server.evaluateEach(flow, configs, samples[i] ?? {}, signal);
      const errors = new Map(outcome.errors);
      for (const line of failed) {
        errors.delete(pointerOf(line.path));
      }
      const output = { ...outcome.output };
      shared.forEach((line, at) => {
        const error = each[at]?.error;
        if (error !== undefined) {
          errors.set(pointerOf(line.path), error);
        }
      });
      return { ...outcome, output, errors: errors.size > 0 ? errors : outcome.errors };
    }),
  );
  return { ...told, outcomes };
}

export interface PreviewAsk {
  readonly flow: string;
  readonly config: JsonObject;
  readonly samples: readonly JsonObject[];
}

export function usePreview(ask: PreviewAsk | undefined): Asked<server.Previewed> {
  return useAsked(ask, PREVIEW_MS, async ({ flow, config, samples }, signal) =>
    pinned(flow, await server.preview(flow, config, samples, signal), samples, signal),
  );
}

export function useCheck(
  ask: { flow: string; config: JsonObject; context: JsonObject } | undefined,
): Asked<server.Checked> {
  return useAsked(ask, CHECK_MS, ({ flow, config, context }, signal) =>
    server.check(flow, config, context, signal),
  );
}

export function useFunctions(): server.FunctionOf[] {
  const query = useQuery({
    queryKey: ["functions"],
    queryFn: server.functions,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return query.data ?? [];
}
