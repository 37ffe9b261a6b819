/*
 * Steps become a flow of their own, which the flow calls in their place.
 *
 * It is done only where both together do exactly what was done before; what cannot be told for sure
 * is refused, with the step and the reason. One step is entered from outside. The ways out:
 *
 *   plain    there is one, it is always taken, and nothing but its step is read behind it: the call's
 *            output is that step's
 *   record   the called flow ends with a step that gives what is read, and which ways were taken; in
 *            the caller a filter stands for each way that may not be taken, and a script gives what
 *            the step before gave
 */
import type { Catalog } from "../catalog.ts";
import type { Draft, Step } from "../flow.ts";
import type { Command } from "../history.ts";
import { Unclear } from "../lift.ts";
import { Called } from "./extract_called.ts";
import { Caller } from "./extract_caller.ts";
import { type ExtractAs, Part } from "./extract_part.ts";
import { did, type Refusal, refuse } from "./outcome.ts";

export type { ExtractAs } from "./extract_part.ts";

export interface Extracted {
  readonly command: Command;
  readonly called: Draft;
}

export function extract(
  draft: Draft,
  catalog: Catalog,
  ids: readonly string[],
  as: ExtractAs,
): Extracted | Refusal {
  try {
    return extracted(new Part(draft, catalog, ids, as.name), as);
  } catch (cause) {
    if (cause instanceof Unclear) {
      return refuse(cause.id, cause.values);
    }
    throw cause;
  }
}

/** The only step behind which the part ends, "" for none: then the call gives what that one gives. */
function plainEnd(part: Part, read: ReadonlySet<string>): string | undefined {
  const ends = new Set([...part.ways, ...part.loose].map((one) => one.step.id));
  const [only] = ends;
  const plain =
    (part.ways.length === 0 && read.size === 0) ||
    (ends.size === 1 &&
      [...read].every((id) => id === only) &&
      !part.follows(only ?? "") &&
      (part.ways.length === 0 || part.ports(part.ways[0]?.step as Step).length === 1));
  if (!plain && ends.size > 1 && part.loose.length > 0) {
    throw new Unclear("canvas.not.extractEnds", part.loose[0]?.step);
  }
  return plain ? (only ?? "") : undefined;
}

function extracted(part: Part, as: ExtractAs): Extracted {
  const read = part.readOutside();
  const plain = plainEnd(part, read);
  const nodes = part.steps.map((step) => part.moved(step));
  const received = part.receives();
  if (received) {
    part.lift.give("input", "input");
  }
  const record = plain === undefined ? new Set(read) : undefined;
  const { draft, ways } = new Caller(part, as).draft(plain, record);
  const called = new Called(part, as).draft(nodes, received, record, ways);
  const values = { count: part.steps.length, name: as.name };
  return { command: did("extract", draft, { values, select: [part.call] }), called };
}
