// Whether somebody is there. What an open page asks while nobody touches it is marked, so that it
// does not keep the session of a person who has left.

/** How long after an act a request may still be that person's. */
export const THERE_MS = 60_000;
const ACTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/** Hears acts at the target from now on; what it gives says whether one was lately. */
export function presenceAt(target: EventTarget | undefined, now: () => number): () => boolean {
  let last = now(); // who opens a page is there
  const acted = () => {
    last = now();
  };
  for (const act of ACTS) target?.addEventListener(act, acted, { capture: true, passive: true });
  return () => now() - last < THERE_MS;
}
