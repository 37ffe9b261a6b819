/* What a version is told to be about, and where it shall work. */
import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { useEdited } from "./context.tsx";
import { patient } from "./patient.ts";
import { deploy, environments, publish } from "./server.ts";

const PublishTests = lazy(() => patient(() => import("../rules/PublishTests.tsx")));

const NOWHERE = "";

export function PublishDialog({
  revision,
  onClose,
  onBacktest,
}: {
  revision: () => Promise<string>;
  onClose: () => void;
  onBacktest: (() => void) | undefined;
}) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const [message, setMessage] = useState("");
  const [where, setWhere] = useState(NOWHERE);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [failing, setFailing] = useState(0);
  const places = useQuery({ queryKey: ["environments"], queryFn: environments });
  const go = async (): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const made = await publish(flow, await revision(), message.trim());
      const asked = where !== NOWHERE && (await deploy(flow, made.version, where));
      const number = made.number ?? made.version.slice(0, 8);
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
        <p>{t("canvas.publish.text")}</p>
        <Suspense fallback={null}>
          <PublishTests onFailing={setFailing} onGo={onClose} />
        </Suspense>
        {onBacktest && (
          <div>
            <Button size="s" icon={<History size={14} />} onPress={onBacktest}>
              {t("backtest.from")}
            </Button>
          </div>
        )}
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
        {fault !== undefined && <ErrorBox error={fault} small />}
      </form>
    </Dialog>
  );
}
