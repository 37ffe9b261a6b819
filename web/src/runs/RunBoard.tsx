// The version that ran, as a drawing: what was passed through, how often, how long it took.
import { useMemo } from "react";
import { ShownFlow } from "../canvas/ShownFlow.tsx";
import { useText } from "../i18n/text.tsx";
import { indexOf } from "../model/flow.ts";
import { useCatalog, useVersion } from "../releases/versions.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { statesAsOf } from "./asOf.ts";
import { useLineage } from "./lineage.ts";
import { statesOfRun } from "./runStates.ts";
import type { Run, RunStep } from "./runs.ts";

export default function RunBoard(props: {
  run: Run;
  steps: readonly RunStep[];
  /** The node whose step is looked at. */
  chosen: string | undefined;
  /** The field of the step at `path` whose lineage is looked at; "": none. */
  field: string;
  path: string;
  /** The moment that is looked at; undefined: now. */
  at: number | undefined;
  /** The node, and the loop in which it stands; whether there is such a step. */
  onChoose: (node: string, level: string | null) => Promise<boolean>;
}) {
  const t = useText();
  const { run, steps, at } = props;
  const version = useVersion(run.flow, run.version);
  const catalog = useCatalog();
  const states = useMemo(
    () =>
      at === undefined ? statesOfRun(run, steps) : statesAsOf(run.trigger ?? undefined, steps, at),
    [run, steps, at],
  );
  const told = useLineage(run.run, props.path, props.field).data;
  const way = useMemo(() => {
    const here = told?.hops.filter((hop) => hop.run === run.run) ?? [];
    const nodes = here.map((hop) => (hop.step === "" ? run.trigger : hop.node));
    return [...new Set(nodes)].filter((node) => typeof node === "string");
  }, [told, run.run, run.trigger]);
  const failed = [version, catalog].find((one) => one.error && !one.data);
  if (failed) {
    return (
      <div className="list-note">
        <ErrorBox error={failed.error} onAgain={() => void failed.refetch()} />
      </div>
    );
  }
  if (!version.data || !catalog.data) return <Skeleton label={t("state.loading")} lines={5} />;
  const draft = version.data;
  return (
    <ShownFlow
      flow={run.flow}
      draft={draft}
      catalog={catalog.data}
      run={states}
      chosen={props.chosen}
      way={way}
      onChoose={(node) => props.onChoose(node, indexOf(draft).steps.get(node)?.level ?? null)}
    />
  );
}
