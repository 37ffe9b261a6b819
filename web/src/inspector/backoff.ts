/*
 * When a failed step is tried again, as the program counts it: the pause doubles from `initial` to
 * at most `max`, and each is multiplied by a random number from 1 - jitter to 1 + jitter.
 */
import { isNumber, type Json, objectOf, textOf } from "../model/json.ts";

export interface Retry {
  readonly attempts: number;
  readonly exponential: boolean;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly jitter: number;
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "1.5s" in milliseconds; undefined when it is no duration. */
export function durationMs(text: string | undefined): number | undefined {
  const found = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)$/.exec(text ?? "");
  const unit = UNITS[found?.[2] ?? ""];
  return found === null || unit === undefined ? undefined : Number(found[1]) * unit;
}

function numberOf(value: Json | undefined, standard: number): number {
  return isNumber(value) ? Number(String(value)) : standard;
}

/** What the settings mean, with what the program takes where nothing is said. */
export function retryOf(value: Json | undefined): Retry {
  const retry = objectOf(value);
  const initial = durationMs(textOf(retry.initial)) ?? 1000;
  return {
    attempts: Math.min(100, Math.max(1, Math.round(numberOf(retry.attempts, 3)))),
    exponential: retry.backoff !== "fixed",
    initialMs: initial > 0 ? initial : 100,
    maxMs: durationMs(textOf(retry.max)) ?? 300_000,
    jitter: Math.min(1, Math.max(0, numberOf(retry.jitter, 0.2))),
  };
}

export interface Attempt {
  readonly number: number;
  readonly pause: number /* before it, without chance */;
  readonly at: number /* since the first try, without chance and without the tries' own time */;
  readonly earliest: number;
  readonly latest: number;
}

export function scheduleOf(retry: Retry): Attempt[] {
  const out: Attempt[] = [{ number: 1, pause: 0, at: 0, earliest: 0, latest: 0 }];
  for (let n = 1; n < retry.attempts; n++) {
    const grown = retry.exponential ? retry.initialMs * 2 ** (n - 1) : retry.initialMs;
    const pause = retry.maxMs > 0 ? Math.min(grown, retry.maxMs) : grown;
    const last = out[n - 1] as Attempt;
    out.push({
      number: n + 1,
      pause,
      at: last.at + pause,
      earliest: last.earliest + pause * (1 - retry.jitter),
      latest: last.latest + pause * (1 + retry.jitter),
    });
  }
  return out;
}
