// Two texts in one: what has gone above what has come, unchanged stretches folded.
import { StreamLanguage } from "@codemirror/language";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { codeLook, cspNonce } from "../inspector/code.ts";
import { json } from "../ui/jsonLanguage.ts";

export default function TextDiff(props: {
  label: string;
  name: string;
  before: string;
  after: string;
}) {
  const t = useText();
  const { label, name, before, after } = props;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const made = new EditorView({
      parent: box.current ?? document.body,
      state: EditorState.create({
        doc: after,
        extensions: [
          cspNonce(),
          lineNumbers(),
          name.endsWith(".lua") ? StreamLanguage.define(lua) : json(),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": label }),
          EditorView.lineWrapping,
          EditorState.phrases.of({ "$ unchanged lines": t("version.unchanged") }),
          unifiedMergeView({
            original: before,
            mergeControls: false,
            collapseUnchanged: { margin: 3, minSize: 8 },
          }),
          codeLook,
        ],
      }),
    });
    made.scrollDOM.tabIndex = 0; // what scrolls can be scrolled by keys
    return () => made.destroy();
  }, [t, label, name, before, after]);
  return <div ref={box} className="text-diff" />;
}
