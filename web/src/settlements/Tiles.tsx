// The classes of a settlement as numbers, each of them a filter; and whether it all adds up.

import { moneyOf } from "../i18n/amounts.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import {
  apartOf,
  CLASSES,
  classTones,
  isZero,
  type Settlement,
  type SettlementClass,
} from "./settlements.ts";
import { className, linesOf } from "./words.ts";

/** Of several currencies only those in which the class has anything. */
function sumsOf(one: Settlement, kind: SettlementClass): string[] {
  const { totals } = one.sums;
  return totals.flatMap((total) => {
    const sums = total.classes?.[kind];
    if (!sums || (totals.length > 1 && isZero(sums.left) && isZero(sums.right))) return [];
    const sum =
      kind === "only_right" ? sums.right : kind === "matched" ? sums.left : sums.difference;
    return [moneyOf(sum, total.currency)];
  });
}

const sumsText = (sums: { currency: string; sum: string }[]) => {
  const said = sums.length > 1 ? sums.filter((each) => !isZero(each.sum)) : sums;
  return (said.length > 0 ? said : sums.slice(0, 1))
    .map((each) => moneyOf(each.sum, each.currency))
    .join(", ");
};

/** Fees are the part of a statement that bears this name. */
function feesOf(one: Settlement): string[] {
  return one.statements.flatMap((said) =>
    said.parts
      .filter((part) => /^fees?$/i.test(part.name))
      .map((part) => moneyOf(part.amount, said.currency)),
  );
}

/** The sums, and what was paid out, must close whatever people still have to explain: what is left
 * over is said apart. */
function LeftOver({ one }: { one: Settlement }) {
  const t = useText();
  const { totals } = one.sums;
  const apart = apartOf(one);
  const closes = apart.length === 0;
  const over = totals.some((total) => !isZero(total.leftOver));
  const said = over ? "settlement.over" : "settlement.closes";
  return (
    <div className="settlement-tile">
      <Badge plain tone={closes ? (over ? "warn" : "ok") : "err"}>
        {t(closes ? said : "settlement.closesNo")}
      </Badge>
      <strong className="num">
        {closes
          ? sumsText(totals.map((one) => ({ currency: one.currency, sum: one.leftOver })))
          : apart.map((sum) => moneyOf(sum.rest, sum.currency)).join(", ")}
      </strong>
      <span className="muted">
        {t(closes ? (over ? "settlement.sumsClose" : "settlement.leftOver") : "settlement.rest")}
      </span>
    </div>
  );
}

export function Tiles(props: {
  one: Settlement;
  chosen: string;
  onChoose: (kind: string) => void;
}) {
  const t = useText();
  const { one, chosen, onChoose } = props;
  const fees = feesOf(one);
  return (
    <fieldset className="settlement-tiles">
      <legend className="visually-hidden">{t("settlement.classes")}</legend>
      {CLASSES.map((kind) => (
        <button
          key={kind}
          type="button"
          className="settlement-tile"
          aria-pressed={chosen === kind}
          onClick={() => onChoose(chosen === kind ? "open" : kind)}
        >
          <Badge plain tone={classTones[kind]}>
            {className(t, kind, one)}
          </Badge>
          <strong className="num">{linesOf(t, one.sums, kind)}</strong>
          <span className="num muted foreign">{sumsOf(one, kind).join(", ")}</span>
        </button>
      ))}
      {fees.length > 0 && (
        <div className="settlement-tile">
          <Badge plain tone="info">
            {t("settlement.fees")}
          </Badge>
          <strong className="num foreign">{fees.join(", ")}</strong>
        </div>
      )}
      <LeftOver one={one} />
    </fieldset>
  );
}
