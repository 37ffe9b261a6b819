// What is or was wrong: taken in hand, quieted or ended, one by one or by groups.
import { useQuery } from "@tanstack/react-query";
import { BellRing, CheckCircle2 } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { type Pages, usePages } from "../api/pages.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Select } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";
import { AlertDialog } from "./AlertDialog.tsx";
import { alertColumns, groupColumns } from "./alertRows.tsx";
import {
  type Alert,
  type AlertWord,
  GROUPS,
  type GroupBy,
  groupsOf,
  SEVERITIES,
  wordOf,
} from "./alerts.ts";
import { OneAlert } from "./OneAlert.tsx";

const STATES = ["open", "firing", "acknowledged", "snoozed", "resolved"] as const;
type Severity = (typeof SEVERITIES)[number];

interface Only {
  state: string;
  rule: string;
  flow: string;
  severity: string;
}

function useAlerts(only: Only): Pages<Alert> {
  const { state, rule, flow, severity } = only;
  return usePages(["alerts", only], (cursor, signal) => {
    const query = {
      limit: 100,
      ...(state === "all" ? {} : { state: state as (typeof STATES)[number] }),
      ...(rule ? { rule } : {}),
      ...(flow ? { flow } : {}),
      ...(severity ? { severity: severity as Severity } : {}),
      ...(cursor ? { cursor } : {}),
    };
    return got(client.GET("/alerts", { params: { query }, signal }));
  });
}

/** There is not a single rule: that nothing is wrong would be no news then. */
function useUnwatched(): boolean {
  const workspace = useSession((session) => session.workspace);
  const query = useQuery({
    queryKey: [workspace, "alert-rules", "any"],
    queryFn: ({ signal }) =>
      got(client.GET("/alert-rules", { params: { query: { limit: 1 } }, signal })),
  });
  return query.data?.items.length === 0;
}

export function AlertList() {
  const t = useText();
  const unwatched = useUnwatched();
  const [, setTab] = useUrlState("tab", "alerts");
  const [state, setState] = useUrlState("state", "open");
  const [group, setGroup] = useUrlState("group");
  const [rule, setRule] = useUrlState("rule");
  const [flow, setFlow] = useUrlState("flow");
  const [severity, setSeverity] = useUrlState("severity");
  const [doing, setDoing] = useState<{ ones: Alert[]; word: AlertWord }>();
  const [shown, setShown] = useState<Alert>();
  useLiveRefresh(["alert"], "alerts");
  const pages = useAlerts({ state, rule, flow, severity });
  const clear = () => {
    for (const set of [setRule, setFlow, setSeverity, setGroup]) set("");
    setState("open");
  };
  const act = (ones: Alert[], word: AlertWord) => {
    setShown(undefined);
    setDoing({ ones, word });
  };
  const openGroup = (name: string) => {
    const set = { rule: setRule, flow: setFlow, severity: setSeverity }[group as GroupBy];
    setGroup("");
    set(name);
  };
  const common = {
    label: t("nav.alerts"),
    filtered: state !== "open" || rule !== "" || flow !== "" || severity !== "",
    onClear: clear,
    empty: unwatched ? (
      <Empty
        icon={<BellRing size={22} />}
        title={t("alert.noRules")}
        acts={<Button onPress={() => setTab("rules")}>{t("alert.toRules")}</Button>}
      >
        {t("alert.noRulesText")}
      </Empty>
    ) : (
      <Empty
        icon={state === "open" ? <CheckCircle2 size={22} /> : <BellRing size={22} />}
        title={t("alert.none")}
      >
        {t("alert.noneText")}
      </Empty>
    ),
  };
  return (
    <>
      <div className="filters">
        <Select
          inline
          hideLabel
          label={t("run.status")}
          value={state}
          onChange={setState}
          choices={[...STATES, "all" as const].map((one) => ({
            value: one,
            label: t(`alert.state.${one}`),
          }))}
        />
        <Select
          inline
          hideLabel
          label={t("alert.severity")}
          value={severity}
          onChange={setSeverity}
          choices={[
            { value: "", label: t("alert.anySeverity") },
            ...SEVERITIES.map((one) => ({ value: one, label: wordOf(t, "alert.severity", one) })),
          ]}
        />
        <Select
          inline
          hideLabel
          label={t("alert.group")}
          value={group}
          onChange={setGroup}
          choices={[
            { value: "", label: t("alert.group.none") },
            ...GROUPS.map((one) => ({ value: one, label: t(`alert.group.${one}`) })),
          ]}
        />
        {(rule || flow) && (
          <Button size="s" onPress={clear}>
            {t("alert.only", { name: rule || flow })}
          </Button>
        )}
      </div>
      <Panel flush className="list-panel alert-list">
        {group === "" ? (
          <ListView
            {...common}
            pages={pages}
            columns={alertColumns(t, (one, word) => act([one], word))}
            keyOf={(one) => one.alert}
            onOpen={setShown}
            toneOf={(one) =>
              one.state === "firing" ? (one.severity === "critical" ? "err" : "warn") : undefined
            }
          />
        ) : (
          <ListView
            {...common}
            pages={{ ...pages, items: groupsOf(group as GroupBy, pages.items), total: undefined }}
            columns={groupColumns(t, group as GroupBy, act)}
            keyOf={(one) => one.name}
            onOpen={(one) => one.name !== "" && openGroup(one.name)}
          />
        )}
      </Panel>
      {shown && (
        <OneAlert
          alert={shown}
          onAct={(word) => act([shown], word)}
          onClose={() => setShown(undefined)}
        />
      )}
      {doing && <AlertDialog {...doing} onClose={() => setDoing(undefined)} />}
    </>
  );
}
