// A dialog whose form is saved: what went wrong stands below its fields, and it stays open then.
import type { ReactNode } from "react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog, type DialogProps } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { useAsking } from "./SignIn.tsx";

export function SaveDialog(props: {
  title: string;
  size?: DialogProps["size"];
  ready?: boolean;
  /** "Save" is not what it does. */
  submit?: string;
  children: ReactNode;
  onSave: () => Promise<void>;
  onClose: () => void;
}) {
  const t = useText();
  const { ready = true } = props;
  const [asking, error, ask] = useAsking();
  return (
    <Dialog
      title={props.title}
      open
      {...(props.size ? { size: props.size } : {})}
      onClose={props.onClose}
      closeLabel={t("act.close")}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) ask(props.onSave);
        }}
      >
        {props.children}
        {error !== undefined && <ErrorBox small error={error} />}
        <div className="row dialog-acts">
          <Button onPress={props.onClose}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" pending={asking} disabled={!ready}>
            {props.submit ?? t("act.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
