/* What is going on in one open mapper: what is picked up, chosen, folded, looked for. */
import { createStore, type StoreApi } from "zustand";
import type { TreeNode } from "./trees.ts";

export type Only = "all" | "mapped" | "unmapped" | "wrong" | "required";
export type Tab = "field" | "check" | "suggest";

export interface MapperState {
  readonly picked: string | undefined /* the source that the next target gets */;
  readonly target: string | undefined /* the target that is looked at */;
  readonly source: string | undefined /* the source that is looked at */;
  readonly folds: ReadonlyMap<string, boolean> /* "s KEY" and "t KEY": opened or closed by hand */;
  readonly find: { readonly source: string; readonly target: string };
  readonly only: Only;
  readonly list: boolean /* as a table instead of lines */;
  readonly tab: Tab;
  readonly side: boolean /* the panel is open */;
  readonly at: number /* the sample whose values are shown */;
  readonly drag: { readonly source: string; readonly x: number; readonly y: number } | undefined;
  readonly rejected: ReadonlySet<string> /* "TO FROM" */;
  readonly model: boolean /* the workspace's model is asked for suggestions, too */;
  readonly least: number /* the score from which on all are accepted */;
  readonly reveal: { readonly target?: string; readonly source?: string; readonly stamp: number };
}

export interface MapperStore extends StoreApi<MapperState> {
  choose: (target: string | undefined) => void;
  pick: (source: string | undefined) => void;
  fold: (side: "s" | "t", key: string, open: boolean) => void;
  show: (where: { target?: string; source?: string }) => void;
  reject: (to: string, from: string) => void;
}

/** What was rejected stays so until the page is left, whichever mapper is opened meanwhile. */
const rejections = new Map<string, ReadonlySet<string>>();

/** What is seldom mapped is folded at first. */
const SELDOM = new Set(["input", "vars", "env", "run"]);
const OPEN_DEPTH = 2;
const OPEN_MOST = 60; /* children of what opens by itself */

export function isOpen(
  state: MapperState,
  side: "s" | "t",
  node: TreeNode,
  depth: number,
): boolean {
  const own = state.folds.get(`${side} ${node.key}`);
  if (own === undefined && side === "s" && depth === 0 && SELDOM.has(node.name)) {
    return false;
  }
  return own ?? (depth <= OPEN_DEPTH && (depth < OPEN_DEPTH || node.children.length <= OPEN_MOST));
}

export function rejection(to: string, from: string): string {
  return `${to} ${from}`;
}

export function createMapper(key: string, list: boolean): MapperStore {
  const store = createStore<MapperState>(() => ({
    picked: undefined,
    target: undefined,
    source: undefined,
    folds: new Map(),
    find: { source: "", target: "" },
    only: "all",
    list,
    tab: "field",
    side: true,
    at: 0,
    drag: undefined,
    rejected: rejections.get(key) ?? new Set(),
    model: false,
    least: 0.9,
    reveal: { stamp: 0 },
  }));
  const { getState: get, setState: set } = store;
  return {
    ...store,
    choose: (target) => set({ target, picked: undefined, tab: "field" }),
    pick: (source) => set({ picked: source, source: source ?? get().source }),
    fold: (side, name, open) =>
      set((state) => ({ folds: new Map(state.folds).set(`${side} ${name}`, open) })),
    show: (where) => set((state) => ({ reveal: { ...where, stamp: state.reveal.stamp + 1 } })),
    reject: (to, from) => {
      const rejected = new Set(get().rejected).add(rejection(to, from));
      rejections.set(key, rejected);
      set({ rejected });
    },
  };
}
