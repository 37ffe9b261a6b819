import { ensureSyntaxTree, getIndentation } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { highlightTree, tagHighlighter, tags } from "@lezer/highlight";
import { describe, expect, test } from "vitest";
import { foldOf, json } from "./jsonLanguage.ts";

const doc = '{\n  "a\\"}": ["x{", -1.50e3,\n    true, null],\n  "b": {}\n}';
const state = EditorState.create({ doc, extensions: json() });

describe("JSON in an editor", () => {
  test("has its words coloured", () => {
    const seen: string[] = [];
    const look = tagHighlighter([
      { tag: tags.propertyName, class: "name" },
      { tag: tags.string, class: "text" },
      { tag: tags.number, class: "number" },
      { tag: tags.bool, class: "flag" },
      { tag: tags.null, class: "null" },
    ]);
    const tree = ensureSyntaxTree(state, doc.length, 5000);
    if (tree)
      highlightTree(tree, look, (from, to, what) => seen.push(`${what} ${doc.slice(from, to)}`));
    expect(seen).toEqual([
      'name "a\\"}"',
      'text "x{"',
      "number -1.50e3",
      "flag true",
      "null null",
      'name "b"',
    ]);
  });

  test("folds what begins in a line and ends in another", () => {
    const folded = Array.from({ length: state.doc.lines }, (_, at) => {
      const { from, to } = state.doc.line(at + 1);
      const fold = foldOf(state, from, to);
      return fold && doc.slice(fold.from, fold.to);
    });
    expect(folded[0]).toBe(doc.slice(1, -1));
    expect(folded.slice(2)).toEqual([null, null, null]);
  });

  test("is indented by what is open", () => {
    const at = (line: number) => getIndentation(state, state.doc.line(line).from);
    expect([at(2), at(3), at(5)]).toEqual([2, 4, 0]);
  });
});
