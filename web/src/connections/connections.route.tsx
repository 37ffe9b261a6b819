// Connections at work: what each takes now, why one rests, and using it again. And the secrets.
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { Page } from "../ui/Panel.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { ConnectionList } from "./ConnectionList.tsx";
import { Secrets } from "./Secrets.tsx";
import { SharedList } from "./SharedList.tsx";
import "./connections.css";

export default function Connections() {
  const t = useText();
  const [tab, setTab] = useUrlState("tab", "connections");
  return (
    <Page title={t("nav.connections")} lead={t("connection.lead")}>
      <Tabs
        label={t("nav.connections")}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { id: "connections", label: t("connection.atWork"), content: <ConnectionList /> },
          { id: "shared", label: t("shared.connections"), content: <SharedList /> },
          { id: "secrets", label: t("secret.secrets"), content: <Secrets /> },
        ]}
      />
    </Page>
  );
}
