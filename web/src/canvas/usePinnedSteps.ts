/* Which steps have a pinned output, for the marks on their cards. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { pinsAsked } from "../inspector/pinsAsked.ts";
import { useEdited, useEditor } from "./context.tsx";

export function usePinnedSteps(): void {
  const editor = useEditor();
  const flow = useEdited((state) => state.flow);
  const pins = useQuery(pinsAsked(flow)).data;
  useEffect(() => {
    editor.setState({ pinned: new Set(pins?.keys()) });
  }, [editor, pins]);
}
