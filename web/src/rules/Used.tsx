/* Where a rule is used: steps, the flow's settings, other rules. */
import { Code2, Settings2, Table2, Workflow } from "lucide-react";
import { useLocation } from "wouter";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { stepOf } from "../model/flow.ts";
import { Empty } from "../ui/Empty.tsx";
import type { Piece } from "./pieces.ts";
import { useGoToRule } from "./place.ts";
import { type Use, usesOfPiece } from "./used.ts";

const ICONS = { step: Workflow, settings: Settings2, module: Code2, table: Table2 };

export function Used({ piece }: { piece: Piece }) {
  const editor = useEditor();
  const t = useText();
  const [, go] = useLocation();
  const goToRule = useGoToRule();
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const uses = usesOfPiece(draft, piece);
  const open = (use: Use): void => {
    if (use.in === "module" || use.in === "table") {
      goToRule(
        { kind: use.in, name: use.id },
        use.line === undefined ? undefined : { line: use.line },
      );
      return;
    }
    go(`/flows/${encodeURIComponent(flow)}`);
    if (use.in === "step") {
      editor.goTo(use.id, use.path);
    } else {
      editor.inspect("");
    }
  };
  if (uses.length === 0) {
    return <Empty title={t("rules.used.none")}>{t("rules.used.noneText")}</Empty>;
  }
  return (
    <ul className="used" aria-label={t("rules.tab.used")}>
      {uses.map((use, i) => {
        const Icon = ICONS[use.in];
        const name =
          use.in === "step"
            ? (stepOf(draft, use.id)?.title ?? use.id)
            : use.in === "settings"
              ? t("canvas.theFlow")
              : use.id;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule may be called twice in one place
          <li key={`${use.in} ${use.id} ${i}`}>
            <button type="button" className="used-row" onClick={() => open(use)}>
              <Icon size={14} aria-hidden="true" />
              <span className="used-name foreign">
                {name}
                {use.line !== undefined && `:${use.line}`}
              </span>
              <code className="used-text truncate foreign">{use.text}</code>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
