// The probable cause of a failure, what speaks for it, and the remedy. The program names them by codes;
// the words are the page's, and the program's own where it knows a code that the page does not.
import { Link } from "wouter";
import type { components } from "../api/schema";
import { fullMoment } from "../i18n/format.ts";
import { isTextKey, type TextKey, type Translate, useText } from "../i18n/text.tsx";
import { arrayOf, type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { Moment } from "../ui/Moment.tsx";

type Schema = components["schemas"]["Diagnosis"];
/** What the description of the API names has its words: the compiler asks for each. */
type Wanted =
  | `diagnosis.${"text" | "remedy"}.${Schema["cause"]}`
  | `diagnosis.evidence.${Schema["evidence"][number]["code"]}`;
const wordOf = (key: Wanted): TextKey => key;

interface Said {
  code: string;
  /** As the program says it, in English. */
  text: string;
  params: JsonObject;
}

export interface Found {
  cause: string;
  text: string;
  remedy: string;
  since: string;
  affected: number;
  more: boolean;
  evidence: Said[];
  /** What the manifest of the system says of it, in its own words; undefined: nothing. */
  system: { title: string; help: string; remedy: string } | undefined;
  /** "": nowhere. */
  href: string;
  way: { key: TextKey; values?: Record<string, string> };
}

/** Where the remedy is, and what leads there. */
function remedyAt(link: JsonObject): Pick<Found, "href" | "way"> {
  const kind = textOf(link.kind);
  const flow = `/flows/${encodeURIComponent(textOf(link.flow) ?? "")}`;
  if (kind === "connection") {
    const at = textOf(link.connection);
    if (at === undefined) return { href: "/connections", way: { key: "nav.connections" } };
    const id = at.split("/").at(-1) ?? at;
    return {
      href: `/connections?c=${encodeURIComponent(at)}`,
      way: { key: "version.what.connection", values: { id } },
    };
  }
  if (flow === "/flows/") return { href: "", way: { key: "diagnosis.flow" } };
  if (kind === "flow") return { href: flow, way: { key: "diagnosis.flow" } };
  if (kind !== "lookups") return { href: "", way: { key: "diagnosis.flow" } };
  const id = textOf(link.table);
  if (id === undefined) return { href: `${flow}/rules`, way: { key: "rules.list" } };
  return {
    href: `${flow}/rules/${encodeURIComponent(id)}`,
    way: { key: "version.what.lookup", values: { id } },
  };
}

/** Undefined: nothing is told about it. */
export function readDiagnosis(value: Json | undefined): Found | undefined {
  const own = objectOf(value);
  const link = objectOf(own.link);
  const text = textOf(own.text);
  if (!text) return undefined;
  const system = objectOf(own.system);
  const title = textOf(system.title);
  return {
    cause: textOf(own.cause) ?? "",
    text,
    remedy: textOf(own.remedy) ?? "",
    since: textOf(own.since) ?? "",
    affected: typeof own.affected === "number" ? own.affected : 0,
    more: own.more === true,
    evidence: arrayOf(own.evidence).map((one) => ({
      code: textOf(objectOf(one).code) ?? "",
      text: textOf(objectOf(one).text) ?? "",
      params: objectOf(objectOf(one).params),
    })),
    system: title
      ? { title, help: textOf(system.help) ?? "", remedy: textOf(system.remedy) ?? "" }
      : undefined,
    ...remedyAt(link),
  };
}

/** The page's words for a code, if it has such. */
function worded(t: Translate, part: "text" | "remedy", cause: string, otherwise: string): string {
  const key = wordOf(`diagnosis.${part}.${cause as Schema["cause"]}`);
  return isTextKey(key) ? t(key) : otherwise;
}

function evidenceOf(t: Translate, { code, text, params }: Said): string {
  const key = wordOf(`diagnosis.evidence.${code as Schema["evidence"][number]["code"]}`);
  if (!isTextKey(key)) return text;
  const values: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(params)) {
    if (name === "at") values[name] = fullMoment(new Date(textOf(value) ?? ""));
    else if (name === "cause") values[name] = worded(t, "text", textOf(value) ?? "", text);
    else values[name] = typeof value === "number" ? value : (textOf(value) ?? "");
  }
  return t(key, values);
}

/** What is told of it, in the words of the page. */
export function wordsOf(t: Translate, found: Found) {
  return {
    text: worded(t, "text", found.cause, found.text),
    remedy: worded(t, "remedy", found.cause, found.remedy),
    evidence: found.evidence.map((one) => evidenceOf(t, one)),
  };
}

export function Diagnosis({ found }: { found: Found }) {
  const t = useText();
  const words = wordsOf(t, found);
  const counted =
    !found.more && found.evidence.some((one) => one.code === "alike" || one.code === "alone");
  return (
    <>
      <p>
        <strong>{t("diagnosis.cause")}</strong> {words.text}
      </p>
      {found.system?.help && (
        <p>
          {t("diagnosis.system.help", { system: found.system.title })}{" "}
          <span className="foreign">{found.system.help}</span>
        </p>
      )}
      {!counted && (
        <p className="muted">
          {t(found.more ? "diagnosis.atLeast" : "diagnosis.affected", { count: found.affected })}
          {found.since && (
            <>
              {" · "}
              {t("diagnosis.since")} <Moment at={found.since} />
            </>
          )}
        </p>
      )}
      <ul className="muted">
        {words.evidence.map((one) => (
          <li key={one} className="foreign">
            {one}
          </li>
        ))}
      </ul>
      {found.system?.remedy ? (
        <p>
          <strong>{t("diagnosis.system.remedy", { system: found.system.title })}</strong>{" "}
          <span className="foreign">{found.system.remedy}</span>
        </p>
      ) : (
        <p>{words.remedy}</p>
      )}
      {found.href && (
        <p>
          <Link href={found.href} className="foreign">
            {t(found.way.key, found.way.values)}
          </Link>
        </p>
      )}
    </>
  );
}
