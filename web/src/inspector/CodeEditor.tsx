/* The editor of a field of Lua: one line for an expression, several for a script; the words come from
 * the sample. With it come the colours in which its text is seen before it is edited (CodeField). */
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
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { highlightCode } from "@lezer/highlight";
import { useEffect, useLayoutEffect, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import type { CodeFieldProps, Spot } from "./CodeField.tsx";
import { codeLook, codeStyle, cspNonce, leaving } from "./code.ts";
import type { Place } from "./sample.ts";

const language = StreamLanguage.define(lua);

/** The pieces of a text, each with the classes of its colour. */
export function coloured(text: string): readonly { text: string; look: string }[] {
  const out: { text: string; look: string }[] = [];
  const tree = language.parser.parse(text);
  highlightCode(
    text,
    tree,
    codeStyle,
    (piece, look) => out.push({ text: piece, look }),
    () => out.push({ text: "\n", look: "" }),
  );
  return out;
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

/** Where the program found the fault, underlined until it says otherwise. */
const faultAt = StateEffect.define<Spot | undefined>();

const fault = StateField.define<Spot | undefined>({
  create: () => undefined,
  update: (spot, tr) => {
    for (const effect of tr.effects) {
      if (effect.is(faultAt)) {
        return effect.value;
      }
    }
    return tr.docChanged ? undefined : spot;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (spot) =>
      spot === undefined
        ? Decoration.none
        : Decoration.set(Decoration.mark({ class: "code-fault" }).range(spot.from, spot.to)),
    ),
    EditorView.contentAttributes.from(
      field,
      (spot): Record<string, string> => (spot === undefined ? {} : { "aria-invalid": "true" }),
    ),
  ],
});

export interface CodeEditorProps extends CodeFieldProps {
  /** Where to go on writing; undefined: nobody does. */
  readonly caret: number | undefined;
}

export function CodeEditor(props: CodeEditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const leave = useRef(useText()("form.leaveEditor"));
  const view = useRef<EditorView | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  const { value, spot } = props;

  /* before anything is painted: what was seen until now has gone */
  useLayoutEffect(() => {
    const { label, lines = false, readOnly = false, caret } = now.current;
    const made = new EditorView({
      parent: box.current ?? document.body,
      state: EditorState.create({
        doc: now.current.value,
        extensions: [
          cspNonce(),
          history(),
          bracketMatching(),
          closeBrackets(),
          language,
          fault,
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
          EditorView.contentAttributes.of({
            class: "code-text",
            "aria-label": label,
            "aria-multiline": String(lines),
            "aria-readonly": String(readOnly),
          }),
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
    if (caret !== undefined) {
      made.dispatch({ selection: { anchor: Math.min(caret, made.state.doc.length) } });
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

  useEffect(() => {
    const made = view.current;
    const { from, to } = spot ?? { from: 0, to: 0 };
    if (made !== undefined && to <= made.state.doc.length) {
      made.dispatch({ effects: faultAt.of(from < to ? { from, to } : undefined) });
    }
  }, [spot]);

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
