import { expect, test } from "vitest";
import { Num } from "../model/json.ts";
import { rebased } from "./useKept.ts";

test("what is typed here stays, and all else is as others have left it", () => {
  const old = { title: "Orders fail", limit: "5", due: { at: "08:00", on: ["mon"] }, flow: "a" };
  const mine = { ...old, title: "Many orders fail", due: { at: "09:00", on: ["mon"] } };
  const theirs = { ...old, limit: "7", due: { at: "08:00", on: ["mon", "tue"] }, flow: "b" };
  expect(rebased(old, mine, theirs)).toEqual({
    title: "Many orders fail",
    limit: "7",
    due: { at: "09:00", on: ["mon", "tue"] },
    flow: "b",
  });
});

test("where both have changed one place it is mine, also when I have taken it away", () => {
  type Form = Record<string, Record<string, unknown>>;
  const old: Form = { production: { url: "a", rate: new Num("1.10") }, sandbox: { url: "b" } };
  const mine: Form = { production: { url: "mine", rate: new Num("1.10") } };
  const theirs: Form = { production: { url: "c", rate: new Num("1.20") }, sandbox: { url: "d" } };
  expect(rebased(old, mine, theirs)).toEqual({
    production: { url: "mine", rate: new Num("1.20") },
  });
});
