// A settlement for the file: control totals, adjustments and everything that is open, as one page
// that prints.
import { Printer } from "lucide-react";
import { useEffect } from "react";
import { Link, useParams } from "wouter";
import type { Pages } from "../api/pages.ts";
import { useUrlState } from "../app/url.ts";
import { count, fullMoment } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { AdjustmentTable } from "./Adjustments.tsx";
import { Controls } from "./Controls.tsx";
import { calledOf, type Entry, nameOf, type Settlement, sumOf } from "./settlements.ts";
import { useEntries, useSettlement } from "./useSettlements.ts";
import { className, differenceOf, sideNames } from "./words.ts";
import "./settlements.css";

/** More than this is no reading matter: the export has it all. */
const MOST = 2000;

/** What is open, all of it or as much as is read here; `whole` when that is done. */
function useOpen(one: Settlement): { pages: Pages<Entry>; whole: boolean } {
  const pages = useEntries(one.run, { step: one.step, kind: "open", find: "" }, 200);
  const { more, items, loadingMore } = pages;
  const further = more !== undefined && items.length < MOST;
  useEffect(() => {
    if (further && !loadingMore) more();
  }, [more, further, loadingMore]);
  return { pages, whole: !pages.loading && !pages.error && !further };
}

function Open(props: { one: Settlement; pages: Pages<Entry>; whole: boolean }) {
  const t = useText();
  const { one, pages, whole } = props;
  const { items } = pages;
  const sides = sideNames(t, one);
  if (pages.error) return <ErrorBox error={pages.error} onAgain={pages.again} />;
  const missing = (pages.total ?? items.length) - items.length;
  return (
    <>
      <table className="diff settlement-totals">
        <thead>
          <tr>
            <th scope="col">{t("settlement.class")}</th>
            <th scope="col">{t("settlement.key")}</th>
            <th scope="col" className="foreign">
              {sides.left}
            </th>
            <th scope="col" className="foreign">
              {sides.right}
            </th>
            <th scope="col">{t("settlement.difference")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((entry) => (
            <tr key={entry.id}>
              <td>{className(t, entry.kind, one)}</td>
              <td className="foreign">{nameOf(entry, one.passes)}</td>
              <td className="num foreign">{sumOf(entry, "left")}</td>
              <td className="num foreign">{sumOf(entry, "right")}</td>
              <td className="num foreign">
                {differenceOf(entry)} {entry.currency}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length === 0 && whole && <p>{t("settlement.agreesText")}</p>}
      {!whole && <p>{t("settlement.reportReading")}</p>}
      {missing > 0 && whole && <p>{t("settlement.reportMore", { count: count(missing) })}</p>}
    </>
  );
}

function Report({ one }: { one: Settlement }) {
  const t = useText();
  const { pages, whole } = useOpen(one);
  const received = one.received === "" ? "" : fullMoment(new Date(one.received));
  return (
    <div className="settlement-report">
      <Page
        crumbs={
          <Link href={`/settlements/${one.run}?step=${encodeURIComponent(one.step)}`}>
            {t("settlement.settlement")}
          </Link>
        }
        title={t("settlement.reportOf", { name: calledOf(one) })}
        lead={
          <span className="row foreign">
            {one.flow}, {one.environment}, {received}, {one.run}
          </span>
        }
        tools={
          <Button
            look="primary"
            icon={<Printer size={15} />}
            reason={whole ? undefined : t("settlement.reportReading")}
            onPress={() => window.print()}
          >
            {t("settlement.print")}
          </Button>
        }
      >
        <Panel title={t("settlement.totals")}>
          <Controls one={one} />
        </Panel>
        {one.adjustments.length > 0 && (
          <Panel title={t("settlement.adjustments")}>
            <AdjustmentTable one={one} />
          </Panel>
        )}
        {one.decisions.length > 0 && (
          <Panel title={t("exception.decision")}>
            {one.decisions.map((said) => (
              <p key={said.step} className="foreign">
                {t("settlement.decided", { by: said.by, port: said.way })} {said.reason}
              </p>
            ))}
          </Panel>
        )}
        <Panel title={t("settlement.openLines")}>
          <Open one={one} pages={pages} whole={whole} />
        </Panel>
      </Page>
    </div>
  );
}

export default function ReportPage() {
  const t = useText();
  const { run = "" } = useParams();
  const [step] = useUrlState("step");
  const query = useSettlement(run, step);
  if (query.error && !query.data) {
    return (
      <Page
        crumbs={<Link href={`/settlements/${run}`}>{t("settlement.settlement")}</Link>}
        title={t("settlement.report")}
      >
        <ErrorBox error={query.error} onAgain={() => void query.refetch()} />
      </Page>
    );
  }
  return query.data ? (
    <Report one={query.data} />
  ) : (
    <Skeleton label={t("state.loading")} lines={10} />
  );
}
