// A flow as a row: the columns, and what can be done.
import { useQueryClient } from "@tanstack/react-query";
import { History, ListChecks, Pause, Play } from "lucide-react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { actsColumn } from "../app/actsColumn.tsx";
import { tell, tellProblem, tellWhy } from "../app/toasts.tsx";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge, Chip } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import type { Act } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Spark } from "../ui/Spark.tsx";
import { type Flow, type FlowDeployment, failedShare, failingPolls } from "./flows.ts";

function Where({ deployment }: { deployment: FlowDeployment }) {
  const t = useText();
  const paused = deployment.state === "paused";
  return (
    <span className={deployment.environment === "production" ? "env env-production" : "env"}>
      <span className="foreign">{deployment.environment}</span>
      {deployment.number !== undefined && <span className="num">v{deployment.number}</span>}
      {paused && (
        <>
          <Pause size={12} aria-hidden="true" />
          {t("flow.paused")}
        </>
      )}
    </span>
  );
}

function Failures({ flow }: { flow: Flow }) {
  const t = useText();
  const share = failedShare(flow);
  const [poll] = failingPolls(flow);
  if (poll !== undefined) {
    const { trigger, times, text } = poll;
    return (
      <Badge
        plain
        tone="err"
        title={`${t("flow.pollSince", { trigger, times: count(times) })}\n${text}`}
      >
        {t("flow.pollFails")}
      </Badge>
    );
  }
  if (share === undefined) return <span className="muted">–</span>;
  const failed = flow.health?.failed ?? 0;
  if (failed === 0) return <span className="muted">0</span>;
  return (
    <Badge plain tone={share >= 0.05 ? "err" : "warn"}>
      {count(failed)}
    </Badge>
  );
}

/** What can be done with a flow, and how `p` lets it rest or work again. */
export function useFlowActs(): { actsOf: (flow: Flow) => Act[]; turnAt: (flow: Flow) => void } {
  const t = useText();
  const mayAct = useCan("runs.act");
  const queries = useQueryClient();
  const [, go] = useLocation();
  const turn = async (
    flow: Flow,
    { environment, state }: Pick<FlowDeployment, "environment" | "state">,
  ) => {
    const params = { path: { flow: flow.flow, environment }, header: onceKey() };
    try {
      if (state === "paused") {
        await got(client.POST("/flows/{flow}/deployments/{environment}/resume", { params }));
        tell(t("flow.resumed", { name: flow.name, environment }));
      } else {
        await got(client.POST("/flows/{flow}/deployments/{environment}/pause", { params }));
        tell(t("flow.pausedNow", { name: flow.name, environment }), {
          label: t("flow.resume", { environment }),
          run: () => void turn(flow, { environment, state: "paused" }),
        });
      }
      await queries.invalidateQueries();
    } catch (error) {
      tellProblem(error);
    }
  };
  const turnOf = (flow: Flow): Act[] =>
    flow.deployments.map((deployment) => ({
      id: `turn.${deployment.environment}`,
      label:
        deployment.state === "paused"
          ? t("flow.resume", { environment: deployment.environment })
          : t("flow.pause", { environment: deployment.environment }),
      icon:
        deployment.state === "paused" ? (
          <Play size={15} aria-hidden="true" />
        ) : (
          <Pause size={15} aria-hidden="true" />
        ),
      ...(mayAct ? {} : { reason: t("may.not", { permission: "runs.act" }) }),
      onAct: () => void turn(flow, deployment),
    }));
  const turnAt = (flow: Flow): void => {
    const [deployment, ...others] = flow.deployments;
    if (!mayAct) tellWhy(t("may.not", { permission: "runs.act" }));
    else if (deployment === undefined) tellWhy(t("flow.pauseNowhere", { name: flow.name }));
    else if (others.length > 0) tellWhy(t("flow.pauseWhere", { name: flow.name }));
    else void turn(flow, deployment);
  };
  const actsOf = (flow: Flow): Act[] => [
    {
      id: "setup",
      label: t("setup.setup"),
      icon: <ListChecks size={15} aria-hidden="true" />,
      onAct: () => go(`/flows/${flow.flow}/setup`),
    },
    {
      id: "versions",
      label: t("version.versions"),
      icon: <History size={15} aria-hidden="true" />,
      onAct: () => go(`/flows/${flow.flow}/versions`),
    },
    ...turnOf(flow),
  ];
  return { actsOf, turnAt };
}

