import { describe, expect, it } from "vitest";
import { searchTypes } from "./catalog.ts";
import { setMember, setTitle } from "./commands/edit.ts";
import { diffOf, isEmptyDiff } from "./diff.ts";
import { usersOf } from "./expressions.ts";
import { findIn } from "./find.ts";
import { type Draft, draftOf, indexOf, isNewer } from "./flow.ts";
import type { Command } from "./history.ts";
import { EMPTY_HISTORY, record, redo, settle, undo } from "./history.ts";
import { objectOf } from "./json.ts";
import { geometryOf, withPlaces } from "./layout.ts";
import { mergeDrafts } from "./merge.ts";
import { flatten, outlineOf } from "./outline.ts";
import { portsOf } from "./ports.ts";
import { SAMPLE_CATALOG as catalog, draftFrom, sampleDraft } from "./samples.ts";
import { tidyPlaces } from "./tidy.ts";
import { localProblems, stepAt } from "./validate.ts";
import { stream, walk } from "./walk.ts";

const command = (outcome: unknown): Command => outcome as Command;

describe("the document", () => {
  it("knows levels, edges and exits", () => {
    const index = indexOf(sampleDraft());
    expect([...index.levels.keys()]).toEqual([null, "lines"]);
    expect(index.steps.get("two")?.path).toEqual(["nodes", 6, "config", "body", "nodes", 1]);
    const route = index.steps.get("route");
    expect(
      route && portsOf(route, catalog.byName.get("branch.switch")).map((port) => port.name),
    ).toEqual(["payment", "other"]);
  });

  it("keeps and passes over what it does not understand", () => {
    const draft = draftFrom(
      '{"weft":1,"name":"x","nodes":[7,{"type":"a"},{"id":"a","type":"q.z","new":1.0}],"edges":["?"]}',
    );
    expect([...indexOf(draft).steps.keys()]).toEqual(["a"]);
    const next = command(setTitle(draft, "a", "A")).draft;
    expect(JSON.stringify(next.flow.nodes)).toContain("7");
    expect(String(objectOf(indexOf(next).steps.get("a")?.node).new)).toBe("1.0");
  });

  it("names who uses a step", () => {
    expect(usersOf(sampleDraft(), catalog, "entry")).toEqual(["post", "lines", "one", ""]);
  });
});

describe("history", () => {
  it("joins what follows within a moment, and undoes and redoes", () => {
    let draft: Draft = sampleDraft();
    let history = EMPTY_HISTORY;
    for (const [title, at] of [
      ["A", 0],
      ["AB", 200],
      ["ABC", 400],
      ["ABCD", 2000],
    ] as const) {
      const next = command(setTitle(draft, "post", title));
      history = record(history, draft, next, at);
      draft = next.draft;
    }
    expect(history.past).toHaveLength(2);
    const back = undo(history);
    expect(indexOf(back?.draft as Draft).steps.get("post")?.title).toBe("ABC");
    const forth = redo(back?.history ?? EMPTY_HISTORY);
    expect(forth?.draft).toBe(draft);
    expect(undo({ past: [], future: [] })).toBeUndefined();
  });

  it("begins anew after a key came up", () => {
    const draft = sampleDraft();
    const one = command(setMember(draft, "post", ["timeout"], "1s"));
    const two = command(setMember(one.draft, "post", ["timeout"], "10s"));
    const history = record(settle(record(EMPTY_HISTORY, draft, one, 0)), one.draft, two, 10);
    expect(history.past).toHaveLength(2);
  });
});

