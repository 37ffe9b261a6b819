// What is settled right where the set-up says that it is missing: a secret, a flow that is called.
import { useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { tellProblem } from "../app/toasts.tsx";
import { SetSecret } from "../connections/SetSecret.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import type { Point } from "./setup.ts";

function Secret({ name }: { name: string }) {
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

/** Under the name by which it is called. */
function FromTemplate({ template }: { template: string }) {
  const t = useText();
  const may = useCan("flows.write");
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try {
      const params = { path: { template }, header: onceKey() };
      await got(
        client.POST("/templates/{template}/instantiate", { params, body: { flow: template } }),
      );
      go(`/flows/${template}/setup`);
    } catch (error) {
      setBusy(false);
      tellProblem(error);
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

export function Mend({ point }: { point: Point }) {
  if (point.secret !== undefined) return <Secret name={point.secret} />;
  if (point.template !== undefined) return <FromTemplate template={point.template} />;
  return null;
}
