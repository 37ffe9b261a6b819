// How the nodes of a run's flow went, as the board shows them: of many iterations the worst counts.
import type { StepState } from "../canvas/store.ts";
import type { Run, RunStep } from "./runs.ts";

const states: Record<string, StepState["state"]> = {
  active: "running",
  sent: "running",
  retrying: "waiting",
  waiting: "waiting",
  in_doubt: "in_doubt",
  succeeded: "ok",
  failed: "failed",
  stopped: "ok",
  abandoned: "skipped",
};
const order: StepState["state"][] = [
  "skipped",
  "ok",
  "waiting",
  "review",
  "running",
  "in_doubt",
  "failed",
];

type Open = Record<string, unknown>;
const openOf = (value: unknown): Open =>
  typeof value === "object" && value !== null ? (value as Open) : {};

/** What a step's status is on a card. */
export function stateOfStatus(status: string): StepState["state"] {
  return states[status] ?? "skipped";
}

export function worseOf(
  one: StepState["state"] | undefined,
  other: StepState["state"],
): StepState["state"] {
  return one === undefined || order.indexOf(other) > order.indexOf(one) ? other : one;
}

function worstOf(statuses: Open): StepState["state"] {
  let worst: StepState["state"] = "skipped";
  for (const status of Object.keys(statuses)) worst = worseOf(worst, stateOfStatus(status));
  return worst;
}

function countsOf(value: unknown): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, n] of Object.entries(openOf(value))) {
    if (typeof n === "number") counts[name] = n;
  }
  return counts;
}

/** How often each node was tried at most, of the steps that are here. */
function triesOf(steps: readonly RunStep[]): Map<string, number> {
  const tries = new Map<string, number>();
  for (const step of steps) {
    tries.set(step.node, Math.max(tries.get(step.node) ?? 0, step.attempts));
  }
  return tries;
}

export function statesOfRun(run: Run, steps: readonly RunStep[]): Map<string, StepState> {
  const tries = triesOf(steps);
  const out = new Map<string, StepState>();
  if (run.trigger) out.set(run.trigger, { state: "ok", exits: { out: 1 } });
  const { nodes } = openOf(run.progress);
  for (const one of Array.isArray(nodes) ? nodes.map(openOf) : []) {
    if (typeof one.node !== "string") continue;
    out.set(one.node, {
      state: worstOf(openOf(one.statuses)),
      ms: typeof one.took_ms === "number" ? one.took_ms : undefined,
      count: typeof one.steps === "number" ? one.steps : undefined,
      tries: tries.get(one.node),
      exits: countsOf(one.exits),
    });
  }
  return out;
}
