// What a replay is begun with instead of what came in: as a form or as JSON. What came in stays as it
// is; beside the new one stands what differs from it.
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { fetchPayload } from "../api/payloads.ts";
import { useSession } from "../api/session.ts";
import { faultsOf } from "../data/faults.ts";
import { likeness, type Schema } from "../data/schema.ts";
import { useText } from "../i18n/text.tsx";
import { indexOf } from "../model/flow.ts";
import { isObject, type Json, objectOf, parseJson, writeJson } from "../model/json.ts";
import { useVersion } from "../releases/versions.ts";
import { Button } from "../ui/Button.tsx";
import { Diff } from "../ui/Diff.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { SchemaForm } from "../ui/SchemaForm.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { bodyFaults } from "./replayPlan.ts";
import type { Run } from "./runs.ts";

const JsonEditor = lazy(() => import("../ui/JsonEditor.tsx"));
const EDIT_MOST = 2 * 1024 * 1024;

/** The body that came in, as its text; undefined while it is on its way. */
function useBody(run: string, wanted: boolean) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "runs", run, "body"],
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const whole = new Blob(await fetchPayload(`${run}-input`, signal));
      if (whole.size > EDIT_MOST) return null;
      const { body } = objectOf(parseJson(await whole.text()));
      return body === undefined ? null : writeJson(body, 2);
    },
  });
}

/** What the flow asks of what begins it; undefined: anything may. */
export function useWanted(run: Run): Schema | undefined {
  const { data } = useVersion(run.flow, run.version);
  const begun = data && run.trigger ? indexOf(data).steps.get(run.trigger) : undefined;
  const input = objectOf(begun?.node.config).input;
  return begun?.type === "trigger.call" && isObject(input) ? input : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

export function ReplayBody(props: {
  run: Run;
  wanted: Schema | undefined;
  /** As it is edited so far. */
  text: string | undefined;
  onChange: (text: string | undefined) => void;
}) {
  const t = useText();
  const { run, wanted, text, onChange } = props;
  const [asForm, setAsForm] = useState(false);
  const query = useBody(run.run, true);
  const came = query.data ?? undefined;
  useEffect(() => {
    if (came !== undefined) onChange(came);
  }, [came, onChange]);
  const before = useMemo(() => (came === undefined ? undefined : parsed(came)), [came]);
  const now = useMemo(() => (text === undefined ? undefined : parsed(text)), [text]);
  const schema = useMemo(
    () => wanted ?? (before === undefined ? undefined : likeness(before)),
    [wanted, before],
  );
  const faults = useMemo(
    () => (schema && now !== undefined ? faultsOf(schema, now) : undefined),
    [schema, now],
  );
  if (query.error) return <ErrorBox small error={query.error} />;
  if (query.data === null) return <p className="muted">{t("replay.noBody")}</p>;
  if (came === undefined || text === undefined || before === undefined) {
    return <Skeleton label={t("state.loading")} lines={5} />;
  }
  return (
    <section className="stack" aria-label={t("replay.body")}>
      <div className="row">
        <Button size="s" pressed={!asForm} onPress={() => setAsForm(false)}>
          {t("replay.asJson")}
        </Button>
        <Button
          size="s"
          pressed={asForm}
          reason={now === undefined || !isObject(before) ? t("replay.noForm") : undefined}
          onPress={() => setAsForm(true)}
        >
          {t("replay.asForm")}
        </Button>
      </div>
      {asForm && schema && now !== undefined ? (
        <SchemaForm
          schema={schema}
          value={now}
          onChange={(value) => onChange(writeJson(value, 2))}
          {...(wanted ? { faults } : { warnings: faults })}
        />
      ) : (
        <Suspense fallback={<Skeleton label={t("state.loading")} lines={5} />}>
          <div className="framed replay-body">
            <JsonEditor
              label={t("replay.body")}
              start={text}
              onChange={onChange}
              lint={(text) =>
                bodyFaults(text, wanted).map((fault) => ({
                  from: fault.from,
                  to: fault.to,
                  severity: "error",
                  message: fault.message ?? t("replay.stillMasked"),
                }))
              }
            />
          </div>
        </Suspense>
      )}
      {now !== undefined && (
        <>
          <h3>{t("replay.changes")}</h3>
          <Diff before={before} after={now} names={[t("replay.came"), t("replay.sent")]} />
        </>
      )}
    </section>
  );
}
