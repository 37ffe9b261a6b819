// How things stand now, and how they went: counts, amounts, throughput, latency, connections.
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { useUrlState } from "../app/url.ts";
import { ConnectionState } from "../connections/ConnectionState.tsx";
import { count, span } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import type { PlotLine } from "../ui/Plot.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Money } from "./Money.tsx";
import { EVERY_MS, type Overview, useOverview } from "./overview.ts";
import { Tile } from "./Tile.tsx";
import { type Live, liveLabel, useLives, WentLive } from "./WentLive.tsx";

const FlowHours = lazy(() => import("./FlowHours.tsx"));
const Plot = lazy(() => import("../ui/Plot.tsx"));
type Series = components["schemas"]["Series"];

const OF_RUNS =
  "runs.succeeded,runs.failed,latency.p50,latency.p95,latency.p99,runs.queued,runs.running";
const OF_CONNECTIONS = "connection.down";
const HOURS: Record<string, number> = { h: 1, d: 24, w: 168, m: 720 };

function useSeries(period: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery<Series>({
    queryKey: [workspace, "monitoring", "series", period],
    refetchInterval: 4 * EVERY_MS,
    placeholderData: (before) => before,
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const to = new Date(now).toISOString();
      const from = new Date(now - (HOURS[period] ?? 24) * 3_600_000).toISOString();
      // Of runs and of connections are asked one by one, over the same time.
      const [runs, connections] = await Promise.all(
        [OF_RUNS, OF_CONNECTIONS].map((metrics) =>
          got(client.GET("/series", { params: { query: { metrics, from, to } }, signal })),
        ),
      );
      return {
        ...(runs as Series),
        series: [runs, connections].flatMap((one) => one?.series ?? []),
      };
    },
  });
}

function Now({ overview }: { overview: Overview }) {
  const t = useText();
  const waits = Object.values(overview.exceptions).reduce((sum, one) => sum + one, 0);
  const firing = overview.alerts.firing ?? 0;
  const mark = overview.incomplete ? "+" : "";
  return (
    <>
      <Tile
        label={t("monitor.running")}
        value={count(overview.running)}
        href="/runs?status=active"
        note={overview.queued > 0 && t("monitor.queued", { count: overview.queued })}
      />
      <Tile
        label={t("monitor.waiting")}
        value={count(overview.waiting)}
        href="/runs?status=waiting"
      />
      <Tile
        label={t("monitor.exceptions")}
        value={count(waits) + mark}
        href="/exceptions"
        {...(waits > 0 ? { tone: "warn" } : {})}
        note={
          overview.oldest_exception_at && (
            <>
              {t("monitor.oldest")} <Moment relative at={overview.oldest_exception_at} />
            </>
          )
        }
      />
      <Tile
        label={t("monitor.alerts")}
        value={count(firing)}
        href="/alerts"
        {...(firing > 0 ? { tone: "err" } : {})}
      />
    </>
  );
}

function Unwell({ connections }: { connections: Overview["connections"] }) {
  const t = useText();
  if (connections.length === 0) return null;
  return (
    <Panel title={t("monitor.connections")} count={connections.length}>
      <ul className="plain-list">
        {connections.map((one) => (
          <li key={one.connection}>
            <Link
              href={`/connections?c=${encodeURIComponent(one.connection)}`}
              className="mono foreign"
            >
              {one.connection}
            </Link>{" "}
            <ConnectionState plain connection={one} /> <span className="foreign">{one.text}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function useLines(series: Series) {
  const t = useText();
  return useMemo(() => {
    const of = (metric: string, label: string, colour: string): PlotLine => ({
      label,
      colour,
      values: series.series.find((one) => one.metric === metric)?.values ?? [],
    });
    return {
      throughput: [
        of("runs.succeeded", t("run.status.succeeded"), "ok"),
        of("runs.failed", t("run.status.failed"), "err"),
      ],
      latency: [
        of("latency.p50", t("monitor.p50"), "ok"),
        of("latency.p95", t("monitor.p95"), "info"),
        of("latency.p99", t("monitor.p99"), "err"),
      ],
      load: [
        of("runs.running", t("monitor.running"), "info"),
        of("runs.queued", t("monitor.queue"), "warn"),
      ],
      health: [of("connection.down", t("monitor.down"), "err")],
    };
  }, [series, t]);
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

function Plots({ series, lives }: { series: Series; lives: readonly Live[] }) {
  const t = useText();
  const lines = useLines(series);
  const marks = useMemo(
    () =>
      lives.map(({ deployment, at }) => ({
        at: at.getTime() / 1000,
        label: liveLabel(deployment),
      })),
    [lives],
  );
  const plots = [
    { id: "throughput", write: count },
    { id: "latency", write: span },
    { id: "load", write: count },
    { id: "health", write: percent },
  ] as const;
  return (
    <div className="plots">
      {plots.map(({ id, write }) => (
        <Panel key={id} title={t(`monitor.${id}`)}>
          <Suspense fallback={<Skeleton label={t("state.loading")} lines={5} />}>
            <Plot
              label={t(`monitor.${id}`)}
              times={series.times}
              lines={lines[id]}
              write={write}
              marks={marks}
              whole={write !== percent}
            />
          </Suspense>
        </Panel>
      ))}
    </div>
  );
}

/** tiles: what stands beside the numbers of now. */
export function Monitoring({ tiles, attention }: { tiles: ReactNode; attention: ReactNode }) {
  const t = useText();
  const overview = useOverview();
  const [period, setPeriod] = useUrlState("period", "d");
  const series = useSeries(period);
  const lives = useLives(series.data?.times[0]);
  return (
    <>
      {overview.error && (
        <ErrorBox error={overview.error} onAgain={() => void overview.refetch()} />
      )}
      <div className="tiles">
        {tiles}
        {overview.data && <Now overview={overview.data} />}
      </div>
      <Money />
      {attention}
      {overview.data && <Unwell connections={overview.data.connections} />}
      <div className="filters">
        <Select
          inline
          hideLabel
          label={t("run.period")}
          value={period}
          onChange={setPeriod}
          choices={Object.keys(HOURS).map((name) => ({
            value: name,
            label: t(`run.period.${name as "d"}`),
          }))}
        />
      </div>
      {series.error && <ErrorBox error={series.error} onAgain={() => void series.refetch()} />}
      {series.isPending && <Skeleton label={t("state.loading")} lines={8} />}
      <WentLive lives={lives} />
      {series.data && <Plots series={series.data} lives={lives} />}
      <Suspense fallback={null}>
        <FlowHours />
      </Suspense>
    </>
  );
}
