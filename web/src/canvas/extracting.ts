/* Making a flow of chosen steps: what the program says of both flows comes before anything is changed. */
import { client, exactly, got, gotExact, onceKey } from "../api/client.ts";
import type { Translate } from "../i18n/text.tsx";
import { type ExtractAs, type Extracted, extract } from "../model/commands/extract.ts";
import { refuse } from "../model/commands/outcome.ts";
import type { Draft } from "../model/flow.ts";
import type { Label } from "../model/history.ts";
import { sameJson } from "../model/json.ts";
import { chosenSteps } from "./actions.ts";
import { validate } from "./server.ts";
import type { Editor } from "./store.ts";

/** Names of the parts that are added, in the words of the page. */
function titles(t: Translate): ExtractAs["titles"] {
  return {
    called: t("canvas.extract.called"),
    received: t("canvas.extract.received"),
    result: t("canvas.extract.result"),
    handed: t("canvas.extract.handed"),
    way: t("canvas.extract.way"),
  };
}

/** Asks for the new flow's name, when the steps can be one. */
export function beginExtracting(editor: Editor, t: Translate): void {
  const { draft, catalog, readOnly } = editor.getState();
  const steps = chosenSteps(editor);
  const made = readOnly
    ? refuse("canvas.not.readOnly")
    : extract(draft, catalog, steps, { flow: "x", name: "x", titles: titles(t) });
  if ("refused" in made) {
    editor.say(made.refused, true);
  } else {
    editor.setState({ extracting: steps });
  }
}

/** What the program finds wrong now, and did not before. */
async function fault(flow: string, before: Draft, made: Extracted): Promise<Label | undefined> {
  const asked = [before, made.command.draft, made.called].map((draft) =>
    validate(flow, draft, new AbortController().signal),
  );
  const [old, ...now] = (await Promise.all(asked)).map((problems) =>
    problems.filter((one) => !one.warning).map((one) => one.message ?? ""),
  );
  const what = now.flat().find((message) => old?.includes(message) !== true);
  return what === undefined ? undefined : { id: "canvas.not.extractFault", values: { what } };
}

/**
 * The flow is made first, so that nothing is lost when its name is taken; what another has changed of
 * the steps meanwhile goes into it. Tells why it cannot be; undefined: it is done.
 */
export async function makeExtracted(
  editor: Editor,
  steps: readonly string[],
  names: { flow: string; name: string },
  t: Translate,
): Promise<Label | undefined> {
  const { flow, catalog } = editor.getState();
  const as = { ...names, titles: titles(t) };
  for (;;) {
    const { draft } = editor.getState();
    const made = extract(draft, catalog, steps, as);
    if ("refused" in made) {
      return made.refused;
    }
    const { called } = made;
    const wrong = await fault(flow, draft, made);
    if (wrong !== undefined) {
      return wrong;
    }
    await gotExact(
      client.POST("/flows", {
        ...exactly,
        params: { header: onceKey() },
        body: { ...names, bundle: called as never },
      }),
    );
    const now = extract(editor.getState().draft, catalog, steps, as);
    const same = !("refused" in now) && sameJson(now.called, called);
    if (same && editor.run(now.command)) {
      return undefined;
    }
    await got(client.DELETE("/flows/{flow}", { params: { path: { flow: names.flow } } }));
    if (same) {
      return { id: "canvas.not.readOnly" };
    }
  }
}
