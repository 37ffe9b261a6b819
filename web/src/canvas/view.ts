/*
 * The draft as React Flow draws it. A node object is made anew only when something of it changed,
 * so that a change of one step draws one card, whatever the size of the flow. Sizes and ports are
 * given, not measured: a large flow opens as quickly as a small one.
 */
import { type Edge as FlowEdge, type Node, type NodeHandle, Position } from "@xyflow/react";
import type { NodeType } from "../model/catalog.ts";
import { type Draft, type Edge, type FlowIndex, indexOf, type Step } from "../model/flow.ts";
import {
  BODY_HEAD,
  BODY_PAD,
  type Box,
  CARD_HEIGHT,
  CARD_WIDTH,
  type Geometry,
  type Group,
  geometryOf,
  groupsOf,
  isCollapsed,
  type Note,
  noteKey,
  notesOf,
} from "../model/layout.ts";
import type { Port } from "../model/ports.ts";
import { portsOf } from "../model/ports.ts";
import type { Problem } from "../model/validate.ts";
import {
  type ConnectMode,
  type EditorState,
  type Mark,
  problemsOf,
  type StepState,
} from "./store.ts";

export interface CardData extends Record<string, unknown> {
  readonly step: Step;
  readonly type: NodeType | undefined;
  readonly ports: readonly Port[];
  readonly wired: string /* the exits that edges leave by, one after the other */;
  readonly inputs: number;
  readonly state: StepState | undefined;
  readonly problems: number /* below 0: warnings alone */;
  readonly mark: Mark | undefined;
  readonly collapsed: boolean;
  readonly empty: boolean;
}

export interface WireData extends Record<string, unknown> {
  readonly edge: Edge;
  readonly label: string;
  readonly error: boolean;
  readonly count: number | undefined;
  readonly idle: boolean /* not taken in the run that is shown */;
  readonly mark: Mark | undefined;
}

export type CardNode = Node<CardData, "step" | "loop">;
export type NoteNode = Node<{ note: Note }, "note">;
export type GroupNode = Node<{ group: Group; hidden: number }, "group">;
export type BoardNode = CardNode | NoteNode | GroupNode;
export type WireEdge = FlowEdge<WireData, "wire">;

const HIT = 24; /* WCAG 2.5.8: the least size of a target */
const BORDER = 1; /* of a card: its ports stand within */
const GROUP_PAD = 18;
const GROUP_HEAD = 30;

/** Of the card of a step, a note or a folded group, for what points at it. */
export function elementId(id: string): string {
  return id.includes("/") ? id : `step-${id}`;
}

/** Where the exits stand on a card's right side, from its top. */
export function portTop(at: number, of: number): number {
  return Math.round((CARD_HEIGHT * (at + 1)) / (of + 1));
}

/** On the frame of an open loop the exits stand at its right side, the exit for errors below it. The
 * same to the pixel as in the document: what is measured there must move no wire. */
function handlesOf(ports: readonly Port[], trigger: boolean, w: number, h: number): NodeHandle[] {
  const plain = ports.filter((port) => !port.error);
  const half = HIT / 2;
  const size = { width: HIT, height: HIT };
  const out: NodeHandle[] = plain.map((port, i) => ({
    id: port.name,
    type: "source",
    position: Position.Right,
    x: w - BORDER - half,
    y: portTop(i, plain.length) + BORDER - half,
    ...size,
  }));
  for (const port of ports.filter((one) => one.error)) {
    const place = { x: CARD_WIDTH / 2 + BORDER - half, y: h - BORDER - half };
    out.push({ id: port.name, type: "source", position: Position.Bottom, ...place, ...size });
  }
  if (!trigger) {
    const place = { x: BORDER - half, y: CARD_HEIGHT / 2 + BORDER - half };
    out.push({ id: "in", type: "target", position: Position.Left, ...place, ...size });
  }
  return out;
}

interface Made<T> {
  readonly from: readonly unknown[];
  readonly made: T;
}

function again<T>(
  cache: Map<string, Made<T>>,
  key: string,
  from: readonly unknown[],
  make: () => T,
): T {
  const known = cache.get(key);
  if (known?.from.every((part, i) => part === from[i])) {
    return known.made;
  }
  const made = make();
  cache.set(key, { from, made });
  return made;
}

