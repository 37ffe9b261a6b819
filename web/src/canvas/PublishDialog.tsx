/* What a version is told to be about, and where it shall work. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useCan } from "../api/session.ts";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { deploy, environments, type Published, publish } from "./server.ts";

const NOWHERE = "";

export function PublishDialog({
  flow,
  revision,
  where: wanted = NOWHERE,
  seen,
  onDone,
  onClose,
}: {
  flow: string;
  revision: () => Promise<string>;
  /** Where it shall work, until somebody says otherwise. */
  where?: string;
  /** How its tests go, and what else is looked at before: where that is not beside the dialog. */
  seen?: (onFailing: (count: number) => void) => ReactNode;
  onDone?: () => Promise<unknown>;
  onClose: () => void;
}) {
  const t = useText();
  const all = useCan("flows.deploy");
  const [message, setMessage] = useState("");
  const [where, setWhere] = useState(wanted);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [failing, setFailing] = useState(0);
  // It is a version already, though it could not be put to work.
  const [made, setMade] = useState<Published & { of: string }>();
  const places = useQuery({ queryKey: ["environments"], queryFn: environments });
  const go = async (): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const of = await revision();
      const one = made?.of === of ? made : { ...(await publish(flow, of, message.trim())), of };
      setMade(one);
      const asked = where !== NOWHERE && (await deploy(flow, one.version, where, message.trim()));
      const number = one.number ?? one.version.slice(0, 8);
      tell(
        t(
          asked
            ? "canvas.publish.asked"
            : where === NOWHERE
              ? "canvas.publish.done"
              : "canvas.publish.live",
          { number, where },
        ),
      );
      await onDone?.();
      onClose();
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={t("canvas.publish.title")}
      onClose={onClose}
      closeLabel={t("act.close")}
      size="s"
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button
            look="primary"
            type="submit"
            form="publish"
            pending={busy}
            reason={failing > 0 ? t("rules.publish.refused", { count: failing }) : undefined}
          >
            {t("canvas.publish")}
          </Button>
        </>
      }
    >
      <form
        id="publish"
        className="editor-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (failing === 0) {
            void go();
          }
        }}
      >
        <p>
          {t("canvas.publish.text")} {!all && t("canvas.publish.rulesOnly")}
        </p>
        {seen?.(setFailing)}
        <TextField
          label={t("canvas.publish.message")}
          value={message}
          onChange={setMessage}
          maxLength={2000}
          multiline
          rows={3}
        />
        <Select
          label={t("canvas.publish.where")}
          value={where}
          choices={[
            { value: NOWHERE, label: t("canvas.publish.nowhere") },
            ...(places.data ?? []).map((one) => ({
              value: one.value,
              label: one.approval ? t("canvas.publish.approval", { name: one.label }) : one.label,
            })),
          ]}
          onChange={setWhere}
        />
        {fault !== undefined && made && (
          <p role="status">
            {t("canvas.publish.kept", { number: made.number ?? made.version.slice(0, 8) })}
          </p>
        )}
        {fault !== undefined && <ErrorBox error={fault} small />}
      </form>
    </Dialog>
  );
}
