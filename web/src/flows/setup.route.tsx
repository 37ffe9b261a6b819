// What is left to do until a flow is live, in four phases, from facts that the program has looked
// up; each point leads to where it is settled.
import { useQuery } from "@tanstack/react-query";
import { ArrowRight, CircleCheck, CircleDashed, PartyPopper } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useParams, useSearchParams } from "wouter";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { NAME } from "../app/names.ts";
import { type TextKey, useText } from "../i18n/text.tsx";
import type { Draft } from "../model/flow.ts";
import { textOf } from "../model/json.ts";
import { DRAFT, useVersion } from "../releases/versions.ts";
import { Badge } from "../ui/Badge.tsx";
import { cx } from "../ui/cx.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { AnswersForm } from "./AnswersForm.tsx";
import { Bindings } from "./Bindings.tsx";
import { Launch } from "./Launch.tsx";
import { Mend } from "./Mend.tsx";
import { isDone, type Jump, jumpOf, listenerOf, openBefore, type Point, placeOf } from "./setup.ts";
import { TryIt } from "./TryIt.tsx";
import "./flows.css";

type Phase = components["schemas"]["Checklist"]["phases"][number];

const EVERY_MS = 15_000;
const titles: Record<Phase["phase"], TextKey> = {
  Discovery: "setup.discovery",
  "Configure & map": "setup.configure",
  Validate: "setup.validate",
  Launch: "setup.launch",
};

function useChecklist(flow: string) {
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["draft", "deployment", "connection", "run"], "flows");
  return useQuery({
    queryKey: [workspace, "flows", flow, "checklist"],
    refetchInterval: EVERY_MS,
    queryFn: ({ signal }) =>
      got(client.GET("/flows/{flow}/checklist", { params: { path: { flow } }, signal })),
  });
}

/** The connections of which something is missing. */
function openOf(phases: readonly Phase[]): ReadonlySet<string> {
  const open = phases.flatMap((phase) => phase.items).filter((item) => !item.done);
  return new Set(open.flatMap((item) => item.connection ?? []));
}

function Row(props: {
  flow: string;
  point: Point;
  jump: Jump | undefined;
  draft: Draft | undefined;
}) {
  const t = useText();
  const { point, jump, draft } = props;
  const place = placeOf(point, draft);
  return (
    <li className={cx("setup-point", point.done && "setup-done")}>
      {point.done ? (
        <CircleCheck size={17} aria-hidden="true" />
      ) : (
        <CircleDashed size={17} aria-hidden="true" />
      )}
      <span className="setup-text">
        <span className="visually-hidden">{t(point.done ? "setup.done" : "setup.open")}: </span>
        {point.says ? (
          <bdi>{t(`setup.says.${point.says.key}`, point.says.values)}</bdi>
        ) : (
          <span className="foreign">{point.text}</span>
        )}
        {place !== undefined && <span className="muted foreign"> ({place})</span>}
        {point.pointer && place === undefined && (
          <span className="mono muted foreign"> {point.pointer}</span>
        )}
      </span>
      {!point.done && <Mend flow={props.flow} point={point} listener={listenerOf(point, draft)} />}
      {jump && !point.done && (
        <Link href={jump.to} className="setup-jump">
          {t(jump.label)} <ArrowRight size={14} aria-hidden="true" />
        </Link>
      )}
    </li>
  );
}

function Phases(props: {
  flow: string;
  phases: readonly Phase[];
  draft: Draft | undefined;
  /** What is settled in the phase itself. */
  inside: Partial<Record<Phase["phase"], ReactNode>>;
}) {
  const t = useText();
  const { flow, phases, draft } = props;
  const current = phases.find((phase) => !phase.done);
  const isPublished = isDone(phases, "publish"); // before it is, no version is to be chosen
  return (
    <ol className="setup">
      {phases.map((phase, at) => {
        const open = phase.items.filter((item) => !item.done).length;
        return (
          <li key={phase.phase} aria-current={phase === current ? "step" : undefined}>
            <Panel
              title={t("setup.numbered", { number: at + 1, title: t(titles[phase.phase]) })}
              tools={
                <Badge tone={phase.done ? "ok" : "wait"}>
                  {phase.done ? t("setup.done") : t("setup.left", { count: open })}
                </Badge>
              }
            >
              <ul className="plain-list">
                {phase.items.map((item) => (
                  <Row
                    key={`${item.item} ${item.text} ${item.pointer}`}
                    flow={flow}
                    point={item}
                    jump={
                      item.item === "deploy" && !isPublished ? undefined : jumpOf(flow, item, draft)
                    }
                    draft={draft}
                  />
                ))}
              </ul>
              {props.inside[phase.phase]}
            </Panel>
          </li>
        );
      })}
    </ol>
  );
}

/** Back from the set-up of a flow that is called to that of the one which calls it. */
function Caller({ isLive }: { isLive: boolean }) {
  const t = useText();
  const [params] = useSearchParams();
  const caller = params.get("for") ?? "";
  if (!NAME.test(caller)) return null;
  return (
    <p className="panel setup-all">
      {t(isLive ? "setup.callerLive" : "setup.caller", { flow: caller })}
      <Link href={`/flows/${caller}/setup`} className="setup-jump">
        {t("setup.toCaller", { flow: caller })} <ArrowRight size={14} aria-hidden="true" />
      </Link>
    </p>
  );
}

export default function Setup() {
  const t = useText();
  const { flow = "" } = useParams<{ flow: string }>();
  const query = useChecklist(flow);
  const draft = useVersion(flow, DRAFT).data;
  const isLive = query.data !== undefined && isDone(query.data.phases, "deploy");
  return (
    <Page
      crumbs={
        <>
          <Link href="/flows">{t("nav.flows")}</Link>
          {" / "}
          <Link href={`/flows/${flow}`} className="foreign">
            {textOf(draft?.flow.name) ?? flow}
          </Link>
        </>
      }
      title={t("setup.setup")}
      lead={t("setup.lead")}
      tools={<Link href={`/flows/${flow}`}>{t("setup.editor")}</Link>}
    >
      {query.error && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
      {query.isPending && <Skeleton label={t("state.loading")} lines={10} />}
      <Caller isLive={isLive} />
      {query.data?.done && (
        <p className="panel setup-all" role="status">
          <PartyPopper size={17} aria-hidden="true" />
          {t("setup.all")}
        </p>
      )}
      {query.data && (
        <Phases
          flow={flow}
          draft={draft}
          phases={query.data.phases}
          inside={{
            Discovery: <Bindings flow={flow} open={openOf(query.data.phases)} />,
            "Configure & map": <AnswersForm flow={flow} isLive={isLive} />,
            Validate: <TryIt flow={flow} />,
            Launch: (
              <Launch
                flow={flow}
                before={openBefore(query.data.phases)}
                isPublished={isDone(query.data.phases, "publish")}
                isLive={isLive}
              />
            ),
          }}
        />
      )}
    </Page>
  );
}
