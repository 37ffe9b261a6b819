// Inviting somebody, changing somebody, and the link that is shown once.
import { Copy } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { publicOrigin, useSession } from "../api/session.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { useKept } from "../app/useKept.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";

type User = components["schemas"]["User"];
type Role = components["schemas"]["RoleName"];
export type Invited = components["schemas"]["Invited"];

const ROLES: Role[] = [
  "admin",
  "integrator",
  "consultant",
  "operator",
  "approver",
  "auditor",
  "customer",
  "viewer",
];
const NONE = "none";

type Roles = Record<string, Role | undefined>;

/** What has changed, as the program wants it: null takes a role away. */
export function changedRoles(before: Roles, after: Roles): Record<string, Role | null> {
  const changed: Record<string, Role | null> = {};
  for (const workspace of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[workspace] !== after[workspace]) changed[workspace] = after[workspace] ?? null;
  }
  return changed;
}

function RoleFields({ roles, onChange }: { roles: Roles; onChange: (roles: Roles) => void }) {
  const t = useText();
  const workspaces = useSession((session) => session.workspaces);
  const names = [...new Set([...workspaces.map((one) => one.workspace), ...Object.keys(roles)])];
  return (
    <div className="stack">
      {names.map((workspace) => (
        <Select
          key={workspace}
          label={t("user.roleIn", { workspace })}
          value={roles[workspace] ?? NONE}
          choices={[
            { value: NONE, label: t("user.noRole") },
            ...ROLES.map((role) => ({
              value: role,
              label: t(`role.${role}`),
              help: t(`role.${role}Help`),
            })),
          ]}
          onChange={(role) =>
            onChange({ ...roles, [workspace]: role === NONE ? undefined : (role as Role) })
          }
        />
      ))}
    </div>
  );
}

export function UserDialog(props: {
  user?: User;
  onClose: () => void;
  onDone: (invited?: Invited) => void;
}) {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  const [name, setName] = useState(props.user?.name ?? "");
  const {
    kept: user,
    form,
    setForm,
    anew,
  } = useKept(
    props.user,
    (one) => ({
      title: one?.title ?? "",
      email: one?.email ?? "",
      roles: one?.roles ?? ({ [workspace]: "viewer" } as Roles),
    }),
    (one) => got(client.GET("/users/{user}", { params: { path: { user: one.id } } })),
  );
  const { title, email, roles } = form;
  const texts = {
    ...(title.trim() ? { title: title.trim() } : {}),
    ...(email.trim() ? { email: email.trim() } : {}),
  };
  const save = async () => {
    if (!user) {
      const given = Object.fromEntries(Object.entries(roles).filter(([, role]) => role));
      const body = { name: name.trim(), roles: given as Record<string, Role>, ...texts };
      props.onDone(await got(client.POST("/users", { body })));
      return;
    }
    const changed = changedRoles(user.roles, roles);
    const body = { ...texts, ...(Object.keys(changed).length > 0 ? { roles: changed } : {}) };
    if (Object.keys(body).length > 0) {
      const params = { path: { user: user.id }, header: { "If-Match": `"${user.revision}"` } };
      await got(client.PATCH("/users/{user}", { params, body }));
    }
    props.onDone();
  };
  return (
    <SaveDialog
      title={user ? t("user.editName", { name: user.name }) : t("user.invite")}
      {...(user ? {} : { submit: t("user.inviteNow") })}
      onSave={save}
      onAnew={anew}
      onClose={props.onClose}
    >
      {!user && (
        <TextField
          label={t("door.name")}
          help={t("user.nameHelp")}
          required
          autoFocus
          maxLength={64}
          value={name}
          onChange={setName}
        />
      )}
      <TextField
        label={t("user.title")}
        maxLength={200}
        value={title}
        onChange={(title) => setForm({ ...form, title })}
      />
      <TextField
        label={t("user.email")}
        type="email"
        maxLength={320}
        value={email}
        onChange={(email) => setForm({ ...form, email })}
      />
      <RoleFields roles={roles} onChange={(roles) => setForm({ ...form, roles })} />
    </SaveDialog>
  );
}

/** The only time that the link can be seen. */
export function Invitation({ invited, onClose }: { invited: Invited; onClose: () => void }) {
  const t = useText();
  const link = publicOrigin() + invited.invitation.path;
  return (
    <Dialog title={t("user.link")} open alert onClose={onClose} closeLabel={t("act.close")}>
      <p>{t("user.linkLead", { name: invited.user.name })}</p>
      <div className="once">
        <code className="foreign">{link}</code>
        <Button
          size="s"
          icon={<Copy size={13} />}
          onPress={() => void navigator.clipboard.writeText(link)}
        >
          {t("data.copy")}
        </Button>
      </div>
      <p className="muted">
        {t("user.linkEnds")} <Moment at={invited.invitation.ends_at} />
      </p>
    </Dialog>
  );
}
