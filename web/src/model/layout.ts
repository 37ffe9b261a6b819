/*
 * Where things stand. The draft's `layout` holds it, apart from what the flow means:
 *
 *   { "steps":  { ID: { "x", "y", "collapsed"? } },         within the step's level
 *     "notes":  { NAME: { "x", "y", "w", "h", "text", "colour"? } },   on the flow's own level
 *     "groups": { NAME: { "title", "steps": [ID...], "collapsed"? } } }
 *
 * A step without a place of its own gets one that follows from the edges, so that a flow written by
 * hand opens in good order.
 */
import { type Draft, indexOf, inOrder, type Level, type LevelId, type Step } from "./flow.ts";
import {
  arrayOf,
  isNumber,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
  withMember,
} from "./json.ts";
import type { Path } from "./pointer.ts";
import { withValueAt } from "./pointer.ts";

export const CARD_WIDTH = 196;
export const CARD_HEIGHT = 72;
export const GRID = 10;
export const COLUMN_GAP = 84;
export const ROW_GAP = 38;
export const BODY_PAD = 24;
export const BODY_HEAD = CARD_HEIGHT; /* the loop's own card, above its body */
const EMPTY_BODY = { w: CARD_WIDTH, h: CARD_HEIGHT };

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly w: number;
  readonly h: number;
}

/** Boxes are within the level of their step; the content of a body begins at BODY_PAD, BODY_HEAD. */
export type Geometry = ReadonlyMap<string, Box>;

/** What a note may look like; the first one is what it looks like when nobody has chosen. */
export const NOTE_COLOURS = ["yellow", "green", "blue", "red", "grey"] as const;
export type NoteColour = (typeof NOTE_COLOURS)[number];

export interface Note extends Box {
  readonly id: string;
  readonly text: string;
  readonly colour: NoteColour;
}

/** Where a note stands among what can be chosen on the board: a step is there under its own id. */
export function noteKey(id: string): string {
  return `note/${id}`;
}

export interface Group {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly string[];
  readonly collapsed: boolean;
}

export function layoutOf(draft: Draft): JsonObject {
  return objectOf(draft.layout);
}

export function withLayout(draft: Draft, path: Path, value: Json | undefined): Draft {
  const layout = objectOf(withValueAt(layoutOf(draft), path, value));
  return { ...draft, layout };
}

function numberOf(value: Json | undefined): number | undefined {
  return isNumber(value) ? Number(String(value)) : undefined;
}

function pointOf(value: Json | undefined): Point | undefined {
  const object = objectOf(value);
  const [x, y] = [numberOf(object.x), numberOf(object.y)];
  return x === undefined || y === undefined ? undefined : { x, y };
}

/** The place somebody gave the step; also one that stands in flow.json itself ("ui"). */
export function placeOf(draft: Draft, step: Step): Point | undefined {
  return pointOf(objectOf(layoutOf(draft).steps)[step.id]) ?? pointOf(step.node.ui);
}

export function isCollapsed(draft: Draft, id: string): boolean {
  return objectOf(objectOf(layoutOf(draft).steps)[id]).collapsed === true;
}

const notesKnown = new WeakMap<JsonObject, readonly Note[]>();

/** The same objects as long as nothing of the notes has changed. */
export function notesOf(draft: Draft): readonly Note[] {
  const notes = layoutOf(draft).notes;
  if (!isObject(notes)) {
    return [];
  }
  const before = notesKnown.get(notes);
  if (before !== undefined) {
    return before;
  }
  const out: Note[] = [];
  for (const [id, value] of Object.entries(notes)) {
    const place = pointOf(value);
    if (place !== undefined) {
      const note = objectOf(value);
      const size = { w: numberOf(note.w) ?? 220, h: numberOf(note.h) ?? 96 };
      const colour = NOTE_COLOURS.find((one) => one === note.colour) ?? NOTE_COLOURS[0];
      out.push({ id, ...place, ...size, text: textOf(note.text) ?? "", colour });
    }
  }
  notesKnown.set(notes, out);
  return out;
}

/** The note under this key of the board; undefined: it is none, or gone. */
export function noteAt(draft: Draft, key: string | undefined): Note | undefined {
  return key?.startsWith("note/") === true
    ? notesOf(draft).find((note) => noteKey(note.id) === key)
    : undefined;
}

