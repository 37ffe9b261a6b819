/* Everything that can be done on the board or in the outline, by name: keys, menus and the palette
 * of commands all call these. */
import {
  addNote,
  align,
  changeGroup,
  changeNote,
  group,
  groupOf,
  nudge,
  removeNotes,
  resizeNotes,
  setCollapsed,
  tidied,
  ungroup,
  withoutNotes,
} from "../model/commands/arrange.ts";
import { disconnect, wireInSeries } from "../model/commands/connect.ts";
import { isRefusal } from "../model/commands/outcome.ts";
import { copyText, duplicate, paste } from "../model/commands/paste.ts";
import { removeAndReconnect, removeSteps, toggleDisabled } from "../model/commands/steps.ts";
import { indexOf, type LevelId, stepOf } from "../model/flow.ts";
import {
  foldedWith,
  groupsOf,
  isCollapsed,
  NOTE_COLOURS,
  noteAt,
  originOf,
  type Point,
} from "../model/layout.ts";
import { type Direction, stream, walk } from "../model/walk.ts";
import { endConnecting, turnPort, turnTarget } from "./connecting.ts";
import type { Editor } from "./store.ts";
import { placesOf } from "./tidying.ts";

export function chosenSteps(editor: Editor): string[] {
  const { selected, focus, draft } = editor.getState();
  const steps = [...selected].filter((id) => indexOf(draft).steps.has(id));
  return steps.length > 0 || stepOf(draft, focus) === undefined ? steps : [focus ?? ""];
}

/** Keys of the notes that are chosen. */
export function chosenNotes(editor: Editor): string[] {
  const { draft, selected } = editor.getState();
  return [...selected].filter((key) => noteAt(draft, key) !== undefined);
}

function chosenGroups(editor: Editor): string[] {
  return [...editor.getState().selected]
    .filter((id) => id.startsWith("group/"))
    .map((id) => id.slice("group/".length));
}

export function remove(editor: Editor): void {
  const { draft, edges, selected } = editor.getState();
  const steps = [...selected].filter((id) => indexOf(draft).steps.has(id));
  const notes = chosenNotes(editor);
  const next = nearby(editor, steps);
  if (steps.length > 0) {
    const done = removeSteps(draft, steps, [...edges]);
    editor.run(isRefusal(done) ? done : { ...done, draft: withoutNotes(done.draft, notes) });
  } else if (edges.size > 0) {
    const done = disconnect(draft, [...edges]);
    editor.run(isRefusal(done) ? done : { ...done, draft: withoutNotes(done.draft, notes) });
  } else if (notes.length > 0) {
    editor.run(removeNotes(draft, notes));
  } else if (chosenGroups(editor).length === 0) {
    editor.say({ id: "canvas.not.chosen" }, true);
  }
  for (const id of chosenGroups(editor)) {
    const members = groupsOf(editor.getState().draft).find((one) => one.id === id)?.steps ?? [];
    editor.run(ungroup(editor.getState().draft, members));
  }
  if (next !== undefined && stepOf(editor.getState().draft, next) !== undefined) {
    editor.setState({ focus: next });
  }
}

/** Where the focus goes when steps are taken away: to what came before, so that work goes on. */
function nearby(editor: Editor, steps: readonly string[]): string | undefined {
  const { draft } = editor.getState();
  const edges = steps.flatMap((id) => indexOf(draft).incoming.get(id) ?? []);
  return edges.map((edge) => edge.from).find((id) => !steps.includes(id));
}

export function removeReconnect(editor: Editor): void {
  editor.run(removeAndReconnect(editor.getState().draft, chosenSteps(editor)));
}

export function go(editor: Editor, direction: Direction): void {
  if (editor.getState().connecting !== undefined) {
    const along = direction === "up" || direction === "down";
    (along ? turnTarget : turnPort)(editor, direction === "up" || direction === "left" ? -1 : 1);
    return;
  }
  const { draft, focus } = editor.getState();
  const from = foldedWith(draft, focus);
  let next = walk(draft, focus, direction);
  /* out of a folded group, whose steps are one card: each step is passed at most once */
  const passed = new Set<string>();
  while (next !== undefined && !passed.has(next) && from?.steps.includes(next) === true) {
    passed.add(next);
    next = walk(draft, next, direction);
  }
  if (next === undefined || passed.has(next)) {
    editor.say({ id: "canvas.edgeOfBoard" }, true);
    return;
  }
  focusStep(editor, next);
}

