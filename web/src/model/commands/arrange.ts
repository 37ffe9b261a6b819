/* What is for the eye alone: places, notes, groups. */
import { type Draft, indexOf, type LevelId, stepOf } from "../flow.ts";
import { objectOf, withMember } from "../json.ts";
import {
  type Box,
  GRID,
  geometryOf,
  groupsOf,
  isCollapsed,
  layoutOf,
  type NoteColour,
  noteAt,
  noteKey,
  notesOf,
  type Point,
  withAllPlaces,
  withLayout,
  withPlaces,
} from "../layout.ts";
import { freeId } from "./ids.ts";
import { did, type Outcome, refuse } from "./outcome.ts";

/** Steps by their ids, notes by their keys: what is moved together is taken back together. */
export function moveSteps(
  draft: Draft,
  places: ReadonlyMap<string, Point>,
  coalesce?: string,
): Outcome {
  const ids = [...places.keys()].filter((id) => stepOf(draft, id) !== undefined);
  const notes = [...places].filter(([key]) => noteAt(draft, key) !== undefined);
  if (ids.length + notes.length === 0) {
    return refuse("canvas.not.gone");
  }
  const levels = new Set<LevelId>(ids.map((id) => stepOf(draft, id)?.level ?? null));
  let next = draft;
  for (const level of levels) {
    next = withAllPlaces(next, level);
  }
  next = withPlaces(next, new Map([...places].filter(([key]) => noteAt(draft, key) === undefined)));
  for (const [key, { x, y }] of notes) {
    next = withNote(next, key, { x: Math.round(x), y: Math.round(y) });
  }
  const more = coalesce === undefined ? {} : { coalesce };
  if (ids.length === 0) {
    return did("note", next, more);
  }
  const values = { count: ids.length, name: stepOf(draft, ids[0])?.title ?? "" };
  return did("move", next, { values, ...more });
}

export function nudge(draft: Draft, ids: readonly string[], dx: number, dy: number): Outcome {
  const geometry = geometryOf(draft);
  const places = new Map<string, Point>();
  for (const id of ids) {
    const box = geometry.get(id) ?? noteAt(draft, id);
    if (box !== undefined) {
      places.set(id, { x: box.x + dx, y: box.y + dy });
    }
  }
  return moveSteps(draft, places, `nudge ${ids.join(" ")}`);
}

export function tidied(draft: Draft, places: ReadonlyMap<string, Point>): Outcome {
  return did("tidy", withPlaces(draft, places), { values: { count: places.size } });
}

export type Alignment = "left" | "top" | "across" | "down";

/** In one line, or with the same gaps between the cards. */
export function align(draft: Draft, ids: readonly string[], how: Alignment): Outcome {
  const geometry = geometryOf(draft);
  const cards = ids.flatMap((id) => {
    const box = geometry.get(id);
    return box === undefined ? [] : [{ id, ...box }];
  });
  if (cards.length < 2 || new Set(cards.map((card) => stepOf(draft, card.id)?.level)).size > 1) {
    return refuse("canvas.not.align");
  }
  const places = new Map<string, Point>();
  const [x, y] = [Math.min(...cards.map((c) => c.x)), Math.min(...cards.map((c) => c.y))];
  const sorted = [...cards].sort((a, b) => (how === "down" ? a.y - b.y : a.x - b.x));
  const gap = gapBetween(sorted, how);
  let at = how === "down" ? y : x;
  for (const card of sorted) {
    if (how === "left" || how === "top") {
      places.set(card.id, how === "left" ? { x, y: card.y } : { x: card.x, y });
    } else {
      places.set(card.id, how === "across" ? { x: at, y: card.y } : { x: card.x, y: at });
      at += (how === "across" ? card.w : card.h) + gap;
    }
  }
  return moveSteps(draft, places);
}

function gapBetween(cards: readonly Box[], how: Alignment): number {
  const [first, last] = [cards[0], cards.at(-1)];
  if (first === undefined || last === undefined || cards.length < 2) {
    return 0;
  }
  const down = how === "down";
  const room = down ? last.y + last.h - first.y : last.x + last.w - first.x;
  const used = cards.reduce((sum, card) => sum + (down ? card.h : card.w), 0);
  return Math.max(0, Math.round((room - used) / (cards.length - 1)));
}

export function setCollapsed(draft: Draft, id: string, collapsed: boolean): Outcome {
  const step = stepOf(draft, id);
  if (step === undefined) {
    return refuse("canvas.not.gone");
  }
  if (isCollapsed(draft, id) === collapsed) {
    return refuse("canvas.not.same");
  }
  const all = objectOf(layoutOf(draft).steps);
  const place = withMember(objectOf(all[id]), "collapsed", collapsed ? true : undefined);
  const next = withLayout(draft, ["steps", id], place);
  return did(collapsed ? "collapse" : "expand", next, { values: { name: step.title } });
}

