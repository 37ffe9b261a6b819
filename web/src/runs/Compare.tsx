// What two payloads differ in: what went into a step and what came out, one try and the next, this
// run and one that went well. The program compares: by keys, and numbers by their value.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { client, exactBody, got, gotExact } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { fullMoment } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import {
  arrayOf,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
  writeJson,
} from "../model/json.ts";
import { DiffTable, diffRow } from "../ui/DiffTable.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { type Choice, Select } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { ComparePairs, type Side } from "./ComparePairs.tsx";
import type { Run, RunStep } from "./runs.ts";
import { useRunStep } from "./useSteps.ts";

const DIFFERENCES_MOST = 500;
const LAST_GOOD = 5;

/** Runs of the flow that went well, to compare with: the last ones before this, else those after. */
function useGood(run: Run) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "runs", "good", run.flow, run.run],
    queryFn: async ({ signal }) => {
      const { flow, environment } = run;
      const query = { flow, environment, status: "succeeded", limit: LAST_GOOD };
      const of = async (more: { received_to?: string }) => {
        const params = { query: { ...query, ...more } };
        const page = await got(client.GET("/runs", { params, signal }));
        return page.items.filter((one) => one.run !== run.run);
      };
      const before = run.received_at ? await of({ received_to: run.received_at }) : [];
      return before.length > 0 ? before : of({});
    },
  });
}

function attemptsOf(step: JsonObject): JsonObject[] {
  return arrayOf(step.attempts).map(objectOf);
}

function sideOf(side: Side, step: JsonObject): { payload?: string; value?: Json } | undefined {
  if (side.what === "came") return { payload: `${side.run}-input` };
  const payload = textOf(step[`${side.what}_payload`]);
  if (payload !== undefined) return { payload };
  const attempt = attemptsOf(step).find((one) => `try${String(one.attempt)}` === side.what);
  return attempt?.error === undefined ? undefined : { value: attempt.error };
}

function whatChoices(t: Translate, step: RunStep | undefined, whole: JsonObject): Choice[] {
  const choices: Choice[] = [{ value: "came", label: t("run.input") }];
  if (!step) return choices;
  choices.push(
    { value: "input", label: t("compare.input", { step: step.title || step.node }) },
    { value: "output", label: t("compare.output", { step: step.title || step.node }) },
  );
  for (const attempt of attemptsOf(whole)) {
    const number = String(attempt.attempt);
    choices.push({ value: `try${number}`, label: t("compare.try", { number }) });
  }
  return choices;
}

function SideFields(props: {
  label: string;
  side: Side;
  runs: Choice[];
  whats: Choice[];
  onChange: (side: Side) => void;
}) {
  const t = useText();
  const { side, onChange } = props;
  return (
    <fieldset className="compare-side">
      <legend>{props.label}</legend>
      <Select
        label={t("compare.what")}
        value={side.what}
        choices={props.whats}
        onChange={(what) => onChange({ ...side, what })}
      />
      <Select
        label={t("compare.ofRun")}
        value={side.run}
        choices={props.runs}
        onChange={(run) => onChange({ ...side, run })}
      />
    </fieldset>
  );
}

function Differences({ answer }: { answer: JsonObject }) {
  const t = useText();
  const list = arrayOf(answer.differences).map(objectOf);
  if (answer.same === true) return <p className="muted">{t("diff.same")}</p>;
  return (
    <>
      <p role="status">{t("compare.count", { count: list.length })}</p>
      <DiffTable rows={list.map(diffRow)} names={[t("compare.left"), t("compare.right")]} />
      {answer.more === true && <p className="muted">{t("compare.more")}</p>}
      {answer.incomplete === true && <p className="muted">{t("compare.incomplete")}</p>}
    </>
  );
}

function Result({ left, right }: { left: Json | undefined; right: Json | undefined }) {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  const key = `${left === undefined ? "" : writeJson(left)}|${right === undefined ? "" : writeJson(right)}`;
  const query = useQuery({
    queryKey: [workspace, "payloads", "diff", key],
    enabled: left !== undefined && right !== undefined,
    queryFn: ({ signal }) => {
      const asked = client.POST("/payloads/diff", {
        // Written by ourselves: an error's numbers keep their digits.
        ...exactBody,
        body: { left: left as never, right: right as never, limit: DIFFERENCES_MOST },
        parseAs: "text",
        signal,
      });
      return gotExact(asked);
    },
  });
  if (left === undefined || right === undefined) {
    return <p className="muted">{t("compare.absent")}</p>;
  }
  if (query.error && !query.data) {
    return <ErrorBox error={query.error} onAgain={() => void query.refetch()} />;
  }
  if (!query.data) return <Skeleton label={t("state.loading")} lines={4} />;
  return <Differences answer={objectOf(query.data)} />;
}

export function Compare({ run, step }: { run: Run; step: RunStep | undefined }) {
  const t = useText();
  const may = useCan("payloads.read");
  const good = useGood(run);
  const path = step?.step ?? "";
  const [pair, setPair] = useState<readonly [Side, Side]>();
  const what = step ? "input" : "came";
  const lastGood = good.data?.[0]?.run;
  // Whoever looks at one that failed asks what was otherwise when it went well.
  const [left, right] = pair ?? [
    { run: run.status === "failed" && lastGood !== undefined ? lastGood : run.run, what },
    { run: run.run, what: run.status === "failed" || !step ? what : "output" },
  ];
  const setLeft = (side: Side) => setPair([side, right]);
  const setRight = (side: Side) => setPair([left, side]);
  const own = useRunStep(run.run, path, may);
  const leftStep = useRunStep(left.run, path, may);
  const rightStep = useRunStep(right.run, path, may);
  const runs = useMemo(() => {
    const origin = isObject(run.replay_of as Json)
      ? textOf(objectOf(run.replay_of as Json).run)
      : "";
    return [
      { value: run.run, label: t("compare.thisRun") },
      ...(origin ? [{ value: origin, label: t("compare.replayed", { run: origin }) }] : []),
      ...(good.data ?? []).map((one) => ({
        value: one.run,
        label: t("compare.good", {
          run: one.dedupe || one.run,
          at: one.received_at ? fullMoment(new Date(one.received_at)) : "",
        }),
      })),
    ];
  }, [run, good.data, t]);
  if (!may) return <p className="muted">{t("may.not", { permission: "payloads.read" })}</p>;
  const whats = whatChoices(t, step, objectOf(own.data));
  const known = (side: Side): Side => ({
    ...side,
    what: whats.some((one) => one.value === side.what) ? side.what : "came",
  });
  const failed = [leftStep, rightStep].find((one) => one.error && one.fetchStatus === "idle");
  return (
    <div className="details">
      <ComparePairs
        run={run}
        good={lastGood}
        tries={whats.map((one) => one.value).filter((one) => one.startsWith("try"))}
        hasStep={step !== undefined}
        now={[left, right]}
        onPair={(...next) => setPair(next)}
      />
      <div className="compare">
        <SideFields
          label={t("compare.left")}
          side={known(left)}
          runs={runs}
          whats={whats}
          onChange={setLeft}
        />
        <SideFields
          label={t("compare.right")}
          side={known(right)}
          runs={runs}
          whats={whats}
          onChange={setRight}
        />
      </div>
      {failed ? (
        <ErrorBox small error={failed.error} />
      ) : (
        <Result
          left={sideOf(known(left), objectOf(leftStep.data)) as Json | undefined}
          right={sideOf(known(right), objectOf(rightStep.data)) as Json | undefined}
        />
      )}
    </div>
  );
}
