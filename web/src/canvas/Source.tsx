/* The definition as its text, flow.json itself: what is typed is the flow as soon as it is JSON. */
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { leaving } from "../inspector/code.ts";
import { setSource } from "../model/commands/edit.ts";
import { parseJson, sameJson, writeJson } from "../model/json.ts";
import { jsonExtensions } from "../ui/JsonEditor.tsx";
import { useEdited, useEditor } from "./context.tsx";

const IDLE_MS = 400;

export default function Source() {
  const editor = useEditor();
  const t = useText();
  const flow = useEdited((state) => state.draft.flow);
  const readOnly = useEdited((state) => state.readOnly);
  const focus = useEdited((state) => state.focus);
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const own = useRef(false); /* the text is ahead of the flow, or just became it */
  const [fault, setFault] = useState<string>();

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; the flow comes by the effect below
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const apply = (text: string): void => {
      try {
        const value = parseJson(text);
        setFault(undefined);
        if (!sameJson(value, editor.getState().draft.flow)) {
          own.current = true;
          editor.run(setSource(editor.getState().draft, value));
        }
      } catch (error) {
        setFault(error instanceof Error ? error.message : String(error));
      }
    };
    let pending: string | undefined;
    const changed = (text: string): void => {
      if (own.current) {
        own.current = false;
        return;
      }
      pending = text;
      clearTimeout(timer);
      timer = setTimeout(() => {
        pending = undefined;
        apply(text);
      }, IDLE_MS);
    };
    const doc = writeJson(flow, 2);
    const made = new EditorView({
      parent: box.current ?? document.body,
      state: EditorState.create({
        doc,
        extensions: [
          jsonExtensions(t("canvas.source"), readOnly, changed),
          leaving(t("form.leaveEditor")),
        ],
      }),
    });
    view.current = made;
    made.scrollDOM.tabIndex = 0; /* what scrolls can be scrolled by keys */
    const at = focus === undefined ? -1 : doc.indexOf(`"id": "${focus}"`);
    if (at >= 0) {
      made.dispatch({
        selection: { anchor: at },
        effects: EditorView.scrollIntoView(at, { y: "center" }),
      });
    }
    return () => {
      clearTimeout(timer);
      if (pending !== undefined) {
        apply(pending); /* nothing that was typed is lost by going to another view */
      }
      made.destroy();
    };
  }, []);

  /* undone, merged or changed elsewhere: the text follows, unless it says the same already */
  useEffect(() => {
    const now = view.current;
    if (now === undefined || own.current) {
      own.current = false;
      return;
    }
    const text = now.state.doc.toString();
    try {
      if (sameJson(parseJson(text), flow)) {
        return;
      }
    } catch {
      /* no JSON just now: what came from elsewhere counts */
    }
    own.current = true;
    now.dispatch({ changes: { from: 0, to: text.length, insert: writeJson(flow, 2) } });
    own.current = false;
  }, [flow]);

  return (
    <section className="source" aria-label={t("canvas.source")} data-region="source">
      <div ref={box} className="source-text" />
      <p className={fault === undefined ? "source-note" : "source-note source-fault"} role="status">
        {fault === undefined ? t("canvas.sourceHelp") : t("canvas.sourceFault", { fault })}
      </p>
    </section>
  );
}
