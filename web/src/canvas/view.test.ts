import { describe, expect, test } from "vitest";
import { catalogOf } from "../model/catalog.ts";
import { connect } from "../model/commands/connect.ts";
import { toggleDisabled } from "../model/commands/steps.ts";
import { draftOf } from "../model/flow.ts";
import type { Json } from "../model/json.ts";
import type { Problem } from "../model/validate.ts";
import { createEditor, type Editor } from "./store.ts";
import { BoardView, lookOf } from "./view.ts";

const STEPS = 50;

/** A trigger and steps in three chains. */
function opened(): { editor: Editor; drawn: () => { nodes: string[]; edges: string[] } } {
  const steps = Array.from({ length: STEPS }, (_, i) => i + 1);
  const flow = {
    weft: 1,
    name: "wide",
    nodes: [
      { id: "hook", type: "trigger.webhook", config: { path: "wide" } },
      ...steps.map((i) => ({ id: `s${i}`, type: "transform.map", config: { fields: [] } })),
    ],
    edges: steps.map((i) => ({ from: i < 4 ? "hook" : `s${i - 3}`, to: `s${i}` })),
  };
  const editor = createEditor({
    flow: "wide",
    draft: draftOf({ flow } as unknown as Json),
    catalog: catalogOf([]),
  });
  const view = new BoardView();
  let before = { nodes: view.nodes(editor.getState()), edges: view.edges(editor.getState()) };
  return {
    editor,
    /** Which nodes and edges are others than they were. */
    drawn: () => {
      const state = editor.getState();
      const now = { nodes: view.nodes(state), edges: view.edges(state) };
      const old = new Set<unknown>([...before.nodes, ...before.edges]);
      const isNew = (one: unknown): boolean => !old.has(one);
      const ids = (all: readonly { id: string }[]) => all.filter(isNew).map((one) => one.id);
      const same = now.nodes === before.nodes && now.edges === before.edges;
      before = now;
      return same ? { nodes: [], edges: [] } : { nodes: ids(now.nodes), edges: ids(now.edges) };
    },
  };
}

const nothing = { nodes: [], edges: [] };

describe("what of the board is drawn anew", () => {
  test("one step that changes, and nothing else", () => {
    const { editor, drawn } = opened();
    editor.run(toggleDisabled(editor.getState().draft, ["s7"]));
    expect(drawn()).toEqual({ nodes: ["s7"], edges: [] });
    editor.undo();
    expect(drawn()).toEqual({ nodes: ["s7"], edges: [] });
  });

  test("an edge, and the two steps that it leads between; none moves for it", () => {
    const { editor, drawn } = opened();
    const { draft, catalog } = editor.getState();
    editor.run(connect(draft, catalog, "s30", "out", "s5"));
    expect(drawn()).toEqual({ nodes: ["s5", "s30"], edges: ["s30:out>s5"] });
    editor.undo();
    expect(drawn()).toEqual({ nodes: ["s5", "s30"], edges: [] });
  });

  test("nothing for what is said, saved or looked at elsewhere; the lists are the same ones", () => {
    const { editor, drawn } = opened();
    const view = new BoardView();
    const nodes = view.nodes(editor.getState());
    const edges = view.edges(editor.getState());
    editor.say({ id: "canvas.savedNow" });
    editor.setState({ save: { kind: "saved", at: 1 }, panel: "history", focus: "s2" });
    const targets = ["s9"];
    editor.setState({ connecting: { from: "s2", ports: ["out"], port: "out", targets, at: 0 } });
    expect(drawn()).toEqual(nothing);
    expect(view.nodes(editor.getState())).toBe(nodes);
    expect(view.edges(editor.getState())).toBe(edges);
    const look = (id: string): string => lookOf(id, editor.getState());
    expect(["s2", "s9", "s8"].map(look)).toEqual([
      "card-focused card-source",
      "card-target",
      "card-dim",
    ]);
  });

  test("what the server told of a step stays until it tells more, or the step changes", () => {
    const { editor, drawn } = opened();
    const problem: Problem = { pointer: "/nodes/5", step: "s5", warning: false, message: "no" };
    editor.setState({ server: [problem] });
    expect(drawn()).toEqual({ nodes: ["s5"], edges: [] });
    editor.run(toggleDisabled(editor.getState().draft, ["s7"]));
    expect(drawn()).toEqual({ nodes: ["s7"], edges: [] });
    editor.run(toggleDisabled(editor.getState().draft, ["s5"]));
    expect(drawn()).toEqual({ nodes: ["s5"], edges: [] });
    editor.setState({ server: [] });
    expect(drawn()).toEqual(nothing);
  });
});