describe("layout", () => {
  it("opens a flow without places in columns, loops around their bodies", () => {
    const boxes = geometryOf(sampleDraft());
    expect((boxes.get("route")?.x ?? 0) > (boxes.get("paid")?.x ?? 0)).toBe(true);
    expect(boxes.get("lines")?.w).toBeGreaterThan(2 * 196);
    const list = [...boxes]
      .filter(([id]) => indexOf(sampleDraft()).steps.get(id)?.level === null)
      .map(([, box]) => box);
    for (const [i, a] of list.entries()) {
      for (const b of list.slice(i + 1)) {
        expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(
          true,
        );
      }
    }
  });

  it("tidies from left to right and keeps who stands above whom", () => {
    const draft = sampleDraft();
    const first = withPlaces(draft, tidyPlaces(draft));
    const swapped = withPlaces(
      first,
      new Map([
        ["entry", { x: 600, y: 900 }],
        ["note", { x: 600, y: 0 }],
      ]),
    );
    for (const state of [first, withPlaces(swapped, tidyPlaces(swapped))]) {
      const boxes = geometryOf(state);
      for (const edge of indexOf(state).edges.values()) {
        expect(boxes.get(edge.to)?.x).toBeGreaterThan(boxes.get(edge.from)?.x ?? 0);
      }
    }
    const [a, b] = [tidyPlaces(first), tidyPlaces(swapped)];
    expect((a.get("entry")?.y ?? 0) < (a.get("note")?.y ?? 0)).toBe(true);
    expect((b.get("entry")?.y ?? 0) > (b.get("note")?.y ?? 0)).toBe(true);
    expect(tidyPlaces(withPlaces(first, a))).toEqual(a);
  });
});

