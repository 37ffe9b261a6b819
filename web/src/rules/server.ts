/* What the rules' screens ask of the program. Numbers keep their digits both ways. */
import { client, exactly, got, gotExact } from "../api/client.ts";
import { asProblem } from "../api/problems.ts";
import { type Fault, faultsOf } from "../model/faults.ts";
import { type JsonArray, type JsonObject, objectOf } from "../model/json.ts";
import { type Result, resultsOf } from "./tests.ts";

/** The compiler's word on a module as it is typed. */
export async function checkModule(
  flow: string,
  name: string,
  source: string,
  signal: AbortSignal,
): Promise<Fault[]> {
  const asked = client.POST("/lua/check", {
    ...exactly,
    body: { kind: "module", source, name, flow },
    signal,
  });
  return faultsOf(await gotExact(asked));
}

/** The program's word on rules as they are drawn. */
export async function checkBundle(
  flow: string,
  bundle: JsonObject,
  signal: AbortSignal,
): Promise<Fault[]> {
  const asked = client.POST("/flows/{flow}/draft/validate", {
    ...exactly,
    params: { path: { flow } },
    body: { bundle: bundle as never },
    signal,
  });
  return faultsOf(await gotExact(asked));
}

/** Rules that do not compile, or tables with faults: nothing of them can run. */
export class Faulty extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
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
  return resultsOf(await gotExact(asked));
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
    return objectOf(objectOf(await gotExact(asked)).bundle);
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
  return objectOf(objectOf(await gotExact(asked)).values);
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
  const answer = objectOf(await gotExact(asked));
  return answer.error === undefined && Array.isArray(answer.value) ? answer.value : undefined;
}
