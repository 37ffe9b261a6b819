// People of this workspace: who they are, what they may do, and their way in.
import { useQueryClient } from "@tanstack/react-query";
import {
  Ellipsis,
  KeyRound,
  Pencil,
  Plus,
  ShieldCheck,
  Trash2,
  UserRoundCheck,
  UserRoundX,
  Users as UsersIcon,
} from "lucide-react";
import { useMemo, useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { ListView } from "../app/ListView.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { type Act, Menu } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Invitation, type Invited, UserDialog } from "./UserDialog.tsx";
import "./admin.css";

export type User = components["schemas"]["User"];

function stateOf(user: User, t: Translate) {
  if (user.disabled) return <Badge tone="off">{t("user.disabled")}</Badge>;
  if (user.password_set === false) return <Badge tone="wait">{t("user.invited")}</Badge>;
  return <Badge tone="ok">{t("user.active")}</Badge>;
}

function columnsOf(t: Translate, actsOf: (user: User) => Act[]): Column<User>[] {
  return [
    {
      id: "name",
      header: t("user.name"),
      width: "minmax(11rem, 2fr)",
      cell: (user) => (
        <span className="user-name">
          <strong className="truncate foreign">{user.title || user.name}</strong>
          {user.title && <span className="muted truncate foreign">{user.name}</span>}
        </span>
      ),
    },
    { id: "state", header: t("user.state"), width: "8rem", cell: (user) => stateOf(user, t) },
    {
      id: "roles",
      header: t("user.roles"),
      width: "minmax(10rem, 2fr)",
      cell: (user) => (
        <span className="row user-roles">
          {Object.entries(user.roles).map(([workspace, role]) => (
            <Chip key={workspace}>
              {workspace}: {t(`role.${role}`)}
            </Chip>
          ))}
        </span>
      ),
    },
    {
      id: "factor",
      header: t("user.factor"),
      width: "8.5rem",
      from: 820,
      cell: (user) =>
        user.second_factor ? (
          <Badge plain tone="ok">
            {t("user.factorSet")}
          </Badge>
        ) : (
          <span className="muted">{t("user.factorNone")}</span>
        ),
    },
    {
      id: "seen",
      header: t("user.seen"),
      width: "8rem",
      from: 700,
      cell: (user) => <Moment relative at={user.signed_in_at} />,
    },
    {
      id: "acts",
      header: <span className="visually-hidden">{t("list.acts")}</span>,
      width: "3.75rem",
      align: "end",
      cell: (user) => (
        <Menu label={t("list.actsOf", { name: user.name })} acts={actsOf(user)}>
          <Button
            size="s"
            look="quiet"
            icon={<Ellipsis size={15} />}
            label={t("list.actsOf", { name: user.name })}
          />
        </Menu>
      ),
    },
  ];
}

interface Doing {
  what: "edit" | "reset" | "resetFactor" | "remove" | "disable";
  user: User;
}

function etagOf(user: User): string {
  return `"${user.revision}"`;
}

function useUserActs(setDoing: (doing: Doing) => void, again: () => void): (user: User) => Act[] {
  const t = useText();
  const enable = async (user: User) => {
    try {
      const params = { path: { user: user.id }, header: { "If-Match": etagOf(user) } };
      await got(client.PATCH("/users/{user}", { params, body: { disabled: false } }));
      tell(t("user.enabled", { name: user.name }));
      again();
    } catch (error) {
      tellProblem(error);
    }
  };
  return (user) => {
    const mayNot = (act: User["can"][number]) =>
      user.can.includes(act) ? {} : { reason: t("user.not") };
    return [
      {
        id: "edit",
        label: t("user.edit"),
        icon: <Pencil size={15} />,
        ...mayNot("change"),
        onAct: () => setDoing({ what: "edit", user }),
      },
      {
        id: "reset",
        label: t("user.reset"),
        icon: <KeyRound size={15} />,
        ...mayNot("reset"),
        onAct: () => setDoing({ what: "reset", user }),
      },
      ...(user.second_factor
        ? [
            {
              id: "resetFactor",
              label: t("user.resetFactor"),
              icon: <ShieldCheck size={15} />,
              ...mayNot("reset"),
              onAct: () => setDoing({ what: "resetFactor", user }),
            } satisfies Act,
          ]
        : []),
      user.disabled
        ? {
            id: "enable",
            label: t("user.enable"),
            icon: <UserRoundCheck size={15} />,
            ...mayNot("change"),
            onAct: () => void enable(user),
          }
        : {
            id: "disable",
            label: t("user.disable"),
            icon: <UserRoundX size={15} />,
            ...mayNot("change"),
            onAct: () => setDoing({ what: "disable", user }),
          },
      {
        id: "remove",
        label: t("user.remove"),
        icon: <Trash2 size={15} />,
        danger: true,
        ...mayNot("remove"),
        onAct: () => setDoing({ what: "remove", user }),
      },
    ];
  };
}

function Confirm(props: {
  doing: Doing;
  onClose: () => void;
  onDone: (invited?: Invited) => void;
}) {
  const t = useText();
  const { doing, onDone } = props;
  const { user, what } = doing;
  const path = { user: user.id };
  const run = async () => {
    if (what === "disable") {
      const params = { path, header: { "If-Match": etagOf(user) } };
      await got(client.PATCH("/users/{user}", { params, body: { disabled: true } }));
      onDone();
    } else if (what === "remove") {
      const params = { path, header: { "If-Match": etagOf(user) } };
      await got(client.DELETE("/users/{user}", { params }));
      onDone();
    } else {
      const body = what === "resetFactor" ? { second_factor: true } : {};
      onDone(await got(client.POST("/users/{user}/reset", { params: { path }, body })));
    }
  };
  if (what === "edit") return null;
  return (
    <ConfirmDialog
      title={t(`user.${what}`)}
      lead={t(`user.${what}Lead`, { name: user.name })}
      submit={t(`user.${what}`)}
      danger={what === "remove"}
      onConfirm={run}
      onClose={props.onClose}
    />
  );
}

export default function Users() {
  const t = useText();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Doing | undefined>();
  const [inviting, setInviting] = useState(false);
  const [invited, setInvited] = useState<Invited | undefined>();
  const again = () => void queries.invalidateQueries();
  const pages = usePages(["users"], (cursor, signal) =>
    got(
      client.GET("/users", {
        params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  const columns = columnsOf(t, useUserActs(setDoing, again));
  const done = (made?: Invited) => {
    setDoing(undefined);
    setInviting(false);
    setInvited(made);
    again();
  };
  useCommands(
    useMemo(
      () => [
        {
          id: "users.invite",
          title: t("user.invite"),
          group: t("nav.users"),
          keys: ["n"],
          run: () => setInviting(true),
        },
      ],
      [t],
    ),
  );
  return (
    <Page
      fill
      title={t("nav.users")}
      lead={t("user.lead")}
      tools={
        <Button look="primary" icon={<Plus size={15} />} onPress={() => setInviting(true)}>
          {t("user.invite")}
        </Button>
      }
    >
      <Panel flush className="list-panel">
        <ListView
          label={t("nav.users")}
          pages={pages}
          columns={columns}
          keyOf={(user) => user.id}
          onOpen={(user) => setDoing({ what: "edit", user })}
          filtered={false}
          empty={<Empty icon={<UsersIcon size={22} />} title={t("user.none")} />}
        />
      </Panel>
      {doing?.what === "edit" && (
        <UserDialog
          key={doing.user.id}
          user={doing.user}
          onClose={() => setDoing(undefined)}
          onDone={done}
        />
      )}
      {inviting && <UserDialog onClose={() => setInviting(false)} onDone={done} />}
      {doing && doing.what !== "edit" && (
        <Confirm doing={doing} onClose={() => setDoing(undefined)} onDone={done} />
      )}
      {invited && <Invitation invited={invited} onClose={() => setInvited(undefined)} />}
    </Page>
  );
}
