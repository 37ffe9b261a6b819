/* How CodeMirror looks and behaves here, for the source view and the fields with expressions. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The style sheets that CodeMirror makes are allowed by the page's nonce alone. */
export function cspNonce(): Extension {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
  return nonce === "" ? [] : EditorView.cspNonce.of(nonce);
}

/** The classes stand in ui.css: what is not edited yet is coloured by them, too. */
export const codeStyle = HighlightStyle.define([
  { tag: tags.propertyName, class: "code-key" },
  { tag: [tags.string, tags.special(tags.string)], class: "code-string" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], class: "code-number" },
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.standard(tags.variableName)],
    class: "code-word",
  },
  { tag: tags.comment, class: "code-comment" },
]);

const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "var(--text-s)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55" },
  ".cm-gutters": {
    backgroundColor: "var(--surface)" /* lines run below it */,
    color: "var(--text-3)",
    borderInlineEnd: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    {
      backgroundColor: "var(--selected)",
    },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    boxShadow: "var(--shadow-2)",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-mono)", maxHeight: "14em" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--selected)",
    color: "var(--text)",
  },
  ".cm-completionDetail": { color: "var(--text-3)", fontStyle: "normal", marginInlineStart: "1em" },
  ".cm-panels": {
    backgroundColor: "var(--sunken)",
    color: "var(--text)",
    borderColor: "var(--line)",
  },
  ".cm-panel.cm-search": { padding: "var(--s2)", fontSize: "var(--text-s)" },
  ".cm-panel.cm-search :is(.cm-textfield, .cm-button)": {
    minHeight: "1.75rem",
    padding: "0 var(--s2)",
    border: "1px solid var(--line-control)",
    borderRadius: "var(--radius)",
    background: "var(--surface)",
    color: "var(--text)",
    font: "inherit",
  },
  ".cm-panel.cm-search label": { fontSize: "inherit" },
  ".cm-panel.cm-search [name=close]": { width: "1.75rem", height: "1.75rem", color: "inherit" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--neutral-soft)",
    border: "none",
    color: "var(--text-2)",
  },
});

const WITH_TAB = new Set(["Shift", "Control", "Alt", "Meta"]);

/** Where Tab indents, Escape and then Tab leave, as the words say to readers; Escape goes no further:
 * what is around the editor stays open. */
export function leaving(words: string): Extension {
  return [
    EditorView.contentAttributes.of({ "aria-description": words }),
    Prec.highest(
      EditorView.domEventHandlers({
        keydown(event, view) {
          if (event.key === "Escape") {
            event.stopPropagation();
            view.setTabFocusMode(true);
          } else if (event.key === "Tab") {
            event.stopPropagation(); // a dialog around it would go on to the next field as well
          } else if (!WITH_TAB.has(event.key)) {
            view.setTabFocusMode(false);
          }
          return false;
        },
        blur(_, view) {
          view.setTabFocusMode(false);
        },
      }),
    ),
  ];
}

export const codeLook: Extension = [theme, syntaxHighlighting(codeStyle)];
