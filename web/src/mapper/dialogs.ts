/* What of the mapper is opened now and then: loaded after what is drawn first. */
export { SchemaDialog } from "./SchemaDialog.tsx";
export { TemplatesDialog } from "./Templates.tsx";
