/*
 * The exits of a step. Most follow from its type, or from settings that the schema marks as exits;
 * three types have an exit only under a condition, which is known here. An exit that an edge leaves
 * by is shown in any case: whether it may is for the server to say.
 */
import type { NodeType } from "./catalog.ts";
import { DEFAULT_PORT, type Edge, ERROR_PORT, type Step } from "./flow.ts";
import { isArray, isObject, type Json, type JsonObject, objectOf, textOf } from "./json.ts";

export interface Port {
  readonly name: string;
  readonly error: boolean /* on_error: route */;
}

function portsIn(value: Json | undefined, schema: JsonObject, out: string[]): void {
  if (schema["x-weft-port"] === true) {
    if (typeof value === "string" && value !== "" && !out.includes(value)) {
      out.push(value);
    }
  } else if (isArray(value) && isObject(schema.items)) {
    const items = schema.items;
    for (const item of value) {
      portsIn(item, items, out);
    }
  } else if (isObject(value) && isObject(schema.properties)) {
    for (const [name, member] of Object.entries(schema.properties)) {
      portsIn(value[name], objectOf(member), out);
    }
  }
}

/** Exits that only some settings of a type give it; the program adds them when it reads the flow. */
function conditional(type: string, config: JsonObject): string[] {
  if (type === "transform.lookup" && config.on_missing === "route") {
    return ["missing"];
  }
  if (type === "branch.wait" && textOf(objectOf(config.event).timeout) !== undefined) {
    return ["timeout"];
  }
  return [];
}

export function portsOf(
  step: Step,
  type: NodeType | undefined,
  outgoing: readonly Edge[] = [],
): Port[] {
  const config = objectOf(step.node.config);
  const names = type === undefined ? [DEFAULT_PORT] : [...type.ports];
  if (type?.ports_from_config) {
    portsIn(config, type.schema, names);
  }
  names.push(...conditional(step.type, config).filter((name) => !names.includes(name)));
  for (const edge of outgoing) {
    if (edge.port !== ERROR_PORT && !names.includes(edge.port)) {
      names.push(edge.port);
    }
  }
  const ports: Port[] = names.map((name) => ({ name, error: false }));
  if (step.node.on_error === "route" || outgoing.some((edge) => edge.port === ERROR_PORT)) {
    ports.push({ name: ERROR_PORT, error: true });
  }
  return ports;
}

/** The exit by which a new edge leaves when nobody has chosen one: the first without an edge. */
export function freePort(ports: readonly Port[], outgoing: readonly Edge[]): string | undefined {
  const used = new Set(outgoing.map((edge) => edge.port));
  const plain = ports.filter((port) => !port.error);
  return (plain.find((port) => !used.has(port.name)) ?? plain[0] ?? ports[0])?.name;
}
