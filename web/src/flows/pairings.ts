// What of the set-up of a pairing is one flow's.
import type { components } from "../api/schema.d.ts";
import { isCondition } from "./setup.ts";

/** How many points have to be settled before the flow can go live, those of the flows that it calls
 * among them. */
export function openOf(
  { phases }: Pick<components["schemas"]["Checklist"], "phases">,
  { template, calls }: Pick<components["schemas"]["PairingFlow"], "template" | "calls">,
): number {
  const own = new Set([template, ...calls.map((one) => one.template)]);
  return phases
    .filter((one) => one.phase !== "Launch")
    .flatMap((one) => one.items)
    .filter((item) => !item.done && isCondition(item) && own.has(item.part ?? "")).length;
}
