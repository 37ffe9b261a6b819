import { describe, expect, it } from "vitest";
import type { NodeType } from "../catalog.ts";
import { type Draft, indexOf } from "../flow.ts";
import type { Command } from "../history.ts";
import { objectOf, sameJson, writeJson } from "../json.ts";
import { geometryOf, layoutOf, notesOf } from "../layout.ts";
import { SAMPLE_CATALOG as catalog, draftFrom, sampleDraft } from "../samples.ts";
import { addNote, changeNote, group, moveSteps, nudge, resizeNotes, ungroup } from "./arrange.ts";
import { bindShared, connectionsOf } from "./bind.ts";
import { connect, disconnect, reconnect, whyNot, wireInSeries } from "./connect.ts";
import { renameStep, setMember, setSource, setTitle } from "./edit.ts";
import { isRefusal, type Outcome } from "./outcome.ts";
import { copyText, duplicate, paste } from "./paste.ts";
import {
  addStep,
  moveToLevel,
  removeAndReconnect,
  removeSteps,
  replaceStep,
  toggleDisabled,
} from "./steps.ts";

function done(outcome: Outcome): Draft {
  if (isRefusal(outcome)) {
    throw new Error(outcome.refused.id);
  }
  return outcome.draft;
}

function refusal(outcome: Outcome): string | undefined {
  return isRefusal(outcome) ? outcome.refused.id : undefined;
}

const typeOf = (name: string): NodeType => catalog.byName.get(name) as NodeType;
const edges = (draft: Draft): string[] => [...indexOf(draft).edges.keys()];

describe("adding and connecting", () => {
  it("adds after a step by its free exit, named apart from the others", () => {
    const outcome = addStep(sampleDraft(), catalog, typeOf("transform.map"), {
      after: { id: "note" },
    });
    const draft = done(outcome);
    expect(outcome).toMatchObject({ name: "add", select: ["map"] });
    expect(edges(draft)).toContain("note:out>map");
    const box = geometryOf(draft).get("map");
    expect(box?.x).toBeGreaterThan(geometryOf(draft).get("note")?.x ?? 0);
  });

  it("inserts on an edge and keeps the edge's exit", () => {
    const draft = done(
      addStep(sampleDraft(), catalog, typeOf("transform.map"), { onEdge: "route:payment>entry" }),
    );
    expect(edges(draft)).toContain("route:payment>map");
    expect(edges(draft)).toContain("map:out>entry");
    expect(edges(draft)).not.toContain("route:payment>entry");
    const geometry = geometryOf(draft);
    const [card, next] = [geometry.get("map"), geometry.get("entry")];
    expect((next?.x ?? 0) - (card?.x ?? 0)).toBeGreaterThanOrEqual(196);
  });

  it("keeps triggers out of bodies and starts loops with an empty body", () => {
    const draft = sampleDraft();
    expect(refusal(addStep(draft, catalog, typeOf("trigger.webhook"), { level: "lines" }))).toBe(
      "canvas.not.triggerInside",
    );
    const looped = done(
      addStep(draft, catalog, typeOf("branch.foreach"), { after: { id: "note" } }),
    );
    expect(indexOf(looped).levels.get("foreach")?.steps).toEqual([]);
    expect(objectOf(indexOf(looped).steps.get("foreach")?.node.config).items).toBeUndefined();
  });

  it("tells why an edge cannot be", () => {
    const draft = sampleDraft();
    expect(whyNot(draft, "post", "route")?.id).toBe("canvas.not.circle");
    expect(whyNot(draft, "post", "paid")?.id).toBe("canvas.not.trigger");
    expect(whyNot(draft, "post", "one")?.id).toBe("canvas.not.level");
    expect(whyNot(draft, "post", "post")?.id).toBe("canvas.not.itself");
    expect(whyNot(draft, "post", "done", "out")?.id).toBe("canvas.not.twice");
    expect(whyNot(draft, "note", "post")).toBeUndefined();
    expect(refusal(connect(draft, catalog, "done", undefined, "lines"))).toBe("canvas.not.exit");
  });

  it("reconnects in place and cuts", () => {
    const moved = done(reconnect(sampleDraft(), "route:other>note", { to: "done" }));
    expect(edges(moved)[3]).toBe("route:other>done");
    expect(edges(done(disconnect(moved, ["route:other>done"])))).not.toContain("route:other>done");
  });

  it("moves no other card, whatever becomes of edges and steps of a flow without places", () => {
    const draft = { ...sampleDraft(), layout: {} };
    const outcomes: [string, Outcome, string[]][] = [
      ["connect", connect(draft, catalog, "note", undefined, "post"), []],
      ["disconnect", disconnect(draft, ["entry:out>post"]), []],
      ["disconnect inside", disconnect(draft, ["one:out>two"]), []],
      ["reconnect", reconnect(draft, "route:payment>entry", { to: "done" }), []],
      ["remove", removeSteps(draft, ["entry"]), ["entry"]],
      ["remove and lead on", removeAndReconnect(draft, ["entry"]), ["entry"]],
      ["replace", replaceStep(draft, catalog, "route", typeOf("transform.map")), []],
      ["move into a loop", moveToLevel(draft, ["entry"], "lines"), ["entry"]],
    ];
    const before = geometryOf(draft);
    const moved = outcomes.map(([name, outcome, own]) => {
      const after = geometryOf(done(outcome));
      const others = [...before.keys()].filter((id) => !own.includes(id));
      const place = (of: typeof before, id: string) => [of.get(id)?.x, of.get(id)?.y].join();
      return [name, others.filter((id) => place(before, id) !== place(after, id))];
    });
    expect(moved).toEqual(outcomes.map(([name]) => [name, []]));
  });

  it("wires in series only what is not wired yet", () => {
    const draft = done(
      wireInSeries(
        sampleDraft(),
        catalog,
        ["entry", "post", "done", "lines"].slice(0, 2).concat("note"),
      ),
    );
    expect(edges(draft)).toContain("post:out>note");
  });
});

