// Reconciliations that runs have made, the newest first: by flow, by what is open.
import { Scale } from "lucide-react";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { moneyOf } from "../i18n/amounts.ts";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Checkbox, SearchField } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { apartOf, isZero, type Row, type Total } from "./settlements.ts";
import { useSettlements } from "./useSettlements.ts";
import { statusOf } from "./words.ts";
import "./settlements.css";

/** The amount in its currency; of several the first that is anything, and all of them in the tip. */
function Amounts({ row, of }: { row: Row; of: (total: Total) => string }) {
  const t = useText();
  const { totals } = row.sums;
  const some = totals.filter((total) => !isZero(of(total)));
  const [first = totals[0], ...more] = some;
  const said = (total: Total) => moneyOf(of(total), total.currency);
  return (
    <span className="num foreign" title={more.length > 0 ? some.map(said).join("\n") : undefined}>
      {first && said(first)}
      {more.length > 0 && ` ${t("settlement.more", { count: more.length })}`}
    </span>
  );
}

/** What does not close is said before what is open: nothing may be posted of it. */
function Result({ row }: { row: Row }) {
  const t = useText();
  const apart = apartOf(row).map((sum) => moneyOf(sum.rest, sum.currency));
  const { open, adjusted } = row.sums;
  if (apart.length > 0)
    return (
      <span title={t("settlement.closesNot", { rest: apart.join(", ") })}>
        <Badge tone="err">{t("settlement.closesNo")}</Badge>
      </span>
    );
  return open === 0 ? (
    <Badge tone="ok">{t("settlement.agrees")}</Badge>
  ) : adjusted ? (
    <Badge tone="ok">{t("settlement.adjusted")}</Badge>
  ) : (
    <Badge tone="warn">{t("settlement.openCount", { count: open })}</Badge>
  );
}

function columnsOf(t: Translate): Column<Row>[] {
  return [
    {
      id: "open",
      header: t("settlement.open"),
      width: "10.5rem",
      cell: (row) => <Result row={row} />,
    },
    {
      id: "received",
      header: t("run.received"),
      width: "9.5rem",
      cell: (row) => <Moment at={row.received} />,
    },
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(9rem, 2fr)",
      cell: (row) => (
        <span className="foreign" title={row.flow}>
          {[row.name || row.key, row.flow].filter((part) => part !== "").join(" · ")}
        </span>
      ),
    },
    {
      id: "left",
      header: t("settlement.leftSum"),
      width: "minmax(10rem, 1fr)",
      align: "end",
      from: 760,
      cell: (row) => <Amounts row={row} of={(total) => total.left.sum} />,
    },
    {
      id: "right",
      header: t("settlement.rightSum"),
      width: "minmax(10rem, 1fr)",
      align: "end",
      from: 900,
      cell: (row) => <Amounts row={row} of={(total) => total.right.sum} />,
    },
    {
      id: "difference",
      header: t("settlement.difference"),
      width: "minmax(9rem, 1fr)",
      align: "end",
      from: 620,
      cell: (row) => <Amounts row={row} of={(total) => total.difference} />,
    },
    {
      id: "status",
      header: t("run.status"),
      width: "8rem",
      from: 1000,
      cell: (row) => {
        const { tone, word } = statusOf(t, row.status);
        return <Badge tone={tone}>{word}</Badge>;
      },
    },
  ];
}

export default function Settlements() {
  const t = useText();
  const [, go] = useLocation();
  const [flow, setFlow] = useUrlState("flow");
  const [key, setKey] = useUrlState("key");
  const [open, setOpen] = useUrlState("open");
  const asked: Record<string, string> = {};
  const wanted = { flow: useDebounced(flow.trim(), 250), key: useDebounced(key.trim(), 250), open };
  for (const [name, value] of Object.entries(wanted)) if (value !== "") asked[name] = value;
  const pages = useSettlements(asked);
  const columns = useMemo(() => columnsOf(t), [t]);
  return (
    <Page fill title={t("nav.settlements")} lead={t("settlement.lead")}>
      <div className="filters">
        <SearchField label={t("settlement.ofFlow")} value={flow} onChange={setFlow} />
        <SearchField label={t("run.findKey")} value={key} onChange={setKey} />
        <Checkbox checked={open !== ""} onChange={(on) => setOpen(on ? "true" : "")}>
          {t("settlement.onlyOpen")}
        </Checkbox>
      </div>
      <Panel flush className="list-panel">
        <ListView
          label={t("nav.settlements")}
          pages={pages}
          columns={columns}
          keyOf={(row) => `${row.run} ${row.step}`}
          onOpen={(row) => go(`/settlements/${row.run}?step=${encodeURIComponent(row.step)}`)}
          filtered={Object.keys(asked).length > 0}
          onClear={() => {
            for (const set of [setFlow, setKey, setOpen]) set("");
          }}
          empty={
            <Empty icon={<Scale size={22} />} title={t("settlement.none")}>
              {t("settlement.noneText")}
            </Empty>
          }
        />
      </Panel>
      <p className="visually-hidden" role="status">
        {pages.loading || pages.error
          ? ""
          : t("settlement.shown", { count: count(pages.items.length) })}
      </p>
    </Page>
  );
}
