// Whether somebody is there. What an open page asks while nobody touches it is marked, so that it
// does not keep the session of a person who has left; and what comes over the page by itself waits
// until hands rest.

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

/** Who goes on typing pauses for less. */
export const REST_MS = 1_000;
const HELD = ["pointerdown", "dragstart"];
const HANDS = [...HELD, "pointermove", "pointerup", "pointercancel", "drop", "dragend", "keydown"];

/** Hears hands at work at the target from now on. What it gives calls back when they rest: no pointer
 * is held down, nothing is dragged, and no key was pressed lately. */
export function restAt(
  target: EventTarget | undefined,
  now: () => number,
): (then: () => void) => void {
  let held = "";
  let until = 0;
  let waiting: (() => void)[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const all = waiting;
    waiting = [];
    for (const then of all) then();
  };
  const plan = () => {
    clearTimeout(timer);
    // Behind whatever hears the same event: what is let go there is put down first.
    if (!held && waiting[0]) timer = setTimeout(look, Math.max(0, until - now()));
  };
  const hear = (event: Event) => {
    const { type } = event;
    // With its button up it was let go where nobody told us of it.
    if (type === "pointermove" && (!held || (event as PointerEvent).buttons)) return;
    // A drag of the browser's own takes the pointer away.
    if (type === "pointercancel" && held === "dragstart") return;
    if (type === "keydown") until = now() + REST_MS;
    else held = HELD.includes(type) ? type : "";
    plan();
  };
  for (const act of HANDS) target?.addEventListener(act, hear, { capture: true, passive: true });
  return (then) => {
    waiting.push(then);
    plan();
  };
}
