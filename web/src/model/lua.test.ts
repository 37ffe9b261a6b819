import { describe, expect, it } from "vitest";
import { renameSteps, stepNames } from "./lua.ts";

const ids = (text: string): string[] => stepNames(text).map((name) => name.id);

describe("names of steps in Lua", () => {
  it("finds them by dot and bracket, not in strings, comments or members", () => {
    expect(ids("steps.a.b + steps['b'].c + steps [\"c\"]")).toEqual(["a", "b", "c"]);
    expect(ids("'steps.a' .. [[steps.b]] -- steps.c\n + x.steps.d + y:steps.e")).toEqual([]);
    expect(ids("--[==[ steps.a ]] ]==] steps.b")).toEqual(["b"]);
    expect(ids("steps[name]")).toEqual([]);
    expect(ids("a..steps.x")).toEqual(["x"]);
  });

  it("leaves a local of that name alone", () => {
    expect(ids("local steps = {} return steps.a")).toEqual([]);
    expect(ids("for _, steps in pairs(x) do y(steps.a) end")).toEqual([]);
  });

  it("renames each place and nothing else", () => {
    const names = new Map([
      ["a", "entry"],
      ["b", "end"],
    ]);
    expect(renameSteps("steps.a.a + steps['a'] .. 'steps.a' + steps.ab", names)).toBe(
      "steps.entry.a + steps['entry'] .. 'steps.a' + steps.ab",
    );
    expect(renameSteps("steps.b.x", names)).toBe("steps['end'].x");
  });
});
