/* What stands around the board when it is asked for: loaded at once after the board, not before it. */
export { RuleCommands } from "../rules/RuleCommands.tsx";
export { Bottom } from "./Bottom.tsx";
export { ConflictDialog } from "./ConflictDialog.tsx";
export { goToDefinition } from "./definition.ts";
export { ExtractDialog } from "./ExtractDialog.tsx";
export { beginExtracting } from "./extracting.ts";
export { NamingDialog } from "./NamingDialog.tsx";
export { Outline } from "./Outline.tsx";
export { Picker } from "./Picker.tsx";
export { PublishDialog } from "./PublishDialog.tsx";