/** The day by the hour, as words and as bars. */
function Day({ flow }: { flow: Flow }) {
  const t = useText();
  const hours = flow.health?.hours;
  if (!hours) return <span className="muted">–</span>;
  const sum = (list: readonly number[]) => count(list.reduce((all, one) => all + one, 0));
  const told = t("flow.dayTold", { succeeded: sum(hours.succeeded), failed: sum(hours.failed) });
  return <Spark hours={hours} label={told} />;
}

/** open: how many exceptions each has. */
export function flowColumns(
  t: Translate,
  actsOf: (flow: Flow) => Act[],
  open: ReadonlyMap<string, number>,
): Column<Flow>[] {
  return [
    {
      id: "name",
      header: t("flow.flow"),
      sortable: true,
      width: "minmax(14rem, 5fr)",
      prose: true,
      cell: (flow) => (
        <span className="flow-name">
          <strong className="truncate foreign" title={flow.name}>
            {flow.name}
          </strong>
          {flow.template_newer && (
            <Badge plain tone="warn" title={t("flow.templateNewerHelp")}>
              {t("flow.templateNewer")}
            </Badge>
          )}
          {flow.draft?.ahead && (
            <Badge plain tone="info" title={t("flow.aheadHelp")}>
              {t("flow.ahead")}
            </Badge>
          )}
          {flow.name !== flow.flow && (
            <span className="muted mono truncate grid-aside">{flow.flow}</span>
          )}
        </span>
      ),
    },
    {
      id: "where",
      header: t("flow.where"),
      width: "minmax(15.5rem, 2fr)",
      cell: (flow) =>
        flow.deployments.length === 0 ? (
          <span className="muted">{t("flow.nowhere")}</span>
        ) : (
          <span className="flow-where">
            {flow.deployments.map((one) => (
              <Where key={one.environment} deployment={one} />
            ))}
          </span>
        ),
    },
    {
      id: "day",
      header: t("flow.day"),
      width: "6rem",
      from: 680,
      cell: (flow) => <Day flow={flow} />,
    },
    {
      id: "runs",
      header: t("flow.runs"),
      sortable: true,
      width: "6.5rem",
      align: "end",
      cell: (flow) => (flow.health ? count(flow.health.runs) : "–"),
    },
    {
      id: "failed",
      header: t("flow.failed"),
      sortable: true,
      width: "7rem",
      align: "end",
      cell: (flow) => <Failures flow={flow} />,
    },
    {
      id: "open",
      header: t("nav.exceptions"),
      width: "6.5rem",
      align: "end",
      from: 820,
      cell: (flow) => {
        const waiting = open.get(flow.flow) ?? 0;
        if (waiting === 0) return <span className="muted">0</span>;
        return (
          <Badge plain tone="warn">
            {count(waiting)}
          </Badge>
        );
      },
    },
    {
      id: "last",
      header: t("flow.last"),
      sortable: true,
      width: "8rem",
      from: 760,
      cell: (flow) => <Moment relative at={flow.health?.last_run?.received_at} />,
    },
    {
      id: "changed",
      header: t("flow.draft"),
      sortable: true,
      width: "minmax(8rem, 1fr)",
      from: 860,
      cell: (flow) =>
        flow.draft ? (
          <span className="truncate">
            <span className="foreign">{flow.draft.by}</span>
            {", "}
            <Moment relative at={flow.draft.changed_at} />
          </span>
        ) : (
          <span className="muted">{flow.source === "folder" ? t("flow.folder") : "–"}</span>
        ),
    },
    {
      id: "labels",
      header: t("flow.labels"),
      width: "minmax(6rem, 1fr)",
      from: 1000,
      cell: (flow) => (
        <span className="flow-where">
          {flow.labels?.map((label) => (
            <Chip key={label}>{label}</Chip>
          ))}
        </span>
      ),
    },
    actsColumn(t, (flow) => flow.name, actsOf),
  ];
}
