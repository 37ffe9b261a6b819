// A table of flows by hours: how much each ran, and what of it failed. A failure is a number, not a
// colour alone.
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { FlowName } from "../flows/FlowName.tsx";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { cx } from "../ui/cx.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Panel } from "../ui/Panel.tsx";
import { flowHoursOf, type Hour, type FlowHours as Row, strengthOf } from "./hours.ts";

const MOST = 12;
const HOUR_MS = 3_600_000;
const EVERY_MS = 60_000;
const LABEL_EACH = 3;

function useFlowHours() {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "monitoring", "hours"],
    refetchInterval: EVERY_MS,
    queryFn: ({ signal }) => {
      const to = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
      const [from_, to_] = [to - 24 * HOUR_MS, to].map((at) => new Date(at).toISOString());
      const query = { metrics: "runs.succeeded,runs.failed", by: "flow", step: "1h" } as const;
      const asked = { ...query, ...(from_ && to_ ? { from: from_, to: to_ } : {}) };
      return got(client.GET("/series", { params: { query: asked }, signal }));
    },
  });
}

const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const hourOf = (time: number) => hours.format(time * 1000);

function Cell({ hour, time, most }: { hour: Hour; time: number; most: number }) {
  const t = useText();
  const { runs, failed } = hour;
  const words =
    runs === 0
      ? t("monitor.hourNone", { hour: hourOf(time) })
      : t("monitor.hour", { hour: hourOf(time), failed: count(failed), runs: count(runs) });
  const share = `${Math.round(strengthOf(hour, most) * 100)}%`;
  return (
    <td title={words} className={cx(runs > 0 && (failed > 0 ? "hour-err" : "hour-ok"))}>
      <span className="hour-tint" style={{ opacity: share }} aria-hidden="true" />
      <span className="hour-count num" aria-hidden="true">
        {failed > 0 && count(failed)}
      </span>
      <span className="visually-hidden">{words}</span>
    </td>
  );
}

function Rows({ rows, times, still }: { rows: Row[]; times: number[]; still: boolean }) {
  const most = Math.max(...rows.flatMap((row) => row.hours.map((hour) => hour.runs)));
  return rows.map((row) => (
    <tr key={row.flow}>
      <th scope="row">
        {still ? (
          <FlowName flow={row.flow} />
        ) : (
          <Link href={`/runs?period=d&flow=${encodeURIComponent(row.flow)}`}>
            <FlowName flow={row.flow} />
          </Link>
        )}
      </th>
      {row.hours.map((hour, at) => (
        <Cell key={times[at]} hour={hour} time={times[at] ?? 0} most={most} />
      ))}
    </tr>
  ));
}

/** still: to be looked at only. */
export default function FlowHours({ still = false }: { still?: boolean }) {
  const t = useText();
  const { data, error, refetch } = useFlowHours();
  if (error) return <ErrorBox small error={error} onAgain={() => void refetch()} />;
  const all = data ? flowHoursOf(data) : [];
  if (!data || all.length === 0) return null;
  return (
    <Panel title={t("monitor.hours")}>
      <div className="hours-box">
        <table className="hours">
          <thead>
            <tr>
              <th scope="col">{t("monitor.hoursFlow")}</th>
              {data.times.map((time, at) => (
                <th key={time} scope="col" className="num">
                  <span className={at % LABEL_EACH === 0 ? undefined : "visually-hidden"}>
                    {hourOf(time)}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Rows rows={all.slice(0, MOST)} times={data.times} still={still} />
          </tbody>
        </table>
      </div>
      {all.length > MOST && (
        <p className="muted">{t("monitor.hoursMore", { count: all.length - MOST })}</p>
      )}
    </Panel>
  );
}
