import { expect, test } from "vitest";
import type { Json } from "../model/json.ts";
import type { Change } from "./drawing.ts";
import { piecesOf } from "./legible.ts";

const told = (before: Json, after: Json) =>
  piecesOf({ kind: "changed", what: "lookup", pointer: "", before, after } as Change).map(
    ({ path, before, after }) => [path, before, after],
  );
const table = (rows: Json) => ({ columns: ["method", "account"], keys: ["method"], rows });

test("of a table the rows are told by their keys, wherever they stand", () => {
  const before = table([
    ["ACH", "1"],
    ["Card", "2"],
  ]);
  const after = table([
    ["Cash", "9"],
    ["ACH", "1"],
    ["Card", "3"],
  ]);
  expect(told(before, after)).toEqual([
    ["rows.Card.account", "2", "3"],
    ["rows.Cash", undefined, { method: "Cash", account: "9" }],
  ]);
});

test("rows of one key are told by their place", () => {
  expect(
    told(
      table([["ACH", "1"]]),
      table([
        ["ACH", "1"],
        ["ACH", "2"],
      ]),
    ),
  ).toEqual([["rows[1]", undefined, ["ACH", "2"]]]);
});

test("of tests each by its name, of a rule the lines between what is the same", () => {
  expect(told([{ name: "b", expected: 1 }], [{ name: "a" }, { name: "b", expected: 2 }])).toEqual([
    ["b.expected", 1, 2],
    ["a", undefined, { name: "a" }],
  ]);
  expect(told("one\ntwo\nthree\nend", "one\n2\nend")).toEqual([[":2", "two\nthree", "2"]]);
  expect(told("a\nb", "a\nb\nc")).toEqual([[":3", "", "c"]]);
});
