// Groups of people who decide: who is in which, the flows whose reviews name it, and its end.
import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2, UsersRound } from "lucide-react";
import { useMemo, useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { actsColumn } from "../app/actsColumn.tsx";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { FlowName } from "../flows/FlowName.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import type { Act } from "../ui/Menu.tsx";
import { Panel } from "../ui/Panel.tsx";
import { GroupDialog } from "./GroupDialog.tsx";
import type { Group } from "./groups.ts";

function columnsOf(t: Translate, actsOf: (group: Group) => Act[]): Column<Group>[] {
  return [
    {
      id: "group",
      header: t("group.group"),
      width: "minmax(9rem, 1fr)",
      cell: (one) => (
        <span className="user-name">
          <strong className="truncate foreign">{one.title || one.group}</strong>
          {one.title && <span className="muted truncate foreign">{one.group}</span>}
        </span>
      ),
    },
    {
      id: "members",
      header: t("group.members"),
      width: "minmax(9rem, 2fr)",
      cell: (one) =>
        one.members.length > 0 ? (
          <span className="foreign">{one.members.join(", ")}</span>
        ) : (
          <Badge tone="wait">{t("group.nobody")}</Badge>
        ),
    },
    {
      id: "flows",
      header: t("group.flows"),
      width: "minmax(9rem, 2fr)",
      from: 640,
      cell: (one) =>
        one.flows.map((flow, at) => (
          <span key={flow}>
            {at > 0 && ", "}
            <FlowName flow={flow} />
          </span>
        )),
    },
    actsColumn(t, (one) => one.group, actsOf),
  ];
}

function Remove({ group, onClose }: { group: Group; onClose: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const remove = async () => {
    const header = { "If-Match": `"${group.revision}"` };
    const params = { path: { group: group.group }, header };
    await got(client.DELETE("/groups/{group}", { params }));
    await queries.invalidateQueries();
    onClose();
  };
  return (
    <ConfirmDialog
      danger
      title={t("group.remove", { name: group.title ?? group.group })}
      lead={t("group.removeLead", { count: group.flows.length })}
      submit={t("user.remove")}
      onConfirm={remove}
      onClose={onClose}
    />
  );
}

export function Groups() {
  const t = useText();
  // The one that is open stands in the address: the set-up of a flow leads to it.
  const [open, setOpen] = useUrlState("group");
  const [isNew, setNew] = useState(false);
  const [removing, setRemoving] = useState<Group>();
  const may = useCan("users.manage");
  const refused = may ? undefined : t("may.not", { permission: "users.manage" });
  const pages = usePages(["groups"], (_, signal) => got(client.GET("/groups", { signal })));
  const icon = { size: 15, "aria-hidden": true } as const;
  const actsOf = (group: Group): Act[] => [
    {
      id: "edit",
      label: t("user.edit"),
      icon: <Pencil {...icon} />,
      ...(group.can.includes("change") ? {} : { reason: refused ?? t("group.not") }),
      onAct: () => setOpen(group.group),
    },
    {
      id: "remove",
      label: t("user.remove"),
      icon: <Trash2 {...icon} />,
      danger: true,
      ...(group.can.includes("delete") ? {} : { reason: refused ?? t("group.not") }),
      onAct: () => setRemoving(group),
    },
  ];
  useCommands(
    useMemo(
      () => [
        {
          id: "groups.new",
          title: t("group.new"),
          group: t("nav.users"),
          keys: ["n"],
          ...(refused ? { reason: refused } : {}),
          run: () => setNew(true),
        },
      ],
      [t, refused],
    ),
  );
  const isOpen = may && (isNew || open !== "") && pages.total !== undefined;
  const close = () => {
    setNew(false);
    setOpen("");
  };
  return (
    <Panel
      flush
      title={t("group.groups")}
      tools={
        <Button size="s" icon={<Plus size={14} />} reason={refused} onPress={() => setNew(true)}>
          {t("group.new")}
        </Button>
      }
      className="list-panel user-list"
    >
      <ListView
        label={t("group.groups")}
        pages={pages}
        columns={columnsOf(t, actsOf)}
        keyOf={(one) => one.group}
        {...(may ? { onOpen: (one: Group) => setOpen(one.group) } : {})}
        filtered={false}
        toneOf={(one) => (one.members.length === 0 ? "warn" : undefined)}
        empty={
          <Empty icon={<UsersRound size={22} />} title={t("group.none")}>
            {t("group.noneText")}
          </Empty>
        }
      />
      {isOpen && (
        <GroupDialog
          key={open}
          group={isNew ? undefined : pages.items.find((one) => one.group === open)}
          wanted={isNew ? "" : open}
          taken={new Set(pages.items.map((one) => one.group))}
          onClose={close}
        />
      )}
      {removing && <Remove group={removing} onClose={() => setRemoving(undefined)} />}
    </Panel>
  );
}
