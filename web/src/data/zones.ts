// The time zones by their names in the IANA database: those that this browser knows.
export const ZONES: readonly string[] = [
  ...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")]),
];
const byLetters = new Map(ZONES.map((zone) => [zone.toLowerCase(), zone]));
const NAME = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** Whether there is such a zone; one of an older name, too. Capitals count: the program tells them apart. */
export function isZone(name: string): boolean {
  const known = byLetters.get(name.toLowerCase());
  if (known !== undefined) return known === name;
  if (!NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
