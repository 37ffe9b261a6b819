// The desk: whatever waits for a person in one list, and one of it with all that is needed to
// decide it. j and k walk; the details follow.
import { CheckCircle2, Inbox } from "lucide-react";
import { useMemo, useState } from "react";
import { beyond } from "../app/Bulk.tsx";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Checkbox, Select } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { ListNotes } from "../views/ListNotes.tsx";
import { shownColumns, useList, withChosen } from "../views/useList.ts";
import { useViewState } from "../views/useViews.ts";
import { Views } from "../views/Views.tsx";
import { BulkExceptions } from "./BulkExceptions.tsx";
import { type Exception, TYPES, typeTones } from "./exceptions.ts";
import { OneException } from "./OneException.tsx";
import { useCauses, useExceptions } from "./useExceptions.ts";
import "./exceptions.css";
import { FlowName } from "../flows/FlowName.tsx";

const NONE: ReadonlySet<string> = new Set();

function columnsOf(t: Translate): Column<Exception>[] {
  return [
    {
      id: "type",
      header: t("exception.type"),
      width: "8.5rem",
      cell: (one) => <Badge tone={typeTones[one.type]}>{t(`exception.type.${one.type}`)}</Badge>,
    },
    {
      id: "title",
      header: t("exception.what"),
      width: "minmax(9rem, 3fr)",
      prose: true,
      cell: (one) => (
        <span className="foreign" title={one.title}>
          {one.key && <strong className="mono">{one.key}</strong>} {one.title || one.flow}
        </span>
      ),
    },
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(7rem, 1fr)",
      from: 620,
      cell: (one) => (one.flow ? <FlowName flow={one.flow} /> : null),
    },
    {
      id: "since",
      header: t("exception.since"),
      width: "7rem",
      cell: (one) =>
        one.overdue ? (
          <Badge plain tone="err">
            {t("exception.late")}
          </Badge>
        ) : (
          <Moment relative at={one.since} />
        ),
    },
    {
      id: "assignee",
      header: t("exception.assignee"),
      width: "6.5rem",
      from: 720,
      cell: (one) => <span className="foreign">{one.assignee}</span>,
    },
  ];
}

export default function Exceptions() {
  const t = useText();
  const list = useList("exceptions");
  const views = useViewState(list);
  const [type, group, mine] = [list.value("type"), list.value("cause"), list.value("mine")];
  const [chosen, setChosen] = useUrlState("x");
  const pages = useExceptions({ type, group, mine: mine !== "" });
  const causes = useCauses();
  const columns = useMemo(() => columnsOf(t), [t]);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(NONE);
  const next = () => {
    const at = pages.items.findIndex((one) => one.id === chosen);
    setChosen((pages.items[at + 1] ?? pages.items[at - 1])?.id ?? "");
  };
  return (
    <Page
      fill
      title={t("nav.exceptions")}
      lead={pages.total === undefined ? undefined : t("exception.count", { count: pages.total })}
      tools={<Views list={list} state={views} columns={columns} />}
    >
      <div className="filters">
        <Select
          inline
          hideLabel
          label={t("exception.type")}
          value={type}
          onChange={(next) => list.set("type", next)}
          choices={[
            { value: "", label: t("exception.anyType") },
            ...TYPES.map((one) => ({ value: one, label: t(`exception.type.${one}`) })),
          ]}
        />
        {(causes.length > 0 || group !== "") && (
          <Select
            inline
            hideLabel
            label={t("exception.cause")}
            value={group}
            onChange={(next) => list.set("cause", next)}
            choices={withChosen(
              [
                { value: "", label: t("exception.anyCause") },
                ...causes.map((one) => ({
                  value: one.group,
                  label: `${count(one.count)} · ${one.title}`,
                })),
              ],
              group,
            )}
          />
        )}
        <Checkbox checked={mine !== ""} onChange={(on) => list.set("mine", on ? "1" : "")}>
          {t("exception.mine")}
        </Checkbox>
      </div>
      <ListNotes list={list} state={views} />
      {ticked.size > 0 && (
        <BulkExceptions
          ticked={pages.items.filter((one) => ticked.has(one.id))}
          filter={
            mine === ""
              ? { ...(type === "" ? {} : { type }), ...(group === "" ? {} : { group }) }
              : undefined
          }
          beyond={beyond(ticked.size, pages)}
          onClear={() => setTicked(NONE)}
        />
      )}
      <div className={chosen ? "desk desk-open" : "desk"}>
        <Panel flush className="list-panel">
          <ListView
            label={t("nav.exceptions")}
            pages={pages}
            columns={shownColumns(list, columns)}
            ticked={ticked}
            onTick={setTicked}
            tickLabel={t("exception.tickAll")}
            keyOf={(one) => one.id}
            current={chosen}
            onCurrent={(one) => setChosen(one.id)}
            toneOf={(one) => (one.overdue ? "err" : undefined)}
            filtered={type !== "" || group !== "" || mine !== ""}
            onClear={list.clear}
            empty={
              <Empty icon={<CheckCircle2 size={22} />} title={t("exception.none")}>
                {t("exception.noneText")}
              </Empty>
            }
          />
        </Panel>
        {pages.items.length + chosen.length > 0 && (
          <Panel className="desk-one" title={t("exception.details")}>
            {chosen === "" ? (
              <Empty icon={<Inbox size={22} />} title={t("exception.choose")}>
                {t("exception.chooseText")}
              </Empty>
            ) : (
              <OneException key={chosen} id={chosen} onDone={next} />
            )}
          </Panel>
        )}
      </div>
    </Page>
  );
}
