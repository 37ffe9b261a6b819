// Where one is: the workspace, and which others there are.
import { Building2, ChevronsUpDown } from "lucide-react";
import { Button as AriaButton } from "react-aria-components";
import { chooseWorkspace, useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Menu } from "../ui/Menu.tsx";

export function WorkspaceMenu() {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  const workspaces = useSession((session) => session.workspaces);
  if (workspaces.length < 2) {
    return <strong className="truncate foreign">{workspace}</strong>;
  }
  return (
    <Menu
      label={t("workspace.choose")}
      acts={workspaces.map((one) => ({
        id: one.workspace,
        label: one.title || one.workspace,
        icon: <Building2 size={15} aria-hidden="true" />,
        ...(one.workspace === workspace ? { keys: "✓" } : {}),
        onAct: () => chooseWorkspace(one.workspace),
      }))}
    >
      <AriaButton className="account">
        <span className="visually-hidden">{t("workspace.label")}</span>
        <strong className="truncate foreign">{workspace}</strong>
        <ChevronsUpDown size={13} aria-hidden="true" />
      </AriaButton>
    </Menu>
  );
}
