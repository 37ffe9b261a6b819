/* What the rules' screens ask of the program. Numbers keep their digits both ways. */
import { client, got, gotExact } from "../api/client.ts";
import { asProblem } from "../api/problems.ts";
import type { Exact } from "../canvas/server.ts";
import {
  arrayOf,
  type Json,
  type JsonArray,
  type JsonObject,
  objectOf,
  textOf,
  writeJson,
} from "../model/json.ts";
import { type Result, resultsOf } from "./tests.ts";

const exactly = {
  parseAs: "text",
  bodySerializer: (body: unknown) => writeJson(body as Json),
} as const;

export interface RuleFault {
  readonly file: string;
  readonly pointer: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
  readonly warning: boolean;
}

function faultsFrom(answer: Json): RuleFault[] {
  return arrayOf(objectOf(answer).faults).map((value) => {
    const fault = objectOf(value);
    const number = (of: Json | undefined): number | undefined =>
      typeof of === "number" && of > 0 ? of : undefined;
    return {
      file: textOf(fault.file) ?? "",
      pointer: textOf(fault.pointer) ?? "",
      line: number(fault.line),
      column: number(fault.column),
      message: textOf(fault.message) ?? "",
      warning: fault.warning === true,
    };
  });
}

/** The compiler's word on a module as it is typed. */
export async function checkModule(
  flow: string,
  name: string,
  source: string,
  signal: AbortSignal,
): Promise<RuleFault[]> {
  const asked = client.POST("/lua/check", {
    ...exactly,
    body: { kind: "module", source, name, flow },
    signal,
  });
  return faultsFrom(await gotExact(asked as Promise<Exact>));
}

/** The program's word on rules as they are drawn. */
export async function checkBundle(
  flow: string,
  bundle: JsonObject,
  signal: AbortSignal,
): Promise<RuleFault[]> {
  const asked = client.POST("/flows/{flow}/draft/validate", {
    ...exactly,
    params: { path: { flow } },
    body: { bundle: bundle as never },
    signal,
  });
  return faultsFrom(await gotExact(asked as Promise<Exact>));
}

/** Rules that do not compile, or tables with faults: nothing of them can run. */
export class Faulty extends Error {
  readonly faults: readonly RuleFault[];

  constructor(faults: readonly RuleFault[]) {
    super(faults[0]?.message ?? "");
    this.name = "Faulty";
    this.faults = faults;
  }
}

/** Rules that are being written have faults most of the time: that is asked first. */
export async function runTests(
  flow: string,
  bundle: JsonObject,
  signal: AbortSignal,
): Promise<Result[]> {
  const faults = (await checkBundle(flow, bundle, signal)).filter((fault) => !fault.warning);
  if (faults.length > 0) {
    throw new Faulty(faults);
  }
  const asked = client.POST("/flows/{flow}/draft/tests/run", {
    ...exactly,
    params: { path: { flow } },
    body: { bundle: bundle as never },
    signal,
  });
  return resultsOf(await gotExact(asked as Promise<Exact>));
}

export interface LibraryFunction {
  readonly name: string;
  readonly group: string;
  readonly call: string;
  readonly text: string;
  readonly refuses?: string | undefined;
  readonly examples: readonly { code: string; result: string }[];
}

export async function library(): Promise<LibraryFunction[]> {
  const { items } = await got(client.GET("/functions"));
  return items.map((one) => ({
    name: one.name,
    group: one.group ?? "",
    call: one.call,
    text: one.text,
    refuses: one.refuses,
    examples: (one.examples ?? []).map(({ code, result }) => ({ code, result: result ?? "" })),
  }));
}

/** What is live, to compare with; undefined: nothing is. */
export async function liveBundle(flow: string): Promise<JsonObject | undefined> {
  try {
    const asked = client.GET("/flows/{flow}/versions/{version}", {
      parseAs: "text",
      params: { path: { flow, version: "live" } },
    });
    return objectOf(objectOf(await gotExact(asked as Promise<Exact>)).bundle);
  } catch (error) {
    if (asProblem(error).status === 404) {
      return undefined;
    }
    throw error;
  }
}

export async function samplesOf(flow: string): Promise<string[]> {
  const { items } = await got(
    client.GET("/flows/{flow}/samples", { params: { path: { flow }, query: { limit: 20 } } }),
  );
  return items.map((one) => one.sample);
}

/** What a step sees for a sample or a run. */
export async function contextOf(
  flow: string,
  step: string,
  of: { sample: string } | { run: string },
): Promise<JsonObject> {
  const asked = client.GET("/flows/{flow}/context/{step}", {
    parseAs: "text",
    params: { path: { flow, step }, query: of },
  });
  return objectOf(objectOf(await gotExact(asked as Promise<Exact>)).values);
}

/** The values that a call's arguments have there; undefined: they cannot be had. */
export async function argumentsOf(
  flow: string,
  args: string,
  context: JsonObject,
): Promise<JsonArray | undefined> {
  const asked = client.POST("/eval", {
    ...exactly,
    body: { kind: "expression", source: `array({ ${args} })`, flow, context: context as never },
  });
  const answer = objectOf(await gotExact(asked as Promise<Exact>));
  return answer.error === undefined && Array.isArray(answer.value) ? answer.value : undefined;
}
