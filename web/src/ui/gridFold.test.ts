import { describe, expect, test } from "vitest";
import { foldOf } from "./gridFold.ts";

const columns = [
  { id: "state", header: "", width: "8rem", cell: () => null },
  { id: "at", header: "", width: "9.5rem", cell: () => null },
  { id: "flow", header: "", width: "minmax(9rem, 1.4fr)", cell: () => null },
  { id: "key", header: "", width: "minmax(8rem, 1.2fr)", cell: () => null },
];

describe("the fold of a grid", () => {
  test("where there is room nothing is folded", () => {
    expect(foldOf(columns, 36, false)).toBeUndefined();
    expect(foldOf(columns, 35, true)?.lines).toBe(1); // closer together is enough
  });

  test("a phone shows two columns a line, and no line is wider than it is", () => {
    const fold = foldOf(columns, 22, true);
    expect(fold?.lines).toBe(2);
    expect(fold?.styleOf("flow")?.flex).toBe("0 1 9.37rem");
    expect(fold?.styleOf("at")?.flex).toBe("1 1 9.37rem");
    expect(foldOf(columns, 7, false)?.lines).toBe(4);
  });

  test("a sentence has two lines for itself", () => {
    const text = { id: "text", header: "", width: "minmax(14rem, 4fr)", prose: true };
    const fold = foldOf([...columns, { ...text, cell: () => null }], 22, true);
    expect(fold?.lines).toBe(4);
    expect(fold?.styleOf("text")).toMatchObject({ flex: "1 0 100%", WebkitLineClamp: 2, order: 4 });
    expect(fold?.styleOf("at")?.flex).toBe("1 1 9.37rem");
  });

  test("where a name would be cut to a word, columns that fit are folded all the same", () => {
    const [state, , name] = columns as [(typeof columns)[0], unknown, (typeof columns)[0]];
    expect(foldOf([state, name], 20, false)).toBeUndefined();
    expect(foldOf([state, { ...name, prose: true }], 20, false)?.lines).toBe(3);
    expect(foldOf([{ ...name, prose: true }, state], 20, false)?.styleOf("flow")?.order).toBe(0);
    expect(foldOf([state, { ...name, prose: true }], 23, false)).toBeUndefined();
  });

  test("the second of a line begins where it does on the others, whatever stands behind them", () => {
    const acts = { id: "acts", header: "", width: "2.5rem", cell: () => null };
    const fold = foldOf([...columns, acts], 22, false);
    expect(fold?.lines).toBe(2);
    expect(fold?.styleOf("state")).toEqual(fold?.styleOf("flow"));
    expect(fold?.styleOf("state")?.flex).toBe("0 1 9.49rem");
  });
});
