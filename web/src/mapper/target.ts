/* What a mapping is made for: the schema it declares, else what the next step takes. */
import type { Catalog } from "../model/catalog.ts";
import { type Draft, indexOf, type Step } from "../model/flow.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
  writeJson,
} from "../model/json.ts";
import { targetNames } from "./paths.ts";
import { pathOnly } from "./reads.ts";

export interface Aim {
  readonly schema: JsonObject | undefined;
  readonly from: "own" | "file" | "next" | "none";
  readonly name: string /* of the file, or of the next step */;
}

/** A step behind this one that takes its output as it is, or that stands alone behind it. */
function nextAim(draft: Draft, catalog: Catalog, step: Step): Aim | undefined {
  const after = (indexOf(draft).outgoing.get(step.id) ?? []).flatMap(
    (edge) => indexOf(draft).steps.get(edge.to) ?? [],
  );
  for (const next of after) {
    const schema = catalog.byName.get(next.type)?.action?.input;
    const { input } = objectOf(next.node.config);
    const text = textOf(input);
    const whole = text?.startsWith("=") === true && readsWhole(text.slice(1), step.id);
    if (schema !== undefined && (whole || input === undefined)) {
      return { schema, from: "next", name: next.title };
    }
  }
  return undefined;
}

function readsWhole(text: string, id: string): boolean {
  const only = pathOnly(text, []);
  return only === "input" || only === `steps.${id}` || only === `steps['${id}']`;
}

export function aimOf(draft: Draft, catalog: Catalog, step: Step): Aim {
  const own = objectOf(step.node.config).schema;
  if (isObject(own)) {
    return { schema: own, from: "own", name: "" };
  }
  if (typeof own === "string") {
    const file = objectOf(objectOf(draft.schemas)[own]);
    return { schema: Object.keys(file).length > 0 ? file : undefined, from: "file", name: own };
  }
  return nextAim(draft, catalog, step) ?? { schema: undefined, from: "none", name: "" };
}

/** What the output has at a target; of a list's members those of the first element. */
export function valueIn(output: JsonObject, target: string): Json | undefined {
  let at: Json | undefined = output;
  for (const { name, list } of targetNames(target)) {
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    if (list) {
      at = isArray(at) ? at[0] : undefined;
    }
  }
  return at;
}

/** A value of a sample by its key; of a list's elements the first. */
export function sampleAt(context: JsonObject, key: string): Json | undefined {
  let at: Json | undefined = context;
  for (const part of partsOf(key)) {
    if (part === "[]") {
      at = isArray(at) ? at[0] : undefined;
    } else {
      at = isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined;
    }
  }
  return at;
}

/* ---- What a question carries: large samples only as far as they are read */

const LARGE = 200_000; /* characters of all samples together; what a question may have is 1 MiB */

function kept(
  value: Json | undefined,
  parts: readonly string[],
  from: Json | undefined,
): Json | undefined {
  const [head, ...rest] = parts;
  if (head === undefined || head === "[]" || !isObject(value) || !Object.hasOwn(value, head)) {
    return value;
  }
  const inner = kept(value[head], rest, isObject(from) ? from[head] : undefined);
  return inner === undefined ? from : { ...(isObject(from) ? from : {}), [head]: inner };
}

function partsOf(key: string): string[] {
  const parts = key.match(/\[\]|[A-Za-z_][A-Za-z0-9_]*|\['(?:[^'\\]|\\.)*'\]/g) ?? [];
  return parts.map((part) =>
    part.startsWith("['") ? part.slice(2, -2).replace(/\\(.)/g, "$1") : part,
  );
}

/** The parts of a sample that stand at these keys, each with all that is in it. */
export function readPart(context: JsonObject, reads: readonly string[]): JsonObject {
  /* what is read whole comes last: it replaces the parts of it */
  const ordered = reads.toSorted((a, b) => b.length - a.length);
  return ordered.reduce<JsonObject>((out, key) => objectOf(kept(context, partsOf(key), out)), {});
}

/** Small samples whole, so that an error can say what there is; large ones as far as they are read. */
export function asked(
  contexts: readonly JsonObject[],
  reads: readonly string[],
): readonly JsonObject[] {
  const size = contexts.reduce((sum, context) => sum + writeJson(context).length, 0);
  return size <= LARGE ? contexts : contexts.map((context) => readPart(context, reads));
}

/** So many of the samples as a question can carry, without what stands in them twice. */
export function fewer(contexts: readonly JsonObject[], most: number): readonly JsonObject[] {
  let size = 0;
  return contexts
    .map(({ input: _input, vars: _vars, env: _env, run: _run, ...data }) => data as JsonObject)
    .filter((data, i) => {
      size += writeJson(data).length;
      return i === 0 || size <= most;
    });
}
