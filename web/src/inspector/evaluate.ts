/* The value of an expression, by the program's own evaluator: what is shown is what will happen. */
import { useEffect, useState } from "react";
import { client, exactly, gotExact } from "../api/client.ts";
import { asProblem } from "../api/problems.ts";
import { isObject, type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";

export interface Evaluated {
  readonly source: string;
  readonly value?: Json | undefined;
  readonly type?: string | undefined;
  readonly fault?: string | undefined;
  readonly from?: number | undefined /* where in the source the fault is */;
  readonly to?: number | undefined;
  readonly unreachable?: boolean;
}

const IDLE_MS = 120;

export async function evaluate(
  flow: string,
  source: string,
  context: JsonObject,
  signal: AbortSignal,
): Promise<Evaluated> {
  const asked = client.POST("/eval", {
    ...exactly,
    body: { kind: "expression", source, flow, context: context as never },
    signal,
  });
  const answer = objectOf(await gotExact(asked));
  const error = answer.error;
  if (isObject(error)) {
    return {
      source,
      fault: textOf(error.msg) ?? textOf(error.message) ?? "",
      from: typeof error.from === "number" ? error.from : undefined,
      to: typeof error.to === "number" ? error.to : undefined,
    };
  }
  return { source, value: answer.value, type: textOf(answer.type) };
}

/** The newest answer; one for an older text is shown until the new one is there, then dropped. */
export function useValue(
  flow: string,
  source: string | undefined,
  context: JsonObject,
  rules: unknown /* what it calls, as the program has it: when that changes, so may the value */,
): { now: Evaluated | undefined; busy: boolean } {
  const [now, setNow] = useState<Evaluated>();
  const [busy, setBusy] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rules are asked about there
  useEffect(() => {
    if (source === undefined || source.trim() === "") {
      setNow(undefined);
      return;
    }
    const asked = new AbortController();
    const timer = setTimeout(() => {
      setBusy(true);
      evaluate(flow, source, context, asked.signal)
        .then(setNow, (cause: unknown) => {
          if (!asked.signal.aborted) {
            setNow({ source, fault: asProblem(cause).message, unreachable: true });
          }
        })
        .finally(() => !asked.signal.aborted && setBusy(false));
    }, IDLE_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [flow, source, context, rules]);
  return { now, busy };
}
