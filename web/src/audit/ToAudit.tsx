// From a thing to what was done to it: for whoever may read the audit.
import { Link } from "wouter";
import { useCan } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";

export function ToAudit(of: { flow: string } | { object: string }) {
  const t = useText();
  if (!useCan("audit.read")) return null;
  return <Link href={`/audit?${new URLSearchParams(of).toString()}`}>{t("audit.ofThis")}</Link>;
}
