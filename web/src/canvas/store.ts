/* The state of one open editor: the draft and its history, what is selected, what is under way. */
import { createStore, type StoreApi } from "zustand";
import { type Catalog, EMPTY_CATALOG } from "../model/catalog.ts";
import { isRefusal, type Outcome } from "../model/commands/outcome.ts";
import { type Draft, indexOf, type LevelId } from "../model/flow.ts";
import {
  EMPTY_HISTORY,
  type History,
  type Label,
  record,
  redo,
  settle,
  undo,
} from "../model/history.ts";
import type { Json } from "../model/json.ts";
import { noteAt, type Point } from "../model/layout.ts";
import { mergeDrafts } from "../model/merge.ts";
import { localProblems, type Problem } from "../model/validate.ts";
import type { SaveStatus } from "./save.ts";

export type View = "canvas" | "outline" | "source";

/** What the step picker is open for. */
export interface PickerFor {
  readonly at?: Point | undefined /* within the level, on the board */;
  readonly screen?: Point | undefined /* where the picker itself opens */;
  readonly level?: LevelId | undefined;
  readonly after?: { id: string; port?: string | undefined } | undefined;
  readonly before?: { id: string } | undefined;
  readonly onEdge?: string | undefined;
  readonly replace?: string | undefined;
}

export interface ConnectMode {
  readonly from: string;
  readonly ports: readonly string[];
  readonly port: string;
  readonly targets: readonly string[];
  readonly at: number;
}

/** How a step went in the run that is shown. */
export interface StepState {
  readonly state: "waiting" | "running" | "ok" | "failed" | "skipped" | "in_doubt" | "review";
  readonly ms?: number | undefined;
  readonly count?: number | undefined;
  readonly tries?: number | undefined /* the most that one of its steps was tried */;
  readonly exits?: Readonly<Record<string, number>> | undefined /* how often it was left by each */;
}

/** What became of a step or an edge from one version to another. */
export type Mark = "added" | "removed" | "changed";

export interface TestedStep {
  readonly step: string /* "lines[3]/post" */;
  readonly node: string;
  readonly state: StepState["state"];
  readonly output?: Json | undefined;
  readonly error?: string | undefined;
  readonly pinned: boolean;
}

/** The last test of the draft, or the one that is under way. */
export interface Tested {
  readonly busy: boolean;
  readonly status?: string | undefined;
  readonly error?: string | undefined;
  readonly ms?: number;
  readonly steps: readonly TestedStep[];
  readonly problem?: unknown;
}

export interface EditorState {
  readonly test: Tested | undefined;
  readonly flow: string;
  readonly draft: Draft;
  readonly catalog: Catalog;
  readonly history: History;
  readonly selected: ReadonlySet<string> /* steps, notes as "note/ID", groups as "group/ID" */;
  readonly edges: ReadonlySet<string>;
  readonly focus: string | undefined /* what keys act from: a step, or a note as "note/ID" */;
  readonly inspected: string | undefined /* the step in the inspector; "" is the flow itself */;
  readonly wide: boolean /* the inspector shows input and output, too */;
  readonly view: View;
  readonly picker: PickerFor | undefined;
  readonly connecting: ConnectMode | undefined;
  readonly renaming:
    | string
    | undefined /* the step or group that gets a name, the note that is written in */;
  readonly extracting:
    | readonly string[]
    | undefined /* the steps that become a flow of their own */;
  readonly panel: "problems" | "search" | "history" | "test" | undefined;
  readonly save: SaveStatus;
  readonly server:
    | readonly Problem[]
    | undefined /* for this very draft; undefined: not known yet */;
  readonly said: { readonly label: Label; readonly refused: boolean; readonly at: number };
  readonly run: { readonly id: string; readonly steps: ReadonlyMap<string, StepState> } | undefined;
  readonly goto:
    | { readonly id: string; readonly path?: readonly (string | number)[]; readonly at: number }
    | undefined;
  readonly pinned: ReadonlySet<string> /* steps whose kept output tests take */;
  readonly readOnly: boolean;
  /** It is nobody's draft: looks may change while it is looked at, and are not kept. */
  readonly shown: boolean;
  /** By id of the step and key of the edge. */
  readonly marks: ReadonlyMap<string, Mark> | undefined;
  readonly rulesReadOnly: boolean /* rules, tables, tests and mappings have a permission of their own */;
}

/** What only the board can do; undefined while it is not shown. */
export interface BoardTools {
  fit: (selection?: boolean) => void;
  zoomTo: (zoom: number) => void;
  zoomBy: (factor: number) => void;
  reveal: (id: string) => void;
  /** The middle of what is seen, in the board's coordinates. */
  middle: () => Point;
  toBoard: (screen: Point) => Point;
}

export interface Editor extends StoreApi<EditorState> {
  board: BoardTools | undefined;
  /** The keys are those of the steps again, on the board or in the outline, whichever is shown. */
  focusView: () => void;
  run: (outcome: Outcome) => boolean;
  undo: () => void;
  redo: () => void;
  settle: () => void;
  select: (steps: Iterable<string>, edges?: Iterable<string>) => void;
  inspect: (id: string | undefined, wide?: boolean) => void;
  say: (label: Label, refused?: boolean) => void;
  /** Selects a step, brings it into view, and opens a field of it. */
  goTo: (id: string, path?: readonly (string | number)[]) => void;
  /** The draft after a merge with another's change. */
  take: (draft: Draft, foreign: boolean, by?: string) => void;
}

export interface EditorStart {
  readonly flow: string;
  readonly draft: Draft;
  readonly catalog?: Catalog;
  readonly history?: History;
  readonly readOnly?: boolean;
  readonly shown?: boolean;
  readonly rulesReadOnly?: boolean;
  readonly view?: View;
}

