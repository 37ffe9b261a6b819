// What works where: each flow in each environment, on to the next one from here, paused and resumed;
// what waits for approval; and how each environment is set up.
import { useQueryClient } from "@tanstack/react-query";
import { ArrowRight, Layers, Pause, Play } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { useFlowActs } from "../flows/flowRows.tsx";
import type { Flow, FlowDeployment } from "../flows/flows.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Switch } from "../ui/Field.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { DeployDialog, type Promoted } from "./Deploy.tsx";
import { History } from "./History.tsx";
import { type Environment, useEnvironments } from "./queries.ts";
import { versionName } from "./versions.ts";
import "./releases.css";

function useFlows() {
  useLiveRefresh(["deployment"], "flows");
  return usePages(["flows", "environments"], (cursor, signal) =>
    got(
      client.GET("/flows", {
        params: { query: { limit: 1000, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
}

function Cell(props: {
  flow: Flow;
  here: FlowDeployment | undefined;
  mayAct: boolean;
  onTurn: () => void;
}) {
  const t = useText();
  const { flow, here } = props;
  if (!here) return <span className="muted">{t("flow.nowhere")}</span>;
  const paused = here.state === "paused";
  const { environment } = here;
  return (
    <span className="row">
      <Link href={`/flows/${flow.flow}/versions?v=${here.version}`} className="mono">
        {versionName(here)}
      </Link>
      {paused && (
        <Badge plain tone="warn">
          {t("flow.paused")}
        </Badge>
      )}
      <Button
        size="s"
        look="quiet"
        icon={paused ? <Play size={14} /> : <Pause size={14} />}
        label={t(paused ? "flow.resume" : "flow.pause", { environment })}
        reason={props.mayAct ? undefined : t("may.not", { permission: "runs.act" })}
        onPress={props.onTurn}
      />
    </span>
  );
}

function columnsOf(
  t: Translate,
  environments: readonly Environment[],
  cell: (flow: Flow, environment: string) => React.ReactNode,
  promote: (flow: Flow) => React.ReactNode,
): Column<Flow>[] {
  return [
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(9rem, 2fr)",
      cell: (flow) => (
        <Link href={`/flows/${flow.flow}/versions`} className="foreign">
          {flow.name}
        </Link>
      ),
    },
    ...environments.map((one) => ({
      id: one.environment,
      header: <span className="foreign">{one.title ?? one.environment}</span>,
      width: "minmax(8rem, 1fr)",
      cell: (flow: Flow) => cell(flow, one.environment),
    })),
    {
      id: "promote",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "12rem",
      align: "end" as const,
      from: 620,
      cell: promote,
    },
  ];
}

function Matrix({ environments }: { environments: Environment[] }) {
  const t = useText();
  const pages = useFlows();
  const mayDeploy = useCan("rules.publish");
  const mayAct = useCan("runs.act");
  const { actsOf } = useFlowActs();
  const [promoted, setPromoted] = useState<Promoted>();
  const at = (flow: Flow, environment: string) =>
    flow.deployments.find((one) => one.environment === environment);
  const cell = (flow: Flow, environment: string) => (
    <Cell
      flow={flow}
      here={at(flow, environment)}
      mayAct={mayAct}
      onTurn={() =>
        actsOf(flow)
          .find((act) => act.id === `turn.${environment}`)
          ?.onAct()
      }
    />
  );
  const promote = (flow: Flow) => {
    const sandbox = at(flow, "sandbox");
    if (!sandbox || sandbox.version === at(flow, "production")?.version) return null;
    return (
      <Button
        size="s"
        icon={<ArrowRight size={14} />}
        reason={mayDeploy ? undefined : t("may.not", { permission: "rules.publish" })}
        onPress={() =>
          setPromoted({
            flow: flow.flow,
            version: sandbox.version,
            name: versionName(sandbox),
            environment: "production",
          })
        }
      >
        {t("deploy.promote")}
      </Button>
    );
  };
  return (
    <Panel flush title={t("environment.works")} className="list-panel">
      <ListView
        label={t("environment.works")}
        pages={pages}
        columns={columnsOf(t, environments, cell, promote)}
        keyOf={(flow) => flow.flow}
        filtered={false}
        empty={
          <Empty icon={<Layers size={22} />} title={t("flow.none")}>
            {t("flow.noneText")}
          </Empty>
        }
      />
      {promoted && <DeployDialog what={promoted} onClose={() => setPromoted(undefined)} />}
    </Panel>
  );
}

function Settings({ environments }: { environments: Environment[] }) {
  const t = useText();
  const queries = useQueryClient();
  const may = useCan("settings.write");
  const change = async (one: Environment, next: { approval?: boolean; simulate?: boolean }) => {
    try {
      await got(
        client.PUT("/environments/{environment}", {
          params: { path: { environment: one.environment } },
          body: {
            ...(one.title === undefined ? {} : { title: one.title }),
            approval: next.approval ?? one.approval,
            simulate: next.simulate ?? one.simulate ?? false,
          },
        }),
      );
      tell(t("environment.kept", { name: one.title ?? one.environment }));
      await queries.invalidateQueries();
    } catch (error) {
      tellProblem(error);
    }
  };
  return (
    <Panel title={t("environment.settings")}>
      {!may && <p className="muted">{t("may.not", { permission: "settings.write" })}</p>}
      <div className="columns">
        {environments.map((one) => (
          <section key={one.environment} className="stack">
            <h3 className="foreign">{one.title ?? one.environment}</h3>
            <Switch
              checked={one.approval}
              disabled={!may}
              onChange={(approval) => void change(one, { approval })}
            >
              {t("environment.approval")}
            </Switch>
            <Switch
              checked={one.simulate ?? false}
              disabled={!may}
              onChange={(simulate) => void change(one, { simulate })}
            >
              {t("environment.simulate")}
            </Switch>
          </section>
        ))}
      </div>
    </Panel>
  );
}

export default function Environments() {
  const t = useText();
  const environments = useEnvironments();
  return (
    <Page title={t("nav.environments")} lead={t("environment.lead")}>
      {environments.error && (
        <ErrorBox error={environments.error} onAgain={() => void environments.refetch()} />
      )}
      {environments.isPending && <Skeleton label={t("state.loading")} lines={8} />}
      {environments.data && (
        <>
          <History flow="" state="asked" title={t("deploy.waiting")} />
          <Matrix environments={environments.data} />
          <Settings environments={environments.data} />
        </>
      )}
    </Page>
  );
}
