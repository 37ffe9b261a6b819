/* A step's input is drawn instead of written: a mapping before it makes what the input said so far. */
import type { Catalog } from "../catalog.ts";
import { changeLevel, changeStep, type Draft, indexOf, stepOf } from "../flow.ts";
import { isObject, type Json, type JsonObject, objectOf, withMember } from "../json.ts";
import { did, isRefusal, type Outcome, refuse } from "./outcome.ts";
import { addStep } from "./steps.ts";

/** The members of an input as fields of a mapping, those within objects by their paths. */
export function fieldsOf(input: Json | undefined, holder = ""): JsonObject[] {
  return Object.entries(objectOf(input)).flatMap(([name, value]) => {
    const to = holder + name.replaceAll(".", "\\.");
    const inner = isObject(value) && Object.keys(value).length > 0;
    return inner ? fieldsOf(value, `${to}.`) : [{ to, from: value ?? null }];
  });
}

/** All edges that led to the step lead to the mapping, and how they are joined goes with them. */
function wired(draft: Draft, id: string, map: string): Draft {
  const level = stepOf(draft, id)?.level ?? null;
  const join = stepOf(draft, id)?.node.join;
  const next = changeLevel(draft, level, (_nodes, edges) => ({
    edges: edges.map((edge) =>
      isObject(edge) && edge.to === id && edge.from !== map ? { ...edge, to: map } : edge,
    ),
  }));
  return join === undefined
    ? next
    : changeStep(
        changeStep(next, map, (node) => ({ ...node, join })),
        id,
        (node) => withMember(node, "join", undefined),
      );
}

export function mapBefore(draft: Draft, catalog: Catalog, id: string, title: string): Outcome {
  const step = stepOf(draft, id);
  const type = catalog.byName.get("transform.map");
  if (step === undefined || type === undefined) {
    return refuse("canvas.not.gone");
  }
  const edges = indexOf(draft).incoming.get(id) ?? [];
  const [only] = edges;
  const where =
    edges.length === 1 && only !== undefined ? { onEdge: only.key } : { before: { id } };
  const added = addStep(draft, catalog, type, where);
  const [map] = isRefusal(added) ? [] : (added.select ?? []);
  if (isRefusal(added) || map === undefined) {
    return added;
  }
  const { input } = objectOf(step.node.config);
  const whole = wired(added.draft, id, map);
  const drawn = changeStep(whole, map, (node) => ({
    ...node,
    title,
    config: { fields: fieldsOf(input) },
  }));
  const next = changeStep(drawn, id, (node) => ({
    ...node,
    config: { ...objectOf(node.config), input: `=steps.${map}` },
  }));
  return did("mapBefore", next, { values: { name: step.title }, select: [map] });
}
