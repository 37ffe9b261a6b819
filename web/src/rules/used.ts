/* Who uses a rule: steps, the flow's settings, other rules, decision tables; and how it is called. */
import { bodyOf, type Draft, indexOf } from "../model/flow.ts";
import { isArray, isObject, type Json, objectOf, textOf, withMember } from "../model/json.ts";
import type { Path } from "../model/pointer.ts";
import { isTable, type Piece } from "./pieces.ts";
import { type Reference, referencesIn } from "./references.ts";

export interface Use {
  readonly in: "step" | "settings" | "module" | "table";
  readonly id: string /* of the step, module or table; "" is the flow */;
  readonly path: Path /* in the step, or in the flow's settings */;
  readonly line?: number /* of a module */;
  readonly text: string /* the line or expression it stands in */;
  readonly reference: Reference;
}

type Visit = (path: Path, text: string) => void;

function texts(value: Json | undefined, path: Path, visit: Visit): void {
  if (typeof value === "string") {
    visit(path, value);
  } else if (isArray(value)) {
    value.forEach((item, i) => {
      texts(item, [...path, i], visit);
    });
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      texts(item, [...path, name], visit);
    }
  }
}

const known = new WeakMap<Draft, Use[]>();

/** All uses of all rules; made once for each state of the draft. */
export function usesOf(draft: Draft): Use[] {
  const before = known.get(draft);
  if (before !== undefined) {
    return before;
  }
  const out: Use[] = [];
  inFlow(draft, out);
  for (const [id, text] of Object.entries(objectOf(draft.rules))) {
    inModule(id, textOf(text) ?? "", out);
  }
  for (const [id, table] of Object.entries(objectOf(draft.lookups))) {
    if (table !== undefined && isTable(table)) {
      texts(table, [], (path, text) => {
        if (text.startsWith("=")) {
          found(out, { in: "table", id, path, text });
        }
      });
    }
  }
  known.set(draft, out);
  return out;
}

function found(out: Use[], use: Omit<Use, "reference">): void {
  for (const reference of referencesIn(use.text.replace(/^=/, ""))) {
    out.push({ ...use, reference });
  }
}

function inFlow(draft: Draft, out: Use[]): void {
  const { nodes: _nodes, edges: _edges, ...settings } = draft.flow;
  texts(settings, [], (path, text) => {
    if (text.startsWith("=")) {
      found(out, { in: "settings", id: "", path, text });
    }
  });
  for (const step of indexOf(draft).steps.values()) {
    const { body: _body, ...config } = objectOf(step.node.config);
    const own = withMember(
      step.node,
      "config",
      step.body
        ? { ...config, body: withMember(bodyOf(step.node), "nodes", []) }
        : step.node.config,
    );
    texts(own, [], (path, text) => {
      if (text.startsWith("=") || path.at(-1) === "source" || path.at(-1) === "script") {
        found(out, { in: "step", id: step.id, path, text });
      }
    });
    const table = textOf(config.table);
    if (step.type === "transform.lookup" && table !== undefined) {
      const reference = { kind: "lookup" as const, name: table, from: 0, to: 0 };
      out.push({ in: "step", id: step.id, path: ["config", "table"], text: table, reference });
    }
  }
}

function inModule(id: string, text: string, out: Use[]): void {
  if (!/require|lookup|decide/.test(text)) {
    return;
  }
  const lines = text.split("\n");
  for (const reference of referencesIn(text)) {
    const line = text.slice(0, reference.from).split("\n").length;
    out.push({
      in: "module",
      id,
      path: [],
      line,
      text: (lines[line - 1] ?? "").trim(),
      reference,
    });
  }
}

export function usesOfPiece(draft: Draft, piece: Piece): Use[] {
  return usesOf(draft).filter(
    (use) =>
      use.reference.kind === piece.kind &&
      use.reference.name === piece.name &&
      !(use.in === "module" && piece.kind === "module" && use.id === piece.name),
  );
}

/** Calls of it by steps, the shortest first: what it can be tried with. */
export function callsOf(
  draft: Draft,
  piece: Piece,
): { call: string; step: string; func?: string }[] {
  const out = new Map<string, { call: string; step: string; func?: string }>();
  for (const use of usesOfPiece(draft, piece)) {
    const { call, func } = use.reference;
    if ((use.in === "step" || use.in === "settings") && call !== undefined && !out.has(call)) {
      out.set(call, { call, step: use.id, ...(func === undefined ? {} : { func }) });
    }
  }
  return [...out.values()];
}
