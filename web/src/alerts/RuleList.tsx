// The rules of the workspace, with what each sees now: made, changed, switched off, removed.
import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Power, Ruler, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { actsColumn } from "../app/actsColumn.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { FlowName } from "../flows/FlowName.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Badge, type Tone } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import type { Act } from "../ui/Menu.tsx";
import { type AlertRule, severityTones, wordOf } from "./alerts.ts";
import { beginning, KeptList, RemoveDialog } from "./kept.tsx";
import { RuleDialog } from "./RuleDialog.tsx";
import { bodyOf, formOf } from "./ruleForm.ts";

const tones: Record<string, Tone> = { ok: "ok", pending: "wait", firing: "err", off: "off" };

function columnsOf(t: Translate, actsOf: (one: AlertRule) => Act[]): Column<AlertRule>[] {
  return [
    ...beginning<AlertRule>(t, "alertRule.state", t("alertRule.rule"), tones, (one) => one.rule),
    {
      id: "kind",
      header: t("alertRule.kind"),
      width: "minmax(8rem, 1.4fr)",
      from: 640,
      cell: (one) => wordOf(t, "alertRule.kind", one.kind),
    },
    {
      id: "severity",
      header: t("alert.severity"),
      width: "7.5rem",
      from: 820,
      cell: (one) => (
        <Badge plain tone={severityTones[one.severity] ?? "neutral"}>
          {wordOf(t, "alert.severity", one.severity)}
        </Badge>
      ),
    },
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(6rem, 1fr)",
      from: 720,
      cell: (one) =>
        one.flow ? <FlowName flow={one.flow} /> : <span className="muted">{t("run.anyFlow")}</span>,
    },
    {
      id: "channels",
      header: t("channel.channels"),
      width: "minmax(6rem, 1fr)",
      from: 560,
      cell: (one) =>
        (one.channels?.length ?? 0) > 0 ? (
          <span className="foreign">{one.channels?.join(", ")}</span>
        ) : (
          <span className="muted">{t("alertRule.toldNobody")}</span>
        ),
    },
    actsColumn(t, (one) => one.title ?? one.rule, actsOf),
  ];
}

/** Switched on or off: all else of it stays. */
async function toggle(one: AlertRule): Promise<void> {
  await got(
    client.PUT("/alert-rules/{rule}", {
      params: { path: { rule: one.rule } },
      headers: { "If-Match": `"${one.revision}"` },
      body: { ...bodyOf(formOf(one)), enabled: !one.enabled },
    }),
  );
}

export function RuleList() {
  const t = useText();
  const queries = useQueryClient();
  const may = useCan("alerts.write");
  const [editing, setEditing] = useState<{ rule: AlertRule | undefined }>();
  const [removing, setRemoving] = useState<AlertRule>();
  useLiveRefresh(["alert"], "alert-rules");
  const pages = usePages(["alert-rules"], (cursor, signal) => {
    const query = { limit: 100, ...(cursor ? { cursor } : {}) };
    return got(client.GET("/alert-rules", { params: { query }, signal }));
  });
  const refused = may ? undefined : t("may.not", { permission: "alerts.write" });
  const reason = refused ? { reason: refused } : {};
  const change = async (one: AlertRule) => {
    try {
      await toggle(one);
      tell(t("alertRule.kept"));
      await queries.invalidateQueries();
    } catch (error) {
      tellProblem(error);
    }
  };
  const icon = { size: 15, "aria-hidden": true } as const;
  const actsOf = (one: AlertRule): Act[] => [
    {
      id: "edit",
      label: t("alertRule.edit"),
      icon: <Pencil {...icon} />,
      ...reason,
      onAct: () => setEditing({ rule: one }),
    },
    {
      id: "toggle",
      label: t(one.enabled ? "alertRule.off" : "alertRule.on"),
      icon: <Power {...icon} />,
      ...reason,
      onAct: () => void change(one),
    },
    {
      id: "remove",
      label: t("user.remove"),
      icon: <Trash2 {...icon} />,
      danger: true,
      ...reason,
      onAct: () => setRemoving(one),
    },
  ];
  useCommands(
    useMemo(
      () => [
        {
          id: "rules.new",
          title: t("alertRule.new"),
          group: t("nav.alerts"),
          keys: ["n"],
          ...(refused ? { reason: refused } : {}),
          run: () => setEditing({ rule: undefined }),
        },
      ],
      [t, refused],
    ),
  );
  return (
    <KeptList
      title={t("alertRule.rules")}
      newLabel={t("alertRule.new")}
      refused={refused}
      pages={pages}
      columns={columnsOf(t, actsOf)}
      nameOf={(one) => one.rule}
      isWrong={(one) => one.state === "firing"}
      onEdit={(rule) => setEditing({ rule })}
      empty={
        <Empty
          icon={<Ruler size={22} />}
          title={t("alertRule.none")}
          acts={<Link href="/alerts?tab=channels">{t("channel.channels")}</Link>}
        >
          {t("alertRule.noneText")}
        </Empty>
      }
    >
      {editing && <RuleDialog rule={editing.rule} onClose={() => setEditing(undefined)} />}
      {removing && (
        <RemoveDialog
          name={removing.title ?? removing.rule}
          lead={t("alertRule.removeLead")}
          onClose={() => setRemoving(undefined)}
          onRemove={() => {
            const header = { "If-Match": `"${removing.revision}"` };
            const params = { path: { rule: removing.rule }, header };
            return got(client.DELETE("/alert-rules/{rule}", { params }));
          }}
        />
      )}
    </KeptList>
  );
}
