/* Pinned outputs: what steps give in tests instead of being run. */
import { client, exactBody, got } from "../api/client.ts";
import { queries } from "../app/queries.ts";
import { chosenSteps } from "../canvas/actions.ts";
import type { Editor } from "../canvas/store.ts";
import { stepOf } from "../model/flow.ts";
import type { Label } from "../model/history.ts";
import type { Json } from "../model/json.ts";
import { pinsAsked } from "./pinsAsked.ts";
import { outputNow } from "./useSeen.ts";

/** undefined: tests run the step again. */
export async function setPin(flow: string, step: string, output: Json | undefined): Promise<void> {
  const params = { path: { flow, step } };
  if (output === undefined) {
    await got(client.DELETE("/flows/{flow}/pins/{step}", { params }));
  } else {
    await got(
      client.PUT("/flows/{flow}/pins/{step}", {
        ...exactBody,
        params,
        body: { output: output as never },
      }),
    );
  }
  await queries.invalidateQueries({ queryKey: ["pins", flow] });
}

/** Pins what the chosen steps gave in the sample; where all of them are pinned, unpins them. Says
 * what it did. */
export async function turnPins(editor: Editor): Promise<Label | undefined> {
  const { flow, draft } = editor.getState();
  const steps = chosenSteps(editor).flatMap((id) => stepOf(draft, id) ?? []);
  const pins = await queries.fetchQuery(pinsAsked(flow));
  const off = steps.every((step) => pins.has(step.id));
  const outputs = await Promise.all(
    steps.map(async (step) => ({ step, output: off ? undefined : await outputNow(editor, step) })),
  );
  const turned = outputs.filter(({ output }) => off || output !== undefined);
  for (const { step, output } of turned) {
    await setPin(flow, step.id, output);
  }
  const [first] = turned;
  if (first === undefined) {
    editor.say({ id: steps.length === 0 ? "canvas.not.chosen" : "canvas.not.pinned" }, true);
    return undefined;
  }
  const values = { count: turned.length, name: first.step.title };
  return { id: off ? "canvas.unpinned" : "canvas.pinned", values };
}
