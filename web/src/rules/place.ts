/* The rule that the address names, and the way to another. */
import { useLocation } from "wouter";
import { useEdited } from "../canvas/context.tsx";
import type { Draft } from "../model/flow.ts";
import { addressOf, type Piece, pieceAt } from "./pieces.ts";
import { useRulePlace } from "./shown.ts";

export function rulePath(flow: string, draft: Draft, piece?: Piece): string {
  const start = `/flows/${encodeURIComponent(flow)}/rules`;
  return piece === undefined ? start : `${start}/${encodeURIComponent(addressOf(draft, piece))}`;
}

export function useGoToRule(): (piece?: Piece, focus?: RuleFocus) => void {
  const [, go] = useLocation();
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  return (piece, focus) =>
    go(rulePath(flow, draft, piece), focus === undefined ? {} : { state: focus });
}

/** What of the rule is meant: a line, a test. Goes along with the address. */
export interface RuleFocus {
  readonly line?: number;
  readonly test?: number;
}

export function usePieceAt(): Piece | undefined {
  const { address } = useRulePlace();
  const draft = useEdited((state) => state.draft);
  return address === "" ? undefined : pieceAt(draft, address);
}
