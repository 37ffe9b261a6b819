import { expect, test } from "vitest";
import { rebased } from "../app/useKept.ts";
import {
  bodyOf,
  formOf,
  type Group,
  goneOf,
  isFound,
  matesOf,
  ticked,
  type User,
} from "./groups.ts";

const group = (members: string[], title?: string) =>
  ({ group: "finance", members, ...(title ? { title } : {}) }) as Group;
const user = (name: string, roles: User["roles"], title?: string) =>
  ({ name, roles, title: title ?? null, disabled: name === "dan" }) as User;
const users = [
  user("dan", { main: "operator" }),
  user("bert", { main: "approver" }, "Bert Old"),
  user("anna", { acme: "admin" }),
];
const mates = matesOf(users, "main");

test("whoever has a role in the workspace can be in a group of it", () => {
  expect(mates).toEqual([
    { name: "bert", title: "Bert Old", role: "approver", isDisabled: false },
    { name: "dan", title: undefined, role: "operator", isDisabled: true },
  ]);
  expect(matesOf(users, "constructor")).toEqual([]);
  expect(mates.filter((one) => isFound(one, "old ber")).map((one) => one.name)).toEqual(["bert"]);
});

test("whoever has left the workspace is told, and leaves the group with the next saving", () => {
  const form = ticked(formOf(group(["anna", "bert"])), "dan", true);
  expect(goneOf(form, mates)).toEqual(["anna"]);
  expect(bodyOf({ ...form, title: " Money " }, mates)).toEqual({
    members: ["bert", "dan"],
    title: "Money",
  });
  expect(bodyOf(ticked(form, "bert", false), mates)).toEqual({ members: ["dan"] });
});

test("of two who change it at once, each keeps whom they have ticked", () => {
  const old = formOf(group(["anna", "bert"]));
  const mine = ticked(ticked(old, "anna", false), "dan", true);
  const theirs = formOf(group(["anna", "bert", "carl"], "Finance"));
  const both = rebased(old, mine, theirs);
  expect(Object.keys(both.members).sort()).toEqual(["bert", "carl", "dan"]);
  expect(both.title).toBe("Finance");
});
