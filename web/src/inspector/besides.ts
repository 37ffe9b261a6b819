/* What of the inspector is not what a step opens with: its other tabs, its data, the flow's settings. */
export { Input, Output } from "./Data.tsx";
export { Failing } from "./Failing.tsx";
export { FlowSettings } from "./FlowSettings.tsx";
export { Links } from "./Links.tsx";
export { Receives } from "./Receives.tsx";
export { About, Code } from "./Words.tsx";
