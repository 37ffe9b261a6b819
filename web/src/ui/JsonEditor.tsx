// A text of JSON with its faults marked where they are. Loaded when it is first needed.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, indentUnit } from "@codemirror/language";
import { type Diagnostic, linter, lintGutter } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { codeLook, cspNonce, leaving } from "../inspector/code.ts";
import { JsonError, parseJson } from "../model/json.ts";
import { json } from "./jsonLanguage.ts";

export type Lint = (text: string) => Diagnostic[];

/** Where the text is no JSON. */
export function jsonFaults(text: string): Diagnostic[] {
  try {
    parseJson(text);
    return [];
  } catch (error) {
    const at = error instanceof JsonError ? Math.min(error.offset, text.length) : 0;
    const message = error instanceof Error ? error.message : String(error);
    return [{ from: at, to: Math.min(at + 1, text.length), severity: "error", message }];
  }
}

export function jsonExtensions(
  label: string,
  readOnly: boolean,
  changed: (text: string) => void,
  lint: Lint = jsonFaults,
): Extension[] {
  return [
    cspNonce(),
    lineNumbers(),
    foldGutter(),
    history(),
    json(),
    bracketMatching(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    indentUnit.of("  "),
    lintGutter(),
    linter((view) => lint(view.state.doc.toString()), { delay: 250 }),
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ "aria-label": label }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
    }),
    codeLook,
  ];
}

/** The text is the editor's own from the first on; another `start` needs another key. */
export default function JsonEditor(props: {
  label: string;
  start: string;
  onChange: (text: string) => void;
  lint?: Lint;
}) {
  const box = useRef<HTMLDivElement>(null);
  const leave = useRef(useText()("form.leaveEditor"));
  const now = useRef(props);
  now.current = props;
  useEffect(() => {
    const { label, start } = now.current;
    const lint: Lint = (text) => (now.current.lint ?? jsonFaults)(text);
    const made = new EditorView({
      parent: box.current ?? document.body,
      state: EditorState.create({
        doc: start,
        extensions: [
          jsonExtensions(label, false, (text) => now.current.onChange(text), lint),
          leaving(leave.current),
        ],
      }),
    });
    made.scrollDOM.tabIndex = 0; // what scrolls can be scrolled by keys
    return () => made.destroy();
  }, []);
  return <div ref={box} className="json-editor" />;
}
