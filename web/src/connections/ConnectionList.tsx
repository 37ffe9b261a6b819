import { useQueryClient } from "@tanstack/react-query";
import { Cable, Ellipsis, Pause, Play, Plug } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { count } from "../i18n/format.ts";
import { isTextKey, type Translate, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { type Act, Menu } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { type Connection, HaltDialog, TestDialog } from "./acts.tsx";

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

function columnsOf(t: Translate, actsOf: (one: Connection) => Act[]): Column<Connection>[] {
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
      width: "3.75rem",
      align: "end",
      cell: (one) => (
        <Menu label={t("list.actsOf", { name: one.name ?? one.connection })} acts={actsOf(one)}>
          <Button
            size="s"
            look="quiet"
            icon={<Ellipsis size={15} />}
            label={t("list.actsOf", { name: one.name ?? one.connection })}
          />
        </Menu>
      ),
    },
  ];
}

type Doing = { act: "test" | "halt"; one: Connection };

function useActs(setDoing: (doing: Doing) => void, resume: (one: Connection) => void) {
  const t = useText();
  const may = useCan("connections.write");
  const reason = may ? {} : { reason: t("may.not", { permission: "connections.write" }) };
  return (one: Connection): Act[] => [
    {
      id: "test",
      label: t("connection.test"),
      icon: <Plug size={15} aria-hidden="true" />,
      ...reason,
      onAct: () => setDoing({ act: "test", one }),
    },
    one.state === "open"
      ? {
          id: "halt",
          label: t("connection.halt"),
          icon: <Pause size={15} aria-hidden="true" />,
          danger: true,
          ...reason,
          onAct: () => setDoing({ act: "halt", one }),
        }
      : {
          id: "resume",
          label: t("connection.resume"),
          icon: <Play size={15} aria-hidden="true" />,
          ...reason,
          onAct: () => resume(one),
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
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const actsOf = useActs(setDoing, (one) => void resume(one));
  return (
    <Panel flush className="list-panel connection-list">
      <ListView
        label={t("connection.atWork")}
        pages={pages}
        columns={columnsOf(t, actsOf)}
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
      {doing?.act === "test" && <TestDialog one={doing.one} onClose={close} />}
      {doing?.act === "halt" && <HaltDialog one={doing.one} onClose={close} />}
    </Panel>
  );
}
