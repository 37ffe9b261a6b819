/* What a hand does to the board besides drawing: clicks, and moving what is seen. */
import { useStoreApi } from "@xyflow/react";
import { type RefObject, useEffect, useMemo } from "react";
import { stepOf } from "../model/flow.ts";
import { useEditor } from "./context.tsx";
import type { BoardNode } from "./view.ts";

const STILL_MS = 150;

interface Keys {
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

/** Says on the board itself, past React, that what is seen moves: its style draws it as one picture then. */
export function useMoving(element: RefObject<HTMLDivElement | null>): void {
  const flow = useStoreApi();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = (moving: boolean) => element.current?.toggleAttribute("data-moving", moving);
    const stop = flow.subscribe((now, before) => {
      if (now.transform !== before.transform) {
        clearTimeout(timer);
        timer = setTimeout(say, STILL_MS, false);
        say(true);
      }
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [flow, element]);
}

export function useTouched() {
  const editor = useEditor();
  return useMemo(() => {
    const isStep = (id: string): boolean => stepOf(editor.getState().draft, id) !== undefined;
    return {
      onNodeClick: ({ shiftKey, ctrlKey, metaKey }: Keys, { id }: BoardNode) => {
        if (!shiftKey && !ctrlKey && !metaKey && isStep(id)) {
          editor.inspect(id);
        }
      },
      onNodeDoubleClick: (_: unknown, { id }: BoardNode) => {
        if (isStep(id)) {
          editor.inspect(id, true);
        }
      },
      onPaneClick: () => editor.setState({ focus: undefined, inspected: undefined, wide: false }),
    };
  }, [editor]);
}
