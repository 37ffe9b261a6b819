// Where each point of the set-up is settled.
import type { components } from "../api/schema.d.ts";
import type { TextKey } from "../i18n/text.tsx";
import { type Draft, indexOf } from "../model/flow.ts";
import { objectOf } from "../model/json.ts";

export type Phases = readonly components["schemas"]["Checklist"]["phases"][number][];
export type Point = Phases[number]["items"][number];

export interface Jump {
  to: string;
  label: TextKey;
}

/** The innermost step that a pointer within flow.json lies in. */
export function stepAt(draft: Draft | undefined, pointer: string): string | undefined {
  if (!draft) return undefined;
  let best: { id: string; length: number } | undefined;
  for (const step of indexOf(draft).steps.values()) {
    const own = `/${step.path.join("/")}`;
    const inside = pointer === own || pointer.startsWith(`${own}/`);
    if (inside && own.length > (best?.length ?? 0)) best = { id: step.id, length: own.length };
  }
  return best?.id;
}

function isOwn(draft: Draft | undefined, connection: string | undefined): boolean {
  return Object.hasOwn(objectOf(objectOf(draft?.connections).connections), connection ?? "");
}

/** What the step is called that a point is about. */
export function placeOf(point: Point, draft: Draft | undefined): string | undefined {
  const step = point.pointer === undefined ? undefined : stepAt(draft, point.pointer);
  return draft && step !== undefined ? indexOf(draft).steps.get(step)?.title || step : undefined;
}

/** What begins the flow, by its step's title, where a point is about that. */
export function listenerOf(point: Point, draft: Draft | undefined): string | undefined {
  const id = point.pointer === undefined ? undefined : stepAt(draft, point.pointer);
  const step = draft && id !== undefined ? indexOf(draft).steps.get(id) : undefined;
  return step?.type.startsWith("trigger.") ? step.title || step.id : undefined;
}

/** What is told, and is no condition: events to try it with are a help, where nobody is in a group
 * administrators decide, and a second person is missed by what is worth much alone. A group that is
 * not there is one: it cannot be published. */
export const isCondition = (point: Point) =>
  !["samples", "second"].includes(point.item) && point.says?.key !== "nobodyDecides";

/** What has to be settled before it can go live. */
export function openBefore(phases: Phases): number {
  const before = phases.filter((one) => one.phase !== "Launch").flatMap((one) => one.items);
  return before.filter((item) => !item.done && isCondition(item)).length;
}

export function isDone(phases: Phases, name: string): boolean {
  return phases.flatMap((one) => one.items).some((one) => one.item === name && one.done);
}

const groupPlace = (group: string): Jump => ({
  to: `/users?tab=groups&group=${encodeURIComponent(group)}`,
  label: "setup.toGroup",
});

export function jumpOf(flow: string, point: Point, draft: Draft | undefined): Jump | undefined {
  const editor = `/flows/${flow}`;
  switch (point.item) {
    case "connection":
      // One that the flow has is bound right there; another is only named by a step.
      return isOwn(draft, point.connection) ? undefined : { to: editor, label: "setup.toEditor" };
    case "flow": // what a template makes is made right there
      return point.template === undefined ? { to: "/flows", label: "setup.toFlows" } : undefined;
    case "fault": {
      const step = stepAt(draft, point.pointer ?? "");
      return step === undefined
        ? { to: `${editor}?panel=problems`, label: "setup.toProblems" }
        : { to: `${editor}?step=${encodeURIComponent(step)}`, label: "setup.toStep" };
    }
    case "group":
      return groupPlace(point.group ?? "");
    case "second":
      return point.group === undefined
        ? { to: "/users", label: "setup.toPeople" }
        : groupPlace(point.group);
    case "tests":
      return { to: `${editor}?panel=problems`, label: "setup.toProblems" };
    case "samples":
      return { to: `${editor}?panel=test`, label: "setup.toTest" };
    case "deploy":
      return { to: `${editor}/versions`, label: "setup.toVersions" };
    case "run":
      return { to: `/runs?flow=${encodeURIComponent(flow)}`, label: "setup.toRuns" };
    default:
      return undefined;
  }
}
