// What is asked and not answered. Everything has an end: when it has come, the answer is missing, and
// whoever asked is told so. An act that takes long can be given up by who waits for it before.
import { create } from "zustand";
import { type Problem, unanswered, unreachable } from "./problems.ts";

export const SLOW_MS = 5_000;
/** Longer than whatever the program does before its first word. */
export const LIMIT_MS = 120_000;

/** Asked by POST or PATCH, too, but nobody stands before it and waits. */
const BESIDE =
  /\/(eval|batch|preview|check|suggest|infer|diff|validate|tests\/run|test|backtest|events)$/;

/** It changes something, and a person waits for its answer. */
export function isAct({ method, url }: { method: string; url: string }): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const { pathname } = new URL(url);
  if (method === "PATCH" && pathname.endsWith("/draft")) return false; // it is saved by itself
  return !BESIDE.test(pathname) || /\/(connections|channels)\/.*test$/.test(pathname);
}

/** What is said when no answer comes. */
export function silence(request: Request, cause?: unknown): Problem {
  if (!isAct(request)) return unreachable(cause ?? new Error("no answer came"));
  const { method, headers } = request;
  const once = { POST: "Idempotency-Key", PATCH: "If-Match" }[method];
  return unanswered(once === undefined || headers.has(once), cause);
}

interface Waiting {
  /** The acts that take long. */
  slow: ReadonlySet<() => void>;
  /** The buttons at which that can be told; it is told at one of them. */
  places: readonly symbol[];
}

export const useWaiting = create<Waiting>(() => ({ slow: new Set(), places: [] }));

function change(turn: (slow: Set<() => void>) => void): void {
  useWaiting.setState(({ slow }) => {
    const next = new Set(slow);
    turn(next);
    return { slow: next };
  });
}

/** Nobody waits for them any more; what they have done stays done. */
export function stopWaiting(): void {
  for (const one of useWaiting.getState().slow) one();
}

export function addPlace(place: symbol): () => void {
  useWaiting.setState(({ places }) => ({ places: [...places, place] }));
  return () =>
    useWaiting.setState(({ places }) => ({ places: places.filter((one) => one !== place) }));
}

/** Asks with a signal that ends it in time. */
export async function awaited<T>(
  request: Request,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const stop = (): void => own.abort(silence(request));
  const limit = setTimeout(stop, LIMIT_MS);
  const slow = isAct(request)
    ? setTimeout(() => change((acts) => acts.add(stop)), SLOW_MS)
    : undefined;
  try {
    return await ask(AbortSignal.any([request.signal, own.signal]));
  } finally {
    clearTimeout(limit);
    clearTimeout(slow);
    if (useWaiting.getState().slow.has(stop)) change((acts) => acts.delete(stop));
  }
}
