// JSON as editors colour, indent and fold it: line by line, without a grammar of its own.
import { foldService, matchBrackets, StreamLanguage } from "@codemirror/language";
import type { EditorState, Extension } from "@codemirror/state";

const FOLD_MOST = 200_000; // characters that are looked through for the end of a fold

interface State {
  depth: number;
}

const language = StreamLanguage.define<State>({
  name: "json",
  startState: () => ({ depth: 0 }),
  token: (stream, state) => {
    if (stream.eatSpace()) return null;
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) {
      return stream.match(/^\s*:/, false) ? "propertyName" : "string";
    }
    if (stream.match(/^-?[0-9][0-9.eE+-]*/)) return "number";
    if (stream.match(/^(?:true|false)/)) return "bool";
    if (stream.match(/^null/)) return "null";
    const sign = stream.next() ?? "";
    if ("{[".includes(sign)) state.depth++;
    else if ("}]".includes(sign)) state.depth = Math.max(0, state.depth - 1);
    return null;
  },
  indent: (state, after, { unit }) =>
    unit * Math.max(0, state.depth - (/^\s*[}\]]/.test(after) ? 1 : 0)),
  languageData: {
    closeBrackets: { brackets: ["[", "{", '"'] },
    indentOnInput: /^\s*[}\]]$/,
  },
});

/** From the last bracket that a line leaves open to where it is closed. */
export function foldOf(
  state: EditorState,
  start: number,
  end: number,
): { from: number; to: number } | null {
  const line = state.sliceDoc(start, end);
  const open = Math.max(line.lastIndexOf("{"), line.lastIndexOf("["));
  if (open < 0) return null;
  const from = start + open + 1;
  const match = matchBrackets(state, from - 1, 1, { maxScanDistance: FOLD_MOST });
  const to = match?.matched ? match.end?.from : undefined;
  return to !== undefined && to > end ? { from, to } : null;
}

export function json(): Extension {
  return [language, foldService.of(foldOf)];
}
