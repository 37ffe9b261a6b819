/* What a test of a flow tells of its steps, as the board and the lists show it. */
import { type Json, objectOf, textOf } from "../model/json.ts";
import type { StepState, TestedStep } from "./store.ts";

function stateOf(status: string): StepState["state"] {
  switch (status) {
    case "succeeded":
    case "done":
      return "ok";
    case "failed":
      return "failed";
    case "in_doubt":
      return "in_doubt";
    case "waiting":
    case "retrying":
    case "active":
      return "waiting";
    default:
      return "skipped";
  }
}

/** "lines[3]/post" is the step post in the third turn of lines. */
function nodeOf(step: string): string {
  return (step.split("/").at(-1) ?? step).replace(/\[[0-9]+\]$/, "");
}

/** Of several turns the worst counts, and how many there were. What was given has not been tried. */
export function statesOf(steps: readonly TestedStep[]): Map<string, StepState> {
  const order: StepState["state"][] = [
    "skipped",
    "ok",
    "waiting",
    "review",
    "running",
    "in_doubt",
    "failed",
  ];
  const out = new Map<string, StepState>();
  for (const step of steps.filter(({ pinned }) => !pinned)) {
    const before = out.get(step.node);
    const worse = before === undefined || order.indexOf(step.state) > order.indexOf(before.state);
    const count = (before?.count ?? 0) + 1;
    out.set(step.node, { state: worse ? step.state : before.state, count });
  }
  return out;
}

export function stepFrom(value: Json): TestedStep {
  const step = objectOf(value);
  const name = textOf(step.step) ?? "";
  const error = objectOf(step.error);
  return {
    step: name,
    node: nodeOf(name),
    state: stateOf(textOf(step.status) ?? ""),
    output: step.output,
    error: textOf(error.text),
    pinned: step.pinned === true,
  };
}
