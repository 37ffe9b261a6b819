// One alert with its whole story: how long, how often told, who said what, what waits to be told.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Moment } from "../ui/Moment.tsx";
import { type Alert, type AlertWord, severityTones, WORDS, wordOf } from "./alerts.ts";

function About({ one }: { one: Alert }) {
  const t = useText();
  const { flow, environment, connection } = one.about ?? {};
  const rows: [label: string, value: ReactNode][] = [
    [t("alert.since"), <Moment key="since" at={one.since_at} />],
    [t("alert.seen"), <Moment key="seen" at={one.seen_at} />],
    [t("alertRule.rule"), <RuleLink key="rule" one={one} />],
  ];
  if (flow) {
    const href = `/runs?flow=${encodeURIComponent(flow)}&status=failed`;
    rows.push([
      t("flow.flow"),
      <Link key="flow" href={href} className="foreign">
        {flow}
      </Link>,
    ]);
  }
  if (environment)
    rows.push([
      t("run.environment"),
      <span key="e" className="foreign">
        {environment}
      </span>,
    ]);
  if (connection) {
    rows.push([
      t("connection.connection"),
      <Link
        key="connection"
        href={`/connections?c=${encodeURIComponent(connection)}`}
        className="mono foreign"
      >
        {connection}
      </Link>,
    ]);
  }
  rows.push([
    t("alert.notices"),
    <span key="notices">
      {t("alert.told", { count: one.notices ?? 0 })}{" "}
      {one.notified_at && <Moment relative at={one.notified_at} />}
    </span>,
  ]);
  return (
    <dl className="facts">
      {rows.map(([label, value]) => (
        <div key={label} className="facts-row">
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function RuleLink({ one }: { one: Alert }) {
  return (
    <Link href="/alerts?tab=rules" className="foreign">
      {one.title ?? one.rule}
    </Link>
  );
}

function Said({ one }: { one: Alert }) {
  const t = useText();
  const said = (["acknowledged", "snoozed", "resolved"] as const).flatMap((name) => {
    const what = one[name];
    return what ? [{ name, ...what }] : [];
  });
  if (said.length === 0) return null;
  return (
    <ul className="talk">
      {said.map((what) => (
        <li key={what.name}>
          <p className="muted">
            <strong className="foreign">{what.by}</strong> · {t(`alert.state.${what.name}`)} ·{" "}
            <Moment relative at={what.at} />
          </p>
          {what.note && <p className="foreign">{what.note}</p>}
        </li>
      ))}
    </ul>
  );
}

function Waiting({ one }: { one: Alert }) {
  const t = useText();
  if ((one.deliveries?.length ?? 0) === 0) return null;
  return (
    <section className="stack">
      <h3>{t("alert.deliveries")}</h3>
      <ul className="plain-list">
        {one.deliveries?.map((notice) => (
          <li key={`${notice.channel} ${notice.what}`}>
            <strong className="foreign">{notice.channel}</strong>{" "}
            {t("alert.tries", { count: notice.attempts })} <Moment relative at={notice.next_at} />{" "}
            <span className="foreign">{notice.detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function OneAlert(props: {
  alert: Alert;
  onAct: (word: AlertWord) => void;
  onClose: () => void;
}) {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  const { alert, onAct, onClose } = props;
  const query = useQuery({
    queryKey: [workspace, "alerts", "one", alert.alert],
    queryFn: ({ signal }) =>
      got(client.GET("/alerts/{alert}", { params: { path: { alert: alert.alert } }, signal })),
  });
  const one = query.data ?? alert;
  return (
    <Dialog
      title={<span className="foreign">{one.title ?? one.rule}</span>}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={WORDS.map((word, i) => (
        <Button
          key={word}
          {...(i === 0 ? { look: "primary" as const } : {})}
          reason={one.can?.includes(word) ? undefined : t("alert.not")}
          onPress={() => onAct(word)}
        >
          {t(`alert.${word}`)}
        </Button>
      ))}
    >
      <div className="stack">
        <p className="row">
          <Badge tone={severityTones[one.severity] ?? "neutral"}>
            {wordOf(t, "alert.severity", one.severity)}
          </Badge>
          <span>{wordOf(t, "alert.state", one.state)}</span>
          {one.snoozed_until_at && one.state === "snoozed" && (
            <span className="muted">
              {t("connection.until")} <Moment at={one.snoozed_until_at} />
            </span>
          )}
        </p>
        <p className="foreign">{one.text}</p>
        <About one={one} />
        <Said one={one} />
        <Waiting one={one} />
        {query.error && <ErrorBox small error={query.error} />}
      </div>
    </Dialog>
  );
}
