// How things stand now: the numbers of the dashboard and of the wall screen.
import { useQuery } from "@tanstack/react-query";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";

export type Overview = components["schemas"]["Overview"];

export const EVERY_MS = 15_000;

export function useOverview() {
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["alert", "exception", "connection", "deployment"], "monitoring");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return useQuery({
    queryKey: [workspace, "monitoring", "overview"],
    refetchInterval: EVERY_MS,
    queryFn: ({ signal }) => got(client.GET("/overview", { params: { query: { zone } }, signal })),
  });
}
