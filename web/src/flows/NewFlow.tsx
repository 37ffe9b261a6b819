// A new flow: its name, and the name it has in addresses and files.
import { useState } from "react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { useAsking } from "../app/SignIn.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { FLOW_ID, flowIdOf } from "./flows.ts";

function Form({ onClose }: { onClose: () => void }) {
  const t = useText();
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [id, setId] = useState<string | undefined>();
  const [asking, error, ask] = useAsking();
  const own = id ?? flowIdOf(name);
  const wrong = own !== "" && !FLOW_ID.test(own);
  const make = async () => {
    await got(
      client.POST("/flows", {
        params: { header: onceKey() },
        body: { flow: own, name: name.trim() },
      }),
    );
    onClose();
    go(`/flows/${own}`);
  };
  return (
    <form
      id="new-flow"
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (own !== "" && !wrong && name.trim() !== "") ask(make);
      }}
    >
      <TextField
        label={t("flow.name")}
        required
        autoFocus
        maxLength={200}
        value={name}
        onChange={setName}
      />
      <TextField
        label={t("flow.id")}
        help={t("flow.idHelp")}
        required
        mono
        maxLength={64}
        error={wrong ? t("flow.idWrong") : undefined}
        value={own}
        onChange={setId}
      />
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row dialog-acts">
        <Button onPress={onClose}>{t("act.cancel")}</Button>
        <Button look="primary" type="submit" pending={asking} disabled={own === "" || wrong}>
          {t("flow.make")}
        </Button>
      </div>
    </form>
  );
}

export function NewFlow({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useText();
  return (
    <Dialog title={t("flow.new")} open={open} onClose={onClose} closeLabel={t("act.close")}>
      <Form onClose={onClose} />
    </Dialog>
  );
}