describe("outline and walking", () => {
  it("shows ways under their exits and the join behind them", () => {
    const rows = flatten(outlineOf(sampleDraft(), catalog));
    expect(
      rows.map((row) => `${"  ".repeat(row.depth)}${row.kind} ${row.target ?? row.port ?? row.id}`),
    ).toEqual([
      "step paid",
      "step route",
      "  exit payment",
      "    step entry",
      "    step post",
      "      jump done",
      "    step lines",
      "      body lines",
      "        step one",
      "        step two",
      "  exit other",
      "    step note",
      "      jump done",
      "step done",
    ]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  it("walks along edges, between neighbours, and into loops", () => {
    const draft = sampleDraft();
    expect(walk(draft, undefined, "right")).toBe("paid");
    expect(walk(draft, "paid", "right")).toBe("route");
    expect(walk(draft, "done", "left")).toBeDefined();
    expect(walk(draft, "lines", "down")).toBe("one");
    expect(walk(draft, "one", "left")).toBe("lines");
    const folded = { ...draft, layout: { steps: { lines: { collapsed: true } } } };
    expect(walk(folded, "lines", "down")).not.toBe("one");
    expect(walk(draft, "done", "right")).toBeUndefined();
    const layout = { notes: { why: { x: 9000, y: 0, text: "why" }, far: { x: 9000, y: 900 } } };
    const noted = { ...draft, layout };
    expect(walk(noted, "done", "right")).toBe("note/why");
    expect(walk(noted, "note/why", "down")).toBe("note/far");
    expect(walk(noted, "note/far", "left")).toBe("lines");
    expect(walk(noted, "note/far", "up")).toBe("note/why");
    expect(walk({ ...noted, flow: { nodes: [] } }, undefined, "right")).toBe("note/why");
    expect(outlineOf(noted, catalog).map((row) => row.id)).toContain("note/far");
    expect(stream(draft, ["entry"], "down").sort()).toEqual(["done", "entry", "lines", "post"]);
    expect(stream(draft, ["entry"], "up").sort()).toEqual(["entry", "paid", "route"]);
  });
});

describe("finding and checking", () => {
  it("finds names, expressions and Lua, and searches types", () => {
    const hits = findIn(sampleDraft(), catalog, "STEPS.ONE");
    expect(hits.map((hit) => hit.key)).toEqual(["lines/config/collect", "two/config/source"]);
    expect(searchTypes(catalog.types, "get ord").map((type) => type.name)).toEqual([
      "connector.shop.order",
    ]);
    expect(searchTypes(catalog.types, "zzz")).toEqual([]);
  });

  it("tells what is wrong without asking anybody", () => {
    const draft = draftFrom(`{"weft":1,"name":"x","nodes":[
      {"id":"a","type":"branch.filter","config":{"when":"=steps.z.x","whn":1}},
      {"id":"b","type":"connector.shop.order","on_error":"route","config":{"input":"=steps.in.x"}},
      {"id":"b","type":"branch.stop"},
      {"id":"l","type":"branch.foreach","config":{"body":{"nodes":[{"id":"in","type":"no.such"}]}}}],
      "edges":[{"from":"a","port":"nope","to":"b"},{"from":"b","to":"a"},{"from":"b","to":"gone"}]}`);
    const found = localProblems(draft, catalog).map(
      (problem) => `${problem.label?.id.split(".").at(-1)} ${problem.pointer}`,
    );
    for (const wanted of [
      "noStep /nodes/0/config/when",
      "unknownMember /nodes/0/config/whn",
      "noPort /edges/0/port",
      "idTwice /nodes/2/id",
      "noConnection /nodes/1/connection",
      "errorNowhere /nodes/1/on_error",
      "stepInside /nodes/1/config/input",
      "required /nodes/3/config/items",
      "unknownType /nodes/3/config/body/nodes/0/type",
      "edgeNowhere /edges/2/to",
      "circle /nodes/0",
      "noTrigger /nodes",
    ]) {
      expect(found).toContain(wanted);
    }
    expect(localProblems(sampleDraft(), catalog)).toEqual([]);
    expect(stepAt(draft, "/nodes/3/config/body/nodes/0/type")).toEqual({
      step: "in",
      path: ["type"],
    });
  });
});

describe("difference and merge", () => {
  it("differs by meaning", () => {
    const draft = sampleDraft();
    const moved = withPlaces(draft, new Map([["post", { x: 1, y: 1 }]]));
    expect(isEmptyDiff(diffOf(draft, moved))).toBe(true);
    expect(diffOf(draft, moved).looks).toBe(true);
    const changed = command(setMember(draft, "two", ["config", "source"], "return 1")).draft;
    expect(diffOf(draft, changed).steps).toMatchObject([
      { id: "two", kind: "changed", members: [{ path: ["config", "source"], after: "return 1" }] },
    ]);
  });

  it("takes what only one side changed, and asks where both did", () => {
    const base = sampleDraft();
    const mine = command(setMember(base, "post", ["timeout"], "5s")).draft;
    const theirs = command(setMember(base, "two", ["config", "source"], "return 2")).draft;
    const both = mergeDrafts(base, mine, theirs);
    expect(both.conflicts).toEqual([]);
    expect(indexOf(both.draft).steps.get("post")?.node.timeout).toBe("5s");
    expect(objectOf(indexOf(both.draft).steps.get("two")?.node.config).source).toBe("return 2");

    const other = command(setMember(base, "post", ["timeout"], "9s")).draft;
    const clash = mergeDrafts(base, mine, other);
    expect(clash.conflicts).toMatchObject([{ step: "post", mine: "5s", theirs: "9s" }]);
    const pointer = clash.conflicts[0]?.pointer ?? "";
    const chosen = mergeDrafts(base, mine, other, new Map([[pointer, "theirs"]]));
    expect(indexOf(chosen.draft).steps.get("post")?.node.timeout).toBe("9s");
  });

  it("keeps steps that either side added, and asks about one removed and changed", () => {
    const base = draftFrom(
      '{"weft":1,"name":"x","nodes":[{"id":"a","type":"t"},{"id":"b","type":"t"}],"edges":[]}',
    );
    const mine = draftFrom(
      '{"weft":1,"name":"x","nodes":[{"id":"a","type":"t"},{"id":"m","type":"t"}],"edges":[]}',
    );
    const theirs = draftFrom(
      '{"weft":1,"name":"x","nodes":[{"id":"a","type":"t"},{"id":"b","type":"u"},{"id":"n","type":"t"}],"edges":[]}',
    );
    const merged = mergeDrafts(base, mine, theirs);
    expect([...indexOf(merged.draft).steps.keys()].sort()).toEqual(["a", "m", "n"]);
    expect(merged.conflicts.map((conflict) => conflict.pointer)).toEqual(["/flow/nodes/b"]);
  });
});

describe("the format of a flow", () => {
  it("is ours, or of a newer program, whose words are not judged", () => {
    expect(isNewer(draftOf({ flow: { weft: 1 } }))).toBe(false);
    expect(isNewer(draftOf({ flow: {} }))).toBe(false);
    expect(isNewer(draftOf({ flow: { weft: 2, steps: [] } }))).toBe(true);
    expect(isNewer(draftOf({ flow: { weft: "later" } }))).toBe(false);
  });
});
