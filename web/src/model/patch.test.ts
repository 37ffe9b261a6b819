import { describe, expect, it } from "vitest";
import { type Json, parseJson, sameJson } from "./json.ts";
import { applyPatch, patchBetween } from "./patch.ts";

/** A small generator with a seed, so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function anything(pick: (below: number) => number, depth: number): Json {
  switch (pick(depth > 0 ? 7 : 4)) {
    case 0:
      return pick(5);
    case 1:
      return `t${pick(4)}`;
    case 2:
      return pick(2) === 0;
    case 3:
      return null;
    case 4:
      return Array.from({ length: pick(4) }, () => anything(pick, depth - 1));
    case 5:
      return Array.from({ length: pick(5) }, (_, i) => ({
        id: `n${(i * 3 + pick(2)) % 7}`,
        v: pick(3),
      }));
    default:
      return Object.fromEntries(
        Array.from({ length: pick(4) }, () => [`m${pick(5)}`, anything(pick, depth - 1)]),
      );
  }
}

describe("patch", () => {
  it("leads from any value to any other", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const pick = random(seed);
      const [before, after] = [anything(pick, 4), anything(pick, 4)];
      const made = applyPatch(before, patchBetween(before, after));
      expect(sameJson(made, after), `seed ${seed}`).toBe(true);
    }
  });

  it("names only what changed in a list of steps", () => {
    const before = parseJson('{"nodes":[{"id":"a","v":1},{"id":"b"},{"id":"c"}]}');
    const after = parseJson('{"nodes":[{"id":"a","v":1.10},{"id":"c"},{"id":"d"}]}');
    expect(patchBetween(before, after).map((op) => `${op.op} ${op.path}`)).toEqual([
      "replace /nodes/0/v",
      "remove /nodes/1",
      "add /nodes/2",
    ]);
  });

  it("moves an item as remove and add, and leaves the others alone", () => {
    const before = parseJson('[{"id":"a"},{"id":"b"},{"id":"c"}]');
    const after = parseJson('[{"id":"c"},{"id":"a"},{"id":"b"}]');
    const ops = patchBetween(before, after);
    expect(ops.map((op) => `${op.op} ${op.path}`)).toEqual(["remove /2", "add /0"]);
  });

  it("of very many rows the list is replaced as a whole, in a moment; of a few, they are", () => {
    const rows = (count: number, more: number) => ({
      rows: Array.from({ length: count }, (_, i) => [`k${i}`, i + more]),
    });
    const paths = (a: Json, b: Json) => patchBetween(a, b).map((op) => `${op.op} ${op.path}`);
    expect(paths(rows(2, 0), rows(50_000, 1))).toEqual(["replace /rows"]);
    expect(paths(rows(50_000, 0), rows(50_000, 1))).toEqual(["replace /rows"]);
    expect(paths(rows(50_000, 0), rows(49_000, 1))).toEqual(["replace /rows"]);
    const [before, after] = [rows(50_000, 0), rows(50_001, 0)];
    expect(paths(before, after)).toEqual(["add /rows/50000"]);
    expect(applyPatch(rows(2, 0), patchBetween(rows(2, 0), rows(5000, 3)))).toEqual(rows(5000, 3));
  });
});
