// The way of a version from one environment to the next.
import { describe, expect, test } from "vitest";
import { aheadOf, movedBy, nextOf } from "./environments.ts";

const names = ["sandbox", "test", "production"];
const at = (environment: string, version: string) => ({ environment, version });

describe("what goes on", () => {
  test("goes to the next place in the workspace's order, wherever another version works", () => {
    const places = [at("production", "v1"), at("sandbox", "v3"), at("test", "v2")];
    expect(nextOf(places, names)).toEqual([
      { from: at("sandbox", "v3"), to: "test" },
      { from: at("test", "v2"), to: "production" },
    ]);
  });
  test("goes where nothing works yet, and not where it works already or from the last place", () => {
    expect(nextOf([at("sandbox", "v1")], names)).toEqual([
      { from: at("sandbox", "v1"), to: "test" },
    ]);
    expect(nextOf([at("sandbox", "v1"), at("test", "v1")], names)).toEqual([
      { from: at("test", "v1"), to: "production" },
    ]);
    expect(nextOf([at("production", "v1")], names)).toEqual([]);
    expect(nextOf([], names)).toEqual([]);
  });
});

describe("their order", () => {
  const three = [
    { environment: "sandbox", order: 0 },
    { environment: "test", order: 500 },
    { environment: "production", order: 1000 },
  ];
  test("is changed by one place, and only those that it concerns are told", () => {
    expect(movedBy(three, "test", -1)).toEqual([
      { environment: "test", order: 0 },
      { environment: "sandbox", order: 10 },
      { environment: "production", order: 20 },
    ]);
    const close = three.map((one, index) => ({ ...one, order: index * 10 }));
    expect(movedBy(close, "test", 1)).toEqual([
      { environment: "production", order: 10 },
      { environment: "test", order: 20 },
    ]);
  });
  test("does not go beyond its ends", () => {
    expect(movedBy(three, "sandbox", -1)).toEqual([]);
    expect(movedBy(three, "production", 1)).toEqual([]);
    expect(movedBy(three, "nowhere", 1)).toEqual([]);
  });
});

test("ahead is what works as another version where it comes from", () => {
  const at = (environment: string, version: string) => ({ environment, version });
  const flows = [
    { name: "new", deployments: [at("sandbox", "a")] },
    { name: "changed", deployments: [at("sandbox", "b"), at("production", "a")] },
    { name: "same", deployments: [at("sandbox", "a"), at("production", "a")] },
    { name: "only there", deployments: [at("production", "a")] },
  ];
  const ahead = aheadOf(flows, "sandbox", "production");
  expect(ahead.map((one) => one.name)).toEqual(["new", "changed"]);
});
