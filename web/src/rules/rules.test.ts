import { describe, expect, test } from "vitest";
import { delimiterOf, readCsv, writeCsv, writeTsv } from "../data/csv.ts";
import { isRefusal, type Outcome } from "../model/commands/outcome.ts";
import { draftOf } from "../model/flow.ts";
import { type Json, objectOf, parseJson, writeJson } from "../model/json.ts";
import {
  cellText,
  cellValue,
  conditionText,
  conditionValue,
  plainText,
  plainValue,
} from "./cells.ts";
import { addPiece, removePiece, renamePiece } from "./changes.ts";
import * as decision from "./decision.ts";
import { addressOf, pieceAt, piecesOf } from "./pieces.ts";
import { functionsOf, referencesIn, renamedIn } from "./references.ts";
import * as sheet from "./sheet.ts";
import { diffTree, errorOf, outcomesOf, resultsOf, trialTests } from "./tests.ts";
import { callsOf, usesOfPiece } from "./used.ts";

const PAY = `local M = {}
function M.fee(event, n)
  return lookup('terms', n)
end
M.key = function(event) return 1 end
return M`;

const draft = draftOf(
  parseJson(`{
    "flow": { "weft": 1, "name": "x", "settings": { "order_by": "=require('rules.pay').key(trigger.body)" },
      "nodes": [
        { "id": "a", "type": "transform.map", "config": { "fields": [
          { "to": "fee", "from": "=require('rules.pay').fee(trigger.body, 1) * 2" },
          { "to": "kind", "from": "=decide('kinds', { m = trigger.body.m }).kind" },
          { "to": "text", "from": "no decide('kinds', 1) here" } ] } },
        { "id": "b", "type": "transform.lookup", "config": { "table": "terms", "key": "=1" } } ], "edges": [] },
    "rules": { "pay": ${JSON.stringify(PAY)},
               "other": "local p = require \\"rules.pay\\"\\nreturn { x = p }" },
    "lookups": { "kinds": { "inputs": ["m"], "outputs": ["kind"],
                            "rows": [ { "when": ["-"], "then": ["=lookup('terms', 1)"] } ] },
                 "terms": { "rows": { "A": 1.10 }, "title": "T" } },
    "tests": { "rules/pay": [ { "name": "t", "call": "=require('rules.pay').fee(1, 2)", "expected": 1 } ] },
    "odd": { "kept": 1 } }`),
);

function done(outcome: Outcome) {
  if (isRefusal(outcome)) {
    throw new Error(outcome.refused.id);
  }
  return outcome.draft;
}

describe("what a text names", () => {
  test("modules with what is called of them, tables with what they are asked", () => {
    const [module, table, lookup] = referencesIn(
      "require('rules.pay').fee(f(1, {2}), 3) + decide(\"kinds\", { m = 1 }) .. lookup.row('t', 'a')",
    );
    expect(module).toMatchObject({
      kind: "module",
      name: "pay",
      func: "fee",
      args: "f(1, {2}), 3",
    });
    expect(module?.call).toBe("require('rules.pay').fee(f(1, {2}), 3)");
    expect(table).toMatchObject({ kind: "table", name: "kinds", args: "{ m = 1 }" });
    expect(lookup).toMatchObject({ kind: "lookup", name: "t", args: "'a'" });
  });

  test("neither comments nor texts nor members of that name", () => {
    expect(referencesIn("-- require('rules.a')\nx.lookup('t', 1) .. \"decide('k', 1)\"")).toEqual(
      [],
    );
    expect(referencesIn("lookup(name, 1)")).toEqual([]);
    expect(referencesIn("decide('half', {")[0]).toMatchObject({ name: "half" });
  });

  test("another name keeps the quotes and all else", () => {
    expect(renamedIn("lookup(\"a\", 'a') + decide('a', 1)", "lookup", "a", "b")).toBe(
      "lookup(\"b\", 'a') + decide('a', 1)",
    );
  });

  test("functions of the table that a module returns", () => {
    const text =
      "local M = {}\nlocal function no() end\nfunction M.a(x, y) end\nM.b = function() end\nreturn M";
    expect(functionsOf(text)).toEqual([
      { name: "a", params: ["x", "y"], line: 3 },
      { name: "b", params: [], line: 4 },
    ]);
    expect(functionsOf("return {}")).toEqual([]);
  });
});

