// Home: how things stand, and what needs somebody.
import { ArrowRight, CheckCircle2, Monitor, Workflow } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { type Pages, usePages } from "../api/pages.ts";
import { useCan, useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { useUrlState } from "../app/url.ts";
import { FlowName } from "../flows/FlowName.tsx";
import { type Flow, failedShare, failingPolls } from "../flows/flows.ts";
import { useBeginnings } from "../flows/useBeginnings.tsx";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { type Deployment, useDeployments } from "../releases/queries.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Monitoring } from "./Monitoring.tsx";
import { sumsOf, troubled } from "./sums.ts";
import { Tile } from "./Tile.tsx";
import "./dashboard.css";

const Wall = lazy(() => import("./Wall.tsx"));

/** watched: what is under way now stands in tiles of its own. */
function Tiles({ flows, watched }: { flows: readonly Flow[]; watched: boolean }) {
  const t = useText();
  const sums = sumsOf(flows);
  return (
    <>
      <Tile label={t("home.runs")} value={count(sums.runs)} href="/runs?period=d" />
      <Tile
        label={t("home.failed")}
        value={count(sums.failed)}
        href="/runs?status=failed&period=d"
        {...(sums.failed > 0 ? { tone: "err" } : {})}
        note={
          sums.runs > 0 &&
          t("home.share", {
            share: ((sums.failed / sums.runs) * 100).toFixed(sums.failed > 0 ? 2 : 0),
          })
        }
      />
      {!watched && (
        <Tile
          label={t("home.unfinished")}
          value={count(sums.unfinished)}
          href="/runs?status=waiting"
        />
      )}
      <Tile
        label={t("home.flows")}
        value={count(sums.working)}
        href="/flows"
        {...(sums.paused > 0 ? { tone: "warn" } : {})}
        note={sums.paused > 0 && t("home.paused", { count: sums.paused })}
      />
    </>
  );
}

/** Versions that wait for this person's word. */
function useToApprove(): Deployment[] {
  const enabled = useCan("deploy.approve");
  const { items } = useDeployments("", "asked", { enabled });
  return enabled ? items.filter((one) => one.can?.includes("approve")) : [];
}

function Troubled({ flows }: { flows: readonly Flow[] }) {
  const t = useText();
  const list = troubled(flows);
  const asked = useToApprove();
  return (
    <Panel title={t("home.attention")} count={list.length + asked.length || undefined} flush>
      {list.length + asked.length === 0 ? (
        <p className="home-calm">
          <CheckCircle2 size={16} aria-hidden="true" />
          {t("home.calm")}
        </p>
      ) : (
        <ul className="home-list">
          {asked.map((one) => (
            <li key={one.deployment}>
              <Link href="/environments">
                <span className="home-name">
                  <strong className="truncate">
                    <FlowName flow={one.flow} />
                  </strong>
                  <Badge plain tone="wait">
                    {t("canvas.publish.asked", {
                      number: one.number ?? one.version.slice(0, 8),
                      where: one.environment,
                    })}
                  </Badge>
                </span>
                <span className="muted foreign">
                  {one.by} <Moment relative at={one.at} />
                </span>
                <ArrowRight size={15} aria-hidden="true" />
              </Link>
            </li>
          ))}
          {list.map((flow) => (
            <li key={flow.flow}>
              <Link
                href={
                  (flow.health?.failed ?? 0) > 0
                    ? `/runs?status=failed&period=d&flow=${encodeURIComponent(flow.flow)}`
                    : `/flows/${flow.flow}`
                }
              >
                <span className="home-name">
                  <strong className="truncate foreign">{flow.name}</strong>
                  {(flow.health?.failed ?? 0) > 0 && (
                    <Badge plain tone={(failedShare(flow) ?? 0) >= 0.05 ? "err" : "warn"}>
                      {t("home.failedOf", {
                        failed: count(flow.health?.failed ?? 0),
                        runs: count(flow.health?.runs ?? 0),
                      })}
                    </Badge>
                  )}
                  {failingPolls(flow).map((poll) => (
                    <Badge key={poll.trigger} plain tone="err" title={poll.text}>
                      {t("home.nothingIn")} <Moment at={poll.since} />
                    </Badge>
                  ))}
                  {failingPolls(flow).map((poll) => (
                    <span key={poll.trigger} className="home-why muted foreign">
                      {poll.text}
                    </span>
                  ))}
                </span>
                <span className="muted">
                  {t("flow.last")} <Moment relative at={flow.health?.last_run?.received_at} />
                </span>
                <ArrowRight size={15} aria-hidden="true" />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Nothing to watch yet: how to begin. */
function First() {
  const t = useText();
  const { acts, parts } = useBeginnings();
  return (
    <Panel>
      <Empty icon={<Workflow size={22} />} title={t("home.first")} acts={acts}>
        {t("flow.noneText")}
      </Empty>
      {parts}
    </Panel>
  );
}

function Content({ pages }: { pages: Pages<Flow> }) {
  const t = useText();
  const mayWatch = useCan("alerts.read");
  if (pages.loading) return <Skeleton label={t("state.loading")} lines={8} />;
  if (pages.error !== undefined && pages.items.length === 0) {
    const failed = <ErrorBox error={pages.error} onAgain={pages.again} />;
    return mayWatch ? <Monitoring tiles={null} attention={failed} /> : failed;
  }
  if (pages.items.length === 0) {
    return <First />;
  }
  const tiles = <Tiles flows={pages.items} watched={mayWatch} />;
  const attention = <Troubled flows={pages.items} />;
  return mayWatch ? (
    <Monitoring tiles={tiles} attention={attention} />
  ) : (
    <>
      <div className="tiles">{tiles}</div>
      {attention}
    </>
  );
}

export default function Home() {
  const t = useText();
  const [wall, setWall] = useUrlState("wall");
  const mayWatch = useCan("alerts.read");
  if (wall !== "" && mayWatch) {
    return (
      <Suspense fallback={<Skeleton label={t("state.loading")} lines={8} />}>
        <Wall onLeave={() => setWall("")} />
      </Suspense>
    );
  }
  return (
    <Desk
      tools={
        mayWatch && (
          <Button icon={<Monitor size={15} />} onPress={() => setWall("1")}>
            {t("wall.show")}
          </Button>
        )
      }
    />
  );
}

function Desk({ tools }: { tools: ReactNode }) {
  const t = useText();
  const name = useSession((session) => session.name);
  const may = useCan("flows.read");
  useLiveRefresh(["run", "deployment"], "flows");
  const pages = usePages(
    ["flows", "home"],
    (cursor, signal) =>
      got(
        client.GET("/flows", {
          params: { query: { limit: 1000, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    { every: 15_000, enabled: may },
  );
  return (
    <Page title={t("home.title", { name })} lead={t("home.lead")} tools={tools}>
      {may ? (
        <Content pages={pages} />
      ) : (
        <p className="muted">{t("may.not", { permission: "flows.read" })}</p>
      )}
    </Page>
  );
}
