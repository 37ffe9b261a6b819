/* A module's text: highlighting, completion, the compiler's faults in the margin. */
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentUnit, StreamLanguage } from "@codemirror/language";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, type Text } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { codeLook, cspNonce, leaving } from "../inspector/code.ts";
import type { Fault } from "../model/faults.ts";
import { about, completeLua, type Known } from "./complete.ts";

export interface LuaEditorProps {
  readonly label: string;
  readonly value: string;
  readonly known: Known;
  readonly faults: readonly Fault[];
  readonly readOnly: boolean;
  /** Where to go; a new object goes again. */
  readonly goto: { readonly line: number } | undefined;
  readonly onChange: (value: string) => void;
  readonly onLeave: () => void;
}

const outside = Annotation.define<boolean>();

function diagnostics(doc: Text, faults: readonly Fault[]): Diagnostic[] {
  return faults.map((fault) => {
    const line = doc.line(Math.min(Math.max(fault.line ?? 1, 1), doc.lines));
    const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
    const start = Math.min(Math.max((fault.column ?? 1) - 1, indent), line.length);
    return {
      from: line.from + start,
      to: line.to,
      severity: fault.warning ? "warning" : "error",
      message: fault.message,
    };
  });
}

/** The function's words over its name. */
function hover(known: () => Known) {
  return hoverTooltip((view, pos) => {
    const line = view.state.doc.lineAt(pos);
    for (const found of line.text.matchAll(/:?[A-Za-z_][A-Za-z0-9_.]*/g)) {
      const from = line.from + found.index;
      const to = from + found[0].length;
      const one = known().functions.find((each) => each.name === found[0]);
      if (from <= pos && pos <= to && one !== undefined) {
        return {
          pos: from,
          end: to,
          above: true,
          create: () => ({ dom: about(one) as HTMLElement }),
        };
      }
    }
    return null;
  });
}

export default function LuaEditor(props: LuaEditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const leave = useRef(useText()("form.leaveEditor"));
  const view = useRef<EditorView | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  const { faults, goto, value } = props;

  useEffect(() => {
    const { label, readOnly } = now.current;
    const made = new EditorView({
      parent: box.current ?? document.body,
      state: EditorState.create({
        doc: now.current.value,
        extensions: [
          cspNonce(),
          lineNumbers(),
          lintGutter(),
          history(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          indentUnit.of("  "),
          StreamLanguage.define(lua),
          autocompletion({
            override: [(context) => completeLua(context, now.current.known)],
            icons: false,
            maxRenderedOptions: 80,
          }),
          hover(() => now.current.known),
          keymap.of([
            ...completionKeymap,
            ...defaultKeymap,
            ...historyKeymap,
            ...searchKeymap,
            indentWithTab,
          ]),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-multiline": "true" }),
          EditorView.updateListener.of((update) => {
            const own = update.transactions.every((one) => one.annotation(outside) !== true);
            if (update.docChanged && own) {
              now.current.onChange(update.state.doc.toString());
            }
            if (update.focusChanged && !update.view.hasFocus) {
              now.current.onLeave();
            }
          }),
          leaving(leave.current),
          codeLook,
        ],
      }),
    });
    made.scrollDOM.tabIndex = 0; /* what scrolls can be scrolled by keys */
    view.current = made;
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const made = view.current;
    const text = made?.state.doc.toString();
    if (made !== undefined && text !== value) {
      made.dispatch({
        changes: { from: 0, to: text?.length ?? 0, insert: value },
        annotations: outside.of(true),
      });
    }
  }, [value]);

  useEffect(() => {
    const made = view.current;
    made?.dispatch(setDiagnostics(made.state, diagnostics(made.state.doc, faults)));
  }, [faults]);

  useEffect(() => {
    const made = view.current;
    if (made !== undefined && goto !== undefined) {
      const line = made.state.doc.line(Math.min(Math.max(goto.line, 1), made.state.doc.lines));
      made.dispatch({
        selection: { anchor: line.from },
        effects: EditorView.scrollIntoView(line.from, { y: "center" }),
      });
      made.focus();
    }
  }, [goto]);

  return <div ref={box} className="lua-editor" />;
}
