// Secrets by name: when each was set, where it may be sent, what uses it. Values go in, never out.
import { useQueryClient } from "@tanstack/react-query";
import { KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { tell } from "../app/toasts.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { TextField } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";

type Secret = components["schemas"]["SecretKept"];

export function originsOf(secret: Secret): string[] | undefined {
  return Array.isArray(secret.origins) ? secret.origins.map(String) : undefined;
}

function SetSecret(props: { secret: Secret | undefined; onClose: () => void; onDone: () => void }) {
  const t = useText();
  const { secret } = props;
  const [name, setName] = useState(secret?.name ?? "");
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
      title={secret ? t("secret.setName", { name: secret.name }) : t("secret.new")}
      onSave={save}
      onClose={props.onClose}
    >
      {!secret && (
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
        help={t("secret.valueHelp")}
        type="password"
        autoComplete="new-password"
        required
        autoFocus={Boolean(secret)}
        value={value}
        onChange={setValue}
      />
      <TextField
        label={t("secret.origins")}
        help={t("secret.originsHelp")}
        multiline
        mono
        rows={2}
        value={origins}
        onChange={setOrigins}
      />
    </SaveDialog>
  );
}

function columnsOf(t: Translate, acts: (secret: Secret) => React.ReactNode): Column<Secret>[] {
  return [
    {
      id: "name",
      header: t("secret.name"),
      width: "minmax(10rem, 1.5fr)",
      cell: (secret) => <span className="mono foreign">{secret.name}</span>,
    },
    {
      id: "set",
      header: t("secret.set"),
      width: "9rem",
      cell: (secret) =>
        secret.fault ? (
          <Badge plain tone="err" title={secret.fault}>
            {t("secret.fault")}
          </Badge>
        ) : (
          <Moment relative at={typeof secret.set_at === "string" ? secret.set_at : undefined} />
        ),
    },
    {
      id: "origins",
      header: t("secret.origins"),
      width: "minmax(10rem, 2fr)",
      from: 640,
      cell: (secret) => (
        <span className="foreign">
          {originsOf(secret)?.join(", ") ?? <span className="muted">{t("secret.anywhere")}</span>}
        </span>
      ),
    },
    {
      id: "used",
      header: t("secret.used"),
      width: "minmax(9rem, 2fr)",
      from: 820,
      cell: (secret) =>
        secret.used_by && secret.used_by.length > 0 ? (
          <span className="foreign">{secret.used_by.join(", ")}</span>
        ) : (
          <span className="muted">{t("secret.unused")}</span>
        ),
    },
    {
      id: "acts",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "6rem",
      align: "end",
      cell: acts,
    },
  ];
}

export function Secrets() {
  const t = useText();
  const queries = useQueryClient();
  const mayWrite = useCan("secrets.write");
  const [setting, setSetting] = useState<{ secret: Secret | undefined } | undefined>();
  const [removing, setRemoving] = useState<Secret | undefined>();
  const pages = usePages(["secrets"], (_, signal) => got(client.GET("/vault", { signal })));
  const reason = mayWrite ? undefined : t("may.not", { permission: "secrets.write" });
  const done = () => {
    setSetting(undefined);
    setRemoving(undefined);
    void queries.invalidateQueries();
  };
  const columns = columnsOf(t, (secret) => (
    <>
      <Button
        size="s"
        look="quiet"
        icon={<Pencil size={14} />}
        label={t("secret.setName", { name: secret.name })}
        reason={reason}
        onPress={() => setSetting({ secret })}
      />
      <Button
        size="s"
        look="quiet"
        icon={<Trash2 size={14} />}
        label={t("secret.removeName", { name: secret.name })}
        reason={reason ?? ((secret.used_by?.length ?? 0) > 0 ? t("secret.inUse") : undefined)}
        onPress={() => setRemoving(secret)}
      />
    </>
  ));
  const newButton = (
    <Button
      size="s"
      icon={<Plus size={14} />}
      reason={reason}
      onPress={() => setSetting({ secret: undefined })}
    >
      {t("secret.new")}
    </Button>
  );
  return (
    <Panel
      flush
      title={t("secret.secrets")}
      tools={newButton}
      className="list-panel connection-list"
    >
      <ListView
        label={t("secret.secrets")}
        pages={pages}
        columns={columns}
        keyOf={(secret) => secret.name}
        filtered={false}
        toneOf={(secret) => (secret.fault ? "err" : undefined)}
        empty={
          <Empty icon={<KeyRound size={22} />} title={t("secret.none")}>
            {t("secret.noneText")}
          </Empty>
        }
      />
      {setting && (
        <SetSecret secret={setting.secret} onClose={() => setSetting(undefined)} onDone={done} />
      )}
      {removing && (
        <ConfirmDialog
          danger
          title={t("secret.removeName", { name: removing.name })}
          lead={t("secret.removeLead")}
          submit={t("user.remove")}
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            const params = { path: { secret: removing.name } };
            await got(client.POST("/vault/{secret}/remove", { params, body: {} }));
            done();
          }}
        />
      )}
    </Panel>
  );
}
