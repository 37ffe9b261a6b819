// The exceptions as lists, one by one, and their causes.
import { useQuery } from "@tanstack/react-query";
import { client, gotExact } from "../api/client.ts";
import { type PageOf, usePages } from "../api/pages.ts";
import { neededList } from "../api/problems.ts";
import { useCan, useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { arrayOf, objectOf, textOf } from "../model/json.ts";
import { type Exception, readException } from "./exceptions.ts";

export interface Filters {
  type: string;
  group: string;
  mine: boolean;
}

export function useExceptions(filters: Filters) {
  useLiveRefresh(["exception", "connection"], "exceptions");
  return usePages(["exceptions", filters], async (cursor, signal): Promise<PageOf<Exception>> => {
    const query = {
      limit: 100,
      ...(filters.type ? { type: filters.type } : {}),
      ...(filters.group ? { group: filters.group } : {}),
      ...(filters.mine ? { assignee: "me" } : {}),
      ...(cursor ? { cursor } : {}),
    };
    const answer = objectOf(
      await gotExact(client.GET("/exceptions", { params: { query }, parseAs: "text", signal })),
    );
    return {
      items: neededList(answer.items).map(readException),
      next: textOf(answer.next),
      total: typeof answer.total === "number" ? answer.total : undefined,
    };
  });
}

export function useException(id: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "exceptions", "one", id],
    enabled: id !== "",
    queryFn: async ({ signal }) =>
      readException(
        await gotExact(
          client.GET("/exceptions/{exception}", {
            params: { path: { exception: id } },
            parseAs: "text",
            signal,
          }),
        ),
      ),
  });
}

export interface Cause {
  group: string;
  title: string;
  count: number;
}

function useGroups(enabled: boolean) {
  const workspace = useSession((session) => session.workspace);
  const query = useQuery({
    queryKey: [workspace, "exceptions", "groups"],
    enabled,
    queryFn: ({ signal }) =>
      gotExact(client.GET("/exceptions/groups", { parseAs: "text", signal })),
  });
  return arrayOf(objectOf(query.data).items).map((one) => {
    const { group, title, flow, count } = objectOf(one);
    return {
      group: textOf(group),
      title: textOf(title),
      flow: textOf(flow),
      count: typeof count === "number" ? count : 0,
    };
  });
}

/** Failed runs by what they have in common. */
export function useCauses(): Cause[] {
  return useGroups(true).flatMap(({ group, title, count }) =>
    group === undefined ? [] : [{ group, title: title ?? group, count }],
  );
}

/** How many wait for somebody, by their flow. */
export function useOpenOf(): ReadonlyMap<string, number> {
  const groups = useGroups(useCan("exceptions.read"));
  const open = new Map<string, number>();
  for (const { flow, count } of groups) {
    if (flow !== undefined) open.set(flow, (open.get(flow) ?? 0) + count);
  }
  return open;
}
