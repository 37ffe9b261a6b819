/* What the mapper asks of the program. Numbers keep their digits both ways. */
import { client, exactBody, exactly, got, gotExact, gotTagged } from "../api/client.ts";
import { type Fault, faultsOf } from "../model/faults.ts";
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { pathOf, pointerOf } from "../model/pointer.ts";

/** What a mapping made of one sample. */
export interface Outcome {
  readonly output: JsonObject /* as far as it came */;
  readonly whole: boolean;
  readonly errors: ReadonlyMap<string, string> /* by the pointer of a line in the settings */;
}

export interface Previewed {
  readonly config: JsonObject;
  readonly outcomes: readonly Outcome[];
  readonly faults: readonly Fault[];
}

/** Of /fields/3/fields/0/from the line, /fields/3/fields/0; "" when none is meant. */
export function lineOf(pointer: string): string {
  const path = pathOf(pointer);
  let end = 0;
  while (path[end] === "fields" && /^\d+$/.test(path[end + 1] ?? "")) {
    end += 2;
  }
  return pointerOf(path.slice(0, end));
}

const PLACED = /^(\/fields\/[^\s,:]+)[,:]? +(.*)$/s;

/** A message that begins with a place of the settings is that place's. */
function placed(message: string, start: string): [string, string] {
  const [, pointer, text] = PLACED.exec(message) ?? [];
  return pointer === undefined || text === undefined
    ? [start, message]
    : [lineOf(pointer) || start, text];
}

export async function preview(
  flow: string,
  config: JsonObject,
  samples: readonly JsonObject[],
  signal: AbortSignal,
): Promise<Previewed> {
  const asked = client.POST("/mappings/preview", {
    ...exactly,
    body: { config: config as never, samples: samples as never, flow },
    signal,
  });
  const answer = objectOf(await gotExact(asked));
  const outcomes = arrayOf(answer.samples).map((item) => {
    const sample = objectOf(item);
    const errors = new Map<string, string>();
    const output: Record<string, Json> = {};
    for (const one of arrayOf(sample.targets).map(objectOf)) {
      const error = textOf(one.error);
      if (error !== undefined) {
        for (const index of arrayOf(one.fields)) {
          const [pointer, text] = placed(error, `/fields/${index}`);
          errors.set(pointer, text);
        }
      } else if (one.value !== undefined) {
        output[textOf(one.to) ?? ""] = one.value;
      }
    }
    const whole = isObject(sample.output);
    return { output: whole ? objectOf(sample.output) : output, whole, errors };
  });
  return { config, outcomes, faults: faultsOf(answer) };
}

/** Each mapping by itself: its value, or its error with the line that it is of. */
export async function evaluateEach(
  flow: string,
  configs: readonly JsonObject[],
  context: JsonObject,
  signal: AbortSignal,
): Promise<{ value?: Json | undefined; error?: string }[]> {
  const asked = client.POST("/eval/batch", {
    ...exactly,
    body: {
      items: configs.map((source) => ({ kind: "mapping", source })) as never,
      context: context as never,
      flow,
    },
    signal,
  });
  const answer = objectOf(await gotExact(asked));
  return arrayOf(answer.items).map((item) => {
    const { value, error } = objectOf(item);
    const text = textOf(objectOf(error).msg);
    return text === undefined ? { value } : { error: placed(text, "")[1] };
  });
}

/* ---- Check */

export interface Issue {
  readonly severity: "error" | "warning";
  readonly text: string;
  readonly pointer: string /* of the line; "" */;
}

export interface CheckedTarget {
  readonly path: string;
  readonly state: string;
  readonly wants: string | undefined;
  readonly issues: readonly Issue[];
}

export interface Checked {
  readonly targets: readonly CheckedTarget[];
  readonly faults: readonly Fault[];
}

export async function check(
  flow: string,
  config: JsonObject,
  context: JsonObject,
  signal: AbortSignal,
): Promise<Checked> {
  const asked = client.POST("/mappings/check", {
    ...exactly,
    body: { config: config as never, context: context as never, flow },
    signal,
  });
  const answer = objectOf(await gotExact(asked));
  const targets = arrayOf(answer.targets).map((item) => {
    const target = objectOf(item);
    const issues = arrayOf(target.issues).map((one): Issue => {
      const { severity, text, at } = objectOf(one);
      return {
        severity: severity === "error" ? "error" : "warning",
        text: textOf(text) ?? "",
        pointer: lineOf(textOf(at) ?? ""),
      };
    });
    return {
      path: textOf(target.path) ?? "",
      state: textOf(target.state) ?? "",
      wants: textOf(target.wants),
      issues,
    };
  });
  return { targets, faults: faultsOf(answer) };
}

/* ---- Suggestions */

export interface Suggestion {
  readonly to: string;
  readonly from: string;
  readonly expression: string | undefined;
  readonly how: string;
  readonly score: number;
  readonly reasons: readonly string[];
}

