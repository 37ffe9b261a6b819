// One run: what it came to and why, its flow and how each step went, their time line, and what went
// through each.
import { useQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { lazy, memo, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { Link, useParams } from "wouter";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { tell, tellProblem, tellWhy } from "../app/toasts.tsx";
import { useUrlState } from "../app/url.ts";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { findInData } from "../ui/findInData.ts";
import { useNow } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { type RunAct, RunActDialog } from "./acts.tsx";
import { Compare } from "./Compare.tsx";
import { HeatStrip } from "./HeatStrip.tsx";
import { loopOf } from "./heat.ts";
import { RunLog } from "./RunLog.tsx";
import { RunFacts, RunStory } from "./RunStory.tsx";
import { isOver, progressOf, type Run, type RunStep, runTones } from "./runs.ts";
import { StepList } from "./StepList.tsx";
import { StepPane } from "./StepPane.tsx";
import { StepTitles } from "./titles.tsx";
import { findStepOf, type Steps, useListed, useSteps } from "./useSteps.ts";
import "./runs.css";

const RunBoard = lazy(() => import("./RunBoard.tsx"));
const LineagePane = lazy(() => import("./Lineage.tsx"));
const SHOWN = "weft.run.board";
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

/** The board of the flow, when there is room for it. */
function useBoardShown(): [boolean, () => void] {
  const [shown, setShown] = useState(() => {
    const kept = localStorage.getItem(SHOWN);
    return kept === null ? matchMedia("(min-width: 768px)").matches : kept === "1";
  });
  const turn = () => {
    localStorage.setItem(SHOWN, shown ? "0" : "1");
    setShown(!shown);
  };
  return [shown, turn];
}

function useActs(run: Run, setAct: (act: RunAct) => void): (act: RunAct) => string | undefined {
  const t = useText();
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
      [t, mayNot, setAct],
    ),
  );
  return mayNot;
}

/** Ctrl+F looks through the payload of the step, wherever on the page one is. */
function useFind(): void {
  const t = useText();
  useCommands(
    useMemo(
      () => [
        {
          id: "run.find",
          title: t("keys.findData"),
          group: t("run.run"),
          keys: ["mod+f"],
          run: () => {
            if (!findInData(document.querySelector(".run-side .data-pane"))) {
              tellWhy(t("data.nothingToFind"));
            }
          },
        },
      ],
      [t],
    ),
  );
}

/** The flow as it ran; a card of it leads to a step of the list. */
function Flow(props: {
  run: Run;
  steps: Steps;
  chosen: RunStep | undefined;
  at: number | undefined;
  /** Whose lineage is looked at; "": none. */
  field: string;
  onChoose: (path: string) => void;
}) {
  const t = useText();
  const { run, steps, chosen, onChoose } = props;
  /** Whether there is such a step. */
  const choose = async (node: string, level: string | null) => {
    try {
      const path = await findStepOf(run.run, node, level, steps.known);
      if (path === undefined) tell(t("run.notBegun"));
      else onChoose(path);
      return path !== undefined;
    } catch (error) {
      tellProblem(error);
      return false;
    }
  };
  return (
    <div className="run-board">
      <Suspense fallback={<Skeleton label={t("state.loading")} lines={5} />}>
        <RunBoard
          run={run}
          steps={steps.known}
          chosen={chosen?.node}
          field={props.field}
          path={chosen?.step ?? ""}
          at={props.at}
          onChoose={choose}
        />
      </Suspense>
    </div>
  );
}

