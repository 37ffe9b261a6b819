/* A changed flow, held against runs that were: the newest are told again one by one, and what comes of
 * them is counted while it comes. */
import { useCallback, useEffect, useRef, useState } from "react";
import { client, exactly, got, gotExact } from "../api/client.ts";
import { asProblem } from "../api/problems.ts";
import type { components } from "../api/schema.d.ts";
import type { Draft } from "../model/flow.ts";
import { arrayOf, type JsonObject, objectOf, textOf } from "../model/json.ts";

const AT_ONCE = 2;
const PAGE = 100;

type Status = components["schemas"]["Run"]["status"];
type What = components["schemas"]["BacktestChange"]["what"];

/** What is held against them: a draft as it is here, or a version by its digest. */
export type Changed = { readonly bundle: Draft } | { readonly version: string };

export interface OldRun {
  readonly run: string;
  readonly receivedAt: string;
  readonly key: string | undefined;
}

/** One run told again. */
export interface Held extends OldRun {
  readonly same: boolean;
  /** As it was: the record tells all that it saw. */
  readonly alike: boolean;
  readonly status: readonly [Status, Status];
  readonly money: readonly [JsonObject, JsonObject];
  readonly changes: readonly { readonly what: What; readonly told: JsonObject }[];
  readonly more: boolean;
}

export interface Told {
  readonly runs: number;
  readonly held: readonly Held[];
  /** Those that cannot be told again, and why. */
  readonly refused: readonly { readonly run: OldRun; readonly why: string }[];
  readonly busy: boolean;
  /** What has stopped it all. */
  readonly problem?: unknown;
}

/** The newest runs of the flow that have ended; fewer when there are no more. */
async function newestRuns(
  flow: string,
  environment: string,
  most: number,
  signal: AbortSignal,
): Promise<OldRun[]> {
  const runs: OldRun[] = [];
  let cursor: string | undefined;
  do {
    const query = { flow, environment, status: "succeeded,failed", limit: PAGE };
    const page = await got(
      client.GET("/runs", {
        params: { query: cursor === undefined ? query : { ...query, cursor } },
        signal,
      }),
    );
    for (const { run, received_at, dedupe } of page.items) {
      runs.push({ run, receivedAt: received_at ?? "", key: dedupe ?? undefined });
    }
    cursor = page.next;
  } while (cursor !== undefined && runs.length < most);
  return runs.slice(0, most);
}

async function hold(
  flow: string,
  changed: Changed,
  run: OldRun,
  signal: AbortSignal,
): Promise<Held> {
  const asked = client.POST("/flows/{flow}/backtest", {
    ...exactly,
    params: { path: { flow } },
    body: { run: run.run, ...(changed as object) },
    signal,
  });
  const told = objectOf(await gotExact(asked));
  const [before, after] = [objectOf(told.before), objectOf(told.after)];
  return {
    ...run,
    same: told.same === true,
    alike: told.alike === true,
    status: [before.status as Status, after.status as Status],
    money: [objectOf(before.money), objectOf(after.money)],
    changes: arrayOf(told.changes)
      .map(objectOf)
      .map((one) => ({ what: one.what as What, told: one })),
    more: told.more === true,
  };
}

const nothing: Told = { runs: 0, held: [], refused: [], busy: false };

export function useBacktest(flow: string, changed: Changed) {
  const [now, setNow] = useState<Told>();
  const under = useRef<AbortController>(undefined);
  const stop = useCallback(() => under.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const begin = async (environment: string, most: number): Promise<void> => {
    stop();
    const control = new AbortController();
    const { signal } = control;
    under.current = control;
    const put = (change: (was: Told) => Told): void =>
      setNow((was) => (under.current === control ? change(was ?? nothing) : was));
    setNow({ ...nothing, busy: true });
    try {
      const runs = await newestRuns(flow, environment, most, signal);
      put((was) => ({ ...was, runs: runs.length }));
      const left = [...runs];
      const work = async (): Promise<void> => {
        for (let run = left.shift(); run !== undefined && !signal.aborted; run = left.shift()) {
          await one(run);
        }
      };
      const one = async (run: OldRun): Promise<void> => {
        try {
          const held = await hold(flow, changed, run, signal);
          put((was) => ({ ...was, held: [...was.held, held] }));
        } catch (cause) {
          const { status, message } = asProblem(cause);
          if (status !== 404 && status !== 409 && status !== 504) {
            throw cause;
          }
          put((was) => ({ ...was, refused: [...was.refused, { run, why: message }] }));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } catch (problem) {
      if (!signal.aborted) {
        control.abort();
        put((was) => ({ ...was, problem }));
      }
    }
    put((was) => ({ ...was, busy: false }));
  };
  return { now, begin, stop };
}

/** Sums of amounts by currency, digit for digit. */
export function sumOf(amounts: readonly JsonObject[]): Map<string, string> {
  const sums = new Map<string, string>();
  for (const each of amounts) {
    for (const [currency, amount] of Object.entries(each)) {
      sums.set(currency, plus(sums.get(currency) ?? "0", textOf(amount) ?? "0"));
    }
  }
  return sums;
}

/** Of two decimals as texts; as many decimals as the longer one has. */
export function plus(a: string, b: string): string {
  const scale = Math.max(...[a, b].map((text) => text.split(".")[1]?.length ?? 0));
  const whole = (text: string): bigint => {
    const [integer = "0", fraction = ""] = text.split(".");
    return BigInt(integer + fraction.padEnd(scale, "0"));
  };
  const sum = whole(a) + whole(b);
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, "0");
  const at = digits.length - scale;
  return `${sum < 0n ? "-" : ""}${digits.slice(0, at)}${scale > 0 ? `.${digits.slice(at)}` : ""}`;
}
