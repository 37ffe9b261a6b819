/* Where what a step does is written: the flow that it calls, its mapping, the first rule that it names. */
import { expressionsOf } from "../model/expressions.ts";
import { stepOf } from "../model/flow.ts";
import { objectOf, textOf } from "../model/json.ts";
import { pieceValue } from "../rules/pieces.ts";
import { rulePath } from "../rules/place.ts";
import { referencesIn } from "../rules/references.ts";
import { chosenSteps } from "./actions.ts";
import type { Editor } from "./store.ts";

export function goToDefinition(editor: Editor, go: (address: string) => void): void {
  const address = addressOf(editor, chosenSteps(editor)[0]);
  if (address === undefined) {
    editor.say({ id: "canvas.not.defined" }, true);
  } else {
    go(address);
  }
}

function addressOf(editor: Editor, id: string | undefined): string | undefined {
  const { draft, catalog, flow } = editor.getState();
  const step = stepOf(draft, id);
  if (step === undefined) {
    return undefined;
  }
  const { flow: called, module } = objectOf(step.node.config);
  if (step.type === "branch.call" && textOf(called)) {
    return `/flows/${encodeURIComponent(String(called))}`;
  }
  if (step.type === "transform.map") {
    return `/flows/${encodeURIComponent(flow)}?map=${encodeURIComponent(step.id)}`;
  }
  const named = step.type === "transform.script" ? textOf(module) : undefined;
  const pieces = [
    ...(named === undefined
      ? []
      : [{ kind: "module" as const, name: named.replace("rules.", "") }]),
    ...expressionsOf(step, catalog).flatMap(({ text }) => referencesIn(text)),
  ];
  const piece = pieces.find((one) => pieceValue(draft, one) !== undefined);
  return piece && rulePath(flow, draft, piece);
}
