// Drafts where they are not edited on the board: read, and changed by a few members at once.
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSession } from "../api/session.ts";
import type { DraftServer, Loaded, Sent } from "../canvas/save.ts";
import { draftServer } from "../canvas/server.ts";
import { useText } from "../i18n/text.tsx";
import { sameJson } from "../model/json.ts";
import type { PatchOp } from "../model/patch.ts";
import { pathOf, valueAt } from "../model/pointer.ts";

/** Drafts by the names of their flows. */
export type Drafts = ReadonlyMap<string, Loaded>;

const AGAIN_MS = 15_000;

function asked(workspace: string | undefined, flow: string) {
  return {
    queryKey: [workspace, "flows", flow, "bindings"],
    queryFn: () => draftServer(flow).load(),
    // Without it nothing can be bound or answered: one that did not come is asked for again.
    refetchInterval: ({ state }: { state: { data: unknown } }) => (state.data ? false : AGAIN_MS),
  };
}

export function useDraft(flow: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery(asked(workspace, flow));
}

/** Those that are there by now. */
export function useDrafts(flows: readonly string[]): Drafts {
  const workspace = useSession((session) => session.workspace);
  const results = useQueries({ queries: flows.map((flow) => asked(workspace, flow)) });
  return new Map(
    results.flatMap(({ data }, at): [string, Loaded][] => (data ? [[flows[at] ?? "", data]] : [])),
  );
}

export interface DraftChange {
  flow: string;
  ops: readonly PatchOp[];
}

const AGAIN = 3;

/** Sends a change of a draft as it was read. What has changed elsewhere in it since is no hindrance;
 * what has changed at the same places is not overwritten: "stale". */
export async function sendChange(
  server: DraftServer,
  ops: readonly PatchOp[],
  read: Loaded,
): Promise<Sent> {
  let from = read;
  for (let tries = 0; ; tries++) {
    const sent = await server.send(ops, from.revision);
    if (sent.kind !== "stale" || tries === AGAIN) return sent;
    from = await server.load();
    const at = ({ draft }: Loaded, op: PatchOp) => valueAt(draft, pathOf(op.path));
    if (!ops.every((op) => sameJson(at(read, op), at(from, op)))) return sent;
  }
}

/** Changes the drafts that were read; refuses where somebody else has changed the same since. */
export function useChangeDrafts(drafts: Drafts) {
  const t = useText();
  const queries = useQueryClient();
  const workspace = useSession((session) => session.workspace);
  return async (changes: readonly DraftChange[]) => {
    try {
      for (const { flow, ops } of changes) {
        const read = drafts.get(flow);
        const sent: Sent = read
          ? await sendChange(draftServer(flow), ops, read)
          : { kind: "stale" };
        if (sent.kind === "stale") throw new Error(t("setup.stale"));
        if (sent.kind !== "saved") throw sent.problem ?? new Error(sent.detail);
      }
    } finally {
      await queries.invalidateQueries({ queryKey: [workspace, "flows"] });
    }
  };
}
