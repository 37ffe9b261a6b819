// What the fields of one form have in common.
import { createContext, type ReactNode } from "react";
import type { Schema } from "../data/schema.ts";
import type { Json } from "../model/json.ts";

export interface FieldOf {
  /** JSON pointer of the value: "/lines/0/sku". */
  pointer: string;
  name: string;
  label: string;
  schema: Schema;
  required: boolean;
  value: Json | undefined;
  error: string | undefined;
  readOnly: boolean;
  /** undefined takes the member away. */
  onChange: (value: Json | undefined) => void;
}

export interface FormContext {
  root: Schema;
  faults: ReadonlyMap<string, string>;
  warnings: ReadonlyMap<string, string>;
  readOnly: boolean;
  renderField: ((field: FieldOf, standard: () => ReactNode) => ReactNode) | undefined;
}

export const Context = createContext<FormContext>({
  root: {},
  faults: new Map(),
  warnings: new Map(),
  readOnly: false,
  renderField: undefined,
});
