// What is settled right where the set-up says that it is missing: a secret, a flow that is called.
import { useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { tellProblem } from "../app/toasts.tsx";
import { SetSecret } from "../connections/SetSecret.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import type { Point } from "./setup.ts";

function Secret({ name, listener }: { name: string; listener: string | undefined }) {
  const t = useText();
  const may = useCan("secrets.write");
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="s"
        icon={<KeyRound size={14} />}
        label={t("setup.setSecretName", { name })}
        reason={may ? undefined : t("may.not", { permission: "secrets.write" })}
        onPress={() => setOpen(true)}
      >
        {t("setup.setSecret")}
      </Button>
      {isOpen && (
        <SetSecret
          secret={undefined}
          wanted={name}
          listener={listener}
          onClose={() => setOpen(false)}
          onDone={() => {
            setOpen(false);
            void queries.invalidateQueries();
          }}
        />
      )}
    </>
  );
}

/** Under the name by which it is called; its points come into this set-up. */
function FromTemplate({ template }: { template: string }) {
  const t = useText();
  const may = useCan("flows.write");
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try {
      const params = { path: { template }, header: onceKey() };
      await got(
        client.POST("/templates/{template}/instantiate", { params, body: { flow: template } }),
      );
      await queries.invalidateQueries();
    } catch (error) {
      tellProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      size="s"
      icon={<Plus size={14} />}
      label={t("setup.makeName", { name: template })}
      pending={busy}
      reason={may ? undefined : t("may.not", { permission: "flows.write" })}
      onPress={() => void make()}
    >
      {t("setup.make")}
    </Button>
  );
}

export function Mend(props: {
  point: Point;
  /** The step that takes events, if the point is about one. */
  listener: string | undefined;
}) {
  const { point } = props;
  if (point.secret !== undefined) return <Secret name={point.secret} listener={props.listener} />;
  if (point.template !== undefined) return <FromTemplate template={point.template} />;
  return null;
}
