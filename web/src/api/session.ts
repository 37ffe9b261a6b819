// Who is signed in, where, and what they may do. Everything else asks through client.ts, which
// waits here when a session has ended or when a proof is asked for.

import { create } from "zustand";
import { client, got, setGuard } from "./client.ts";
import { onLive } from "./events.ts";
import { restAt } from "./presence.ts";
import { Problem } from "./problems.ts";
import type { components } from "./schema.d.ts";

type Answer = components["schemas"]["Session"];
export type Workspace = components["schemas"]["Workspace"];

export interface Session {
  /** asking: not known yet; first: nobody is there who could sign in; invited: by a token. */
  status: "asking" | "first" | "invited" | "out" | "factor" | "in";
  /** To be shown; loginName is what is typed at sign-in. */
  name: string;
  loginName: string;
  user: string;
  role: string;
  workspace: string;
  workspaces: Workspace[];
  permissions: ReadonlySet<string>;
  /** Who has those that are missing, by permission. */
  others: NonNullable<Answer["others"]>;
  /** Where others reach the program, if it was told. */
  publicUrl: string | undefined;
  csrf: string | undefined;
  secondFactor: Answer["second_factor"];
  /** The session has ended while somebody was in; the screens stay. */
  ended: boolean;
  /** Something sensitive waits for a proof of who one is. */
  proving: boolean;
  /** Of the step between password and second factor. */
  ticket: string | undefined;
  fault: unknown;
}

export const useSession = create<Session>(() => ({
  status: "asking",
  name: "",
  loginName: "",
  user: "",
  role: "",
  workspace: "",
  workspaces: [],
  permissions: new Set(),
  others: {},
  publicUrl: undefined,
  csrf: undefined,
  secondFactor: undefined,
  ended: false,
  proving: false,
  ticket: undefined,
  fault: undefined,
}));

/** What addresses begin with that others are told: a proxy may stand before the program, and people
 * inside may reach it otherwise. */
export function publicOrigin(): string {
  return useSession.getState().publicUrl ?? location.origin;
}

export function can(session: Session, permission: string): boolean {
  return session.permissions.has(permission);
}

export function useCan(permission: string): boolean {
  return useSession((session) => session.permissions.has(permission));
}

/** Who has a permission that is missing. */
export function lacking(permission: string) {
  const { roles = [], people = [] } = useSession.getState().others[permission] ?? {};
  const known = people.length > 0 ? "people" : roles.length > 0 ? "roles" : "none";
  return { known, who: (known === "people" ? people : roles).join(", ") };
}

/** The windows of a browser share one session: what one does to it, the others hear at once. */
const windows =
  typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("weft.session");
const tellWindows = (): void => windows?.postMessage("changed");

const STORED = "weft.workspace";
const TOKEN = /^#[A-Za-z0-9_-]{16,200}$/;

interface Waiting {
  resolve: () => void;
  reject: (problem: Problem) => void;
}
/** There is no session any more, whether the screen says so already or not. */
let gone = false;
let lost: Waiting[] = [];
let unproved: Waiting[] = [];

function letGo(list: Waiting[]): Waiting[] {
  for (const one of list) one.resolve();
  return [];
}

/** Takes over what the program says about the session. */
export function take(answer: Answer): void {
  if (!answer.signed_in) {
    if (answer.ticket !== undefined) {
      const status = useSession.getState().status === "in" ? "in" : "factor";
      useSession.setState({ status, ticket: answer.ticket, fault: undefined });
    } else {
      const invited = location.pathname === "/invitation" && TOKEN.test(location.hash);
      const status = answer.first ? "first" : invited ? "invited" : "out";
      useSession.setState({ status, ticket: undefined, fault: undefined });
    }
    return;
  }
  const before = useSession.getState();
  const other = before.user !== "" && before.user !== (answer.user?.id ?? "");
  if (before.status === "in" && other) {
    location.assign("/"); // somebody else has signed in: nothing on the screen is theirs
    return;
  }
  useSession.setState({
    status: "in",
    name: answer.user?.title || answer.user?.name || answer.name || "",
    loginName: answer.user?.name ?? "",
    user: answer.user?.id ?? "",
    role: answer.role ?? "",
    workspace: answer.workspace ?? "",
    workspaces: answer.workspaces ?? [],
    permissions: new Set(answer.permissions),
    others: answer.others ?? {},
    publicUrl: answer.public_url,
    csrf: answer.csrf,
    secondFactor: answer.second_factor,
    ended: false,
    proving: false,
    ticket: undefined,
    fault: undefined,
  });
  gone = false;
  lost = letGo(lost);
  unproved = letGo(unproved);
}

