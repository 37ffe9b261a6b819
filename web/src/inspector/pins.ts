/* Pinned outputs: what steps give in tests instead of being run. */
import { client, exactBody, got, gotExact } from "../api/client.ts";
import { queries } from "../app/queries.ts";
import { chosenSteps } from "../canvas/actions.ts";
import type { Editor } from "../canvas/store.ts";
import { stepOf } from "../model/flow.ts";
import type { Label } from "../model/history.ts";
import { arrayOf, type Json, objectOf } from "../model/json.ts";
import { outputNow } from "./useSeen.ts";

const FRESH_MS = 60_000;

/** The pinned outputs of the flow by their steps. */
export function pinsAsked(flow: string) {
  return {
    queryKey: ["pins", flow],
    queryFn: async (): Promise<ReadonlyMap<string, Json>> => {
      const asked = client.GET("/flows/{flow}/pins", {
        parseAs: "text",
        params: { path: { flow } },
      });
      const { items } = objectOf(await gotExact(asked));
      return new Map(
        arrayOf(items).map((item) => {
          const { step, output } = objectOf(item);
          return [String(step), output ?? null];
        }),
      );
    },
    retry: false,
    staleTime: FRESH_MS,
  };
}

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
