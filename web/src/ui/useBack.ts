// Back closes what lies on top of the page, as Esc does, and the page stays: on a phone that is how
// a dialog is left. A second Back with nothing done in between leaves the page all the same, and so
// does the first where the browser does not say beforehand that one goes back.

import { useEffect, useRef } from "react";

/** What lies on the page; the last one on top. */
const layers: object[] = [];

export function useBack(on: boolean, onBack: () => void): void {
  const latest = useRef(onBack);
  useEffect(() => {
    latest.current = onBack;
  });
  useEffect(() => {
    if (!on || !("navigation" in window)) return;
    const layer = {};
    const asked = (event: NavigateEvent): void => {
      if (event.navigationType !== "traverse" || !event.cancelable) return;
      if (layers.at(-1) !== layer) return;
      event.preventDefault();
      latest.current();
    };
    layers.push(layer);
    navigation.addEventListener("navigate", asked);
    return () => {
      navigation.removeEventListener("navigate", asked);
      layers.splice(layers.indexOf(layer), 1);
    };
  }, [on]);
}