export function groupsOf(draft: Draft): Group[] {
  const { steps } = indexOf(draft);
  const out: Group[] = [];
  for (const [id, value] of Object.entries(objectOf(layoutOf(draft).groups))) {
    const group = objectOf(value);
    const members = arrayOf(group.steps).filter((step): step is string => typeof step === "string");
    const present = members.filter((step) => steps.has(step));
    if (isObject(value) && present.length > 0) {
      const title = textOf(group.title) ?? id;
      out.push({ id, title, steps: present, collapsed: group.collapsed === true });
    }
  }
  return out;
}

/** The folded group that is drawn in the place of the step, if there is one. */
export function foldedWith(draft: Draft, step: string | undefined): Group | undefined {
  return groupsOf(draft).find((group) => group.collapsed && group.steps.includes(step ?? ""));
}

/* ---- Sizes and places */

const known = new WeakMap<Draft, Geometry>();

export function geometryOf(draft: Draft): Geometry {
  const before = known.get(draft);
  if (before !== undefined) {
    return before;
  }
  const boxes = new Map<string, Box>();
  placeLevel(draft, null, boxes);
  known.set(draft, boxes);
  return boxes;
}

function placeLevel(draft: Draft, id: LevelId, boxes: Map<string, Box>): { w: number; h: number } {
  const level = indexOf(draft).levels.get(id);
  if (level === undefined || level.steps.length === 0) {
    return EMPTY_BODY;
  }
  const sizes = new Map(level.steps.map((step) => [step.id, sizeOf(draft, step, boxes)]));
  const free = freePlaces(draft, level, sizes);
  let [w, h] = [0, 0];
  for (const step of level.steps) {
    const size = sizes.get(step.id) ?? EMPTY_BODY;
    const place = placeOf(draft, step) ?? free.get(step.id) ?? { x: 0, y: 0 };
    boxes.set(step.id, { ...place, ...size });
    w = Math.max(w, place.x + size.w);
    h = Math.max(h, place.y + size.h);
  }
  return { w, h };
}

function sizeOf(draft: Draft, step: Step, boxes: Map<string, Box>): { w: number; h: number } {
  if (!step.body) {
    return { w: CARD_WIDTH, h: CARD_HEIGHT };
  }
  const inner = placeLevel(draft, step.id, boxes);
  if (isCollapsed(draft, step.id)) {
    return { w: CARD_WIDTH, h: CARD_HEIGHT };
  }
  return { w: inner.w + 2 * BODY_PAD, h: inner.h + BODY_HEAD + BODY_PAD };
}

/** Columns by the longest way from a beginning, rows in the order of the file. */
function freePlaces(
  draft: Draft,
  level: Level,
  sizes: ReadonlyMap<string, { w: number; h: number }>,
): Map<string, Point> {
  const out = new Map<string, Point>();
  if (level.steps.every((step) => placeOf(draft, step) !== undefined)) {
    return out;
  }
  const columns = columnsOf(level);
  const top = Math.max(
    0,
    ...level.steps.map((step) => {
      const place = placeOf(draft, step);
      return place === undefined ? 0 : place.y + (sizes.get(step.id)?.h ?? 0) + ROW_GAP;
    }),
  );
  let x = 0;
  for (const column of columns) {
    let y = top;
    for (const step of column) {
      if (placeOf(draft, step) === undefined) {
        out.set(step.id, { x, y });
        y += (sizes.get(step.id)?.h ?? CARD_HEIGHT) + ROW_GAP;
      }
    }
    x += Math.max(...column.map((step) => sizes.get(step.id)?.w ?? CARD_WIDTH)) + COLUMN_GAP;
  }
  return out;
}

function columnsOf(level: Level): Step[][] {
  const rank = new Map<string, number>();
  const columns: Step[][] = [];
  const incoming = new Map<string, string[]>();
  for (const edge of level.edges) {
    incoming.set(edge.to, [...(incoming.get(edge.to) ?? []), edge.from]);
  }
  for (const step of inOrder(level)) {
    const before = (incoming.get(step.id) ?? []).map((id) => rank.get(id) ?? -1);
    const column = Math.max(-1, ...before) + 1;
    rank.set(step.id, column);
    columns[column] = [...(columns[column] ?? []), step];
  }
  return columns;
}

