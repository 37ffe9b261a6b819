// What can be done about a run: cancel it, settle it, let a new run go on where it stood. Each with
// a reason, which stays in the audit; a replay first says what it would do.
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import type { Run } from "./runs.ts";

export type RunAct = "cancel" | "settle" | "replay";

interface ActProps {
  run: Run;
  onClose: () => void;
}

function ReasonForm(props: {
  submit: string;
  danger?: boolean;
  lead: ReactNode;
  children?: ReactNode;
  onSubmit: (reason: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const t = useText();
  const [reason, setReason] = useState("");
  const [asking, error, ask] = useAsking();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() !== "") ask(() => props.onSubmit(reason.trim()));
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <p>{props.lead}</p>
      {props.children}
      <TextField
        label={t("act.reason")}
        help={t("act.reasonHelp")}
        required
        autoFocus
        multiline
        rows={2}
        value={reason}
        onChange={setReason}
      />
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row dialog-acts">
        <Button onPress={props.onClose}>{t("act.cancel")}</Button>
        <Button
          look={props.danger ? "danger" : "primary"}
          type="submit"
          pending={asking}
          disabled={reason.trim() === ""}
        >
          {props.submit}
        </Button>
      </div>
    </form>
  );
}

function useDone(onClose: () => void): (said: string) => Promise<void> {
  const queries = useQueryClient();
  return async (said) => {
    onClose();
    tell(said);
    await queries.invalidateQueries();
  };
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

function ReplayForm({ run, onClose }: ActProps) {
  const t = useText();
  const [, go] = useLocation();
  const done = useDone(onClose);
  const [version, setVersion] = useState("current");
  const [repeat, setRepeat] = useState(false);
  const from = run.error?.step ?? "";
  const [start, setStart] = useState(from === "" ? "first" : "failed");
  return (
    <ReasonForm
      submit={t("run.replay")}
      lead={t("run.replayLead")}
      onClose={onClose}
      onSubmit={async (reason) => {
        const made = await got(
          client.POST("/runs/{run}/replay", {
            params: { path: { run: run.run }, header: onceKey() },
            body: {
              reason,
              version: version as "own" | "current",
              ...(start === "failed" ? { from } : {}),
              ...(repeat ? { repeat_effects: true } : {}),
            },
          }),
        );
        await done(t("run.replayed"));
        const { run: id } = made as { run?: unknown };
        if (typeof id === "string") go(`/runs/${id}`);
      }}
    >
      <Select
        label={t("run.replayFrom")}
        value={start}
        onChange={setStart}
        choices={[
          ...(from === ""
            ? []
            : [{ value: "failed", label: t("run.replayFailed", { step: from }) }]),
          { value: "first", label: t("run.replayFirst") },
        ]}
      />
      <Select
        label={t("run.replayVersion")}
        value={version}
        onChange={setVersion}
        choices={[
          { value: "current", label: t("run.replayCurrent") },
          { value: "own", label: t("run.replayOwn") },
        ]}
      />
      {start === "first" && (
        <Checkbox checked={repeat} onChange={setRepeat}>
          {t("run.replayRepeat")}
        </Checkbox>
      )}
    </ReasonForm>
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
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      {Form && <Form run={run} onClose={onClose} />}
    </Dialog>
  );
}
