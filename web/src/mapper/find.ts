/* From the search field of a side to the first field that fits. */
import type { KeyboardEvent } from "react";
import type { MapperStore } from "./store.ts";
import type { Shown } from "./trees.ts";

export function fromSearch(
  event: KeyboardEvent,
  side: "source" | "target",
  shown: Shown,
  words: string,
  store: MapperStore,
): void {
  if (event.key !== "Enter" && event.key !== "ArrowDown") {
    return;
  }
  event.preventDefault();
  const fits = words.toLowerCase().trim();
  const first = shown.rows.find(({ node }) => node.name.toLowerCase().includes(fits));
  const key = (first ?? shown.rows[0])?.node.key;
  /* a tree that gets the focus for the first time begins at its first row: the found one comes after */
  document.querySelector<HTMLElement>(`.map-tree-${side}`)?.focus();
  if (key !== undefined) {
    store.setState({ [side]: key });
    store.show({ [side]: key });
  }
}
