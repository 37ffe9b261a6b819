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
import { type RefObject, useCallback, useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { stepOf } from "../model/flow.ts";
import { cx } from "../ui/cx.ts";
import { begin } from "./begin.ts";
import { Far, useEdited, useEditor } from "./context.tsx";
import { dropped } from "./dropped.ts";
import { GroupFrame, NoteCard } from "./Extras.tsx";
import { LoopFrame, StepCard } from "./StepCard.tsx";
import { useBoardDrop } from "./useBoardDrop.ts";
import { useBoardTools } from "./useBoardTools.ts";
import { useDragged } from "./useDragged.ts";
import { useWiring } from "./useWiring.ts";
import { type BoardNode, BoardView, type CardNode, type WireEdge } from "./view.ts";
import { Wire } from "./Wire.tsx";
import { Zoom } from "./Zoom.tsx";

const nodeTypes = { step: StepCard, loop: LoopFrame, note: NoteCard, group: GroupFrame };
const edgeTypes = { wire: Wire };
const SNAP: [number, number] = [10, 10];
const FAR = 0.4; /* below this zoom cards show their names alone */
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

export function Board({ element }: { element: RefObject<HTMLDivElement | null> }) {
  const editor = useEditor();
  const state = useEdited((now) => now);
  const t = useText();
  const [view] = useState(() => new BoardView());
  const base = useMemo(() => view.nodes(state), [view, state]);
  const edges = useMemo(() => view.edges(state), [view, state]);
  const { nodes, drag, clear } = useDragged(base);
  const flow = useReactFlow<BoardNode, WireEdge>();
  const far = useFlowStore((store) => store.transform[2] < FAR);
  const connecting = useWiring();
  const drop = useBoardDrop();
  useBoardTools(element);

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
  const active =
    state.focus !== undefined && state.view === "canvas" ? `step-${state.focus}` : undefined;
  return (
    <Far value={far}>
      <ReactFlow<BoardNode, WireEdge>
        ref={element}
        className={cx(
          "board",
          far && "board-far",
          state.readOnly && "board-still",
          state.connecting !== undefined && "board-connecting",
        )}
        tabIndex={0}
        aria-label={t("canvas.boardOf", { name: String(state.draft.flow.name ?? state.flow) })}
        aria-describedby="board-help"
        aria-activedescendant={active}
        ariaLabelConfig={NO_HINTS}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeClick={(event, node) => {
          if (
            !event.shiftKey &&
            !event.ctrlKey &&
            !event.metaKey &&
            stepOf(state.draft, node.id) !== undefined
          ) {
            editor.inspect(node.id);
          }
        }}
        onNodeDoubleClick={(_, node) => {
          if (stepOf(state.draft, node.id) !== undefined) {
            editor.inspect(node.id, true);
          }
        }}
        onPaneClick={() => editor.setState({ focus: undefined, inspected: undefined, wide: false })}
        onNodeDragStop={(_, _node, moved) => {
          dropped(editor, moved, (id) => flow.getInternalNode(id)?.internals.positionAbsolute);
          clear();
        }}
        {...connecting}
        {...drop}
        onlyRenderVisibleElements
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionOnDrag
        selectionMode={SelectionMode.Partial}
        panOnDrag={[1]}
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
        {!state.shown && nodes.length <= MAP_UP_TO && nodes.length > 0 && (
          <MiniMap<BoardNode>
            pannable
            zoomable
            style={MAP_SIZE}
            ariaLabel={t("canvas.map")}
            nodeColor={nodeColour}
            nodeBorderRadius={8}
          />
        )}
      </ReactFlow>
    </Far>
  );
}
