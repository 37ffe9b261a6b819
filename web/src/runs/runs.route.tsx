// All runs, the newest first, by what people look for: a business key, a state, a time, an error.
import { ActivitySquare } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { beyond } from "../app/Bulk.tsx";
import { ListView } from "../app/ListView.tsx";
import { count, span } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { useEnvironmentNames } from "../releases/queries.ts";
import { Badge } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { type Choice, SearchField, Select } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { ListNotes } from "../views/ListNotes.tsx";
import { PERIODS, RUN_STATUSES } from "../views/lists.ts";
import { type List, shownColumns, useList, withChosen } from "../views/useList.ts";
import { useViewState } from "../views/useViews.ts";
import { Views } from "../views/Views.tsx";
import { BulkRuns } from "./BulkRuns.tsx";
import { periodStart, type Run, runTones } from "./runs.ts";
import "./runs.css";
import { FlowName, useFlowChoices } from "../flows/FlowName.tsx";

const NONE: ReadonlySet<string> = new Set();
const ASKED = ["key", "find", "error", "status", "flow", "environment"] as const;

function columnsOf(t: Translate): Column<Run>[] {
  return [
    {
      id: "status",
      header: t("run.status"),
      width: "8rem",
      cell: (run) => <Badge tone={runTones[run.status]}>{t(`run.status.${run.status}`)}</Badge>,
    },
    {
      id: "received",
      header: t("run.received"),
      width: "9.5rem",
      cell: (run) => <Moment at={run.received_at} />,
    },
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(9rem, 1.4fr)",
      cell: (run) => <FlowName flow={run.flow} />,
    },
    {
      id: "key",
      header: t("run.key"),
      width: "minmax(8rem, 1.2fr)",
      cell: (run) =>
        run.dedupe ? (
          <span className="mono foreign" title={run.dedupe}>
            {run.dedupe}
          </span>
        ) : (
          <span className="muted mono">{run.run}</span>
        ),
    },
    {
      id: "order",
      header: t("run.order"),
      width: "minmax(6rem, 0.8fr)",
      from: 900,
      cell: (run) =>
        run.order_key && run.order_key !== run.dedupe ? (
          <span className="mono foreign" title={run.order_key}>
            {run.order_key}
          </span>
        ) : null,
    },
    {
      id: "took",
      header: t("run.took"),
      width: "7rem",
      align: "end",
      from: 620,
      cell: (run) => (run.took_ms === undefined ? "–" : span(run.took_ms)),
    },
    {
      id: "error",
      header: t("run.error"),
      width: "minmax(10rem, 3fr)",
      from: 760,
      cell: (run) =>
        run.error ? (
          <span className="foreign" title={run.error.text}>
            {run.error.text}
          </span>
        ) : null,
    },
    {
      id: "environment",
      header: t("run.environment"),
      width: "7.5rem",
      from: 1000,
      cell: (run) => <span className="muted foreign">{run.environment}</span>,
    },
  ];
}

/** The runs that the filters find, and the filters as the program takes them, for acts on all of those. */
function useRuns(filters: Record<string, string>, period: string) {
  // The period's beginning moves with each reading of the list, not with each page of it.
  const from = useRef<string>(undefined);
  const asked = () => ({
    ...Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== "")),
    ...(from.current === undefined ? {} : { received_from: from.current }),
  });
  const pages = usePages(["runs", filters, period], (cursor, signal) => {
    if (cursor === undefined) from.current = periodStart(period, new Date());
    const query = { limit: 100, ...asked(), ...(cursor === undefined ? {} : { cursor }) };
    return got(client.GET("/runs", { params: { query }, signal }));
  });
  return { pages, asked: asked() };
}

