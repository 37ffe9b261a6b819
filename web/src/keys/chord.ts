// Keys as texts: "ctrl+k", "shift+arrowleft", "g r" (one after the other), "?".
// "mod" is Ctrl, on a Mac the command key.

export const isMac = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? "");

const MODIFIERS = ["mod", "ctrl", "alt", "shift", "meta"];

export interface KeyPress {
  key: string;
  code?: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

/** The text of a press; undefined for a modifier alone. Signs count as they are typed: "?" has no shift. */
export function chordOf(press: KeyPress, mac = isMac): string | undefined {
  if (["Control", "Shift", "Alt", "Meta", "Dead", "Unidentified"].includes(press.key))
    return undefined;
  const named = press.key === " " ? "space" : press.key.toLowerCase();
  const sign = named.length === 1 && !/[a-z0-9]/.test(named);
  // AltGr, which some keyboards need for "[", looks like Ctrl and Alt.
  const typed = sign && !mac && press.ctrlKey && press.altKey;
  const parts: string[] = [];
  if (mac ? press.metaKey : press.ctrlKey && !typed) parts.push("mod");
  if (mac && press.ctrlKey) parts.push("ctrl");
  if (!mac && press.metaKey) parts.push("meta");
  if (press.altKey && !typed) parts.push("alt");
  if (press.shiftKey && !sign) parts.push("shift");
  return [...parts, named].join("+");
}

/** Sorted modifiers, lower case, so that two ways of writing are one. */
export function normalized(keys: string): string {
  const press = (one: string) => {
    const parts = one.toLowerCase().split("+").filter(Boolean);
    const modifiers = MODIFIERS.filter((modifier) => parts.includes(modifier));
    const rest = parts.filter((part) => !MODIFIERS.includes(part));
    return [...modifiers, rest[0] ?? "+"].join("+");
  };
  return keys.trim().split(/\s+/).map(press).join(" ");
}

/** A press without Ctrl, Alt or the command key types a character: it must not act in a field. */
export function isPlain(keys: string): boolean {
  return !/\b(mod|ctrl|alt|meta)\+/.test(keys) && !/(^|\+)(f[0-9]{1,2}|escape)$/.test(keys);
}

const WORDS: Record<string, string> = {
  mod: isMac ? "⌘" : "Ctrl",
  ctrl: "Ctrl",
  alt: isMac ? "⌥" : "Alt",
  shift: isMac ? "⇧" : "Shift",
  meta: "Meta",
  enter: "Enter",
  escape: "Esc",
  space: "Space",
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  delete: "Del",
  backspace: "Backspace",
};

/** As it is shown to a person: one list entry per press, each a list of caps. */
export function capsOf(keys: string): string[][] {
  return normalized(keys)
    .split(" ")
    .map((press) =>
      press
        .split("+")
        .map((part, at, all) => (part === "" && at === all.length - 1 ? "+" : part))
        .filter((part) => part !== "")
        .map(
          (part) =>
            WORDS[part] ??
            (part.length === 1 ? part.toUpperCase() : part.replace(/^./, (c) => c.toUpperCase())),
        ),
    );
}

export function keysText(keys: string): string {
  return capsOf(keys)
    .map((caps) => caps.join("+"))
    .join(" ");
}
