// People of this workspace: who they are, what they may do, and the groups that decide.
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { Page } from "../ui/Panel.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { Groups } from "./Groups.tsx";
import { People } from "./People.tsx";
import "./admin.css";

export default function Users() {
  const t = useText();
  const [tab, setTab] = useUrlState("tab", "people");
  return (
    <Page title={t("nav.users")} lead={t("user.lead")}>
      <Tabs
        label={t("nav.users")}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { id: "people", label: t("nav.users"), content: <People /> },
          { id: "groups", label: t("group.groups"), content: <Groups /> },
        ]}
      />
    </Page>
  );
}
