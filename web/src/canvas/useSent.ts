/* Where somebody was sent to: the address may name a step, or a panel. */
import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { stepOf } from "../model/flow.ts";
import { useEditor } from "./context.tsx";

export function useSent(): void {
  const editor = useEditor();
  const [params] = useSearchParams();
  const [step, panel] = [params.get("step"), params.get("panel")];
  useEffect(() => {
    if (step !== null && stepOf(editor.getState().draft, step) !== undefined) {
      editor.goTo(step, []);
    }
    if (panel === "problems" || panel === "test") {
      editor.setState({ panel });
    }
  }, [editor, step, panel]);
}
