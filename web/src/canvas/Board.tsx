/* The board: React Flow draws, the model decides. What is dragged lives here until it is let go. */
import {
  Background,
  type EdgeChange,
  MiniMap,
  type NodeChange,
  ReactFlow,
  SelectionMode,
  useStore as useFlowStore,
  useReactFlow,
} from "@xyflow/react";
import { memo, type RefObject, useCallback, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { foldedWith } from "../model/layout.ts";
import { cx } from "../ui/cx.ts";
import { begin } from "./begin.ts";
import { Far, useEdited, useEditor } from "./context.tsx";
import { dropped } from "./dropped.ts";
import { GroupFrame } from "./GroupFrame.tsx";
import { NoteCard } from "./NoteCard.tsx";
import { LoopFrame, StepCard } from "./StepCard.tsx";
import { useBoardDrop } from "./useBoardDrop.ts";
import { useBoardTools } from "./useBoardTools.ts";
import { useDragged } from "./useDragged.ts";
import { useSecondClick } from "./useSecondClick.ts";
import { useMoving, useTouched } from "./useTouched.ts";
import { useWiring } from "./useWiring.ts";
import { type BoardNode, BoardView, type CardNode, elementId, type WireEdge } from "./view.ts";
import { Wire } from "./Wire.tsx";
import { Zoom } from "./Zoom.tsx";

const nodeTypes = { step: StepCard, loop: LoopFrame, note: NoteCard, group: GroupFrame };
const edgeTypes = { wire: Wire };
const SNAP: [number, number] = [10, 10];
const PAN_BUTTONS = [1];
const FAR = 0.4; /* below this zoom cards show their names alone */
const FARTHEST = 0.2; /* below this one no name can be read: cards are plain */
const MAP_UP_TO = 800;
/* the keys are ours, and described by us */
const NO_HINTS = {
  "node.a11yDescription.default": "",
  "node.a11yDescription.keyboardDisabled": "",
  "edge.a11yDescription.default": "",
};
const MAP_SIZE = { width: 150, height: 96 };

function nodeColour(node: BoardNode): string {
  if (node.type === "note" || node.type === "group") {
    return "var(--line)";
  }
  const data = (node as CardNode).data;
  if (data.state?.state === "failed" || data.problems > 0) {
    return "var(--err)";
  }
  return data.state?.state === "ok" ? "var(--ok)" : "var(--line-control)";
}

function selectionAfter(
  before: ReadonlySet<string>,
  changes: readonly (NodeChange | EdgeChange)[],
): Set<string> {
  const next = new Set(before);
  for (const change of changes) {
    if (change.type === "select") {
      if (change.selected) {
        next.add(change.id);
      } else {
        next.delete(change.id);
      }
    }
  }
  return next;
}

/** How small the board is drawn: what cannot be seen at that size is not drawn. */
function useDistance(): "" | "board-far" | "board-far board-farthest" {
  return useFlowStore(({ transform: [, , zoom] }) => {
    if (zoom >= FAR) {
      return "";
    }
    return zoom >= FARTHEST ? "board-far" : "board-far board-farthest";
  });
}

/** The ends of wires, and what does not change while the flow is drawn. */
const Still = memo(function Still({ map }: { map: boolean }) {
  const t = useText();
  return (
    <>
      <svg className="board-marks" aria-hidden="true">
        <defs>
          <marker
            id="wire-end"
            viewBox="0 0 10 10"
            refX="9"
            refY="5"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M1 1.5 9 5 1 8.5" />
          </marker>
        </defs>
      </svg>
      <Background gap={20} size={1.4} color="var(--line-strong)" bgColor="var(--bg)" />
      <Zoom />
      {map && (
        <MiniMap<BoardNode>
          pannable
          zoomable
          style={MAP_SIZE}
          ariaLabel={t("canvas.map")}
          nodeColor={nodeColour}
          nodeBorderRadius={8}
        />
      )}
    </>
  );
});

/* React Flow draws every card and wire anew when a callback of its own is another one: all that it is
 * given stays the same as long as nothing of it has changed. */
export function Board({ element }: { element: RefObject<HTMLDivElement | null> }) {
  const editor = useEditor();
  const t = useText();
  const [view] = useState(() => new BoardView());
  const base = useEdited(useCallback((state) => view.nodes(state), [view]));
  const edges = useEdited(useCallback((state) => view.edges(state), [view]));
  const name = useEdited(({ draft, flow }) => String(draft.flow.name ?? flow));
  const readOnly = useEdited((state) => state.readOnly);
  const shown = useEdited((state) => state.shown);
  const isConnecting = useEdited((state) => state.connecting !== undefined);
  const active = useEdited(({ draft, focus, view: now }) => {
    const folded = foldedWith(draft, focus);
    const shownAs = folded === undefined ? focus : `group/${folded.id}`;
    return shownAs !== undefined && now === "canvas" ? elementId(shownAs) : undefined;
  });
  const { nodes, drag, clear } = useDragged(base);
  const flow = useReactFlow<BoardNode, WireEdge>();
  const distance = useDistance();
  const connecting = useWiring();
  const drop = useBoardDrop();
  const touched = useTouched();
  useBoardTools(element);
  useSecondClick(element);
  useMoving(element);

  const onNodesChange = useCallback(
    (changes: NodeChange<BoardNode>[]) => {
      drag(changes);
      if (changes.some((change) => change.type === "select")) {
        const now = editor.getState();
        editor.select(selectionAfter(now.selected, changes), now.edges);
      }
    },
    [editor, drag],
  );
  const onEdgesChange = useCallback(
    (changes: EdgeChange<WireEdge>[]) => {
      const now = editor.getState();
      editor.select(now.selected, selectionAfter(now.edges, changes));
    },
    [editor],
  );
  const onNodeDragStop = useCallback(
    (_: unknown, _node: BoardNode, moved: BoardNode[]) => {
      dropped(editor, moved, (id) => flow.getInternalNode(id)?.internals.positionAbsolute);
      clear();
    },
    [editor, flow, clear],
  );
  return (
    <Far value={distance !== ""}>
      <ReactFlow<BoardNode, WireEdge>
        ref={element}
        className={cx(
          "board",
          distance,
          readOnly && "board-still",
          isConnecting && "board-connecting",
        )}
        tabIndex={0}
        aria-label={t("canvas.boardOf", { name })}
        aria-describedby="board-help"
        aria-activedescendant={active}
        ariaLabelConfig={NO_HINTS}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDragStop={onNodeDragStop}
        {...touched}
        {...connecting}
        {...drop}
        onlyRenderVisibleElements
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionOnDrag
        selectionMode={SelectionMode.Partial}
        panOnDrag={PAN_BUTTONS}
        panOnScroll
        zoomOnDoubleClick={false}
        snapToGrid
        snapGrid={SNAP}
        minZoom={0.08}
        maxZoom={2.5}
        nodeDragThreshold={3}
        connectionRadius={26}
        elevateEdgesOnSelect
        onInit={(flowNow) => begin(flowNow, element.current, nodes)}
      >
        <Still map={!shown && nodes.length <= MAP_UP_TO && nodes.length > 0} />
      </ReactFlow>
    </Far>
  );
}
