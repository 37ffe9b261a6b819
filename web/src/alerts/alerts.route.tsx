// Alerts: what is or was wrong, taken in hand, quieted or ended; and the ways by which they reach people.
import { BellRing, CheckCircle2 } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { isTextKey, type Translate, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Select } from "../ui/Field.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { AlertDialog, type AlertWord } from "./AlertDialog.tsx";

export type Alert = components["schemas"]["Alert"];

const STATES = ["open", "firing", "acknowledged", "snoozed", "resolved"] as const;
type State = (typeof STATES)[number];
const WORDS: AlertWord[] = ["acknowledge", "snooze", "resolve"];

const severities: Record<string, Tone> = { critical: "err", warning: "warn", info: "info" };

function columnsOf(t: Translate, onAct: (one: Alert, word: AlertWord) => void): Column<Alert>[] {
  const word = (kind: string, name: string) => {
    const key = `alert.${kind}.${name}`;
    return isTextKey(key) ? t(key) : name;
  };
  return [
    {
      id: "severity",
      header: t("alert.severity"),
      width: "7.5rem",
      cell: (one) => (
        <Badge tone={severities[one.severity] ?? "neutral"}>{word("severity", one.severity)}</Badge>
      ),
    },
    {
      id: "text",
      header: t("exception.what"),
      width: "minmax(9rem, 4fr)",
      cell: (one) => (
        <span className="foreign" title={one.text}>
          {one.text}
        </span>
      ),
    },
    {
      id: "about",
      header: t("flow.flow"),
      width: "minmax(7rem, 1fr)",
      from: 720,
      cell: (one) =>
        one.about?.flow && (
          <Link href={`/runs?flow=${encodeURIComponent(one.about.flow)}`} className="foreign">
            {one.about.flow}
          </Link>
        ),
    },
    {
      id: "state",
      header: t("run.status"),
      width: "8rem",
      from: 480,
      cell: (one) => word("state", one.state),
    },
    {
      id: "since",
      header: t("alert.since"),
      width: "7rem",
      from: 620,
      cell: (one) => <Moment relative at={one.since_at} />,
    },
    {
      id: "acts",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "6.5rem",
      align: "end",
      cell: (one) => (
        <Menu
          label={t("list.actsOf", { name: one.title ?? one.rule })}
          acts={WORDS.map((name) => ({
            id: name,
            label: t(`alert.${name}`),
            ...(one.can?.includes(name) ? {} : { reason: t("alert.not") }),
            onAct: () => onAct(one, name),
          }))}
        >
          <Button size="s">{t("alert.act")}</Button>
        </Menu>
      ),
    },
  ];
}

export default function Alerts() {
  const t = useText();
  const [state, setState] = useUrlState("state", "open");
  const [doing, setDoing] = useState<{ one: Alert; word: AlertWord }>();
  useLiveRefresh(["alert"], "alerts");
  const pages = usePages(["alerts", state], (cursor, signal) =>
    got(
      client.GET("/alerts", {
        params: {
          query: {
            limit: 100,
            ...(state === "all" ? {} : { state: state as State }),
            ...(cursor ? { cursor } : {}),
          },
        },
        signal,
      }),
    ),
  );
  return (
    <Page fill title={t("nav.alerts")} lead={t("alert.lead")}>
      <div className="filters">
        <Select
          inline
          hideLabel
          label={t("run.status")}
          value={state}
          onChange={setState}
          choices={[
            ...STATES.map((one) => ({ value: one, label: t(`alert.state.${one}`) })),
            { value: "all", label: t("alert.state.all") },
          ]}
        />
      </div>
      <Panel flush className="list-panel">
        <ListView
          label={t("nav.alerts")}
          pages={pages}
          columns={columnsOf(t, (one, word) => setDoing({ one, word }))}
          keyOf={(one) => one.alert}
          filtered={state !== "open"}
          onClear={() => setState("open")}
          toneOf={(one) =>
            one.state === "firing" ? (one.severity === "critical" ? "err" : "warn") : undefined
          }
          empty={
            <Empty
              icon={state === "open" ? <CheckCircle2 size={22} /> : <BellRing size={22} />}
              title={t("alert.none")}
            >
              {t("alert.noneText")}
            </Empty>
          }
        />
      </Panel>
      {doing && <AlertDialog {...doing} onClose={() => setDoing(undefined)} />}
    </Page>
  );
}
