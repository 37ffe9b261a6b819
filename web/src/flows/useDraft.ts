// A flow's draft where it is not edited on the board: read, and changed by a few members at once.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useSession } from "../api/session.ts";
import { draftServer } from "../canvas/server.ts";
import { useText } from "../i18n/text.tsx";
import type { PatchOp } from "../model/patch.ts";

export function useDraft(flow: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "flows", flow, "bindings"],
    queryFn: () => draftServer(flow).load(),
  });
}

/** Changes the draft that was read; refuses when somebody else has changed it since. */
export function useChangeDraft(flow: string, revision: string | undefined) {
  const t = useText();
  const queries = useQueryClient();
  return async (ops: readonly PatchOp[]) => {
    const sent = await draftServer(flow).send(ops, revision ?? "0");
    await queries.invalidateQueries();
    if (sent.kind === "stale") throw new Error(t("setup.stale"));
    if (sent.kind !== "saved") throw sent.problem ?? new Error(sent.detail);
  };
}
