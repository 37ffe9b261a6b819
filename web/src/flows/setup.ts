// Where each point of the set-up is settled.
import type { components } from "../api/schema.d.ts";
import type { TextKey } from "../i18n/text.tsx";
import { type Draft, indexOf } from "../model/flow.ts";
import { objectOf } from "../model/json.ts";

export type Point = components["schemas"]["Checklist"]["phases"][number]["items"][number];

export interface Jump {
  to: string;
  label: TextKey;
  /** What the step is called, when it leads to one. */
  at?: string;
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

function titleOf(draft: Draft | undefined, step: string): string {
  return (draft && indexOf(draft).steps.get(step)?.title) || step;
}

export function jumpOf(flow: string, point: Point, draft: Draft | undefined): Jump | undefined {
  const editor = `/flows/${flow}`;
  switch (point.item) {
    case "connection":
      // One that the flow has is bound right there; another is only named by a step.
      return isOwn(draft, point.connection) ? undefined : { to: editor, label: "setup.toEditor" };
    case "flow":
      return { to: "/flows", label: "setup.toFlows" };
    case "secret":
      return { to: "/connections?tab=secrets", label: "setup.toSecrets" };
    case "fault": {
      const step = stepAt(draft, point.pointer ?? "");
      return step === undefined
        ? { to: `${editor}?panel=problems`, label: "setup.toProblems" }
        : {
            to: `${editor}?step=${encodeURIComponent(step)}`,
            label: "setup.toStep",
            at: titleOf(draft, step),
          };
    }
    case "tests":
      return { to: `${editor}?panel=problems`, label: "setup.toProblems" };
    case "samples":
      return { to: `${editor}?panel=test`, label: "setup.toTest" };
    case "publish":
      return { to: editor, label: "setup.toEditor" };
    case "deploy":
      return { to: `${editor}/versions`, label: "setup.toVersions" };
    case "run":
      return { to: `/runs?flow=${encodeURIComponent(flow)}`, label: "setup.toRuns" };
    default:
      return undefined;
  }
}
