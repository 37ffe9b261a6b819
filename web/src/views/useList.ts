// A list's filters, order and columns, as its address has them.
import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import type { Column } from "../ui/DataGrid.tsx";
import type { Choice } from "../ui/Field.tsx";
import {
  addressOf,
  type ListName,
  type ParameterOf,
  type Query,
  type Read,
  readList,
  staysOf,
  VIEW,
} from "./lists.ts";

export interface List<Name extends ListName = ListName> extends Read {
  list: Name;
  /** The view that the address names; "": none. */
  view: string;
  value: (name: ParameterOf<Name>) => string;
  set: (name: ParameterOf<Name>, value: string) => void;
  /** Without the filters; the order and the columns stay. */
  clear: () => void;
  /** Another list than this: a step in the history. */
  show: (query: Query, view?: string, options?: { replace: boolean }) => void;
}

export function useList<Name extends ListName>(list: Name): List<Name> {
  const [, go] = useLocation();
  const search = useSearch();
  const read = useMemo(() => readList(list, new URLSearchParams(search)), [list, search]);
  const change = useCallback(
    (by: (next: URLSearchParams) => void) => {
      // Where the address stands now: another parameter may have changed in the same act.
      const next = new URLSearchParams(location.search);
      by(next);
      const text = next.toString();
      go(text === "" ? location.pathname : `${location.pathname}?${text}`, { replace: true });
    },
    [go],
  );
  return {
    ...read,
    list,
    view: new URLSearchParams(search).get(VIEW) ?? "",
    value: (name) => read.values[name] ?? "",
    set: (name, value) =>
      change((next) => {
        if (value === "") next.delete(name);
        else next.set(name, value);
      }),
    clear: () =>
      change((next) => {
        for (const name of [...next.keys()]) if (!staysOf(list, name)) next.delete(name);
      }),
    show: (query, view, options) => go(addressOf(list, query, view), options),
  };
}

/** The columns but those that are left out. */
export function shownColumns<T>(list: List, columns: Column<T>[]): Column<T>[] {
  const less = (list.values.less ?? "").split(",");
  return columns.filter((column) => !less.includes(column.id));
}

/** With what is chosen, though nobody offers it: an address may say more than a list of choices knows. */
export function withChosen(choices: readonly Choice[], chosen: string): readonly Choice[] {
  const isOffered = choices.some((one) => one.value === chosen);
  return isOffered ? choices : [...choices, { value: chosen, label: chosen }];
}
