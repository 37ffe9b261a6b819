/* What a step's expressions see: the chosen sample; without one the newest run that the program
 * knows of; and examples of the kinds of steps for what neither has. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { client, gotExact } from "../api/client.ts";
import { useEdited, useEditor } from "../canvas/context.tsx";
import type { Exact } from "../canvas/server.ts";
import { type JsonObject, objectOf, textOf, writeJson } from "../model/json.ts";
import type { Seen } from "./ExpressionField.tsx";
import { contextFor, placesOf, type Sample, useSamples } from "./sample.ts";

const FRESH_MS = 60_000;

async function newestRun(flow: string, step: string): Promise<Sample> {
  const asked = client.GET("/flows/{flow}/context/{step}", {
    parseAs: "text",
    params: { path: { flow, step } },
  });
  const answer = objectOf(await gotExact(asked as Promise<Exact>));
  return { name: textOf(objectOf(answer.from).run) ?? "", context: objectOf(answer.values) };
}

export interface SeenData {
  readonly context: JsonObject;
  readonly sample: Sample | undefined /* where it is from; undefined: examples alone */;
}

export function useContextOf(id: string): SeenData {
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const catalog = useEdited((state) => state.catalog);
  const chosen = useSamples((state) => state.chosen[flow]);
  /* a step that is not saved yet is not known there: then there is nothing to be had */
  const run = useQuery({
    queryKey: ["context", flow, id],
    queryFn: () => newestRun(flow, id),
    enabled: chosen === undefined,
    retry: false,
    staleTime: FRESH_MS,
  });
  const newest = run.data !== undefined && run.data.name !== "" ? run.data : undefined;
  const sample = chosen ?? newest;
  const context = useMemo(
    () => contextFor(draft, catalog, id, sample),
    [draft, catalog, id, sample],
  );
  const text = writeJson(context);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same context has the same text
  const same = useMemo(() => context, [text]);
  return useMemo(() => ({ context: same, sample }), [same, sample]);
}

export function useSeen(id: string): Seen {
  const editor = useEditor();
  const flow = useEdited((state) => state.flow);
  const { context } = useContextOf(id);
  return useMemo(
    () => ({ flow, context, places: placesOf(context), onLeave: () => editor.settle() }),
    [flow, context, editor],
  );
}
