/* The page's side of tidy.worker.ts: a flow of a thousand steps takes a while, and the board is not
 * held up by it. */
import type { Draft } from "../model/flow.ts";
import { type Json, writeJson } from "../model/json.ts";
import type { Point } from "../model/layout.ts";
import type { TidyAnswer, TidyAsk } from "../model/tidy.worker.ts";

let worker: Worker | undefined;
let lastAsk = 0;
const waiting = new Map<number, PromiseWithResolvers<Map<string, Point>>>();

/** Fetched before it is asked for: then the program may be away. */
export function startTidying(): Worker {
  if (worker) {
    return worker;
  }
  worker = new Worker(new URL("../model/tidy.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<TidyAnswer>) => {
    waiting.get(data.ask)?.resolve(data.places);
    waiting.delete(data.ask);
  };
  worker.onerror = (event) => {
    worker = undefined; /* the next ask tries again */
    for (const one of waiting.values()) {
      one.reject(new Error(event.message || "the worker does not begin"));
    }
    waiting.clear();
  };
  return worker;
}

/** New places of all steps; with `only`, of these alone. */
export function placesOf(draft: Draft, only?: ReadonlySet<string>): Promise<Map<string, Point>> {
  const { flow, layout } = draft;
  const text = writeJson((layout === undefined ? { flow } : { flow, layout }) as Json);
  const ask: TidyAsk = { ask: ++lastAsk, text, only };
  const answer = Promise.withResolvers<Map<string, Point>>();
  waiting.set(ask.ask, answer);
  startTidying().postMessage(ask);
  return answer.promise;
}
