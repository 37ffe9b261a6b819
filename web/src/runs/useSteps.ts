// The steps of a run in blocks around what is in view: a run of twenty thousand opens at once.
import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { client, got, gotExact } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { type RunStep, readStep } from "./runs.ts";

const BLOCK = 100;

export interface Steps {
  at: (position: number) => RunStep | undefined;
  /** All that are here now, in order. */
  known: RunStep[];
  onView: (first: number, last: number) => void;
  error: unknown;
  again: () => void;
}

/** One step with what went through it. */
export function useRunStep(run: string, path: string, enabled = true) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "runs", run, "step", path],
    enabled: enabled && path !== "",
    queryFn: ({ signal }) =>
      gotExact(
        client.GET("/runs/{run}/step", {
          params: { path: { run }, query: { path } },
          parseAs: "text",
          signal,
        }),
      ),
  });
}

/** What is told of a step in the list, also when the list has not come so far yet. */
export function useListed(run: string, path: string, known: readonly RunStep[]) {
  const workspace = useSession((session) => session.workspace);
  const here = known.find((one) => one.step === path);
  const asked = useQuery({
    queryKey: [workspace, "runs", run, "listed", path],
    enabled: path !== "" && here === undefined,
    queryFn: async ({ signal }) => {
      const page = await got(
        client.GET("/runs/{run}/steps", {
          params: { path: { run }, query: { path, limit: 1 } },
          signal,
        }),
      );
      const step = page.items.map(readStep).find((one) => one.step === path);
      return step ?? null;
    },
  });
  return here ?? asked.data ?? undefined;
}

/** The path of a step of a node: one that failed, else the first that is found. */
export async function findStepOf(
  run: string,
  node: string,
  level: string | null,
  known: readonly RunStep[],
): Promise<string | undefined> {
  const own = known.filter((one) => one.node === node);
  const here = own.find((one) => one.status === "failed") ?? own[0];
  if (here) return here.step;
  const query = level === null ? { path: node, limit: 1 } : { limit: 200 };
  const page = await got(client.GET("/runs/{run}/steps", { params: { path: { run }, query } }));
  return page.items.find((one) => one.node === node)?.step;
}

/** Whether the first block is `first` and the last `last` already. */
function range(first: number, last: number): number[] {
  const blocks: number[] = [];
  for (let block = Math.floor(first / BLOCK); block * BLOCK < last; block++) blocks.push(block);
  return blocks;
}

/** What the blocks that are here say together: the same object as long as none of them changes. */
function together(results: UseQueryResult<RunStep[]>[]) {
  const byPosition = new Map<number, RunStep>();
  for (const { data } of results)
    for (const step of data ?? []) byPosition.set(step.position, step);
  return {
    byPosition,
    error: results.find((result) => result.error)?.error ?? undefined,
    again: () => {
      for (const result of results) void result.refetch();
    },
  };
}

export function useSteps(run: string, start: number): Steps {
  const workspace = useSession((session) => session.workspace);
  const [blocks, setBlocks] = useState<number[]>(() => range(start, start + 1));
  const { byPosition, error, again } = useQueries({
    queries: blocks.map((block) => ({
      queryKey: [workspace, "runs", run, "steps", block],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const query = { position: block * BLOCK, limit: BLOCK };
        const asked = client.GET("/runs/{run}/steps", { params: { path: { run }, query }, signal });
        return (await got(asked)).items.map(readStep);
      },
    })),
    combine: together,
  });
  const onView = useCallback((first: number, last: number) => {
    setBlocks((now) => {
      const wanted = range(Math.max(0, first), last);
      const missing = wanted.filter((block) => !now.includes(block));
      return missing.length === 0 ? now : [...now, ...missing];
    });
  }, []);
  return {
    at: (position) => byPosition.get(position),
    known: useMemo(
      () => [...byPosition.values()].sort((a, b) => a.position - b.position),
      [byPosition],
    ),
    onView,
    error,
    again,
  };
}
