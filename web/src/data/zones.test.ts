import { expect, test } from "vitest";
import { isZone, ZONES } from "./zones.ts";

test("every zone that is offered is one", () => {
  expect(ZONES.length).toBeGreaterThan(300);
  expect(ZONES.filter((zone) => !isZone(zone))).toEqual([]);
});

test.each(["UTC", "Europe/Vienna", "America/New_York", "US/Eastern", "Asia/Kolkata"])(
  "%s is a zone",
  (zone) => expect(isZone(zone)).toBe(true),
);

test.each(["", "Vienna", "europe/vienna", "Europe/Vienn", "+01:00", "Europe/", "CET6", "next"])(
  "%s is none",
  (zone) => expect(isZone(zone)).toBe(false),
);
