/*
 * Changes of a draft's rules: every one is a command of the editor's history; members that are not
 * known are kept.
 */
import type { More, Outcome, Refusal } from "../model/commands/outcome.ts";
import { refuse } from "../model/commands/outcome.ts";
import type { Draft } from "../model/flow.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonArray,
  type JsonObject,
  objectOf,
  withMember,
} from "../model/json.ts";
import { ruleRow } from "./decision.ts";
import { isTable, type Piece, piecesOf, samePiece, testsKey } from "./pieces.ts";
import { type Kind, renamedIn } from "./references.ts";

export const NAME_PATTERN = /^[a-z0-9_]{1,64}$/;

const START_MODULE = `local M = {}

-- What it is called with stands in the brackets; what it returns is the result.
function M.rule(event)
  return event
end

return M
`;

const START_TABLE: JsonObject = {
  inputs: ["input"],
  outputs: ["output"],
  hit: "first",
  rows: [ruleRow(["-"], [null])],
};

const START_LOOKUP: JsonObject = { columns: ["key", "value"], keys: ["key"], rows: [] };

/** The label of command NAME is the message rules.did.NAME. */
export function ruled(name: string, draft: Draft, more: More = {}): Outcome {
  const id = `rules.did.${name}`;
  return {
    name: `rules.${name}`,
    draft,
    part: "rules",
    label: more.values === undefined ? { id } : { id, values: more.values },
    ...(more.coalesce === undefined ? {} : { coalesce: more.coalesce }),
  };
}

function withPart(draft: Draft, part: string, name: string, value: Json | undefined): Draft {
  const next = withMember(objectOf(draft[part]), name, value);
  const empty = value === undefined && Object.keys(next).length === 0;
  return { ...draft, [part]: empty ? undefined : next, flow: draft.flow };
}

function partOf(kind: Kind): string {
  return kind === "module" ? "rules" : "lookups";
}

/** Why a new rule cannot have this name. */
export function nameFault(draft: Draft, kind: Kind, name: string): Refusal | undefined {
  if (!NAME_PATTERN.test(name)) {
    return refuse("rules.not.name", { name });
  }
  return Object.hasOwn(objectOf(draft[partOf(kind)]), name)
    ? refuse("rules.not.taken", { name })
    : undefined;
}

export function addPiece(draft: Draft, piece: Piece, value?: Json): Outcome {
  const start = { module: START_MODULE, table: START_TABLE, lookup: START_LOOKUP }[piece.kind];
  return (
    nameFault(draft, piece.kind, piece.name) ??
    ruled("add", withPart(draft, partOf(piece.kind), piece.name, value ?? start), {
      values: { name: piece.name },
    })
  );
}

/** Its tests go with it, unless they are a module's and a table's at once. */
export function removePiece(draft: Draft, piece: Piece): Outcome {
  const gone = withPart(draft, partOf(piece.kind), piece.name, undefined);
  const shared = piecesOf(gone).some((other) => testsKey(other) === testsKey(piece));
  const next = shared ? gone : withPart(gone, "tests", testsKey(piece), undefined);
  return ruled("remove", next, { values: { name: piece.name } });
}

export function changePiece(draft: Draft, piece: Piece, value: Json, name: string): Outcome {
  return ruled(name, withPart(draft, partOf(piece.kind), piece.name, value), {
    values: { name: piece.name },
    ...(name === "text" ? { coalesce: `rule ${piece.kind} ${piece.name}` } : {}),
  });
}

export function changeTests(
  draft: Draft,
  piece: Piece,
  tests: JsonArray,
  name: string,
  coalesce?: string,
): Outcome {
  const next = withPart(draft, "tests", testsKey(piece), tests.length === 0 ? undefined : tests);
  return ruled(name, next, {
    values: { name: piece.name },
    ...(coalesce === undefined ? {} : { coalesce }),
  });
}

/** Another name, also wherever it is called. */
export function renamePiece(draft: Draft, piece: Piece, to: string): Outcome {
  const { kind, name } = piece;
  const fault = nameFault(draft, kind, to);
  if (fault !== undefined) {
    return fault;
  }
  const change = (text: string): string => renamedIn(text, kind, name, to);
  const named = (text: string, holder: JsonObject): string =>
    kind === "lookup" && holder.table === name && text === name ? to : change(text);
  const flow = objectOf(rewritten(draft.flow, named));
  const rules = objectOf(rewritten(objectOf(draft.rules), change));
  const lookups = objectOf(rewrittenTables(objectOf(draft.lookups), change));
  const tests = objectOf(rewritten(objectOf(draft.tests), change));
  const parts: Record<string, JsonObject> = { rules, lookups, tests };
  parts[partOf(kind)] = renamedMember(parts[partOf(kind)] ?? {}, name, to);
  const alone = !piecesOf(draft).some(
    (other) => !samePiece(other, piece) && testsKey(other) === testsKey(piece),
  );
  if (alone) {
    parts.tests = renamedMember(tests, testsKey(piece), testsKey({ kind, name: to }));
  }
  const next: Record<string, Json | undefined> = { ...draft };
  for (const [part, value] of Object.entries(parts)) {
    if (draft[part] !== undefined) {
      next[part] = value;
    }
  }
  return ruled("rename", { ...next, flow }, { values: { name, to } });
}

function renamedMember(object: JsonObject, name: string, to: string): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([member, value]) => [member === name ? to : member, value]),
  );
}

/** Every text of the value, given to `change`; what stays the same stays the same object. */
function rewritten(
  value: Json,
  change: (text: string, holder: JsonObject) => string,
  holder: JsonObject = {},
): Json {
  if (typeof value === "string") {
    return change(value, holder);
  }
  if (isArray(value)) {
    const next = value.map((item) => rewritten(item, change, holder));
    return next.every((item, i) => item === value[i]) ? value : next;
  }
  if (!isObject(value)) {
    return value;
  }
  let same = true;
  const out: Record<string, Json> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) {
      out[name] = rewritten(item, change, value);
      same &&= out[name] === item;
    }
  }
  return same ? value : out;
}

/** Only decision tables hold expressions; a lookup's rows are data. */
function rewrittenTables(lookups: JsonObject, change: (text: string) => string): JsonObject {
  let next = lookups;
  for (const [name, table] of Object.entries(lookups)) {
    if (table !== undefined && isTable(table)) {
      next = withMember(
        next,
        name,
        rewritten(table, (text) => (text.startsWith("=") ? change(text) : text)),
      );
    }
  }
  return next;
}
