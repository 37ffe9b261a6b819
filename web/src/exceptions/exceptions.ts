// What waits for a person, read from the program's answers with every digit kept.
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { type Found, readDiagnosis } from "../runs/Diagnosis.tsx";
import type { Tone } from "../ui/Badge.tsx";
import { EXCEPTION_TYPES } from "../views/lists.ts";

export const TYPES = EXCEPTION_TYPES;
export type ExceptionType = (typeof TYPES)[number];

export const typeTones: Record<ExceptionType, Tone> = {
  in_doubt: "doubt",
  review: "wait",
  unmatched: "wait",
  dead: "err",
  connection: "warn",
};

export interface Said {
  by: string;
  at: string;
  text: string;
}

export interface Exception {
  id: string;
  type: ExceptionType;
  happened: string;
  remedy: string;
  title: string;
  /** What the run is known by, as the number of a payment. */
  key: string;
  ports: string[];
  /** How the flow calls them, of those that it gives a title. */
  titles: ReadonlyMap<string, string>;
  can: string[];
  run: string;
  flow: string;
  environment: string;
  step: string;
  since: string;
  due: string;
  /** The role or group that decides; "": whoever may. */
  role: string;
  overdue: boolean;
  assignee: string;
  /** Of who has it and what was said: If-Match of who takes it. */
  revision: number;
  comments: Said[];
  /** Who has chosen what so far, where two must agree. */
  decided: { by: string; port: string; reason: string; data: Json | undefined }[];
  approvals: number;
  form: JsonObject | undefined;
  data: Json | undefined;
  candidates: JsonObject[];
  error: JsonObject | undefined;
  diagnosis: Found | undefined;
}

function typeOf(text: string | undefined): ExceptionType {
  return TYPES.find((type) => type === text) ?? "review";
}

export function readException(value: Json | undefined): Exception {
  const own = objectOf(value);
  const text = (name: string) => textOf(own[name]) ?? "";
  const said = (list: Json | undefined) =>
    arrayOf(list).map((one) => {
      const told = objectOf(one);
      return {
        by: textOf(told.by) ?? "",
        at: textOf(told.at) ?? "",
        text: textOf(told.text) ?? "",
      };
    });
  return {
    id: text("exception"),
    type: typeOf(textOf(own.type)),
    happened: text("happened"),
    remedy: text("remedy"),
    title: text("title"),
    key: text("dedupe"),
    ports: arrayOf(own.ports).map(String),
    titles: new Map(
      Object.entries(objectOf(own.titles)).map(([port, title]) => [port, String(title)]),
    ),
    can: arrayOf(own.can).map(String),
    run: text("run"),
    flow: text("flow"),
    environment: text("environment"),
    step: text("step"),
    since: text("since"),
    due: text("due_at"),
    role: text("role"),
    overdue: own.overdue === true,
    assignee: text("assignee"),
    revision: typeof own.revision === "number" ? own.revision : 1,
    comments: said(own.comments),
    decided: arrayOf(own.decided).map((one) => {
      const told = objectOf(one);
      return {
        by: textOf(told.by) ?? "",
        port: textOf(told.port) ?? "",
        reason: textOf(told.reason) ?? "",
        data: told.data,
      };
    }),
    approvals: typeof own.approvals === "number" ? own.approvals : 1,
    form: isObject(own.form) ? own.form : undefined,
    data: own.data,
    candidates: arrayOf(own.candidates).filter(isObject),
    error: isObject(own.error) ? own.error : undefined,
    diagnosis: readDiagnosis(own.diagnosis),
  };
}

const isLeaf = (value: Json | undefined) =>
  value !== undefined && (value === null || !isComposite(value));
const isComposite = (value: Json) => isObject(value) || Array.isArray(value);

/** The columns of a table of candidates: what most of them have, the score first. */
export function candidateColumns(candidates: readonly JsonObject[]): string[] {
  const counts = new Map<string, number>();
  for (const candidate of candidates) {
    for (const [name, value] of Object.entries(candidate)) {
      if (isLeaf(value)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const names = [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return [
    ...names.filter((name) => name === "score"),
    ...names.filter((name) => name !== "score"),
  ].slice(0, 7);
}

/** What a candidate answers of a form: the members of the same name. */
export function takenOver(form: JsonObject, data: JsonObject, candidate: JsonObject): JsonObject {
  const asked = Object.keys(objectOf(form.properties));
  const answers = asked
    .filter((name) => isLeaf(candidate[name]))
    .map((name) => [name, candidate[name]]);
  return { ...data, ...(Object.fromEntries(answers) as JsonObject) };
}