/** Not drawn anew for each block of steps that comes to the list beside it. */
const Side = memo(function Side(props: {
  run: Run;
  step: RunStep | undefined;
  onChoose: (path: string) => void;
}) {
  const t = useText();
  const { run, step, onChoose } = props;
  const [tab, setTab] = useUrlState("side", "step");
  const [field, setField] = useUrlState("field");
  const where = (next: string) => {
    if (step) onChoose(step.step);
    setField(next);
    setTab("lineage");
  };
  const lineage = {
    id: "lineage",
    label: t("lineage.lineage"),
    content: (
      <Suspense fallback={<Skeleton label={t("state.loading")} lines={5} />}>
        <LineagePane run={run} step={step?.step ?? ""} field={field} onField={setField} />
      </Suspense>
    ),
  };
  return (
    <Panel flush className="run-side">
      <Tabs
        label={t("step.step")}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          {
            id: "step",
            label: step ? (
              <span className="foreign">{step.title || step.node}</span>
            ) : (
              t("step.step")
            ),
            content: (
              <StepPane
                run={run.run}
                step={step}
                diagnosed={run.diagnosis ? run.error?.step : undefined}
                onChoose={onChoose}
                onWhere={where}
              />
            ),
          },
          ...(field === "" ? [] : [lineage]),
          {
            id: "compare",
            label: t("compare.compare"),
            content: <Compare key={step?.step} run={run} step={step} />,
          },
          {
            id: "log",
            label: t("step.log"),
            content: <RunLog run={run.run} step={step?.step ?? ""} onChoose={onChoose} />,
          },
        ]}
      />
    </Panel>
  );
});

const STUCK: readonly string[] = ["retrying", "in_doubt"];

function Body({ run }: { run: Run }) {
  const t = useText();
  const now = useNow();
  const { failed, steps: total } = progressOf(run);
  const start = failed?.position ?? 0;
  const steps = useSteps(run.run, start, isOver(run.status));
  const [path, setPath] = useUrlState("step");
  const [field] = useUrlState("field");
  const [side] = useUrlState("side");
  const [act, setAct] = useState<RunAct | undefined>();
  const [board, turnBoard] = useBoardShown();
  const [at, setAt] = useState<number | undefined>();
  useFind();
  /* what it is held up by now; it stays chosen when it goes on, somebody may be reading */
  const stuck = useRef<string | undefined>(undefined);
  stuck.current ??= steps.known.find((one) => STUCK.includes(one.status))?.step;
  const chosen = path || (failed?.step ?? stuck.current ?? "");
  const step = useListed(run.run, chosen, steps.known);
  const loop = loopOf(chosen, step?.iterations !== undefined);
  const ended = steps.known.reduce((most, one) => Math.max(most, one.ended_ms ?? 0), 0);
  const lasted = isOver(run.status)
    ? (run.took_ms ?? ended)
    : Math.max(ended, now.getTime() - new Date(run.received_at ?? now).getTime());
  const mayNot = useActs(run, setAct);
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
      lead={<RunFacts run={run} />}
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
      <RunStory run={run} onStep={setPath} />
      <div className="run-body">
        <Panel
          flush
          title={t("step.steps")}
          count={count(total)}
          className="run-steps"
          tools={
            <Button
              size="s"
              icon={<Workflow size={14} />}
              pressed={board}
              label={t(board ? "run.boardHide" : "run.boardShow")}
              onPress={turnBoard}
            >
              {t("run.board")}
            </Button>
          }
        >
          {board && (
            <Flow
              run={run}
              steps={steps}
              chosen={step}
              at={at}
              field={side === "lineage" ? field : ""}
              onChoose={setPath}
            />
          )}
          <StepList
            steps={steps}
            count={total}
            end={lasted}
            chosen={chosen}
            chosenAt={step?.position}
            onChoose={setPath}
            start={start}
            above={
              loop !== "" && (
                <HeatStrip
                  key={loop}
                  run={run.run}
                  loop={loop}
                  over={isOver(run.status)}
                  chosen={chosen}
                  onChoose={setPath}
                />
              )
            }
            at={at}
            onAt={setAt}
          />
        </Panel>
        <Side run={run} step={step} onChoose={setPath} />
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
  if (!query.data) return null;
  return (
    <StepTitles run={query.data}>
      <Body key={id} run={query.data} />
    </StepTitles>
  );
}
