// What is left to do until a flow is live, in four phases, from facts that the program has looked
// up; each point leads to where it is settled.
import { useQuery } from "@tanstack/react-query";
import { PartyPopper } from "lucide-react";
import { Link, useParams } from "wouter";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { useText } from "../i18n/text.tsx";
import { textOf } from "../model/json.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Page } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { AnswersForm } from "./AnswersForm.tsx";
import { Bindings } from "./Bindings.tsx";
import { Launch } from "./Launch.tsx";
import { Pairings } from "./Pairings.tsx";
import { Phases } from "./Phases.tsx";
import { isDone, openBefore } from "./setup.ts";
import { TryIt } from "./TryIt.tsx";
import { useDrafts } from "./useDraft.ts";
import "./flows.css";

const EVERY_MS = 15_000;

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

function FlowSetup({ flow }: { flow: string }) {
  const t = useText();
  const query = useChecklist(flow);
  const launch = query.data?.launch ?? [];
  const drafts = useDrafts(query.data ? launch.map((one) => one.flow) : [flow]);
  const isLive = query.data !== undefined && isDone(query.data.phases, "deploy");
  return (
    <Page
      crumbs={
        <>
          <Link href="/flows">{t("nav.flows")}</Link>
          {" / "}
          <Link href={`/flows/${flow}`} className="foreign">
            {textOf(drafts.get(flow)?.draft.flow.name) ?? flow}
          </Link>
        </>
      }
      title={t("setup.setup")}
      lead={t("setup.lead")}
      tools={<Link href={`/flows/${flow}`}>{t("setup.editor")}</Link>}
    >
      {query.error && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
      {query.isPending && <Skeleton label={t("state.loading")} lines={10} />}
      {query.data?.done && (
        <p className="panel setup-all" role="status">
          <PartyPopper size={17} aria-hidden="true" />
          {t("setup.all")}
        </p>
      )}
      {query.data && (
        <Phases
          flow={flow}
          drafts={drafts}
          phases={query.data.phases}
          inside={{
            Discovery: <Bindings flow={flow} rows={query.data.connections} drafts={drafts} />,
            "Configure & map": (
              <AnswersForm
                flow={flow}
                rows={query.data.questions}
                drafts={drafts}
                isLive={isLive}
              />
            ),
            Validate: <TryIt flow={flow} />,
            Launch: (
              <Launch
                flow={flow}
                flows={launch}
                drafts={drafts}
                before={openBefore(query.data.phases)}
                isLive={isLive}
              />
            ),
          }}
        />
      )}
    </Page>
  );
}

export default function Setup() {
  const { flow, pairing } = useParams<{ flow?: string; pairing?: string }>();
  return flow === undefined ? <Pairings pairing={pairing ?? ""} /> : <FlowSetup flow={flow} />;
}
