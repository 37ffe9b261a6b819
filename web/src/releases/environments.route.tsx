// What works where: each flow in each environment, on to the next one from here, paused and resumed;
// what waits for approval; and how each environment is set up.
import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, ArrowRight, Layers, Pause, Pencil, Play, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { NAME } from "../app/names.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { useFlowActs } from "../flows/flowRows.tsx";
import type { Flow, FlowDeployment } from "../flows/flows.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Switch, TextField } from "../ui/Field.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { DeployDialog, type Promoted } from "./Deploy.tsx";
import { type Environment, movedBy, nextOf } from "./environments.ts";
import { History } from "./History.tsx";
import { PromoteDialog } from "./Promote.tsx";
import { isAlways, useEnvironments } from "./queries.ts";
import { RenameEnvironment } from "./RenameEnvironment.tsx";
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
      prose: true,
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
      width: `${environments.length < 3 ? 12 : 18}rem`,
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
  const [isMany, setMany] = useState(false);
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
  const names = environments.map((one) => one.environment);
  const promote = (flow: Flow) => (
    <span className="row">
      {nextOf(flow.deployments, names).map(({ from, to }) => (
        <Button
          key={to}
          size="s"
          icon={<ArrowRight size={14} />}
          reason={mayDeploy ? undefined : t("may.not", { permission: "rules.publish" })}
          onPress={() =>
            setPromoted({
              flow: flow.flow,
              version: from.version,
              name: versionName(from),
              environment: to,
            })
          }
        >
          {t("deploy.promote", { environment: to })}
        </Button>
      ))}
    </span>
  );
  return (
    <Panel
      flush
      title={t("environment.works")}
      className="list-panel"
      tools={
        environments.length > 1 && (
          <Button
            size="s"
            icon={<ArrowRight size={14} />}
            reason={mayDeploy ? undefined : t("may.not", { permission: "rules.publish" })}
            onPress={() => setMany(true)}
          >
            {t("promote.title")}
          </Button>
        )
      }
    >
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
      {isMany && (
        <PromoteDialog
          environments={environments}
          flows={pages.items}
          onClose={() => setMany(false)}
        />
      )}
    </Panel>
  );
}

/** A new one stands before production, on the way of a version, until it is moved. */
function NewEnvironment(props: { taken: readonly string[]; onClose: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const isTaken = props.taken.includes(name);
  let wrong: string | undefined;
  if (isTaken) wrong = t("environment.taken", { name });
  else if (name !== "" && !NAME.test(name)) wrong = t("flow.idWrong");
  return (
    <SaveDialog
      title={t("environment.new")}
      ready={NAME.test(name) && !isTaken}
      onSave={async () => {
        await got(
          client.PUT("/environments/{environment}", {
            params: { path: { environment: name } },
            body: title.trim() === "" ? {} : { title: title.trim() },
          }),
        );
        tell(t("environment.made", { name }));
        props.onClose();
        await queries.invalidateQueries();
      }}
      onClose={props.onClose}
    >
      <TextField
        label={t("environment.name")}
        help={t("environment.nameHelp")}
        required
        autoFocus
        mono
        maxLength={64}
        error={wrong}
        value={name}
        onChange={setName}
      />
      <TextField label={t("environment.title")} maxLength={100} value={title} onChange={setTitle} />
    </SaveDialog>
  );
}

type Change = Partial<Pick<Environment, "approval" | "simulate" | "order">>;

function Settings({ environments }: { environments: Environment[] }) {
  const t = useText();
  const queries = useQueryClient();
  const may = useCan("settings.write");
  const reason = may ? undefined : t("may.not", { permission: "settings.write" });
  const [isNew, setNew] = useState(false);
  const [renamed, setRenamed] = useState<Environment>();
  const [removed, setRemoved] = useState<Environment>();
  const change = async (one: Environment, changes: readonly [string, Change][]) => {
    try {
      for (const [environment, body] of changes) {
        await got(
          client.PUT("/environments/{environment}", { params: { path: { environment } }, body }),
        );
      }
      tell(t("environment.kept", { name: one.title ?? one.environment }));
    } catch (error) {
      tellProblem(error);
    }
    await queries.invalidateQueries();
  };
  const move = (one: Environment, by: -1 | 1) => {
    const moved = movedBy(environments, one.environment, by);
    void change(
      one,
      moved.map(({ environment, order }) => [environment, { order }]),
    );
  };
  return (
    <Panel
      title={t("environment.settings")}
      tools={
        <Button size="s" icon={<Plus size={14} />} reason={reason} onPress={() => setNew(true)}>
          {t("environment.new")}
        </Button>
      }
    >
      {reason && <p className="muted">{reason}</p>}
      <p className="muted">{t("environment.orderHelp")}</p>
      <div className="columns">
        {environments.map((one, index) => {
          const name = one.title ?? one.environment;
          return (
            <section key={one.environment} className="stack">
              <div className="section-head">
                <h3 className="foreign">{name}</h3>
                <span className="row">
                  <Button
                    size="s"
                    look="quiet"
                    icon={<ArrowLeft size={14} />}
                    label={t("environment.earlier", { name })}
                    disabled={index === 0}
                    reason={reason}
                    onPress={() => move(one, -1)}
                  />
                  <Button
                    size="s"
                    look="quiet"
                    icon={<ArrowRight size={14} />}
                    label={t("environment.later", { name })}
                    disabled={index === environments.length - 1}
                    reason={reason}
                    onPress={() => move(one, 1)}
                  />
                  <Button
                    size="s"
                    look="quiet"
                    icon={<Pencil size={14} />}
                    label={t("environment.rename", { name })}
                    reason={reason}
                    onPress={() => setRenamed(one)}
                  />
                  <Button
                    size="s"
                    look="quiet"
                    icon={<Trash2 size={14} />}
                    label={t("environment.remove", { name })}
                    reason={
                      reason ?? (isAlways(one.environment) ? t("environment.always") : undefined)
                    }
                    onPress={() => setRemoved(one)}
                  />
                </span>
              </div>
              <Switch
                checked={one.approval}
                disabled={!may}
                onChange={(approval) => void change(one, [[one.environment, { approval }]])}
              >
                {t("environment.approval")}
              </Switch>
              <Switch
                checked={one.simulate ?? false}
                disabled={!may}
                onChange={(simulate) => void change(one, [[one.environment, { simulate }]])}
              >
                {t("environment.simulate")}
              </Switch>
            </section>
          );
        })}
      </div>
      {isNew && (
        <NewEnvironment
          taken={environments.map((one) => one.environment)}
          onClose={() => setNew(false)}
        />
      )}
      {renamed && <RenameEnvironment one={renamed} onClose={() => setRenamed(undefined)} />}
      {removed && (
        <ConfirmDialog
          danger
          title={t("environment.remove", { name: removed.title ?? removed.environment })}
          lead={t("environment.removeText")}
          submit={t("environment.removeSubmit")}
          onConfirm={async () => {
            await got(
              client.DELETE("/environments/{environment}", {
                params: { path: { environment: removed.environment } },
              }),
            );
            setRemoved(undefined);
            tell(t("environment.removed", { name: removed.title ?? removed.environment }));
            await queries.invalidateQueries();
          }}
          onClose={() => setRemoved(undefined)}
        />
      )}
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
