// What the screens know of alerts: their tones and words, and how they are put together.
import type { components } from "../api/schema.d.ts";
import { isTextKey, type Translate } from "../i18n/text.tsx";
import type { Tone } from "../ui/Badge.tsx";

export type Alert = components["schemas"]["Alert"];
export type AlertRule = components["schemas"]["AlertRule"];
export type Channel = components["schemas"]["Channel"];
export type AlertWord = "acknowledge" | "snooze" | "resolve";

export const WORDS: AlertWord[] = ["acknowledge", "snooze", "resolve"];
export const SEVERITIES = ["critical", "warning", "info"] as const;
export const GROUPS = ["rule", "flow", "severity"] as const;
export type GroupBy = (typeof GROUPS)[number];

export const severityTones: Record<string, Tone> = {
  critical: "err",
  warning: "warn",
  info: "info",
};

/** The word for what the program names, as far as there is one. */
export function wordOf(t: Translate, kind: string, name: string): string {
  const key = `${kind}.${name}`;
  return isTextKey(key) ? t(key) : name;
}

export interface Group {
  name: string;
  title: string;
  severity: string;
  since: string;
  alerts: Alert[];
}

/** Of which group an alert is; empty: of none, as one that is of no flow. */
function nameIn(by: GroupBy, one: Alert): string {
  return by === "rule" ? one.rule : by === "flow" ? (one.about?.flow ?? "") : one.severity;
}

const rank = (severity: string) => (SEVERITIES as readonly string[]).indexOf(severity);

/** Together what belongs together, the worst and the largest first. */
export function groupsOf(by: GroupBy, alerts: readonly Alert[]): Group[] {
  const groups = new Map<string, Group>();
  for (const one of alerts) {
    const name = nameIn(by, one);
    const group = groups.get(name);
    if (!group) {
      const title = by === "rule" ? (one.title ?? one.rule) : name;
      groups.set(name, {
        name,
        title,
        severity: one.severity,
        since: one.since_at,
        alerts: [one],
      });
      continue;
    }
    group.alerts.push(one);
    if (rank(one.severity) < rank(group.severity)) group.severity = one.severity;
    if (one.since_at < group.since) group.since = one.since_at;
  }
  return [...groups.values()].sort(
    (a, b) => rank(a.severity) - rank(b.severity) || b.alerts.length - a.alerts.length,
  );
}
