// Backups in the data directory: made now or by a schedule, verified, removed; and how one is
// restored.
import { useQueryClient } from "@tanstack/react-query";
import { DatabaseBackup, Plus, ShieldCheck, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { useAsking } from "../app/SignIn.tsx";
import { size } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { JobDialog } from "./Jobs.tsx";

type Backup = components["schemas"]["BackupPage"]["items"][number];

function columnsOf(t: Translate, acts: (one: Backup) => ReactNode): Column<Backup>[] {
  return [
    {
      id: "made",
      header: t("backup.made"),
      width: "minmax(8rem, 1fr)",
      cell: (one) => <Moment at={one.made_at} />,
    },
    {
      id: "name",
      header: t("backup.file"),
      width: "minmax(10rem, 2fr)",
      from: 520,
      cell: (one) => <span className="mono foreign">{one.backup}</span>,
    },
    {
      id: "how",
      header: t("backup.how"),
      width: "8rem",
      from: 700,
      cell: (one) => t(one.scheduled ? "backup.scheduled" : "backup.byHand"),
    },
    {
      id: "bytes",
      header: t("backup.size"),
      width: "6rem",
      align: "end",
      cell: (one) => size(one.bytes),
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

/** Restoring ends the server's work: it is done at the machine, with words for each step. */
function Restore({ backup }: { backup: string }) {
  const t = useText();
  return (
    <Panel title={t("backup.restore")}>
      <div className="stack">
        <p>{t("backup.restoreLead")}</p>
        <ol className="backup-steps">
          <li>{t("backup.restoreStop")}</li>
          <li>
            {t("backup.restoreKey")} <code>DATA/master.key</code>
          </li>
          <li>
            {t("backup.restoreRun")}
            <pre className="mono">weft restore DATA/backups/{backup} --data DATA --replace</pre>
          </li>
          <li>{t("backup.restoreStart")}</li>
        </ol>
        <p className="muted">{t("backup.restoreDoubt")}</p>
      </div>
    </Panel>
  );
}

export function Backups() {
  const t = useText();
  const queries = useQueryClient();
  const [job, setJob] = useState<string>();
  const [removing, setRemoving] = useState<Backup>();
  const [asking, error, ask] = useAsking();
  useLiveRefresh(["job"], "backups");
  const pages = usePages(["backups"], (cursor, signal) =>
    got(
      client.GET("/backups", {
        params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  const make = async () => setJob((await got(client.POST("/backups", { headers: onceKey() }))).job);
  const verify = async (one: Backup) => {
    const params = { path: { backup: one.backup } };
    setJob(
      (await got(client.POST("/backups/{backup}/verify", { params, headers: onceKey() }))).job,
    );
  };
  const columns = columnsOf(t, (one) => (
    <>
      <Button
        size="s"
        look="quiet"
        icon={<ShieldCheck size={14} />}
        label={t("backup.verify", { name: one.backup })}
        onPress={() => ask(() => verify(one))}
      />
      <Button
        size="s"
        look="quiet"
        icon={<Trash2 size={14} />}
        label={t("backup.remove", { name: one.backup })}
        onPress={() => setRemoving(one)}
      />
    </>
  ));
  const makeButton = (
    <Button
      size="s"
      look="primary"
      icon={<Plus size={14} />}
      pending={asking}
      onPress={() => ask(make)}
    >
      {t("backup.make")}
    </Button>
  );
  return (
    <div className="stack">
      {error !== undefined && <ErrorBox error={error} />}
      <Panel flush title={t("admin.backups")} tools={makeButton} className="list-panel admin-list">
        <ListView
          label={t("admin.backups")}
          pages={pages}
          columns={columns}
          keyOf={(one) => one.backup}
          filtered={false}
          empty={
            <Empty icon={<DatabaseBackup size={22} />} title={t("backup.none")}>
              {t("backup.noneText")}
            </Empty>
          }
        />
      </Panel>
      <p className="muted">
        {t("backup.schedule")} <Link href="/administration">{t("admin.settings")}</Link>.{" "}
        {t("backup.away")}
      </p>
      <Restore backup={pages.items[0]?.backup ?? "FILE"} />
      {job !== undefined && (
        <JobDialog
          id={job}
          onClose={() => {
            setJob(undefined);
            void queries.invalidateQueries();
          }}
        />
      )}
      {removing && (
        <ConfirmDialog
          danger
          title={t("backup.remove", { name: removing.backup })}
          lead={t("backup.removeLead")}
          submit={t("user.remove")}
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            const params = { path: { backup: removing.backup } };
            await got(client.DELETE("/backups/{backup}", { params }));
            setRemoving(undefined);
            await queries.invalidateQueries();
          }}
        />
      )}
    </div>
  );
}
