/*
 * What can be known here without asking: shown at once, until the server's own word arrives, which
 * alone counts. Pointers are into flow.json, as the server gives them.
 */
import { type Catalog, isTrigger, type NodeType } from "./catalog.ts";
import { expressionsOf } from "./expressions.ts";
import {
  type Draft,
  ERROR_PORT,
  type FlowIndex,
  indexOf,
  inOrder,
  type Level,
  type Step,
} from "./flow.ts";
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from "./json.ts";
import { stepNames } from "./lua.ts";
import { type Path, pathOf, pointerOf } from "./pointer.ts";
import { portsOf } from "./ports.ts";

export interface Problem {
  readonly pointer: string;
  readonly step?: string | undefined;
  readonly warning: boolean;
  readonly file?: string /* another one than flow.json */;
  readonly line?: number | undefined;
  readonly message?: string /* the server's words */;
  readonly missing?: string | undefined /* the member that is not there at the pointer */;
  readonly label?: { id: string; values?: Record<string, string | number> } /* ours */;
}

type Add = (
  path: Path,
  step: string | undefined,
  id: string,
  values?: Record<string, string>,
  warning?: boolean,
) => void;

export function localProblems(draft: Draft, catalog: Catalog): Problem[] {
  const out: Problem[] = [];
  const add: Add = (path, step, id, values, warning = false) => {
    const label =
      values === undefined
        ? { id: `canvas.problem.${id}` }
        : { id: `canvas.problem.${id}`, values };
    out.push({ pointer: pointerOf(path), step, warning, label });
  };
  const index = indexOf(draft);
  checkShape(draft.flow, [], index, add);
  for (const level of index.levels.values()) {
    checkLevel(level, index, add);
  }
  for (const step of index.steps.values()) {
    checkStep(step, index, catalog, add);
  }
  const top = index.levels.get(null)?.steps ?? [];
  if (!top.some((step) => isTrigger(step.type))) {
    add(["nodes"], undefined, "noTrigger");
  }
  return out;
}

/** Items that are not drawn: no object, no id, an id that is there already, edges to nowhere. */
function checkShape(holder: JsonObject, path: Path, index: FlowIndex, add: Add): void {
  arrayOf(holder.nodes).forEach((node, i) => {
    const at = [...path, "nodes", i];
    const id = isObject(node) ? textOf(node.id) : undefined;
    if (id === undefined || id === "") {
      add(at, undefined, "noId");
    } else if (index.steps.get(id)?.node !== node) {
      add([...at, "id"], id, "idTwice", { id });
    } else if (index.steps.get(id)?.body) {
      checkShape(
        objectOf(objectOf(objectOf(node).config).body),
        [...at, "config", "body"],
        index,
        add,
      );
    }
  });
  arrayOf(holder.edges).forEach((edge, i) => {
    const ends = objectOf(edge);
    for (const end of ["from", "to"] as const) {
      const id = textOf(ends[end]);
      if (id === undefined || !index.steps.has(id)) {
        add([...path, "edges", i, end], undefined, "edgeNowhere", { id: id ?? "" });
      }
    }
  });
}

function checkLevel(level: Level, index: FlowIndex, add: Add): void {
  const done = new Set<string>();
  for (const step of inOrder(level)) {
    const into = index.incoming.get(step.id) ?? [];
    if (into.some((edge) => !done.has(edge.from))) {
      add(step.path, step.id, "circle", { name: step.title });
      break;
    }
    done.add(step.id);
    if (into.length === 0 && level.id === null && !isTrigger(step.type)) {
      add(step.path, step.id, "unreached", { name: step.title }, true);
    }
  }
  if (level.id !== null && level.steps.length === 0) {
    add(level.path, level.id, "emptyBody", { name: index.steps.get(level.id)?.title ?? level.id });
  }
  for (const edge of level.edges) {
    const to = index.steps.get(edge.to);
    if (to !== undefined && isTrigger(to.type)) {
      add(edge.path, edge.to, "toTrigger", { name: to.title });
    }
  }
}

function checkStep(step: Step, index: FlowIndex, catalog: Catalog, add: Add): void {
  const type = catalog.byName.get(step.type);
  if (type === undefined) {
    if (catalog.types.length > 0) {
      add([...step.path, "type"], step.id, "unknownType", { type: step.type });
    }
    return;
  }
  if (step.level !== null && isTrigger(step.type)) {
    add(step.path, step.id, "triggerInside", { name: step.title });
  }
  if (type.needs_connection && textOf(step.node.connection) === undefined) {
    add([...step.path, "connection"], step.id, "noConnection", { name: step.title });
  }
  checkConfig(step, type, add);
  checkPorts(step, index, type, add);
  for (const expression of expressionsOf(step, catalog)) {
    for (const name of stepNames(expression.text)) {
      checkName(step, name.id, [...step.path, ...expression.path], index, add);
    }
  }
}

function checkConfig(step: Step, type: NodeType, add: Add): void {
  const config = objectOf(step.node.config);
  for (const name of arrayOf(type.schema.required)) {
    const value: Json | undefined = config[String(name)];
    if (value === undefined || value === "") {
      add([...step.path, "config", String(name)], step.id, "required", {
        name: step.title,
        field: String(name),
      });
    }
  }
  const known = objectOf(type.schema.properties);
  for (const name of Object.keys(config)) {
    if (known[name] === undefined && type.schema.additionalProperties === false) {
      add([...step.path, "config", name], step.id, "unknownMember", {
        name: step.title,
        field: name,
      });
    }
  }
}

function checkPorts(step: Step, index: FlowIndex, type: NodeType, add: Add): void {
  const outgoing = index.outgoing.get(step.id) ?? [];
  const ports = new Set(portsOf(step, type).map((port) => port.name));
  for (const edge of outgoing) {
    const maybe =
      step.type === "transform.lookup" && edge.port === "missing"; /* the table decides */
    if (!ports.has(edge.port) && !maybe) {
      add([...edge.path, "port"], step.id, "noPort", { name: step.title, port: edge.port });
    }
  }
  if (step.node.on_error === "route" && !outgoing.some((edge) => edge.port === ERROR_PORT)) {
    add([...step.path, "on_error"], step.id, "errorNowhere", { name: step.title }, true);
  }
}

function checkName(step: Step, id: string, path: Path, index: FlowIndex, add: Add): void {
  const named = index.steps.get(id);
  if (named === undefined) {
    add(path, step.id, "noStep", { name: step.title, id });
    return;
  }
  const setting = path[step.path.length + 1];
  const looksInside =
    step.body && ["collect", "until", "items", "id", "cursor"].includes(String(setting));
  const seen = new Set<string | null>([null, step.level, ...(looksInside ? [step.id] : [])]);
  for (let at = step.level; at !== null; at = index.steps.get(at)?.level ?? null) {
    seen.add(at);
  }
  if (!seen.has(named.level)) {
    add(path, step.id, "stepInside", { name: step.title, id, loop: named.level ?? "" });
  }
}

/** The innermost step a pointer of the server's is in, and what of it is meant. */
export function stepAt(draft: Draft, pointer: string): { step?: string; path: string[] } {
  let value: Json | undefined = draft.flow;
  let step: string | undefined;
  let path: string[] = [];
  for (const part of pathOf(pointer)) {
    value = Array.isArray(value) ? value[Number(part)] : objectOf(value)[part];
    path.push(part);
    const id: string | undefined = isObject(value) ? textOf(value.id) : undefined;
    if (id !== undefined && indexOf(draft).steps.get(id)?.node === value) {
      step = id;
      path = [];
    }
  }
  return step === undefined ? { path } : { step, path };
}