export interface SuggestAsk {
  readonly target: JsonObject;
  readonly sources: readonly JsonObject[];
  readonly mapped: readonly string[];
  readonly model: boolean /* whether the workspace's model is asked, too */;
}

/** The language model of the workspace. */
export interface Model {
  readonly name: string;
  readonly values: boolean /* whether it is sent sample values, too */;
  readonly note: string | undefined /* why nothing of it is among the suggestions */;
}

export interface Suggested {
  readonly items: readonly Suggestion[];
  readonly model: Model | undefined /* there is none */;
}

function modelOf(json: Json | undefined): Model | undefined {
  const { name, values, note } = objectOf(json);
  const named = textOf(name);
  return named === undefined
    ? undefined
    : { name: named, values: values === true, note: textOf(note) };
}

export async function suggest(ask: SuggestAsk, signal: AbortSignal): Promise<Suggested> {
  const asked = client.POST("/mappings/suggest", {
    ...exactly,
    body: {
      target: ask.target as never,
      sources: ask.sources as never,
      mapped: [...ask.mapped],
      model: ask.model,
    },
    signal,
  });
  const answer = objectOf(await gotExact(asked));
  const items = arrayOf(answer.items)
    .map(objectOf)
    .filter((item) => item.chosen !== false)
    .map((item) => ({
      to: textOf(item.to) ?? "",
      from: textOf(item.from) ?? "",
      expression: textOf(item.expression),
      how: textOf(item.how) ?? "copy",
      score: Number(item.score ?? 0),
      reasons: arrayOf(item.reasons).map(String),
    }));
  return { items, model: modelOf(answer.model) };
}

/* ---- Samples, schemas, functions */

export async function contextOf(
  flow: string,
  step: string,
  from: { sample?: string; run?: string },
): Promise<JsonObject> {
  const asked = client.GET("/flows/{flow}/context/{step}", {
    parseAs: "text",
    params: { path: { flow, step }, query: from },
  });
  return objectOf(objectOf(await gotExact(asked)).values);
}

export async function samplesOf(flow: string): Promise<string[]> {
  const page = await got(client.GET("/flows/{flow}/samples", { params: { path: { flow } } }));
  return page.items.map((item) => item.sample);
}

export async function inferSchema(samples: readonly Json[]): Promise<JsonObject> {
  const asked = client.POST("/schemas/infer", { ...exactly, body: { samples: samples as never } });
  return objectOf(objectOf(await gotExact(asked)).schema);
}

export interface FunctionOf {
  readonly name: string;
  readonly group: string;
  readonly call: string;
  readonly text: string;
  readonly example: string | undefined;
}

export async function functions(): Promise<FunctionOf[]> {
  const { items } = await got(client.GET("/functions"));
  return items.map((item) => {
    const [example] = item.examples ?? [];
    return {
      name: item.name,
      group: item.group ?? "",
      call: item.call,
      text: item.text,
      example: example === undefined ? undefined : `${example.code} → ${example.result}`,
    };
  });
}

/** The settings of the step in the newest version that was published; undefined: there is none. */
export async function published(flow: string, step: string): Promise<JsonObject | undefined> {
  const { items } = await got(client.GET("/flows/{flow}/versions", { params: { path: { flow } } }));
  const [newest] = items;
  if (newest === undefined) {
    return undefined;
  }
  const asked = client.GET("/flows/{flow}/versions/{version}", {
    parseAs: "text",
    params: { path: { flow, version: newest.version } },
  });
  const answer = objectOf(await gotExact(asked));
  return configIn(objectOf(objectOf(answer.bundle).flow), step);
}

function configIn(holder: JsonObject, step: string): JsonObject | undefined {
  for (const node of arrayOf(holder.nodes).map(objectOf)) {
    const found =
      node.id === step
        ? objectOf(node.config)
        : configIn(objectOf(objectOf(node.config).body), step);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/* ---- Templates */

export interface TemplateOf {
  readonly template: string;
  readonly title: string;
  readonly revision: number;
  readonly by: string;
}

export async function templates(): Promise<TemplateOf[]> {
  const { items } = await got(client.GET("/mapping-templates"));
  return items.map((item) => ({
    template: item.template,
    title: item.title || item.template,
    revision: item.revision,
    by: item.by ?? "",
  }));
}

export async function templateConfig(template: string): Promise<JsonObject> {
  const asked = client.GET("/mapping-templates/{template}", {
    parseAs: "text",
    params: { path: { template } },
  });
  return objectOf(objectOf(await gotExact(asked)).config);
}

/** A new one, or the next revision of one that is there. */
export async function saveTemplate(
  template: string,
  title: string,
  config: JsonObject,
  revision: number | undefined,
): Promise<void> {
  await gotTagged(
    client.PUT("/mapping-templates/{template}", {
      ...exactBody,
      params: { path: { template } },
      headers: revision === undefined ? {} : { "If-Match": `"${revision}"` },
      body: { title, config: config as never },
    }),
  );
}
