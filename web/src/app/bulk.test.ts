import { describe, expect, test } from "vitest";
import { beyond } from "./Bulk.tsx";

const more = () => undefined;

describe("what may be chosen beyond the ticked ones", () => {
  test("nothing, where all that is found is ticked", () => {
    expect(beyond(5, { total: 5, more: undefined })).toBeUndefined();
    expect(beyond(5, { total: undefined, more: undefined })).toBeUndefined();
  });
  test("the rest of a list whose length is known", () => {
    expect(beyond(64, { total: 305, more })).toEqual({ found: 305 });
  });
  test("the rest of a list that goes on, though nobody counted it", () => {
    expect(beyond(64, { total: undefined, more })).toEqual({ found: undefined });
  });
});
