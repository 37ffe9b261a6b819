// What a screen shows stands in its address: it can be mailed and gone back to.
import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** One parameter of the address; empty is absent. A change replaces the entry of the history. */
export function useUrlState(name: string, standard = ""): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setParams(
        () => {
          // Where the address stands now: another parameter may have changed in the same act.
          const next = new URLSearchParams(location.search);
          if (value === "" || value === standard) next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [setParams, name, standard],
  );
  return [params.get(name) ?? standard, set];
}
