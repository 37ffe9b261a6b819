/* Whether the address names rules, and which: /flows/FLOW/rules[/RULE]. */
import { useLocation } from "wouter";

export interface RulePlace {
  /** Whether rules are shown at all. */
  readonly shown: boolean;
  readonly address: string;
}

const PLACE = /^\/flows\/[^/]+\/rules(?:\/([^/]+))?\/?$/;

export function useRulePlace(): RulePlace {
  const [path] = useLocation();
  const found = PLACE.exec(path);
  return { shown: found !== null, address: decodeURIComponent(found?.[1] ?? "") };
}
