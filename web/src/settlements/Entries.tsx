// The entries of a settlement, in windows: only what is looked at comes from the program.
import { CheckCircle2 } from "lucide-react";
import { useMemo } from "react";
import { ListView } from "../app/ListView.tsx";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { classTones, type Entry, nameOf, type Settlement, sumOf } from "./settlements.ts";
import { useEntries, type Wanted } from "./useSettlements.ts";
import { className, differenceOf, sideNames } from "./words.ts";

function columnsOf(t: Translate, one: Settlement): Column<Entry>[] {
  const sides = sideNames(t, one);
  const amount = (id: string, header: string, of: (entry: Entry) => string, from: number) => ({
    id,
    header: <span className="foreign">{header}</span>,
    width: "minmax(7rem, 1fr)",
    align: "end" as const,
    from,
    cell: (entry: Entry) => <span className="num foreign">{of(entry)}</span>,
  });
  return [
    {
      id: "class",
      header: t("settlement.class"),
      width: "minmax(8.5rem, 2.3fr)",
      cell: (entry) => <Badge tone={classTones[entry.kind]}>{className(t, entry.kind, one)}</Badge>,
    },
    {
      id: "name",
      header: t("settlement.key"),
      width: "minmax(7rem, 2fr)",
      cell: (entry) => <span className="mono foreign">{nameOf(entry, one.passes)}</span>,
    },
    amount("left", sides.left, (entry) => sumOf(entry, "left"), 620),
    amount("right", sides.right, (entry) => sumOf(entry, "right"), 620),
    amount("difference", t("settlement.difference"), (entry) => differenceOf(entry), 0),
    {
      id: "currency",
      header: t("settlement.currency"),
      width: "4.5rem",
      from: 720,
      cell: (entry) => <span className="muted foreign">{entry.currency}</span>,
    },
  ];
}

export function Entries(props: {
  one: Settlement;
  asked: Wanted;
  current: string | undefined;
  onCurrent: (entry: Entry) => void;
  onClear: () => void;
}) {
  const t = useText();
  const { one, asked } = props;
  const pages = useEntries(one.run, asked);
  const columns = useMemo(() => columnsOf(t, one), [t, one]);
  return (
    <>
      <ListView
        label={t("settlement.entries")}
        pages={pages}
        columns={columns}
        keyOf={(entry) => entry.id}
        current={props.current}
        onCurrent={props.onCurrent}
        filtered={asked.find !== "" || asked.kind !== "open"}
        onClear={props.onClear}
        empty={
          <Empty icon={<CheckCircle2 size={22} />} title={t("settlement.agrees")}>
            {t("settlement.agreesText")}
          </Empty>
        }
      />
      <p className="visually-hidden" role="status">
        {pages.loading ? "" : t("settlement.found", { count: count(pages.total ?? 0) })}
      </p>
    </>
  );
}
