// One run: what it came to and why, its steps and their time line, and what went through each.
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Clock, Copy } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Link, useParams } from "wouter";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { useUrlState } from "../app/url.ts";
import { count, span } from "../i18n/format.ts";
import { isTextKey, useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Moment, useNow } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { type RunAct, RunActDialog } from "./acts.tsx";
import { isOver, progressOf, type Run, runTones, settledOf } from "./runs.ts";
import { StepList } from "./StepList.tsx";
import { StepPane } from "./StepPane.tsx";
import { useSteps } from "./useSteps.ts";
import "./runs.css";

const ACTS: RunAct[] = ["replay", "settle", "cancel"];

function useRun(id: string) {
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["run"], "runs");
  return useQuery({
    queryKey: [workspace, "runs", id],
    queryFn: ({ signal }) =>
      got(client.GET("/runs/{run}", { params: { path: { run: id } }, signal })),
  });
}

function Facts({ run }: { run: Run }) {
  const t = useText();
  return (
    <div className="run-facts">
      <span>
        <Link href={`/flows/${run.flow}`} className="foreign">
          {run.flow}
        </Link>
        <span className="mono muted">{run.version.slice(0, 8)}</span>
      </span>
      <span className={run.environment === "production" ? "env env-production" : "env"}>
        {run.environment}
      </span>
      <span>
        {t("run.receivedAt")} <Moment at={run.received_at} />
      </span>
      {run.took_ms !== undefined && <span>{t("run.tookFor", { span: span(run.took_ms) })}</span>}
      <span>{t("run.steps", { count: progressOf(run).steps })}</span>
      <span>
        <Chip mono>{run.run}</Chip>
        <Button
          size="s"
          look="quiet"
          icon={<Copy size={13} />}
          label={t("run.copyId")}
          onPress={() => void navigator.clipboard.writeText(run.run)}
        />
      </span>
    </div>
  );
}

/** Why it failed, in a sentence, and the way out. */
function Story({ run, onStep }: { run: Run; onStep: (path: string) => void }) {
  const t = useText();
  const { error } = run;
  const settled = settledOf(run);
  if (settled) {
    return (
      <div className="run-story run-story-wait">
        <CircleAlert size={17} aria-hidden="true" />
        <p className="foreign">{t("run.settledBy", settled)}</p>
      </div>
    );
  }
  if (!error) {
    if (run.status !== "waiting" || !run.due_at) return null;
    return (
      <div className="run-story run-story-wait">
        <Clock size={17} aria-hidden="true" />
        <p>
          {t("run.goesOn")} <Moment at={run.due_at} />
        </p>
      </div>
    );
  }
  const kind = `error.${error.kind}`;
  const remedy = `error.remedy.${error.kind}`;
  return (
    <div className="run-story">
      <CircleAlert size={17} aria-hidden="true" />
      <div>
        <p>
          <strong>{isTextKey(kind) ? t(kind) : error.kind}</strong>
          {error.step && (
            <>
              {" · "}
              <button
                type="button"
                className="link foreign"
                onClick={() => onStep(error.step ?? "")}
              >
                {error.step}
              </button>
            </>
          )}
        </p>
        <p className="foreign">{error.text}</p>
        {isTextKey(remedy) && <p className="muted">{t(remedy)}</p>}
      </div>
    </div>
  );
}

function Body({ run }: { run: Run }) {
  const t = useText();
  const now = useNow();
  const { failed, steps: total } = progressOf(run);
  const start = failed?.position ?? 0;
  const steps = useSteps(run.run, start);
  const [path, setPath] = useUrlState("step");
  const [act, setAct] = useState<RunAct | undefined>();
  const chosen = path || (failed?.step ?? "");
  const step = steps.known.find((one) => one.step === chosen);
  const ended = steps.known.reduce((most, one) => Math.max(most, one.ended_ms ?? 0), 0);
  const lasted = isOver(run.status)
    ? (run.took_ms ?? ended)
    : Math.max(ended, now.getTime() - new Date(run.received_at ?? now).getTime());
  const mayNot = useCallback(
    (one: RunAct) => (run.can.includes(one) ? undefined : t(`run.not.${one}`)),
    [run.can, t],
  );
  useCommands(
    useMemo<Command[]>(
      () =>
        ACTS.map((one) => ({
          id: `run.${one}`,
          title: t(`run.${one}`),
          group: t("run.run"),
          ...(one === "replay" ? { keys: ["r"] } : {}),
          reason: mayNot(one),
          run: () => setAct(one),
        })),
      [t, mayNot],
    ),
  );
  return (
    <Page
      fill
      crumbs={<Link href="/runs">{t("nav.runs")}</Link>}
      title={
        <span className="run-title">
          <span className="truncate foreign">{run.dedupe || run.run}</span>
          <Badge tone={runTones[run.status]}>{t(`run.status.${run.status}`)}</Badge>
        </span>
      }
      lead={<Facts run={run} />}
      tools={ACTS.filter((one) => one !== "cancel" || !isOver(run.status)).map((one) => (
        <Button
          key={one}
          look={one === "replay" ? "primary" : "plain"}
          reason={mayNot(one)}
          onPress={() => setAct(one)}
        >
          {t(`run.${one}`)}
        </Button>
      ))}
    >
      <Story run={run} onStep={setPath} />
      <div className="run-body">
        <Panel flush title={t("step.steps")} count={count(total)} className="run-steps">
          <StepList
            steps={steps}
            count={total}
            end={lasted}
            chosen={chosen}
            onChoose={setPath}
            start={start}
          />
        </Panel>
        <Panel
          className="run-side"
          title={step ? <span className="foreign">{step.title || step.node}</span> : t("step.step")}
        >
          <StepPane run={run.run} step={step} />
        </Panel>
      </div>
      <RunActDialog act={act} run={run} onClose={() => setAct(undefined)} />
    </Page>
  );
}

export default function RunPage() {
  const t = useText();
  const { run: id = "" } = useParams();
  const query = useRun(id);
  if (query.isPending) return <Skeleton label={t("state.loading")} lines={10} />;
  if (query.error && !query.data) {
    return (
      <Page title={t("run.run")} crumbs={<Link href="/runs">{t("nav.runs")}</Link>}>
        <ErrorBox error={query.error} onAgain={() => void query.refetch()} />
      </Page>
    );
  }
  return query.data ? <Body key={id} run={query.data} /> : null;
}