export function focusStep(editor: Editor, id: string): void {
  editor.select([id]);
  editor.board?.reveal(id);
  const { inspected, draft } = editor.getState();
  if (inspected !== undefined && stepOf(draft, id) !== undefined) {
    editor.inspect(id);
  }
}

export function selectStream(editor: Editor, direction: "up" | "down"): void {
  const ids = stream(editor.getState().draft, chosenSteps(editor), direction);
  const focus = editor.getState().focus;
  editor.select(ids);
  editor.setState({ focus });
  editor.say({ id: "canvas.selected", values: { count: ids.length } });
}

export function selectAll(editor: Editor): void {
  const { draft, focus } = editor.getState();
  const level: LevelId = stepOf(draft, focus)?.level ?? null;
  const ids =
    indexOf(draft)
      .levels.get(level)
      ?.steps.map((step) => step.id) ?? [];
  editor.select(ids);
  editor.say({ id: "canvas.selected", values: { count: ids.length } });
}

/** Enter: connects, writes in the note, or opens the step; the second time it widens the inspector. */
export function enter(editor: Editor): void {
  const { connecting, draft, focus, inspected } = editor.getState();
  if (connecting !== undefined) {
    endConnecting(editor, true);
  } else if (noteAt(draft, focus) !== undefined) {
    write(editor, focus);
  } else if (focus !== undefined) {
    editor.inspect(focus, inspected === focus);
    editor.setState((state) => ({ goto: { id: focus, path: [], at: (state.goto?.at ?? 0) + 1 } }));
  } else {
    editor.inspect("");
  }
}

/** Esc: one level out. */
export function leave(editor: Editor): void {
  const { connecting, picker, inspected, wide, panel } = editor.getState();
  if (connecting !== undefined) {
    endConnecting(editor, false);
  } else if (picker !== undefined) {
    editor.setState({ picker: undefined });
  } else if (wide) {
    editor.setState({ wide: false });
  } else if (inspected !== undefined) {
    editor.inspect(undefined);
  } else if (panel !== undefined) {
    editor.setState({ panel: undefined });
  } else {
    editor.select([]);
    editor.setState({ focus: undefined });
  }
}

export function move(editor: Editor, dx: number, dy: number): void {
  editor.run(nudge(editor.getState().draft, chosen(editor), dx, dy));
}

/** Steps by their ids, notes by their keys; with notes alone, no step that only has the focus. */
function chosen(editor: Editor): string[] {
  const notes = chosenNotes(editor);
  const { draft, selected } = editor.getState();
  const steps = [...selected].filter((id) => indexOf(draft).steps.has(id));
  return notes.length > 0 ? [...steps, ...notes] : chosenSteps(editor);
}

export function openPicker(editor: Editor, screen?: Point): void {
  const { focus, draft, edges, readOnly } = editor.getState();
  if (readOnly) {
    editor.say({ id: "canvas.not.readOnly" }, true);
    return;
  }
  const [edge] = edges;
  const step = stepOf(draft, focus);
  if (edge !== undefined) {
    editor.setState({ picker: { onEdge: edge, screen } });
  } else if (step !== undefined) {
    editor.setState({ picker: { after: { id: step.id }, screen } });
  } else {
    editor.setState({ picker: { level: null, at: editor.board?.middle(), screen } });
  }
}

/* ---- Clipboard: as text, so that it goes from flow to flow and into mails */

export function copied(editor: Editor): string | undefined {
  const all = chosen(editor);
  const notes = chosenNotes(editor).length;
  const text = copyText(editor.getState().draft, all);
  const steps = all.length - notes;
  const told = steps === 0 ? { id: "canvas.copiedNotes", values: { count: notes } } : undefined;
  editor.say(
    text === undefined
      ? { id: "canvas.not.chosen" }
      : (told ?? { id: "canvas.copied", values: { count: steps } }),
    text === undefined,
  );
  return text;
}

export function pasted(editor: Editor, text: string): boolean {
  const { draft, catalog, focus } = editor.getState();
  const step = stepOf(draft, focus);
  const level = step?.body && isOpenEmpty(editor, step.id) ? step.id : (step?.level ?? null);
  return editor.run(paste(draft, catalog, text, { level, ...pasteSpot(editor, level) }));
}

