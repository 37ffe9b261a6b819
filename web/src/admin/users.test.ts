import { expect, test } from "vitest";
import { changedRoles } from "./UserDialog.tsx";

test("only what has changed is sent; null takes a role away", () => {
  expect(changedRoles({ main: "admin" }, { main: "admin" })).toEqual({});
  expect(
    changedRoles({ main: "admin", acme: "viewer" }, { main: "operator", acme: undefined }),
  ).toEqual({
    main: "operator",
    acme: null,
  });
  expect(changedRoles({}, { acme: "approver" })).toEqual({ acme: "approver" });
});