describe("rules of a draft", () => {
  test("their kinds, addresses and uses", () => {
    expect(piecesOf(draft).map((piece) => `${piece.kind} ${piece.name}`)).toEqual([
      "module other",
      "module pay",
      "table kinds",
      "lookup terms",
    ]);
    const both = done(addPiece(draft, { kind: "module", name: "kinds" }));
    expect(addressOf(both, { kind: "table", name: "kinds" })).toBe("kinds.table");
    expect(pieceAt(both, "kinds.table")).toEqual({ kind: "table", name: "kinds" });
    expect(pieceAt(draft, "terms")?.kind).toBe("lookup");
    const uses = usesOfPiece(draft, { kind: "lookup", name: "terms" });
    expect(uses.map((use) => `${use.in} ${use.id} ${use.line ?? ""}`)).toEqual([
      "step b ",
      "module pay 3",
      "table kinds ",
    ]);
    expect(callsOf(draft, { kind: "module", name: "pay" }).map((one) => one.call)).toEqual([
      "require('rules.pay').key(trigger.body)",
      "require('rules.pay').fee(trigger.body, 1)",
    ]);
  });

  test("another name goes along everywhere, and what is not known is kept", () => {
    const next = done(renamePiece(draft, { kind: "module", name: "pay" }, "money"));
    const text = writeJson(next);
    expect(text).not.toContain("rules.pay");
    expect(text.match(/rules\.money/g)).toHaveLength(4);
    expect(Object.keys(objectOf(next.tests))).toEqual(["rules/money"]);
    expect(next.odd).toBe(draft.odd);
    const terms = done(renamePiece(draft, { kind: "lookup", name: "terms" }, "days"));
    expect(writeJson(terms)).not.toContain('"terms"');
    expect(writeJson(terms)).toContain('"A":1.10');
  });

  test("names that cannot be are refused; what is removed takes its tests along", () => {
    expect(isRefusal(addPiece(draft, { kind: "module", name: "Not good" }))).toBe(true);
    expect(isRefusal(renamePiece(draft, { kind: "table", name: "kinds" }, "terms"))).toBe(true);
    expect(done(removePiece(draft, { kind: "module", name: "pay" })).tests).toBeUndefined();
  });
});

describe("cells", () => {
  const conditions: [Json, "text" | "number" | "boolean" | "date", string][] = [
    ["-", "text", "-"],
    [["-"], "text", '["-"]'],
    ["Card", "text", "Card"],
    ["12", "text", "12"],
    ["a, b", "text", '"a, b"'],
    ["not x", "text", '"not x"'],
    [["ACH", "Check"], "text", "ACH, Check"],
    [{ not: "Refund" }, "text", "not Refund"],
    [{ not: ["a", "b"] }, "text", "not a, b"],
    [null, "text", "null"],
    ["null", "text", '"null"'],
    ["< 5", "number", "< 5"],
    ["[5..10)", "number", "[5..10)"],
    [["< 5", "[7..9]"], "number", "< 5, [7..9]"],
    [parseJson("1.10"), "number", "1.10"],
    [true, "boolean", "true"],
    ["> 2026-12-31", "date", "> 2026-12-31"],
  ];
  test.each(conditions)("the condition %j of %s is %s, and back", (value, type, text) => {
    expect(conditionText(value, type)).toBe(text);
    expect(writeJson(conditionValue(text, type))).toBe(writeJson(value));
  });

  test.each([
    "payment",
    "=decimal(input.a) * 2",
    "1200",
    "true",
    "",
    '"',
    " a ",
    "[1]",
    '{"a":1.10}',
  ])("the outcome %j", (text) => expect(plainValue(plainText(text))).toBe(text));

  test("numbers keep their digits, whatever their column was", () => {
    for (const text of ["0.10", "12345678901234567890.5", "1e400", "-0"]) {
      expect(cellText(cellValue(text, "number"), "number")).toBe(text);
    }
    expect(cellValue("007", "number")).toBe("007");
    expect(cellValue("", "text")).toBeNull();
  });
});

describe("CSV", () => {
  test("quotes, line ends, delimiters, and back", () => {
    const { rows, lines, faults } = readCsv('\uFEFFa;b\r\n"1;2";"x ""y""\nz"\r\n\r\n3;4');
    expect(rows).toEqual([
      ["a", "b"],
      ["1;2", 'x "y"\nz'],
      ["3", "4"],
    ]);
    expect(lines).toEqual([1, 2, 5]);
    expect(faults).toEqual([]);
    expect(readCsv(writeCsv(rows)).rows).toEqual(rows);
    expect(delimiterOf('"a,b,c";d;e')).toBe(";");
    expect(
      writeTsv([
        ["a", "b"],
        ["c", "d"],
      ]),
    ).toBe("a\tb\nc\td");
  });

  test("each fault with its line and column", () => {
    const { faults } = readCsv('a,b\n1\n"x"y,2\n3,"open');
    expect(faults).toMatchObject([
      { line: 2, column: 1, id: "width", values: { has: 1, width: 2 } },
      { line: 3, column: 4, id: "after" },
      { line: 4, column: 3, id: "quote" },
    ]);
  });
});