describe("removing and moving", () => {
  it("removes a step with its edges and what is inside of it", () => {
    const draft = done(removeSteps(sampleDraft(), ["lines", "one"]));
    expect([...indexOf(draft).steps.keys()]).not.toContain("two");
    expect(edges(draft)).not.toContain("post:out>lines");
  });

  it("removes and leads what came before to what follows", () => {
    const draft = done(removeAndReconnect(sampleDraft(), ["entry"]));
    expect(edges(draft)).toContain("route:payment>post");
  });

  it("moves into a loop, without the edges that would cross", () => {
    const draft = done(moveToLevel(sampleDraft(), ["note"], "lines"));
    expect(indexOf(draft).steps.get("note")?.level).toBe("lines");
    expect(edges(draft).filter((key) => key.includes("note"))).toEqual([]);
    expect(refusal(moveToLevel(draft, ["lines"], "lines"))).toBe("canvas.not.intoItself");
    const out = done(moveToLevel(draft, ["one", "two"], null));
    expect(edges(out)).toContain("one:out>two");
    expect(indexOf(out).steps.get("two")?.level).toBeNull();
  });

  it("writes places only to the layout, and only what moved changes place", () => {
    const draft = sampleDraft();
    const before = geometryOf(draft);
    const moved = done(moveSteps(draft, new Map([["post", { x: 900, y: 300 }]])));
    expect(moved.flow).toBe(draft.flow);
    const after = geometryOf(moved);
    expect(after.get("post")).toMatchObject({ x: 900, y: 300 });
    for (const id of ["paid", "route", "entry", "note"]) {
      expect(after.get(id)).toEqual(before.get(id));
    }
  });

  it("replaces a type and keeps what fits", () => {
    const draft = done(replaceStep(sampleDraft(), catalog, "route", typeOf("branch.filter")));
    expect(edges(draft)).toContain("route:out>entry");
    expect(objectOf(indexOf(draft).steps.get("route")?.node.config).cases).toBeUndefined();
    expect(refusal(replaceStep(draft, catalog, "route", typeOf("trigger.webhook")))).toBe(
      "canvas.not.trigger",
    );
  });

  it("switches off and on", () => {
    const off = done(toggleDisabled(sampleDraft(), ["post", "note"]));
    expect(indexOf(off).steps.get("post")?.node.disabled).toBe(true);
    const on = done(toggleDisabled(off, ["post", "note"]));
    expect(sameJson(on.flow, sampleDraft().flow)).toBe(true);
  });
});

