import { describe, expect, it } from "vitest";
import { draftOf } from "../model/flow.ts";
import { parseJson } from "../model/json.ts";
import { SAMPLE_CATALOG, sampleDraft } from "../model/samples.ts";
import { durationMs, retryOf, scheduleOf } from "./backoff.ts";
import { contextFor, member, placesOf, seenFrom } from "./sample.ts";

describe("back-off", () => {
  it("doubles up to the longest pause, as the program does", () => {
    const retry = retryOf(parseJson('{"attempts":6,"initial":"1s","max":"5s","jitter":0.5}'));
    const tries = scheduleOf(retry);
    expect(tries.map((one) => one.pause)).toEqual([0, 1000, 2000, 4000, 5000, 5000]);
    expect(tries.at(-1)).toMatchObject({ at: 17000, earliest: 8500, latest: 25500 });
  });

  it("takes what the program takes where nothing is said, or too much", () => {
    expect(retryOf({})).toEqual({
      attempts: 3,
      exponential: true,
      initialMs: 1000,
      maxMs: 300000,
      jitter: 0.2,
    });
    expect(retryOf(parseJson('{"attempts":1000,"initial":"0s","backoff":"fixed"}'))).toMatchObject({
      attempts: 100,
      exponential: false,
      initialMs: 100,
    });
    expect([durationMs("1.5m"), durationMs("5"), durationMs(undefined)]).toEqual([
      90000,
      undefined,
      undefined,
    ]);
  });
});

describe("what an expression sees", () => {
  it("is what leads to the step, on its level and outwards", () => {
    const ids = (id: string): string[] =>
      seenFrom(sampleDraft(), id)
        .map((step) => step.id)
        .sort();
    expect(ids("two")).toEqual(["entry", "one", "paid", "post", "route"]);
    expect(ids("note")).toEqual(["paid", "route"]);
  });

  it("has the sample's values by the paths that Lua says them by", () => {
    const sample = {
      name: "s",
      context: {
        trigger: { body: { "a-b": 1, lines: [{ n: 2 }] } },
        steps: { entry: { amount: 3 } },
      },
    };
    const context = contextFor(draftOf(sampleDraft()), SAMPLE_CATALOG, "post", sample);
    const paths = placesOf(context).map((place) => place.path);
    expect(paths).toContain("trigger.body['a-b']");
    expect(paths).toContain("trigger.body.lines[1].n");
    expect(paths).toContain("steps.entry.amount");
    expect(paths).toContain("input.amount");
  });
});

describe("the path of a member with a hostile name", () => {
  it("is Lua whatever the name is, and names no other member", () => {
    expect(member("body", "amount")).toBe("body.amount");
    expect(member("body", "end")).toBe("body['end']");
    expect(member("body", "")).toBe("body['']");
    expect(member("body", "__proto__")).toBe("body.__proto__");
    expect(member("body", "a'] or x['\\")).toBe("body['a\\'] or x[\\'\\\\']");
    expect(member("body", "line\nend\u0000")).toBe("body['line\\010end\\000']");
    const name = "k".repeat(10_000);
    expect(member("body", name)).toBe(`body.${name}`);
  });

  it("is found in a sample with such names, its prototype left alone", () => {
    const context = { trigger: { body: JSON.parse('{"__proto__": {"admin": 1}, "end": 2}') } };
    const paths = placesOf(context).map((place) => place.path);
    expect(paths).toContain("trigger.body.__proto__.admin");
    expect(paths).toContain("trigger.body['end']");
    expect("admin" in {}).toBe(false);
  });
});
