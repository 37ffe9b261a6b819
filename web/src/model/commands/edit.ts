/* Names, settings and the flow's own members. */
import type { Catalog } from "../catalog.ts";
import { renameInNode, rewriteSettings } from "../expressions.ts";
import { changeStep, type Draft, draftOf, indexOf, stepOf, takenIds } from "../flow.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  sameJson,
  withMember,
} from "../json.ts";
import { withNames } from "../layout.ts";
import { renameSteps } from "../lua.ts";
import { type Path, pointerOf, withValueAt } from "../pointer.ts";
import { ID_PATTERN } from "./ids.ts";
import { did, type Outcome, refuse } from "./outcome.ts";

export function setTitle(draft: Draft, id: string, title: string): Outcome {
  const step = stepOf(draft, id);
  if (step === undefined) {
    return refuse("canvas.not.gone");
  }
  const text = title.trim();
  const next = changeStep(draft, id, (node) =>
    withMember(node, "title", text === "" || text === id ? undefined : text),
  );
  return did("title", next, {
    values: { name: step.title, to: text || id },
    coalesce: `title ${id}`,
  });
}

/** Another id: in edges, in every expression that names the step, in totals, and where it stands. */
export function renameStep(draft: Draft, catalog: Catalog, id: string, to: string): Outcome {
  if (stepOf(draft, id) === undefined) {
    return refuse("canvas.not.gone");
  }
  if (!ID_PATTERN.test(to)) {
    return refuse("canvas.not.id", { id: to });
  }
  if (to !== id && takenIds(draft).has(to)) {
    return refuse("canvas.not.idTaken", { id: to });
  }
  const next = withStepNames(draft, catalog, new Map([[id, to]]));
  return did("rename", next, { values: { name: id, to }, select: [to] });
}

/** Every id that the map names is replaced by its new one, wherever it stands. */
export function withStepNames(
  draft: Draft,
  catalog: Catalog,
  names: ReadonlyMap<string, string>,
): Draft {
  const { steps } = indexOf(draft);
  const rebuild = (holder: JsonObject): JsonObject => {
    let next = holder;
    if (isArray(holder.nodes)) {
      next = withMember(
        next,
        "nodes",
        holder.nodes.map((node) => renamedNode(node, rebuild)),
      );
    }
    if (isArray(holder.edges)) {
      next = withMember(
        next,
        "edges",
        holder.edges.map((edge) => renamedEdge(edge, names)),
      );
    }
    return next;
  };
  const renamedNode = (node: Json, inner: (holder: JsonObject) => JsonObject): Json => {
    const id = isObject(node) && typeof node.id === "string" ? node.id : undefined;
    const step = id === undefined ? undefined : steps.get(id);
    if (id === undefined || step === undefined || step.node !== node) {
      return node;
    }
    let next = renameInNode(step, catalog, names);
    if (step.body) {
      const config = objectOf(next.config);
      const body = inner(objectOf(config.body));
      next = { ...next, config: { ...config, body } };
    }
    const name = names.get(id);
    return name === undefined ? next : { ...next, id: name };
  };
  let flow = rebuild(draft.flow);
  if (isObject(flow.settings)) {
    const renamed = rewriteSettings(flow.settings, (_path, text) => renameSteps(text, names));
    flow = withMember(flow, "settings", renamed);
  }
  return withNames({ ...draft, flow }, names);
}

function renamedEdge(edge: Json, names: ReadonlyMap<string, string>): Json {
  if (!isObject(edge)) {
    return edge;
  }
  const from = typeof edge.from === "string" ? names.get(edge.from) : undefined;
  const to = typeof edge.to === "string" ? names.get(edge.to) : undefined;
  if (from === undefined && to === undefined) {
    return edge;
  }
  return { ...edge, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** A member of a step: ["config", "path"], ["retry"], ["on_error"]; undefined takes it out. */
export function setMember(draft: Draft, id: string, path: Path, value: Json | undefined): Outcome {
  const step = stepOf(draft, id);
  if (step === undefined) {
    return refuse("canvas.not.gone");
  }
  const next = changeStep(draft, id, (node) => objectOf(withValueAt(node, path, value)));
  const field = String(path.at(-1) ?? "");
  const mark = `set ${id} ${pointerOf(path)}`;
  return did("edit", next, { values: { name: step.title, field }, coalesce: mark });
}

/** A member of the flow itself: ["name"], ["settings", "timeout"], ["vars", NAME]. */
export function setFlowMember(draft: Draft, path: Path, value: Json | undefined): Outcome {
  const flow = objectOf(withValueAt(draft.flow, path, value));
  const field = String(path.at(-1) ?? "");
  return did(
    "editFlow",
    { ...draft, flow },
    { values: { field }, coalesce: `flow ${pointerOf(path)}` },
  );
}

/** The whole definition, from the source view. */
export function setSource(draft: Draft, flow: Json): Outcome {
  if (!isObject(flow)) {
    return refuse("canvas.not.object");
  }
  if (sameJson(flow, draft.flow)) {
    return refuse("canvas.not.same");
  }
  const gone = new Map<string, undefined>();
  const next: Draft = { ...draft, flow: sharing(draft.flow, flow) as JsonObject };
  const ids = takenIds(next);
  for (const id of takenIds(draft)) {
    if (!ids.has(id)) {
      gone.set(id, undefined);
    }
  }
  return did("source", draftOf(gone.size === 0 ? next : withNames(next, gone)), {
    coalesce: "source",
  });
}

/** The new value, with all of the old one that is the same in it, so that little is drawn anew. */
function sharing(old: Json | undefined, next: Json): Json {
  if (sameJson(old, next) && old !== undefined) {
    return old;
  }
  if (isObject(old) && isObject(next)) {
    const out: Record<string, Json> = {};
    for (const [name, value] of Object.entries(next)) {
      if (value !== undefined) {
        out[name] = sharing(Object.hasOwn(old, name) ? old[name] : undefined, value);
      }
    }
    return out;
  }
  if (isArray(old) && isArray(next)) {
    const byId = new Map(
      old.flatMap((item) =>
        isObject(item) && typeof item.id === "string" ? [[item.id, item]] : [],
      ),
    );
    return next.map((item, i) =>
      sharing(isObject(item) && typeof item.id === "string" ? byId.get(item.id) : old[i], item),
    );
  }
  return next;
}
