// A person's consent for a connection: the browser goes to the other system and comes back with a
// state and a code (OAuth 2.0 with PKCE; the program keeps the verifier).
//
// (1) Only the window that has begun a consent ends it: what comes back with another state is not
//     sent on, so that nobody can hand somebody a consent of their own.            [takePending]
// (2) A state is used once, and the code leaves the address at once.               [takePending]
import { client, got } from "../api/client.ts";
import { Problem } from "../api/problems.ts";
import { publicOrigin } from "../api/session.ts";

export const BACK = "/connections/callback";
const STORED = "weft.consent";

interface Pending {
  state: string;
  connection: string;
}

/** Where the other system sends the browser back to; it must know this address. */
export function backAddress(): string {
  return publicOrigin() + BACK;
}

export interface Begun extends Pending {
  url: string;
}

export async function beginConsent(connection: string): Promise<Begun> {
  const body = { connection, redirect_uri: backAddress() };
  const begun = (await got(client.POST("/connections/authorize", { body }))) as Partial<Begun>;
  const { url = "", state = "" } = begun;
  if (!/^https?:\/\//i.test(url)) {
    throw new Problem(0, { code: "no_address", title: "", detail: url.slice(0, 100) });
  }
  return { url, state, connection };
}

export function goToConsent(begun: Begun): void {
  const { state, connection } = begun;
  sessionStorage.setItem(STORED, JSON.stringify({ state, connection }));
  location.assign(begun.url);
}

export interface Back {
  connection: string;
  answer: { state: string; code?: string; iss?: string; error?: string };
  /** Asked for once, however often the screen is built. */
  ended?: Promise<void>;
}

let back: Back | undefined;

/** What the browser has come back with; undefined: it was not begun in this window. */
export function takePending(search: string): Back | undefined {
  const params = new URLSearchParams(search);
  const state = params.get("state");
  if (state === null) return back;
  const stored = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  history.replaceState(null, "", BACK);
  const pending = stored === null ? undefined : (JSON.parse(stored) as Pending);
  back = undefined;
  if (!pending || pending.state !== state) return back;
  back = { connection: pending.connection, answer: { state } };
  for (const name of ["code", "iss", "error"] as const) {
    const value = params.get(name);
    if (value !== null) back.answer[name] = value;
  }
  return back;
}

export function endConsent(one: Back): Promise<void> {
  one.ended ??= got(client.POST("/connections/authorized", { body: one.answer })).then(() => {});
  return one.ended;
}
