import { expect, test } from "vitest";
import type { Translate } from "../i18n/text.tsx";
import { objectOf, parseJson } from "../model/json.ts";
import { candidateColumns, readException, takenOver } from "./exceptions.ts";
import { wayOf } from "./ways.ts";

const t: Translate = (key) => key;

const unmatched = parseJson(`{
  "exception": "review-01-match", "type": "unmatched", "ports": ["post", "reject"], "titles": { "post": "Post it" },
  "can": ["decide"],
  "data": {"payment": {"amount": 149.90}},
  "form": {"type": "object", "properties": {"invoice": {"type": "string"}, "note": {"type": "string"}}},
  "candidates": [
    {"invoice": "INV-9921", "amount": 149.90, "score": 0.96, "lines": []},
    {"invoice": "INV-9877", "amount": 150.00, "score": 0.61, "memo": null}],
  "comments": [{"by": "anna", "at": "2026-11-21T18:50:00.123Z", "text": "asked the bank"}]
}`);

test("an exception is read with its digits", () => {
  const one = readException(unmatched);
  expect(one.type).toBe("unmatched");
  expect(one.ports).toEqual(["post", "reject"]);
  expect(one.ports.map((port) => wayOf(t, one, port))).toEqual(["Post it", "reject"]);
  expect(String(objectOf(objectOf(one.data).payment).amount)).toBe("149.90");
  expect(one.comments[0]?.text).toBe("asked the bank");
  expect(readException(undefined)).toMatchObject({
    id: "",
    type: "review",
    ports: [],
    candidates: [],
  });
});

test("candidates as a table, the score first, what is no single value left out", () => {
  const { candidates } = readException(unmatched);
  expect(candidateColumns(candidates)).toEqual(["score", "invoice", "amount", "memo"]);
});

test("a candidate answers the form by names", () => {
  const { form, candidates } = readException(unmatched);
  const data = takenOver(form ?? {}, { note: "mine" }, candidates[0] ?? {});
  expect(data).toEqual({ note: "mine", invoice: "INV-9921" });
});
