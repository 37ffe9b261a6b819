// Settlements as the screens know them, read from the program's answers with every digit kept:
// amounts are texts here, and nothing computes with them.

import { type Exception, readException } from "../exceptions/exceptions.ts";
import { amountIn, moneyOf } from "../i18n/amounts.ts";
import {
  arrayOf,
  isNumber,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
} from "../model/json.ts";
import type { Tone } from "../ui/Badge.tsx";

export const CLASSES = ["differing", "only_left", "only_right", "proposed", "matched"] as const;
export type SettlementClass = (typeof CLASSES)[number];

export const classTones: Record<SettlementClass, Tone> = {
  differing: "err",
  only_left: "warn",
  only_right: "warn",
  proposed: "doubt",
  matched: "ok",
};

/** A number by its digits, a text as it is; "" for what is not there. */
export function digitsOf(value: Json | undefined): string {
  if (isNumber(value)) return String(value);
  return textOf(value) ?? "";
}

export function isZero(digits: string): boolean {
  return /^-?0*(\.0*)?$/.test(digits);
}

export interface ClassSums {
  left: string;
  right: string;
  difference: string;
}

export interface Total {
  currency: string;
  left: { count: number; sum: string };
  right: { count: number; sum: string };
  classes: Record<SettlementClass, ClassSums> | undefined;
  difference: string;
  explained: string;
  rest: string;
  closes: boolean;
  open: string;
  adjusted: string;
  proposed: string;
  leftOver: string;
}

export interface Sums {
  open: number;
  /** What people agreed on leaves nothing of it over. */
  adjusted: boolean;
  /** Lines of both sides in each class. */
  counts: Record<SettlementClass, { left: number; right: number }>;
  totals: Total[];
}

const numberIn = (value: Json | undefined) => (typeof value === "number" ? value : 0);

function byClass<T>(read: (name: SettlementClass) => T): Record<SettlementClass, T> {
  return Object.fromEntries(CLASSES.map((name) => [name, read(name)])) as Record<
    SettlementClass,
    T
  >;
}

function readTotal(value: Json): Total {
  const own = objectOf(value);
  const side = (name: string) => {
    const one = objectOf(own[name]);
    return { count: numberIn(one.count), sum: digitsOf(one.sum) };
  };
  const classes = own.classes;
  return {
    currency: textOf(own.currency) ?? "",
    left: side("left"),
    right: side("right"),
    classes: isObject(classes)
      ? byClass((name) => {
          const one = objectOf(classes[name]);
          return {
            left: digitsOf(one.left),
            right: digitsOf(one.right),
            difference: digitsOf(one.difference),
          };
        })
      : undefined,
    difference: digitsOf(own.difference),
    explained: digitsOf(own.explained),
    rest: digitsOf(own.rest),
    closes: own.closes === true,
    open: digitsOf(own.open),
    adjusted: digitsOf(own.adjusted),
    proposed: digitsOf(own.proposed_adjustments),
    leftOver: digitsOf(own.left_over),
  };
}

export function readSums(value: Json | undefined): Sums {
  const own = objectOf(value);
  const counts = objectOf(own.counts);
  return {
    open: numberIn(own.open),
    adjusted: own.adjusted === true,
    counts: byClass((name) => {
      const one = objectOf(counts[name]);
      return { left: numberIn(one.left), right: numberIn(one.right) };
    }),
    totals: arrayOf(own.totals).map(readTotal),
  };
}

/** What was paid out and what it was made of, as a later step says it; of a list without its parts. */
export interface Statement {
  step: string;
  title: string;
  currency: string;
  net: string;
  /** The net less its parts; "": it cannot be told. */
  rest: string;
  closes: boolean;
  parts: { name: string; amount: string }[];
  posted: { entry: string; amount: string }[];
}

export interface Row {
  run: string;
  step: string;
  title: string;
  /** What the flow calls it, its day say; "": it says nothing. */
  name: string;
  flow: string;
  environment: string;
  status: string;
  key: string;
  received: string;
  /** What people call the two sides; "": they have no names. */
  left: string;
  right: string;
  sums: Sums;
  statements: Statement[];
}

/** Sums, and what was paid out, that are not zero in the end: something is missing, or wrong. */
export function apartOf(one: Pick<Row, "sums" | "statements">): (Total | Statement)[] {
  return [...one.sums.totals, ...one.statements].filter((sum) => !sum.closes && sum.rest !== "");
}

const texts = <T extends string>(value: Json, names: readonly T[]): Record<T, string> =>
  Object.fromEntries(names.map((name) => [name, digitsOf(objectOf(value)[name])])) as Record<
    T,
    string
  >;

function readStatement(value: Json): Statement {
  const own = objectOf(value);
  return {
    ...texts(value, ["step", "title", "currency", "net", "rest"]),
    closes: own.closes === true,
    parts: arrayOf(own.parts).map((part) => texts(part, ["name", "amount"])),
    posted: arrayOf(own.posted).map((part) => texts(part, ["entry", "amount"])),
  };
}

export function readRow(value: Json | undefined): Row {
  const own = objectOf(value);
  const text = (name: string) => textOf(own[name]) ?? "";
  const sides = objectOf(own.sides);
  return {
    run: text("run"),
    step: text("step"),
    title: text("title"),
    name: text("name"),
    flow: text("flow"),
    environment: text("environment"),
    status: text("status"),
    key: text("dedupe"),
    received: text("received_at"),
    left: textOf(sides.left) ?? "",
    right: textOf(sides.right) ?? "",
    sums: readSums(own.sums),
    statements: arrayOf(own.statements).map(readStatement),
  };
}

