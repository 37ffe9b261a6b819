/*
 * Which record of the journal is this tab's. A record is held by a lock as long as its editor is open:
 * two tabs of one person never write over what the other has not sent yet, and what a tab has left
 * behind that is no more, the next one that opens the flow takes over.
 */
import type { JournalStore } from "./journal.ts";

export interface Claim {
  readonly key: string;
  readonly release: () => void;
}

/** A reload comes before the lock of the page that it replaces is free. */
const OWN_MS = 1000;

export function isOf(key: string, name: string): boolean {
  return key === name || key.startsWith(`${name}#`);
}

function hold(locks: LockManager, key: string, ms: number): Promise<(() => void) | undefined> {
  return new Promise((done) => {
    const held = (lock: Lock | null): Promise<void> | undefined => {
      if (lock !== null) return new Promise((release) => done(release));
      done(undefined);
      return undefined;
    };
    const how = ms === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(ms) };
    locks.request(`weft-draft ${key}`, how, held).catch(() => done(undefined));
  });
}

/** name: of the person and the flow. Where a browser has no locks, all tabs share one record. */
export async function claim(
  name: string,
  journal: Pick<JournalStore, "keys">,
  locks: LockManager | undefined = navigator.locks,
  session: Pick<Storage, "getItem" | "setItem"> = sessionStorage,
): Promise<Claim> {
  if (locks === undefined) return { key: name, release: () => undefined };
  const place = `weft.draft.${name}`;
  const own = session.getItem(place);
  const known = await journal.keys().catch((): string[] => []);
  const left = known.filter((key) => isOf(key, name) && key !== own);
  for (const key of own === null ? left : [own, ...left]) {
    const release = await hold(locks, key, key === own ? OWN_MS : 0);
    if (release !== undefined) {
      session.setItem(place, key);
      return { key, release };
    }
  }
  const key = `${name}#${crypto.randomUUID()}`;
  const release = await hold(locks, key, 0);
  session.setItem(place, key);
  return { key, release: release ?? (() => undefined) };
}
