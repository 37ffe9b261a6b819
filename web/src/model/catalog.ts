/* The node types, as the program describes them, and what follows from a type alone. */
import { isObject, type Json, type JsonObject, objectOf } from "./json.ts";

export type NodeKind = "trigger" | "transform" | "branch" | "connector";
export type Effect = "none" | "idempotent" | "keyed" | "once";

export interface NodeAction {
  readonly input?: JsonObject;
  readonly output?: JsonObject;
  readonly example?: JsonObject;
}

export interface NodeType {
  readonly name: string;
  readonly kind: NodeKind;
  readonly title: string;
  readonly help: string;
  readonly ports: readonly string[];
  readonly ports_from_config: boolean;
  readonly effect: Effect;
  readonly needs_connection: boolean;
  readonly connector?: string;
  readonly action?: NodeAction;
  readonly example: JsonObject;
  readonly schema: JsonObject;
}

export interface Catalog {
  readonly types: readonly NodeType[];
  readonly byName: ReadonlyMap<string, NodeType>;
}

export const EMPTY_CATALOG: Catalog = { types: [], byName: new Map() };

export function catalogOf(types: readonly NodeType[]): Catalog {
  return { types, byName: new Map(types.map((type) => [type.name, type])) };
}

/** What a type belongs to: its connector's name, or its kind. */
export function systemOf(typeName: string): string {
  const parts = typeName.split(".");
  return parts.length > 2 ? (parts[1] ?? "") : "";
}

export function kindOf(typeName: string): NodeKind | "unknown" {
  const kind = typeName.split(".")[0];
  return kind === "trigger" || kind === "transform" || kind === "branch" || kind === "connector"
    ? kind
    : "unknown";
}

export function isTrigger(typeName: string): boolean {
  return kindOf(typeName) === "trigger";
}

/** Whether other systems call it, at an address of ours. */
export function listens(type: NodeType): boolean {
  return type.kind === "trigger" && objectOf(type.schema.properties).path !== undefined;
}

export function hasBody(type: NodeType | undefined): boolean {
  const properties = objectOf(type?.schema.properties);
  const body = properties.body;
  return isObject(body) && body["x-weft-body"] === true;
}

/** "PayTrace: Refund" without its system, for a card that names the system below. */
export function shortTitle(type: NodeType): string {
  const colon = type.title.indexOf(": ");
  return type.connector !== undefined && colon > 0 ? type.title.slice(colon + 2) : type.title;
}

/** "PayTrace" of "PayTrace: Refund"; undefined for what belongs to no system. */
export function systemTitle(type: NodeType): string | undefined {
  const colon = type.title.indexOf(": ");
  return type.connector !== undefined && colon > 0 ? type.title.slice(0, colon) : undefined;
}

/**
 * The settings a new step begins with: what it cannot do without to stand on the board, a body and
 * its exits. All else is for a person to say; what is missing is told at once.
 */
export function startConfig(type: NodeType): JsonObject {
  const required = Array.isArray(type.schema.required) ? type.schema.required : [];
  const properties = objectOf(type.schema.properties);
  const out: Record<string, Json> = {};
  for (const name of required.map(String)) {
    const schema = objectOf(properties[name]);
    if (schema["x-weft-body"] === true) {
      out[name] = { nodes: [], edges: [] };
    } else if (schema.type === "array") {
      out[name] = givesExits(objectOf(schema.items)) ? (type.example[name] ?? []) : [];
    }
  }
  return out;
}

function givesExits(items: JsonObject): boolean {
  return Object.values(objectOf(items.properties)).some(
    (member) => objectOf(member)["x-weft-port"] === true,
  );
}

/** Types that fit a search: every word in the name, title or help; the better ones first. */
export function searchTypes(types: readonly NodeType[], query: string): NodeType[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const scored = types.map((type, order) => ({ type, order, score: scoreOf(type, words) }));
  return scored
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map((entry) => entry.type);
}

function scoreOf(type: NodeType, words: readonly string[]): number {
  let score = 1;
  for (const word of words) {
    const title = type.title.toLowerCase();
    const name = type.name.toLowerCase();
    if (title.startsWith(word)) {
      score += 8;
    } else if (title.split(/[^a-z0-9]+/).some((part) => part.startsWith(word))) {
      score += 6;
    } else if (title.includes(word) || name.includes(word)) {
      score += 4;
    } else if (type.help.toLowerCase().includes(word)) {
      score += 1;
    } else {
      return 0;
    }
  }
  return score;
}
