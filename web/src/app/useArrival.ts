import { type RefObject, useEffect, useRef } from "react";
import { useLocation } from "wouter";

/** After a step to another place the focus is at its beginning, and its name is the window's. */
export function useArrival(main: RefObject<HTMLElement | null>): void {
  const [path] = useLocation();
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what changes
  useEffect(() => {
    main.current?.scrollTo(0, 0);
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    /* a dialog that closes on the way gives the focus back to what is gone by then */
    let frames = 20;
    const keep = (): void => {
      if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
      if (--frames > 0) waiting = requestAnimationFrame(keep);
    };
    let waiting = requestAnimationFrame(keep);
    return () => cancelAnimationFrame(waiting);
  }, [path]);
}
