/* The rules of a draft: modules of Lua, decision tables, lookup tables, and the tests beside them. */
import type { Draft } from "../model/flow.ts";
import {
  isArray,
  type Json,
  type JsonArray,
  type JsonObject,
  objectOf,
  textOf,
} from "../model/json.ts";
import type { Kind } from "./references.ts";

export interface Piece {
  readonly kind: Kind;
  readonly name: string;
}

export function isTable(value: Json | undefined): boolean {
  return objectOf(value).inputs !== undefined;
}

/** Modules, then decision tables, then lookup tables, each by name. */
export function piecesOf(draft: Draft): Piece[] {
  const names = (part: JsonObject): string[] => Object.keys(part).sort();
  const lookups = objectOf(draft.lookups);
  const of = (kind: Kind, list: string[]): Piece[] => list.map((name) => ({ kind, name }));
  return [
    ...of("module", names(objectOf(draft.rules))),
    ...of(
      "table",
      names(lookups).filter((name) => isTable(lookups[name])),
    ),
    ...of(
      "lookup",
      names(lookups).filter((name) => !isTable(lookups[name])),
    ),
  ];
}

export function pieceValue(draft: Draft, piece: Piece): Json | undefined {
  const part = objectOf(piece.kind === "module" ? draft.rules : draft.lookups);
  return Object.hasOwn(part, piece.name) ? part[piece.name] : undefined;
}

export function samePiece(a: Piece | undefined, b: Piece | undefined): boolean {
  return a?.kind === b?.kind && a?.name === b?.name;
}

/** The file that faults and tests name it by. */
export function fileOf({ kind, name }: Piece): string {
  return kind === "module"
    ? `rules/${name}.lua`
    : kind === "table"
      ? `rules/${name}.table.json`
      : `lookups/${name}.json`;
}

/** The rule of a file, also of its tests and of a table's rows. */
export function pieceOfFile(draft: Draft, file: string): Piece | undefined {
  return piecesOf(draft).find(
    (piece) =>
      file === fileOf(piece) ||
      file === `${testsKey(piece)}.test.json` ||
      (piece.kind === "lookup" && file === `lookups/${piece.name}.csv`),
  );
}

export function testsKey({ kind, name }: Piece): string {
  return kind === "lookup" ? `lookups/${name}` : `rules/${name}`;
}

const NO_TESTS: JsonArray = [];

export function testsOf(draft: Draft, piece: Piece): JsonArray {
  const own = objectOf(draft.tests)[testsKey(piece)];
  return isArray(own) ? own : NO_TESTS;
}

const ENDS: Record<Kind, string> = { module: ".lua", table: ".table", lookup: ".lookup" };

/** Its place in an address: the name alone where only one thing has it. */
export function addressOf(draft: Draft, piece: Piece): string {
  const both = piece.kind !== "module" && pieceValue(draft, { kind: "module", name: piece.name });
  return piece.name + (both === false || both === undefined ? "" : ENDS[piece.kind]);
}

export function pieceAt(draft: Draft, address: string): Piece | undefined {
  return piecesOf(draft).find(
    (piece) => address === piece.name || address === piece.name + ENDS[piece.kind],
  );
}

export function titleOf(draft: Draft, piece: Piece): string | undefined {
  const value = objectOf(pieceValue(draft, piece));
  return textOf(value.title) ?? textOf(value.help);
}
