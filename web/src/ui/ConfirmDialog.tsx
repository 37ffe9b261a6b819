// "Do you really?": what will happen, and a button that says it.
import type { ReactNode } from "react";
import { useAsking } from "../app/SignIn.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "./Button.tsx";
import { Dialog } from "./Dialog.tsx";
import { ErrorBox } from "./ErrorBox.tsx";

export function ConfirmDialog(props: {
  title: string;
  lead: ReactNode;
  submit: string;
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}) {
  const t = useText();
  const [asking, error, ask] = useAsking();
  return (
    <Dialog
      title={props.title}
      open
      alert
      size="s"
      onClose={props.onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button autoFocus onPress={props.onClose}>
            {t("act.cancel")}
          </Button>
          <Button
            look={props.danger ? "danger" : "primary"}
            pending={asking}
            onPress={() => ask(props.onConfirm)}
          >
            {props.submit}
          </Button>
        </>
      }
    >
      <p>{props.lead}</p>
      {error !== undefined && <ErrorBox small error={error} />}
    </Dialog>
  );
}
