/* A step gets a connection: one that the flow has, or one of the workspace, which the flow has then. */
import { changeStep, type Draft, stepOf } from "../flow.ts";
import { type JsonObject, objectOf, textOf, withMember } from "../json.ts";
import { did, type Outcome, refuse } from "./outcome.ts";

/** The flow's connections by name. */
export function connectionsOf(draft: Draft): JsonObject {
  return objectOf(objectOf(draft.connections).connections);
}

/** Under which name the flow has this connection of the workspace; undefined: under none. */
export function boundAs(draft: Draft, shared: string): string | undefined {
  return Object.entries(connectionsOf(draft)).find(
    ([, one]) => textOf(objectOf(one).use) === shared,
  )?.[0];
}

function freeName(taken: JsonObject, wanted: string): string {
  for (let number = 2, name = wanted; ; number++) {
    if (!Object.hasOwn(taken, name)) return name;
    name = `${wanted}_${number}`;
  }
}

/** The step works through this connection of the workspace from now on. */
export function bindShared(draft: Draft, id: string, shared: string, connector: string): Outcome {
  const step = stepOf(draft, id);
  if (step === undefined) {
    return refuse("canvas.not.gone");
  }
  const known = connectionsOf(draft);
  const bound = boundAs(draft, shared);
  const name = bound ?? freeName(known, shared);
  const next = changeStep(draft, id, (node) => withMember(node, "connection", name));
  if (bound !== undefined) {
    return did("bind", next, { values: { name: step.title, connection: shared } });
  }
  const connections = { ...known, [name]: { connector, use: shared } };
  const part = { weft: 1, ...objectOf(draft.connections), connections };
  return did(
    "bind",
    { ...next, connections: part },
    { values: { name: step.title, connection: shared } },
  );
}
