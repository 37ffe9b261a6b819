// Connections of the workspace, which flows use by name: made, changed and removed here.
import { useQueryClient } from "@tanstack/react-query";
import { Cable, Pencil, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { type Shared, SharedDialog } from "./SharedDialog.tsx";
import { useConnectors } from "./useConnectors.ts";

function columnsOf(t: Translate, acts: (one: Shared) => ReactNode): Column<Shared>[] {
  return [
    {
      id: "name",
      header: t("shared.name"),
      width: "minmax(8rem, 1.5fr)",
      cell: (one) => <strong className="mono foreign connection-name">{one.connection}</strong>,
    },
    {
      id: "system",
      header: t("shared.system"),
      width: "minmax(7rem, 1fr)",
      cell: (one) => <span className="foreign">{one.connector}</span>,
    },
    {
      id: "environments",
      header: t("flow.where"),
      width: "minmax(8rem, 1fr)",
      from: 560,
      cell: (one) => <span className="foreign">{Object.keys(one.environments).join(", ")}</span>,
    },
    {
      id: "used",
      header: t("secret.used"),
      width: "minmax(8rem, 2fr)",
      from: 760,
      cell: (one) =>
        (one.used_by?.length ?? 0) > 0 ? (
          <span className="foreign">{one.used_by?.join(", ")}</span>
        ) : (
          <span className="muted">{t("secret.unused")}</span>
        ),
    },
    {
      id: "at",
      header: t("version.at"),
      width: "7rem",
      from: 860,
      cell: (one) => <Moment relative at={one.at} />,
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

export function SharedList() {
  const t = useText();
  const queries = useQueryClient();
  const mayWrite = useCan("connections.write");
  const connectors = useConnectors();
  const [editing, setEditing] = useState<{ shared: Shared | undefined }>();
  const [removing, setRemoving] = useState<Shared>();
  const pages = usePages(["connections", "shared"], (cursor, signal) =>
    got(
      client.GET("/workspace/connections", {
        params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  const reason = mayWrite ? undefined : t("may.not", { permission: "connections.write" });
  const columns = columnsOf(t, (one) => (
    <>
      <Button
        size="s"
        look="quiet"
        icon={<Pencil size={14} />}
        label={t("shared.change", { name: one.connection })}
        reason={reason}
        onPress={() => setEditing({ shared: one })}
      />
      <Button
        size="s"
        look="quiet"
        icon={<Trash2 size={14} />}
        label={t("shared.remove", { name: one.connection })}
        reason={reason ?? ((one.used_by?.length ?? 0) > 0 ? t("secret.inUse") : undefined)}
        onPress={() => setRemoving(one)}
      />
    </>
  ));
  return (
    <Panel
      flush
      title={t("shared.connections")}
      className="list-panel connection-list"
      tools={
        <Button
          size="s"
          icon={<Plus size={14} />}
          reason={reason}
          onPress={() => setEditing({ shared: undefined })}
        >
          {t("shared.new")}
        </Button>
      }
    >
      <ListView
        label={t("shared.connections")}
        pages={pages}
        columns={columns}
        keyOf={(one) => one.connection}
        filtered={false}
        empty={
          <Empty icon={<Cable size={22} />} title={t("shared.none")}>
            {t("shared.noneText")}
          </Empty>
        }
      />
      {editing && connectors.data && (
        <SharedDialog
          connectors={connectors.data}
          shared={editing.shared}
          onClose={() => setEditing(undefined)}
        />
      )}
      {removing && (
        <ConfirmDialog
          danger
          title={t("shared.remove", { name: removing.connection })}
          lead={t("shared.removeLead")}
          submit={t("user.remove")}
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await got(
              client.DELETE("/workspace/connections/{connection}", {
                params: {
                  path: { connection: removing.connection },
                  header: { "If-Match": `"${removing.revision ?? 0}"` },
                },
              }),
            );
            setRemoving(undefined);
            await queries.invalidateQueries();
          }}
        />
      )}
    </Panel>
  );
}
