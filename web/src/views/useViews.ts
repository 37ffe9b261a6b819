// The views of lists that one has made oneself, and those that are shared; and which of them a list is.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { sameQuery } from "./lists.ts";
import type { List } from "./useList.ts";

export type View = components["schemas"]["View"];

export function useViews() {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "views"],
    queryFn: ({ signal }) => got(client.GET("/views", { signal })),
  });
}

export interface ViewState {
  views: View[];
  /** The one that the address names, as far as it is there for one. */
  current: View | undefined;
  /** The list is not as the view has it. */
  isChanged: boolean;
  /** The address names one that is not there, or not for oneself. */
  isGone: boolean;
  /** With which one the list begins. */
  begins: string | undefined;
  mayKeep: boolean;
  mayShare: boolean;
  error: unknown;
  isLoading: boolean;
  again: () => void;
}

/** A link that names a view alone shows the list like that, and so does a list that one comes to with nothing said
 * when one begins it with a view. What is set by hand meanwhile stays. */
function useArrival(list: List, views: View[], begins: string | undefined, isRead: boolean): void {
  const isBare = useRef(location.search === "");
  const opened = useRef("");
  const { view, query, show } = list;
  const isUnset = Object.keys(query).length === 0;
  useEffect(() => {
    if (!isRead) return;
    const wanted = view === "" && isBare.current ? begins : view;
    const found = views.find((one) => one.view === wanted);
    if (found && isUnset && opened.current !== found.view)
      show(found.query, found.view, { replace: true });
    opened.current = found?.view ?? "";
    isBare.current = false;
  }, [isRead, views, begins, view, isUnset, show]);
}

const NONE: View[] = [];

export function useViewState(list: List): ViewState {
  const { data, error, isPending, refetch } = useViews();
  const views = (data?.items ?? NONE).filter((one) => one.list === list.list);
  const current = views.find((one) => one.view === list.view);
  const begins = data?.defaults[list.list];
  useArrival(list, views, begins, data !== undefined);
  return {
    views,
    current,
    isChanged: current !== undefined && !sameQuery(current.query, list.query),
    isGone: list.view !== "" && data !== undefined && current === undefined,
    begins,
    mayKeep: data?.can.includes("keep") ?? false,
    mayShare: data?.can.includes("share") ?? false,
    error,
    isLoading: isPending,
    again: () => void refetch(),
  };
}