describe("names", () => {
  it("renames wherever the step is named, and only there", () => {
    const start = done(moveSteps(sampleDraft(), new Map([["entry", { x: 1, y: 2 }]])));
    const draft = done(renameStep(start, catalog, "entry", "journal"));
    const text = writeJson(draft.flow);
    expect(text).toContain('"left":"=steps.journal.amount"');
    expect(text).toContain(`"b":["=steps['journal'].fee","steps.entry"]`);
    expect(text).toContain("='/' .. steps.journal.id");
    expect(text).toContain('"=steps.journal.lines"');
    expect(edges(draft)).toContain("route:payment>journal");
    expect(objectOf(layoutOf(draft).steps).journal).toBeDefined();
    const back = done(renameStep(draft, catalog, "journal", "entry"));
    expect(writeJson(back.flow)).toBe(writeJson(start.flow));
  });

  it("renames inside of bodies, scripts too", () => {
    const draft = done(renameStep(sampleDraft(), catalog, "one", "first"));
    const two = indexOf(draft).steps.get("two");
    expect(objectOf(two?.node.config).source).toBe("local x = steps.first -- steps.one\nreturn x");
    expect(objectOf(indexOf(draft).steps.get("lines")?.node.config).collect).toBe(
      "=steps.first.id",
    );
    expect(refusal(renameStep(draft, catalog, "first", "paid"))).toBe("canvas.not.idTaken");
    expect(refusal(renameStep(draft, catalog, "first", "1st"))).toBe("canvas.not.id");
  });

  it("sets titles and members, and takes them out again", () => {
    const titled = done(setTitle(sampleDraft(), "post", "Get the order"));
    expect(indexOf(titled).steps.get("post")?.title).toBe("Get the order");
    const set = done(setMember(titled, "post", ["retry", "attempts"], 5));
    expect(objectOf(indexOf(set).steps.get("post")?.node.retry).attempts).toBe(5);
    const unset = done(setMember(set, "post", ["retry"], undefined));
    expect(sameJson(unset.flow, titled.flow)).toBe(true);
  });
});

describe("copy and paste", () => {
  it("gives taken ids new names and carries the expressions along", () => {
    const draft = sampleDraft();
    const text = copyText(draft, ["entry", "post"]) ?? "";
    const pasted = done(paste(draft, catalog, text));
    expect(edges(pasted)).toContain("entry_2:out>post_2");
    const post = indexOf(pasted).steps.get("post_2");
    expect(objectOf(objectOf(post?.node.config).input).a).toBe("=steps.entry_2.amount");
    expect(writeJson(objectOf(indexOf(pasted).steps.get("entry_2")?.node))).toContain("1.10");
  });

  it("brings a loop with what is inside of it, and names of others stay", () => {
    const draft = sampleDraft();
    const pasted = done(duplicate(draft, catalog, ["lines", "one"]));
    expect(
      indexOf(pasted)
        .levels.get("lines_2")
        ?.steps.map((step) => step.id),
    ).toEqual(["one_2", "two_2"]);
    const lines = objectOf(indexOf(pasted).steps.get("lines_2")?.node.config);
    expect([lines.items, lines.collect]).toEqual(["=steps.entry.lines", "=steps.one_2.id"]);
    expect(edges(pasted)).toContain("one_2:out>two_2");
  });

  it("pastes into another flow with the notes beside it, and refuses what is none", () => {
    const empty = draftFrom({ weft: 1, name: "x", nodes: [], edges: [] });
    const noted = done(addNote(sampleDraft(), { x: 400, y: 700 }, "why"));
    const red = done(changeNote(noted, "note/note", { colour: "red" }));
    const text = copyText(red, ["note", "note/note"]) ?? "";
    const other = done(paste(empty, catalog, text));
    expect([...indexOf(other).steps.keys()]).toEqual(["note"]);
    const apart = (draft: Draft) =>
      (notesOf(draft)[0]?.y ?? 0) - (geometryOf(draft).get("note")?.y ?? 0);
    expect(apart(other)).toBe(apart(red));
    expect(notesOf(other)).toMatchObject([{ text: "why", colour: "red", w: 220 }]);
    const twice = paste(other, catalog, copyText(red, ["note/note"]) ?? "");
    expect(notesOf(done(twice)).map((note) => note.id)).toEqual(["note", "note_2"]);
    expect((twice as Command).select).toEqual(["note/note_2"]);
    expect(refusal(paste(other, catalog, "hello"))).toBe("canvas.not.pasteable");
    expect(refusal(paste(other, catalog, '{"a":1}'))).toBe("canvas.not.pasteable");
  });
});

