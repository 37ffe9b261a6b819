/* What the steps of the draft give before anything has run: what its own settings tell, and what the
 * flows that it calls say of themselves. */
import { useQueries } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import { client, gotExact } from "../api/client.ts";
import { useEdited } from "../canvas/context.tsx";
import { isTextKey, useText } from "../i18n/text.tsx";
import { type Draft, indexOf } from "../model/flow.ts";
import { arrayOf, type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { type Known, Outputs } from "../model/outputs.ts";
import type { Shape } from "../model/shape.ts";
import { seenFrom } from "./sample.ts";

const FRESH_MS = 60_000;

/** The flows that the draft calls by their names. */
function calledBy(draft: Draft): string[] {
  const names = [...indexOf(draft).steps.values()].flatMap((step) => {
    const name = step.type === "branch.call" ? textOf(objectOf(step.node.config).flow) : undefined;
    return name === undefined || name === "" || name.startsWith("=") ? [] : [name];
  });
  return [...new Set(names)].sort();
}

/** The settings of a flow's trigger.call: as it is deployed, else as it is drawn. */
async function callOf(flow: string): Promise<JsonObject> {
  const asked = (version: string) =>
    client.GET("/flows/{flow}/versions/{version}", {
      parseAs: "text",
      params: { path: { flow, version } },
    });
  const answer = await gotExact(asked("live")).catch(() => gotExact(asked("draft")));
  const { nodes } = objectOf(objectOf(objectOf(answer).bundle).flow);
  const trigger = arrayOf(nodes)
    .map(objectOf)
    .find((node) => node.type === "trigger.call");
  return objectOf(trigger?.config);
}

export function useKnown(): Known {
  const draft = useEdited((state) => state.draft);
  const catalog = useEdited((state) => state.catalog);
  const names = useMemo(() => calledBy(draft), [draft]).join(" ");
  const called = useQueries({
    queries: names
      .split(" ")
      .filter(Boolean)
      .map((name) => ({
        queryKey: ["call-of", name],
        queryFn: () => callOf(name),
        retry: false,
        staleTime: FRESH_MS,
      })),
    combine: useCallback(
      (all: readonly { data: JsonObject | undefined }[]) =>
        new Map(all.flatMap(({ data }, i) => (data ? [[names.split(" ")[i] ?? "", data]] : []))),
      [names],
    ),
  });
  return useMemo(() => ({ draft, catalog, called }), [draft, catalog, called]);
}

/** What an expression of the step sees; the same object until something that it is made of changes,
 * which the step itself is not. */
export function useContextShape(id: string): Shape {
  const known = useKnown();
  const last = useRef<{ of: readonly unknown[]; shape: Shape } | undefined>(undefined);
  const { draft } = known;
  const { steps, incoming } = indexOf(draft);
  const loop = steps.get(steps.get(id)?.level ?? "");
  const of = [
    ...[id, known.catalog, known.called, draft.schemas, draft.lookups],
    ...[incoming.get(id)?.[0]?.from, JSON.stringify(objectOf(loop?.node.config).items)],
    ...seenFrom(draft, id).map((step) => step.node),
  ];
  if (last.current?.of.length !== of.length || !last.current.of.every((one, i) => one === of[i])) {
    last.current = { of, shape: new Outputs(known).context(id) };
  }
  return last.current.shape;
}

/** What kind of value a JSON Schema means, in our words. */
export function useTypeWord(): (type: string) => string {
  const t = useText();
  return useCallback(
    (type) => {
      const key = `mapper.type.${type}`;
      return isTextKey(key) ? t(key) : type;
    },
    [t],
  );
}

/** The lookup tables as the program has them: an expression that names a new one waits for that. */
export function useKeptLookups(): Json | undefined {
  const kept = useRef<Json | undefined>(undefined);
  const now = useEdited((state) => (state.save.kind === "saved" ? state.draft.lookups : null));
  if (now !== null) {
    kept.current = now;
  }
  return kept.current;
}
