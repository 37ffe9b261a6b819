// A person as a row: the columns, and what can be done.
import { KeyRound, Pencil, ShieldCheck, Trash2, UserRoundCheck, UserRoundX } from "lucide-react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { actsColumn } from "../app/actsColumn.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge, Chip } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import type { Act } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";

export type User = components["schemas"]["User"];

function stateOf(user: User, t: Translate) {
  if (user.disabled) return <Badge tone="off">{t("user.disabled")}</Badge>;
  if (user.password_set === false) return <Badge tone="wait">{t("user.invited")}</Badge>;
  return <Badge tone="ok">{t("user.active")}</Badge>;
}

export function columnsOf(t: Translate, actsOf: (user: User) => Act[]): Column<User>[] {
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
    actsColumn(t, (one) => one.name, actsOf),
  ];
}

export interface Doing {
  what: "edit" | "reset" | "resetFactor" | "remove" | "disable";
  user: User;
}

export function etagOf(user: User): string {
  return `"${user.revision}"`;
}

export function useUserActs(
  setDoing: (doing: Doing) => void,
  again: () => void,
): (user: User) => Act[] {
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
