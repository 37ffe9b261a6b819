// What a run is, why it failed, and the way out.
import { CircleAlert, Clock, Copy } from "lucide-react";
import { Link } from "wouter";
import { ToAudit } from "../audit/ToAudit.tsx";
import { FlowName } from "../flows/FlowName.tsx";
import { span } from "../i18n/format.ts";
import { isTextKey, useText } from "../i18n/text.tsx";
import type { Json } from "../model/json.ts";
import { Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Moment, useNow } from "../ui/Moment.tsx";
import { Diagnosis, readDiagnosis } from "./Diagnosis.tsx";
import { UNENDED, useLane } from "./lane.ts";
import { progressOf, type Run, settledOf } from "./runs.ts";
import { useTitles } from "./titles.tsx";

export function RunFacts({ run }: { run: Run }) {
  const t = useText();
  return (
    <div className="run-facts">
      <span>
        <Link href={`/flows/${run.flow}`}>
          <FlowName flow={run.flow} />
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
      <span>
        <ToAudit object={run.run} />
      </span>
    </div>
  );
}

const BEGINS_MS = 5_000;

/** Why nothing of it happens now, and what waits for it. */
function Waits({ run }: { run: Run }) {
  const t = useText();
  const now = useNow();
  const late = now.getTime() - new Date(run.received_at ?? now).getTime() > BEGINS_MS;
  const held = run.status === "active" && late && progressOf(run).steps === 0;
  const stands = run.status === "waiting" || run.status === "in_doubt";
  const lane = useLane(run, held || stands);
  const known = lane !== undefined || !run.order_key;
  const more = lane?.more ? "yes" : "no";
  const list = `/runs?flow=${run.flow}&status=${UNENDED}&key=${encodeURIComponent(run.order_key ?? "")}`;
  const lines = [
    held && lane !== undefined && lane.before > 0 && (
      <p key="before">
        {t("run.lane.before", { count: lane.before, more })}{" "}
        {lane.first ? (
          <>
            {t("run.lane.first")}{" "}
            <Link className="foreign" href={`/runs/${lane.first.run}`}>
              {lane.first.dedupe || lane.first.run}
            </Link>{" "}
            ({t(`run.status.${lane.first.status}`)})
          </>
        ) : (
          <Link href={list}>{t("run.lane.show")}</Link>
        )}
      </p>
    ),
    held && known && !lane?.before && <p key="place">{t("run.noPlace")}</p>,
    run.status === "waiting" && run.due_at && (
      <p key="until">
        {t("run.waitsUntil")} <Moment at={run.due_at} />
      </p>
    ),
    lane !== undefined && lane.behind > 0 && (
      <p key="behind">
        {t("run.lane.behind", { count: lane.behind, more })}{" "}
        <Link href={list}>{t("run.lane.show")}</Link>
      </p>
    ),
  ].filter(Boolean);
  if (lines.length === 0) return null;
  return (
    <div className="run-story run-story-wait">
      <Clock size={17} aria-hidden="true" />
      <div>{lines}</div>
    </div>
  );
}

/** Why it failed, in a sentence, and the way out. */
export function RunStory({ run, onStep }: { run: Run; onStep: (path: string) => void }) {
  const t = useText();
  const titles = useTitles();
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
    return <Waits run={run} />;
  }
  const found = readDiagnosis(run.diagnosis as Json | undefined);
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
                title={error.step}
                onClick={() => onStep(error.step ?? "")}
              >
                {titles(error.step)}
              </button>
            </>
          )}
        </p>
        <p className="foreign">{error.text}</p>
        {found ? (
          <Diagnosis found={found} />
        ) : (
          isTextKey(remedy) && <p className="muted">{t(remedy)}</p>
        )}
      </div>
    </div>
  );
}