describe("notes", () => {
  it("are moved with steps in one act, and made larger by keys, never too small to read", () => {
    const noted = done(addNote(sampleDraft(), { x: 0, y: 700 }, "why"));
    const before = geometryOf(noted).get("note")?.x ?? 0;
    const moved = done(nudge(noted, ["note", "note/note"], 10, 20));
    expect(geometryOf(moved).get("note")?.x).toBe(before + 10);
    expect(notesOf(moved)[0]).toMatchObject({ x: 10, y: 720 });
    const small = done(resizeNotes(moved, ["note/note"], -500, 40));
    expect(notesOf(small)[0]).toMatchObject({ x: 10, w: 120, h: 136 });
    expect(refusal(resizeNotes(small, ["note"], 10, 0))).toBe("canvas.not.note");
    expect(refusal(changeNote(small, "note/gone", { text: "" }))).toBe("canvas.not.gone");
  });
});

describe("groups and source", () => {
  it("groups, moves between groups, and ungroups", () => {
    const one = done(group(sampleDraft(), ["entry", "post"], "Booking"));
    const two = done(group(one, ["post", "note"], "Other"));
    expect(objectOf(objectOf(layoutOf(two).groups).group).steps).toEqual(["entry"]);
    expect(layoutOf(done(ungroup(two, ["entry", "post"]))).groups).toEqual({});
    expect(refusal(group(two, ["post", "one"], "x"))).toBe("canvas.not.group");
  });

  it("takes a whole definition and keeps what is the same in it", () => {
    const draft = sampleDraft();
    const flow = objectOf(JSON.parse(writeJson({ ...draft.flow, name: "Other" })) as never);
    const next = done(setSource(draft, { ...flow, nodes: draft.flow.nodes ?? [] }));
    expect(next.flow.nodes).toBe(draft.flow.nodes);
    expect(next.flow.name).toBe("Other");
    expect(refusal(setSource(draft, draft.flow))).toBe("canvas.not.same");
  });
});

describe("a connection of the workspace", () => {
  it("becomes the flow's own by its name, once, and never takes another's name", () => {
    const own = {
      ...sampleDraft(),
      connections: { weft: 1, connections: { bank: { connector: "sql" } } },
    };
    const first = done(bindShared(own, "note", "bank", "http"));
    expect(connectionsOf(first)).toEqual({
      bank: { connector: "sql" },
      bank_2: { connector: "http", use: "bank" },
    });
    expect(indexOf(first).steps.get("note")?.node.connection).toBe("bank_2");
    const again = done(bindShared(first, "note", "bank", "http"));
    expect(connectionsOf(again)).toBe(connectionsOf(first));
    expect(refusal(bindShared(own, "nobody", "bank", "http"))).toBe("canvas.not.gone");
  });
});
