// Adjustments: what was proposed and agreed on, and the decision of the desk that takes new ones.
import { Link } from "wouter";
import { Decision } from "../exceptions/Decision.tsx";
import { moneyOf } from "../i18n/amounts.ts";
import { useText } from "../i18n/text.tsx";
import { type JsonObject, objectOf } from "../model/json.ts";
import { Badge } from "../ui/Badge.tsx";
import { lineIn, type Settlement } from "./settlements.ts";
import { sideNames } from "./words.ts";

export function AdjustmentTable({ one }: { one: Settlement }) {
  const t = useText();
  const label = t("settlement.adjustmentTable");
  const sides = sideNames(t, one);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className="framed settlement-scroll" tabIndex={0} aria-label={label}>
      <table className="diff">
        <thead>
          <tr>
            <th scope="col">{t("settlement.line")}</th>
            <th scope="col">{t("settlement.amount")}</th>
            <th scope="col">{t("settlement.account")}</th>
            <th scope="col">{t("act.reason")}</th>
            <th scope="col">{t("settlement.who")}</th>
          </tr>
        </thead>
        <tbody>
          {one.adjustments.map((each, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: adjustments have no other name
            <tr key={at}>
              <td className="foreign">{lineIn(each.line, sides)}</td>
              <td className="num foreign">
                {moneyOf(each.amount, each.currency)}
                {!each.counted && <> ({t("settlement.notCounted")})</>}
              </td>
              <td className="foreign">{each.account}</td>
              <td className="foreign">{each.reason}</td>
              <td className="foreign">
                <Badge plain tone={each.agreed ? "ok" : "wait"}>
                  {t(each.agreed ? "settlement.agreed" : "settlement.proposed")}
                </Badge>{" "}
                {[each.by, each.approvedBy].filter((name) => name !== "").join(" + ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Adjustments(props: {
  one: Settlement;
  /** What is filled in of the form so far. */
  data: JsonObject;
  onData: (data: JsonObject) => void;
}) {
  const t = useText();
  const { one } = props;
  return (
    <div className="stack">
      {one.adjustments.length > 0 && <AdjustmentTable one={one} />}
      {one.decisions.map((said) => (
        <p key={said.step} className="foreign">
          {t("settlement.decided", { by: said.by, port: said.way })} {said.reason}
        </p>
      ))}
      {one.reviews.map((review) => (
        <section key={review.id} className="stack">
          <h3 className="foreign">
            <Link href={`/exceptions?x=${encodeURIComponent(review.id)}`}>{review.title}</Link>
          </h3>
          <Decision
            isOver={false}
            one={review}
            data={props.data}
            onData={(next) => props.onData(objectOf(next))}
            onDone={() => props.onData({})}
          />
        </section>
      ))}
      {one.reviews.length + one.decisions.length + one.adjustments.length === 0 && (
        <p className="muted">{t("settlement.nobodyAsks")}</p>
      )}
    </div>
  );
}
