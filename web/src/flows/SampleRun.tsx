// A template tried with an event of its own tests: how each step went, on its drawing, and what the
// chosen one gave.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { isTextKey, useText } from "../i18n/text.tsx";
import { type Draft, stepOf } from "../model/flow.ts";
import type { JsonObject } from "../model/json.ts";
import { Badge } from "../ui/Badge.tsx";
import { ValuePane } from "../ui/DataPane.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { firstOf, type Tried, trialsOf, tried } from "./sampleRun.ts";

const NONE = "";

function useTried(flow: string, draft: Draft, samples: JsonObject, revision: string) {
  const trials = useMemo(() => trialsOf(samples), [samples]);
  const [id, choose] = useState<string>();
  const trial = trials.find((one) => one.id === id) ?? (id === NONE ? undefined : firstOf(trials));
  const query = useQuery({
    queryKey: ["template", flow, "tried", trial?.id, revision],
    enabled: trial !== undefined,
    staleTime: Number.POSITIVE_INFINITY, // its tests come with the program, its draft has a revision
    queryFn: () => trial && tried(flow, draft, trial),
  });
  return { trials, trial, choose, query };
}

function Came({ tried, step, title }: { tried: Tried; step: string; title: string }) {
  const t = useText();
  const found = tried.steps.findLast((one) => one.node === step);
  if (found === undefined) return <p className="muted">{t("gallery.notRun", { step: title })}</p>;
  return (
    <>
      <p>
        {t("gallery.gave", { step: title })} <span className="muted foreign">{found.error}</span>
      </p>
      {found.output !== undefined && (
        <div className="framed">
          <ValuePane label={t("step.output")} value={found.output} maxRows={8} />
        </div>
      )}
    </>
  );
}

export function SampleRun(props: {
  flow: string;
  draft: Draft;
  /** Of a draft that people change. */
  revision?: string;
  samples: JsonObject;
  /** The drawing, with how its steps went. */
  children: (run: Tried["states"] | undefined, onChoose: (step: string) => void) => ReactNode;
}) {
  const t = useText();
  const { flow, draft } = props;
  const { trials, trial, choose, query } = useTried(
    flow,
    draft,
    props.samples,
    props.revision ?? "",
  );
  const [step, setStep] = useState<string>();
  const now = trial && query.data;
  const word = `run.status.${now?.status ?? ""}`;
  return (
    <>
      {props.children(now?.states, setStep)}
      {trials.length > 0 && (
        <div className="stack sample-run">
          <div className="row row-end">
            <Select
              label={t("gallery.sample")}
              value={trial?.id ?? NONE}
              onChange={choose}
              choices={[
                { value: NONE, label: t("gallery.noSample") },
                ...trials.map(({ id, name }) => ({ value: id, label: name })),
              ]}
            />
            <span role="status">
              {query.isFetching && t("canvas.test.busy")}
              {now && (
                <Badge tone={now.status === "succeeded" ? "ok" : "warn"}>
                  {isTextKey(word) ? t(word) : now.status}
                </Badge>
              )}
            </span>
          </div>
          <p className="muted">{t("gallery.sampleHelp")}</p>
          {query.error && (
            <ErrorBox small error={query.error} onAgain={() => void query.refetch()} />
          )}
          {now?.error && <p className="foreign">{now.error}</p>}
          {now && step !== undefined && (
            <Came tried={now} step={step} title={stepOf(draft, step)?.title ?? step} />
          )}
        </div>
      )}
    </>
  );
}
