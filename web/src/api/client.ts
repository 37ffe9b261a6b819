// The one place that talks to the program. Types of questions and answers are generated from its
// contract (schema.d.ts); what is not ok becomes a Problem.
//
// (1) What changes something carries the session's CSRF token.                     [guardedFetch]
// (2) Every request is asked in the workspace that is chosen.                      [guardedFetch]
// (3) When the session has ended, or a proof is asked for, requests wait for it and are asked again:
//     what a person has typed is never lost.                                       [guardedFetch]
// (4) What is asked while nobody is there says so: it keeps no session.            [prepared]
// (5) A change that is refused since another window has signed in anew is asked again.
//                                                                                  [guardedFetch]
// (6) What was asked once and not answered is asked with the same key again: whoever presses twice
//     since nothing came has it done once.                                         [once.ts]
// (7) An act that is under way is not asked a second time: who presses again waits for its answer.
//                                                                                  [guardedFetch]
// (8) Nothing is waited for without an end.                                        [waiting.ts]
import createClient from "openapi-fetch";
import { type Json, parseJson, writeJson } from "../model/json.ts";
import { actOf } from "./once.ts";
import { presenceAt } from "./presence.ts";
import { Problem, problemOf } from "./problems.ts";
import type { paths } from "./schema.d.ts";
import { awaited, isAct, silence } from "./waiting.ts";

export const BASE = "/api/v1";

export interface Guard {
  csrf: () => string | undefined;
  workspace: () => string | undefined;
  /** Called for a 401 inside a session; resolved when somebody is signed in again. */
  lost: () => Promise<void>;
  /** Called when something sensitive wants a proof; resolved when it was given. */
  unproved: () => Promise<void>;
  /** Whether there is a session that could be lost. */
  inside: () => boolean;
  /** Asks what the session is now; resolved when somebody is signed in. */
  meet: () => Promise<void>;
}

let guard: Guard = {
  csrf: () => undefined,
  workspace: () => undefined,
  lost: () => Promise.resolve(),
  unproved: () => Promise.resolve(),
  inside: () => false,
  meet: () => Promise.resolve(),
};

export function setGuard(next: Guard): void {
  guard = next;
}

const isThere = presenceAt(typeof window === "undefined" ? undefined : window, Date.now);

function prepared(request: Request, signal: AbortSignal): Request {
  const headers = new Headers(request.headers);
  const csrf = guard.csrf();
  const workspace = guard.workspace();
  if (csrf && request.method !== "GET") headers.set("X-CSRF", csrf);
  if (workspace) headers.set("Weft-Workspace", workspace);
  if (!isThere()) headers.set("Weft-Background", "1");
  return new Request(request, { headers, signal });
}

/** The acts that are under way. */
const underWay = new Map<string, Promise<Response>>();

export async function guardedFetch(request: Request): Promise<Response> {
  if (!isAct(request)) return send(request);
  const match = request.headers.get("If-Match") ?? "";
  const same = [request.method, request.url, match, await request.clone().text()].join("\n");
  const first = underWay.get(same);
  if (first) return (await first).clone();
  const answer = send(request).finally(() => underWay.delete(same));
  underWay.set(same, answer);
  return (await answer).clone();
}

async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const csrf = guard.csrf();
  const act = await actOf(request);
  const response = await awaited(request, async (signal) => {
    const first = await fetch(prepared(request, signal));
    return act ? await act.whole(first) : first;
  }).catch((cause: unknown) => {
    act?.unanswered();
    if (cause instanceof Problem) throw cause;
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw silence(request, cause);
  });
  if (!guard.inside()) return response;
  const own = new URL(request.url).pathname;
  if (response.status === 401 && !own.startsWith(`${BASE}/session`)) {
    void response.body?.cancel(); // nobody reads it: it would hold its connection
    await guard.lost();
    return send(again);
  }
  if (response.status === 403 && (await codeOf(response)) === "proof_needed") {
    await guard.unproved();
    return send(again);
  }
  if (response.status === 403 && request.method !== "GET") {
    await guard.meet();
    if (guard.csrf() !== csrf) return send(again);
  }
  return response;
}

async function codeOf(response: Response): Promise<string | undefined> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return (body as { code?: string } | undefined)?.code;
}

export const client = createClient<paths>({ baseUrl: BASE, fetch: guardedFetch });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; throws the Problem of a refusal. */
export async function got<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok) return data as T;
  throw problemOf(response.status, error);
}

export interface Tagged<T> {
  data: T;
  /** For If-Match of the change that follows. */
  etag: string | undefined;
}

export async function gotTagged<T>(asked: Promise<Answer<T>>): Promise<Tagged<T>> {
  const answer = await asked;
  if (!answer.response.ok) throw problemOf(answer.response.status, answer.error);
  return { data: answer.data as T, etag: answer.response.headers.get("ETag") ?? undefined };
}

/** What a question with payloads is asked with, so that its numbers keep their digits. */
export const exactBody = {
  bodySerializer: (body: unknown) => writeJson(body as Json),
} as const;

/** The same for a question whose answer has payloads, too. */
export const exactly = { parseAs: "text", ...exactBody } as const;

/** An answer with payloads, asked with `parseAs: "text"`. */
export async function gotExact(asked: Promise<Answer<unknown>>): Promise<Json> {
  return parseJson((await got(asked)) as string);
}

/** A key under which a change is done once, however often it is asked. */
export function onceKey(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": crypto.randomUUID() };
}

export type { Problem };
