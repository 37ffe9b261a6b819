// The versions of a flow: what was published, by whom and why, where it works, what differs from
// one to another; deployed, taken back to, exported from here.
import { useQueryClient } from "@tanstack/react-query";
import { Download, GitBranch, PackagePlus, PenLine, Rocket, Undo2 } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { useUrlState } from "../app/url.ts";
import { ToAudit } from "../audit/ToAudit.tsx";
import { patient } from "../canvas/patient.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Select } from "../ui/Field.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { DeployDialog, type Promoted } from "./Deploy.tsx";
import { Difference, exportVersion } from "./Difference.tsx";
import { History } from "./History.tsx";
import { OneDrawing } from "./OneDrawing.tsx";
import { useFlow, useVersions } from "./queries.ts";
import { RollBack } from "./RollBack.tsx";
import { columnsOf, rowsOf } from "./versionRows.tsx";
import { DRAFT, type Version, versionName } from "./versions.ts";
import "./releases.css";

const Upgrade = lazy(() => patient(() => import("./Upgrade.tsx")));

function useOpenDraft(flow: string, hasDraft: boolean) {
  const t = useText();
  const [, go] = useLocation();
  const queries = useQueryClient();
  const mayWrite = useCan("flows.write");
  let reason: string | undefined;
  if (!mayWrite) reason = t("may.not", { permission: "flows.write" });
  else if (hasDraft) reason = t("version.hasDraft");
  const open = async (version: string) => {
    try {
      await got(
        client.POST("/flows/{flow}/draft", {
          params: { path: { flow }, header: onceKey() },
          body: { version },
        }),
      );
      await queries.invalidateQueries();
      tell(t("version.drafted"));
      go(`/flows/${flow}`);
    } catch (error) {
      tellProblem(error);
    }
  };
  return { reason, open };
}

function Acts(props: { flow: string; version: Version; hasDraft: boolean; onDeploy: () => void }) {
  const t = useText();
  const { flow, version } = props;
  const mayDeploy = useCan("rules.publish");
  const draft = useOpenDraft(flow, props.hasDraft);
  const published = version.version !== DRAFT;
  const name = published ? versionName(version) : DRAFT;
  return (
    <>
      {published && (
        <>
          <Button
            size="s"
            icon={<Rocket size={14} />}
            reason={mayDeploy ? undefined : t("may.not", { permission: "rules.publish" })}
            onPress={props.onDeploy}
          >
            {t("deploy.deploy")}
          </Button>
          <Button
            size="s"
            icon={<PenLine size={14} />}
            reason={draft.reason}
            onPress={() => void draft.open(version.version)}
          >
            {t("version.openDraft")}
          </Button>
        </>
      )}
      <Button
        size="s"
        icon={<Download size={14} />}
        onPress={() => void exportVersion(flow, version.version, name)}
      >
        {t("version.export")}
      </Button>
    </>
  );
}

function Compared(props: {
  flow: string;
  rows: Version[];
  to: Version;
  hasDraft: boolean;
  onDeploy: () => void;
}) {
  const t = useText();
  const { flow, rows, to } = props;
  const [chosen, setFrom] = useUrlState("from");
  const [tab, setTab] = useUrlState("tab", "drawing");
  const [step] = useUrlState("step");
  const others = rows.filter((one) => one.version !== to.version);
  const at = rows.indexOf(to);
  const standard = rows[at + 1] ?? others[0];
  const from = others.find((one) => one.version === chosen) ?? standard;
  const nameOf = (one: Version) =>
    one.version === DRAFT
      ? t("flow.draft")
      : [versionName(one), one.message].filter(Boolean).join(" · ");
  const acts: ReactNode = (
    <Acts flow={flow} version={to} hasDraft={props.hasDraft} onDeploy={props.onDeploy} />
  );
  return (
    <Panel
      className="version-one"
      title={to.version === DRAFT ? t("flow.draft") : versionName(to)}
      tools={acts}
    >
      {from ? (
        <div className="stack version-difference">
          <Select
            className="version-from"
            label={t("version.comparedWith")}
            value={from.version}
            onChange={setFrom}
            choices={others.map((one) => ({ value: one.version, label: nameOf(one) }))}
          />
          <Difference
            flow={flow}
            from={from.version}
            to={to.version}
            tab={tab}
            onTab={setTab}
            step={step}
          />
        </div>
      ) : (
        <div className="stack version-difference">
          <p className="muted">
            {t("version.onlyOne")}. {t("version.onlyOneText")}
          </p>
          <OneDrawing flow={flow} version={to.version} step={step} />
        </div>
      )}
    </Panel>
  );
}

export default function Versions() {
  const t = useText();
  const { flow = "" } = useParams<{ flow: string }>();
  const one = useFlow(flow);
  const pages = useVersions(flow);
  const mayDeploy = useCan("flows.deploy");
  const [chosen, setChosen] = useUrlState("v");
  const [deploying, setDeploying] = useState<Promoted>();
  const [rolling, setRolling] = useState(false);
  const [upgrading, setUpgrading] = useState(false);
  const mayWrite = useCan("flows.write");
  const rows = rowsOf(one.data?.draft, pages.items);
  const to = rows.find((row) => row.version === chosen) ?? rows[0];
  const live = one.data?.deployments ?? [];
  let noBack: string | undefined;
  if (!mayDeploy) noBack = t("may.not", { permission: "flows.deploy" });
  else if (live.length === 0) noBack = t("flow.nowhere");
  return (
    <Page
      fill
      crumbs={
        <>
          <Link href="/flows">{t("nav.flows")}</Link>
          {" / "}
          <Link href={`/flows/${flow}`} className="foreign">
            {one.data?.name ?? flow}
          </Link>
        </>
      }
      title={t("version.versions")}
      lead={t("version.lead")}
      tools={
        <>
          <ToAudit flow={flow} />
          {one.data?.template_newer && (
            <Button
              look="primary"
              icon={<PackagePlus size={15} />}
              reason={mayWrite ? undefined : t("may.not", { permission: "flows.write" })}
              onPress={() => setUpgrading(true)}
            >
              {t("upgrade.look")}
            </Button>
          )}
          <Button icon={<Undo2 size={15} />} reason={noBack} onPress={() => setRolling(true)}>
            {t("version.rollBack")}
          </Button>
        </>
      }
    >
      <div className="version-body">
        <div className="version-side">
          <Panel flush className="list-panel">
            <ListView
              label={t("version.versions")}
              pages={{ ...pages, items: rows }}
              columns={columnsOf(t)}
              keyOf={(row) => row.version}
              current={to?.version}
              onCurrent={(row) => setChosen(row.version)}
              filtered={false}
              empty={
                <Empty icon={<GitBranch size={22} />} title={t("version.none")}>
                  {t("version.noneText")}
                </Empty>
              }
            />
          </Panel>
          <History flow={flow} works={live.length > 0} />
        </div>
        {to && (
          <Compared
            key={to.version}
            flow={flow}
            rows={rows}
            to={to}
            hasDraft={one.data?.draft !== undefined}
            onDeploy={() => setDeploying({ flow, version: to.version, name: versionName(to) })}
          />
        )}
      </div>
      {deploying && <DeployDialog what={deploying} onClose={() => setDeploying(undefined)} />}
      {upgrading && (
        <Suspense>
          <Upgrade
            flow={flow}
            revision={one.data?.draft?.revision}
            onClose={() => setUpgrading(false)}
          />
        </Suspense>
      )}
      {rolling && <RollBack flow={flow} live={live} onClose={() => setRolling(false)} />}
    </Page>
  );
}
