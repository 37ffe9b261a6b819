// Control totals of a settlement, for each currency: both sides, what explains their difference, and
// whether it all closes to zero.

import { amountIn, moneyOf } from "../i18n/amounts.ts";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { CLASSES, isZero, type Settlement, type Total } from "./settlements.ts";
import { className, sideNames } from "./words.ts";

function Closing({ sums }: { sums: Pick<Total, "closes" | "rest" | "currency"> }) {
  const t = useText();
  return sums.closes ? (
    <Badge tone="ok">{t("settlement.closes")}</Badge>
  ) : (
    <Badge tone="err">
      {t("settlement.closesNot", { rest: moneyOf(sums.rest, sums.currency) })}
    </Badge>
  );
}

function Line(props: { name: string; values: string[]; currency: string; strong?: boolean }) {
  return (
    <tr className={props.strong ? "settlement-sum" : undefined}>
      <th scope="row" className="foreign">
        {props.name}
      </th>
      {props.values.map((value, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
        <td key={at} className="num">
          {amountIn(value, props.currency)}
        </td>
      ))}
    </tr>
  );
}

function Currency({ one, total }: { one: Settlement; total: Total }) {
  const t = useText();
  const { left, right } = sideNames(t, one);
  return (
    <>
      <div className="settlement-scroll">
        <table className="diff settlement-totals">
          <caption className="foreign">
            {total.currency || t("settlement.totals")} <Closing sums={total} />
          </caption>
          <thead>
            <tr>
              <td />
              <th scope="col" className="foreign">
                {left}
              </th>
              <th scope="col" className="foreign">
                {right}
              </th>
              <th scope="col">{t("settlement.difference")}</th>
            </tr>
          </thead>
          <tbody>
            {CLASSES.map((kind) => {
              const sums = total.classes?.[kind];
              return (
                sums && (
                  <Line
                    key={kind}
                    currency={total.currency}
                    name={className(t, kind, one)}
                    values={[sums.left, sums.right, sums.difference]}
                  />
                )
              );
            })}
            <Line
              strong
              currency={total.currency}
              name={t("settlement.allLines", {
                left: count(total.left.count),
                right: count(total.right.count),
              })}
              values={[total.left.sum, total.right.sum, total.difference]}
            />
            <Line
              currency={total.currency}
              name={t("settlement.explained")}
              values={["", "", total.explained]}
            />
            <Line
              strong
              currency={total.currency}
              name={t("settlement.rest")}
              values={["", "", total.rest]}
            />
          </tbody>
        </table>
      </div>
      <table className="diff settlement-totals">
        <tbody>
          <Line currency={total.currency} name={t("settlement.openSum")} values={[total.open]} />
          <Line
            currency={total.currency}
            name={t("settlement.adjusted")}
            values={[total.adjusted]}
          />
          {!isZero(total.proposed) && (
            <Line
              currency={total.currency}
              name={t("settlement.proposedSum")}
              values={[total.proposed]}
            />
          )}
          <Line
            strong
            currency={total.currency}
            name={t("settlement.leftOver")}
            values={[total.leftOver]}
          />
        </tbody>
      </table>
    </>
  );
}

/** What was paid out, its parts and fees, and what was posted of it. */
function Statements({ one }: { one: Settlement }) {
  const t = useText();
  return one.statements.map((said) => (
    <div key={said.step}>
      {said.rest !== "" && !said.closes && <p>{t("settlement.partsApart")}</p>}
      <table className="diff settlement-totals">
        <caption className="foreign">
          {said.title || said.step} {said.currency} {said.rest !== "" && <Closing sums={said} />}
        </caption>
        <tbody>
          {said.parts.map((part) => (
            <Line
              key={part.name}
              currency={said.currency}
              name={part.name}
              values={[part.amount]}
            />
          ))}
          {said.rest !== "" && !said.closes && (
            <Line currency={said.currency} name={t("settlement.rest")} values={[said.rest]} />
          )}
          {said.net !== "" && (
            <Line strong currency={said.currency} name={t("settlement.net")} values={[said.net]} />
          )}
          {said.posted.map((entry) => (
            <Line
              key={entry.entry}
              currency={said.currency}
              name={t("settlement.posted", { entry: entry.entry })}
              values={[entry.amount]}
            />
          ))}
        </tbody>
      </table>
    </div>
  ));
}

export function Controls({ one }: { one: Settlement }) {
  const t = useText();
  return (
    <div className="stack">
      {one.sums.totals.length === 0 && <p className="muted">{t("settlement.noLines")}</p>}
      {one.sums.totals.map((total) => (
        <Currency key={total.currency} one={one} total={total} />
      ))}
      <Statements one={one} />
      {one.sums.totals.some((total) => !total.closes && total.rest !== "") && (
        <p>{t("settlement.sumsApart")}</p>
      )}
      {one.notes.map((note) => (
        <p key={note} className="muted foreign">
          {note}
        </p>
      ))}
    </div>
  );
}