export interface Pass {
  name: string;
  keys: { left: string; right: string }[];
  tolerance: JsonObject | undefined;
  days: number;
  proposes: boolean;
}

export interface Adjustment {
  line: string;
  amount: string;
  currency: string;
  account: string;
  reason: string;
  by: string;
  approvedBy: string;
  agreed: boolean;
  counted: boolean;
}

export interface Settlement extends Row {
  steps: { step: string; title: string }[];
  passes: Pass[];
  shows: string;
  notes: string[];
  reviews: Exception[];
  /** What was chosen, as the flow calls that way out. */
  decisions: { step: string; way: string; by: string; reason: string }[];
  adjustments: Adjustment[];
}

function readPass(value: Json): Pass {
  const own = objectOf(value);
  return {
    name: textOf(own.name) ?? "",
    keys: arrayOf(own.keys).map((key) => {
      const left = textOf(objectOf(key).left) ?? "";
      return { left, right: textOf(objectOf(key).right) ?? left };
    }),
    tolerance: isObject(own.tolerance) ? own.tolerance : undefined,
    days: typeof own.days === "number" ? own.days : -1,
    proposes: own.score !== undefined,
  };
}

function readAdjustment(value: Json): Adjustment {
  const own = objectOf(value);
  return {
    ...texts(value, ["line", "amount", "currency", "account", "reason", "by"]),
    approvedBy: textOf(own.approved_by) ?? "",
    agreed: own.state === "agreed",
    counted: own.counted !== false,
  };
}

export function readSettlement(value: Json | undefined): Settlement {
  const own = objectOf(value);
  return {
    ...readRow(value),
    steps: arrayOf(own.steps).map((one) => texts(one, ["step", "title"])),
    passes: arrayOf(own.passes).map(readPass),
    shows: textOf(own.shows) ?? "lines",
    notes: arrayOf(own.notes).map(String),
    reviews: arrayOf(own.reviews).map(readException),
    decisions: arrayOf(own.decisions).map((one) => {
      const {
        port,
        port_title: title,
        ...said
      } = texts(one, [...(["step", "by", "reason", "port", "port_title"] as const)]);
      return { ...said, way: title || port };
    }),
    adjustments: arrayOf(own.adjustments).map(readAdjustment),
  };
}

export interface Line {
  at: number;
  line: JsonObject;
}

export interface Entry {
  id: string;
  kind: SettlementClass;
  pass: string;
  text: string;
  currency: string;
  /** Where the sides are in two currencies, they have no difference. */
  leftCurrency: string;
  rightCurrency: string;
  leftSum: string;
  rightSum: string;
  difference: string;
  left: Line[];
  right: Line[];
}

export function readEntry(value: Json): Entry {
  const own = objectOf(value);
  const kind = CLASSES.find((name) => name === own.class) ?? "differing";
  const lines = (side: Json | undefined): Line[] =>
    arrayOf(side).map((one) => ({
      at: numberIn(objectOf(one).at),
      line: objectOf(objectOf(one).line),
    }));
  const [left, right] = [lines(own.left), lines(own.right)];
  const numbers = (side: Line[]) => side.map((one) => one.at).join(",");
  return {
    id: `${kind} ${numbers(left)}/${numbers(right)}`,
    kind,
    pass: textOf(own.pass) ?? "",
    text: textOf(own.text) ?? "",
    currency: textOf(own.currency) ?? "",
    leftCurrency: textOf(own.left_currency) ?? "",
    rightCurrency: textOf(own.right_currency) ?? "",
    leftSum: digitsOf(own.left_sum),
    rightSum: digitsOf(own.right_sum),
    difference: digitsOf(own.difference),
    left,
    right,
  };
}

function valueAt(line: JsonObject | undefined, path: string): Json | undefined {
  let value: Json | undefined = line;
  for (const name of path.split(".")) value = objectOf(value)[name];
  return value;
}

/** What a settlement is called: as the flow says, else what named its event. */
export function calledOf(one: Pick<Row, "name" | "key" | "flow">): string {
  return one.name || one.key || one.flow;
}

/** The sum of a side of an entry; with its currency where the sides are in two. */
export function sumOf(entry: Entry, side: "left" | "right"): string {
  const digits = side === "left" ? entry.leftSum : entry.rightSum;
  const own = side === "left" ? entry.leftCurrency : entry.rightCurrency;
  return own === "" ? amountIn(digits, entry.currency) : moneyOf(digits, own);
}

/** What an entry is called: its key, as its pass or the first one by which it has a key sees it. */
export function nameOf(entry: Entry, passes: readonly Pass[]): string {
  const own = passes.filter((pass) => pass.name === entry.pass);
  const line = entry.left[0]?.line;
  for (const { keys } of [...own, ...passes]) {
    const values = keys.map((key) =>
      digitsOf(line ? valueAt(line, key.left) : valueAt(entry.right[0]?.line, key.right)),
    );
    const name = values.filter((value) => value !== "").join(" · ");
    if (name !== "") return name;
  }
  return entry.left[0] ? `left ${entry.left[0].at}` : `right ${entry.right[0]?.at ?? ""}`;
}

/** The line that an adjustment is for: "left 3". */
export function placeOf(entry: Entry): string {
  return entry.left[0] ? `left ${entry.left[0].at}` : `right ${entry.right[0]?.at ?? ""}`;
}

/** The same for people: "PayTrace 3"; what somebody typed otherwise stands as it is. */
export function lineIn(place: string, sides: { left: string; right: string }): string {
  return place.replace(/^(left|right)(?= \d+$)/, (side) => sides[side as "left" | "right"]);
}
