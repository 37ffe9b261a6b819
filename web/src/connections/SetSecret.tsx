// A secret goes into the vault: a new one, or another value of one that is there.
import { useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { TextField } from "../ui/Field.tsx";

type Secret = components["schemas"]["SecretKept"];

export function originsOf(secret: Secret): string[] | undefined {
  return Array.isArray(secret.origins) ? secret.origins.map(String) : undefined;
}

export function SetSecret(props: {
  secret: Secret | undefined;
  /** That of one which is new and asked for by this name. */
  wanted?: string;
  /** The step whose events are signed with it: it is compared with and never sent. */
  listener?: string | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const t = useText();
  const { secret, wanted, listener } = props;
  const isNamed = secret !== undefined || wanted !== undefined;
  const [name, setName] = useState(secret?.name ?? wanted ?? "");
  const [value, setValue] = useState("");
  const [origins, setOrigins] = useState((secret && originsOf(secret)?.join("\n")) ?? "");
  const save = async () => {
    const list = origins.split(/\s+/).filter((origin) => origin !== "");
    await got(
      client.POST("/vault/{secret}/set", {
        params: { path: { secret: name.trim() } },
        body: { value, origins: list.length > 0 ? list : null },
      }),
    );
    tell(t("secret.kept", { name: name.trim() }));
    props.onDone();
  };
  return (
    <SaveDialog
      title={isNamed ? t("secret.setName", { name }) : t("secret.new")}
      onSave={save}
      onClose={props.onClose}
    >
      {!isNamed && (
        <TextField
          label={t("secret.name")}
          help={t("secret.nameHelp")}
          required
          autoFocus
          mono
          value={name}
          onChange={setName}
        />
      )}
      <TextField
        label={t("secret.value")}
        help={
          listener === undefined
            ? t("secret.valueHelp")
            : t("secret.listenerHelp", { step: listener })
        }
        type="password"
        autoComplete="new-password"
        required
        autoFocus={isNamed}
        value={value}
        onChange={setValue}
      />
      {listener === undefined && (
        <TextField
          label={t("secret.origins")}
          help={t("secret.originsHelp")}
          multiline
          mono
          rows={2}
          value={origins}
          onChange={setOrigins}
        />
      )}
    </SaveDialog>
  );
}
