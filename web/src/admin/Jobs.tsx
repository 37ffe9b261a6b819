// Long work of the workspace, the newest first: how far each is, what came of it, ending one.
import { Hourglass } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { isUnderWay, type Job, JobProgress, JobState, useJob } from "../app/Job.tsx";
import { ListView } from "../app/ListView.tsx";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { fromPlain, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";

/** The last look at one that has ended still says "running" until the list is read again. */
const EVERY_MS = 5_000;

function columnsOf(t: Translate): Column<Job>[] {
  return [
    {
      id: "state",
      header: t("run.status"),
      width: "8rem",
      cell: (job) => <JobState job={job} />,
    },
    {
      id: "kind",
      header: t("job.kind"),
      width: "minmax(9rem, 1.5fr)",
      cell: (job) => t(`job.kind.${job.kind}`),
    },
    {
      id: "at",
      header: t("job.at"),
      width: "minmax(6rem, 1fr)",
      align: "end",
      from: 480,
      cell: (job) =>
        job.total > 0 ? t("job.atOf", { at: count(job.at), total: count(job.total) }) : "–",
    },
    {
      id: "by",
      header: t("audit.by"),
      width: "minmax(5rem, 1fr)",
      from: 620,
      cell: (job) => <span className="foreign">{job.by}</span>,
    },
    {
      id: "made",
      header: t("job.made"),
      width: "7rem",
      cell: (job) => <Moment relative at={job.made_at} />,
    },
    {
      id: "ended",
      header: t("job.ended"),
      width: "9rem",
      from: 760,
      cell: (job) => <Moment at={job.ended_at} />,
    },
  ];
}

export function JobDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useText();
  const job = useJob(id).data;
  const [asking, error, ask] = useAsking();
  const cancel = async () => {
    await got(client.POST("/jobs/{job}/cancel", { params: { path: { job: id } } }));
    tell(t("job.cancelled"));
  };
  const may = job?.can.includes("cancel");
  return (
    <Dialog
      title={job ? t(`job.kind.${job.kind}`) : t("job.job")}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          {job && isUnderWay(job) && (
            <Button
              look="danger"
              pending={asking}
              reason={may ? undefined : t("job.notCancelled")}
              onPress={() => ask(cancel)}
            >
              {t("job.cancel")}
            </Button>
          )}
          <Button look="primary" onPress={onClose}>
            {t("act.close")}
          </Button>
        </>
      }
    >
      <div className="stack">
        <JobProgress id={id} />
        {job?.result && (
          <section className="stack">
            <h3>{t("job.result")}</h3>
            <pre className="job-result mono foreign">{writeJson(fromPlain(job.result), 2)}</pre>
          </section>
        )}
        {error !== undefined && <ErrorBox small error={error} />}
        <p className="muted mono foreign">{id}</p>
      </div>
    </Dialog>
  );
}

export function Jobs() {
  const t = useText();
  const [shown, setShown] = useState<string>();
  useLiveRefresh(["job"], "jobs");
  const pages = usePages(
    ["jobs", "list"],
    (cursor, signal) =>
      got(
        client.GET("/jobs", {
          params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    { every: EVERY_MS },
  );
  return (
    <Panel flush className="list-panel admin-list">
      <ListView
        label={t("admin.jobs")}
        pages={pages}
        columns={columnsOf(t)}
        keyOf={(job) => job.job}
        onOpen={(job) => setShown(job.job)}
        filtered={false}
        toneOf={(job) => (job.state === "failed" ? "err" : undefined)}
        empty={
          <Empty icon={<Hourglass size={22} />} title={t("job.none")}>
            {t("job.noneText")}
          </Empty>
        }
      />
      {shown !== undefined && <JobDialog id={shown} onClose={() => setShown(undefined)} />}
    </Panel>
  );
}
