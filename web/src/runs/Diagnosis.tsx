// The probable cause of a failure, what speaks for it, and the remedy: as the program tells them.
import { Link } from "wouter";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type Json, objectOf, textOf } from "../model/json.ts";
import { Moment } from "../ui/Moment.tsx";

export interface Found {
  text: string;
  remedy: string;
  since: string;
  affected: number;
  evidence: string[];
  href: string;
}

/** Undefined: nothing is told about it. */
export function readDiagnosis(value: Json | undefined): Found | undefined {
  const own = objectOf(value);
  const link = objectOf(own.link);
  const text = textOf(own.text);
  if (!text) return undefined;
  const flow = textOf(link.flow) ?? "";
  return {
    text,
    remedy: textOf(own.remedy) ?? "",
    since: textOf(own.since) ?? "",
    affected: typeof own.affected === "number" ? own.affected : 0,
    evidence: arrayOf(own.evidence).map((one) => textOf(objectOf(one).text) ?? ""),
    href:
      textOf(link.kind) === "connection"
        ? "/connections"
        : textOf(link.kind) === "flow" && flow
          ? `/flows/${encodeURIComponent(flow)}`
          : "",
  };
}

export function Diagnosis({ found }: { found: Found }) {
  const t = useText();
  return (
    <>
      <p>
        <strong>{t("diagnosis.cause")}</strong> <span className="foreign">{found.text}</span>
      </p>
      <p className="muted">
        {t("diagnosis.affected", { count: found.affected })}
        {found.since && (
          <>
            {" · "}
            {t("diagnosis.since")} <Moment at={found.since} />
          </>
        )}
      </p>
      <ul className="muted foreign">
        {found.evidence.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <p className="foreign">{found.remedy}</p>
      {found.href && (
        <p>
          <Link href={found.href}>{t("diagnosis.there")}</Link>
        </p>
      )}
    </>
  );
}
