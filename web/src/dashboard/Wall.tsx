// The dashboard for a screen on the wall: what can be read from three metres, without a hand at it. It
// says so itself when what it shows is old.
import { useQuery } from "@tanstack/react-query";
import { Minimize2, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { client, got } from "../api/client.ts";
import { useLive } from "../api/events.ts";
import { useSession } from "../api/session.ts";
import { ConnectionState } from "../connections/ConnectionState.tsx";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import FlowHours from "./FlowHours.tsx";
import { Money } from "./Money.tsx";
import { EVERY_MS, type Overview, useOverview } from "./overview.ts";
import { Tile } from "./Tile.tsx";

const OLD_MS = 3 * EVERY_MS;
const SHOWN = 6;
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

/** What is around it is not there for keys either, as long as it covers it. */
function useAlone(): void {
  useEffect(() => {
    const rest = document.querySelectorAll<HTMLElement>(".frame > :not(main)");
    for (const one of rest) one.inert = true;
    return () => {
      for (const one of rest) one.inert = false;
    };
  }, []);
}

/** Now, by the second. */
function useClock(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function useFiring() {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "monitoring", "firing"],
    refetchInterval: EVERY_MS,
    queryFn: ({ signal }) => {
      const query = { state: "firing", limit: SHOWN } as const;
      return got(client.GET("/alerts", { params: { query }, signal }));
    },
  }).data?.items;
}

function Numbers({ overview }: { overview: Overview }) {
  const t = useText();
  const { today, exceptions, oldest_exception_at: oldest } = overview;
  const waits = Object.values(exceptions).reduce((sum, one) => sum + one, 0);
  const firing = overview.alerts.firing ?? 0;
  return (
    <div className="wall-tiles">
      <Tile still label={t("wall.succeeded")} value={count(today.succeeded ?? 0)} />
      <Tile
        still
        label={t("wall.failed")}
        value={count(today.failed ?? 0)}
        {...((today.failed ?? 0) > 0 ? { tone: "err" } : {})}
      />
      <Tile
        still
        label={t("monitor.running")}
        value={count(overview.running)}
        note={overview.queued > 0 && t("monitor.queued", { count: overview.queued })}
      />
      <Tile still label={t("monitor.waiting")} value={count(overview.waiting)} />
      <Tile
        still
        label={t("monitor.exceptions")}
        value={count(waits) + (overview.incomplete ? "+" : "")}
        {...(waits > 0 ? { tone: "warn" } : {})}
        note={
          oldest && (
            <>
              {t("monitor.oldest")} <Moment relative at={oldest} />
            </>
          )
        }
      />
      <Tile
        still
        label={t("monitor.alerts")}
        value={count(firing)}
        {...(firing > 0 ? { tone: "err" } : {})}
      />
    </div>
  );
}

function Wrong({ overview }: { overview: Overview }) {
  const t = useText();
  const firing = useFiring() ?? [];
  const { connections } = overview;
  return (
    <Panel title={t("home.attention")}>
      {firing.length + connections.length === 0 ? (
        <p>{t("wall.calm")}</p>
      ) : (
        <ul className="plain-list wall-list">
          {connections.slice(0, SHOWN).map((one) => (
            <li key={one.connection}>
              <ConnectionState plain connection={one} />{" "}
              <span className="foreign">{one.connection}</span>
            </li>
          ))}
          {firing.map((one) => (
            <li key={one.alert}>
              <Badge plain tone={one.severity === "critical" ? "err" : "warn"}>
                {t("wall.alert")}
              </Badge>{" "}
              <span className="foreign">{one.text}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

export default function Wall({ onLeave }: { onLeave: () => void }) {
  const t = useText();
  const now = useClock();
  const live = useLive((one) => one.state);
  const workspace = useSession((session) => session.workspace);
  const { data, dataUpdatedAt } = useOverview();
  const isOld = dataUpdatedAt > 0 && now - dataUpdatedAt > OLD_MS;
  useAlone();
  useEffect(() => {
    document.title = `${t("wall.title", { workspace: workspace ?? "" })} · Weft`;
  }, [t, workspace]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !useSession.getState().ended) onLeave();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onLeave]);
  return (
    <div className="wall">
      <header className="wall-head">
        <h1 className="foreign">{t("wall.title", { workspace: workspace ?? "" })}</h1>
        <span role="status" className={isOld || live === "broken" ? "wall-old" : "muted"}>
          {(isOld || live === "broken") && <TriangleAlert size="1em" aria-hidden="true" />}
          {isOld
            ? t("wall.old", { at: clock.format(dataUpdatedAt) })
            : t(live === "open" ? "live.on" : "live.off")}
        </span>
        <time className="wall-clock num">{clock.format(now)}</time>
        <Button
          look="quiet"
          icon={<Minimize2 size={18} />}
          label={t("wall.leave")}
          onPress={onLeave}
        />
      </header>
      {data && <Numbers overview={data} />}
      <div className="wall-rest">
        <div className="wall-part">
          <Money />
          <FlowHours still />
        </div>
        <div className="wall-part">{data && <Wrong overview={data} />}</div>
      </div>
    </div>
  );
}
