// What was deployed where, by whom; what waits for a second pair of eyes is approved or rejected here.
import { CircleCheck, History as Clock } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { ListView } from "../app/ListView.tsx";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import { FlowName } from "../flows/FlowName.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { Effect } from "./Deploy.tsx";
import { type Deployment, type DeploymentState, useDeployments } from "./queries.ts";
import { versionName } from "./versions.ts";

const tones: Record<DeploymentState, Tone> = {
  asked: "wait",
  live: "ok",
  replaced: "off",
  refused: "err",
  rejected: "err",
};

type Word = "approve" | "reject";

function columnsOf(
  t: Translate,
  ofAll: boolean,
  /** One waits for a decision: it has the room. */
  asked: boolean,
  decide: (one: Deployment, word: Word) => void,
): Column<Deployment>[] {
  const flow: Column<Deployment> = {
    id: "flow",
    header: t("flow.flow"),
    width: "minmax(8rem, 2fr)",
    cell: (one) => (
      <Link href={`/flows/${one.flow}/versions?v=${one.version}`}>
        <FlowName flow={one.flow} />
      </Link>
    ),
  };
  const acts: Column<Deployment> = {
    id: "acts",
    header: <span className="visually-hidden">{t("list.acts")}</span>,
    width: "11.5rem",
    align: "end",
    from: ofAll ? 0 : 460,
    cell: (one) =>
      one.state === "asked" && (
        <span className="row row-acts">
          {(["reject", "approve"] as const).map((word) => (
            <Button
              key={word}
              size="s"
              look={word === "approve" ? "primary" : "plain"}
              reason={one.can?.includes(word) ? undefined : t("deploy.notYours")}
              onPress={() => decide(one, word)}
            >
              {t(`deploy.${word}`)}
            </Button>
          ))}
        </span>
      ),
  };
  return [
    ...(ofAll ? [flow] : []),
    {
      id: "state",
      header: t("run.status"),
      width: "7rem",
      cell: (one) => <Badge tone={tones[one.state]}>{t(`deploy.state.${one.state}`)}</Badge>,
    },
    {
      id: "version",
      header: t("version.version"),
      width: "5rem",
      cell: (one) => <span className="mono">{versionName(one)}</span>,
    },
    {
      id: "environment",
      header: t("run.environment"),
      width: "7rem",
      cell: (one) => <span className="foreign">{one.environment}</span>,
    },
    {
      id: "by",
      header: t("version.by"),
      width: "minmax(5rem, 1fr)",
      from: ofAll || asked ? 520 : 0,
      cell: (one) => (
        <span className="foreign" title={one.message ?? one.reason}>
          {one.approved_by ? t("deploy.byBoth", { by: one.by, other: one.approved_by }) : one.by}
        </span>
      ),
    },
    {
      id: "at",
      header: t("version.at"),
      width: "6rem",
      from: ofAll || asked ? 600 : 440,
      cell: (one) => <Moment relative at={one.at} />,
    },
    ...(asked ? [acts] : []),
  ];
}
function Decide(props: { one: Deployment; word: Word; onClose: () => void }) {
  const t = useText();
  const { one, word, onClose } = props;
  const done = useDone(onClose);
  const values = { number: versionName(one), flow: one.flow, where: one.environment };
  return (
    <Dialog
      title={t(`deploy.${word}`)}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      size={word === "approve" ? "l" : "m"}
    >
      <ReasonForm
        optional={word === "approve"}
        danger={word === "reject"}
        lead={t(`deploy.${word}Lead`, values)}
        submit={t(`deploy.${word}`)}
        onClose={onClose}
        onSubmit={async (reason) => {
          const params = { path: { deployment: one.deployment }, header: onceKey() };
          const body = reason === "" ? {} : { reason };
          await got(
            word === "approve"
              ? client.POST("/deployments/{deployment}/approve", { params, body })
              : client.POST("/deployments/{deployment}/reject", { params, body }),
          );
          await done(t(`deploy.${word}Done`, values));
        }}
      >
        <p className="foreign">
          {t("deploy.askedBy", { by: one.by, message: one.message ?? "–" })} <Moment at={one.at} />
        </p>
        {word === "approve" && (
          <Effect flow={one.flow} version={one.version} environment={one.environment} />
        )}
      </ReasonForm>
    </Dialog>
  );
}

/** Of one flow or, with "", of all. */
export function History(props: {
  flow: string;
  /** It works somewhere, be it that its folder brought it there. */
  works?: boolean;
  state?: DeploymentState;
  title?: string;
}) {
  const t = useText();
  const pages = useDeployments(props.flow, props.state);
  const asked = pages.items.some((one) => one.state === "asked");
  const [deciding, setDeciding] = useState<{ one: Deployment; word: Word }>();
  return (
    <Panel flush title={props.title ?? t("deploy.history")} className="list-panel">
      <ListView
        label={props.title ?? t("deploy.history")}
        pages={pages}
        columns={columnsOf(t, props.flow === "", asked, (one, word) => setDeciding({ one, word }))}
        keyOf={(one) => one.deployment}
        filtered={false}
        empty={
          props.state === "asked" ? (
            <p className="panel-calm">
              <CircleCheck size={16} aria-hidden="true" />
              {t("deploy.noneWaits")}
            </p>
          ) : props.works ? (
            <p className="panel-calm">{t("deploy.folder")}</p>
          ) : (
            <Empty icon={<Clock size={22} />} title={t("deploy.none")}>
              {t("deploy.noneText")}
            </Empty>
          )
        }
      />
      {deciding && <Decide {...deciding} onClose={() => setDeciding(undefined)} />}
    </Panel>
  );
}