describe("decision tables", () => {
  const table = decision.decisionOf(
    parseJson(`{ "inputs": [ { "name": "method", "from": "=1" }, { "name": "amount", "type": "number" } ],
      "outputs": ["kind"], "hit": "unique", "x": 1,
      "rows": [ { "when": ["Card", "< 10"], "then": ["small"], "help": "h" }, { "when": ["-", "-"], "then": [1.10] } ],
      "default": ["other"] }`),
  );
  const texts = (json: Json): string[][] => {
    const now = decision.decisionOf(json);
    return now.rows.map((_, row) =>
      Array.from({ length: decision.widthOf(now) }, (_c, column) =>
        decision.textAt(now, row, column),
      ),
    );
  };

  test("cells are read and set, and unknown members stay", () => {
    const next = decision.setCell(table, 0, 1, ">= 10");
    expect(texts(next)[0]).toEqual(["Card", ">= 10", "small"]);
    expect(next.x).toBe(1);
    expect(writeJson(next)).toContain('"help":"h"');
    expect(writeJson(next)).toContain("1.10");
    expect(decision.setCell(table, 2, 2, "none").default).toEqual(["none"]);
  });

  test("rows and columns are added, moved, removed and pasted", () => {
    expect(texts(decision.moveRow(table, 0, 1))[1]?.[0]).toBe("Card");
    expect(texts(decision.moveInput(table, 0, 1))[0]).toEqual(["< 10", "Card", "small"]);
    expect(texts(decision.addInput(table, "n"))[0]).toEqual(["Card", "< 10", "-", "small"]);
    expect(decision.addOutput(table, "n").default).toEqual(["other", null]);
    expect(texts(decision.removeInput(table, 0))[0]).toEqual(["< 10", "small"]);
    const pasted = decision.pasteCells(table, 1, 0, [["ACH"], ["Wire", "5", "w"]]);
    expect(texts(pasted)).toEqual([
      ["Card", "< 10", "small"],
      ["ACH", "-", "1.10"],
      ["Wire", "5", "w"],
    ]);
    const number = decision.setInput(table, 0, { name: "method", type: "number" });
    expect(objectOf(decision.decisionOf(number).inputs[0]?.json).type).toBe("number");
  });

  test("the program's words lead to rows and columns, and a gap to the row that it needs", () => {
    const read = (text: string): Json => parseJson(text);
    expect(decision.placeOf("rows 1 and 3 both take a = 1; a table", read).rows).toEqual([0, 2]);
    expect(decision.placeOf("table kinds: row 2, amount: this cannot be read", read)).toEqual({
      rows: [1],
      column: "amount",
    });
    const { gap } = decision.placeOf(
      'no row takes method = "A, B", amount = 1000; add a row for it, or a "default"',
      read,
    );
    expect([...(gap ?? [])]).toEqual([
      ["method", "A, B"],
      ["amount", 1000],
    ]);
    expect(texts(decision.addCase(table, gap ?? new Map())).at(-1)).toEqual([
      '"A, B"',
      "1000",
      "null",
    ]);
  });

  test("rows that fit are asked as a list of their numbers", () => {
    const asked = decision.hitting(table.json);
    expect(asked.default).toBeUndefined();
    expect(decision.decisionOf(asked)).toMatchObject({ hit: "all", outputs: ["row"] });
    expect(texts(asked).map((row) => row.at(-1))).toEqual(["0", "1"]);
  });
});

