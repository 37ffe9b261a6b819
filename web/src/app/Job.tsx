// Long work that the program does beside everything else: how far it is, what came of it.
import { useQuery } from "@tanstack/react-query";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

export type Job = components["schemas"]["Job"];

const AGAIN_MS = 1_000;
const tones: Record<Job["state"], Tone> = {
  waiting: "wait",
  running: "busy",
  done: "ok",
  failed: "err",
  cancelled: "off",
};

export function isUnderWay(job: Job): boolean {
  return job.state === "waiting" || job.state === "running";
}

export function useJob(id: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery<Job>({
    queryKey: [workspace, "jobs", id],
    enabled: id !== "",
    refetchInterval: (query) =>
      query.state.data && !isUnderWay(query.state.data) ? false : AGAIN_MS,
    queryFn: ({ signal }) =>
      got(client.GET("/jobs/{job}", { params: { path: { job: id } }, signal })),
  });
}

export function JobState({ job }: { job: Job }) {
  const t = useText();
  return <Badge tone={tones[job.state]}>{t(`job.state.${job.state}`)}</Badge>;
}

export function JobProgress({ id }: { id: string }) {
  const t = useText();
  const query = useJob(id);
  if (query.error) return <ErrorBox small error={query.error} />;
  const job = query.data;
  if (!job) return <Skeleton label={t("state.loading")} lines={2} />;
  return (
    <div className="stack" role="status">
      <div className="row">
        <JobState job={job} />
        {job.total > 0 && (
          <span className="num">
            {t("job.progress", {
              at: count(job.at),
              total: count(job.total),
              refused: count(job.refused),
            })}
          </span>
        )}
      </div>
      {job.total > 0 && isUnderWay(job) && (
        <progress max={job.total} value={job.at} aria-label={t("job.job")} />
      )}
      {job.error?.text && <p className="foreign">{job.error.text}</p>}
      {(job.faults ?? []).length > 0 && (
        <ul className="plain-list bulk-refusals">
          {job.faults?.map((fault) => (
            <li key={`${fault.item} ${fault.text}`}>
              <span className="mono foreign">{fault.item}</span>{" "}
              <span className="foreign">{fault.text}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
