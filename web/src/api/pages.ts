// Lists come in pages; a screen sees one list that grows when its end comes near.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { neededList } from "./problems.ts";
import { useSession } from "./session.ts";

export interface PageOf<T> {
  items: T[];
  next?: string | undefined;
  total?: number | undefined;
}

export interface Pages<T> {
  items: T[];
  total: number | undefined;
  /** The first page is on its way. */
  loading: boolean;
  error: unknown;
  /** Undefined when there is no more. */
  more: (() => void) | undefined;
  loadingMore: boolean;
  again: () => void;
}

export function usePages<T>(
  key: readonly unknown[],
  page: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>,
  /** calm: read only when it is asked for, where reading itself leaves a trace. */
  options: { every?: number; enabled?: boolean; calm?: boolean } = {},
): Pages<T> {
  const workspace = useSession((session) => session.workspace);
  const query = useInfiniteQuery({
    queryKey: [workspace, ...key],
    queryFn: async ({ pageParam, signal }) => {
      const one = await page(pageParam, signal);
      neededList(one.items);
      return one;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
    enabled: options.enabled ?? true,
    ...(options.calm ? { refetchOnWindowFocus: false, refetchOnMount: "always" as const } : {}),
    ...(options.every ? { refetchInterval: options.every } : {}),
  });
  const { fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = query;
  const items = useMemo(() => query.data?.pages.flatMap((one) => one.items) ?? [], [query.data]);
  const next = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  return {
    items,
    total: query.data?.pages[0]?.total,
    loading: query.isPending,
    error: query.error ?? undefined,
    more: hasNextPage ? next : undefined,
    loadingMore: isFetchingNextPage,
    again: () => void refetch(),
  };
}
