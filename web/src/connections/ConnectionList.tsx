import { useQueryClient } from "@tanstack/react-query";
import { Cable, Play } from "lucide-react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { count } from "../i18n/format.ts";
import { isTextKey, type Translate, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";

type Connection = components["schemas"]["ConnectionState"];

const tones: Record<string, Tone> = { open: "ok", broken: "warn", halted: "err" };

function State({ connection }: { connection: Connection }) {
  const t = useText();
  const key = `connection.state.${connection.state}`;
  return (
    <Badge tone={tones[connection.state] ?? "neutral"}>
      {isTextKey(key) ? t(key) : connection.state}
    </Badge>
  );
}

function Why({ connection }: { connection: Connection }) {
  const t = useText();
  if (!connection.text && !connection.until_at) return null;
  return (
    <span title={connection.text}>
      <span className="foreign">{connection.text}</span>
      {connection.until_at && (
        <span className="muted">
          {" "}
          {t("connection.until")} <Moment at={connection.until_at} />
        </span>
      )}
    </span>
  );
}

function columnsOf(t: Translate, resume: (one: Connection) => void): Column<Connection>[] {
  return [
    {
      id: "name",
      header: t("connection.connection"),
      width: "minmax(9rem, 1.5fr)",
      cell: (one) => (
        <strong className="foreign connection-name">{one.name ?? one.connection}</strong>
      ),
    },
    {
      id: "state",
      header: t("run.status"),
      width: "9rem",
      cell: (one) => <State connection={one} />,
    },
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(9rem, 1.5fr)",
      from: 560,
      cell: (one) =>
        one.flow && (
          <Link href={`/flows/${one.flow}`} className="foreign">
            {one.flow}
          </Link>
        ),
    },
    {
      id: "environment",
      header: t("run.environment"),
      width: "8rem",
      from: 900,
      cell: (one) => <span className="muted foreign">{one.environment}</span>,
    },
    {
      id: "calls",
      header: t("connection.calls"),
      width: "6.5rem",
      align: "end",
      from: 700,
      cell: (one) => (one.places ? `${one.calls ?? 0} / ${one.places}` : count(one.calls ?? 0)),
    },
    {
      id: "waiting",
      header: t("connection.waiting"),
      width: "7.5rem",
      align: "end",
      from: 800,
      cell: (one) => count((one.waiting ?? 0) + (one.parked ?? 0)),
    },
    {
      id: "why",
      header: t("connection.why"),
      width: "minmax(10rem, 3fr)",
      from: 860,
      cell: (one) => <Why connection={one} />,
    },
    {
      id: "acts",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "8.5rem",
      align: "end",
      cell: (one) =>
        one.state === "open" ? null : (
          <Button
            size="s"
            icon={<Play size={13} />}
            reason={
              one.can?.includes("resume")
                ? undefined
                : t("may.not", { permission: "connections.write" })
            }
            onPress={() => resume(one)}
          >
            {t("connection.resume")}
          </Button>
        ),
    },
  ];
}

export function ConnectionList() {
  const t = useText();
  const queries = useQueryClient();
  useLiveRefresh(["connection"], "connections");
  const pages = usePages(
    ["connections"],
    (_, signal) => got(client.GET("/connections", { signal })),
    {
      every: 10_000,
    },
  );
  const resume = async (one: Connection) => {
    try {
      await got(client.POST("/connections/resume", { body: { connection: one.connection } }));
      tell(t("connection.resumed", { name: one.name ?? one.connection }));
      await queries.invalidateQueries();
    } catch (error) {
      tellProblem(error);
    }
  };
  return (
    <Panel flush className="list-panel connection-list">
      <ListView
        label={t("connection.atWork")}
        pages={pages}
        columns={columnsOf(t, (one) => void resume(one))}
        keyOf={(one) => one.connection}
        filtered={false}
        toneOf={(one) =>
          one.state === "halted" ? "err" : one.state === "broken" ? "warn" : undefined
        }
        empty={
          <Empty icon={<Cable size={22} />} title={t("connection.none")}>
            {t("connection.noneText")}
          </Empty>
        }
      />
    </Panel>
  );
}
