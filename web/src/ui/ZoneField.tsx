// A time zone: typed with the list of them to search, and told at once when there is none of that name.
import type { ReactNode } from "react";
import { isZone, ZONES } from "../data/zones.ts";
import { useText } from "../i18n/text.tsx";
import { TextField } from "./Field.tsx";

export function ZoneField(props: {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
  required?: boolean;
  readOnly?: boolean;
  /** A constant of the flow may stand for it. */
  takesVar?: boolean;
  placeholder?: string;
  value: string;
  onChange: (zone: string) => void;
}) {
  const t = useText();
  const { takesVar = false, ...field } = props;
  const { value, error } = field;
  const isFine = value === "" || isZone(value) || (takesVar && value.startsWith("=vars."));
  const wrong = isFine ? undefined : t("form.notZone", { zone: value });
  return <TextField {...field} error={error ?? wrong} offers={ZONES} />;
}
