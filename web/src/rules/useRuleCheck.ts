/* What the program says of a rule as it is now, a moment after the last change; and its tests. */
import { useEffect, useMemo, useState } from "react";
import { useEdited } from "../canvas/context.tsx";
import type { Fault } from "../model/faults.ts";
import { type JsonObject, objectOf, textOf } from "../model/json.ts";
import { fileOf, type Piece, pieceValue, testsKey, testsOf } from "./pieces.ts";
import { checkBundle, checkModule, Faulty, runTests } from "./server.ts";
import { type Result, rulesBundle } from "./tests.ts";

const IDLE_MS = 350;

export interface Asked<T> {
  readonly now: T | undefined;
  readonly busy: boolean;
  readonly problem: unknown;
}

/** Asks when nothing has changed for a moment; a later question makes an earlier answer void. */
export function useAsked<T>(ask: ((signal: AbortSignal) => Promise<T>) | undefined): Asked<T> {
  const [state, setState] = useState<Asked<T>>({ now: undefined, busy: true, problem: undefined });
  useEffect(() => {
    if (ask === undefined) {
      setState({ now: undefined, busy: false, problem: undefined });
      return;
    }
    const own = new AbortController();
    setState((before) => (before.busy ? before : { ...before, busy: true }));
    const timer = setTimeout(() => {
      ask(own.signal).then(
        (now) => setState({ now, busy: false, problem: undefined }),
        (problem: unknown) =>
          own.signal.aborted ||
          setState(({ now }) => ({
            now: problem instanceof Faulty ? undefined : now /* it says nothing of what is there */,
            busy: false,
            problem,
          })),
      );
    }, IDLE_MS);
    return () => {
      clearTimeout(timer);
      own.abort();
    };
  }, [ask]);
  return state;
}

/** What rules need of the draft: the same object while none of it has changed. */
export function useRulesOf(): JsonObject {
  const rules = useEdited((state) => state.draft.rules);
  const lookups = useEdited((state) => state.draft.lookups);
  const vars = useEdited((state) => state.draft.flow.vars);
  return useMemo(() => ({ rules, lookups, flow: { vars } }), [rules, lookups, vars]);
}

export function useRuleFaults(piece: Piece): Asked<Fault[]> {
  const flow = useEdited((state) => state.flow);
  const rules = useRulesOf();
  const { kind, name } = piece;
  const ask = useMemo(() => {
    const file = fileOf({ kind, name });
    const text = textOf(objectOf(rules.rules)[name]) ?? "";
    const table = objectOf(rules.lookups)[name];
    const lookups = table === undefined ? {} : { [name]: table };
    return async (signal: AbortSignal): Promise<Fault[]> => {
      const faults =
        kind === "module"
          ? await checkModule(flow, name, text, signal)
          : await checkBundle(flow, rulesBundle({ ...rules, lookups }, {}), signal);
      return faults.filter(
        (fault) => fault.file === file || fault.file.startsWith(`lookups/${name}.`),
      );
    };
  }, [flow, rules, kind, name]);
  return useAsked(ask);
}

export interface Tested extends Asked<Result[]> {
  readonly again: () => void;
}

/** The tests of one rule, run on the draft as it is drawn. */
export function useTestResults(piece: Piece): Tested {
  const flow = useEdited((state) => state.flow);
  const rules = useRulesOf();
  const tests = useEdited((state) => testsOf(state.draft, piece));
  const key = testsKey(piece);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn asks the same again
  const ask = useMemo(
    () =>
      tests.length === 0
        ? undefined
        : (signal: AbortSignal) => runTests(flow, rulesBundle(rules, { [key]: tests }), signal),
    [flow, rules, tests, key, turn],
  );
  const asked = useAsked(ask);
  return { ...asked, again: () => setTurn(turn + 1) };
}

export function useValueOf(piece: Piece) {
  return useEdited((state) => pieceValue(state.draft, piece));
}