export function createEditor(start: EditorStart): Editor {
  const store = createStore<EditorState>(() => ({
    flow: start.flow,
    draft: start.draft,
    catalog: start.catalog ?? EMPTY_CATALOG,
    history: start.history ?? EMPTY_HISTORY,
    selected: new Set<string>(),
    edges: new Set<string>(),
    focus: undefined,
    inspected: undefined,
    wide: false,
    view: start.view ?? "canvas",
    picker: undefined,
    connecting: undefined,
    renaming: undefined,
    extracting: undefined,
    panel: undefined,
    test: undefined,
    save: { kind: "saved", at: Date.now() },
    server: undefined,
    said: { label: { id: "" }, refused: false, at: 0 },
    run: undefined,
    goto: undefined,
    pinned: new Set<string>(),
    readOnly: start.readOnly ?? false,
    shown: start.shown ?? false,
    marks: undefined,
    rulesReadOnly: start.rulesReadOnly ?? start.readOnly ?? false,
  }));
  const { getState: get, setState: set } = store;

  const say: Editor["say"] = (label, refused = false) => {
    set({ said: { label, refused, at: get().said.at + 1 } });
  };
  const put = (draft: Draft, history: History, label: Label): void => {
    set({ draft, history, server: undefined, ...kept(get(), draft) });
    say(label);
  };
  const step = (which: typeof undo, id: string): void => {
    const { draft, history, readOnly, rulesReadOnly } = get();
    const done = readOnly && rulesReadOnly ? undefined : which(history);
    if (done === undefined) {
      say({ id: `${id}None` }, true);
      return;
    }
    const from = which === undo ? done.entry.after : done.entry.before;
    /* another's change has come in between: only what the entry itself did is taken back */
    const next = draft === from ? done.draft : mergeDrafts(from, done.draft, draft).draft;
    put(next, done.history, { id, values: { what: JSON.stringify(done.entry.label) } });
  };

  return {
    ...store,
    board: undefined,
    focusView: () => undefined,
    run: (outcome) => {
      if (isRefusal(outcome)) {
        say(outcome.refused, true);
        return false;
      }
      const { draft, history, readOnly, rulesReadOnly, shown } = get();
      const locked = outcome.part === "rules" ? rulesReadOnly : readOnly;
      if (locked && !(shown && outcome.draft.flow === draft.flow)) {
        say({ id: "canvas.not.readOnly" }, true);
        return false;
      }
      if (outcome.draft === draft) {
        return false;
      }
      put(outcome.draft, record(history, draft, outcome, Date.now()), outcome.label);
      if (outcome.select !== undefined) {
        const ids = outcome.select;
        const { inspected } = get();
        const follows = inspected !== undefined && inspected !== "" && ids.length === 1;
        set({
          selected: new Set(ids),
          edges: new Set(),
          focus: ids[0] ?? get().focus,
          inspected: follows ? ids[0] : inspected,
        });
      }
      return true;
    },
    undo: () => step(undo, "canvas.undone"),
    redo: () => step(redo, "canvas.redone"),
    settle: () => set({ history: settle(get().history) }),
    select: (steps, edges = []) => {
      const ids = [...steps];
      const { draft } = get();
      const last = ids.filter((id) => isThere(draft, id)).at(-1);
      set({ selected: new Set(ids), edges: new Set(edges), focus: last ?? get().focus });
    },
    inspect: (id, wide) =>
      set({ inspected: id, wide: wide ?? (id === undefined ? false : get().wide) }),
    say,
    goTo: (id, path) => {
      const at = (get().goto?.at ?? 0) + 1;
      set({
        selected: new Set([id]),
        edges: new Set(),
        focus: id,
        goto: path === undefined ? { id, at } : { id, path, at },
      });
      if (path !== undefined) {
        set({ inspected: id });
      }
    },
    take: (draft, foreign, by) => {
      set({ draft, server: undefined, ...kept(get(), draft) });
      if (foreign) {
        say(by === undefined ? { id: "canvas.merged" } : { id: "canvas.mergedBy", values: { by } });
      }
    },
  };
}

/** A step by its id, a note by its key. */
function isThere(draft: Draft, id: string): boolean {
  return indexOf(draft).steps.has(id) || noteAt(draft, id) !== undefined;
}

/** What of the selection is still there; a renamed step stays the one that is looked at. */
function kept(state: EditorState, draft: Draft): Partial<EditorState> {
  const { steps, edges } = indexOf(draft);
  const there = (id: string): boolean => isThere(draft, id) || id.startsWith("group/");
  const { inspected, focus } = state;
  return {
    selected: new Set([...state.selected].filter(there)),
    edges: new Set([...state.edges].filter((key) => edges.has(key))),
    focus: focus !== undefined && isThere(draft, focus) ? focus : undefined,
    inspected:
      inspected === "" || (inspected !== undefined && steps.has(inspected)) ? inspected : undefined,
    connecting: undefined,
  };
}

const NONE: readonly Problem[] = [];
const checked = new WeakMap<Draft, { catalog: Catalog; problems: Problem[] }>();

/** The server's word where it is known, else what can be told here. */
export function problemsOf(state: EditorState): readonly Problem[] {
  if (state.shown) {
    return NONE;
  }
  if (state.server !== undefined) {
    return state.server;
  }
  const known = checked.get(state.draft);
  if (known?.catalog === state.catalog) {
    return known.problems;
  }
  const problems = localProblems(state.draft, state.catalog);
  checked.set(state.draft, { catalog: state.catalog, problems });
  return problems;
}
