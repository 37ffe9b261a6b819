// The list of people: they are invited, changed, let in again, and removed.
import { useQueryClient } from "@tanstack/react-query";
import { Plus, Users as UsersIcon } from "lucide-react";
import { useMemo, useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Panel } from "../ui/Panel.tsx";
import { Invitation, type Invited, UserDialog } from "./UserDialog.tsx";
import { columnsOf, type Doing, etagOf, useUserActs } from "./userRows.tsx";

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

export function People() {
  const t = useText();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Doing | undefined>();
  const [inviting, setInviting] = useState(false);
  const [invited, setInvited] = useState<Invited | undefined>();
  const mayManage = useCan("users.manage");
  const refused = mayManage ? undefined : t("may.not", { permission: "users.manage" });
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
          reason: refused,
          run: () => setInviting(true),
        },
      ],
      [t, refused],
    ),
  );
  return (
    <>
      <Panel
        flush
        title={t("nav.users")}
        tools={
          <Button
            size="s"
            icon={<Plus size={14} />}
            reason={refused}
            onPress={() => setInviting(true)}
          >
            {t("user.invite")}
          </Button>
        }
        className="list-panel user-list"
      >
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
    </>
  );
}
