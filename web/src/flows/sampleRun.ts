// A template is tried with the events that its own tests have: everything outside is simulated.
import { client, exactly, gotExact } from "../api/client.ts";
import type { StepState, TestedStep } from "../canvas/store.ts";
import { statesOf, stepFrom } from "../canvas/tested.ts";
import type { Draft } from "../model/flow.ts";
import { arrayOf, type JsonObject, objectOf, textOf } from "../model/json.ts";

export interface Trial {
  readonly id: string;
  readonly name: string;
  readonly goesWell: boolean;
  readonly ask: JsonObject;
}

/** What a test's file is called that shows the usual case: 1-NAME.json. */
const USUAL = "1-";

/** The one to begin with: the usual case, else an event that is expected to go well. */
export function firstOf(trials: readonly Trial[]): Trial | undefined {
  return (
    trials.find(({ id }) => id.startsWith(USUAL)) ??
    trials.find(({ goesWell }) => goesWell) ??
    trials[0]
  );
}

const ASKED = ["trigger", "input", "answers", "state", "now"];

/** What a template can be tried with, in the order of the tests' names. */
export function trialsOf(samples: JsonObject): Trial[] {
  const named = Object.entries(samples).sort(([a], [b]) => (a < b ? -1 : 1));
  return named.map(([id, sample]) => {
    const own = objectOf(sample);
    const asked = ASKED.filter((name) => own[name] !== undefined);
    const ask = Object.fromEntries(asked.map((name) => [name, own[name]])) as JsonObject;
    return { id, name: textOf(own.name) ?? id, goesWell: own.status === "succeeded", ask };
  });
}

export interface Tried {
  readonly status: string;
  readonly error: string | undefined;
  readonly steps: readonly TestedStep[];
  readonly states: ReadonlyMap<string, StepState>;
}

export async function tried(flow: string, draft: Draft, trial: Trial): Promise<Tried> {
  const asked = client.POST("/flows/{flow}/test", {
    ...exactly,
    params: { path: { flow } },
    body: { ...trial.ask, bundle: draft } as never,
  });
  const answer = objectOf(await gotExact(asked));
  const steps = arrayOf(answer.steps).map(stepFrom);
  return {
    status: textOf(answer.status) ?? "",
    error: textOf(objectOf(answer.error).text),
    steps,
    states: statesOf(steps),
  };
}
