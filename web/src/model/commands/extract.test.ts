import { describe, expect, it } from "vitest";
import { type Draft, indexOf } from "../flow.ts";
import { arrayOf, type Json, objectOf, textOf } from "../json.ts";
import { mergeDrafts } from "../merge.ts";
import { SAMPLE_CATALOG as catalog, draftFrom } from "../samples.ts";
import { type Extracted, extract } from "./extract.ts";

const titles = { called: "Called", received: "In", result: "Gives", handed: "Out", way: "Way" };
const as = { flow: "part", name: "Part", titles };

const map = (id: string, from: string): Json => ({
  ...{ id, type: "transform.map" },
  config: { fields: [{ to: "a", from }] },
});
const hook = { id: "hook", type: "trigger.webhook", config: { path: "x" } };
const line = (...ids: string[]): Json[] =>
  ids.slice(1).map((to, i) => ({ from: ids[i] as string, to }));

function flowOf(nodes: Json[], edges: Json[], more: object = {}): Draft {
  return draftFrom({ weft: 1, name: "F", ...more, nodes: [hook, ...nodes], edges } as never);
}
function made(draft: Draft, ids: string[], name = "part"): Extracted {
  const out = extract(draft, catalog, ids, { ...as, flow: name, name });
  if ("refused" in out) {
    throw new Error(out.refused.id);
  }
  return out;
}
function refused(draft: Draft, ids: string[]): unknown {
  const out = extract(draft, catalog, ids, as);
  return "refused" in out ? out.refused : undefined;
}
const config = (draft: Draft, id: string) => objectOf(indexOf(draft).steps.get(id)?.node.config);
const from = (draft: Draft, id: string): string | undefined =>
  textOf(objectOf(arrayOf(config(draft, id).fields)[0]).from);
const edges = (draft: Draft): string[] => [...indexOf(draft).edges.keys()];

const chain = (more: Json[] = []): Draft =>
  flowOf(
    [map("a", "=trigger.body.n"), map("b", "=steps.a.a + vars.f"), map("c", "=steps.b.a"), ...more],
    line("hook", "a", "b", "c"),
    { vars: { f: 2 } },
  );

