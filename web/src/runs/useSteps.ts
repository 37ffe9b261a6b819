// The steps of a run in blocks around what is in view: a run of twenty thousand opens at once.
import { type UseQueryResult, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { client, got, gotExact } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { type RunStep, readStep } from "./runs.ts";

const BLOCK = 200; // as many as one answer has: each is drawn as it comes

export interface Steps {
  at: (position: number) => RunStep | undefined;
  /** All that are here now, in order. */
  known: readonly RunStep[];
  /** The same in the blocks in which they came: a block is another one only when a step in it is. */
  blocks: readonly (readonly RunStep[])[];
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

/** The blocks in which the steps from one position to another stand. */
function range(first: number, last: number): number[] {
  const blocks: number[] = [];
  for (let block = Math.floor(first / BLOCK); block * BLOCK < last; block++) blocks.push(block);
  return blocks;
}

const placeOf = (block: readonly RunStep[]): number =>
  Math.floor((block[0]?.position ?? 0) / BLOCK);

type Blocks = ReadonlyMap<number, readonly RunStep[]>;

/** The blocks that are here. In a map: lists would be compared and copied step by step at each word of each query. */
function together(results: UseQueryResult<RunStep[]>[]) {
  const blocks = new Map<number, readonly RunStep[]>();
  for (const { data } of results) if (data && data.length > 0) blocks.set(placeOf(data), data);
  return {
    blocks,
    error: results.find((result) => result.error)?.error ?? undefined,
    again: () => {
      for (const result of results) void result.refetch();
    },
  };
}

/** The same map as long as the same blocks are in it. */
function useSame(blocks: Blocks): Blocks {
  const kept = useRef(blocks);
  const isSame =
    kept.current.size === blocks.size &&
    [...blocks].every(([place, block]) => kept.current.get(place) === block);
  if (!isSame) kept.current = blocks;
  return kept.current;
}

const DONE: readonly string[] = ["succeeded", "failed", "stopped", "abandoned"];

/** Whether nothing comes to a block any more; the run itself may go on. */
function isDone(block: readonly RunStep[] | undefined): boolean {
  return block?.length === BLOCK && block.every((step) => DONE.includes(step.status));
}

/** over: the run has come to its end, and its steps are what they are. */
export function useSteps(run: string, start: number, over: boolean): Steps {
  const queries = useQueryClient();
  const workspace = useSession((session) => session.workspace);
  const [wanted, setWanted] = useState<number[]>(() => range(start, start + 1));
  const keyOf = (block: number, then: boolean) => [workspace, "runs", run, "steps", then, block];
  const {
    blocks: here,
    error,
    again,
  } = useQueries({
    queries: wanted.map((block) => ({
      queryKey: keyOf(block, over),
      staleTime: ({ state }: { state: { data: RunStep[] | undefined } }) =>
        over || isDone(state.data) ? ("static" as const) : 0,
      // What it was when the run was under way, until what it came to is here.
      placeholderData: () =>
        over ? queries.getQueryData<RunStep[]>(keyOf(block, false)) : undefined,
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const query = { position: block * BLOCK, limit: BLOCK };
        const asked = client.GET("/runs/{run}/steps", { params: { path: { run }, query }, signal });
        return (await got(asked)).items.map(readStep);
      },
    })),
    combine: together,
  });
  const onView = useCallback((first: number, last: number) => {
    setWanted((now) => {
      const seen = range(Math.max(0, first), last);
      const missing = seen.filter((block) => !now.includes(block));
      return missing.length === 0 ? now : [...now, ...missing];
    });
  }, []);
  const byPlace = useSame(here);
  const blocks = useMemo(
    () => [...byPlace].sort(([a], [b]) => a - b).map(([, block]) => block),
    [byPlace],
  );
  return {
    at: (position) => byPlace.get(Math.floor(position / BLOCK))?.[position % BLOCK],
    known: useMemo(() => blocks.flat(), [blocks]),
    blocks,
    onView,
    error,
    again,
  };
}