/** Where a level's content begins, in the coordinates of the whole board. */
export function originOf(draft: Draft, level: LevelId): Point {
  const step = level === null ? undefined : indexOf(draft).steps.get(level);
  if (step === undefined) {
    return { x: 0, y: 0 };
  }
  const outer = originOf(draft, step.level);
  const box = geometryOf(draft).get(step.id) ?? { x: 0, y: 0 };
  return { x: outer.x + box.x + BODY_PAD, y: outer.y + box.y + BODY_HEAD };
}

export function snap(value: number): number {
  return Math.round(value / GRID) * GRID;
}

/* ---- Changing places */

/** Places are within the levels of their steps; within a body nothing stands left of or above it. */
export function withPlaces(draft: Draft, places: ReadonlyMap<string, Point>): Draft {
  const { steps } = indexOf(draft);
  const before = objectOf(layoutOf(draft).steps);
  const moved: [string, JsonObject][] = [];
  for (const [id, place] of places) {
    const step = steps.get(id);
    if (step !== undefined) {
      const least = step.level === null ? Number.NEGATIVE_INFINITY : 0;
      const point = {
        x: Math.max(least, Math.round(place.x)),
        y: Math.max(least, Math.round(place.y)),
      };
      moved.push([id, { ...objectOf(before[id]), ...point }]);
    }
  }
  return withLayout(draft, ["steps"], { ...before, ...Object.fromEntries(moved) });
}

/** Gives every step of a level the place it is drawn at, so that a change beside it moves nothing. */
export function withAllPlaces(draft: Draft, level: LevelId): Draft {
  const steps = indexOf(draft).levels.get(level)?.steps ?? [];
  const geometry = geometryOf(draft);
  const missing = steps.filter((step) => placeOf(draft, step) === undefined);
  if (missing.length === 0) {
    return draft;
  }
  return withPlaces(
    draft,
    new Map(missing.map((step) => [step.id, geometry.get(step.id) ?? { x: 0, y: 0 }])),
  );
}

/** The nearest place at or below the wanted one that no other card of the level covers. */
export function freeSpot(draft: Draft, level: LevelId, wanted: Point, size = EMPTY_BODY): Point {
  const geometry = geometryOf(draft);
  const boxes = (indexOf(draft).levels.get(level)?.steps ?? []).flatMap(
    (step) => geometry.get(step.id) ?? [],
  );
  let spot = { x: snap(wanted.x), y: snap(wanted.y) };
  for (let i = 0; i <= boxes.length; i++) {
    const hit = boxes.find((box) => overlaps({ ...spot, ...size }, box));
    if (hit === undefined) {
      break;
    }
    spot = { x: spot.x, y: snap(hit.y + hit.h + ROW_GAP) };
  }
  return spot;
}

function overlaps(a: Box, b: Box): boolean {
  const gap = GRID;
  return (
    a.x < b.x + b.w + gap && b.x < a.x + a.w + gap && a.y < b.y + b.h + gap && b.y < a.y + a.h + gap
  );
}

/** Forgets the places of steps that are no more, and carries those of renamed ones over. */
export function withNames(draft: Draft, names: ReadonlyMap<string, string | undefined>): Draft {
  const layout = layoutOf(draft);
  if (layout.steps === undefined && layout.groups === undefined) {
    return draft;
  }
  const steps: Record<string, Json> = {};
  for (const [id, value] of Object.entries(objectOf(layout.steps))) {
    const name = names.has(id) ? names.get(id) : id;
    if (name !== undefined && value !== undefined) {
      steps[name] = value;
    }
  }
  const groups: Record<string, Json> = {};
  for (const [id, value] of Object.entries(objectOf(layout.groups))) {
    const members = arrayOf(objectOf(value).steps)
      .map((step) => (typeof step === "string" && names.has(step) ? names.get(step) : step))
      .filter((step): step is Json => step !== undefined);
    if (members.length > 0) {
      groups[id] = { ...objectOf(value), steps: members };
    }
  }
  const next = layout.groups === undefined ? layout : withMember(layout, "groups", groups);
  return { ...draft, layout: withMember(next, "steps", steps) };
}
