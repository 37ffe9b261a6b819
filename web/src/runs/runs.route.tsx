// All runs, the newest first, by what people look for: a business key, a state, a time, an error.
import { ActivitySquare } from "lucide-react";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { beyond } from "../app/Bulk.tsx";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { count, span } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { type Choice, SearchField, Select } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { BulkRuns } from "./BulkRuns.tsx";
import { periodStart, type Run, runTones } from "./runs.ts";
import "./runs.css";
import { FlowName, useFlowChoices } from "../flows/FlowName.tsx";

const STATUSES = ["failed", "in_doubt", "waiting", "active", "succeeded", "cancelled"] as const;
const NONE: ReadonlySet<string> = new Set();
const PERIODS = ["h", "d", "w", "m"] as const;

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

interface Filters {
  key: string;
  find: string;
  error: string;
  status: string;
  period: string;
  flow: string;
  environment: string;
}

/** The filters as the program takes them, for the list and for acts on all that it finds. */
function useAsked(filters: Filters): Record<string, string> {
  // The period's beginning moves with the list's reading, not with each page of it.
  const from = useMemo(() => periodStart(filters.period, new Date()), [filters.period]);
  const asked: Record<string, string> = {};
  for (const name of ["key", "find", "error", "status", "flow", "environment"] as const) {
    if (filters[name] !== "") asked[name] = filters[name];
  }
  if (from !== undefined) asked.received_from = from;
  return asked;
}

function useRuns(asked: Record<string, string>) {
  return usePages(["runs", asked], (cursor, signal) => {
    const query = { limit: 100, ...asked, ...(cursor === undefined ? {} : { cursor }) };
    return got(client.GET("/runs", { params: { query }, signal }));
  });
}

export default function Runs() {
  const t = useText();
  const [, go] = useLocation();
  const [key, setKey] = useUrlState("key");
  const [find, setFind] = useUrlState("find");
  const [error, setError] = useUrlState("error");
  const mayRead = useCan("payloads.read");
  const [status, setStatus] = useUrlState("status");
  const [period, setPeriod] = useUrlState("period");
  const [flow, setFlow] = useUrlState("flow");
  const [environment, setEnvironment] = useUrlState("environment");
  const filters = {
    key: useDebounced(key.trim(), 250),
    find: useDebounced(mayRead ? find.trim() : "", 250),
    error: useDebounced(error.trim(), 250),
    status,
    period,
    flow,
    environment,
  };
  const asked = useAsked(filters);
  const pages = useRuns(asked);
  useLiveRefresh(["run"], "runs");
  const columns = useMemo(() => columnsOf(t), [t]);
  const [current, setCurrent] = useState<string | undefined>();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(NONE);
  const clear = () => {
    for (const set of [setKey, setFind, setError, setStatus, setPeriod, setFlow, setEnvironment]) {
      set("");
    }
  };
  const any = (
    label: string,
    names: readonly string[],
    word: (name: string) => string,
  ): Choice[] => [
    { value: "", label },
    ...names.map((name) => ({ value: name, label: word(name) })),
  ];
  return (
    <Page
      fill
      title={t("nav.runs")}
      lead={pages.total === undefined ? undefined : t("run.count", { count: pages.total })}
    >
      <div className="filters">
        <SearchField label={t("run.findRun")} value={key} onChange={setKey} />
        {mayRead && <SearchField label={t("run.findInput")} value={find} onChange={setFind} />}
        <SearchField label={t("run.findError")} value={error} onChange={setError} />
        <Select
          inline
          hideLabel
          label={t("run.status")}
          value={status}
          onChange={setStatus}
          choices={any(t("run.anyStatus"), STATUSES, (name) =>
            t(`run.status.${name as Run["status"]}`),
          )}
        />
        <Select
          inline
          hideLabel
          label={t("run.period")}
          value={period}
          onChange={setPeriod}
          choices={any(t("run.anyTime"), PERIODS, (name) => t(`run.period.${name as "d"}`))}
        />
        <Select
          inline
          hideLabel
          label={t("flow.flow")}
          value={flow}
          onChange={setFlow}
          choices={[{ value: "", label: t("run.anyFlow") }, ...useFlowChoices()]}
        />
        <Select
          inline
          hideLabel
          label={t("run.environment")}
          value={environment}
          onChange={setEnvironment}
          choices={any(t("run.anyEnvironment"), ["production", "sandbox"], (name) => name)}
        />
      </div>
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
          columns={columns}
          keyOf={(run) => run.run}
          current={current}
          onCurrent={(run) => setCurrent(run.run)}
          onOpen={(run) => go(`/runs/${run.run}`)}
          filtered={Object.values(filters).some((value) => value !== "")}
          onClear={clear}
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
