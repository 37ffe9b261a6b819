// The columns of alerts, and of groups of them.
import { Link } from "wouter";
import { FlowName } from "../flows/FlowName.tsx";
import { count } from "../i18n/format.ts";
import type { Translate } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import {
  type Alert,
  type AlertWord,
  type Group,
  type GroupBy,
  severityTones,
  WORDS,
  wordOf,
} from "./alerts.ts";

function Severity({ t, name }: { t: Translate; name: string }) {
  return <Badge tone={severityTones[name] ?? "neutral"}>{wordOf(t, "alert.severity", name)}</Badge>;
}

function Acts(props: {
  t: Translate;
  name: string;
  ones: Alert[];
  onAct: (ones: Alert[], word: AlertWord) => void;
}) {
  const { t } = props;
  return (
    <Menu
      label={t("list.actsOf", { name: props.name })}
      acts={WORDS.map((word) => {
        const able = props.ones.filter((one) => one.can?.includes(word));
        return {
          id: word,
          label: t(`alert.${word}`),
          ...(able.length > 0 ? {} : { reason: t("alert.not") }),
          onAct: () => props.onAct(able, word),
        };
      })}
    >
      <Button size="s">{t("alert.act")}</Button>
    </Menu>
  );
}

export function alertColumns(
  t: Translate,
  onAct: (one: Alert, word: AlertWord) => void,
): Column<Alert>[] {
  return [
    {
      id: "severity",
      header: t("alert.severity"),
      width: "7.5rem",
      cell: (one) => <Severity t={t} name={one.severity} />,
    },
    {
      id: "state",
      header: t("run.status"),
      width: "8rem",
      cell: (one) => wordOf(t, "alert.state", one.state),
    },
    {
      id: "text",
      header: t("exception.what"),
      width: "minmax(14rem, 4fr)",
      prose: true,
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
      cell: (one) =>
        one.about?.flow && (
          <Link href={`/runs?flow=${encodeURIComponent(one.about.flow)}`}>
            <FlowName flow={one.about.flow} />
          </Link>
        ),
    },
    {
      id: "since",
      header: t("alert.since"),
      width: "7rem",
      cell: (one) => <Moment relative at={one.since_at} />,
    },
    {
      id: "acts",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "4.5rem",
      align: "end",
      cell: (one) => (
        <Acts
          t={t}
          name={one.title ?? one.rule}
          ones={[one]}
          onAct={([first], word) => first && onAct(first, word)}
        />
      ),
    },
  ];
}

export function groupColumns(
  t: Translate,
  by: GroupBy,
  onAct: (ones: Alert[], word: AlertWord) => void,
): Column<Group>[] {
  return [
    {
      id: "severity",
      header: t("alert.severity"),
      width: "7.5rem",
      cell: (one) => <Severity t={t} name={one.severity} />,
    },
    {
      id: "name",
      header: t(`alert.group.${by}`),
      width: "minmax(12rem, 4fr)",
      prose: true,
      cell: (one) => (
        <strong className="foreign">
          {by === "severity" ? wordOf(t, "alert.severity", one.name) : one.title || "–"}
        </strong>
      ),
    },
    {
      id: "count",
      header: t("alert.count"),
      width: "5rem",
      align: "end",
      cell: (one) => count(one.alerts.length),
    },
    {
      id: "since",
      header: t("alert.since"),
      width: "7rem",
      cell: (one) => <Moment relative at={one.since} />,
    },
    {
      id: "acts",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "4.5rem",
      align: "end",
      cell: (one) => <Acts t={t} name={one.title} ones={one.alerts} onAct={onAct} />,
    },
  ];
}
