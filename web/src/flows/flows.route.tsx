// All flows: where they work, how they do, what waits to be published.
import { useQueryClient } from "@tanstack/react-query";
import { Ellipsis, FileUp, Pause, Play, Plus, Workflow } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { useUrlState } from "../app/url.ts";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { SearchField } from "../ui/Field.tsx";
import { type Act, Menu } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { type Flow, type FlowDeployment, failedShare } from "./flows.ts";
import { NewFlow } from "./NewFlow.tsx";
import "./flows.css";

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
  const share = failedShare(flow);
  if (share === undefined) return <span className="muted">–</span>;
  const failed = flow.health?.failed ?? 0;
  if (failed === 0) return <span className="muted">0</span>;
  return (
    <Badge plain tone={share >= 0.05 ? "err" : "warn"}>
      {count(failed)}
    </Badge>
  );
}

function useActs(): (flow: Flow) => Act[] {
  const t = useText();
  const mayAct = useCan("runs.act");
  const queries = useQueryClient();
  const turn = async (flow: Flow, { environment, state }: FlowDeployment) => {
    const params = { path: { flow: flow.flow, environment }, header: onceKey() };
    try {
      if (state === "paused") {
        await got(client.POST("/flows/{flow}/deployments/{environment}/resume", { params }));
        tell(t("flow.resumed", { name: flow.name, environment }));
      } else {
        await got(client.POST("/flows/{flow}/deployments/{environment}/pause", { params }));
        tell(t("flow.pausedNow", { name: flow.name, environment }));
      }
      await queries.invalidateQueries();
    } catch (error) {
      tellProblem(error);
    }
  };
  return (flow) =>
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
}

function useColumns(t: Translate, actsOf: (flow: Flow) => Act[]): Column<Flow>[] {
  return [
    {
      id: "flow",
      header: t("flow.flow"),
      width: "minmax(14rem, 3fr)",
      cell: (flow) => (
        <span className="flow-name">
          <strong className="truncate foreign">{flow.name}</strong>
          {flow.name !== flow.flow && <span className="muted mono truncate">{flow.flow}</span>}
        </span>
      ),
    },
    {
      id: "where",
      header: t("flow.where"),
      width: "minmax(13rem, 3fr)",
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
      id: "runs",
      header: t("flow.runs"),
      width: "6.5rem",
      align: "end",
      cell: (flow) =>
        flow.health ? `${count(flow.health.runs)}${flow.health.capped ? "+" : ""}` : "–",
    },
    {
      id: "failed",
      header: t("flow.failed"),
      width: "6rem",
      align: "end",
      cell: (flow) => <Failures flow={flow} />,
    },
    {
      id: "last",
      header: t("flow.last"),
      width: "8rem",
      from: 760,
      cell: (flow) => <Moment relative at={flow.health?.last_run?.received_at} />,
    },
    {
      id: "draft",
      header: t("flow.draft"),
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
    {
      id: "acts",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "3rem",
      align: "end",
      cell: (flow) => {
        const acts = actsOf(flow);
        return acts.length === 0 ? null : (
          <Menu label={t("list.actsOf", { name: flow.name })} acts={acts}>
            <Button
              size="s"
              look="quiet"
              icon={<Ellipsis size={15} />}
              label={t("list.actsOf", { name: flow.name })}
            />
          </Menu>
        );
      },
    },
  ];
}

function useImport(): [React.RefObject<HTMLInputElement | null>, (file: File) => Promise<void>] {
  const t = useText();
  const [, go] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const load = async (file: File) => {
    try {
      const text = await file.text();
      const draft = await got(
        client.POST("/flows/import", {
          params: { header: onceKey() },
          body: {} as never,
          // The text as it stands: its numbers keep their digits.
          bodySerializer: () => text,
          headers: { "Content-Type": "application/json" },
        }),
      );
      tell(t("flow.imported", { name: draft.flow }));
      go(`/flows/${draft.flow}`);
    } catch (error) {
      tellProblem(error);
    }
  };
  return [input, load];
}

export default function Flows() {
  const t = useText();
  const [, go] = useLocation();
  const [search, setSearch] = useUrlState("q");
  const words = useDebounced(search, 200);
  const mayWrite = useCan("flows.write");
  const [making, setMaking] = useState(false);
  const [file, load] = useImport();
  const columns = useColumns(t, useActs());
  const pages = usePages(["flows", words], (cursor, signal) =>
    got(
      client.GET("/flows", {
        params: {
          query: { limit: 100, ...(words ? { search: words } : {}), ...(cursor ? { cursor } : {}) },
        },
        signal,
      }),
    ),
  );
  const reason = mayWrite ? undefined : t("may.not", { permission: "flows.write" });
  useCommands(
    useMemo(
      () => [
        {
          id: "flows.new",
          title: t("flow.new"),
          group: t("nav.flows"),
          keys: ["n"],
          reason,
          run: () => setMaking(true),
        },
        {
          id: "flows.import",
          title: t("flow.import"),
          group: t("nav.flows"),
          reason,
          run: () => file.current?.click(),
        },
      ],
      [t, reason, file],
    ),
  );
  const newButton = (
    <Button
      look="primary"
      icon={<Plus size={15} />}
      reason={reason}
      onPress={() => setMaking(true)}
    >
      {t("flow.new")}
    </Button>
  );
  return (
    <Page
      fill
      title={t("nav.flows")}
      tools={
        <>
          <Button icon={<FileUp size={15} />} reason={reason} onPress={() => file.current?.click()}>
            {t("flow.import")}
          </Button>
          {newButton}
        </>
      }
    >
      <div className="filters">
        <SearchField label={t("flow.search")} value={search} onChange={setSearch} />
      </div>
      <Panel flush className="list-panel">
        <ListView
          label={t("nav.flows")}
          pages={pages}
          columns={columns}
          keyOf={(flow) => flow.flow}
          onOpen={(flow) => go(`/flows/${flow.flow}`)}
          filtered={words !== ""}
          onClear={() => setSearch("")}
          empty={
            <Empty icon={<Workflow size={22} />} title={t("flow.none")} acts={newButton}>
              {t("flow.noneText")}
            </Empty>
          }
        />
      </Panel>
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={t("flow.import")}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen) void load(chosen);
        }}
      />
      <NewFlow open={making} onClose={() => setMaking(false)} />
    </Page>
  );
}
