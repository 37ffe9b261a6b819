// A rule as its form has it: all as texts and ticks, in units that people say (percent, minutes).
// What a kind does not take is left out of what is sent.
import type { components } from "../api/schema.d.ts";
import type { AlertRule } from "./alerts.ts";

export type Change = components["schemas"]["AlertRuleChange"];
export type Kind = Change["kind"];
type Quiet = NonNullable<Change["quiet"]>[number];
/** window_s has a standard, so that it is there or left out, never undefined. */
type Part = Partial<Omit<Change, "window_s">> & { window_s?: number };
type Due = NonNullable<Change["due"]>;
export type Day = NonNullable<Quiet["days"]>[number];

export const KINDS: Kind[] = [
  "failure_rate",
  "count",
  "age",
  "latency",
  "connection",
  "totals",
  "missing",
  "certificate",
];
export const DAYS: Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export interface QuietForm {
  from: string;
  to: string;
  zone: string;
  days: Day[];
}

export interface RuleForm {
  title: string;
  kind: Kind;
  enabled: boolean;
  severity: string;
  flow: string;
  environment: string;
  connection: string;
  metric: string;
  of: string;
  percentile: string;
  side: "above" | "below";
  limit: string;
  clear: string;
  least: string;
  window: string;
  lasts: string;
  repeat: string;
  due: {
    time: string;
    since: string;
    zone: string;
    days: Day[];
    except: string;
    trigger: string;
    succeeded: boolean;
  };
  quiet: QuietForm[];
  channels: string[];
  note: string;
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How many of the program's units one of the form's is: percent, minutes. */
export function scaleOf(kind: Kind): number {
  return kind === "failure_rate" ? 0.01 : kind === "age" ? 60 : 1;
}

const shown = (value: number | undefined, scale: number) =>
  value === undefined ? "" : String(Number((value / scale).toFixed(6)));

export function formOf(rule: AlertRule | undefined): RuleForm {
  const kind = (rule?.kind as Kind | undefined) ?? "failure_rate";
  const scale = scaleOf(kind);
  const due = (rule?.due ?? {}) as Partial<Due>;
  return {
    title: rule?.title ?? "",
    kind,
    enabled: rule?.enabled ?? true,
    severity: rule?.severity ?? "warning",
    flow: rule?.flow ?? "",
    environment: rule?.environment ?? "",
    connection: rule?.connection ?? "",
    metric: rule?.metric ?? "runs.failed",
    of: rule?.of ?? "exception",
    percentile: String(rule?.percentile ?? 95),
    side: rule?.below === undefined ? "above" : "below",
    limit: rule ? shown(rule.above ?? rule.below, scale) : "20",
    clear: shown(rule?.clear, scale),
    least: shown(rule?.least, 1),
    window: shown(rule?.window_s ?? 300, 60),
    lasts: shown(rule?.for_s ?? 0, 60),
    repeat: shown(rule?.repeat_s ?? 14_400, 60),
    due: {
      time: due.time ?? "07:00",
      since: due.since ?? "",
      zone: due.zone ?? ownZone(),
      days: due.days ?? [],
      except: (due.except ?? []).join(" "),
      trigger: due.trigger ?? "",
      succeeded: due.succeeded ?? false,
    },
    quiet: ((rule?.quiet ?? []) as unknown as Quiet[]).map((one) => ({
      from: one.from,
      to: one.to,
      zone: one.zone ?? ownZone(),
      days: one.days ?? [],
    })),
    channels: rule?.channels ?? [],
    note: rule?.note ?? "",
  };
}

/** Which fields a kind has. */
export function fieldsOf(kind: Kind) {
  const counted = kind === "failure_rate" || kind === "count" || kind === "latency";
  return {
    limit: counted || kind === "age" || kind === "totals" || kind === "certificate",
    window: counted || kind === "totals",
    least: kind === "failure_rate" || kind === "latency",
  };
}

const number = (text: string, scale: number) => Number((Number(text) * scale).toFixed(6));

/** Names of the fields in which something stands that is no number where one is wanted. */
export function wrongIn(form: RuleForm): Set<keyof RuleForm> {
  const wrong = new Set<keyof RuleForm>();
  const has = fieldsOf(form.kind);
  const look = (
    name: "limit" | "clear" | "least" | "window" | "lasts" | "repeat",
    needed: boolean,
  ) => {
    const text = form[name].trim();
    if (text === "" ? needed : !/^\d+(\.\d+)?$/.test(text)) wrong.add(name);
  };
  if (has.limit) look("limit", form.kind !== "totals");
  if (has.limit) look("clear", false);
  if (has.least) look("least", false);
  if (has.window) look("window", true);
  look("lasts", true);
  look("repeat", true);
  if (form.kind === "missing" && form.flow === "") wrong.add("flow");
  return wrong;
}

function limitsOf(form: RuleForm): Part {
  const has = fieldsOf(form.kind);
  const scale = scaleOf(form.kind);
  const body: Part = {};
  if (has.limit && form.limit.trim() !== "") {
    const below = form.kind === "certificate";
    const side = form.kind === "count" ? form.side : below ? "below" : "above";
    body[side] = number(form.limit, scale);
  }
  if (has.limit && form.clear.trim() !== "") body.clear = number(form.clear, scale);
  if (has.least && form.least.trim() !== "") body.least = number(form.least, 1);
  if (has.window) body.window_s = Math.round(number(form.window, 60));
  return body;
}

function ofKind(form: RuleForm): Part {
  switch (form.kind) {
    case "count":
      return { metric: form.metric as NonNullable<Change["metric"]> };
    case "age":
      return { of: form.of as NonNullable<Change["of"]> };
    case "latency":
      return { percentile: Number(form.percentile) as 50 | 95 | 99 };
    case "connection":
    case "certificate":
      return form.connection === "" ? {} : { connection: form.connection };
    case "missing":
      return { due: dueOf(form) };
    default:
      return {};
  }
}

function dueOf({ due }: RuleForm): Due {
  const except = due.except.split(/[\s,]+/).filter((day) => day !== "");
  return {
    time: due.time,
    zone: due.zone,
    ...(due.since === "" ? {} : { since: due.since }),
    ...(due.days.length > 0 ? { days: due.days } : {}),
    ...(except.length > 0 ? { except } : {}),
    ...(due.trigger === "" ? {} : { trigger: due.trigger }),
    succeeded: due.succeeded,
  };
}

/** The rule as the program takes it. */
export function bodyOf(form: RuleForm): Change {
  const body: Part & { kind: Kind } = {
    kind: form.kind,
    enabled: form.enabled,
    severity: form.severity as NonNullable<Change["severity"]>,
    ...(form.title.trim() === "" ? {} : { title: form.title.trim() }),
    ...(form.note.trim() === "" ? {} : { note: form.note.trim() }),
    ...(form.flow === "" ? {} : { flow: form.flow }),
    ...(form.environment === "" ? {} : { environment: form.environment }),
    ...limitsOf(form),
    ...ofKind(form),
    for_s: Math.round(number(form.lasts, 60)),
    repeat_s: Math.round(number(form.repeat, 60)),
    quiet: form.quiet.map((one) => ({
      from: one.from,
      to: one.to,
      zone: one.zone,
      ...(one.days.length > 0 ? { days: one.days } : {}),
    })),
    channels: form.channels,
  };
  return body as Change;
}
