// What a record says to a person: what was done, in words, and to which thing, with the place where
// it is looked at. A record itself names both as the program does.
import { isTextKey, type Translate } from "../i18n/text.tsx";
import type { AuditRecord } from "./audit.ts";

/** An act that no word is known of is told by its name. */
export function actOf(t: Translate, what: string): string {
  const key = `audit.did.${what}`;
  return isTextKey(key) ? t(key) : what;
}

export interface Thing {
  /** What kind of thing it is; undefined: what its name says. */
  kind: string | undefined;
  name: string;
  /** Where it is looked at; undefined: nowhere. */
  href: string | undefined;
}

const TABS: Record<string, string> = {
  alert: "/alerts?state=",
  alert_rule: "/alerts?tab=rules",
  assignment: "/exceptions",
  channel: "/alerts?tab=channels",
  connection: "/connections?tab=shared",
  credential: "/users",
  environment: "/environments",
  group: "/users?tab=groups",
  job: "/administration?tab=jobs",
  setting: "/administration",
  token: "/settings?tab=tokens",
  user: "/users",
};

const RUN = /^([0-9A-HJKMNP-TV-Z]{13})(?:\/(.+)|-.*)?$/;

function versionsOf(flow: string, version: unknown): string {
  const at = typeof version === "string" ? `?v=${encodeURIComponent(version)}` : "";
  return `/flows/${encodeURIComponent(flow)}/versions${at}`;
}

/** "KIND/WORKSPACE/ID" of what is kept by people. */
function keptOf(kind: string, id: string, version: unknown): Thing {
  const [flow = "", number = ""] = id.split(":");
  if (kind === "draft" || kind === "flow")
    return { kind: "flow", name: flow, href: `/flows/${encodeURIComponent(flow)}` };
  if (kind === "version_note")
    return { kind, name: `${flow} v${Number(number)}`, href: versionsOf(flow, version) };
  if (kind === "deployment_request")
    return { kind: "deployment", name: flow, href: versionsOf(flow, version) };
  return { kind, name: id, href: TABS[kind] };
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;

export function thingOf(record: AuditRecord): Thing {
  const { object, what, workspace } = record;
  const of = record.after ?? record.before ?? record.detail;
  const version = memberOf(of, "version") ?? memberOf(record.detail, "version");
  if (what.startsWith("vault.")) {
    return { kind: "secret", name: object, href: "/connections?tab=secrets" };
  }
  const run = RUN.exec(object);
  if (run) {
    const [, id = "", step] = run;
    const at = step === undefined ? "" : `?step=${encodeURIComponent(step)}`;
    return { kind: "run", name: object, href: `/runs/${id}${at}` };
  }
  const [first = "", second = "", ...rest] = object.split("/");
  if (rest.length === 0 || first === "") return { kind: undefined, name: object, href: undefined };
  if (workspace !== undefined && first === workspace) {
    const [flow = "", connection] = rest;
    if (connection === undefined) {
      return { kind: "deployment", name: `${flow}, ${second}`, href: versionsOf(flow, version) };
    }
    const href = `/connections?c=${encodeURIComponent(object)}`;
    return { kind: "connection", name: rest.join("/"), href };
  }
  const thing = keptOf(first, rest.join("/"), version);
  return record.name === undefined ? thing : { ...thing, name: record.name };
}
