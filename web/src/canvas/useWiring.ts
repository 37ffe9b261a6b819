/* Edges drawn by the mouse: from port to port, put elsewhere, or let go over the empty board. */
import type { Connection, FinalConnectionState } from "@xyflow/react";
import { useMemo } from "react";
import { connect, reconnect, whyNot } from "../model/commands/connect.ts";
import { stepOf } from "../model/flow.ts";
import { legalTargets } from "./connecting.ts";
import { useEditor } from "./context.tsx";
import type { WireEdge } from "./view.ts";

export function useWiring() {
  const editor = useEditor();
  return useMemo(
    () => ({
      onConnect: ({ source, sourceHandle, target }: Connection) => {
        const { draft, catalog } = editor.getState();
        editor.run(connect(draft, catalog, source, sourceHandle ?? undefined, target));
      },
      onReconnect: (edge: WireEdge, { source, sourceHandle, target }: Connection) => {
        const ends = { from: source, port: sourceHandle ?? "out", to: target };
        editor.run(reconnect(editor.getState().draft, edge.id, ends));
      },
      onConnectStart: (
        _: unknown,
        { nodeId, handleType }: { nodeId: string | null; handleType: string | null },
      ) => {
        const { draft } = editor.getState();
        if (nodeId !== null && handleType === "source" && stepOf(draft, nodeId) !== undefined) {
          const targets = legalTargets(draft, nodeId);
          editor.setState({ connecting: { from: nodeId, ports: [], port: "", targets, at: -1 } });
        }
      },
      onConnectEnd: (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
        editor.setState({ connecting: undefined });
        const { fromNode, fromHandle, toNode, isValid } = state;
        if (isValid || fromNode === null || fromHandle === null) {
          return;
        }
        const { draft } = editor.getState();
        const forth = fromHandle.type === "source";
        if (toNode !== null) {
          const [from, to] = forth ? [fromNode.id, toNode.id] : [toNode.id, fromNode.id];
          const reason = whyNot(draft, from, to, forth ? (fromHandle.id ?? undefined) : undefined);
          if (reason !== undefined) {
            editor.say(reason, true);
          }
          return;
        }
        const point = "changedTouches" in event ? event.changedTouches[0] : event;
        const screen = { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
        const at = editor.board?.toBoard(screen);
        const end = { id: fromNode.id, port: fromHandle.id ?? undefined };
        editor.setState({ picker: { screen, at, ...(forth ? { after: end } : { before: end }) } });
      },
      isValidConnection: ({ source, target }: { source: string; target: string }) =>
        whyNot(editor.getState().draft, source, target) === undefined,
    }),
    [editor],
  );
}