/** Makes a list anew when something it is from has changed; one that holds the same stays the list before. */
function keptList<T>(): (from: readonly unknown[], make: () => T[]) => T[] {
  let before: Made<T[]> | undefined;
  return (from, make) => {
    if (before?.from.every((part, i) => part === from[i])) {
      return before.made;
    }
    const now = make();
    const old = before?.made;
    const same = old?.length === now.length && now.every((one, i) => one === old[i]);
    before = { from, made: same ? old : now };
    return before.made;
  };
}

export class BoardView {
  private cards = new Map<string, Made<CardNode>>();
  private wires = new Map<string, Made<WireEdge>>();
  private others = new Map<string, Made<BoardNode>>();
  private ports = new WeakMap<object, Map<string, Port[]>>();
  private told: { steps: FlowIndex["steps"]; counts: Map<string, number> } | undefined;
  private readonly keptNodes = keptList<BoardNode>();
  private readonly keptEdges = keptList<WireEdge>();

  /** The same list as before when nothing of it has changed. */
  nodes(state: EditorState): BoardNode[] {
    const { draft, catalog, selected, run, marks, readOnly } = state;
    const from = [draft, catalog, selected, run, marks, readOnly, problemsOf(state)];
    return this.keptNodes(from, () => this.makeNodes(state));
  }

  edges(state: EditorState): WireEdge[] {
    const { draft, catalog, edges, run, marks, readOnly } = state;
    const from = [draft, catalog, edges, run, marks, readOnly];
    return this.keptEdges(from, () => this.makeEdges(state));
  }

  private makeNodes(state: EditorState): BoardNode[] {
    const { draft } = state;
    const geometry = geometryOf(draft);
    const out: BoardNode[] = [];
    const groups = groupsOf(draft);
    const hidden = hiddenSteps(draft, groups);
    for (const group of groups) {
      const box = groupBox(group, geometry);
      if (box !== undefined) {
        out.push(this.group(group, box, draft, state.selected.has(`group/${group.id}`)));
      }
    }
    const problems = this.problemsIn(state);
    for (const step of indexOf(draft).steps.values()) {
      const box = geometry.get(step.id);
      if (box !== undefined && !hidden.has(step.id)) {
        out.push(this.card(state, step, box, problems(step)));
      }
    }
    for (const note of notesOf(draft)) {
      out.push(this.note(note, state.selected.has(noteKey(note.id)), state.readOnly));
    }
    return out;
  }

  /** Until the server has told of the newest state, what it told of a step that has not changed stays. */
  private problemsIn(state: EditorState): (step: Step) => number {
    const now = problemCounts(state);
    if (state.server !== undefined) {
      this.told = { steps: indexOf(state.draft).steps, counts: now };
    }
    const { told } = this;
    return (step) => {
      const same = told?.steps.get(step.id)?.node === step.node;
      return (same ? told?.counts : now)?.get(step.id) ?? 0;
    };
  }

  private portsOf(state: EditorState, step: Step, outgoing: readonly Edge[]): readonly Port[] {
    const wired = outgoing.map((edge) => edge.port).join(" ");
    const type = state.catalog.byName.get(step.type);
    const key = `${wired}|${type === undefined ? "" : step.type}`;
    const known = this.ports.get(step.node) ?? new Map<string, Port[]>();
    this.ports.set(step.node, known);
    const ports = known.get(key) ?? portsOf(step, type, outgoing);
    known.set(key, ports);
    return ports;
  }