describe("lookup tables", () => {
  const long = sheet.sheetOf(
    parseJson(`{ "columns": ["country", "over", "up_to", "since", "rate"], "x": true,
      "keys": ["country", { "name": "net", "from": "over", "to": "up_to" }],
      "valid": { "from": "since", "to": "since" },
      "rows": [["AT", 0, 1000, null, 1.50], ["AT", 1000, null, null, 0.10000000000000000001]] }`),
  );
  test("columns have their roles and types", () => {
    expect(long.columns.map((column) => `${column.role} ${column.type}`)).toEqual([
      "key text",
      "from number",
      "to number",
      "validFrom text",
      "value number",
    ]);
    expect(sheet.sheetText(long, 1, 4)).toBe("0.10000000000000000001");
  });

  test("a block is pasted by the columns' types, rows are added, all digits stay", () => {
    const next = sheet.pasteSheet(long, 1, 3, [
      ["2026-01-01", "1.20"],
      ["", "2"],
    ]);
    expect(writeJson(next.rows as Json)).toBe(
      '[["AT",0,1000,null,1.50],["AT",1000,null,"2026-01-01",1.20],[null,null,null,null,2]]',
    );
    expect(next.x).toBe(true);
  });

  test("the short form stays short, until its keys cannot be names", () => {
    const short = sheet.sheetOf(parseJson('{ "rows": { "Card": "1200" }, "missing": "null" }'));
    expect(short.columns.map((column) => column.role)).toEqual(["key", "value"]);
    expect(writeJson(sheet.pasteSheet(short, 1, 0, [["ACH", "1210"]]))).toBe(
      '{"rows":{"Card":"1200","ACH":"1210"},"missing":"null"}',
    );
    expect(sheet.pasteSheet(short, 1, 0, [["Card", "x"]])).toMatchObject({
      columns: ["key", "value"],
      keys: ["key"],
      missing: "null",
    });
    expect(Array.isArray(sheet.pasteSheet(short, 1, 0, [["10", "x"]]).rows)).toBe(true);
  });

  test("roles, names and types of columns are changed", () => {
    const named = sheet.setColumn(long, 1, { name: "from", role: "from", type: "number" });
    expect(writeJson(named.keys as Json)).toContain('"from":"from"');
    const free = sheet.setColumn(long, 3, { name: "since", role: "value", type: "text" });
    expect(free.valid).toBeUndefined();
    const key = sheet.setColumn(long, 4, { name: "rate", role: "key", type: "text" });
    expect(writeJson(key)).toContain('"1.50"');
    expect(sheet.sheetOf(key).columns[4]).toEqual({ name: "rate", role: "key", type: "text" });
    expect(sheet.sheetOf(sheet.removeColumn(long, 0)).columns).toHaveLength(4);
    expect(sheet.sheetOf(sheet.moveColumn(long, 0, 4)).rows[0]?.[4]).toBe("AT");
  });

  test("a file comes in place or behind, numbers with leading zeros are texts", () => {
    expect(sheet.guessType(["1.50", "", "-2"])).toBe("number");
    expect(sheet.guessType(["007", "1"])).toBe("text");
    const given = {
      header: ["country", "rate"],
      rows: [["DE", "2.50"]],
      types: ["text", "number"] as const,
    };
    expect(writeJson(sheet.imported(long, given, true).rows as Json)).toContain(
      '["DE",null,null,null,2.50]',
    );
    expect(writeJson(sheet.imported(long, given, false))).toBe(
      '{"columns":["country","rate"],"x":true,"keys":["country"],"rows":[["DE",2.50]]}',
    );
  });

  test("a hundred thousand rows are searched and changed in a moment", () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]);
    const large = sheet.sheetOf({ columns: ["k", "v"], keys: ["k"], rows });
    expect(sheet.findNext(large, "k99999", { row: 0, column: 0 })).toEqual({
      row: 99_999,
      column: 0,
    });
    expect(sheet.findNext(large, "nothing", { row: 0, column: 0 })).toBeUndefined();
    const next = sheet.sheetOf(sheet.setSheetCell(large, 99_999, 1, "1.10"));
    expect(sheet.sheetText(next, 99_999, 1)).toBe("1.10");
    expect(next.rows[5]).toBe(large.rows[5]);
  });
});

describe("tests and trials", () => {
  test("results and their errors", () => {
    const [good, bad] = resultsOf(
      parseJson(`{ "results": [ { "file": "f", "name": "a", "index": 0, "passed": true, "got": 1.10 },
        { "file": "f", "name": "b", "index": 1, "passed": false,
          "text": "expected a value, got the error: line 1: no" } ] }`),
    );
    expect(good?.got).toBeDefined();
    expect(bad && errorOf(bad)).toBe("line 1: no");
    expect(
      outcomesOf(
        [good, bad].flatMap((one) => one ?? []),
        2,
      )[1],
    ).toEqual({ error: "line 1: no" });
  });

  test("a trial sees what the sample has, at its moment", () => {
    const context = parseJson(
      '{ "trigger": { "body": 1 }, "run": { "received_at": "2026-01-01T00:00:00Z" } }',
    );
    expect(trialTests([{ call: "f()", context: objectOf(context) }])).toEqual([
      {
        name: "0",
        call: "=f()",
        expected: null,
        trigger: { body: 1 },
        now: "2026-01-01T00:00:00Z",
      },
    ]);
  });

  test("differences are a tree, numbers by their digits", () => {
    const tree = diffTree(
      parseJson('{"a":1.10,"b":[1,2],"c":1}'),
      parseJson('{"a":1.1,"b":[1,3],"d":2}'),
    );
    expect(tree.map((one) => `${one.depth} ${one.name} ${one.change}`)).toEqual([
      "0  inside",
      "1 a changed",
      "1 b inside",
      "2 1 same",
      "2 2 changed",
      "1 c removed",
      "1 d added",
    ]);
  });
});