describe("steps that become a flow of their own", () => {
  it("the call stands in their place, and what they read is handed over", () => {
    const { command, called } = made(chain(), ["b"]);
    expect(edges(command.draft)).toEqual(["hook:out>a", "a:out>part", "part:out>c"]);
    expect(config(command.draft, "part")).toEqual({
      flow: "part",
      input: {
        a: "=type(steps.a) == 'table' and { ['a'] = steps.a.a } or steps.a",
        vars: { f: "=vars.f" },
      },
    });
    expect(from(command.draft, "c")).toBe("=steps.part.a");
    expect(from(called, "b")).toBe("=trigger.body.a.a + trigger.body.vars.f");
    expect(edges(called)).toEqual(["called:out>b"]);
    expect(command).toMatchObject({ name: "extract", select: ["part"] });
  });

  it("several that are read outside come back as one record", () => {
    const draft = flowOf(
      [map("a", "=trigger.body"), map("b", "=steps.a.a"), map("c", "=steps.a.a .. steps.b.a")],
      line("hook", "a", "b", "c"),
    );
    const { command, called } = made(draft, ["a", "b"]);
    expect(from(command.draft, "c")).toBe("=steps.part.a.a .. steps.part.b.a");
    expect(arrayOf(config(called, "result").fields)).toEqual([
      { to: "a", from: "=steps.a" },
      { to: "b", from: "=steps.b" },
    ]);
  });

  it("who may be there without the call reads nothing of it, and fails at nothing", () => {
    const draft = flowOf(
      [map("a", "=1"), map("b", "=2"), map("z", "=3"), map("c", "=steps.a and steps.b")],
      [...line("hook", "a", "b", "c"), ...line("hook", "z", "c")],
    );
    expect(from(made(draft, ["a", "b"]).command.draft, "c")).toBe(
      "=(steps.part or {}).a and (steps.part or {}).b",
    );
  });

  it("a way that may not be taken has its own filter, and what comes behind gets what it got", () => {
    const filter = { id: "f", type: "branch.filter", config: { when: "=trigger.body.ok" } };
    const next = { id: "g", type: "branch.filter", config: { when: "=input.x" } };
    const draft = flowOf([map("a", "=1"), filter, next], line("hook", "a", "f", "g"));
    const { command, called } = made(draft, ["a", "f"]);
    expect(edges(command.draft)).toEqual([
      "hook:out>part",
      "part_f:out>g",
      "part:out>part_result",
      "part_result:out>part_f",
    ]);
    expect(config(command.draft, "part_result").source).toBe("return steps.part.f");
    expect(config(command.draft, "part_f").when).toBe("=steps.part.way_f_out");
    expect(edges(called)).toEqual([
      "called:out>a",
      "a:out>f",
      "f:out>way_f_out",
      "way_f_out:out>result",
      "f:rejected>result",
    ]);
  });

  it("what takes the output before it gets it in the called flow, too", () => {
    const filter = { id: "f", type: "branch.filter", config: { when: "=input.a == 1" } };
    const draft = flowOf([map("a", "=1"), filter], line("hook", "a", "f"));
    const { command, called } = made(draft, ["f"]);
    expect(config(command.draft, "part").input).toEqual({ input: "=input" });
    expect(edges(called)).toEqual(["called:out>received", "received:out>f"]);
    expect(config(called, "received").source).toBe("return trigger.body.input");
  });

  it("the item of the loop goes along, but not that of a mapping's own lines", () => {
    const own = { to: "l[].n", each: "=trigger.body", from: "=item.n" };
    const fields = [{ to: "n", from: "=item.n" }, own];
    const lines = { id: "m", type: "transform.map", config: { fields } };
    const loop = {
      id: "loop",
      type: "branch.foreach",
      config: {
        items: "=trigger.body",
        body: {
          nodes: [lines, map("k", "=index")],
          edges: line("m", "k"),
        },
      },
    };
    const { called } = made(flowOf([loop], line("hook", "loop")), ["m"]);
    expect(arrayOf(config(called, "m").fields).map((one) => objectOf(one).from)).toEqual([
      "=trigger.body.item.n",
      "=item.n",
    ]);
  });

  it("names rules and tables of what it takes along, and no others", () => {
    const draft = {
      ...chain([map("d", "=require('rules.fees').of(1)")]),
      rules: {
        fees: "local t = require('rules.terms')\nreturn {}",
        terms: "return {}",
        other: "return {}",
      },
    } as Draft;
    expect(Object.keys(objectOf(made(draft, ["d"]).called.rules))).toEqual(["fees", "terms"]);
  });

  it.each([
    ["extractTrigger", chain(), ["hook", "a"]],
    ["extractEntries", chain(), ["a", "c"]],
    ["chosen", chain(), []],
    [
      "extractReader",
      flowOf([map("a", "=1"), map("b", "=f(steps)")], line("hook", "a", "b")),
      ["a"],
    ],
    ["extractAllSteps", flowOf([map("a", "=steps[trigger.body.x]")], line("hook", "a")), ["a"]],
    ["extractMoment", flowOf([map("a", "=effect_at('hook')")], line("hook", "a")), ["a"]],
    [
      "extractTotals",
      flowOf([map("a", "=1")], line("hook", "a"), {
        settings: { totals: [{ left: "=#steps", right: "=1" }] },
      }),
      ["a"],
    ],
    [
      "extractAnswer",
      flowOf([{ id: "r", type: "connector.respond", config: {} }], line("hook", "r")),
      ["r"],
    ],
    [
      "extractRule",
      {
        ...flowOf([map("a", "=require('rules.r').f()")], line("hook", "a")),
        rules: { r: "return { f = now() }" },
      } as Draft,
      ["a"],
    ],
  ])("%s is told, and nothing is done", (id, draft, ids) => {
    expect(refused(draft as Draft, ids as string[])).toMatchObject({ id: `canvas.not.${id}` });
  });

  it("two who make flows of the same step choose: nothing is called twice", () => {
    const base = chain();
    const mine = made(base, ["a", "b"], "mine").command.draft;
    const theirs = made(base, ["b", "c"], "theirs").command.draft;
    const merged = mergeDrafts(base, mine, theirs);
    expect(merged.conflicts.map((one) => one.pointer)).toContain("/flow");
    const chosen = mergeDrafts(base, mine, theirs, new Map([["/flow", "theirs" as const]]));
    expect(edges(chosen.draft)).toEqual(edges(theirs));
    /* of steps apart both stand */
    const apart = mergeDrafts(
      base,
      made(base, ["a"], "mine").command.draft,
      made(base, ["c"], "theirs").command.draft,
    );
    expect(apart.conflicts).toEqual([]);
    expect(edges(apart.draft).toSorted()).toEqual(["b:out>theirs", "hook:out>mine", "mine:out>b"]);
  });
});
