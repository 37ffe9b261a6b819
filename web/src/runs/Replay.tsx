// A replay: from which step, by which version, with which input. What it would do is told before,
// from a dry run of the program itself: which steps run again, and which effects would be doubled.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { client, exactly, gotExact, onceKey } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import { useText } from "../i18n/text.tsx";
import { type Json, objectOf, parseJson, textOf, writeJson } from "../model/json.ts";
import { Checkbox, Select } from "../ui/Field.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import type { ActProps } from "./acts.tsx";
import { ReplayBody, useWanted } from "./ReplayBody.tsx";
import { ReplayPlan } from "./ReplayPlan.tsx";
import { bodyFaults, readPlan } from "./replayPlan.ts";
import { readStep } from "./runs.ts";
import { useTitles } from "./titles.tsx";

const STEPS_MOST = 200;
const STOOD = "";

/** The steps at which it can begin: those of the flow's own level that have begun. */
function useStarts(run: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "runs", run, "starts"],
    queryFn: async ({ signal }) => {
      const asked = client.GET("/runs/{run}/steps", {
        params: { path: { run }, query: { limit: STEPS_MOST } },
        signal,
      });
      const { data } = await asked;
      return (data?.items ?? []).map(readStep).filter((step) => !step.step.includes("/"));
    },
  });
}

interface Chosen {
  from: string;
  version: "current" | "own";
  repeat: boolean;
  body: string | undefined;
}

function bodyOf(chosen: Chosen): Json {
  return {
    version: chosen.version,
    ...(chosen.from === STOOD ? {} : { from: chosen.from }),
    ...(chosen.repeat ? { repeat_effects: true } : {}),
    ...(chosen.body === undefined ? {} : { body: parseJson(chosen.body) }),
  };
}

function replay(run: string, body: Json): Promise<Json> {
  const asked = client.POST("/runs/{run}/replay", {
    params: { path: { run }, header: onceKey() },
    body: body as never,
    // Written by ourselves: the numbers of an edited body keep their digits.
    ...exactly,
  });
  return gotExact(asked);
}

function usePlan(run: string, chosen: Chosen, ready: boolean) {
  const workspace = useSession((session) => session.workspace);
  const key = useDebounced(ready ? writeJson(bodyOf(chosen)) : "", 350);
  return useQuery({
    queryKey: [workspace, "runs", run, "plan", key],
    enabled: key !== "",
    placeholderData: (before) => before,
    queryFn: async () =>
      readPlan(await replay(run, { ...objectOf(parseJson(key)), dry_run: true })),
  });
}

export function ReplayForm({ run, onClose }: ActProps) {
  const t = useText();
  const titles = useTitles();
  const [, go] = useLocation();
  const done = useDone(onClose);
  const mayRead = useCan("payloads.read");
  const over = run.status === "succeeded";
  const starts = useStarts(run.run);
  const first = starts.data?.[0]?.step ?? "";
  const [from, setFrom] = useState<string>();
  const [version, setVersion] = useState<Chosen["version"]>("current");
  const [repeat, setRepeat] = useState(false);
  const [editing, setEditing] = useState(false);
  const [body, setBody] = useState<string>();
  const wanted = useWanted(run);
  // What has succeeded stood nowhere: it is done again from a step on.
  const begin = from ?? (over ? first : STOOD);
  const [fault] = useMemo(
    () => (editing && body !== undefined ? bodyFaults(body, wanted) : []),
    [editing, body, wanted],
  );
  const chosen: Chosen = { from: begin, version, repeat, body: editing ? body : undefined };
  const ready = fault === undefined && (!over || begin !== STOOD);
  const plan = usePlan(run.run, chosen, ready);
  const failed = titles(run.error?.step ?? "");
  let refused: string | undefined;
  if (fault) refused = fault.message ?? t("replay.stillMasked");
  else if (plan.data?.refused) refused = plan.data.refused;
  else if (plan.error) refused = t("replay.noPlan");
  return (
    <ReasonForm
      submit={t("run.replay")}
      lead={t("run.replayLead")}
      refused={refused}
      onClose={onClose}
      onSubmit={async (reason) => {
        const made = await replay(run.run, { ...objectOf(bodyOf(chosen)), reason });
        await done(t("run.replayed"));
        const id = textOf(objectOf(made).run);
        if (id !== undefined) go(`/runs/${id}`);
      }}
    >
      <div className="columns">
        <Select
          label={t("run.replayFrom")}
          value={begin}
          onChange={setFrom}
          choices={[
            ...(over ? [] : [{ value: STOOD, label: t("replay.stood", { step: failed }) }]),
            ...(starts.data ?? []).map((step) => ({
              value: step.step,
              label: step.title || step.node,
              help: step.step,
            })),
          ]}
        />
        <Select
          label={t("run.replayVersion")}
          value={version}
          onChange={(next) => setVersion(next as Chosen["version"])}
          choices={[
            { value: "current", label: t("run.replayCurrent") },
            { value: "own", label: t("run.replayOwn") },
          ]}
        />
      </div>
      <Checkbox checked={editing} disabled={!mayRead} onChange={setEditing}>
        {mayRead ? t("replay.edit") : t("may.not", { permission: "payloads.read" })}
      </Checkbox>
      {editing && <ReplayBody run={run} wanted={wanted} text={body} onChange={setBody} />}
      {fault && (
        <p className="field-error" role="alert">
          {fault.message ?? t("replay.stillMasked")}
        </p>
      )}
      <ReplayPlan
        plan={ready ? plan.data : undefined}
        error={plan.error}
        looking={plan.isFetching}
      />
      {(repeat || (plan.data?.repeats.length ?? 0) > 0) && (
        <Checkbox checked={repeat} onChange={setRepeat}>
          {t("run.replayRepeat")}
        </Checkbox>
      )}
    </ReasonForm>
  );
}
