/* The rules of the open flow in the palette of commands; there is nothing to be seen of it. */
import { useRuleCommands } from "./useRuleCommands.ts";

export function RuleCommands() {
  useRuleCommands();
  return null;
}
