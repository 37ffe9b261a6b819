// How classes and sides are called: by the names that the flow gives its two sides.

import { amountIn } from "../i18n/amounts.ts";
import { count } from "../i18n/format.ts";
import { isTextKey, type Translate } from "../i18n/text.tsx";
import { runTones } from "../runs/runs.ts";
import type { Tone } from "../ui/Badge.tsx";
import type { Entry, Row, SettlementClass, Sums } from "./settlements.ts";

type Sides = Pick<Row, "left" | "right">;

export function sideNames(t: Translate, sides: Sides): { left: string; right: string } {
  return {
    left: sides.left || t("settlement.left"),
    right: sides.right || t("settlement.right"),
  };
}

export function className(t: Translate, kind: SettlementClass, sides: Sides): string {
  const { left, right } = sideNames(t, sides);
  if (kind === "only_left") return t("settlement.missing", { side: right });
  if (kind === "only_right") return t("settlement.missing", { side: left });
  return t(`settlement.class.${kind}`);
}

export function statusOf(t: Translate, status: string): { tone: Tone; word: string } {
  const key = `run.status.${status}`;
  return {
    tone: Object.hasOwn(runTones, status) ? runTones[status as "active"] : "neutral",
    word: isTextKey(key) ? t(key) : status,
  };
}

/** How many lines a class has: of one side, or of both where they are not as many. */
export function linesOf(t: Translate, sums: Sums, kind: SettlementClass): string {
  const { left, right } = sums.counts[kind];
  if (kind === "only_left") return count(left);
  if (kind === "only_right") return count(right);
  return left === right
    ? count(left)
    : t("settlement.both", { left: count(left), right: count(right) });
}

/** How far the sides of an entry are apart, which those in two currencies do not say. */
export function differenceOf(entry: Entry): string {
  return entry.difference === "" ? "–" : amountIn(entry.difference, entry.currency);
}
