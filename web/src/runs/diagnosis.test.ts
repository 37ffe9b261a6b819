import { expect, test } from "vitest";
import { readDiagnosis } from "./Diagnosis.tsx";

test("a diagnosis says what speaks for it and where the remedy is", () => {
  expect(
    readDiagnosis({
      cause: "credential",
      text: "The system refuses the credential.",
      remedy: "Mend it.",
      since: "2026-11-22T09:12:00.000Z",
      affected: 14,
      evidence: [{ code: "alike", text: "14 runs failed alike" }],
      link: { kind: "connection" },
    }),
  ).toEqual({
    text: "The system refuses the credential.",
    remedy: "Mend it.",
    since: "2026-11-22T09:12:00.000Z",
    affected: 14,
    evidence: ["14 runs failed alike"],
    href: "/connections",
  });
});

test("without a diagnosis nothing is told", () => {
  expect(readDiagnosis(undefined)).toBeUndefined();
});
