// Drafts where they are not edited on the board: read, and changed by a few members at once.
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSession } from "../api/session.ts";
import type { Loaded } from "../canvas/save.ts";
import { draftServer } from "../canvas/server.ts";
import { useText } from "../i18n/text.tsx";
import type { PatchOp } from "../model/patch.ts";

/** Drafts by the names of their flows. */
export type Drafts = ReadonlyMap<string, Loaded>;

function asked(workspace: string | undefined, flow: string) {
  return {
    queryKey: [workspace, "flows", flow, "bindings"],
    queryFn: () => draftServer(flow).load(),
  };
}

export function useDraft(flow: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery(asked(workspace, flow));
}

/** Those that are there by now. */
export function useDrafts(flows: readonly string[]): Drafts {
  const workspace = useSession((session) => session.workspace);
  return useQueries({
    queries: flows.map((flow) => asked(workspace, flow)),
    combine: (results) =>
      new Map(
        results.flatMap(({ data }, at): [string, Loaded][] =>
          data ? [[flows[at] ?? "", data]] : [],
        ),
      ),
  });
}

export interface DraftChange {
  flow: string;
  ops: readonly PatchOp[];
}

/** Changes the drafts that were read; refuses when somebody else has changed one since. */
export function useChangeDrafts(drafts: Drafts) {
  const t = useText();
  const queries = useQueryClient();
  return async (changes: readonly DraftChange[]) => {
    try {
      for (const { flow, ops } of changes) {
        const sent = await draftServer(flow).send(ops, drafts.get(flow)?.revision ?? "0");
        if (sent.kind === "stale") throw new Error(t("setup.stale"));
        if (sent.kind !== "saved") throw sent.problem ?? new Error(sent.detail);
      }
    } finally {
      await queries.invalidateQueries();
    }
  };
}
