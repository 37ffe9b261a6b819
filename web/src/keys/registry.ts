// Which commands there are on the screen now, and which keys call them. Toolbars, menus, the
// palette and the keyboard all run the same commands.
import { useEffect } from "react";
import { create } from "zustand";
import { chordOf, isPlain, type KeyPress, normalized } from "./chord.ts";

export interface Command {
  /** "runs.replay"; its keys can be changed under this name. */
  id: string;
  title: string;
  group: string;
  keys?: string[];
  /** Keys act only while the focus is within this element. */
  within?: () => Element | null;
  /** Why it cannot be done now. */
  reason?: string | undefined;
  /** Not in the palette: a movement, a toggle of a list. */
  keysOnly?: boolean;
  run: () => void;
}

interface Registry {
  commands: ReadonlyMap<string, Command>;
  add: (commands: readonly Command[]) => () => void;
}

export const useRegistry = create<Registry>((set) => ({
  commands: new Map(),
  add: (commands) => {
    set((state) => {
      const next = new Map(state.commands);
      for (const command of commands) next.set(command.id, command);
      return { commands: next };
    });
    return () =>
      set((state) => {
        const next = new Map(state.commands);
        for (const command of commands) {
          if (next.get(command.id) === command) next.delete(command.id);
        }
        return { commands: next };
      });
  },
}));

/** Commands of a mounted part of a screen. Give a list that changes only when they do. */
export function useCommands(commands: readonly Command[]): void {
  const add = useRegistry((state) => state.add);
  useEffect(() => add(commands), [add, commands]);
}

const STORED = "weft.keys";

export interface KeySettings {
  /** Command to keys; an empty list takes a command's keys away. */
  own: Record<string, string[]>;
  /** Single letters act (WCAG 2.1.4 lets people switch them off). */
  letters: boolean;
}

function stored(): KeySettings {
  const standard: KeySettings = { own: {}, letters: true };
  try {
    return { ...standard, ...(JSON.parse(localStorage.getItem(STORED) ?? "{}") as KeySettings) };
  } catch {
    return standard;
  }
}

export const useKeySettings = create<
  KeySettings & { change: (next: Partial<KeySettings>) => void }
>((set, get) => ({
  ...stored(),
  change: (next) => {
    set(next);
    const { own, letters } = get();
    localStorage.setItem(STORED, JSON.stringify({ own, letters }));
  },
}));

export function keysOf(command: Command, settings: KeySettings): string[] {
  return (settings.own[command.id] ?? command.keys ?? []).map(normalized);
}

export interface Pressed {
  /** What was pressed before, of a sequence; "" is nothing. */
  before: string;
  command: Command | undefined;
  /** More may follow. */
  waiting: boolean;
}

/** Finds the command of a press. `inside` says whether the focus is within an element. */
export function findCommand(
  commands: Iterable<Command>,
  settings: KeySettings,
  before: string,
  press: KeyPress,
  inside: (element: Element | null) => boolean,
  typing: boolean,
): Pressed {
  const chord = chordOf(press);
  if (chord === undefined) return { before, command: undefined, waiting: before !== "" };
  const whole = before === "" ? chord : `${before} ${chord}`;
  let waiting = false;
  let found: Command | undefined;
  for (const command of commands) {
    if (command.within && !inside(command.within())) continue;
    for (const keys of keysOf(command, settings)) {
      if (isPlain(keys) && (typing || (!settings.letters && /^[a-z]\b/.test(keys)))) continue;
      if (keys === whole && (!found || command.within)) found = command;
      else if (keys.startsWith(`${whole} `)) waiting = true;
    }
  }
  return { before: waiting && !found ? whole : "", command: found, waiting: waiting && !found };
}
