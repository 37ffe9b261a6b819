// What can be done about a run: cancel it, settle it, let a new run go on where it stood. Each with
// a reason, which stays in the audit; a replay first says what it would do.
import { client, got, onceKey } from "../api/client.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import { useText } from "../i18n/text.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ReplayForm } from "./Replay.tsx";
import type { Run } from "./runs.ts";

export type RunAct = "cancel" | "settle" | "replay";

export interface ActProps {
  run: Run;
  onClose: () => void;
}

function CancelForm({ run, onClose }: ActProps) {
  const t = useText();
  const done = useDone(onClose);
  return (
    <ReasonForm
      danger
      submit={t("run.cancel")}
      lead={t("run.cancelLead")}
      onClose={onClose}
      onSubmit={async (reason) => {
        const params = { path: { run: run.run }, header: onceKey() };
        await got(client.POST("/runs/{run}/cancel", { params, body: { reason } }));
        await done(t("run.cancelled"));
      }}
    />
  );
}

function SettleForm({ run, onClose }: ActProps) {
  const t = useText();
  const done = useDone(onClose);
  return (
    <ReasonForm
      submit={t("run.settle")}
      lead={t("run.settleLead")}
      onClose={onClose}
      onSubmit={async (reason) => {
        const params = { path: { run: run.run }, header: onceKey() };
        await got(client.POST("/runs/{run}/settle", { params, body: { reason } }));
        await done(t("run.settled"));
      }}
    />
  );
}

const forms = { cancel: CancelForm, settle: SettleForm, replay: ReplayForm };

export function RunActDialog({ act, run, onClose }: ActProps & { act: RunAct | undefined }) {
  const t = useText();
  const Form = act && forms[act];
  return (
    <Dialog
      title={act ? t(`run.${act}`) : ""}
      open={act !== undefined}
      size={act === "replay" ? "l" : "m"}
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      {Form && <Form run={run} onClose={onClose} />}
    </Dialog>
  );
}