function isOpenEmpty(editor: Editor, id: string): boolean {
  const { draft } = editor.getState();
  return !isCollapsed(draft, id) && (indexOf(draft).levels.get(id)?.steps.length ?? 0) === 0;
}

function pasteSpot(editor: Editor, level: LevelId): { middle?: Point } {
  const middle = editor.board?.middle();
  if (middle === undefined || editor.getState().focus !== undefined) {
    return {};
  }
  const origin = originOf(editor.getState().draft, level);
  return { middle: { x: middle.x - origin.x, y: middle.y - origin.y } };
}

export function duplicated(editor: Editor): void {
  const { draft, catalog } = editor.getState();
  editor.run(duplicate(draft, catalog, chosen(editor)));
}

/* ---- Arrangement */

export async function tidy(editor: Editor): Promise<void> {
  const { draft, selected } = editor.getState();
  const steps = [...selected].filter((id) => indexOf(draft).steps.has(id));
  const only = steps.length > 1 ? new Set(steps) : undefined;
  const places = await placesOf(draft, only);
  const now = editor.getState().draft; /* it may have been edited meanwhile */
  const kept = new Map([...places].filter(([id]) => indexOf(now).steps.has(id)));
  if (editor.run(tidied(now, kept)) && only === undefined) {
    editor.board?.fit();
  }
}

export function groupChosen(editor: Editor, title: string): void {
  if (editor.run(group(editor.getState().draft, chosenSteps(editor), title))) {
    nameGroup(editor);
  }
}

/** Of the group that is chosen, or in which the chosen step stands. */
export function nameGroup(editor: Editor): void {
  const { draft } = editor.getState();
  const [id] = [...chosenGroups(editor), groupOf(draft, chosenSteps(editor)[0] ?? "")];
  if (id === undefined) {
    editor.say({ id: "canvas.not.grouped" }, true);
  } else {
    write(editor, `group/${id}`);
  }
}

export function ungroupChosen(editor: Editor): void {
  editor.run(ungroup(editor.getState().draft, chosenSteps(editor)));
}

export function fold(editor: Editor): void {
  const { draft, focus } = editor.getState();
  const step = stepOf(draft, focus);
  const own = groupsOf(draft).find((one) => one.steps.includes(focus ?? ""));
  /* what is folded is what is seen: a loop within it comes after it */
  if (step?.body && own?.collapsed !== true) {
    editor.run(setCollapsed(draft, step.id, !isCollapsed(draft, step.id)));
  } else if (own !== undefined) {
    editor.run(changeGroup(draft, own.id, { collapsed: !own.collapsed }));
  } else {
    editor.say({ id: "canvas.not.foldable" }, true);
  }
}

export function note(editor: Editor): void {
  const at = editor.board?.middle() ?? { x: 0, y: 0 };
  if (editor.run(addNote(editor.getState().draft, at))) {
    write(editor, editor.getState().focus);
  }
}

/** What is written in the note, or the name of the step or group, is in the hand. */
export function write(editor: Editor, id: string | undefined): void {
  const { readOnly } = editor.getState();
  if (readOnly) {
    editor.say({ id: "canvas.not.readOnly" }, true);
    return;
  }
  editor.setState({ renaming: id });
}

export function resize(editor: Editor, dw: number, dh: number): void {
  editor.run(resizeNotes(editor.getState().draft, chosenNotes(editor), dw, dh));
}

export function nextColour(editor: Editor): void {
  const { draft } = editor.getState();
  const [key] = chosenNotes(editor);
  const old = noteAt(draft, key);
  if (key === undefined || old === undefined) {
    editor.say({ id: "canvas.not.note" }, true);
    return;
  }
  const colour = NOTE_COLOURS[(NOTE_COLOURS.indexOf(old.colour) + 1) % NOTE_COLOURS.length];
  editor.run(changeNote(draft, key, { colour: colour ?? NOTE_COLOURS[0] }));
  editor.settle();
}

export function disable(editor: Editor): void {
  editor.run(toggleDisabled(editor.getState().draft, chosenSteps(editor)));
}

export function series(editor: Editor): void {
  const { draft, catalog, selected } = editor.getState();
  editor.run(
    wireInSeries(
      draft,
      catalog,
      [...selected].filter((id) => indexOf(draft).steps.has(id)),
    ),
  );
}

export function aligned(editor: Editor, how: Parameters<typeof align>[2]): void {
  editor.run(align(editor.getState().draft, chosenSteps(editor), how));
}
