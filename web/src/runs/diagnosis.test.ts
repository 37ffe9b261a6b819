import { createIntl } from "react-intl";
import { expect, test } from "vitest";
import en from "../i18n/en.json";
import type { Translate } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { readDiagnosis, wordsOf } from "./Diagnosis.tsx";

const said = {
  cause: "halted",
  text: "The program's own words.",
  remedy: "Mend it.",
  since: "2026-11-22T09:12:00.000Z",
  affected: 14,
  evidence: [
    { code: "waiting", text: "14 runs wait for it", params: { count: 14 } },
    { code: "newer", text: "what this page does not know", params: {} },
  ],
  link: { kind: "connection" },
};
/** A page in another language: its words are its own. */
const intl = createIntl({
  locale: "en",
  messages: {
    ...en,
    "diagnosis.text.halted": "Zugang verweigert.",
    "diagnosis.evidence.waiting": "{count} warten",
  },
});
const t: Translate = (key, values) => intl.formatMessage({ id: key }, values);

test("a diagnosis is said in the words of the page", () => {
  const found = readDiagnosis(said);
  expect(found && wordsOf(t, found)).toEqual({
    text: "Zugang verweigert.",
    remedy: en["diagnosis.remedy.halted"],
    evidence: ["14 warten", "what this page does not know"],
  });
  expect([found?.affected, found?.href]).toEqual([14, "/connections"]);
});

test("a diagnosis leads to the connection or the table that it is about", () => {
  const wayOf = (link: JsonObject) => {
    const found = readDiagnosis({ ...said, link });
    return found && [found.href, t(found.way.key, found.way.values)];
  };
  expect(wayOf({ kind: "connection", connection: "main/production/orders/erp" })).toEqual([
    "/connections?c=main%2Fproduction%2Forders%2Ferp",
    "Connection erp",
  ]);
  expect(wayOf({ kind: "lookups", flow: "orders", table: "gl" })).toEqual([
    "/flows/orders/rules/gl",
    "Table gl",
  ]);
  expect(wayOf({ kind: "lookups", flow: "orders" })).toEqual(["/flows/orders/rules", "Rules"]);
  expect(wayOf({ kind: "run", flow: "orders" })?.[0]).toBe("");
});

test("a cause that the page does not know is said as the program says it", () => {
  const found = readDiagnosis({ ...said, cause: "newer" });
  expect(found && wordsOf(t, found).text).toBe("The program's own words.");
});

test("what the manifest of the system says of it is told as it stands there", () => {
  const system = { title: "PayTrace", remedy: "Ask for another card." };
  expect(readDiagnosis({ ...said, system })?.system).toEqual({ ...system, help: "" });
  expect(readDiagnosis({ ...said, system: { help: "of nobody" } })?.system).toBeUndefined();
});

test("without a diagnosis nothing is told", () => {
  expect(readDiagnosis(undefined)).toBeUndefined();
});
