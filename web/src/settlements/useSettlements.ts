// Settlements in pages, one, and its entries in windows.
import { useQuery } from "@tanstack/react-query";
import { client, gotExact } from "../api/client.ts";
import { type PageOf, type Pages, usePages } from "../api/pages.ts";
import { needed, neededList } from "../api/problems.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { type Json, objectOf, textOf } from "../model/json.ts";
import {
  type Entry,
  type Row,
  readEntry,
  readRow,
  readSettlement,
  readSums,
  type Sums,
} from "./settlements.ts";

function pageOf<T>(answer: Json, read: (item: Json) => T): PageOf<T> {
  const own = objectOf(answer);
  return {
    items: neededList(own.items).map(read),
    next: textOf(own.next),
    total: typeof own.total === "number" ? own.total : undefined,
  };
}

export function useSettlements(asked: Record<string, string>): Pages<Row> {
  useLiveRefresh(["run", "exception"], "settlements");
  return usePages(["settlements", asked], async (cursor, signal) => {
    const { open, ...rest } = asked;
    const query = { limit: 25, ...rest, ...(open ? { open: true } : {}) };
    // A look through many runs may end before it has found one: then it goes on.
    for (let from = cursor; ; ) {
      const params = { query: from === undefined ? query : { ...query, cursor: from } };
      const page = pageOf(
        await gotExact(client.GET("/settlements", { params, parseAs: "text", signal })),
        readRow,
      );
      if (page.items.length > 0 || page.next === undefined) return page;
      from = page.next;
    }
  });
}

const stepOf = (step: string) => (step === "" ? {} : { step });

export function useSettlement(run: string, step: string) {
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["run", "exception"], "settlements");
  return useQuery({
    queryKey: [workspace, "settlements", run, step],
    queryFn: async ({ signal }) => {
      const params = { path: { run }, query: stepOf(step) };
      const answer = await gotExact(
        client.GET("/settlements/{run}", { params, parseAs: "text", signal }),
      );
      needed(objectOf(answer).run, "run");
      return readSettlement(answer);
    },
  });
}

export interface Wanted {
  step: string;
  kind: string;
  find: string;
}

/** As a query of the address that lists or exports them. */
export function wantedQuery({ step, kind, find }: Wanted) {
  return { ...stepOf(step), class: kind, ...(find === "" ? {} : { find }) };
}

/** Those of the list; the lines of a run never change, so they are not read anew. */
export function useEntries(run: string, wanted: Wanted, limit = 100): Pages<Entry> {
  return usePages(["settlement-lines", run, wanted, limit], async (cursor, signal) => {
    const query = { limit, ...wantedQuery(wanted), ...(cursor === undefined ? {} : { cursor }) };
    const params = { path: { run }, query };
    return pageOf(
      await gotExact(client.GET("/settlements/{run}/lines", { params, parseAs: "text", signal })),
      readEntry,
    );
  });
}

export interface PassTry {
  name: string;
  tolerance: { absolute?: string; percent?: string } | null;
  days: number;
}

export async function tryTolerance(run: string, step: string, passes: PassTry[]): Promise<Sums> {
  const answer = await gotExact(
    client.POST("/settlements/{run}/preview", {
      params: { path: { run } },
      body: { ...stepOf(step), passes },
      parseAs: "text",
    }),
  );
  return readSums(objectOf(answer).sums);
}
