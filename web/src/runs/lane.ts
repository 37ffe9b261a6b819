// Runs with the same order key go one after another: who comes before a run, and how many wait behind it.
import { useQuery } from "@tanstack/react-query";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import type { Run } from "./runs.ts";

export const UNENDED = "active,waiting,in_doubt";
const LOOKED_AT = 200; // of one key; where there are more, that is said

export interface Lane {
  before: number;
  /** The one that the others wait for; unknown where not all were looked at. */
  first: Run | undefined;
  behind: number;
  more: boolean;
}

type Key = Pick<Run, "run" | "order_key">;

/** From the runs whose key begins like this one's, the newest first. */
export function laneOf(run: Key, found: readonly Run[], more: boolean): Lane {
  const lane = found.filter((one) => one.order_key === run.order_key);
  const own = lane.findIndex((one) => one.run === run.run);
  const before = own < 0 ? [] : lane.slice(own + 1);
  return {
    before: before.length,
    first: more ? undefined : before.at(-1),
    behind: own < 0 ? lane.length : own,
    more,
  };
}

/** Undefined until it is known, and of a run without a key. */
export function useLane(run: Run, wanted: boolean): Lane | undefined {
  const workspace = useSession((session) => session.workspace);
  const { flow, environment, order_key: key = "" } = run;
  useLiveRefresh(["run"], "lane");
  const { data } = useQuery({
    queryKey: [workspace, "lane", run.run],
    enabled: wanted && key !== "",
    queryFn: ({ signal }) => {
      const query = { flow, environment, key, status: UNENDED, limit: LOOKED_AT };
      return got(client.GET("/runs", { params: { query }, signal }));
    },
  });
  return data && laneOf(run, data.items, data.next !== undefined || data.incomplete === true);
}