/* ---- Notes */

export function addNote(draft: Draft, at: Point, text = ""): Outcome {
  const id = freeId("note", new Set(notesOf(draft).map((note) => note.id)));
  const note = { x: Math.round(at.x), y: Math.round(at.y), w: 220, h: 96, text };
  return did("addNote", withLayout(draft, ["notes", id], note), { select: [noteKey(id)] });
}

const LEAST = { w: 12 * GRID, h: 5 * GRID };

type NoteChange = Partial<Box & { text: string; colour: NoteColour }>;

function withNote(draft: Draft, key: string, change: NoteChange): Draft {
  const id = noteAt(draft, key)?.id ?? "";
  const note = objectOf(objectOf(layoutOf(draft).notes)[id]);
  return withLayout(draft, ["notes", id], { ...note, ...change });
}

export function changeNote(draft: Draft, key: string, change: NoteChange): Outcome {
  if (noteAt(draft, key) === undefined) {
    return refuse("canvas.not.gone");
  }
  const coalesce = `${key} ${Object.keys(change).join(" ")}`;
  return did("note", withNote(draft, key, change), { coalesce });
}

/** Wider and higher by so much, as far as a word still fits into it. */
export function resizeNotes(
  draft: Draft,
  keys: readonly string[],
  dw: number,
  dh: number,
): Outcome {
  const notes = keys.flatMap((key) => noteAt(draft, key) ?? []);
  if (notes.length === 0) {
    return refuse("canvas.not.note");
  }
  const next = notes.reduce((so, { id, w, h }) => {
    const size = { w: Math.max(LEAST.w, w + dw), h: Math.max(LEAST.h, h + dh) };
    return withNote(so, noteKey(id), size);
  }, draft);
  return did("note", next, { coalesce: `resize ${keys.join(" ")}` });
}

export function withoutNotes(draft: Draft, keys: readonly string[]): Draft {
  return keys.reduce((next, key) => {
    const note = noteAt(next, key);
    return note === undefined ? next : withLayout(next, ["notes", note.id], undefined);
  }, draft);
}

export function removeNotes(draft: Draft, keys: readonly string[]): Outcome {
  const next = withoutNotes(draft, keys);
  return next === draft ? refuse("canvas.not.gone") : did("removeNote", next);
}

/* ---- Groups */

export function group(draft: Draft, ids: readonly string[], title: string): Outcome {
  const steps = ids.filter((id) => stepOf(draft, id) !== undefined);
  if (steps.length === 0 || new Set(steps.map((id) => stepOf(draft, id)?.level)).size > 1) {
    return refuse("canvas.not.group");
  }
  const before = groupsOf(draft);
  let groups = objectOf(layoutOf(draft).groups);
  for (const old of before) {
    const left = old.steps.filter((id) => !steps.includes(id));
    const members = { ...objectOf(groups[old.id]), steps: left };
    groups = withMember(groups, old.id, left.length === 0 ? undefined : members);
  }
  const id = freeId("group", new Set(before.map((old) => old.id)));
  const next = withLayout(draft, ["groups"], { ...groups, [id]: { title, steps } });
  return did("group", next, { values: { count: steps.length, title }, select: steps });
}

export function ungroup(draft: Draft, ids: readonly string[]): Outcome {
  const gone = groupsOf(draft).filter((old) => old.steps.some((id) => ids.includes(id)));
  if (gone.length === 0) {
    return refuse("canvas.not.grouped");
  }
  let next = draft;
  for (const old of gone) {
    next = withLayout(next, ["groups", old.id], undefined);
  }
  return did("ungroup", next, { values: { count: gone.length } });
}

export function changeGroup(
  draft: Draft,
  id: string,
  change: { title?: string; collapsed?: boolean },
): Outcome {
  const group = objectOf(objectOf(layoutOf(draft).groups)[id]);
  const next = withLayout(draft, ["groups", id], { ...group, ...change });
  return did("changeGroup", next, {
    values: { title: change.title ?? String(group.title ?? id) },
    ...(change.title === undefined ? {} : { coalesce: `group ${id}` }),
  });
}

/** The groups a set of steps belongs to, for the commands that work on whole groups. */
export function groupOf(draft: Draft, id: string): string | undefined {
  return indexOf(draft).steps.has(id)
    ? groupsOf(draft).find((old) => old.steps.includes(id))?.id
    : undefined;
}
