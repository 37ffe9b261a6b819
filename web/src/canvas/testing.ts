/* Trying the draft as it is drawn, saved or not: connectors are simulated, nothing leaves, and what
 * every step got and gave is then the sample that expressions show their values for. */
import { client, exactly, gotExact } from "../api/client.ts";
import { asProblem } from "../api/problems.ts";
import { useSamples } from "../inspector/sample.ts";
import { indexOf } from "../model/flow.ts";
import { arrayOf, type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import type { Editor, Tested, TestedStep } from "./store.ts";
import { statesOf, stepFrom } from "./tested.ts";

export interface TestWhat {
  readonly until?: string /* up to this step and with it */;
  readonly only?: string /* this step alone, with what the sample has for the others */;
}

/** The body of the event that the flow is tried with: that of the chosen sample. */
function inputOf(flow: string): Json {
  const sample = useSamples.getState().chosen[flow];
  return objectOf(objectOf(sample?.context).trigger).body ?? {};
}

async function ask(flow: string, body: JsonObject, signal: AbortSignal): Promise<JsonObject> {
  const asked = client.POST("/flows/{flow}/test", {
    ...exactly,
    params: { path: { flow } },
    body: body as never,
    signal,
  });
  return objectOf(await gotExact(asked));
}

let under: AbortController | undefined;

export function stopTest(editor: Editor): void {
  under?.abort();
  under = undefined;
  editor.setState({ test: undefined });
}

export async function test(editor: Editor, what: TestWhat = {}): Promise<void> {
  const { flow, draft } = editor.getState();
  under?.abort();
  const own = new AbortController();
  under = own;
  editor.setState({ panel: "test", test: { busy: true, steps: [] }, run: undefined });
  const given = objectOf(objectOf(useSamples.getState().chosen[flow]?.context).steps);
  const body = {
    bundle: draft,
    input: inputOf(flow),
    ...(what.until === undefined ? {} : { until: what.until }),
    ...(what.only === undefined ? {} : { only: what.only, steps: given }),
  };
  try {
    const answer = await ask(flow, body, own.signal);
    const steps = arrayOf(answer.steps).map(stepFrom);
    const tested: Tested = {
      busy: false,
      status: textOf(answer.status),
      error: textOf(objectOf(answer.error).text),
      ms: Number(String(answer.ms ?? 0)),
      steps,
    };
    editor.setState({ test: tested, run: { id: "test", steps: statesOf(steps) } });
    learn(editor, answer, steps, what.only !== undefined);
    const failed = steps.find((step) => step.state === "failed");
    const values = { status: tested.status ?? "", step: failed?.node ?? "" };
    editor.say({ id: failed === undefined ? "canvas.test.told" : "canvas.test.failed", values });
  } catch (cause) {
    if (!own.signal.aborted) {
      editor.setState({ test: { busy: false, problem: asProblem(cause), steps: [] } });
    }
  }
}

/** What the steps gave is what expressions see from now on. */
function learn(
  editor: Editor,
  answer: JsonObject,
  steps: readonly TestedStep[],
  keep: boolean,
): void {
  const { flow, draft } = editor.getState();
  const { chosen, choose } = useSamples.getState();
  const known = indexOf(draft).steps;
  const before = keep ? objectOf(objectOf(chosen[flow]?.context).steps) : {};
  const outputs: Record<string, Json> = { ...(before as Record<string, Json>) };
  for (const step of steps) {
    if (step.output !== undefined && known.has(step.node)) {
      outputs[step.node] = step.output;
    }
  }
  const trigger = answer.trigger ?? objectOf(chosen[flow]?.context).trigger ?? {};
  choose(flow, {
    name: chosen[flow]?.name ?? "",
    context: { trigger, steps: outputs },
    tested: true,
  });
}
