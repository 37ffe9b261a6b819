/*
 * The flow as a list: the whole editor for the keyboard, screen readers and small screens. Rows are
 * the steps, their exits, what stands in loops, and where an edge leads to a step written elsewhere.
 * The same commands and keys as on the board act on the chosen step.
 */
import { ArrowRight, CornerDownRight, StickyNote } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { kindOf, shortTitle, systemTitle } from "../model/catalog.ts";
import { stepOf } from "../model/flow.ts";
import { noteAt } from "../model/layout.ts";
import { type OutlineRow, outlineOf } from "../model/outline.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { Empty } from "../ui/Empty.tsx";
import { Tree } from "../ui/Tree.tsx";
import { write } from "./actions.ts";
import { useEdited, useEditor } from "./context.tsx";
import { TypeIcon } from "./icons.tsx";
import { type EditorState, problemsOf } from "./store.ts";

const ROW = 34;

function visible(rows: readonly OutlineRow[], closed: ReadonlySet<string>): OutlineRow[] {
  return rows.flatMap((row) => [
    row,
    ...(closed.has(row.key) ? [] : visible(row.children, closed)),
  ]);
}

function StepRow({ row, state }: { row: OutlineRow; state: EditorState }) {
  const t = useText();
  const step = stepOf(state.draft, row.id);
  if (step === undefined) {
    return null;
  }
  const type = state.catalog.byName.get(step.type);
  const system =
    type === undefined
      ? step.type
      : [systemTitle(type), shortTitle(type)].filter(Boolean).join(" · ");
  const run = state.run?.steps.get(step.id);
  const own = problemsOf(state).filter((problem) => problem.step === step.id);
  const wrong = own.filter((problem) => !problem.warning).length;
  return (
    <span className={cx("outline-step", step.node.disabled === true && "outline-off")}>
      <span className={cx("card-icon", "card-icon-s", `kind-${kindOf(step.type)}`)}>
        <TypeIcon type={step.type} size={14} />
      </span>
      <span className="outline-title foreign">{step.title}</span>
      <span className="outline-sub foreign">{system}</span>
      {step.node.disabled === true && <span className="outline-mark">{t("canvas.disabled")}</span>}
      {run !== undefined && (
        <span className={cx("outline-mark", `state-${run.state}`)}>
          {t(`canvas.state.${run.state}`)}
        </span>
      )}
      {own.length > 0 && (
        <span className={cx("outline-mark", wrong > 0 && "outline-wrong")}>
          {wrong > 0
            ? t("canvas.problems", { count: wrong })
            : t("canvas.warnings", { count: own.length })}
        </span>
      )}
    </span>
  );
}

function Words({ row, state }: { row: OutlineRow; state: EditorState }): ReactNode {
  const t = useText();
  switch (row.kind) {
    case "step":
      return <StepRow row={row} state={state} />;
    case "exit":
      return (
        <span className="outline-exit">
          <CornerDownRight size={13} aria-hidden="true" />
          <span className="foreign">{t("canvas.outline.exit", { port: row.port ?? "" })}</span>
          {row.children.length === 0 && (
            <span className="outline-sub">{t("canvas.outline.nothing")}</span>
          )}
        </span>
      );
    case "jump":
      return (
        <span className="outline-exit">
          <ArrowRight size={13} aria-hidden="true" />
          <span className="foreign">
            {t("canvas.outline.jump", { name: stepOf(state.draft, row.target)?.title ?? "" })}
          </span>
        </span>
      );
    case "note": {
      const text = noteAt(state.draft, row.id)?.text ?? "";
      return (
        <span className="outline-step">
          <StickyNote size={14} role="img" aria-label={t("canvas.note")} />
          <span className="outline-title foreign">
            {text === "" ? t("canvas.noteEmpty") : text}
          </span>
        </span>
      );
    }
    default:
      return (
        <span className="outline-exit">
          {row.children.length === 0 ? t("canvas.outline.empty") : t("canvas.outline.body")}
        </span>
      );
  }
}

export function Outline({ element }: { element: RefObject<HTMLDivElement | null> }) {
  const editor = useEditor();
  const state = useEdited((now) => now);
  const t = useText();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const tree = useMemo(() => outlineOf(state.draft, state.catalog), [state.draft, state.catalog]);
  const rows = useMemo(() => visible(tree, closed), [tree, closed]);
  const [cursor, setCursor] = useState(0);
  const focused = rows.findIndex(
    (row) => (row.kind === "step" || row.kind === "note") && row.id === state.focus,
  );

  /* a step chosen elsewhere (a problem, a search, a new step) becomes the row at hand */
  useEffect(() => {
    if (focused >= 0) {
      setCursor(focused);
    }
  }, [focused]);
  /* who came by the key goes on by keys, as on the board */
  useEffect(() => {
    editor.focusView = () =>
      element.current?.querySelector<HTMLElement>("[role=tree]")?.focus({ preventScroll: true });
    if (document.activeElement?.matches("body, main") === true) {
      editor.focusView();
    }
  }, [editor, element]);
  const go = (at: number): void => {
    setCursor(at);
    const row = rows[at];
    if (row !== undefined) {
      const now = editor.getState();
      if (now.focus !== row.id || !now.selected.has(row.id)) {
        editor.select([row.id]);
      }
      if (now.inspected !== undefined && row.kind !== "note") {
        editor.inspect(row.id);
      }
    }
  };
  const choose = (at: number): void => {
    const row = rows[at];
    if (row === undefined) {
      return;
    }
    if (row.kind === "step") {
      editor.inspect(row.id);
    } else if (row.kind === "note") {
      write(editor, row.id);
    } else if (row.kind === "jump" && row.target !== undefined) {
      editor.goTo(row.target);
    } else if (row.kind === "exit") {
      editor.setState({ picker: { after: { id: row.id, port: row.port } } });
    } else {
      editor.setState({ picker: { level: row.id, at: { x: 0, y: 0 } } });
    }
  };
  return (
    <div className="outline" ref={element} data-region="outline">
      {rows.length === 0 ? (
        <Empty
          title={t("canvas.empty.title")}
          acts={
            <Button look="primary" onPress={() => editor.setState({ picker: { level: null } })}>
              {t("canvas.empty.add")}
            </Button>
          }
        >
          {t("canvas.empty.text")}
        </Empty>
      ) : (
        <Tree
          label={t("canvas.outline.of", { name: String(state.draft.flow.name ?? state.flow) })}
          count={rows.length}
          rowHeight={ROW}
          cursor={Math.min(cursor, rows.length - 1)}
          chosen={state.focus}
          rowAt={(at) => {
            const row = rows[at];
            return (
              row && {
                key: row.key,
                depth: row.depth,
                open: row.children.length > 0 ? !closed.has(row.key) : undefined,
                content: <Words row={row} state={state} />,
              }
            );
          }}
          onCursor={go}
          onChoose={(_, at) => choose(at)}
          onToggle={(key, open) => {
            const next = new Set(closed);
            if (open) {
              next.delete(key);
            } else {
              next.add(key);
            }
            setClosed(next);
          }}
        />
      )}
    </div>
  );
}
