// An environment gets another title; its name stays, for addresses and connections have it.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { TextField } from "../ui/Field.tsx";
import type { Environment } from "./environments.ts";

export function RenameEnvironment(props: { one: Environment; onClose: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const { environment, title = environment } = props.one;
  const [typed, setTyped] = useState(title);
  const name = typed.trim();
  return (
    <SaveDialog
      title={t("environment.rename", { name: title })}
      ready={name !== "" && name !== title}
      onSave={async () => {
        await got(
          client.PUT("/environments/{environment}", {
            params: { path: { environment } },
            body: { title: name },
          }),
        );
        tell(t("environment.kept", { name }));
        props.onClose();
        await queries.invalidateQueries();
      }}
      onClose={props.onClose}
    >
      <TextField
        label={t("environment.title")}
        help={t("environment.renameHelp", { name: environment })}
        required
        autoFocus
        maxLength={100}
        value={typed}
        onChange={setTyped}
      />
    </SaveDialog>
  );
}
