// Who is signed in, where, and what they may do. Everything else asks through client.ts, which
// waits here when a session has ended.
import { create } from "zustand";
import { BASE, setGuard } from "./client.ts";
import { problemOf, unreachable } from "./problems.ts";

export interface Session {
  /** asking: not known yet; first: nobody is there who could sign in. */
  status: "asking" | "first" | "out" | "factor" | "in";
  name: string;
  workspace: string;
  workspaces: { workspace: string; role: string }[];
  permissions: ReadonlySet<string>;
  csrf: string | undefined;
  /** The session has ended while somebody was in; the screens stay. */
  ended: boolean;
  /** The way back in is at the second factor. */
  factorAsked: boolean;
  ticket: string | undefined;
  fault: unknown;
}

export const useSession = create<Session>(() => ({
  status: "asking",
  name: "",
  workspace: "",
  workspaces: [],
  permissions: new Set(),
  csrf: undefined,
  ended: false,
  factorAsked: false,
  ticket: undefined,
  fault: undefined,
}));

export function can(session: Session, permission: string): boolean {
  return session.permissions.has(permission);
}

export function useCan(permission: string): boolean {
  return useSession((session) => session.permissions.has(permission));
}

const STORED = "weft.workspace";

let again: (() => void)[] = [];

interface State {
  name: string;
  workspace: string;
  workspaces: { workspace: string; role: string }[];
  permissions: string[];
  csrf: string;
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { csrf } = useSession.getState();
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (csrf) headers["X-CSRF"] = csrf;
  const response = await fetch(BASE + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  const text = await response.text();
  const value: unknown = text === "" ? undefined : JSON.parse(text);
  if (!response.ok) throw problemOf(response.status, value);
  return value as T;
}

function entered(state: State): void {
  useSession.setState({
    status: "in",
    ...state,
    permissions: new Set(state.permissions),
    ended: false,
    factorAsked: false,
    ticket: undefined,
    fault: undefined,
  });
  for (const resume of again) resume();
  again = [];
}

export async function startSession(): Promise<void> {
  entered(await ask<State>("GET", "/session"));
}
export async function signIn(name: string, password: string): Promise<void> {
  entered(await ask<State>("POST", "/session", { name, password }));
}
export async function signInFactor(code: string): Promise<void> {
  entered(await ask<State>("POST", "/session/factor", { code }));
}
export async function makeFirst(token: string, name: string, password: string): Promise<void> {
  entered(await ask<State>("POST", "/first", { token, name, password }));
}
export async function signOut(): Promise<void> {
  await ask("DELETE", "/session");
  location.assign("/");
}
export function chooseWorkspace(workspace: string): void {
  localStorage.setItem(STORED, workspace);
  location.assign("/");
}

setGuard({
  csrf: () => useSession.getState().csrf,
  workspace: () => useSession.getState().workspace || undefined,
  inside: () => useSession.getState().status === "in",
  lost: () => {
    useSession.setState({ ended: true });
    return new Promise((resolve) => again.push(resolve));
  },
});