export async function startSession(): Promise<void> {
  useSession.setState({ fault: undefined });
  const stored = localStorage.getItem(STORED) ?? "";
  useSession.setState({ workspace: stored });
  try {
    take(await got(client.GET("/session")));
  } catch (fault) {
    if (stored !== "" && fault instanceof Problem && fault.status === 403) {
      localStorage.removeItem(STORED); // no member of that one any more
      await startSession();
    } else useSession.setState({ fault });
  }
}

const whenAtRest = restAt(typeof window === "undefined" ? undefined : window, Date.now);

/** Says that the session has ended. It covers the screen, which waits for hands at work there: a drag
 * ends where it was to end, and what is typed on does not become a password. */
function end(): void {
  gone = true;
  whenAtRest(() => {
    if (gone) useSession.setState({ ended: true });
  });
}

/** What the session is now, which another window may have ended or begun: the screen stays. */
async function meetSession(): Promise<void> {
  const answer = await got(client.GET("/session"));
  const { status } = useSession.getState();
  if (answer.signed_in) take(answer);
  else if (status === "in") end();
}

function look(): void {
  const { status } = useSession.getState();
  // Whatever it asks next tells it, too: here nothing is lost when there is no answer.
  if (status === "in" || status === "out") void meetSession().catch(() => undefined);
}

windows?.addEventListener("message", look);
// Nobody has done anything: its time is over.
onLive("refused", () => {
  if (!gone) look();
});

export async function signIn(name: string, password: string): Promise<void> {
  take(await got(client.POST("/session", { body: { name, password } })));
  tellWindows();
}

export async function signInFactor(code: string): Promise<void> {
  const ticket = useSession.getState().ticket ?? "";
  take(await got(client.POST("/session/mfa", { body: { ticket, code } })));
  tellWindows();
}

/** Back from the second factor to the password. */
export function dropTicket(): void {
  const { status } = useSession.getState();
  useSession.setState({ ticket: undefined, status: status === "factor" ? "out" : status });
}

export async function makeFirst(token: string, name: string, password: string): Promise<void> {
  const answer = await got(client.POST("/first", { body: { token, name, password } }));
  history.replaceState(null, "", "/");
  take(answer);
  tellWindows();
}

export async function acceptInvitation(password: string): Promise<void> {
  const token = location.hash.slice(1);
  const answer = await got(client.POST("/invitation", { body: { token, password } }));
  history.replaceState(null, "", "/");
  take(answer);
  tellWindows();
}

export async function signOut(): Promise<void> {
  await got(client.DELETE("/session"));
  tellWindows();
  localStorage.removeItem(STORED);
  location.assign("/");
}

export function chooseWorkspace(workspace: string): void {
  localStorage.setItem(STORED, workspace);
  location.assign("/");
}

/** Proves who one is, by password or by a code of the second factor. */
export async function prove(proof: { password: string } | { code: string }): Promise<void> {
  take(await got(client.POST("/session/proof", { body: proof })));
}

export function refuseProof(): void {
  useSession.setState({ proving: false });
  const problem = new Problem(403, { code: "proof_refused", detail: "" });
  for (const one of unproved) one.reject(problem);
  unproved = [];
}

const signedIn = (): Promise<void> =>
  new Promise((resolve, reject) => lost.push({ resolve, reject }));

setGuard({
  csrf: () => useSession.getState().csrf,
  workspace: () => useSession.getState().workspace || undefined,
  inside: () => useSession.getState().status === "in",
  lost: () => {
    end();
    return signedIn();
  },
  meet: async () => {
    await meetSession();
    if (gone) await signedIn();
  },
  unproved: () => {
    useSession.setState({ proving: true });
    return new Promise((resolve, reject) => unproved.push({ resolve, reject }));
  },
});
