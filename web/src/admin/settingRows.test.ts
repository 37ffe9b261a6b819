import { describe, expect, it } from "vitest";
import { askedOf, dayStart } from "../audit/audit.ts";
import { changesOf, isNumberWrong, type Setting, shownOf } from "./settingRows.ts";

const setting = (rest: Partial<Setting>): Setting => ({
  name: "retention_days",
  scope: "workspace",
  kind: "number",
  value: 30,
  default: 0,
  source: "set",
  fixed: false,
  works: "at once",
  help: "",
  min: 0,
  max: 3660,
  ...rest,
});

describe("settings", () => {
  const days = setting({});
  it("are changed only where something else stands", () => {
    expect(changesOf([days], {})).toEqual({});
    expect(changesOf([days], { retention_days: " 30 " })).toEqual({});
    expect(changesOf([days], { retention_days: "400" })).toEqual({ retention_days: 400 });
    expect(changesOf([days], { retention_days: "-1" })).toBeUndefined();
    expect(changesOf([setting({ fixed: true })], { retention_days: "400" })).toEqual({});
  });
  it("are taken back", () => {
    expect(changesOf([days], { retention_days: null })).toEqual({ retention_days: null });
    expect(changesOf([setting({ source: "default" })], { retention_days: null })).toEqual({});
    expect(shownOf(days, { retention_days: null })).toBe("0");
  });
  it("have their bounds", () => {
    expect(["0", "3660"].map((text) => isNumberWrong(days, text))).toEqual([false, false]);
    expect(["", "1.5", "3661"].map((text) => isNumberWrong(days, text))).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("the audit", () => {
  const none = { by: "", what: "", object: "", flow: "", period: "", from: "", to: "" };
  const now = new Date("2026-11-22T10:00:00Z");
  it("is asked for what the filters say", () => {
    expect(askedOf(none, now)).toEqual({});
    expect(askedOf({ ...none, by: "anna", period: "h" }, now)).toEqual({
      by: "anna",
      from: "2026-11-22T09:00:00.000Z",
    });
  });
  it("knows days of the reader's zone, the last one whole", () => {
    const asked = askedOf(
      { ...none, period: "between", from: "2026-11-01", to: "2026-11-01" },
      now,
    );
    expect(asked).toEqual({ from: dayStart("2026-11-01"), to: dayStart("2026-11-02") });
    expect(dayStart("2026-11")).toBeUndefined();
  });
});