  private card(state: EditorState, step: Step, box: Box, problems: number): CardNode {
    const mark = state.marks?.get(step.id);
    const index = indexOf(state.draft);
    const outgoing = index.outgoing.get(step.id) ?? [];
    const ports = this.portsOf(state, step, outgoing);
    const wired = outgoing.map((edge) => edge.port).join(" ");
    const inputs = index.incoming.get(step.id)?.length ?? 0;
    const type = state.catalog.byName.get(step.type);
    const run = state.run?.steps.get(step.id);
    const selected = state.selected.has(step.id);
    const collapsed = isCollapsed(state.draft, step.id);
    const empty = step.body && (index.levels.get(step.id)?.steps.length ?? 0) === 0;
    const open = step.body && !collapsed;
    const from = [
      step.node,
      step.level,
      step.title,
      box.x,
      box.y,
      box.w,
      box.h,
      ports,
      wired,
      inputs,
      type,
      run,
      selected,
      collapsed,
      empty,
      problems,
      mark,
      state.readOnly,
    ];
    return again(this.cards, step.id, from, () => ({
      id: step.id,
      type: open ? "loop" : "step",
      position: inside(step, box),
      ...(step.level === null ? {} : { parentId: step.level }),
      width: box.w,
      height: box.h,
      measured: { width: box.w, height: box.h },
      handles: handlesOf(ports, step.type.startsWith("trigger."), box.w, box.h),
      selected,
      draggable: !state.readOnly,
      connectable: !state.readOnly,
      ...(open ? { dragHandle: ".loop-head" } : {}),
      data: {
        step,
        type,
        ports,
        wired,
        inputs,
        state: run,
        problems,
        mark,
        collapsed,
        empty,
      },
    }));
  }

  private note(note: Note, selected: boolean, readOnly: boolean): BoardNode {
    const id = noteKey(note.id);
    const from = [note.x, note.y, note.w, note.h, note.text, note.colour, selected, readOnly];
    return again(this.others, id, from, () => ({
      id,
      type: "note",
      position: { x: note.x, y: note.y },
      width: note.w,
      height: note.h,
      measured: { width: note.w, height: note.h },
      selected,
      draggable: !readOnly,
      connectable: false,
      data: { note },
    }));
  }

  private group(group: Group, box: Box, draft: Draft, selected: boolean): BoardNode {
    const id = `group/${group.id}`;
    const level = indexOf(draft).steps.get(group.steps[0] ?? "")?.level ?? null;
    const origin = level === null ? { x: 0, y: 0 } : { x: BODY_PAD, y: BODY_HEAD };
    const from = [
      box.x,
      box.y,
      box.w,
      box.h,
      group.title,
      group.collapsed,
      group.steps.length,
      selected,
      level,
    ];
    return again(this.others, id, from, () => ({
      id,
      type: "group",
      position: { x: box.x + origin.x, y: box.y + origin.y },
      ...(level === null ? {} : { parentId: level }),
      width: box.w,
      height: box.h,
      measured: { width: box.w, height: box.h },
      handles: group.collapsed
        ? handlesOf([{ name: "out", error: false }], false, box.w, box.h)
        : [],
      selected,
      connectable: false,
      zIndex: group.collapsed ? 0 : -1,
      ...(group.collapsed ? {} : { dragHandle: ".group-head" }),
      data: { group, hidden: group.collapsed ? group.steps.length : 0 },
    }));
  }

  private makeEdges(state: EditorState): WireEdge[] {
    const index = indexOf(state.draft);
    const groups = groupsOf(state.draft);
    const inGroup = new Map<string, string>();
    for (const group of groups.filter((one) => one.collapsed)) {
      for (const id of group.steps) {
        inGroup.set(id, `group/${group.id}`);
      }
    }
    const hidden = hiddenSteps(state.draft, groups);
    const seen = new Set<string>();
    const out: WireEdge[] = [];
    for (const edge of index.edges.values()) {
      const source = inGroup.get(edge.from) ?? edge.from;
      const target = inGroup.get(edge.to) ?? edge.to;
      const twin = `${source}>${target}`;
      const folded = source !== edge.from || target !== edge.to;
      const gone = [source, target].some((id) => hidden.has(id)) || source === target;
      if (!gone && !(folded && seen.has(twin))) {
        seen.add(twin);
        out.push(this.wire(state, edge, source, target));
      }
    }
    return out;
  }

