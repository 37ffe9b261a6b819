// Secrets by name: when each was set, where it may be sent, what uses it. Values go in, never out.
import { useQueryClient } from "@tanstack/react-query";
import { KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { originsOf, SetSecret } from "./SetSecret.tsx";

type Secret = components["schemas"]["SecretKept"];

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
          {originsOf(secret)?.join(", ") || (
            <span className="muted">
              {t(originsOf(secret) ? "secret.nowhere" : "secret.anywhere")}
            </span>
          )}
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
