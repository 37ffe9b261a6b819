// What the address of a list may say: its filters, its order and its columns. One table for the screens, which read
// their addresses by it, and for views, which are such addresses under a name.
import type { TextKey } from "../i18n/text.tsx";

export const RUN_STATUSES = [
  "failed",
  "in_doubt",
  "waiting",
  "active",
  "succeeded",
  "cancelled",
] as const;
/** Days and weeks of the calendar, then spans back from now; all of them move on. */
export const PERIODS = ["today", "week", "month", "h", "d", "w", "m"] as const;
export const FLOW_STATES = [
  "live",
  "paused",
  "nowhere",
  "failing",
  "ahead",
  "template_newer",
] as const;
export const EXCEPTION_TYPES = ["in_doubt", "review", "unmatched", "dead", "connection"] as const;

const SORTS = ["name", "runs", "failed", "last", "changed"];
/** Columns that may be left out, by their ids. */
export const COLUMNS = {
  runs: ["received", "flow", "key", "order", "took", "error", "environment"],
  flows: ["where", "day", "runs", "failed", "open", "last", "changed", "labels"],
  exceptions: ["flow", "since", "assignee"],
} as const;

type Takes = (value: string) => boolean;
const any: Takes = (value) => value !== "";
const someOf =
  (...names: readonly string[]): Takes =>
  (value) =>
    value.split(",").every((one) => names.includes(one));
const oneOf =
  (...names: readonly string[]): Takes =>
  (value) =>
    names.includes(value);

interface Parameter {
  label: TextKey;
  takes: Takes;
  /** No filter: it stays when the filters are cleared. */
  stays?: true;
}

const columns = (list: keyof typeof COLUMNS): Parameter => ({
  label: "list.columnsLess",
  takes: someOf(...COLUMNS[list]),
  stays: true,
});

const tables = {
  runs: {
    key: { label: "run.findRun", takes: any },
    find: { label: "run.findInput", takes: any },
    error: { label: "run.findError", takes: any },
    status: { label: "run.status", takes: someOf(...RUN_STATUSES) },
    period: { label: "run.period", takes: oneOf(...PERIODS) },
    flow: { label: "flow.flow", takes: any },
    environment: { label: "run.environment", takes: any },
    less: columns("runs"),
  },
  flows: {
    q: { label: "flow.search", takes: any },
    state: { label: "flow.state", takes: oneOf(...FLOW_STATES) },
    system: { label: "flow.system", takes: any },
    label: { label: "flow.labels", takes: any },
    owner: { label: "flow.owner", takes: any },
    environment: { label: "run.environment", takes: any },
    sort: {
      label: "list.order",
      takes: oneOf(...SORTS, ...SORTS.map((name) => `-${name}`)),
      stays: true,
    },
    less: columns("flows"),
  },
  exceptions: {
    type: { label: "exception.type", takes: oneOf(...EXCEPTION_TYPES) },
    cause: { label: "exception.cause", takes: any },
    mine: { label: "exception.mine", takes: oneOf("1") },
    less: columns("exceptions"),
  },
} as const satisfies Record<string, Record<string, Parameter>>;

export type ListName = keyof typeof tables;
export type ParameterOf<List extends ListName> = keyof (typeof tables)[List] & string;
export type Query = Readonly<Record<string, string>>;

export const titles: Record<ListName, TextKey> = {
  runs: "nav.runs",
  flows: "nav.flows",
  exceptions: "nav.exceptions",
};

/** In the address beside what a view keeps: which view it is, and the one whose details are shown. */
export const VIEW = "view";
const BESIDE = [VIEW, "x"];
const NAME = /^[a-z][a-z_]{0,39}$/;

function parameter(list: ListName, name: string): Parameter | undefined {
  const table: Record<string, Parameter> = tables[list];
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

export function labelOf(list: ListName, name: string): TextKey | undefined {
  return parameter(list, name)?.label;
}

export const staysOf = (list: ListName, name: string) => parameter(list, name)?.stays === true;

export interface Read {
  /** What the list understands. */
  values: Query;
  /** What it does not: of a newer Weft, or mistyped. */
  unknown: Query;
  /** What a view keeps: both. */
  query: Query;
}

export function readList(list: ListName, address: Iterable<[string, string]>): Read {
  const values: Record<string, string> = {};
  const unknown: Record<string, string> = {};
  const query: Record<string, string> = {};
  for (const [name, value] of address) {
    if (BESIDE.includes(name)) continue;
    const isKnown = parameter(list, name)?.takes(value) === true;
    (isKnown ? values : unknown)[name] = value;
    const words = value.trim();
    if (words !== "" && (isKnown || NAME.test(name))) query[name] = words;
  }
  return { values, unknown, query };
}

export function sameQuery(a: Query, b: Query): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Where a list is shown like that; view: under this name. */
export function addressOf(list: ListName, query: Query, view?: string): string {
  const search = new URLSearchParams(query);
  if (view !== undefined) search.set(VIEW, view);
  const text = search.toString();
  return text === "" ? `/${list}` : `/${list}?${text}`;
}
