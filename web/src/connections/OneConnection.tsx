// One connection at work: its state and why, its pace and places, who waits, how it signs in.
import type { ReactNode } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { ToAudit } from "../audit/ToAudit.tsx";
import { FlowName } from "../flows/FlowName.tsx";
import { count, span } from "../i18n/format.ts";
import { isTextKey, type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Moment } from "../ui/Moment.tsx";
import type { Connection } from "./acts.tsx";
import type { Doing } from "./ConnectionList.tsx";
import { ConnectionState, isRefused } from "./ConnectionState.tsx";

/** A time that was said in whole units is told in them: "1 min", not "1 min 0 s". */
function even(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms % 1000 === 0 ? `${ms / 1000} s` : span(ms);
}

/** "60 calls in 1 min", in words. */
function paceOf(t: Translate, one: Connection): string {
  if (!one.requests || !one.per_ms) return t("connection.noPace");
  const pace = t("connection.pace", { count: one.requests, time: even(one.per_ms) });
  return (one.burst ?? 1) > 1 ? `${pace}, ${t("connection.burst", { count: one.burst })}` : pace;
}

/** How much of its places is taken now, to the eye. */
function Places({ one }: { one: Connection }) {
  const t = useText();
  const places = one.places ?? 0;
  if (places === 0) return <span>{count(one.calls ?? 0)}</span>;
  return (
    <span className="connection-places">
      <meter
        min={0}
        max={places}
        high={places * 0.9}
        value={one.calls ?? 0}
        aria-label={t("connection.calls")}
      />
      <span className="num">
        {t("job.atOf", { at: count(one.calls ?? 0), total: count(places) })}
      </span>
    </span>
  );
}

function Consent({ one }: { one: Connection }) {
  const t = useText();
  return (
    <>
      <Badge plain tone={one.consent ? "ok" : "warn"}>
        {t(one.consent ? "consent.given" : "consent.none")}
      </Badge>
      {one.consent_until_at && (
        <span className="muted">
          {" "}
          {t("connection.until")} <Moment at={one.consent_until_at} />
        </span>
      )}
    </>
  );
}

function rowsOf(t: Translate, one: Connection): [label: string, value: ReactNode][] {
  const rows: [string, ReactNode][] = [
    [
      t("run.environment"),
      <span key="e" className="foreign">
        {one.environment}
      </span>,
    ],
  ];
  if (one.flow) {
    rows.push([
      t("flow.flow"),
      <Link key="f" href={`/flows/${one.flow}`}>
        <FlowName flow={one.flow} />
      </Link>,
    ]);
  }
  if (one.sign_in)
    rows.push([
      t("connection.signIn"),
      <span key="s" className="mono">
        {one.sign_in}
      </span>,
    ]);
  if (one.consent !== undefined) rows.push([t("consent.consent"), <Consent key="c" one={one} />]);
  rows.push(
    [t("connection.rate"), paceOf(t, one)],
    [t("connection.calls"), <Places key="p" one={one} />],
    [t("connection.queue"), count(one.waiting ?? 0)],
    [t("connection.waiting"), count(one.parked ?? 0)],
  );
  if (one.faults) rows.push([t("connection.faults"), count(one.faults)]);
  if (one.since_at) rows.push([t("alert.since"), <Moment key="since" at={one.since_at} />]);
  if (one.until_at)
    rows.push([t("connection.notBefore"), <Moment key="until" at={one.until_at} />]);
  if (one.asked_at) rows.push([t("connection.asked"), <Moment key="asked" at={one.asked_at} />]);
  return rows;
}

/** As the list shows it now; the dialog follows it. */
function useNow(before: Connection): Connection {
  const pages = usePages(["connections"], (_, signal) =>
    got(client.GET("/connections", { signal })),
  );
  return pages.items.find((one) => one.connection === before.connection) ?? before;
}

export function OneConnection(props: {
  connection: Connection;
  refused: string | undefined;
  onAct: (act: Doing["act"]) => void;
  onClose: () => void;
}) {
  const t = useText();
  const one = useNow(props.connection);
  const { refused, onAct } = props;
  const word = `connection.now.${isRefused(one) ? "refused" : one.state}`;
  return (
    <Dialog
      title={<span className="foreign">{one.name ?? one.connection}</span>}
      open
      onClose={props.onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button reason={refused} onPress={() => onAct("test")}>
            {t("connection.test")}
          </Button>
          {one.can?.includes("authorize") && (
            <Button look={one.consent ? "plain" : "primary"} onPress={() => onAct("consent")}>
              {t(one.consent ? "consent.anew" : "consent.give")}
            </Button>
          )}
          {one.state !== "halted" && (
            <Button look="danger" reason={refused} onPress={() => onAct("halt")}>
              {t("connection.halt")}
            </Button>
          )}
          {one.state !== "open" && (
            <Button look="primary" reason={refused} onPress={() => onAct("resume")}>
              {t("connection.resume")}
            </Button>
          )}
        </>
      }
    >
      <div className="stack">
        <p className="row">
          <ConnectionState connection={one} />
          <span>{isTextKey(word) ? t(word) : ""}</span>
        </p>
        {one.text && <p className="foreign connection-why">{one.text}</p>}
        {one.credential && <p className="foreign">{one.credential}</p>}
        {isRefused(one) && (
          <p>
            <Link href="/connections?tab=secrets">{t("connection.toSecrets")}</Link>
          </p>
        )}
        <dl className="facts">
          {rowsOf(t, one).map(([label, value]) => (
            <div key={label} className="facts-row">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <p className="muted mono foreign connection-why">{one.connection}</p>
        <ToAudit object={one.connection} />
      </div>
    </Dialog>
  );
}
