// A flow goes live, and before it those of its parts that do not work as they are now: each is
// published and deployed behind what it calls. What refuses stops the rest; what went live before
// it stays so, for a part does nothing until it is called, and the next try goes on from there.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { components } from "../api/schema.d.ts";
import { tell } from "../app/toasts.tsx";
import { deploy, publish } from "../canvas/server.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import type { Drafts } from "./useDraft.ts";

export type Launched = components["schemas"]["Checklist"]["launch"][number];

export function LaunchDialog(props: {
  flow: string;
  flows: readonly Launched[];
  drafts: Drafts;
  where: string;
  name?: string | undefined;
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<{ flow: Launched; error: unknown }>();
  const { flow, flows, where } = props;

  /** Whether it waits for somebody's approval. */
  const one = async ({ flow: name, version }: Launched): Promise<boolean> => {
    const words = message.trim();
    const revision = props.drafts.get(name)?.revision ?? "0";
    const known = version ?? (await publish(name, revision, words)).version;
    return deploy(name, known, where, words);
  };
  const go = async () => {
    setBusy(true);
    setFault(undefined);
    let isAsked = false;
    for (const next of flows.filter(({ state }) => state !== "live"))
      try {
        isAsked = (await one(next)) || isAsked;
      } catch (error) {
        setFault({ flow: next, error });
        setBusy(false);
        await queries.invalidateQueries();
        return;
      }
    await queries.invalidateQueries();
    const name = props.name ?? flows.at(-1)?.name ?? flow;
    tell(t(isAsked ? "setup.launchAsked" : "setup.launched", { flow: name, where }));
    props.onClose();
  };

  return (
    <Dialog
      open
      title={t("setup.launchTitle", { where })}
      onClose={props.onClose}
      closeLabel={t("act.close")}
      size="s"
      foot={
        <>
          <Button onPress={props.onClose}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" form="launch" pending={busy}>
            {t("canvas.publish")}
          </Button>
        </>
      }
    >
      <form
        id="launch"
        className="editor-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void go();
        }}
      >
        <p>{t("canvas.publish.text")}</p>
        {flows.length > 1 && (
          <>
            <p>{t("setup.launchOrder")}</p>
            <ol className="setup-order">
              {flows.map((is) => (
                <li key={is.flow}>
                  <span className="foreign">{is.name}</span>{" "}
                  <Badge tone={is.state === "live" ? "ok" : "wait"}>
                    {t("setup.launchState", { state: is.state })}
                  </Badge>
                </li>
              ))}
            </ol>
          </>
        )}
        <TextField
          label={t("canvas.publish.message")}
          value={message}
          onChange={setMessage}
          maxLength={2000}
          multiline
          rows={3}
        />
        {fault && (
          <>
            <p role="status">{t("setup.launchStopped", { flow: fault.flow.name })}</p>
            <ErrorBox error={fault.error} small />
          </>
        )}
      </form>
    </Dialog>
  );
}
