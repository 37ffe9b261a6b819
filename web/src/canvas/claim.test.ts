import { describe, expect, it } from "vitest";
import { claim } from "./claim.ts";

/** Locks as browsers have them, as far as they are asked for here. */
function locksOf(): LockManager {
  const held = new Set<string>();
  const request = async (
    name: string,
    how: LockOptions,
    run: (lock: Lock | null) => Promise<void> | undefined,
  ): Promise<void> => {
    for (let round = 0; held.has(name) && !how.ifAvailable; round++) {
      if (round === 5) throw new DOMException("too long", "TimeoutError");
      await Promise.resolve();
    }
    if (held.has(name)) return run(null);
    held.add(name);
    await run({ name, mode: "exclusive" });
    held.delete(name);
  };
  return { request } as unknown as LockManager;
}

function tab(): Pick<Storage, "getItem" | "setItem"> {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
  };
}

const recordsOf = (...keys: string[]) => ({ keys: async () => keys });

describe("which record of the journal a tab has", () => {
  it("is another one in each tab of the same flow, and the same one after a reload", async () => {
    const [locks, one, two] = [locksOf(), tab(), tab()];
    const first = await claim("main/anna/pay", recordsOf(), locks, one);
    const second = await claim("main/anna/pay", recordsOf(first.key), locks, two);
    expect(second.key).not.toBe(first.key);
    first.release();
    const again = await claim("main/anna/pay", recordsOf(first.key, second.key), locks, one);
    expect(again.key).toBe(first.key);
  });

  it("is what a tab has left that is no more, and never that of another flow", async () => {
    const locks = locksOf();
    const known = recordsOf("main/anna/pay2#x", "main/anna/payroll", "main/anna/pay#left");
    expect((await claim("main/anna/pay", known, locks, tab())).key).toBe("main/anna/pay#left");
    const next = await claim("main/anna/pay", known, locks, tab());
    expect(next.key).toMatch(/^main\/anna\/pay#/);
    expect(next.key).not.toBe("main/anna/pay#left");
  });

  it("is a new one in a copy of a tab, whose own is in use", async () => {
    const [locks, one] = [locksOf(), tab()];
    const first = await claim("main/anna/pay", recordsOf(), locks, one);
    const copy = await claim("main/anna/pay", recordsOf(first.key), locks, one);
    expect(copy.key).not.toBe(first.key);
  });
});
