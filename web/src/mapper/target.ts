/* What a mapping is made for: the schema it declares, else what a later step takes of it. */
import { indexOf, type Step } from "../model/flow.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  writeJson,
} from "../model/json.ts";
import { type Known, pathIn, schemaMeant, takenBy } from "../model/outputs.ts";
import { resolved, type Shape, shapeAt } from "../model/shape.ts";
import { targetNames } from "../model/targets.ts";
import { stream } from "../model/walk.ts";

export interface Aim {
  readonly schema: JsonObject | undefined;
  readonly from: "own" | "file" | "action" | "next" | "none";
  readonly name: string /* of the file, of the action, or of the step that takes it */;
  readonly action: string | undefined /* the node type whose whole input it is */;
}

/** Where in these settings the whole output of a step is put; undefined: nowhere. */
function putAt(
  value: Json | undefined,
  reads: (path: readonly string[]) => boolean,
): readonly string[] | undefined {
  const path = pathIn(value);
  if (path !== undefined && reads(path)) {
    return [];
  }
  for (const [name, member] of isObject(value) ? Object.entries(value) : []) {
    const inner = putAt(member, reads);
    if (inner !== undefined) {
      return [name, ...inner];
    }
  }
  return undefined;
}

function memberSchema(schema: JsonObject, path: readonly string[]): JsonObject | undefined {
  const found = path.reduce<JsonObject | undefined>((at, name) => {
    const member = objectOf(resolved(at ?? {}, schema).properties)[name];
    return isObject(member) ? member : undefined;
  }, schema);
  const members = objectOf(resolved(found ?? {}, schema).properties);
  return found === undefined || Object.keys(members).length === 0
    ? undefined
    : schema.$defs === undefined
      ? found
      : { ...found, $defs: schema.$defs };
}

/** What a step takes of this one, whole or as one member of its input. */
function takenFrom(known: Known, step: Step, next: Step): Aim | undefined {
  const schema = takenBy(known, next);
  const [first] = indexOf(known.draft).incoming.get(next.id) ?? [];
  const direct = first?.from === step.id;
  const { input } = objectOf(next.node.config);
  const at =
    input === undefined && direct
      ? []
      : putAt(input, (path) =>
          path.length === 1 ? direct && path[0] === "input" : path.join(" ") === `steps ${step.id}`,
        );
  const taken = schema === undefined || at === undefined ? undefined : memberSchema(schema, at);
  const action = at?.length === 0 && next.type !== "branch.call" ? next.type : undefined;
  return taken === undefined
    ? undefined
    : { schema: at?.length === 0 ? schema : taken, from: "next", name: next.title, action };
}

/** The first step behind this one, however far, that takes its output. */
function nextAim(known: Known, step: Step): Aim | undefined {
  const { steps, levels } = indexOf(known.draft);
  const direct = (indexOf(known.draft).outgoing.get(step.id) ?? []).map((edge) => edge.to);
  const all = [...direct, ...stream(known.draft, [step.id], "down")];
  const behind = [...new Set(all)].filter((id) => id !== step.id);
  for (let i = 0; i < behind.length; i++) {
    const next = steps.get(behind[i] ?? "");
    const aim = next === undefined ? undefined : takenFrom(known, step, next);
    if (aim !== undefined) {
      return aim;
    }
    behind.push(...(levels.get(behind[i] ?? "")?.steps.map((inner) => inner.id) ?? []));
  }
  return undefined;
}

export function aimOf(known: Known, step: Step): Aim {
  const own = objectOf(step.node.config).schema;
  const schema = schemaMeant(known, own);
  if (isObject(own)) {
    return { schema, from: "own", name: "", action: undefined };
  }
  if (typeof own === "string") {
    const file = objectOf(known.draft.schemas)[own] !== undefined;
    const type = file ? undefined : known.catalog.byName.get(own);
    return type === undefined
      ? { schema, from: "file", name: own, action: undefined }
      : { schema, from: "action", name: type.title, action: own };
  }
  return nextAim(known, step) ?? { schema: undefined, from: "none", name: "", action: undefined };
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

/** Whether one of these sources is of a part that the sample does not have at all. */
export function lacks(context: JsonObject, reads: readonly string[]): boolean {
  return reads.some((key) => {
    const [head = "", id = ""] = partsOf(key);
    const part = head === "steps" ? objectOf(context.steps)[id] : context[head];
    return (head === "trigger" || head === "steps") && (part === undefined || part === null);
  });
}

/** What is known of a source by its key. */
export function shapeOfSource(context: Shape, key: string): Shape | undefined {
  return shapeAt(context, partsOf(key));
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
