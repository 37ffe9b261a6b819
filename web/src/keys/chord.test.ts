import { describe, expect, test } from "vitest";
import { chordOf, isPlain, keysText, normalized } from "./chord.ts";
import { type Command, findCommand } from "./registry.ts";

const none = { ctrlKey: false, altKey: false, shiftKey: false, metaKey: false };
const press = (key: string, more = {}) => ({ ...none, key, ...more });
const settings = { own: {}, letters: true };

describe("keys as texts", () => {
  test.each([
    [press("k", { ctrlKey: true }), "mod+k"],
    [press("?", { shiftKey: true }), "?"],
    [press("Z", { ctrlKey: true, shiftKey: true }), "mod+shift+z"],
    [press("ArrowLeft", { shiftKey: true }), "shift+arrowleft"],
    [press("[", { ctrlKey: true, altKey: true }), "["],
    [press("5", { ctrlKey: true, altKey: true }), "mod+alt+5"],
    [press(" "), "space"],
    [press("Shift", { shiftKey: true }), undefined],
  ])("a press %#", (event, text) => expect(chordOf(event, false)).toBe(text));

  test("one way of writing", () => {
    expect(normalized("Shift+Ctrl+Z")).toBe("ctrl+shift+z");
    expect(normalized(" G  R ")).toBe("g r");
    expect(normalized("mod++")).toBe("mod++");
    expect(keysText("mod+k")).toMatch(/^(Ctrl|⌘)\+K$/);
    expect(keysText("g r")).toBe("G R");
  });

  test("what would type a character", () => {
    expect(["j", "g r", "?", "shift+n", "enter"].every(isPlain)).toBe(true);
    expect(["mod+k", "alt+1", "f6", "shift+f6", "escape"].some(isPlain)).toBe(false);
  });
});

describe("finding a command", () => {
  const run = () => undefined;
  const commands: Command[] = [
    { id: "palette", title: "", group: "", keys: ["mod+k"], run },
    { id: "runs", title: "", group: "", keys: ["g r"], run },
    { id: "canvas.group", title: "", group: "", keys: ["g"], within: () => null, run },
  ];
  const find = (before: string, key: string, typing = false, more = {}) =>
    findCommand(commands, settings, before, press(key, more), () => false, typing);

  test("a sequence waits for its second key", () => {
    const first = find("", "g");
    expect(first).toEqual({ before: "g", command: undefined, waiting: true });
    expect(find(first.before, "r").command?.id).toBe("runs");
    expect(find(first.before, "x").command).toBeUndefined();
  });

  test("letters do nothing while somebody types, Ctrl does", () => {
    expect(find("", "g", true).waiting).toBe(false);
    expect(find("", "k", true, { ctrlKey: true, metaKey: false }).command?.id).toBe("palette");
  });

  test("letters can be switched off, keys changed", () => {
    const off = { own: { runs: ["mod+1"] }, letters: false };
    const at = (key: string, more = {}) =>
      findCommand(commands, off, "", press(key, more), () => true, false);
    expect(at("g").command).toBeUndefined();
    expect(at("1", { ctrlKey: true }).command?.id).toBe("runs");
  });

  test("a command of the focused part comes first", () => {
    const found = findCommand(commands, settings, "", press("g"), () => true, false);
    expect(found.command?.id).toBe("canvas.group");
  });
});
