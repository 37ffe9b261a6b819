/* The board: React Flow draws, the model decides. What is dragged lives here until it is let go. */
import {
  Background,
  type Connection,
  type EdgeChange,
  type FinalConnectionState,
  MiniMap,
  type NodeChange,
  ReactFlow,
  type ReactFlowInstance,
  SelectionMode,
  useStore as useFlowStore,
  useReactFlow,
} from "@xyflow/react";
import { type RefObject, useCallback, useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { connect, reconnect, whyNot } from "../model/commands/connect.ts";
import { stepOf } from "../model/flow.ts";
import { cx } from "../ui/cx.ts";
import { legalTargets } from "./connecting.ts";
import { useEdited, useEditor } from "./context.tsx";
import { dropped } from "./dropped.ts";
import { GroupFrame, NoteCard } from "./Extras.tsx";
import { LoopFrame, StepCard } from "./StepCard.tsx";
import { useBoardDrop } from "./useBoardDrop.ts";
import { useBoardTools } from "./useBoardTools.ts";
import { type BoardNode, BoardView, type CardNode, type WireEdge } from "./view.ts";
import { Wire } from "./Wire.tsx";
import { Zoom } from "./Zoom.tsx";

const nodeTypes = { step: StepCard, loop: LoopFrame, note: NoteCard, group: GroupFrame };
const edgeTypes = { wire: Wire };
const SNAP: [number, number] = [10, 10];
const FAR = 0.4; /* below this zoom cards show their names alone */
const MAP_UP_TO = 800;
const MAP_SIZE = { width: 150, height: 96 };
const EDGE = 60;

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

/** Positions under the hand: overlaid on the draft's own until they are let go. */
function useDragged(base: BoardNode[]): {
  nodes: BoardNode[];
  drag: (changes: NodeChange<BoardNode>[]) => void;
  clear: () => void;
} {
  const [over, setOver] = useState<ReadonlyMap<string, { x: number; y: number }>>(new Map());
  const drag = useCallback(
    (changes: NodeChange<BoardNode>[]) => {
      const moved = changes.flatMap((change) =>
        change.type === "position" && change.dragging && change.position !== undefined
          ? [{ id: change.id, position: change.position }]
          : [],
      );
      if (moved.length === 0) {
        return;
      }
      setOver((before) => {
        const next = new Map(before);
        for (const { id, position } of moved) {
          next.set(id, position);
          const group = base.find((node) => node.id === id && node.type === "group");
          if (group?.type === "group") {
            const [dx, dy] = [position.x - group.position.x, position.y - group.position.y];
            for (const node of base.filter((one) => group.data.group.steps.includes(one.id))) {
              next.set(node.id, { x: node.position.x + dx, y: node.position.y + dy });
            }
          }
        }
        return next;
      });
    },
    [base],
  );
  const clear = useCallback(() => setOver(new Map()), []);
  const nodes = useMemo(() => {
    if (over.size === 0) {
      return base;
    }
    return base.map((node) => {
      const position = over.get(node.id);
      return position === undefined ? node : ({ ...node, position } as BoardNode);
    });
  }, [base, over]);
  return { nodes, drag, clear };
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

function useConnecting() {
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

const READABLE = 0.75;

/** The whole flow, or, where that would be too small to read, its beginning. */
function begin(
  flow: ReactFlowInstance<BoardNode, WireEdge>,
  board: HTMLDivElement | null,
  nodes: readonly BoardNode[],
): void {
  const box = board?.getBoundingClientRect();
  const top = nodes.filter((node) => node.parentId === undefined);
  const [first] = top;
  if (box === undefined || first === undefined) {
    return;
  }
  const left = Math.min(...top.map((node) => node.position.x));
  const right = Math.max(...top.map((node) => node.position.x + (node.width ?? 0)));
  const upper = Math.min(...top.map((node) => node.position.y));
  const lower = Math.max(...top.map((node) => node.position.y + (node.height ?? 0)));
  const room = Math.min(
    (box.width - 2 * EDGE) / (right - left),
    (box.height - 2 * EDGE) / (lower - upper),
  );
  const zoom = Math.max(READABLE, Math.min(1, room));
  const fits = zoom <= room;
  const x = fits ? (box.width - (right + left) * zoom) / 2 : EDGE - left * zoom;
  const middle = fits ? (upper + lower) / 2 : first.position.y + 36;
  void flow.setViewport({ x, y: box.height / 2 - middle * zoom, zoom });
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
  const connecting = useConnecting();
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
    <ReactFlow<BoardNode, WireEdge>
      ref={element}
      className={cx(
        "board",
        far && "board-far",
        state.connecting !== undefined && "board-connecting",
      )}
      tabIndex={0}
      aria-label={t("canvas.boardOf", { name: String(state.draft.flow.name ?? state.flow) })}
      aria-describedby="board-help"
      aria-activedescendant={active}
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
      {nodes.length <= MAP_UP_TO && nodes.length > 0 && (
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
  );
}
