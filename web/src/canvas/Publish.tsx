/* The draft becomes a version, and, if that is wanted, works in an environment from now on. */
import { useQuery } from "@tanstack/react-query";
import { Rocket } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useCan } from "../api/session.ts";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { useEdited } from "./context.tsx";
import { patient } from "./patient.ts";
import { deploy, environments, publish } from "./server.ts";
import { problemsOf } from "./store.ts";

const PublishTests = lazy(() => patient(() => import("../rules/PublishTests.tsx")));

const NOWHERE = "";

function Choose({ revision, onClose }: { revision: () => Promise<string>; onClose: () => void }) {
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

/** revision: that of the draft when everything that is drawn has been saved. */
export function Publish({ revision }: { revision: () => Promise<string> }) {
  const t = useText();
  const may = useCan("flows.deploy");
  const problems = useEdited(problemsOf);
  const saved = useEdited((state) => state.save.kind);
  const [open, setOpen] = useState(false);
  const errors = problems.filter((problem) => !problem.warning).length;
  let reason: string | undefined;
  if (!may) {
    reason = t("canvas.publish.not");
  } else if (errors > 0) {
    reason = t("canvas.publish.problems", { count: errors });
  } else if (saved === "offline" || saved === "refused" || saved === "conflict") {
    reason = t("canvas.publish.unsaved");
  }
  const commands = useMemo<Command[]>(
    () => [
      {
        id: "canvas.publish",
        title: t("canvas.publish.title"),
        group: t("canvas.board"),
        keys: ["mod+shift+s"],
        reason,
        run: () => setOpen(true),
      },
    ],
    [t, reason],
  );
  useCommands(commands);
  return (
    <>
      <Button
        look="primary"
        icon={<Rocket size={15} />}
        reason={reason}
        onPress={() => setOpen(true)}
      >
        {t("canvas.publish")}
      </Button>
      {open && <Choose revision={revision} onClose={() => setOpen(false)} />}
    </>
  );
}
