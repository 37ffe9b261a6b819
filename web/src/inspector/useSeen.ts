/* What a step's expressions see: the chosen sample; without one the newest run that the program
 * knows of; and examples of the kinds of steps for what neither has. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { client, got, gotExact } from "../api/client.ts";
import { asProblem, type Problem } from "../api/problems.ts";
import { queries } from "../app/queries.ts";
import { useEdited, useEditor } from "../canvas/context.tsx";
import type { Editor } from "../canvas/store.ts";
import { moment } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import type { NodeType } from "../model/catalog.ts";
import { type Draft, type Step, stepOf } from "../model/flow.ts";
import { type Json, type JsonObject, objectOf, textOf, writeJson } from "../model/json.ts";
import type { Seen } from "./ExpressionField.tsx";
import { contextFor, placesOf, type Sample, useSamples } from "./sample.ts";
import { useContextShape, useTypeWord } from "./useKnown.ts";

const FRESH_MS = 60_000;
const RUNS = 20;

async function ofRun(flow: string, step: string, run: string | undefined): Promise<Sample> {
  const asked = client.GET("/flows/{flow}/context/{step}", {
    parseAs: "text",
    params: { path: { flow, step }, query: run === undefined ? {} : { run } },
  });
  const answer = objectOf(await gotExact(asked));
  const from = textOf(objectOf(answer.from).run);
  return { name: from ?? "", run: from, context: objectOf(answer.values) };
}

/* a step that is not saved yet is not known there: then there is nothing to be had */
function contextAsked(flow: string, step: string, run: string | undefined) {
  return {
    queryKey: ["context", flow, step, run ?? ""],
    queryFn: () => ofRun(flow, step, run),
    retry: false,
    staleTime: FRESH_MS,
  };
}

const isOfRun = (chosen: Sample | undefined): boolean =>
  chosen === undefined || chosen.run !== undefined;

/** What the step gave in a run. */
function outputAsked(run: string | undefined, path: string) {
  return {
    queryKey: ["output", run ?? "", path],
    queryFn: async () => {
      const asked = client.GET("/runs/{run}/step", {
        parseAs: "text",
        params: { path: { run: run ?? "" }, query: { path } },
      });
      return objectOf(await gotExact(asked)).output ?? null;
    },
    retry: false,
    staleTime: FRESH_MS,
  };
}

/** Real values are there, it seems, but did not come. */
export interface Unread {
  readonly error: Problem;
  readonly again: () => void;
}

/** A refusal is an answer: a step that is not saved yet is not known there. */
function unreadOf(query: { error: unknown; refetch: () => unknown }): Unread | undefined {
  if (query.error === null) {
    return undefined;
  }
  const error = asProblem(query.error);
  return error.passing ? { error, again: () => void query.refetch() } : undefined;
}

export interface SeenData {
  readonly context: JsonObject;
  readonly sample: Sample | undefined /* where it is from; undefined: examples alone */;
  readonly unread: Unread | undefined;
}

export function useContextOf(id: string): SeenData {
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const catalog = useEdited((state) => state.catalog);
  const chosen = useSamples((state) => state.chosen[flow]);
  const run = useQuery({ ...contextAsked(flow, id, chosen?.run), enabled: isOfRun(chosen) });
  const known = run.data?.run === undefined ? undefined : run.data;
  const sample = isOfRun(chosen) ? (known ?? chosen) : chosen;
  const context = useMemo(
    () => contextFor(draft, catalog, id, sample),
    [draft, catalog, id, sample],
  );
  const text = writeJson(context);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same context has the same text
  const same = useMemo(() => context, [text]);
  const { error, refetch } = run;
  const unread = useMemo(() => unreadOf({ error, refetch }), [error, refetch]);
  return useMemo(() => ({ context: same, sample, unread }), [same, sample, unread]);
}

/** The step's path in a run: of a step inside of loops that of their first turn. */
function inFirstTurn(draft: Draft, step: Step): string {
  const outer = stepOf(draft, step.level);
  return outer === undefined ? step.id : `${inFirstTurn(draft, outer)}[1]/${step.id}`;
}

/** What the step itself gave: in the run that is shown, in a test, or in its kind's example. */
export function useOutputOf(
  step: Step,
  type: NodeType | undefined,
): { value: Json | undefined; own: boolean } {
  const { sample } = useContextOf(step.id);
  const path = useEdited((state) => inFirstTurn(state.draft, step));
  const run = useQuery({ ...outputAsked(sample?.run, path), enabled: sample?.run !== undefined });
  return outputOf(step, type, sample, run.data);
}

function outputOf(
  step: Step,
  type: NodeType | undefined,
  sample: Sample | undefined,
  ofRun: Json | undefined,
): { value: Json | undefined; own: boolean } {
  const own =
    sample?.run === undefined
      ? objectOf(objectOf(sample?.context).steps)[step.id]
      : (ofRun ?? undefined);
  const example = objectOf(type?.action?.example).output;
  return { value: own ?? example, own: own !== undefined };
}

/** The same for a command, which has to ask. */
export async function outputNow(editor: Editor, step: Step): Promise<Json | undefined> {
  const { flow, draft, catalog } = editor.getState();
  const chosen = useSamples.getState().chosen[flow];
  const nothing = (): undefined => undefined;
  const known = isOfRun(chosen)
    ? await queries.fetchQuery(contextAsked(flow, step.id, chosen?.run)).catch(nothing)
    : undefined;
  const sample = known?.run === undefined ? chosen : known;
  const ofRun =
    sample?.run === undefined
      ? undefined
      : await queries.fetchQuery(outputAsked(sample.run, inFirstTurn(draft, step))).catch(nothing);
  return outputOf(step, catalog.byName.get(step.type), sample, ofRun).value;
}

/** The newest runs of the flow, to look through. */
export interface RunOf {
  readonly value: string;
  readonly label: string;
}

export function runsAsked(flow: string, t: Translate) {
  return {
    queryKey: ["runs-of", flow, t("run.status.failed")] /* in the words of the language */,
    queryFn: async () => {
      const { items } = await got(
        client.GET("/runs", { params: { query: { flow, limit: RUNS } } }),
      );
      const now = new Date();
      return items.map((one): RunOf => {
        const at = one.received_at == null ? "" : moment(new Date(one.received_at), now);
        return {
          value: one.run,
          label: [at, t(`run.status.${one.status}`), one.dedupe].filter(Boolean).join(" · "),
        };
      });
    },
    retry: false,
    staleTime: FRESH_MS,
  };
}

export function useRunsOf(flow: string): RunOf[] {
  const t = useText();
  return useQuery(runsAsked(flow, t)).data ?? [];
}

export function useSeen(id: string): Seen {
  const editor = useEditor();
  const flow = useEdited((state) => state.flow);
  const { context } = useContextOf(id);
  const shape = useContextShape(id);
  const word = useTypeWord();
  return useMemo(
    () => ({
      ...{ flow, context, places: placesOf(context, shape, word) },
      onLeave: () => editor.settle(),
    }),
    [flow, context, shape, word, editor],
  );
}
