import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openOf } from "./pairings.ts";

const flows = new URL("../../../flows/", import.meta.url);
interface Row {
  template: string;
  part: string;
  instead_of?: string;
}
const pairings: { pairing: string; flows: Row[] }[] = JSON.parse(
  readFileSync(new URL("../designer-api/gallery/pairings.json", flows), "utf8"),
);

test("every template that begins by itself is in one pairing", () => {
  const listed = pairings.flatMap((one) => one.flows.map(({ template }) => template));
  expect(new Set(listed).size).toBe(listed.length);
  for (const name of readdirSync(flows)) {
    if (!existsSync(new URL(`${name}/flow.json`, flows))) continue;
    const { nodes } = JSON.parse(readFileSync(new URL(`${name}/flow.json`, flows), "utf8"));
    const begins = (nodes as { type: string }[]).some(
      ({ type }) => type.startsWith("trigger.") && type !== "trigger.call",
    );
    if (begins) expect(listed).toContain(name);
  }
  for (const name of listed)
    expect(existsSync(new URL(`${name}/flow.json`, flows)), name).toBe(true);
});

test("they stand in the order in which money goes through them", () => {
  const order = "order posting settlement refunds customers billing scoring".split(" ");
  for (const { pairing, flows: rows } of pairings) {
    const places = rows.map(({ part }) => order.indexOf(part));
    expect(places, pairing).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    for (const { instead_of: other } of rows)
      if (other !== undefined) expect(rows.map(({ template }) => template)).toContain(other);
  }
});

test("what is open counts for the flow itself and for those that it calls", () => {
  const item = (part: string, done = false, name = "connection") => ({
    item: name,
    done,
    text: "",
    part,
  });
  const phases = [
    {
      phase: "Discovery" as const,
      done: false,
      items: [item("a"), item("notice"), item("b"), item("a", true), item("a", false, "samples")],
    },
    { phase: "Launch" as const, done: false, items: [item("a", false, "part")] },
  ];
  const called = [{ template: "notice", name: "A notice" }];
  expect(openOf({ phases }, { template: "a", calls: called })).toBe(2);
  expect(openOf({ phases }, { template: "b", calls: [] })).toBe(1);
});
