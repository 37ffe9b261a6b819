/* A field of Lua: one line for an expression, several for a script; the words come from the sample. */
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, StreamLanguage } from "@codemirror/language";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import type { Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { patient } from "../canvas/patient.ts";
import { useText } from "../i18n/text.tsx";
import { codeLook, cspNonce, leaving } from "./code.ts";
import type { Place } from "./sample.ts";

export interface CodeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onLeave?: () => void;
  readonly places: readonly Place[];
  readonly lines?: boolean;
  readonly readOnly?: boolean;
  readonly focused?: boolean /* from its beginning, with the cursor at the end */;
  readonly fault?:
    | { message: string; from?: number | undefined; to?: number | undefined }
    | undefined;
}

/** What can stand in an expression besides what the sample has. */
const WORDS = [
  "trigger",
  "steps",
  "input",
  "item",
  "index",
  "previous",
  "vars",
  "run",
  "lookup",
  "decide",
  "decimal",
  "date",
  "require",
  "tostring",
  "nil",
  "not",
  "and",
  "or",
];

function complete(context: CompletionContext, places: readonly Place[]): CompletionResult | null {
  const word = context.matchBefore(/[A-Za-z_][A-Za-z0-9_.[\]']*/);
  if (word === null && !context.explicit) {
    return null;
  }
  const from = word?.from ?? context.pos;
  const typed = word?.text ?? "";
  const depth = typed.split(".").length;
  const near = places.filter((place) =>
    place.path.startsWith(typed.slice(0, typed.lastIndexOf(".") + 1)),
  );
  const options = near
    .filter((place) => place.path.split(".").length <= depth + 1)
    .map((place) => ({ label: place.path, detail: place.text, type: "variable" }));
  const known = new Set(options.map((option) => option.label));
  return {
    from,
    options: [
      ...options,
      ...WORDS.filter((one) => !known.has(one)).map((label) => ({ label, type: "keyword" })),
    ],
  };
}

/** Loaded with the first fault: most fields never have one. What counts is what is wrong by then. */
async function mark(
  view: { readonly current: EditorView | undefined },
  now: { readonly current: CodeFieldProps },
): Promise<void> {
  const { setDiagnostics } = await patient(() => import("@codemirror/lint"));
  const made = view.current;
  if (made === undefined) {
    return;
  }
  const { fault } = now.current;
  const size = made.state.doc.length;
  const marks: Diagnostic[] =
    fault?.from === undefined
      ? []
      : [
          {
            from: Math.min(fault.from, size),
            to: Math.min(fault.to ?? fault.from + 1, size),
            severity: "error",
            message: fault.message,
          },
        ];
  made.dispatch(setDiagnostics(made.state, marks));
}

export function CodeField(props: CodeFieldProps) {
  const box = useRef<HTMLDivElement>(null);
  const leave = useRef(useText()("form.leaveEditor"));
  const view = useRef<EditorView | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  const { fault, value } = props;

  useEffect(() => {
    const { label, lines = false, readOnly = false } = now.current;
    const own = new Compartment();
    const made = new EditorView({
      parent: box.current ?? document.body,
      state: EditorState.create({
        doc: now.current.value,
        extensions: [
          cspNonce(),
          own.of([]),
          history(),
          bracketMatching(),
          closeBrackets(),
          StreamLanguage.define(lua),
          autocompletion({
            override: [(context) => complete(context, now.current.places)],
            icons: false,
            maxRenderedOptions: 60,
          }),
          lines
            ? [lineNumbers(), keymap.of([indentWithTab]), leaving(leave.current)]
            : singleLine(),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-multiline": String(lines) }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              now.current.onChange(update.state.doc.toString());
            }
            if (update.focusChanged && !update.view.hasFocus) {
              now.current.onLeave?.();
            }
          }),
          codeLook,
        ],
      }),
    });
    view.current = made;
    if (now.current.focused) {
      made.dispatch({ selection: { anchor: made.state.doc.length } });
      made.focus();
    }
    return () => {
      view.current = undefined;
      made.destroy();
    };
  }, []);

  useEffect(() => {
    const made = view.current;
    const text = made?.state.doc.toString();
    if (made !== undefined && text !== value) {
      made.dispatch({ changes: { from: 0, to: text?.length ?? 0, insert: value } });
    }
  }, [value]);

  const marked = useRef(false);
  useEffect(() => {
    if (fault !== undefined || marked.current) {
      marked.current = true;
      void mark(view, now);
    }
  }, [fault]);

  return (
    <div
      ref={box}
      className={props.lines ? "code-field code-lines foreign" : "code-field foreign"}
    />
  );
}

/** Enter does not break the line, and what is pasted becomes one; Tab goes on to the next field. */
function singleLine() {
  return [
    EditorState.transactionFilter.of((tr) =>
      tr.newDoc.lines > 1 ? [tr, { changes: breaks(tr.newDoc.toString()), sequential: true }] : tr,
    ),
    Prec.low(keymap.of([{ key: "Enter", run: () => true }])),
    EditorView.lineWrapping,
  ];
}

function breaks(text: string): { from: number; to: number; insert: string }[] {
  return [...text.matchAll(/\r?\n/g)].map((found) => ({
    from: found.index,
    to: found.index + found[0].length,
    insert: " ",
  }));
}