  private wire(state: EditorState, edge: Edge, source: string, target: string): WireEdge {
    const selected = state.edges.has(edge.key);
    const from = indexOf(state.draft).steps.get(edge.from);
    const outgoing = indexOf(state.draft).outgoing.get(edge.from) ?? [];
    const to = indexOf(state.draft).steps.get(edge.to);
    const several = from !== undefined && this.portsOf(state, from, outgoing).length > 1;
    const label = several || edge.port !== "out" ? edge.port : "";
    const run = state.run?.steps;
    const mark = state.marks?.get(edge.key);
    const left = run?.get(edge.from);
    const count = left?.exits === undefined ? left?.count : left.exits[edge.port];
    const taken = left?.exits === undefined || count !== undefined;
    const idle =
      run !== undefined && (!taken || (run.get(edge.to)?.state ?? "skipped") === "skipped");
    const parts = [
      edge.edge,
      source,
      target,
      selected,
      label,
      count,
      idle,
      mark,
      state.readOnly,
      from?.title,
      to?.title,
    ];
    return again(this.wires, edge.key, parts, () => ({
      id: edge.key,
      type: "wire",
      source,
      target,
      sourceHandle: source === edge.from ? edge.port : "out",
      targetHandle: "in",
      selected,
      reconnectable: !state.readOnly,
      focusable: false,
      ariaLabel: `${from?.title ?? edge.from} → ${to?.title ?? edge.to}`,
      data: { edge, label, error: edge.port === "error", count, idle, mark },
    }));
  }
}

/** Within a body positions count from the frame's corner. */
function inside(step: Step, box: Box): { x: number; y: number } {
  return step.level === null
    ? { x: box.x, y: box.y }
    : { x: box.x + BODY_PAD, y: box.y + BODY_HEAD };
}

const legalIn = new WeakMap<ConnectMode, ReadonlySet<string>>();

/** How a card looks beside what it shows: whether keys act from it, and whether an edge may end at it. */
export function lookOf(id: string, { focus, connecting: mode }: EditorState): string {
  const focused = focus === id ? "card-focused " : "";
  if (mode === undefined) {
    return focused;
  }
  const legal = legalIn.get(mode) ?? new Set(mode.targets);
  legalIn.set(mode, legal);
  if (id === mode.from) {
    return `${focused}card-source`;
  }
  if (!legal.has(id)) {
    return `${focused}card-dim`;
  }
  return mode.targets[mode.at] === id ? `${focused}card-target` : `${focused}card-legal`;
}

const counted = new WeakMap<readonly Problem[], Map<string, number>>();

function problemCounts(state: EditorState): Map<string, number> {
  const problems = problemsOf(state);
  const known = counted.get(problems);
  if (known !== undefined) {
    return known;
  }
  const out = new Map<string, number>();
  for (const problem of problems) {
    if (problem.step !== undefined) {
      const before = out.get(problem.step) ?? 0;
      const errors = Math.max(0, before) + (problem.warning ? 0 : 1);
      out.set(problem.step, errors > 0 ? errors : Math.min(0, before) - 1);
    }
  }
  counted.set(problems, out);
  return out;
}

/** Steps in folded loops and folded groups, and all within them. */
function hiddenSteps(draft: Draft, groups: readonly Group[]): Set<string> {
  const folded = new Set(groups.filter((group) => group.collapsed).flatMap((group) => group.steps));
  const out = new Set<string>();
  for (const step of indexOf(draft).steps.values()) {
    const outer = step.level;
    if (folded.has(step.id) || (outer !== null && (out.has(outer) || isCollapsed(draft, outer)))) {
      out.add(step.id);
    }
  }
  return out;
}

function groupBox(group: Group, geometry: Geometry): Box | undefined {
  const boxes = group.steps.flatMap((id) => geometry.get(id) ?? []);
  if (boxes.length === 0) {
    return undefined;
  }
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  if (group.collapsed) {
    return { x, y, w: CARD_WIDTH, h: CARD_HEIGHT };
  }
  const right = Math.max(...boxes.map((box) => box.x + box.w));
  const bottom = Math.max(...boxes.map((box) => box.y + box.h));
  return {
    x: x - GROUP_PAD,
    y: y - GROUP_PAD - GROUP_HEAD,
    w: right - x + 2 * GROUP_PAD,
    h: bottom - y + 2 * GROUP_PAD + GROUP_HEAD,
  };
}
