/* The open editor, for the components within it. */
import { createContext, useCallback, useContext } from "react";
import { useStore } from "zustand";
import { isTextKey, useText } from "../i18n/text.tsx";
import type { Label } from "../model/history.ts";
import type { Editor, EditorState } from "./store.ts";

const Context = createContext<Editor | undefined>(undefined);

export const EditorProvider = Context;

/** Whether the board is seen from so far that cards show their names alone. */
export const Far = createContext(false);

export function useEditor(): Editor {
  const editor = useContext(Context);
  if (editor === undefined) {
    throw new Error("no editor is open here");
  }
  return editor;
}

export function useEdited<T>(select: (state: EditorState) => T): T {
  return useStore(useEditor(), select);
}

/** A label in words; one that holds another label says that in words, too. */
export function useSay(): (label: Label) => string {
  const t = useText();
  return useCallback(
    (label) => {
      const words = (one: Label): string => {
        const values: Record<string, string | number> = { ...one.values };
        const { what } = values;
        if (typeof what === "string" && what.startsWith("{")) {
          values.what = words(JSON.parse(what) as Label);
        }
        return isTextKey(one.id) ? t(one.id, values) : one.id;
      };
      return words(label);
    },
    [t],
  );
}