function RunFilters({ list, mayRead }: { list: List<"runs">; mayRead: boolean }) {
  const t = useText();
  const { value, set } = list;
  const environments = useEnvironmentNames();
  const search = (name: "key" | "find" | "error", label: string) => (
    <SearchField label={label} value={value(name)} onChange={(next) => set(name, next)} />
  );
  const select = (
    name: "status" | "period" | "flow" | "environment",
    label: string,
    any: string,
    choices: Choice[],
  ) => (
    <Select
      inline
      hideLabel
      label={label}
      value={value(name)}
      onChange={(next) => set(name, next)}
      choices={withChosen([{ value: "", label: any }, ...choices], value(name))}
    />
  );
  return (
    <div className="filters">
      {search("key", t("run.findRun"))}
      {mayRead && search("find", t("run.findInput"))}
      {search("error", t("run.findError"))}
      {select(
        "status",
        t("run.status"),
        t("run.anyStatus"),
        RUN_STATUSES.map((name) => ({ value: name, label: t(`run.status.${name}`) })),
      )}
      {select(
        "period",
        t("run.period"),
        t("run.anyTime"),
        PERIODS.map((name) => ({ value: name, label: t(`run.period.${name}`) })),
      )}
      {select("flow", t("flow.flow"), t("run.anyFlow"), useFlowChoices())}
      {select(
        "environment",
        t("run.environment"),
        t("run.anyEnvironment"),
        environments.map((name) => ({ value: name, label: name })),
      )}
    </div>
  );
}

export default function Runs() {
  const t = useText();
  const [, go] = useLocation();
  const list = useList("runs");
  const views = useViewState(list);
  const mayRead = useCan("payloads.read");
  const { value } = list;
  const words = {
    key: useDebounced(value("key").trim(), 250),
    find: useDebounced(mayRead ? value("find").trim() : "", 250),
    error: useDebounced(value("error").trim(), 250),
  };
  const given: Record<string, string> = { ...list.values, ...words };
  const filters = Object.fromEntries(ASKED.map((name) => [name, given[name] ?? ""]));
  const { pages, asked } = useRuns(filters, value("period"));
  useLiveRefresh(["run"], "runs");
  const columns = useMemo(() => columnsOf(t), [t]);
  const [current, setCurrent] = useState<string | undefined>();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(NONE);
  return (
    <Page
      fill
      title={t("nav.runs")}
      lead={pages.total === undefined ? undefined : t("run.count", { count: pages.total })}
      tools={<Views list={list} state={views} columns={columns} />}
    >
      <RunFilters list={list} mayRead={mayRead} />
      <ListNotes
        list={list}
        state={views}
        offer={
          words.key === "" || !mayRead || pages.loading || pages.items.length > 0
            ? undefined
            : {
                text: t("run.noKey", { word: words.key }),
                act: t("run.findInput"),
                onAct: () => {
                  list.set("key", "");
                  list.set("find", words.key);
                },
              }
        }
        refused={mayRead || value("find") === "" ? undefined : t("run.findNot")}
      />
      {ticked.size > 0 && (
        <BulkRuns
          ticked={ticked}
          filter={asked}
          beyond={beyond(ticked.size, pages)}
          onClear={() => setTicked(NONE)}
        />
      )}
      <Panel flush className="list-panel">
        <ListView
          label={t("nav.runs")}
          pages={pages}
          ticked={ticked}
          onTick={setTicked}
          tickLabel={t("run.tickAll")}
          columns={shownColumns(list, columns)}
          keyOf={(run) => run.run}
          current={current}
          onCurrent={(run) => setCurrent(run.run)}
          onOpen={(run) => go(`/runs/${run.run}`)}
          filtered={value("period") !== "" || Object.values(filters).some((one) => one !== "")}
          onClear={list.clear}
          empty={
            <Empty icon={<ActivitySquare size={22} />} title={t("run.none")}>
              {t("run.noneText")}
            </Empty>
          }
        />
      </Panel>
      <p className="visually-hidden" role="status">
        {pages.loading || pages.error ? "" : t("run.shown", { count: count(pages.items.length) })}
      </p>
    </Page>
  );
}
