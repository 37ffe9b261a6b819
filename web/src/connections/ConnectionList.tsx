// Connections at work: what each takes now, why one rests, and what can be done with it.
import { Cable, Ellipsis, Gauge, KeyRound, Pause, Play, Plug } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { FlowName } from "../flows/FlowName.tsx";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { type Act, Menu } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { type Connection, HaltDialog, ResumeDialog, TestDialog } from "./acts.tsx";
import { ConnectionState } from "./ConnectionState.tsx";
import { ConsentDialog } from "./ConsentDialog.tsx";
import { OneConnection } from "./OneConnection.tsx";

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
      cell: (one) => (
        <>
          <ConnectionState connection={one} />
          {one.consent === false && (
            <Badge plain tone="warn">
              {t("consent.none")}
            </Badge>
          )}
        </>
      ),
    },
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(9rem, 1.5fr)",
      from: 560,
      cell: (one) =>
        one.flow && (
          <Link href={`/flows/${one.flow}`}>
            <FlowName flow={one.flow} />
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

export interface Doing {
  act: "look" | "test" | "halt" | "resume" | "consent";
  one: Connection;
}

function useActs(setDoing: (doing: Doing) => void, refused: string | undefined) {
  const t = useText();
  const reason = refused ? { reason: refused } : {};
  const icon = { size: 15, "aria-hidden": true } as const;
  return (one: Connection): Act[] => {
    const act = (name: Doing["act"], label: string, rest: Partial<Act> = {}): Act => ({
      id: name,
      label,
      ...reason,
      ...rest,
      onAct: () => setDoing({ act: name, one }),
    });
    const acts = [
      act("look", t("connection.look"), { icon: <Gauge {...icon} />, reason: undefined }),
      act("test", t("connection.test"), { icon: <Plug {...icon} /> }),
    ];
    if (one.consent !== undefined) {
      const label = t(one.consent ? "consent.anew" : "consent.give");
      acts.push(act("consent", label, { icon: <KeyRound {...icon} /> }));
    }
    if (one.state !== "open") {
      acts.push(act("resume", t("connection.resume"), { icon: <Play {...icon} /> }));
    }
    if (one.state !== "halted") {
      acts.push(act("halt", t("connection.halt"), { icon: <Pause {...icon} />, danger: true }));
    }
    return acts;
  };
}

function Doings({
  doing,
  setDoing,
  refused,
}: {
  doing: Doing | undefined;
  setDoing: (doing: Doing | undefined) => void;
  refused: string | undefined;
}) {
  const close = () => setDoing(undefined);
  switch (doing?.act) {
    case "look":
      return (
        <OneConnection
          connection={doing.one}
          refused={refused}
          onAct={(act) => setDoing({ act, one: doing.one })}
          onClose={close}
        />
      );
    case "test":
      return <TestDialog one={doing.one} onClose={close} />;
    case "halt":
      return <HaltDialog one={doing.one} onClose={close} />;
    case "resume":
      return <ResumeDialog one={doing.one} onClose={close} />;
    case "consent":
      return <ConsentDialog one={doing.one} onClose={close} />;
    default:
      return null;
  }
}

export function ConnectionList() {
  const t = useText();
  const may = useCan("connections.write");
  const refused = may ? undefined : t("may.not", { permission: "connections.write" });
  useLiveRefresh(["connection"], "connections");
  const pages = usePages(
    ["connections"],
    (_, signal) => got(client.GET("/connections", { signal })),
    {
      every: 10_000,
    },
  );
  // The address may name one: what has failed leads to it.
  const [named, setNamed] = useUrlState("c");
  const [begun, begin] = useState<Doing>();
  const one = pages.items.find(({ connection }) => connection === named);
  const doing = begun ?? (one && { act: "look" as const, one });
  const setDoing = (next: Doing | undefined) => {
    begin(next);
    if (next === undefined) setNamed("");
  };
  const actsOf = useActs(setDoing, refused);
  return (
    <Panel flush className="list-panel connection-list">
      <ListView
        label={t("connection.atWork")}
        pages={pages}
        columns={columnsOf(t, actsOf)}
        keyOf={(one) => one.connection}
        onOpen={(one) => setDoing({ act: "look", one })}
        filtered={false}
        toneOf={(one) =>
          one.state === "halted"
            ? "err"
            : one.state === "broken" || one.state === "throttled"
              ? "warn"
              : undefined
        }
        empty={
          <Empty icon={<Cable size={22} />} title={t("connection.none")}>
            {t("connection.noneText")}
          </Empty>
        }
      />
      <Doings doing={doing} setDoing={setDoing} refused={refused} />
    </Panel>
  );
}
