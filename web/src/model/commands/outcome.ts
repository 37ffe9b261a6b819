/* What a command gives: a change of the draft with its name, or the reason why there is none. */
import type { Draft } from "../flow.ts";
import type { Command, Label } from "../history.ts";

export interface Refusal {
  readonly refused: Label;
}

export type Outcome = Command | Refusal;

export function isRefusal(outcome: Outcome): outcome is Refusal {
  return "refused" in outcome;
}

export function refuse(id: string, values?: Label["values"]): Refusal {
  return { refused: values === undefined ? { id } : { id, values } };
}

export interface More {
  readonly values?: Label["values"];
  readonly coalesce?: string;
  readonly select?: readonly string[];
}

/** The label of command NAME is the message canvas.did.NAME. */
export function did(name: string, draft: Draft, more: More = {}): Command {
  const id = `canvas.did.${name}`;
  return {
    name,
    draft,
    label: more.values === undefined ? { id } : { id, values: more.values },
    ...(more.coalesce === undefined ? {} : { coalesce: more.coalesce }),
    ...(more.select === undefined ? {} : { select: more.select }),
  };
}
