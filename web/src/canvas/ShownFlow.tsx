/* A flow that is looked at, not drawn: the version of a run, a version, the difference of two. The
 * editor's own board, with its keys, and without what would change anything. */
import { ReactFlowProvider } from "@xyflow/react";
import { useCallback, useEffect, useId, useRef, useState } from "react";
import { useText } from "../i18n/text.tsx";
import type { Catalog } from "../model/catalog.ts";
import type { Draft } from "../model/flow.ts";
import { Board } from "./Board.tsx";
import { EditorProvider } from "./context.tsx";
import { createEditor, type Editor, type Mark, type StepState } from "./store.ts";
import { useLookCommands } from "./useLookCommands.ts";
import "@xyflow/react/dist/base.css";
import "./canvas.css";

export interface ShownFlowProps {
  readonly flow: string;
  readonly draft: Draft;
  readonly catalog: Catalog;
  /** How its steps went. */
  readonly run?: ReadonlyMap<string, StepState> | undefined;
  readonly marks?: ReadonlyMap<string, Mark> | undefined;
  readonly chosen?: string | undefined;
  /** Those that something went through: they stand out together. */
  readonly way?: readonly string[] | undefined;
  /** False: it was not to be had, and is asked for anew when it is pressed again. */
  readonly onChoose?: (step: string) => unknown;
}

function Inside() {
  const t = useText();
  const element = useRef<HTMLDivElement>(null);
  useLookCommands(useCallback(() => element.current, []));
  return (
    <>
      <Board element={element} />
      <p id="board-help" className="visually-hidden">
        {t("canvas.lookHelp")}
      </p>
    </>
  );
}

/** The board follows what is chosen elsewhere, and says what is chosen on it. */
function useChosen(editor: Editor, { chosen, onChoose }: ShownFlowProps): void {
  const tell = useRef(onChoose);
  tell.current = onChoose;
  useEffect(
    () =>
      editor.subscribe((now, before) => {
        const id = now.inspected;
        if (id === before.inspected || id === undefined || id === "") return;
        void Promise.resolve(tell.current?.(id)).then((had) => {
          if (had === false && editor.getState().inspected === id)
            editor.setState({ inspected: undefined });
        });
      }),
    [editor],
  );
  useEffect(() => {
    if (chosen === undefined || editor.getState().inspected === chosen) return;
    editor.select([chosen]);
    editor.setState({ inspected: chosen });
  }, [editor, chosen]);
}

export function ShownFlow(props: ShownFlowProps) {
  const { flow, draft, catalog, run, marks, way } = props;
  const id = useId();
  const [editor] = useState(() =>
    createEditor({ flow, draft, catalog, readOnly: true, shown: true }),
  );
  useEffect(() => {
    editor.setState({ draft, catalog });
  }, [editor, draft, catalog]);
  useEffect(() => {
    editor.setState({ marks, run: run && { id, steps: run } });
  }, [editor, run, marks, id]);
  useChosen(editor, props);
  useEffect(() => {
    if (way && way.length > 0) editor.select(way);
  }, [editor, way]);
  return (
    <EditorProvider value={editor}>
      <ReactFlowProvider>
        <div className="shown">
          <Inside />
        </div>
      </ReactFlowProvider>
    </EditorProvider>
  );
}
