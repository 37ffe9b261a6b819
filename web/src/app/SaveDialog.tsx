// A dialog whose form is saved: what went wrong stands below its fields, and it stays open then.
import { RotateCw } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Problem } from "../api/problems.ts";
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
  /** Somebody else was quicker: reads it anew, and keeps what was typed. */
  onAnew?: () => Promise<void>;
  onClose: () => void;
}) {
  const t = useText();
  const { ready = true, onSave, onAnew } = props;
  const [asking, error, ask] = useAsking();
  const [isAnew, setAnew] = useState(false);
  const isStale = error instanceof Problem && error.code === "stale";
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
          setAnew(false);
          if (ready) ask(onSave);
        }}
      >
        {props.children}
        {error !== undefined && <ErrorBox small error={error} />}
        {isStale && onAnew && (
          <Button
            icon={<RotateCw size={13} />}
            onPress={() => ask(() => onAnew().then(() => setAnew(true)))}
          >
            {t("act.anew")}
          </Button>
        )}
        {isAnew && <p role="status">{t("act.anewDone")}</p>}
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
