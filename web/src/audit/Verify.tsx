// Whether all of the chain is there and as it was written, as the program finds it now.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { client, got } from "../api/client.ts";
import { isUnderWay, JobProgress, useJob } from "../app/Job.tsx";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

interface Found {
  whole?: boolean;
  records?: number;
  end?: string;
  bad?: number;
  text?: string;
}

/** What a verification has come to. */
export function FoundChain({ result }: { result: Found }) {
  const t = useText();
  return (
    <div className="stack" role="status">
      <p>
        <Badge tone={result.whole ? "ok" : "err"}>
          {t(result.whole ? "audit.whole" : "audit.notWhole")}
        </Badge>{" "}
        {t("audit.records", { count: count(result.records ?? 0) })}
      </p>
      {result.text && <p className="foreign">{result.text}</p>}
      {!result.whole && result.bad !== undefined && (
        <p>{t("audit.bad", { seq: count(result.bad) })}</p>
      )}
      {result.end && (
        <>
          <p className="muted">{t("audit.endHelp")}</p>
          <code className="audit-object">{result.end}</code>
        </>
      )}
    </div>
  );
}

export function Verify({ onClose }: { onClose: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const begin = useMutation({
    mutationFn: () => got(client.POST("/audit/verify")),
    onSuccess: () => queries.invalidateQueries(),
  });
  const { mutate } = begin;
  useEffect(() => mutate(), [mutate]);
  const job = useJob(begin.data?.job ?? "").data;
  return (
    <Dialog
      title={t("audit.verify")}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <Button look="primary" onPress={onClose}>
          {t("act.close")}
        </Button>
      }
    >
      <div className="stack">
        <p>{t("audit.verifyLead")}</p>
        {begin.error && <ErrorBox error={begin.error} onAgain={() => mutate()} />}
        {begin.isPending && <Skeleton label={t("state.loading")} lines={2} />}
        {begin.data && (!job || isUnderWay(job) || !job.result) && (
          <JobProgress id={begin.data.job} />
        )}
        {job?.result && <FoundChain result={job.result as Found} />}
      </div>
    </Dialog>
  );
}
