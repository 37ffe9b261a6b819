// A form that says why: what is done to runs, versions and connections stays in the audit with it.
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { useAsking } from "./SignIn.tsx";
import { tell } from "./toasts.tsx";

export function ReasonForm(props: {
  submit: string;
  danger?: boolean;
  /** Why it cannot be sent yet. */
  refused?: string | undefined;
  /** Nobody is asked for one. */
  bare?: boolean;
  /** The reason may be left out. */
  optional?: boolean;
  /** What the reason is called where it is a message. */
  label?: string;
  lead: ReactNode;
  children?: ReactNode;
  onSubmit: (reason: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const t = useText();
  const [reason, setReason] = useState("");
  const [asking, error, ask] = useAsking();
  const ready = (props.bare || props.optional || reason.trim() !== "") && !props.refused;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) ask(() => props.onSubmit(reason.trim()));
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <p>{props.lead}</p>
      {props.children}
      {!props.bare && (
        <TextField
          label={props.label ?? t("act.reason")}
          help={t("act.reasonHelp")}
          required={!props.optional}
          autoFocus
          multiline
          rows={2}
          value={reason}
          onChange={setReason}
        />
      )}
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row dialog-acts">
        <Button onPress={props.onClose}>{t("act.cancel")}</Button>
        <Button
          look={props.danger ? "danger" : "primary"}
          type="submit"
          pending={asking}
          reason={props.refused}
          disabled={!ready}
        >
          {props.submit}
        </Button>
      </div>
    </form>
  );
}

/** Closes, says that it is done, and has everything read anew. */
export function useDone(onClose: () => void): (said: string) => Promise<void> {
  const queries = useQueryClient();
  return async (said) => {
    onClose();
    tell(said);
    await queries.invalidateQueries();
  };
}
