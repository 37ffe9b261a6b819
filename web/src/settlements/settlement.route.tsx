// One settlement: its classes as filters, its entries, and beside them the lines of one, the control
// totals, adjustments, and how it was compared.
import { Download, Printer } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { SearchField, Select } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { Adjustments } from "./Adjustments.tsx";
import { Controls } from "./Controls.tsx";
import { Entries } from "./Entries.tsx";
import { EntryPane } from "./EntryPane.tsx";
import { exported } from "./exported.ts";
import { adjusted } from "./propose.ts";
import { calledOf, type Entry, type Settlement } from "./settlements.ts";
import { Tiles } from "./Tiles.tsx";
import { Tolerance } from "./Tolerance.tsx";
import { useSettlement } from "./useSettlements.ts";
import { statusOf } from "./words.ts";
import "./settlements.css";

export function SettlementFacts({ one }: { one: Settlement }) {
  const t = useText();
  return (
    <span className="row">
      <Link href={`/flows/${one.flow}`}>{t("flow.flow")}</Link>
      <span className="foreign">{one.environment}</span>
      <Moment at={one.received} />
      <Link href={`/runs/${one.run}?step=${encodeURIComponent(one.step)}`}>
        {t("run.run")} <span className="mono">{one.run}</span>
      </Link>
    </span>
  );
}

function Side(props: {
  one: Settlement;
  entry: Entry | undefined;
  tab: string;
  onTab: (tab: string) => void;
}) {
  const t = useText();
  const { one, entry, onTab } = props;
  const [data, setData] = useState<JsonObject>({});
  const review = one.reviews[0];
  const propose = (from: Entry) => {
    setData(adjusted(data, from));
    onTab("adjustments");
  };
  return (
    <Tabs
      label={t("settlement.details")}
      chosen={props.tab}
      onChoose={onTab}
      tabs={[
        {
          id: "totals",
          label: t("settlement.totals"),
          content: <Controls one={one} />,
        },
        {
          id: "entry",
          label: t("settlement.entry"),
          content: entry ? (
            <EntryPane
              one={one}
              entry={entry}
              onAdjust={review && review.decided.length === 0 ? () => propose(entry) : undefined}
            />
          ) : (
            <Empty title={t("settlement.choose")}>{t("settlement.chooseText")}</Empty>
          ),
        },
        {
          id: "adjustments",
          label: t("settlement.adjustments"),
          content: <Adjustments one={one} data={data} onData={setData} />,
        },
        {
          id: "tolerance",
          label: t("settlement.tolerance"),
          content: <Tolerance key={one.step} one={one} />,
        },
      ]}
    />
  );
}

function Tools(props: { one: Settlement; kind: string; find: string }) {
  const t = useText();
  const [, go] = useLocation();
  const { one, kind, find } = props;
  const step = encodeURIComponent(one.step);
  return (
    <>
      <Button
        icon={<Download size={15} />}
        onPress={() => void exported(one.run, { step: one.step, kind, find })}
      >
        {t("settlement.export")}
      </Button>
      <Button
        icon={<Printer size={15} />}
        onPress={() => go(`/settlements/${one.run}/report?step=${step}`)}
      >
        {t("settlement.report")}
      </Button>
    </>
  );
}

function Body({ one }: { one: Settlement }) {
  const t = useText();
  const [kind, setKind] = useUrlState("class", "open");
  const [find, setFind] = useUrlState("q");
  const [step, setStep] = useUrlState("step");
  const [tab, setTab] = useUrlState("side", "totals");
  const [entry, setEntry] = useState<Entry | undefined>();
  const asked = { step: one.step, kind, find: useDebounced(find.trim(), 250) };
  const { tone, word } = statusOf(t, one.status);
  return (
    <Page
      fill
      crumbs={<Link href="/settlements">{t("nav.settlements")}</Link>}
      title={
        <span className="settlement-title">
          <span className="truncate foreign">{calledOf(one)}</span>
          <Badge tone={tone}>{word}</Badge>
        </span>
      }
      lead={<SettlementFacts one={one} />}
      tools={<Tools one={one} kind={kind} find={asked.find} />}
    >
      <Tiles one={one} chosen={kind} onChoose={setKind} />
      <div className="settlement-body">
        <Panel
          flush
          className="list-panel settlement-list"
          title={t("settlement.entries")}
          tools={
            <>
              {one.steps.length > 1 && (
                <Select
                  inline
                  hideLabel
                  label={t("step.step")}
                  value={step || one.step}
                  onChange={setStep}
                  choices={one.steps.map((each) => ({
                    value: each.step,
                    label: each.title === "" ? each.step : `${each.title} (${each.step})`,
                  }))}
                />
              )}
              <SearchField label={t("settlement.find")} value={find} onChange={setFind} />
            </>
          }
        >
          <Entries
            one={one}
            asked={asked}
            current={entry?.id}
            onCurrent={(next) => {
              setEntry(next);
              setTab("entry");
            }}
            onClear={() => {
              setFind("");
              setKind("");
            }}
          />
        </Panel>
        <Panel flush className="settlement-side">
          <Side one={one} entry={entry} tab={tab} onTab={setTab} />
        </Panel>
      </div>
    </Page>
  );
}

export default function SettlementPage() {
  const t = useText();
  const { run = "" } = useParams();
  const [step] = useUrlState("step");
  const query = useSettlement(run, step);
  if (query.isPending) return <Skeleton label={t("state.loading")} lines={10} />;
  if (query.error && !query.data) {
    return (
      <Page
        title={t("settlement.settlement")}
        crumbs={<Link href="/settlements">{t("nav.settlements")}</Link>}
      >
        <ErrorBox error={query.error} onAgain={() => void query.refetch()} />
      </Page>
    );
  }
  return query.data ? <Body key={`${run} ${query.data.step}`} one={query.data} /> : null;
}
