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
  placeholder?: string;
  value: string;
  onChange: (zone: string) => void;
}) {
  const t = useText();
  const { value, error } = props;
  const wrong = value !== "" && !isZone(value) ? t("form.notZone", { zone: value }) : undefined;
  return <TextField {...props} error={error ?? wrong} offers={ZONES} />;
}
